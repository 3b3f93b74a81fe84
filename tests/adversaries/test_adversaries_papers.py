"""Adversaries who come with papers (A1 to A8, A12 to A14): each tries it on a real chain; first the honest act is done,
then the attack fails, with the code and the words that whom it stops sees.
"""

import json
from dataclasses import replace

import pytest

from sanad_api.pages.view import verdict_shown
from sanad_api.pages.words import words
from sanad_node import certifying, finding
from sanad_node.differing import OPERATOR
from sanad_node.drawdown.acting import OVERDRAWN
from sanad_node.wire import VerifyRequest
from sanad_node.wire.findings import FindingsQuery
from sanad_node.wire.oversight import TradersQuery
from sanad_testkit import drawing_office
from sanad_testkit.adversary_stage import Stage, refused
from sanad_testkit.auction_chain import CHASSIS, paper
from sanad_testkit.rule_cases import values
from sanad_testkit.shipping import bill
from sanad_verifier.examine import examine_qr
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import VerifierKey
from sanad_verifier.presented import examine_given
from sanad_verifier.verdict import Is, Overall

pytestmark = pytest.mark.engine


def test_a01_a_forged_receipt_and_a_code_of_a_look_alike_are_in_no_ledger(stage: Stage) -> None:
    issued = stage.car.issue("AUCTION_RECEIPT")
    genuine = stage.car.made["AUCTION_RECEIPT"]
    assert stage.verdict(genuine).overall is Overall.AUTHENTIC

    forged = stage.verdict(paper("AUCTION_RECEIPT", receiptNumber="KAPW-AUC-2026-00999"))
    assert (forged.overall, forged.authority.reason) == (Overall.UNKNOWN, "NOT_ISSUED")
    assert "no office has issued it on this ledger" in forged.authority.sentence

    text = certifying.printed_code(stage.node, finding.document(stage.node, issued.digest.hex())).text
    assert examine_qr(text, stage.trust, stage.now).authority.answer is Is.YES
    key = stage.trust.log_keys[0]
    other = VerifierKey(key.name, key.algorithm, bytes(31) + b"\x01")
    theirs = examine_qr(text, replace(stage.trust, log_keys=(other,)), stage.now)  # signed by a log not ours
    assert (theirs.overall, theirs.authority.answer) == (Overall.REFUSED, Is.NO)
    assert theirs.authority.reason == "NOTE_UNTRUSTED"
    assert theirs.authority.sentence

    (led_away,) = examine_given(b"https://sanad-verify.example/r/00502", stage.trust, stage.now)
    assert led_away.overall is not Overall.AUTHENTIC  # an address is parsed as a code, and never followed


def test_a02_a_genuine_code_on_another_car_is_refused_and_never_green_uncompared(stage: Stage) -> None:
    stage.car.issue("AUCTION_RECEIPT")
    receipt = stage.car.made["AUCTION_RECEIPT"]
    assert stage.verdict(receipt, subject=CHASSIS).overall is Overall.AUTHENTIC

    other = stage.verdict(receipt, subject="NZE141-6113208")
    assert (other.overall, other.subject.reason) == (Overall.REFUSED, "SUBJECT_DIFFERS")
    assert other.subject.sentence == "it is about another thing than the one in front of you"

    def shown(**more: str) -> tuple[str, str]:
        told = stage.desk.verify(VerifyRequest(**more), receipt)  # type: ignore[arg-type]
        page = verdict_shown(told, stage.now, words("en"))
        return page.tone, page.line

    assert shown(subject=CHASSIS) == ("good", "Genuine paper, in force, and about this thing.")
    assert shown() == ("old", "Genuine paper, in force. Not yet compared with the thing in front of you.")


