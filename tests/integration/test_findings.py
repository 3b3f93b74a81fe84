"""Findings on a real chain: as of a block, of papers that are held, answered by people."""

import csv
import itertools
import json
import random
import sqlite3
import statistics
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from sanad_node import types
from sanad_node.desk import findings as desk_of_findings
from sanad_node.desk.batches import Bringing
from sanad_node.desk.listing import CursorInvalid
from sanad_node.durable import DiskFault
from sanad_node.findings import answering, noting, report
from sanad_node.findings.answering import AnswerInvalid, UnknownFinding
from sanad_node.findings.noting import BlockNotFinal
from sanad_node.findings.prices import LedgerPrices
from sanad_node.store.finding_tables import declared_prices, noted_names
from sanad_node.wire import StandingRequest, VerifyRequest
from sanad_node.wire.findings import AnswerRequest, FindingsQuery
from sanad_testkit.failing_commits import fail_once
from sanad_testkit.matching_office import Desk, extracts, opened
from sanad_verifier.digests import Digest

pytestmark = [pytest.mark.engine]
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
CHEAPER = {"/items/1/totalValue": "89280.0000"}
UNDER = "invoice-value-below"


@pytest.fixture
def desk(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.getbasetemp(), tmp_path) as made:
        yield made


def found(desk: Desk, **query: Any) -> list[str]:
    """The rules of the findings that fit a question."""
    return [one.rule for one in desk.findings(FindingsQuery(**query)).findings]


def test_a_dossier_that_agrees_has_no_finding_and_one_value_changed_has(desk: Desk) -> None:
    digests = desk.dossier()
    agreeing = desk.findings(FindingsQuery())
    assert (agreeing.total, agreeing.papers, agreeing.not_compared, agreeing.not_found) == (0, 6, [], [])
    before = desk.block
    changed = desk.put_on_ledger("declaration", CHEAPER, replaces=digests["declaration"])
    told = desk.findings(FindingsQuery(rule=UNDER))
    (one,) = told.findings
    assert [(place.digest, place.pointer, place.value) for place in one.places] == [
        (changed, "/items/1/totalValue", "89280.0000"),
        (digests["invoice"], "/itemsShipped/1/lineTotal", "99200.0000"),
    ]
    assert (one.severity, one.places[0].issuer, one.places[1].issuer) == ("high", "PORT", "YARD")
    assert found(desk, block=before) == []
    assert UNDER in found(desk, document=changed)
    assert UNDER in found(desk, document=digests["invoice"])
    assert found(desk, document=digests["bill"]) == []


def test_a_report_of_a_block_is_the_same_bytes_whatever_came_after(desk: Desk) -> None:
    digests = desk.dossier(declaration=CHEAPER)
    block = desk.block
    first = desk.findings_report(block)
    again = desk.put_on_ledger("declaration", {"/channel": "RED"}, replaces=digests["declaration"])
    desk.change_standing(again, StandingRequest(change="revoke", reason="fraud", formation="PORT"))
    report._kept.clear()
    assert desk.findings_report(block) == first
    told = json.loads(first)
    assert (told["block"], told["format"]) == (block, "urn:sanad:findings:1")
    assert UNDER in {one["rule"] for one in told["findings"]}
    assert desk.findings_report() != first
    desk.node.office.dispose()
    report.renew(desk.node)  # what was noted is made again from the ledger and the vault
    assert desk.findings_report(block) == first


def test_a_block_that_is_not_final_is_refused(desk: Desk) -> None:
    desk.put_on_ledger("invoice")
    with pytest.raises(BlockNotFinal):
        desk.findings(FindingsQuery(block=desk.block + 1))


