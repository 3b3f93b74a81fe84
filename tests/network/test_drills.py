"""What happens to a network of four real geths when nodes, wires and disks fail: acts that were acknowledged become
final everywhere, nothing final is undone, and what cannot be known is said so.

The drills share one network, and each leaves it whole.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sanad_node import backup, checkpointing, governance, proving, witness
from sanad_node.acting import request, word
from sanad_node.checkpointing import trust
from sanad_node.consortium import cosigning
from sanad_node.consortium.cosigning import MemberDisagrees
from sanad_node.continuing import record
from sanad_node.engines.base import EngineLied
from sanad_node.pipeline.outbox import Act
from sanad_node.reading import UnknownDocument
from sanad_node.reindexing import projection_digest
from sanad_testkit.consortium import Administration, Consortium
from sanad_testkit.waiting import until
from sanad_verifier.chain.proof import verify_chain_proof
from sanad_verifier.checkpoints import Checkpoint, in_order
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import EvidenceError, SanadError
from sanad_verifier.notes import ED25519, Note, VerifierKey, parse_note
from sanad_verifier.witnessing import parse_equivocation, verify_equivocation

BURST = 6_000
pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.xdist_group("network")]


def propose(who: Administration, code: str) -> Act:
    """A proposal by this administration: an entry of the log, whoever else votes."""
    return governance.add_formation(who.open, code=code, kind="AUCTION").act


def agree(network: Consortium, size: int) -> None:
    """Wait until every running node has so many entries; then all have the same projections."""
    network.await_all(lambda one: one.size() >= size)
    assert len({projection_digest(one.open.ledger) for one in network.all if one.node is not None}) == 1


def test_an_act_of_one_administration_becomes_final_at_all(network: Consortium) -> None:
    first = network.all[0]
    act = first.settled(propose(first, "NORMAL"))
    assert act.state == "final"
    assert act.entry is not None
    agree(network, act.entry + 1)


def test_a_vote_of_others_carries_out_what_one_has_proposed(network: Consortium) -> None:
    first = network.all[0]
    first.settled(propose(first, "VOTED"))
    number = max(row.number for row in first.open.reader.proposals())
    for one in network.all[1:3]:
        until(lambda one=one: any(p.number == number for p in one.open.reader.proposals()))  # type: ignore[misc]
        assert one.settled(governance.approve(one.open, number)).state == "final"
    network.await_all(lambda one: any(f.code == "VOTED" for f in one.open.reader.formations()))


def test_an_entry_is_proved_by_the_seals_over_it_and_by_no_others(network: Consortium) -> None:
    first, second = network.all[:2]
    act = first.settled(propose(first, "SEALED"))
    assert act.entry is not None
    until(lambda: second.size() > (act.entry or 0))
    chain = trust(second.open).chain
    assert chain is not None
    proof = proving.chain_proof(second.open, act.entry)
    assert verify_chain_proof(proof, chain).height == second.open.reader.entry(act.entry).block
    with pytest.raises(EvidenceError):
        verify_chain_proof(replace(proof, others=proof.others[:-1]), chain)
    assert proving.cross_check(second.open).size > act.entry


def test_with_one_of_four_killed_the_others_go_on_and_nothing_acknowledged_is_lost(
    network: Consortium,
) -> None:
    first, killed = network.all[0], network.all[3]
    acts = [propose(first, f"ONE-{number}") for number in range(5)]
    killed.kill()
    assert {first.settled(act).state for act in acts} == {"final"}
    network.grown(4, network.all[:3])
    killed.start()
    agree(network, first.size())


def test_with_two_of_four_killed_no_block_is_final_acts_wait_and_are_carried_out_afterwards(
    network: Consortium,
) -> None:
    first = network.all[0]
    for one in network.all[2:]:
        one.kill()
    until(lambda: first.geth.status().halted, within=60)
    final = first.geth.status().final
    act = propose(first, "TWO")
    assert first.open.outbox.get(act.id).state in {"accepted", "signed", "anchored"}
    assert first.geth.status().final == final
    for one in network.all[2:]:
        one.start()
    assert first.settled(act).state == "final"
    agree(network, first.size())


def test_with_all_killed_at_once_the_chain_goes_on_where_it_was(network: Consortium) -> None:
    first = network.all[0]
    act = propose(first, "ALL")
    before = first.open.reader.position()
    for one in network.all:
        one.kill()
    for one in network.all:
        one.start()
    assert first.settled(act).state == "final"
    network.grown(2)
    for one in network.all:
        kept = one.open.chain.block(before.block)
        assert kept is not None
        assert kept.hash == first.open.chain.block(before.block).hash  # type: ignore[union-attr]
    agree(network, first.size())


@pytest.mark.parametrize(
    "sides", [pytest.param(({0, 1}, {2, 3}), id="2-2"), pytest.param(({0, 1, 2}, {3}), id="3-1")]
)
def test_a_parted_network_makes_nothing_final_without_a_majority_and_is_one_again_afterwards(
    network: Consortium, sides: tuple[set[int], ...]
) -> None:
    small = network.all[3]
    network.part(*sides)
    mine = propose(small, f"PARTED-{len(sides[0])}")
    until(lambda: small.geth.status().halted, within=60)
    final = small.geth.status().final
    assert small.open.outbox.get(mine.id).state in {"accepted", "signed", "anchored"}
    if len(sides[0]) == 3:
        other = propose(network.all[0], "MAJORITY")
        assert network.all[0].settled(other).state == "final"
    assert small.geth.status().final == final
    network.heal()
    assert small.settled(mine).state == "final"
    agree(network, small.size())


def test_a_node_whose_disk_was_lost_is_restored_from_its_backup_and_takes_the_chain_over_from_the_others(
    network: Consortium, tmp_path: Path
) -> None:
    first, wiped = network.all[0], network.all[3]
    wanted = projection_digest(first.open.ledger)
    size = first.size()
    kept = list(record.kept(wiped.open.ledger))
    backup.back_up(wiped.open, tmp_path / "backup.tar")
    wiped.stop()
    shutil.rmtree(wiped.path)
    backup.restore(tmp_path / "backup.tar", wiped.path)
    assert list(record.read(wiped.path / backup.RECORD)) == kept
    wiped.start()
    until(lambda: wiped.size() >= size, within=90)
    assert projection_digest(wiped.open.ledger) == wanted
    assert wiped.settled(propose(wiped, "RESTORED")).state == "final"  # with the keys it had
    until(lambda: wiped.geth.status().sealing, within=60)


def test_one_whose_chain_data_alone_are_wiped_says_that_it_is_behind_until_it_is_not(
    network: Consortium,
) -> None:
    wiped = network.all[2]
    size = wiped.size()
    wiped.stop()
    shutil.rmtree(wiped.path / "chain" / "geth-data")
    wiped.start()
    carrier = wiped.carrier
    assert carrier is not None
    until(lambda: carrier.health.code in {"CHAIN_NOT_READY", ""}, within=30)
    network.grown(2, [wiped])
    until(lambda: not carrier.health.failing)
    assert wiped.size() >= size


def keys_of(network: Consortium, place: int) -> tuple[VerifierKey, VerifierKey]:
    """The keys with which a member cosigns, and signs its own log, as the bundle has them."""
    signed = network.all[0].open.bundle
    assert signed is not None
    member = signed.bundle.members[place]
    return signed.bundle.key_of(member), VerifierKey(
        signed.bundle.origin, ED25519, bytes.fromhex(member.log_key)
    )


def test_a_members_cosignature_of_the_same_checkpoint_stands_under_ours(network: Consortium) -> None:
    first, second = network.all[:2]
    agree(network, first.size())
    theirs = checkpointing.current_checkpoint(second.open)
    ours = checkpointing.current_checkpoint(first.open)
    assert (ours.size, ours.root) == (theirs.size, theirs.root)
    heard = cosigning._merge(first.open, 2, *keys_of(network, 1), theirs.note)
    assert heard.merged
    kept = checkpointing.signed_at(first.open, ours.size)
    assert kept is not None
    assert parse_note(kept.note).by(keys_of(network, 1)[0]) is not None


def test_a_member_that_signed_another_root_is_proved_to_have_done_so(network: Consortium) -> None:
    first, liar = network.all[0], network.all[2].open
    size = checkpointing.current_checkpoint(first.open).size
    text = Checkpoint(first.open.network.origin, size, Digest(b"\7" * 32)).text()
    signers = checkpointing.signers(liar)
    lines = in_order(first.open.network.origin, (signers.log.sign(text), signers.cosigner.sign(text, 1)))
    with pytest.raises(MemberDisagrees):
        cosigning._merge(first.open, 3, *keys_of(network, 2), Note(text, lines).encode())
    (lie,) = [one for one in witness.lies(first.open.office) if one.size == size]
    both = verify_equivocation(
        parse_equivocation(lie.proof), checkpointing.trust_of_others(first.open).log_keys
    )
    assert {one.root for one in both} == {b"\7" * 32, first.open.reader.root(size)}


def test_a_checkpoint_by_a_key_that_is_no_members_is_not_taken(network: Consortium) -> None:
    first = network.all[0]
    note = checkpointing.current_checkpoint(network.all[1].open).note
    with pytest.raises(SanadError):
        cosigning._merge(first.open, 3, *keys_of(network, 2), note)


def office(network: Consortium, code: str) -> bytes:
    """A new office that may issue files, by proposals of the first administration and votes of two others; its key."""
    first = network.all[0]
    node = first.open
    number = max((one.number for one in node.reader.formations()), default=0) + 1
    key = node.keyring.create()
    before = len(node.reader.proposals())
    calls: list[tuple[str, str, tuple[object, ...]]] = [
        ("Formations", "addFormation", (word(code), word("AUCTION"), 0, 0, 0, 0)),
        ("Formations", "addKey", (number, key, bytes(32), 0, 0)),
        ("Formations", "setScope", (number, word("FILE"), governance.scope_word(["issue"]), 0, 0)),
    ]
    for decision in governance.propose_all(node, calls):
        assert first.settled(decision.act).state == "final"
    for one in network.all[1:3]:
        until(lambda one=one: len(one.open.reader.proposals()) == before + len(calls))  # type: ignore[misc]
        acts = [governance.approve(one.open, before + place) for place in range(1, len(calls) + 1)]
        assert {one.settled(act).state for act in acts} == {"final"}
    until(lambda: bool(node.reader.scopes_of(number)))
    return key


def test_a_burst_of_six_thousand_acts_is_carried_out_to_the_last(network: Consortium) -> None:
    first = network.all[0]
    key = office(network, "BURST")
    size = first.size()
    none = bytes(32)
    acts = first.open.perform(
        [
            request(
                first.open,
                signer=key,
                contract="Ledger",
                function="issue",
                arguments=(word("FILE"), sha256(f"burst {number}".encode()), none, none),
                key=f"burst/{number}",
            )
            for number in range(BURST)
        ]
    )
    until(lambda: first.size() == size + BURST, within=180)
    numbers = [act.id for act in acts]
    until(lambda: {act.state for act in first.open.outbox.many(numbers)} == {"final"}, within=30)
    agree(network, size + BURST)


@pytest.mark.parametrize("field", ["receiptsRoot", "stateRoot", "timestamp", "extraData", "parentHash"])
def test_a_header_with_one_field_changed_is_not_believed(network: Consortium, field: str) -> None:
    geth = network.all[1].geth
    honest = geth._asked

    class Lying:
        def call(self, method: str, *params: object, timeout: float | None = None) -> object:
            told = honest.call(method, *params, timeout=timeout)
            return self._changed(told) if method.startswith("eth_getBlockBy") else told

        def batch(self, calls: list[tuple[str, list[object]]], timeout: float | None = None) -> list[object]:
            return [self._changed(one) for one in honest.batch(calls, timeout)]

        def close(self) -> None:
            honest.close()

        @staticmethod
        def _changed(block: object) -> object:
            if not isinstance(block, dict) or field not in block:
                return block
            text = block[field]
            another = "1" if text[-3] == "0" else "0"
            return {**block, field: text[:-3] + another + text[-2:]}

    height = geth.head().number
    until(lambda: int(geth.ask("eth_blockNumber"), 16) > height + 1)
    carrier = network.all[1].carrier
    assert carrier is not None
    geth._asked = Lying()  # type: ignore[assignment]
    try:
        with pytest.raises(EngineLied):
            geth.head()
    finally:
        geth._asked = honest
    network.grown(1, [network.all[1]])


def test_an_entry_that_is_not_there_has_no_proof(network: Consortium) -> None:
    with pytest.raises(UnknownDocument, match="no such entry"):
        proving.chain_proof(network.all[0].open, 10**6)
