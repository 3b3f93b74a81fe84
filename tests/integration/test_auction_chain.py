"""The auction chain on a real chain: what no paper trail supports is refused, with the words that whom it stops
sees.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sanad_node import (
    approving,
    batching,
    checkpointing,
    finding,
    governance,
    issuing,
    policing,
    standing,
    tracing,
    verifying,
)
from sanad_node.node import Node
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.registering import ControlledType, ParentNotWanted
from sanad_node.reindexing import compare, must_agree
from sanad_testkit.auction_chain import CHASSIS, PARENTS, SELLS, Chain, build, paper
from sanad_verifier.bundle import unpack
from sanad_verifier.entries import Reason
from sanad_verifier.errors import SanadError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.verdict import Is, Overall, Report

pytestmark = pytest.mark.engine
OTHER_CAR = {"make": "Toyota", "model": "Axio", "chassisNumber": "NZE141-6113208", "engineNumber": "1NZ-1"}


@pytest.fixture(scope="session")
def paid(auction_network: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Chain]:
    """The same, in which the car has everything up to the payment; and its papers."""
    path = tmp_path_factory.mktemp("paid") / "data"
    shutil.copytree(auction_network, path)
    with Node(path) as node:
        node.catch_up()
        chain = Chain(node)
        chain.until("BID_PAYMENT")
    return path, chain


@pytest.fixture
def sold(paid: tuple[Path, Chain], tmp_path: Path) -> Iterator[Chain]:
    """The car after its payment."""
    path, chain = paid
    shutil.copytree(path, tmp_path / "data")
    with Node(tmp_path / "data") as node:
        node.catch_up()
        yield Chain(node, dict(chain.digests), dict(chain.made))


@pytest.fixture
def chain(auction_network: Path, tmp_path: Path) -> Iterator[Chain]:
    shutil.copytree(auction_network, tmp_path / "data")
    with Node(tmp_path / "data") as node:
        node.catch_up()
        yield Chain(node)


def refused(do: Callable[[], object]) -> SanadError:
    with pytest.raises(SanadError) as error:
        do()
    return error.value


def verdict(chain: Chain, name: str, subject: str | None = None) -> Report:
    asked = verifying.Asked(document=chain.made[name], subject=subject)
    return verifying.verify(chain.node, asked)[0]


def test_a_car_goes_from_seizure_to_registration_and_its_receipt_is_used_up(sold: Chain) -> None:
    sold.until("AUCTION_RECEIPT")
    receipt = verdict(sold, "AUCTION_RECEIPT", CHASSIS.lower().replace("-", " "))
    assert (receipt.overall, receipt.parents.answer) == (Overall.AUTHENTIC, Is.YES)
    assert "SEIZURE_REPORT" in receipt.parents.sentence
    assert verdict(sold, "AUCTION_LOT").in_force == "consumed"
    sold.issue("DELIVERY_ORDER")
    sold.issue("GATE_PASS")
    sold.consume("GATE_PASS", "KAPW-SWH")
    sold.issue("VEHICLE_REGISTRATION")
    registered = verdict(sold, "VEHICLE_REGISTRATION", CHASSIS)
    assert (registered.overall, registered.parents.reason) == (Overall.AUTHENTIC, "PARENTS_PRESENT")
    used = verdict(sold, "AUCTION_RECEIPT")
    assert (used.overall, used.state.reason) == (Overall.REFUSED, "CONSUMED")
    receipt_record = finding.document(sold.node, sold.digests["AUCTION_RECEIPT"].hex())
    history = tracing.trace_document(sold.node, receipt_record)
    assert (history.state, [step.act for step in history.steps]) == ("consumed", ["issue", "consume"])
    assert history.steps[-1].by == "SINDH-EXCISE"


@pytest.mark.parametrize("name", ["AUCTION_RECEIPT", "VEHICLE_REGISTRATION"])
def test_a_paper_without_one_of_its_parents_is_refused_and_the_missing_one_is_named(
    sold: Chain, name: str
) -> None:
    before = list(SELLS)[list(SELLS).index(name) - 1]
    sold.until(before)
    if name == "VEHICLE_REGISTRATION":
        sold.consume("GATE_PASS", "KAPW-SWH")
    for missing in PARENTS[name]:
        given = tuple(sold.digests[one].hex() for one in PARENTS[name] if one != missing)
        error = refused(lambda given=given: sold.issue(name, parents=given))  # type: ignore[misc]
        assert (error.code, error.field) == ("REGISTER_PARENT_MISSING", "--parent ID")
        assert missing in error.message
    sold.issue(name)


def test_the_second_registration_shows_the_first(sold: Chain) -> None:
    sold.until("VEHICLE_REGISTRATION")
    first = sold.node.reader.documents_by_digest([sold.digests["VEHICLE_REGISTRATION"]])[0]
    other = paper("VEHICLE_REGISTRATION", authority="Punjab Excise", registrationMark="LEB-1")
    error = refused(lambda: sold.issue("VEHICLE_REGISTRATION", other, by="PUNJAB-EXCISE"))
    assert error.code == "REGISTER_THING_IN_USE"
    assert f"entry {first.entry}" in error.message


def test_a_receipt_entered_by_another_collectorate_is_refused_by_scope(sold: Chain) -> None:
    sold.until("BID_PAYMENT")
    error = refused(lambda: sold.issue("AUCTION_RECEIPT", by="FSDP-AUC"))
    assert error.code == "FORMATIONS_OUT_OF_SCOPE"


def test_a_tampered_chassis_forbids_the_lot(chain: Chain) -> None:
    chain.until("WAREHOUSE_DEPOSIT")
    chain.issue("FORENSIC_REPORT", paper("FORENSIC_REPORT", result="tampered"))
    error = refused(lambda: chain.issue("AUCTION_LOT"))
    assert (error.code, error.field) == ("REGISTER_PARENT_FORBIDS", "--parent ID")
    assert "FORENSIC_REPORT" in error.message


def test_a_payment_for_another_car_pays_for_no_receipt(chain: Chain) -> None:
    chain.until("AUCTION_LOT")
    error = refused(lambda: chain.issue("BID_PAYMENT", paper("BID_PAYMENT", vehicle=OTHER_CAR)))
    assert error.code == "REGISTER_PARENT_OF_OTHER_THING"


def test_one_psid_is_one_payment_whichever_bank_enters_it(sold: Chain) -> None:
    sold.until("BID_PAYMENT")
    again = paper("BID_PAYMENT", branch="Another branch")
    assert refused(lambda: sold.issue("BID_PAYMENT", again)).code in {
        "NUMBER_IN_USE",
        "REGISTER_NUMBER_IN_USE",
    }
    found = finding.document(sold.node, "90000000000000502", doc_type="BID_PAYMENT")
    assert found.digest == sold.digests["BID_PAYMENT"]


def test_without_a_second_officer_nothing_is_entered_and_a_changed_paper_needs_another_word(
    chain: Chain,
) -> None:
    seizure = paper("SEIZURE_REPORT")
    error = refused(lambda: chain.issue("SEIZURE_REPORT", seizure, approved=False))
    assert (error.code, error.field) == ("REGISTER_APPROVAL_MISSING", "FILE")
    issuing.approve(chain.node, seizure, doc_type="SEIZURE_REPORT", formation="KAPW")
    changed = paper("SEIZURE_REPORT", grounds="Other grounds.")
    error = refused(lambda: chain.issue("SEIZURE_REPORT", changed, approved=False))
    assert error.code == "REGISTER_APPROVAL_MISSING"
    chain.issue("SEIZURE_REPORT", seizure, approved=False)
    filing = chain.node.register.filing("SEIZURE_REPORT", chain.digests["SEIZURE_REPORT"])
    assert filing is not None
    assert any(filing.approver)


def test_who_approved_does_not_act_too(chain: Chain) -> None:
    seizure = paper("SEIZURE_REPORT")
    issuing.approve(chain.node, seizure, doc_type="SEIZURE_REPORT", formation="KAPW", person=7)

    def issue(person: int) -> issuing.Ready:
        return issuing.ready_to_issue(
            chain.node, seizure, doc_type="SEIZURE_REPORT", formation="KAPW", person=person
        )

    assert refused(lambda: issue(7)).code == "APPROVED_BY_SELF"
    issuing.issue(chain.node, issue(8))


def test_a_lapsed_approval_is_none(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approving, "LIFETIME", 0)
    assert refused(lambda: chain.issue("SEIZURE_REPORT")).code == "REGISTER_APPROVAL_MISSING"


def test_a_revocation_of_a_receipt_needs_two_and_takes_the_papers_on_it_down(sold: Chain) -> None:
    sold.until("DELIVERY_ORDER")
    node = sold.node
    receipt = finding.document(node, sold.digests["AUCTION_RECEIPT"].hex())
    error = refused(lambda: standing.change_standing(node, receipt, "revoke", reason=Reason.FRAUD))
    assert (error.code, error.field) == ("REGISTER_APPROVAL_MISSING", "ID")
    standing.approve_withdrawal(node, receipt, reason=Reason.DUPLICATE)
    assert refused(lambda: standing.change_standing(node, receipt, "revoke", reason=Reason.FRAUD)).code == (
        "REGISTER_APPROVAL_MISSING"
    )  # approved for another reason
    standing.approve_withdrawal(node, receipt, reason=Reason.FRAUD)
    standing.change_standing(node, receipt, "revoke", reason=Reason.FRAUD)
    assert verdict(sold, "AUCTION_RECEIPT").in_force == "revoked"
    order = verdict(sold, "DELIVERY_ORDER")
    assert (order.overall, order.parents.reason) == (Overall.REFUSED, "PARENT_REVOKED")


def test_a_seizure_that_is_suspended_stops_everything_that_rests_on_it(sold: Chain) -> None:
    sold.until("AUCTION_LOT")
    node = sold.node
    seizure = finding.document(node, sold.digests["SEIZURE_REPORT"].hex())
    standing.change_standing(node, seizure, "suspend", reason=Reason.UNDER_INQUIRY)
    lot = verdict(sold, "AUCTION_LOT")
    assert (lot.overall, lot.parents.reason) == (Overall.REFUSED, "PARENT_SUSPENDED")
    standing.change_standing(node, seizure, "reinstate", reason=Reason.INQUIRY_CLOSED)
    assert verdict(sold, "AUCTION_LOT").parents.answer is Is.YES


def test_a_corrected_receipt_takes_the_place_of_the_first_and_keeps_its_payment(sold: Chain) -> None:
    sold.until("AUCTION_RECEIPT")
    first = sold.digests["AUCTION_RECEIPT"]
    corrected = paper("AUCTION_RECEIPT", warehouse="State Warehouse, Keamari")
    sold.issue("AUCTION_RECEIPT", corrected, replaces=first)
    old = finding.document(sold.node, first.hex())
    status = sold.node.reader.status(old)
    assert status is not None
    assert (status.state, status.replacement) == ("superseded", sold.digests["AUCTION_RECEIPT"])
    sold.issue("DELIVERY_ORDER")


def test_a_pass_is_used_once(sold: Chain) -> None:
    sold.until("GATE_PASS")
    assert refused(lambda: sold.consume("GATE_PASS", "SNB-KHI-0001")).code == "FORMATIONS_OUT_OF_SCOPE"
    sold.consume("GATE_PASS", "KAPW-SWH")
    error = refused(lambda: sold.consume("GATE_PASS", "KAPW-SWH"))
    assert (error.code, error.field) == ("REGISTER_CONSUMED", "ID")


def test_an_outcome_entered_otherwise_than_stated_is_found_out(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laboratory whose program lies to the register: whoever has the report sees it."""
    chain.until("WAREHOUSE_DEPOSIT")
    monkeypatch.setattr("sanad_node.registering.outcome_of", lambda _document: 1)
    chain.issue("FORENSIC_REPORT", paper("FORENSIC_REPORT", result="tampered"))
    report = verdict(chain, "FORENSIC_REPORT")
    assert (report.overall, report.parents.reason) == (Overall.REFUSED, "OUTCOME_DIFFERS")