def test_papers_that_are_not_held_are_told_and_never_called_clean(desk: Desk) -> None:
    desk.put_on_ledger("declaration", CHEAPER)
    unkept = desk.put_on_ledger("invoice", keep=False)
    told = desk.findings(FindingsQuery())
    assert [(one.digest, one.why) for one in told.not_compared] == [(unkept, "not-held")]
    assert {(one.number, one.why) for one in told.not_found} == {
        ("SNB-IMP-000214-05082026", "not-held"),
        ("SNB-IMP-000198-20072026", "not-held"),
        ("SMPL/SMPLNGB2608290042", "not-held"),
        ("INV-1000288", "not-held"),
    }
    content = json.dumps(desk.papers["invoice"][1]).encode()
    kept = types.check(types.get("COMMERCIAL_INVOICE"), content)
    desk.node.vault.put(Digest(bytes.fromhex(unkept)), kept.content)
    assert UNDER not in found(desk)  # it was looked at before it came
    assert report.renew(desk.node) == 2
    assert UNDER in found(desk)


def test_a_paper_that_was_revoked_is_no_longer_compared_and_who_names_it_is_told(desk: Desk) -> None:
    digests = desk.dossier(invoice={"/itemsShipped/1/lineTotal": "120000.0000"})
    assert UNDER in found(desk)
    desk.change_standing(
        digests["invoice"], StandingRequest(change="revoke", reason="fraud", formation="YARD")
    )
    told = desk.findings(FindingsQuery())
    assert UNDER not in {one.rule for one in told.findings}
    assert {(one.number, one.why) for one in told.not_found} == {("INV-1000288", "not-in-force")}


def test_what_was_noted_of_an_erased_paper_is_forgotten(desk: Desk) -> None:
    digests = desk.dossier(declaration=CHEAPER)
    assert UNDER in found(desk)
    desk.node.vault.erase(Digest(bytes.fromhex(digests["declaration"])))
    report._kept.clear()
    told = desk.findings(FindingsQuery())
    assert (digests["declaration"], "not-held") in {(one.digest, one.why) for one in told.not_compared}
    with desk.node.office.connect() as connection:
        for table in (noted_names, declared_prices):
            rows = connection.execute(table.select()).all()
            assert digests["declaration"] not in {row.digest.hex() for row in rows}


def test_a_fault_of_the_disk_is_told_and_not_taken_for_a_paper_that_cannot_be_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.dossier(declaration=CHEAPER)
    with monkeypatch.context() as broken:
        broken.setattr(desk.node.vault, "get", _fails)
        with pytest.raises(DiskFault):
            desk.findings(FindingsQuery())
    told = desk.findings(FindingsQuery(rule=UNDER))
    assert (told.total, told.not_compared) == (1, [])


def _fails(_digest: Digest) -> bytes:
    raise DiskFault("the vault could not be read", field="vault")


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_noting_that_failed_or_was_done_unheard_goes_on_where_it_was(desk: Desk, when: Any) -> None:
    desk.dossier(declaration=CHEAPER)
    noting.catch_up(desk.node)
    desk.put_on_ledger("invoice", {"/invoiceNumber": "INV-2"})
    fail_once(
        desk.node.office, when, OperationalError("INSERT", None, sqlite3.OperationalError("disk I/O error"))
    )
    with pytest.raises(OperationalError):
        report.report(desk.node)
    first = report.encode(report.report(desk.node))
    assert json.loads(first)["papers"] == 7
    report.renew(desk.node)
    assert report.encode(report.report(desk.node)) == first


# -- prices ------------------------------------------------------------------------------------------------------------


