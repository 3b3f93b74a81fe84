"""An administration joins a running network by vote, sees what all see, seals with the others, and leaves again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sanad_node import governance, proving
from sanad_node.checkpointing import trust
from sanad_node.consortium.beginning import Wish, join, prepare
from sanad_node.consortium.bundle import BundleUnfit, BundleUnsigned, read_bundle
from sanad_node.consortium.changing import admit, offer, release, sign_following
from sanad_node.reindexing import projection_digest
from sanad_testkit.consortium import Administration, Consortium, free_ports, running
from sanad_testkit.waiting import until
from sanad_verifier.chain.proof import verify_chain_proof

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.xdist_group("joining")]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Consortium]:
    with running(tmp_path, 3, threshold=2) as made:
        yield made


def decide(network: Consortium, function: str, *arguments: object) -> None:
    """Propose a call to the Consortium contract as the first member, and approve it as the second."""
    first, second = network.all[:2]
    done = first.settled(governance.propose(first.open, "Consortium", function, *arguments).act)
    assert done.state == "final"
    number = max(row.number for row in first.open.reader.proposals())
    until(lambda: any(row.number == number for row in second.open.reader.proposals()))
    assert second.settled(governance.approve(second.open, number)).state == "final"


def seals(one: Administration, address: bytes, *, wanted: bool = True) -> Callable[[], bool]:
    """Whether, as this administration follows the chain, the validator of that address seals, or no longer does."""
    return lambda: (address in one.geth.tip.validators.addresses) is wanted


def take_over(network: Consortium, members: list[Administration], data: bytes) -> None:
    """Record a bundle by vote, and have nodes go by it."""
    bundle = read_bundle(data).bundle
    for one in members:
        offer(one.path, data)
    decide(network, "recordNetwork", bundle.digest(), bundle.version)
    for one in members:
        until(lambda one=one: one.open.bundle.bundle.version == bundle.version, within=60)  # type: ignore[misc]


def test_a_partner_joins_by_vote_seals_with_the_others_and_leaves(
    network: Consortium, tmp_path: Path
) -> None:
    first, second = network.all[:2]
    old = list(network.all)
    early = first.settled(governance.add_formation(first.open, code="EARLY", kind="AUCTION").act)
    (port,) = free_ports(1)
    newcomer = Administration(
        tmp_path / "new",
        prepare(tmp_path / "new", Wish("Customs of Newland", "validator", f"127.0.0.1:{port}")),
    )
    alone = admit(first.path, [newcomer.request])
    with pytest.raises(BundleUnsigned):  # one of two
        offer(first.path, alone)
    with pytest.raises(BundleUnsigned):
        join(newcomer.path, alone)
    agreed = sign_following(second.path, alone)
    asked = newcomer.request.asked
    decide(network, "addMember", bytes.fromhex(asked.member), bytes.fromhex(asked.cosigning_key))
    take_over(network, old, agreed)
    join(newcomer.path, agreed)
    newcomer.start()
    until(lambda: newcomer.size() >= first.size() > 0, within=90)
    assert projection_digest(newcomer.open.ledger) == projection_digest(first.open.ledger)
    address = bytes.fromhex(asked.validator)
    for one in old:
        until(seals(one, address), within=90)
    until(lambda: newcomer.geth.status().sealing, within=90)
    number = next(m.number for m in newcomer.open.reader.members() if bytes(m.address).hex() == asked.member)
    assert number == 4 == read_bundle(agreed).bundle.members[-1].number
    late = newcomer.settled(governance.add_formation(newcomer.open, code="LATE", kind="AUCTION").act)
    assert late.state == "final"
    assert late.entry is not None

    without = sign_following(second.path, release(first.path, 4))
    decide(network, "removeMember", bytes.fromhex(asked.member))
    take_over(network, old, without)
    for one in old:
        until(seals(one, address, wanted=False), within=90)
    newcomer.stop()
    network.grown(4, old)
    chain = trust(first.open).chain
    assert chain is not None
    assert [len(one.validators.addresses) for one in chain.pinned] == [3, 4, 3]
    for entry in (early.entry, late.entry):  # what was sealed with other sets is proved by those
        assert entry is not None
        assert verify_chain_proof(proving.chain_proof(first.open, entry), chain).height > 0


def test_a_version_that_does_not_follow_is_refused(network: Consortium) -> None:
    first, second = network.all[:2]
    following = sign_following(second.path, release(first.path, 3))
    offer(first.path, following)
    with pytest.raises(BundleUnfit, match="version 2 follows"):
        sign_following(second.path, (first.path / "chain" / "network-bundle").read_bytes())