def test_papers_of_a_car_are_found_by_its_chassis_at_every_office(chain: Chain) -> None:
    chain.until("FORENSIC_REPORT")
    found = {one.doc_type for one in finding.documents(chain.node, "nke165 7123456")}
    assert found == {"SEIZURE_REPORT", "WAREHOUSE_DEPOSIT", "FORENSIC_REPORT"}
    with chain.node.office.begin() as connection:
        connection.exec_driver_sql("DELETE FROM things")  # an office that has none of these papers
    assert {one.doc_type for one in finding.documents(chain.node, "NKE165-7123456")} == found


def test_what_the_register_does_is_not_done_past_it(sold: Chain) -> None:
    sold.until("AUCTION_RECEIPT")
    node = sold.node
    receipt = finding.document(node, sold.digests["AUCTION_RECEIPT"].hex())
    with pytest.raises(ControlledType):
        standing.supersede(node, receipt, receipt, reason=Reason.AMENDED)
    with pytest.raises(ControlledType):
        list(batching.issue_batch(node, iter(()), doc_type="AUCTION_RECEIPT", formation="KAPW-AUC"))
    with pytest.raises(ActRefused) as error:
        governance.set_scope(node, "KAPW-AUC", "AUCTION_RECEIPT", ["issue"])
    assert (error.value.code, error.value.field) == ("FORMATIONS_CONTROLLED_TYPE", "--acts")