def test_medians_are_those_of_the_declarations_that_stood_at_each_block(desk: Desk, tmp_path: Path) -> None:
    dice = random.Random(7)
    history: list[tuple[int, dict[str, tuple[str, Decimal]]]] = []
    standing: dict[str, tuple[str, Decimal]] = {}
    for batch in range(3):
        rows = []
        for n in range(17):
            hs6, quantity = dice.choice(["870899", "854231"]), dice.randint(1, 9)
            value = Decimal(dice.randint(1, 90000)) / 100
            rows.append((f"B{batch}-{n}", hs6, str(quantity), f"{value:.2f}"))
            price = (value / quantity).quantize(Decimal("0.0001"))
            standing[f"SAMPLE-REGISTER/B{batch}-{n}"] = (hs6, price)
        desk.issue_batch(
            extracts(tmp_path / f"b{batch}", rows), doc_type="DECLARATION_EXTRACT", formation="PORT"
        )
        history.append((desk.block, dict(standing)))
        gone = dice.choice(sorted(standing))
        asked = StandingRequest(change="revoke", reason="data-corrected", formation="PORT")
        desk.change_standing(gone, asked)
        del standing[gone]
        history.append((desk.block, dict(standing)))
    noting.catch_up(desk.node)
    for block, then in history:
        size = noting.size_at(desk.node, block)
        for hs6, counted in itertools.product(("870899", "854231"), (True, False)):
            prices = LedgerPrices(desk.node.office, size, counted=counted)
            slow = [price for known, price in then.values() if known == hs6]
            assert prices.median(hs6, "CN", "KGM", "KRW") == (statistics.median(slow), len(slow)), block
            few = LedgerPrices(desk.node.office, size, counted=counted)
            assert few.median(hs6, "CN", "KGM", "KRW", least=len(slow) + 1) == (Decimal(0), len(slow))
    assert prices.median("010101", "CN", "KGM", "KRW") == (Decimal(0), 0)


# -- answers -----------------------------------------------------------------------------------------------------------


def answered(desk: Desk, **more: Any) -> AnswerRequest:
    (one,) = desk.findings(FindingsQuery(rule=UNDER)).findings
    return AnswerRequest(**{"finding": one.id, "reason": "explained", "note": "discount agreed", **more})


def test_an_answer_is_kept_with_who_and_when_and_told_with_the_finding(desk: Desk) -> None:
    desk.dossier(declaration=CHEAPER)
    given = desk.answer_finding(answered(desk, formation="port"))
    assert (given.name, given.formation, given.reason) == ("operator", "PORT", "explained")
    assert desk.answer_finding(answered(desk, formation="PORT")) == given  # the same answer again
    later = desk.answer_finding(answered(desk, note="and approved"))
    (one,) = desk.findings(FindingsQuery(rule=UNDER)).findings
    assert one.answers == [given, later]
    assert found(desk, rule=UNDER, answered=True) == [UNDER]
    assert found(desk, rule=UNDER, answered=False) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"reason": "because"}, AnswerInvalid, id="a reason there is not"),
        pytest.param({"note": "   "}, AnswerInvalid, id="a note of blanks"),
        pytest.param({"finding": "0" * 32}, UnknownFinding, id="a finding there is not"),
    ],
)
def test_an_answer_that_says_nothing_is_refused(desk: Desk, change: dict[str, Any], error: type) -> None:
    desk.dossier(declaration=CHEAPER)
    with pytest.raises(error):
        desk.answer_finding(answered(desk, **change))
    (one,) = desk.findings(FindingsQuery(rule=UNDER)).findings
    assert one.answers == []


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_an_answer_that_failed_or_was_kept_unheard_can_be_sent_again(desk: Desk, when: Any) -> None:
    desk.dossier(declaration=CHEAPER)
    request = answered(desk)
    fail_once(
        desk.node.office, when, OperationalError("INSERT", None, sqlite3.OperationalError("disk I/O error"))
    )
    with pytest.raises(DiskFault):
        desk.answer_finding(request)
    given = desk.answer_finding(request)
    (one,) = desk.findings(FindingsQuery(rule=UNDER)).findings
    assert one.answers == [given]


# -- pages and readers -------------------------------------------------------------------------------------------------


def test_pages_go_through_all_findings_of_one_block_once(desk: Desk) -> None:
    digests = desk.dossier(
        declaration={
            **CHEAPER,
            "/containers/0/number": "CSQU3054383",
            "/currency": "USD",
            "/portOfShipment": "SGSIN",
        }
    )
    whole = desk.findings(FindingsQuery(limit=200))
    assert whole.total >= 4
    first = desk.findings(FindingsQuery(limit=2))
    desk.put_on_ledger("declaration", replaces=digests["declaration"])  # the pages stay those of their block
    seen, page = list(first.findings), first
    while page.next is not None:
        page = desk.findings(FindingsQuery(limit=2, before=page.next))
        seen += page.findings
    assert seen == whole.findings
    with pytest.raises(CursorInvalid):
        desk.findings(FindingsQuery(before="41"))