def test_a03_a_second_registration_on_one_receipt_is_refused_and_shows_the_first(stage: Stage) -> None:
    stage.car.until("VEHICLE_REGISTRATION")
    first = stage.node.reader.documents_by_digest([stage.car.digests["VEHICLE_REGISTRATION"]])[0]
    assert stage.verdict(stage.car.made["VEHICLE_REGISTRATION"], subject=CHASSIS).overall is Overall.AUTHENTIC

    other = paper("VEHICLE_REGISTRATION", authority="Punjab Excise", registrationMark="LEB-1")
    again = refused(lambda: stage.car.issue("VEHICLE_REGISTRATION", other, by="PUNJAB-EXCISE"))
    assert again.code == "REGISTER_THING_IN_USE"
    assert f"entry {first.entry}" in again.message
    used = stage.verdict(stage.car.made["AUCTION_RECEIPT"])
    assert (used.overall, used.state.reason) == (Overall.REFUSED, "CONSUMED")
    assert used.state.sentence.startswith("it was used up")


def test_a04_an_instrument_used_twice_or_refilled_after_release_is_refused(stage: Stage) -> None:
    office = stage.instruments
    fi = office.opened("1000.0000")
    first, second = office.declared(1, "600.0000"), office.declared(2, "600.0000")
    office.drawn(fi, first)
    assert office.left(fi) == "400.00"

    twice = refused(lambda: office.drawn(fi, second))
    assert twice.code == OVERDRAWN
    assert "400.00 USD left" in twice.message

    office.released(first)
    office.cancelled(first)
    refilled = refused(lambda: office.given_back(fi, first))
    assert refilled.code == "DRAWDOWN_RELEASED"
    assert refilled.message
    assert office.left(fi) == "400.00"


def dossier(stage: Stage, **changes: dict[str, object]) -> dict[str, str]:
    """The papers of one consignment, some with members changed, all by one office; their digests."""
    made = {}
    for name, (kind, _, value) in values().items():
        if kind != "BILL_OF_LADING":
            told = {**value, **changes.get(name, {})}
            made[name] = stage.instruments.put(kind, canonicalise(told), "DOSSIER")
    return made


def test_a05_a_lower_value_at_the_declaration_is_a_finding_that_names_both_papers(stage: Stage) -> None:
    declaration = json.loads(json.dumps(values()["declaration"][2]))
    honest = stage.desk.findings(FindingsQuery(rule="instrument-price"))
    assert honest.total == 0
    for item in declaration["items"]:
        item["unitPrice"] = "0.9000"
    made = dossier(stage, declaration={"items": declaration["items"]})
    found = stage.desk.findings(FindingsQuery(rule="instrument-price")).findings
    assert found
    assert {place.digest for place in found[0].places} == {made["declaration"], made["instrument"]}
    assert found[0].places[0].value == "0.9000"
    assert "price" in found[0].title.lower()
    assert (
        stage.verdict(
            stage.node.vault.get(finding.document(stage.node, made["declaration"]).digest)
        ).state.answer
        is Is.YES
    )


def test_a06_many_small_instruments_below_a_limit_show_in_the_trader_s_total(stage: Stage) -> None:
    one = {
        "issueDate": "2026-08-05",
        "trader": {"ntn": "7654321", "name": "Split Ltd", "iban": "PK36SCBL0000001123456702"},
    }
    office = stage.instruments
    window = TradersQuery(
        since="2026-08-01", until="2026-08-31", currency="USD", limit="50000", trader="7654321-8"
    )
    office.put("PSW_FI", drawing_office.instrument("49000.0000", "SNB-IMP-1-05082026", **one), "SNB-KHI-0002")
    (honest,) = stage.desk.traders(window).traders
    assert honest.split is None

    for number in range(2, 5):
        content = drawing_office.instrument("49000.0000", f"SNB-IMP-{number}-05082026", **one)
        office.put("PSW_FI", content, "SNB-KHI-0002")
    (total,) = stage.desk.traders(window).traders
    assert (total.paid, total.landed, total.instruments) == ("196000.00", "0.00", 4)
    assert total.marks == ["PAID_ABOVE_LANDED", "SPLIT_BELOW_LIMIT"]
    assert total.split is not None
    assert (total.split.papers, total.split.total) == (4, "196000.00")


