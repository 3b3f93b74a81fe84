"""Two sides of one network agree, or what differs is named; what cannot be compared is neither."""

from dataclasses import dataclass, replace

import pytest

from sanad_node.mirror.comparing import Compared, Told, compare
from sanad_node.wire.node import ContractView, FactsView
from sanad_testkit.made_log import MadeLog, entries
from sanad_verifier.errors import EvidenceError
from sanad_verifier.tiles import CHECKPOINT, MirrorInvalid
from sanad_verifier.witnessing import parse_equivocation, verify_equivocation

LOG = MadeLog()


@dataclass
class Served:
    files: dict[str, bytes]

    def read(self, path: str, most: int) -> bytes:
        if path not in self.files:
            raise MirrorInvalid("not there", field=path)
        return self.files[path][:most]


def side(size: int, fork_from: int | None = None) -> Told:
    return Told(Served(LOG.files(entries(size, fork_from))))


def facts(**changed: object) -> FactsView:
    told = FactsView(
        origin=LOG.origin,
        chain_id=7,
        genesis="ab" * 32,
        engine="anvil",
        size=300,
        root="00" * 32,
        time=1,
        block=9,
        contracts={"Ledger": ContractView(address="11" * 20, code_hash="22" * 32)},
        digest="33" * 32,
    )
    return told.model_copy(update=changed)


def answers(told: Compared) -> dict[str, bool | None]:
    return {one.what: one.same for one in told.items}


@pytest.mark.parametrize(("ours", "theirs"), [(300, 300), (300, 20), (20, 300), (512, 513), (0, 20), (20, 0)])
def test_one_log_at_two_sizes_is_the_same_at_the_smaller(ours: int, theirs: int) -> None:
    told = compare(side(ours), side(theirs), LOG.trust())
    assert (told.size, told.differing, told.proof) == (min(ours, theirs), (), None)
    assert answers(told)["root"] is True
    assert answers(told)["entries"] is None


@pytest.mark.parametrize(("ours", "theirs"), [(300, 300), (300, 200), (200, 300), (256, 512)])
def test_two_logs_of_one_name_differ_and_the_proof_of_it_convinces(ours: int, theirs: int) -> None:
    told = compare(side(ours), side(theirs, 100), LOG.trust())
    assert told.differing == ("root",)
    assert told.proof is not None
    heads = verify_equivocation(parse_equivocation(told.proof), (LOG.log.key,))
    assert {one.size for one in heads} == {ours, theirs}
    (root,) = (one for one in told.items if one.what == "root")
    assert len({root.ours, root.theirs}) == 2
    smaller = {min(heads, key=lambda one: one.size).root.hex(), heads[0].root.hex()}
    assert {root.ours, root.theirs} & smaller


def test_what_both_tell_of_themselves_is_compared_and_what_one_does_not_tell_is_not() -> None:
    ours = replace(side(300), facts=facts())
    same = compare(ours, replace(side(300), facts=facts(), trust=LOG.trust()), LOG.trust())
    assert same.differing == ()
    assert answers(same)["digest"] is answers(same)["Ledger.codeHash"] is answers(same)["genesis"] is True
    changes = {
        "digest": facts(digest="44" * 32),
        "Ledger.codeHash": facts(contracts={"Ledger": ContractView(address="11" * 20, code_hash="55" * 32)}),
        "Ledger.address": facts(contracts={"Ledger": ContractView(address="66" * 20, code_hash="22" * 32)}),
    }
    for what, changed in changes.items():
        assert compare(ours, replace(side(300), facts=changed), LOG.trust()).differing == (what,)
    unknown = facts(
        size=200, digest="44" * 32, contracts={"Ledger": ContractView(address="11" * 20, code_hash="")}
    )
    told = answers(compare(ours, replace(side(300), facts=unknown), LOG.trust()))
    assert told["digest"] is told["Ledger.codeHash"] is None
    assert answers(compare(ours, side(300), LOG.trust()))["digest"] is None
    for differing in ({"genesis": "cd" * 32}, {"chain_id": 8}, {"ledger": "ee" * 20}):
        other = replace(side(300), trust=replace(LOG.trust(), **differing))
        assert len(compare(ours, other, LOG.trust()).differing) == 1


def test_a_side_that_is_not_signed_or_does_not_make_its_root_is_neither() -> None:
    stranger = Told(Served(MadeLog(names=("x", "y")).files(entries(300))))
    with pytest.raises(EvidenceError):
        compare(side(300), stranger, LOG.trust())
    wrong = LOG.files(entries(300))
    wrong["tile/0/001.p/44"] = bytes([wrong["tile/0/001.p/44"][0] ^ 1]) + wrong["tile/0/001.p/44"][1:]
    for ours in (side(270), side(257)):
        with pytest.raises(MirrorInvalid):
            compare(ours, Told(Served(wrong)), LOG.trust())
    assert compare(side(300), Told(Served({CHECKPOINT: wrong[CHECKPOINT]})), LOG.trust()).differing == ()
