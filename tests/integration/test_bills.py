"""Bills of lading on a real chain: what a fraud needs is refused, and a verifier says in words what a bill is worth."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from sanad_node import checkpointing, finding, standing, types, verifying
from sanad_node.acting import acting_key, request, word
from sanad_node.findings.noting import BlockNotFinal
from sanad_node.fsck import examine
from sanad_node.node import Node
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.reindexing import compare, must_agree
from sanad_node.store.ledger_tables import titles
from sanad_node.titles.acting import TitleActIncomplete, UnknownTitle
from sanad_node.titles.titling import NotATitle, TitleTermsWrong
from sanad_node.wire.bills import BillRequest
from sanad_testkit.shipping import BILL, Shipping, bill, build
from sanad_verifier.entries import Reason
from sanad_verifier.examine import examine_bundle
from sanad_verifier.verdict import Is, Overall, Report

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shipping]:
    """One network for all; each test has bills of its own."""
    path = tmp_path_factory.mktemp("shipping") / "data"
    build(path)
    with Node(path) as node:
        node.catch_up()
        yield Shipping(node)


def refused(code: str) -> "pytest.RaisesExc[ActRefused]":
    return pytest.RaisesExc(ActRefused, check=lambda error: error.code == code)


def verdict(ships: Shipping, content: bytes) -> Report:
    return verifying.verify(ships.node, verifying.Asked(document=content))[0]


def offline(ships: Shipping, number: str) -> Report:
    """What a stand-alone verifier says of the bill's bundle of now."""
    node = ships.node
    record = finding.document(node, ships.digests[number])
    return examine_bundle(verifying.make_bundle(node, record), checkpointing.trust(node), int(node.clock()))


def test_a_bill_pledged_to_one_bank_is_not_pledged_to_another_nor_moved(ships: Shipping) -> None:
    ships.issue("P-1")
    assert verdict(ships, bill("P-1")).parents.reason == "TITLE_ORIGINAL"
    ships.act("P-1", "pledge", "SELLER", to="BANK-A")
    seen = verdict(ships, bill("P-1"))  # by the second bank, which has the paper
    assert (seen.overall, seen.parents.reason) == (Overall.AUTHENTIC, "TITLE_PLEDGED")
    assert ships.show("P-1").pledgee == "BANK-A"
    with refused("TITLES_PLEDGED"):
        ships.act("P-1", "pledge", "SELLER", to="BANK-B")
    with refused("TITLES_PLEDGED"):
        ships.act("P-1", "transfer", "SELLER", to="BUYER")
    with refused("TITLES_NOT_THE_PLEDGEE"):
        ships.act("P-1", "unpledge", "BANK-B")
    ships.act("P-1", "unpledge", "BANK-A")
    ships.act("P-1", "pledge", "SELLER", to="BANK-B")
    assert ships.show("P-1").pledgee == "BANK-B"


def test_the_same_again_is_dupe_and_other_contents_dise(ships: Shipping) -> None:
    first = ships.issue("D-1", key="d-1")
    again = ships.issue("D-1", key="d-1")  # done, and nobody heard: the same request is the same act
    assert (again.act, again.replayed, again.entry) == (first.act, True, first.entry)
    with refused("TITLES_DUPLICATE"):
        ships.issue("D-1", holder="BUYER")
    with refused("TITLES_DISPUTED"):
        ships.issue("D-1", freightPaymentTermCode="COL")


def test_a_bill_issued_past_title_control_under_a_taken_number_is_refused_by_every_verdict(
    ships: Shipping,
) -> None:
    ships.issue("X-1", by="CARRIER-2")
    node = ships.node
    original = finding.document(node, ships.digests["X-1"])
    other = bill("X-1", freightPaymentTermCode="COL")
    checked = types.check(types.get(BILL), other)
    asked = request(
        node,
        signer=acting_key(node, node.reader.formation("CARRIER-2")),
        contract="Ledger",
        function="issue",
        arguments=(word(BILL), checked.digest, bytes(32), original.key),
        key=None,
    )
    node.perform([asked])
    report = verdict(ships, other)
    assert (report.overall, report.parents.answer) == (Overall.REFUSED, Is.NO)
    assert report.parents.reason == "TITLE_DISPUTED"
    assert verdict(ships, bill("X-1")).overall is Overall.AUTHENTIC


def test_a_carrier_that_may_only_register_bills_issues_none_past_title_control(ships: Shipping) -> None:
    node = ships.node
    asked = request(
        node,
        signer=acting_key(node, node.reader.formation("CARRIER")),
        contract="Ledger",
        function="issue",
        arguments=(word(BILL), b"\x07" * 32, bytes(32), bytes(32)),
        key=None,
    )
    (act,) = node.perform([asked])
    assert (act.state, act.code) == ("refused", "FORMATIONS_OUT_OF_SCOPE")