def test_a_paper_that_a_policy_does_not_want_is_no_parent(chain: Chain) -> None:
    chain.until("SEIZURE_REPORT")
    seizure = chain.digests["SEIZURE_REPORT"].hex()
    other = paper("SEIZURE_REPORT", caseNumber="KAPW-ASO-1-2026")
    with pytest.raises(ParentNotWanted):
        chain.issue("SEIZURE_REPORT", other, parents=(seizure,))
    ready = {"doc_type": "FILE", "formation": "FSDP-AUC", "number": "F-1"}
    with pytest.raises(ParentNotWanted):
        issuing.ready_to_issue(chain.node, b"a file", **ready, rests=issuing.Rests((seizure,)))  # type: ignore[arg-type]


def test_a_bundle_of_a_used_paper_says_so_without_a_network(sold: Chain) -> None:
    sold.until("BID_PAYMENT")
    node = sold.node
    sold.issue("AUCTION_RECEIPT")
    lot = finding.document(node, sold.digests["AUCTION_LOT"].hex())
    made = verifying.make_bundle(node, lot)
    assert unpack(made).status is not None
    report = examine_bundle(made, checkpointing.trust(node), int(node.clock()))
    assert (report.overall, report.in_force) == (Overall.REFUSED, "consumed")
    assert report.parents.reason == "PARENTS_NOT_CHECKED"


