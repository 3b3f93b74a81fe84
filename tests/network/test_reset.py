"""A chain that is lost at every member is begun again: the same log goes on, and nothing that was acknowledged is lost.

It comes after the drills on the network that they have shared, so what is replayed is what they have done.
"""

import shutil
from pathlib import Path

import pytest

from sanad_node import checkpointing, governance, proving, reindexing
from sanad_node.consortium.beginning import Wish, join, prepare
from sanad_node.consortium.bundle import BundleUnfit, BundleUnsigned, read_bundle
from sanad_node.consortium.chain import bundle_in
from sanad_node.consortium.changing import admit, offer, sign_following
from sanad_node.continuing import record, resetting
from sanad_node.continuing.record import RecordInvalid
from sanad_node.continuing.resetting import ResetTooShort
from sanad_node.datadir import DataDirectory
from sanad_node.durable import DiskFull
from sanad_node.engines.geth import Place
from sanad_node.engines.wanted import node_id
from sanad_node.network import Network
from sanad_node.proving import NoChainProof
from sanad_node.reindexing import projection_digest
from sanad_testkit.consortium import PATIENCE, Administration, Consortium, free_ports
from sanad_testkit.waiting import until
from sanad_verifier.checkpoints import parse_checkpoint
from sanad_verifier.merkle import verify_consistency, verify_inclusion
from sanad_verifier.notes import must_be_signed, parse_note
from sanad_verifier.trust import parse_trust

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.xdist_group("network")]


def full(*_: object) -> None:
    raise DiskFull("simulated")