def test_a07_a_bill_is_pledged_once_and_other_contents_under_its_number_are_a_dispute(stage: Stage) -> None:
    ships = stage.ships
    ships.issue("Q-1")
    ships.act("Q-1", "pledge", "SELLER", to="BANK-A")
    second = refused(lambda: ships.act("Q-1", "pledge", "SELLER", to="BANK-B"))
    assert second.code == "TITLES_PLEDGED"
    assert "pledged" in second.message
    altered = refused(lambda: ships.issue("Q-1", freightPaymentTermCode="COL"))
    assert altered.code == "TITLES_DISPUTED"
    assert altered.message


def test_a08_the_old_original_of_a_switched_bill_is_worth_nothing(stage: Stage) -> None:
    ships = stage.ships
    ships.issue("S-1")
    assert stage.verdict(bill("S-1")).overall is Overall.AUTHENTIC
    early = refused(lambda: ships.issue("S-2", replaces="S-1"))
    assert early.code == "TITLES_WRONG_STATE"  # the old one is given up before the new one is
    ships.act("S-1", "surrender-for-amendment", "SELLER", why="SWI")
    ships.act("S-1", "accept-surrender", "CARRIER")
    ships.issue("S-2", replaces="S-1")
    old = stage.verdict(bill("S-1"))
    assert (old.overall, old.state.reason) == (Overall.REFUSED, "SUPERSEDED")
    assert old.state.sentence.startswith("it was replaced by another document")


def test_a12_a_backdated_certificate_is_told_to_have_been_entered_late(stage: Stage) -> None:
    honest = paper(
        "SEIZURE_REPORT", caseNumber="KAPW-ASO-7-2026", issueDate=stage.today, vehicle=_car("NKE165-0000007")
    )
    stage.car.issue("SEIZURE_REPORT", honest)
    assert stage.verdict(honest).notices == ()

    backdated = paper(
        "SEIZURE_REPORT", caseNumber="KAPW-ASO-8-2026", issueDate="2026-03-03", vehicle=_car("NKE165-0000008")
    )
    stage.car.issue("SEIZURE_REPORT", backdated)
    told = stage.verdict(backdated)
    assert told.overall is Overall.AUTHENTIC  # never refused for it
    (notice,) = told.notices
    assert notice.code == "ANCHORED_LATE"
    assert notice.sentence == f"it was entered {notice.days} days after the date it bears (2026-03-03)"
    assert notice.sentence in "\n".join(told.lines())
    listed = [one for one in stage.desk.notices().documents if one.digest == told.digest]
    assert [one.code for one in listed[0].notices] == ["ANCHORED_LATE"]


def _car(chassis: str) -> dict[str, str]:
    return {**json.loads(paper("SEIZURE_REPORT"))["vehicle"], "chassisNumber": chassis}


@pytest.mark.parametrize("missing", ["AUCTION_LOT", "BID_PAYMENT"])
def test_a13_an_auction_receipt_without_lot_or_payment_is_refused(stage: Stage, missing: str) -> None:
    given = tuple(stage.car.digests[one].hex() for one in ("AUCTION_LOT", "BID_PAYMENT") if one != missing)
    error = refused(lambda: stage.car.issue("AUCTION_RECEIPT", parents=given))
    assert error.code == "REGISTER_PARENT_MISSING"
    assert missing in error.message
    stage.car.issue("AUCTION_RECEIPT")  # with all of them it is entered


def test_a14_a_field_changed_after_filing_is_named(stage: Stage) -> None:
    filed = drawing_office.declaration(14, None)
    stage.instruments.put("GOODS_DECLARATION", filed, "KPQA")
    assert stage.verdict(filed).intact.answer is Is.YES

    changed = json.loads(filed)
    changed["items"][0]["hsCode"] = "85414300"
    told = stage.verdict(canonicalise(changed), sight=OPERATOR)
    assert (told.overall, told.intact.reason) == (Overall.UNKNOWN, "FIELDS_DIFFER")
    assert told.differs == ("/items/0/hsCode",)
    assert "differs from it at /items/0/hsCode" in told.intact.sentence