def test_a_surrendered_bill_is_not_valid_until_the_carrier_gives_it_back(ships: Shipping) -> None:
    ships.issue("S-1")
    given = ships.act("S-1", "surrender-for-delivery", "SELLER")
    for report in (verdict(ships, bill("S-1")), offline(ships, "S-1")):
        assert (report.overall, report.in_force) == (Overall.REFUSED, "surrendered")
        assert "no claim to the goods" in report.state.sentence
    record = finding.document(ships.node, ships.digests["S-1"])
    for change in ("suspend", "reinstate"):  # a suspension comes and goes: it stays surrendered
        standing.change_standing(ships.node, record, change, reason=Reason.UNDER_INQUIRY)
    assert verdict(ships, bill("S-1")).in_force == "surrendered"
    with refused("TITLES_NOT_THE_ISSUER"):
        ships.act("S-1", "accept-surrender", "CARRIER-2")
    ships.act("S-1", "reject-surrender", "CARRIER", reason="duty-unpaid")
    history = ships.desk.document(ships.digests["S-1"])
    assert (history.state, [(step.act, step.by) for step in history.steps]) == (
        "active",
        [
            ("issue", "CARRIER"),
            ("surrender for delivery", "SELLER"),
            ("suspend", "CARRIER"),
            ("reinstate", "CARRIER"),
            ("reject surrender", "CARRIER"),
        ],
    )
    assert verdict(ships, bill("S-1")).overall is Overall.AUTHENTIC
    ships.act("S-1", "surrender-for-delivery", "SELLER")
    ships.act("S-1", "accept-surrender", "CARRIER")
    with refused("TITLES_WRONG_STATE"):
        ships.act("S-1", "reject-surrender", "CARRIER", reason="duty-unpaid")
    assert (ships.show("S-1").state, verdict(ships, bill("S-1")).in_force) == ("delivered", "surrendered")
    assert given.block is not None
    told = [ships.show("S-1", block=given.block + later) for later in (-1, 0, 1, 2, 3)]
    assert [one.standing for one in told] == ["active", "surrendered", "suspended", "surrendered", "active"]


def test_the_old_original_of_a_switched_bill_is_worth_nothing(ships: Shipping) -> None:
    ships.issue("W-1")
    with refused("TITLES_WRONG_STATE"):
        ships.issue("W-2", replaces="W-1")
    ships.act("W-1", "surrender-for-amendment", "SELLER", why="SWI")
    ships.act("W-1", "accept-surrender", "CARRIER")
    ships.issue("W-2", replaces="W-1")
    for report in (verdict(ships, bill("W-1")), offline(ships, "W-1")):
        assert (report.overall, report.in_force) == (Overall.REFUSED, "superseded")
    with refused("TITLES_WRONG_STATE"):
        ships.act("W-1", "endorse-to-order", "SELLER", to="BUYER")
    with refused("TITLES_DISPUTED"):
        ships.issue("W-1", freightPaymentTermCode="COL")
    old, new = ships.show("W-1"), ships.show("W-2")
    assert (old.state, old.replaced_by, new.replaces) == ("replaced", new.digest, old.digest)
    assert new.former == [old.digest]
    assert offline(ships, "W-2").overall is Overall.AUTHENTIC


def test_a_reissue_keeps_the_number_and_the_number_means_the_new_bill(ships: Shipping) -> None:
    ships.issue("R-1")
    old = ships.digests["R-1"]
    ships.act("R-1", "surrender-for-amendment", "SELLER", why="COD")
    ships.act("R-1", "accept-surrender", "CARRIER")
    ships.issue("R-1", replaces="R-1", freightPaymentTermCode="COL")
    found = ships.desk.bill("SMPL/R-1")
    assert (found.digest, found.replaces) == (ships.digests["R-1"], old)


def test_it_is_told_who_held_it_as_of_any_block(ships: Shipping) -> None:
    ships.issue("H-1", beneficiary=None)
    offered = ships.act("H-1", "endorse", "SELLER", to="BANK-A", endorsee="BUYER")
    taken = ships.act("H-1", "accept", "BANK-A")
    assert offered.block is not None
    assert taken.block is not None
    issued, before, now = (
        ships.show("H-1", block=block) for block in (offered.block - 1, offered.block, taken.block)
    )
    assert (issued.holder, issued.bearer, issued.taker, len(issued.steps)) == ("SELLER", True, "", 1)
    assert (before.holder, before.taker, before.offered) == ("SELLER", "BANK-A", "BUYER")
    assert (now.holder, now.beneficiary, now.to_order, now.given_by) == ("BANK-A", "BUYER", False, "SELLER")
    with pytest.raises(UnknownTitle):
        ships.show("H-1", block=1)
    with pytest.raises(BlockNotFinal):
        ships.show("H-1", block=10**6)
    assert ships.show("H-1", formation="BANK-A").next == [
        "transfer", "hand-back", "sign", "surrender-for-amendment",
    ]  # fmt: skip


