"""The working pages with something in them: what a route would tell each template, with any text in every place that a
document or a person fills.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.datastructures import FormData

from sanad_api.callers import Caller, Role
from sanad_api.pages.checks import Check
from sanad_api.pages.formation_view import formation_shown
from sanad_api.pages.forms import Form, Trouble, Wrong
from sanad_api.pages.schema_form import form_of, sentences, values_of
from sanad_node import types
from sanad_node.alarms import Alarm
from sanad_node.exchange.journal import Counted
from sanad_node.findings.answering import REASONS
from sanad_node.findings.rules import rules as rules_of_findings
from sanad_node.types import human
from sanad_node.wire import (
    ActView,
    BatchRow,
    BatchView,
    ConsignmentLine,
    ConsignmentView,
    FormationView,
    HopView,
    KeyView,
    PaperView,
    ScopeView,
    TokenView,
    UserView,
)
from sanad_node.wire.batches import IdentifierWarningView
from sanad_node.wire.custody import ConsignmentFacts
from sanad_node.wire.findings import (
    FindingAnswerView,
    FindingsPage,
    NotComparedView,
    NotFoundView,
    PaperFindingView,
    PlaceView,
)
from sanad_node.wire.successions import OfficeLine, SuccessionView
from sanad_testkit import bill_pages, stock_pages
from sanad_testkit.instrument_pages import instrument_pages as _instruments
from sanad_testkit.oversight_pages import oversight_pages
from sanad_testkit.partner_pages import partner_pages

NOW = 1_790_000_000
DIGEST = "ab" * 32
EVERYBODY = Caller(7, "officer", "KSCT", frozenset(Role), csrf="token")
Language = Literal["en", "ur"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A template and what it is told."""

    template: str
    view: dict[str, Any] = field(default_factory=dict)
    path: str = "/"


def hop(
    index: int, act: str, by: str, *, taker: str = "", quantity: int | None = 200, text: str = "", **more: Any
) -> HopView:
    """A custody act at Karachi, with a record in clear if there is a text for it."""
    said: dict[str, Any] | None = {"unit": "packages", "seal": text, "note": text} if text else None
    told: dict[str, Any] = {
        "place": "PKKHI",
        "condition": "good",
        "sealed": True,
        "reason": "",
        "said": said,
        "gap": "",
    }
    told |= more
    return HopView(
        index=index, time=NOW - 86400 + index * 600, act=act, by=by, taker=taker, quantity=quantity, **told
    )


def consignment(text: str) -> ConsignmentView:
    """A container that was refused once, held, and is on its way."""
    hops = [
        hop(1, "register", "SMPL-LINE", text=text),
        hop(2, "ship", "SMPL-LINE", taker="KSCT", text=text),
        hop(3, "receive", "KSCT", text=text),
        hop(4, "ship", "KSCT", taker="INDUS-BOND"),
        hop(5, "refuse", "INDUS-BOND", quantity=188, condition="short", text=text),
        hop(
            6,
            "hold",
            "KAPW",
            quantity=None,
            place="",
            condition="not stated",
            sealed=False,
            reason="customs examination",
        ),
        hop(
            7,
            "lift",
            "KAPW",
            quantity=None,
            place="",
            condition="not stated",
            sealed=False,
            reason="duty paid",
        ),
        hop(8, "ship", "KSCT", taker="FSD-BWH", quantity=188, place="PKLYP"),
    ]
    facts = ConsignmentFacts(
        id=DIGEST,
        kind="CONTAINER",
        holder=3,
        taker=4,
        sequence=5,
        quantity=188,
        place="PKLYP",
        condition=1,
        entry=8,
        time=NOW - 3600,
        holds=[],
    )
    papers = [
        PaperView(
            digest=DIGEST,
            doc_type="GOODS_DECLARATION",
            number=text,
            issuer="KAPW",
            state="active",
            entry=2,
            time=NOW,
            named_by=text,
        ),
        PaperView(
            digest="",
            doc_type="PSW_FI/EIF",
            number=text,
            issuer="",
            state="not-on-ledger",
            entry=None,
            time=None,
            named_by=text,
        ),
    ]
    return ConsignmentView(
        consignment=facts, reference=text, holder="KSCT", taker="FSD-BWH", holds=[], hops=hops, papers=papers
    )