def test_everything_about_the_register_follows_from_the_log_again(sold: Chain) -> None:
    sold.until("VEHICLE_REGISTRATION")
    must_agree(compare(sold.node))


def test_members_decide_the_table_and_scopes_that_went_past_the_register_are_replaced(tmp_path: Path) -> None:
    build(tmp_path / "data", decided=False)
    with Node(tmp_path / "data") as node:
        chain = Chain(node)
        old = issuing.issue(
            node,
            issuing.ready_to_issue(
                node, paper("SEIZURE_REPORT"), doc_type="SEIZURE_REPORT", formation="KAPW"
            ),
        )
        assert {state.in_force for state in policing.states(node)} == {"none"}
        policing.propose(node)
        assert {state.in_force for state in policing.states(node)} == {"same"}
        assert policing.propose(node) == []
        (scope,) = node.reader.scopes_of(node.reader.formation("KAPW").number)
        acts = set(governance.act_names(scope.acts))
        assert acts == {"suspend", "reinstate", "enter", "consume", "withdraw"}
        report = verifying.verify(node, verifying.Asked(identifier=old.digest.hex()))[0]
        assert report.parents.reason == "PARENTS_BEFORE_POLICY"
        before = finding.document(node, old.digest.hex())
        standing.approve_withdrawal(node, before, reason=Reason.ISSUED_IN_ERROR)
        standing.change_standing(node, before, "revoke", reason=Reason.ISSUED_IN_ERROR)
        chain.until("WAREHOUSE_DEPOSIT")