def test_an_answer_is_to_the_offer_that_was_seen(ships: Shipping) -> None:
    ships.issue("O-1")
    ships.act("O-1", "transfer", "SELLER", to="BANK-A")
    seen = ships.show("O-1").sequence
    ships.act("O-1", "retract", "SELLER", reason="issued-in-error")
    ships.act("O-1", "blank-endorse", "SELLER", to="BANK-A")
    with refused("TITLES_WRONG_SEQUENCE"):
        ships.act("O-1", "accept", "BANK-A", sequence=seen)
    ships.act("O-1", "reject", "BANK-A", reason="data-corrected")
    assert [step.act for step in ships.show("O-1").steps] == [
        "issue", "transfer", "retract", "blank-endorse", "reject",
    ]  # fmt: skip


def test_to_whom_a_bill_is_issued_has_to_fit_what_it_says_of_itself(ships: Shipping) -> None:
    with pytest.raises(TitleTermsWrong) as straight:
        ships.issue("T-1", beneficiary=None, isToOrder=False)
    parties = {**json.loads(bill("T-1"))["documentParties"], "endorsee": {"partyName": "A bank"}}
    with pytest.raises(TitleTermsWrong) as named:
        ships.issue("T-1", beneficiary=None, documentParties=parties)
    assert straight.value.field == named.value.field == "--beneficiary"
    ships.issue("T-1", beneficiary="BUYER", isToOrder=False)
    with refused("TITLES_NOT_TO_ORDER"):
        ships.act("T-1", "endorse", "SELLER", to="BANK-A")
    with pytest.raises(NotATitle):
        ships.desk.issue_bill(BillRequest(type="EIF", formation="CARRIER", holder="BUYER"), b"{}")


def test_an_act_that_lacks_something_is_refused_before_it_is_promised(ships: Shipping) -> None:
    ships.issue("I-1")
    for act, more, field in (
        ("transfer", {}, "--to"),
        ("pledge", {}, "--to"),
        ("reject", {}, "--reason"),
        ("transfer", {"to": "BUYER", "endorsee": "BANK-A"}, "--endorsee"),
        ("surrender-for-delivery", {"why": "COD"}, "--why"),
    ):
        with pytest.raises(TitleActIncomplete) as error:
            ships.act("I-1", act, "SELLER", **more)  # type: ignore[arg-type]
        assert error.value.field == field
    assert len(ships.show("I-1").steps) == 1
    with pytest.raises(UnknownTitle):
        ships.desk.bill("SMPL/NO-SUCH-BILL")


def test_what_was_promised_while_the_chain_was_away_is_done_once_or_refused_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    build(data)
    with Node(data) as node:
        node.catch_up()
        before = Shipping(node)
        before.issue("C-1")
    monkeypatch.setenv("ANVIL_BIN", str(tmp_path / "no-such-program"))
    with Node(data) as node:
        away = Shipping(node, before.digests)
        pledged = away.act("C-1", "pledge", "SELLER", to="BANK-A", key="p")
        moved = away.act("C-1", "transfer", "SELLER", to="BUYER", key="t")
        assert [(one.state, one.entry) for one in (pledged, moved)] == [("accepted", None)] * 2
        assert away.show("C-1").pledgee == ""  # promised is not done
    monkeypatch.delenv("ANVIL_BIN")
    with Node(data) as node:
        node.catch_up()
        back = Shipping(node, before.digests)
        assert back.desk.act(pledged.act).state == "final"
        refusal = back.desk.act(moved.act)
        assert (refusal.state, refusal.code) == ("refused", "TITLES_PLEDGED")
        again = back.act("C-1", "pledge", "SELLER", to="BANK-A", key="p")
        assert (again.act, again.replayed) == (pledged.act, True)
        assert [step.act for step in back.show("C-1").steps] == ["issue", "pledge"]
        assert not examine(node).findings


def test_after_all_of_it_store_entries_contract_and_a_rebuilt_store_agree(ships: Shipping) -> None:
    """Last of the module: every bill of the tests before it is looked at, whichever ran in this process."""
    for name in ("Z-1", "Z-2"):
        ships.issue(name)
    ships.act("Z-1", "pledge", "SELLER", to="BANK-A")
    known = ships.node.titles.page(parties=None, before=None, limit=100).titles
    assert {bytes.fromhex(ships.digests[name]) for name in ("Z-1", "Z-2")} <= {one.digest for one in known}
    found = examine(ships.node, deep=True)
    assert found.looked_at["titles"] == len(known)
    assert not found.findings
    must_agree(compare(ships.node))
    first = ships.desk.bills(party="SELLER", limit=1)
    assert first.next is not None
    second = ships.desk.bills(party="SELLER", before=first.next, limit=100)
    assert first.bills[0].digest not in {one.digest for one in second.bills}


def test_a_store_that_says_another_thing_than_the_contract_is_found(ships: Shipping) -> None:
    ships.issue("F-1")
    digest = bytes.fromhex(ships.digests["F-1"])
    with ships.node.ledger.begin() as connection:
        connection.execute(update(titles).where(titles.c.digest == digest).values(holder=4))
    told = [(one.check, one.code, one.what) for one in examine(ships.node).findings]
    assert told == [("titles", "TITLE_DIFFERS", digest.hex())] * 2