def trouble(text: str, name: str = "") -> Trouble:
    """An error about a field of the page, and one about none."""
    return Trouble("REQUEST_INVALID", text, (Wrong(name, text, text), Wrong("", text, text)))


def act(state: Literal["accepted", "signed", "anchored", "final", "refused"], text: str) -> ActView:
    refused = state == "refused"
    return ActView(
        act="a1",
        what="issue",
        state=state,
        formation="KSCT",
        about={"number": text, "digest": DIGEST},
        entry=9 if state == "final" else None,
        block=None,
        tx=None,
        code="NUMBER_TAKEN" if refused else None,
        message=text if refused else None,
        at=NOW - 60,
        idempotency_key="k",
    )


def formation(text: str, language: Language) -> Any:
    keys = [
        KeyView(
            address="0x" + "1" * 40,
            held_here=True,
            valid_from=0,
            valid_to=0,
            suspended_at=0,
            compromised_from=0,
        ),
        KeyView(
            address="0x" + "2" * 40,
            held_here=False,
            valid_from=1,
            valid_to=NOW - 9,
            suspended_at=0,
            compromised_from=0,
        ),
        KeyView(
            address="0x" + "3" * 40,
            held_here=False,
            valid_from=1,
            valid_to=0,
            suspended_at=0,
            compromised_from=NOW - 999,
        ),
    ]
    scopes = [
        ScopeView(type="GOODS_DECLARATION", acts=["issue", "revoke"], valid_from=0, valid_to=0),
        ScopeView(type="CONTAINER", acts=["hold", "ship", "receive"], valid_from=0, valid_to=NOW - 1),
        ScopeView(type=text, acts=["issue"], valid_from=0, valid_to=0),
    ]
    told = FormationView(
        number=3,
        code="KAPW",
        kind="CUSTOMS",
        parent=1,
        took_over=["OLD", text],
        successors=["NEW"],
        valid_from=0,
        valid_to=0,
        suspended_at=0,
        last_issued_at=NOW - 60,
        keys=keys,
        scopes=scopes,
    )
    line = OfficeLine(
        formation="KAPW",
        present=["NEW", text],
        since=NOW - 60,
        steps=[
            SuccessionView(predecessor="OLD", successor="KAPW", since=NOW - 900, in_effect=True, entry=7),
            SuccessionView(predecessor=text, successor="KAPW", since=NOW - 900, in_effect=True, entry=8),
            SuccessionView(predecessor="KAPW", successor="NEW", since=NOW + 60, in_effect=False, entry=9),
        ],
    )
    return formation_shown(told, NOW, language, {1: text, 2: "OLD"}, line)


def batch(text: str, state: Literal["waiting", "running", "done", "failed"]) -> BatchView:
    return BatchView(
        batch="b1",
        type="COMMERCIAL_INVOICE",
        formation="KSCT",
        source=text,
        form="csv",
        state=state,
        checked=900,
        counts={"final": 800, "failed": 97, "already": 3},
        code="BATCH_SOURCE_INVALID" if state == "failed" else "",
        message=text if state == "failed" else "",
        created_at=NOW - 600,
        ended_at=NOW if state == "done" else 0,
    )


def findings_page(text: str, found: list[PaperFindingView]) -> FindingsPage:
    """A page of findings with papers that could not be compared."""
    return FindingsPage(
        block=41,
        size=310,
        rules="r",
        held="h",
        papers=12,
        total=len(found),
        findings=found,
        not_compared_total=1,
        not_compared=[
            NotComparedView(digest=DIGEST, type="BILL_OF_LADING", issuer="LINE", entry=7, why="not-held")
        ],
        not_found_total=1,
        not_found=[
            NotFoundView(named_by=DIGEST, issuer="KAPW", types=["PSW_FI", "EIF"], number=text, why="not-held")
        ],
        next="41-25" if found else None,
    )