def test_an_office_sees_the_findings_of_its_own_papers_without_what_others_say(desk: Desk) -> None:
    desk.dossier(declaration=CHEAPER)
    query = FindingsQuery(rule=UNDER)
    assert desk_of_findings.page(desk.node, query, desk_of_findings.Reader("COURT", values=False)).total == 0
    (own,) = desk_of_findings.page(desk.node, query, desk_of_findings.Reader("PORT", values=False)).findings
    assert [(place.issuer, place.value, place.withheld) for place in own.places] == [
        ("PORT", "89280.0000", False),
        ("YARD", "", True),
    ]
    assert own.places[1].number == ""
    (admin,) = desk_of_findings.page(desk.node, query, desk_of_findings.Reader(values=False)).findings
    assert all(place.withheld and not place.value and not place.number for place in admin.places)


def test_an_office_none_of_whose_papers_is_part_of_a_finding_cannot_answer_it(desk: Desk) -> None:
    desk.dossier(declaration=CHEAPER)
    request = answered(desk)
    with pytest.raises(UnknownFinding):
        desk_of_findings.answer(desk.node, request, user=3, name="line", formation="COURT", auditor=False)
    given = desk_of_findings.answer(desk.node, request, user=4, name="port", formation="PORT", auditor=False)
    assert answering.answers_to(desk.node, [request.finding])[request.finding][0].name == given.name == "port"


# -- the declarations of another system ----------------------------------------------------------------------------


def sample() -> Path:
    """The 1,356 declarations. A checkout without them cannot show that they load: that is a failure, not a skip."""
    files = sorted((SAMPLES / "customs-declarations").glob("*.csv"))
    assert files, "the sample declarations are not beside this checkout (shared/samples/customs-declarations)"
    return files[0]


@pytest.mark.slow
def test_1356_declarations_load_and_are_compared_in_less_than_a_minute(desk: Desk) -> None:
    started = time.monotonic()
    korean = Bringing("kcs-gd")
    outcomes = desk.issue_batch(sample(), doc_type="", formation="PORT", bringing=korean)
    told = desk.findings(FindingsQuery(limit=200))
    assert time.monotonic() - started < 60
    assert len(outcomes) == told.papers == 1356
    assert {one.outcome for one in outcomes} == {"issued"}
    assert {one.rule for one in told.findings} == {"price-median", "declaration-identifier"}
    with sample().open(encoding="utf-8-sig") as file:
        same = [
            row
            for row in csv.DictReader(file)
            if row["HS6 Code"] == "760711" and row["Country of Origin"] == "CN"
        ]
    prices = [round(Decimal(row["Item Price"]), 4) / Decimal(row["Net Mass"]) for row in same]
    known = LedgerPrices(desk.node.office, told.size).median("760711", "CN", "KGM", "")
    expected = statistics.median(price.quantize(Decimal("0.0001")) for price in prices)
    assert known == (expected, len(same))
    again = desk.issue_batch(sample(), doc_type="", formation="PORT", bringing=korean)
    assert {one.outcome for one in again} == {"already"}


def test_an_extract_on_the_ledger_is_never_called_authentic(desk: Desk, tmp_path: Path) -> None:
    folder = extracts(tmp_path / "one", [("E-1", "870899", "4", "10.00")])
    desk.issue_batch(folder, doc_type="DECLARATION_EXTRACT", formation="PORT")
    content = (folder / "E-1.json").read_bytes()
    verdict = desk.verify(VerifyRequest(), content)
    assert (verdict.verdict, verdict.state) == ("cannot-tell", "legacy")
    assert verdict.answers["state"].reason == "LEGACY"
    assert verdict.answers["intact"].answer == verdict.answers["authority"].answer == "yes"
    desk.change_standing(
        "SAMPLE-REGISTER/E-1", StandingRequest(change="revoke", reason="fraud", formation="PORT")
    )
    assert desk.verify(VerifyRequest(), content).verdict == "refused"