def test_a_chain_lost_at_all_members_is_begun_again_and_the_log_goes_on(
    network: Consortium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third, fourth = network.all
    asked = first.settled(governance.add_formation(first.open, code="UNDECIDED", kind="AUCTION").act)
    assert asked.entry is not None
    network.await_all(lambda one: one.size() > (asked.entry or 0))
    before = checkpointing.current_checkpoint(first.open)
    trust_before = checkpointing.trust_file(first.open)
    entry = first.open.reader.entry(asked.entry)
    path_before = first.open.reader.inclusion(asked.entry, before.size)
    for one in (third, fourth):
        one.stop()
    waiting = governance.add_formation(first.open, code="WAITING", kind="AUCTION").act
    until(lambda: first.open.outbox.get(waiting.id).state != "accepted")
    for one in (first, second):
        one.stop()
    for one in network.all:  # the disaster
        shutil.rmtree(one.path / "chain" / "geth-data")

    told = resetting.rehearse(first.path)
    assert (told.size, told.here, told.waiting, told.passed_over) == (before.size, before.size, 1, 0)
    assert told.root == before.root.hex()

    bundle, kept = tmp_path / "next.network", tmp_path / "next.record"
    assert resetting.draw_up(first.path, bundle, kept) == told
    alone = bundle.read_bytes()
    whole = kept.read_bytes()
    with pytest.raises(BundleUnsigned):
        resetting.take_over(first.path, alone, kept)
    changed = tmp_path / "changed.record"
    changed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(RecordInvalid, match="another record"):
        resetting.sign(second.path, alone, changed)
    shorter = tmp_path / "shorter.record"
    record.write(shorter, list(record.read(kept))[:-1])
    with pytest.raises(ResetTooShort):
        resetting.draw_up(second.path, tmp_path / "shorter.network", tmp_path / "again", file=shorter)

    signed, seen = resetting.sign(second.path, alone, kept)
    assert (seen.size, seen.root, seen.state_root) == (told.size, told.root, told.state_root)
    agreed, _ = resetting.sign(third.path, signed, kept)
    version = read_bundle(agreed).bundle
    with pytest.raises(BundleUnfit):  # a next version of the usual kind has the block 0 of the one before
        read_bundle(agreed).must_follow(bundle_in(first.path / "chain"))
    assert resetting.take_over(fourth.path, agreed, kept, rehearsal=True).size == told.size
    assert bundle_in(fourth.path / "chain").bundle.version == version.version - 1
    with monkeypatch.context() as broken:  # the disk is full before the last file is written
        broken.setattr(Network, "save", full)
        with pytest.raises(DiskFull):
            resetting.take_over(second.path, agreed, kept)
    for one in network.all:
        resetting.take_over(one.path, agreed, kept)

    network.start()
    assert first.settled(waiting).state == "final"
    network.await_all(lambda one: one.size() > told.size)
    assert len({projection_digest(one.open.ledger) for one in network.all}) == 1
    node = first.open
    assert node.network.genesis == version.genesis_hash != version.continues.genesis_hash  # type: ignore[union-attr]
    assert node.reader.root(before.size) == before.root
    assert (node.reader.entry(asked.entry).raw, node.reader.entry(asked.entry).tx) == (entry.raw, entry.tx)

    # what was proved before is proved by the trust of before, and the new checkpoint extends the old one
    old = parse_trust(trust_before)
    note = parse_note(before.note)
    must_be_signed(note, old.log_keys)
    verify_inclusion(entry.raw, path_before, parse_checkpoint(note.text).root)
    new = checkpointing.current_checkpoint(node)
    must_be_signed(parse_note(new.note), old.log_keys)
    proof = node.reader.consistency(before.size, new.size)
    verify_consistency(before.size, before.root, new.size, new.root, proof)
    now = parse_trust(checkpointing.trust_file(node))
    assert (now.origin, now.genesis, now.cosigners) == (old.origin, old.genesis, old.cosigners)

    # what was undecided is decided now, from the kept call; and the new chain records what it goes on from
    number = next(p.number for p in node.reader.proposals() if p.digest == entry.entry.subject)
    votes = [(one, governance.approve(one.open, number)) for one in (second, third)]
    decided = governance.propose(node, "Consortium", "recordNetwork", version.digest(), version.version)
    assert first.settled(decided.act).state == "final"
    newest = max(p.number for p in node.reader.proposals())
    for one in (second, third):
        until(lambda one=one: any(p.number == newest for p in one.open.reader.proposals()))  # type: ignore[misc]
        votes.append((one, governance.approve(one.open, newest)))
    assert {one.settled(act).state for one, act in votes} == {"final"}
    until(lambda: node.reader.network_bundle() == (version.digest(), version.version))
    until(lambda: any(f.code == "UNDECIDED" for f in node.reader.formations()))

    # seals: of entries since; none for those of the chain that is gone
    proving.cross_check(node)
    with pytest.raises(NoChainProof, match="begun again"):
        proving.chain_proof(node, asked.entry)
    reindexing.must_agree(reindexing.compare(node))
    second.stop()
    again = resetting.rehearse(second.path)  # it could be begun again once more
    assert again.size > told.size
    second.start()
    joins_with_the_record(network, kept, changed, tmp_path / "new", asked.entry)


def joins_with_the_record(network: Consortium, kept: Path, changed: Path, path: Path, early: int) -> None:
    """Who joins later is given the record of the chain that is gone, has all of the log, and can begin it again too.
    `early` is the index of an entry of that chain.
    """
    first, second, third = network.all[:3]
    (port,) = free_ports(1)
    wish = Wish("Customs of Newland", "observer", f"127.0.0.1:{port}")
    newcomer = Administration(path, prepare(path, wish))
    asked = newcomer.request.asked
    hidden = {one.request.asked.enode: Place.load(one.path / "chain") for one in network.all}
    for one in network.all:  # wires have moved them; the bundle names them where they asked to be
        told = hidden[one.request.asked.enode]
        Place(one.request.asked.enode.rpartition("@")[2], told.validator).save(one.path / "chain")
    agreed = sign_following(third.path, sign_following(second.path, admit(first.path, [newcomer.request])))
    bundle = read_bundle(agreed).bundle
    for one in network.all:
        offer(one.path, agreed)
    calls: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("addMember", (bytes.fromhex(asked.member), bytes.fromhex(asked.cosigning_key))),
        ("recordNetwork", (bundle.digest(), bundle.version)),
    )
    before = {row.number for row in first.open.reader.proposals()}
    proposed = [governance.propose(first.open, "Consortium", name, *given).act for name, given in calls]
    assert {first.settled(act).state for act in proposed} == {"final"}
    numbers = sorted({row.number for row in first.open.reader.proposals()} - before)
    votes = []
    for one in (second, third):
        until(lambda one=one: set(numbers) <= {row.number for row in one.open.reader.proposals()})  # type: ignore[misc]
        votes += [(one, governance.approve(one.open, number)) for number in numbers]
    assert {one.settled(act).state for one, act in votes} == {"final"}
    network.await_all(lambda one: one.open.bundle.bundle.version == bundle.version)  # type: ignore[union-attr]

    with pytest.raises(BundleUnfit, match="the record goes with"):
        join(path, agreed)
    with pytest.raises(RecordInvalid):
        join(path, agreed, record=changed)
    assert not DataDirectory(path).network_file.exists()
    join(path, agreed, record=kept)
    for one in network.all:  # their peers find them at the ends of wires, and the newcomer where they listen
        hidden[one.request.asked.enode].save(one.path / "chain")
        newcomer.wires[node_id(one.request.asked.enode)] = hidden[one.request.asked.enode].port
    try:
        node = newcomer.start()
        until(lambda: newcomer.size() >= first.size(), within=PATIENCE)
        assert projection_digest(node.ledger) == projection_digest(first.open.ledger)
        assert node.reader.entry(early) == first.open.reader.entry(early)
        assert node.reader.inclusion(early, newcomer.size()) == first.open.reader.inclusion(
            early, newcomer.size()
        )
        late = newcomer.settled(governance.add_formation(node, code="NEWCOMER", kind="AUCTION").act)
        assert late.state == "final"
        newcomer.stop()
        assert resetting.rehearse(path).size > (late.entry or 0) > early
    finally:
        newcomer.stop()