def findings_shown(text: str, language: Language) -> dict[str, Any]:
    """The page of findings with one of each severity: answered, withheld, and of something missing."""
    place = PlaceView(
        role="declaration",
        type="GOODS_DECLARATION",
        issuer="KAPW",
        number=text,
        digest=DIGEST,
        entry=5,
        pointer="/items/0/totalValue",
        value=text,
    )
    hidden = place.model_copy(update={"number": "", "value": "", "withheld": True, "issuer": "BANK"})
    without = place.model_copy(update={"pointer": "", "value": ""})
    answered = FindingAnswerView(
        finding="1" * 32, reason="part-shipment", note=text, name=text, formation="KAPW", at=NOW - 60
    )
    shown: tuple[tuple[str, str, list[PlaceView], dict[str, str], list[FindingAnswerView]], ...] = (
        ("invoice-value-below", "high", [place, hidden], {}, [answered]),
        ("price-median", "medium", [place], {"median": "4.8", "lines": "12"}, []),
        ("declaration-identifier", "low", [place, without], {"code": "HS_UNKNOWN"}, []),
    )
    found = [
        PaperFindingView.read(
            {
                "id": str(n) * 32,
                "rule": rule,
                "severity": severity,
                "title": rule,
                "places": [one.as_json() for one in places],
                "figures": figures,
                "answers": [one.as_json() for one in answers],
            }
        )
        for n, (rule, severity, places, figures, answers) in enumerate(shown, start=1)
    ]
    return {
        "told": findings_page(text, found),
        "given": {
            "document": text, "rule": "price-median", "severity": "", "answered": "", "block": "", "before": "",
        },
        "filtered": True,
        "older": "/findings?before=41-25",
        "rules": {
            name: (rule.title.in_language(language), rule.why.in_language(language))
            for name, rule in rules_of_findings().items()
        },
        "reasons": REASONS,
        "may_answer": True,
        "key": "k",
        "problem": None,
    }  # fmt: skip


def rows(text: str) -> list[BatchRow]:
    return [
        BatchRow(
            place=0,
            source=text,
            outcome="final",
            digest=DIGEST,
            number=text,
            leaf=3,
            entry=12,
            code="",
            message="",
            field="",
            warnings=[
                IdentifierWarningView(
                    pointer="/currency", kind="currency", code="CURRENCY_UNKNOWN", message="x"
                )
            ],
        ),
        BatchRow(
            place=1,
            source="row 2",
            outcome="failed",
            digest="",
            number="",
            leaf=None,
            entry=None,
            code="DOCUMENT_INVALID",
            message=text,
            field=text,
        ),
        BatchRow(
            place=2,
            source="row 3",
            outcome="accepted",
            digest=DIGEST,
            number="",
            leaf=None,
            entry=None,
            code="",
            message="",
            field="",
        ),
    ]


def issue_form(name: str, text: str, language: Language, *, wrong: bool) -> dict[str, Any]:
    """A type's form with its sample in it, or with everything still to be done."""
    kind = types.get(name)
    values = (
        values_of(json.loads(kind.read_sample())) if not wrong else {"/terminal": text, "rows:/items": "1"}
    )
    found: dict[str, str] = {}
    problem = None
    if wrong:
        problems = [
            types.Problem("/gdNumber", "MEMBER_MISSING", "m"),
            types.Problem("/items/0/hsCode", "MEMBER_MISSING", "m"),
            types.Problem("/consignee", "MEMBER_MISSING", "m"),
            types.Problem("/nothing", "ODD", text),
        ]
        found = sentences(problems, _words(language))
        problem = trouble(text)
    return {
        "kind": kind,
        "parts": form_of(kind, values, found, language),
        "wrong": found,
        "key": "k",
        "problem": problem,
    }


def _words(language: Language) -> Any:
    from sanad_api.pages.words import words  # noqa: PLC0415  reads the catalogues

    return words(language)


def _verdict(text: str) -> Any:
    from sanad_testkit.paper_pages import verdicts  # noqa: PLC0415  which is made of what is here

    return verdicts(text)["refused"]


def all_pages(text: str, language: Language) -> dict[str, Shown]:
    """Every working page, by a name for it."""
    line = ConsignmentLine(
        id=DIGEST,
        kind="CONTAINER",
        reference=text,
        holder="KSCT",
        taker="FSD-BWH",
        place="PKKHI",
        held=True,
        entry=1,
        time=NOW,
    )
    bare = line.model_copy(update={"reference": "", "taker": "", "held": False, "place": ""})
    checked = types.check(types.get("GOODS_DECLARATION"), types.get("GOODS_DECLARATION").read_sample())
    checks = [
        Check("form", "yes", "fits", {"type": "GOODS_DECLARATION"}),
        Check("authority", "yes", "holds", {"formation": "KAPW"}),
        Check("new", "yes", "fresh"),
        Check("number", "no", "taken", {"number": text}),
        Check("references", "no", "missing", {"numbers": text}),
    ]
    check = {
        "signer": f"0x{'ab' * 20}",
        "kind": checked.type,
        "checks": checks,
        "may_sign": False,
        "fields": human.fields(checked, language),
        "digest": DIGEST,
        "number": text,
        "name": text,
        "prepared": text,
        "key": "k",
        "problem": None,
    }
    sent = Form(FormData([("reference", text), ("name", text), ("code", text), ("roles", "squad")]))
    user = UserView(
        name=text,
        kind="person",
        formation=text,
        roles=["issuer", "squad"],
        language="",
        created_at=1,
        disabled_at=0,
    )
    client = UserView(
        name="mirror",
        kind="client",
        formation="",
        roles=["partner"],
        language="",
        created_at=1,
        disabled_at=NOW,
    )
    machine = client.model_copy(update={"name": "portal", "disabled_at": 0})
    people = {"users": [user, client, machine], "formations": ["KAPW", "KSCT"], "key": "k"}
    cargo = {"told": consignment(text), "formations": ["KAPW", text], "failing": True, "key": "k"}
    stated = [(name, text) for name in ("place", "quantity", "unit", "condition", "seal", "note")]
    moved = Form(FormData([("act", "receive"), *stated]))
    offered = ["ship", "receive", "refuse", "recall", "hold", "lift"]
    office = formation(text, language)
    return {
        "home": Shown(
            "home.html",
            {
                "acts": [act("final", text), act("refused", text), act("signed", text)],
                "failing": False,
                "alarms": [],
                "requests": Counted(waiting=1, to_answer=2, asked=0, overdue=1),
            },
        ),
        "home-empty": Shown(
            "home.html", {"acts": [], "failing": True, "alarms": list(Alarm), "requests": None}
        ),
        "act-signed": Shown("act.html", {"act": act("signed", text), "failing": True}),
        "act-final": Shown("act.html", {"act": act("final", text), "failing": False}),
        "act-refused": Shown("act.html", {"act": act("refused", text), "failing": False}),
        **{
            name: Shown(*told)
            for name, told in _instruments(
                text, trouble(text, "instrument"), trouble(text, "draw/declaration")
            ).items()
        },
        **{name: Shown(*told) for name, told in partner_pages(text, NOW, _verdict(text), trouble).items()},
        **{name: Shown(*told) for name, told in oversight_pages(text, trouble).items()},
        "consignments": Shown(
            "consignments.html",
            {
                "consignments": [line, bare],
                "next": "/consignments?before=x",
                "failing": True,
                "find": text,
                "may_register": True,
                "given": sent,
                "key": "k",
                "problem": trouble(text, "quantity"),
            },
            "/consignments",
        ),
        "consignments-empty": Shown(
            "consignments.html",
            {
                "consignments": [],
                "failing": False,
                "next": "",
                "find": "",
                "may_register": False,
                "given": None,
                "key": "k",
                "problem": None,
            },
            "/consignments",
        ),
        "consignment": Shown(
            "consignment.html", {**cargo, "acts": [], "given": None, "problem": None}, "/consignments/x"
        ),
        "consignment-doing": Shown(
            "consignment.html",
            {**cargo, "acts": offered, "given": moved, "problem": trouble(text, "receive/quantity")},
            "/consignments/x",
        ),
        **{
            name: Shown(*told)
            for name, told in bill_pages.shown(
                text, trouble(text, "reject/reason"), trouble(text, "holder")
            ).items()
        },
        "issue-choose": Shown("issue_choose.html", {"kinds": list(types.registry().values())}, "/issue"),
        "issue-none": Shown("issue_choose.html", {"kinds": []}, "/issue"),
        "issue-filled": Shown(
            "issue.html", issue_form("GOODS_DECLARATION", text, language, wrong=False), "/issue/x"
        ),
        "issue-wrong": Shown(
            "issue.html", issue_form("GOODS_DECLARATION", text, language, wrong=True), "/issue/x"
        ),
        "issue-file": Shown(
            "issue.html",
            {"kind": types.get("FILE"), "parts": None, "wrong": {}, "key": "k", "problem": None},
            "/issue/x",
        ),
        **{name: Shown(*told) for name, told in stock_pages.shown(text, trouble(text, "time")).items()},
        "findings": Shown("findings.html", findings_shown(text, language), "/findings"),
        "findings-none": Shown(
            "findings.html",
            {**findings_shown(text, language), "told": findings_page(text, []), "may_answer": False},
            "/findings",
        ),
        "findings-wrong": Shown(
            "findings.html",
            {**findings_shown(text, language), "told": None, "problem": trouble(text, "block")},
            "/findings",
        ),
        "issue-check": Shown("issue_check.html", check, "/issue/x"),
        "batches": Shown(
            "batches.html",
            {
                "given": None,
                "batches": [batch(text, "running"), batch(text, "done")],
                "next": "",
                "may_submit": True,
                "key": "k",
                "problem": trouble(text, "file"),
            },
            "/batches",
        ),
        "batches-empty": Shown(
            "batches.html",
            {"batches": [], "next": "", "may_submit": False, "given": None, "key": "k", "problem": None},
            "/batches",
        ),
        "batch-running": Shown(
            "batch.html",
            {"told": batch(text, "running"), "rows": rows(text), "outcome": "", "next": "", "failing": True},
            "/batches/b1",
        ),
        "batch-done": Shown(
            "batch.html",
            {
                "told": batch(text, "done"),
                "rows": rows(text),
                "outcome": "failed",
                "next": "/batches/b1?after=9",
                "failing": False,
            },
            "/batches/b1",
        ),
        "batch-failed": Shown(
            "batch.html",
            {"told": batch(text, "failed"), "rows": [], "outcome": "", "next": "", "failing": False},
            "/batches/b1",
        ),
        "formations": Shown(
            "formations.html",
            {
                "formations": [office],
                "expected": 77,
                "may_change": True,
                "given": sent,
                "key": "k",
                "problem": trouble(text, "code"),
            },
            "/formations",
        ),
        "formation": Shown(
            "formation.html",
            {
                "formation": office,
                "others": ["NEW", "OLD"],
                "may_change": True,
                "given": Form(FormData([("act", "suspend"), ("reason", text), ("address", text)])),
                "key": "k",
                "problem": trouble(text, "reason"),
            },
            "/formations/x",
        ),
        "formation-read": Shown(
            "formation.html",
            {
                "formation": office,
                "others": [],
                "may_change": False,
                "given": None,
                "key": "k",
                "problem": None,
            },
            "/formations/x",
        ),
        "users": Shown(
            "users.html",
            {
                **people,
                "given": None,
                "token": TokenView(name=text, label="x", token="t0k3n"),
                "problem": None,
            },
            "/users",
        ),
        "users-wrong": Shown(
            "users.html", {**people, "given": sent, "token": None, "problem": trouble(text, "name")}, "/users"
        ),
    }
