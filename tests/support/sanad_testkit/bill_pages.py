"""The pages of bills of lading with something in them: what a route would tell each template, with any text in every
place that a document or a person fills.
"""

from typing import Any

from starlette.datastructures import FormData

from sanad_api.pages.forms import Form, Trouble
from sanad_node.wire.bills import BillLine, BillStepView, BillView

NOW = 1_790_000_000
DIGEST, OTHER = "ab" * 32, "cd" * 32


def step(index: int, act: str, by: str, party: str = "", **more: str) -> BillStepView:
    told = {"entitled": "", "reason": "", "why": "", "evidence": "", **more}
    return BillStepView(index=index, time=NOW + index, act=act, by=by, party=party, **told)


def bill(text: str, **changes: Any) -> BillView:
    """A bill that was pledged, released, endorsed, given back and is offered again."""
    steps = [
        step(1, "issue", "SMPL-LINE", "SELLER", entitled="SELLER"),
        step(2, "pledge", "SELLER", "BANK-A", evidence=OTHER),
        step(3, "unpledge", "BANK-A", "BANK-A"),
        step(4, "endorse-to-order", "SELLER", "BANK-A", entitled="BUYER"),
        step(5, "reject", "BANK-A", "SELLER", reason="data corrected"),
        step(6, "surrender-for-amendment", "SELLER", "SMPL-LINE", why="SWI"),
        step(7, "reject-surrender", "SMPL-LINE", "SELLER", reason="under inquiry"),
        step(8, "transfer", "SELLER", "BANK-B", entitled="SELLER"),
    ]
    told: dict[str, Any] = {
        "digest": DIGEST,
        "type": "BILL_OF_LADING",
        "number": text,
        "issuer": "SMPL-LINE",
        "state": "active",
        "standing": "active",
        "holder": "SELLER",
        "beneficiary": "SELLER",
        "bearer": False,
        "to_order": True,
        "offer": "transfer",
        "taker": "BANK-B",
        "offered": "SELLER",
        "pledgee": "",
        "given_by": "",
        "sequence": 8,
        "replaces": "",
        "replaced_by": "",
        "entry": 1,
        "time": NOW,
        "size": 20,
        "former": [],
        "steps": steps,
        "next": [],
    }
    return BillView(**{**told, **changes})


def line(text: str, **changes: Any) -> BillLine:
    told: dict[str, Any] = {
        "digest": DIGEST,
        "number": text,
        "issuer": "SMPL-LINE",
        "state": "active",
        "holder": "SELLER",
        "beneficiary": "SELLER",
        "taker": "",
        "pledgee": "BANK-A",
        "time": NOW,
    }
    return BillLine(**{**told, **changes})


def shown(text: str, problem: Trouble, issuing: Trouble) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Template, view and path by what is shown."""
    common = {"formations": ["BANK-A", text], "failing": True, "key": "k"}
    told = {**common, "told": bill(text), "may_reissue": False, "sees_document": True}
    acts = ["transfer", "endorse", "blank-endorse", "accept", "reject", "pledge", "surrender-for-amendment"]
    sent = Form(FormData([("act", "reject"), ("reason", text), ("to", text)]))
    ended = bill(
        "",
        state="replaced",
        standing="superseded",
        taker="",
        offer="",
        bearer=True,
        beneficiary="",
        replaces=OTHER,
        replaced_by=OTHER,
    )
    pledged = bill(text, taker="", offer="", pledgee="BANK-A", standing="suspended", to_order=False)
    lines = [line(text), line("", state="replaced", beneficiary="", pledgee="", taker="BANK-B")]
    listed = {**common, "bills": lines, "next": "/bills?before=9", "find": text, "may_issue": True}
    form = Form(FormData([("holder", text), ("beneficiary", ""), ("replaces", text)]))
    nothing = {**common, "bills": [], "next": "", "find": "", "may_issue": False}
    return {
        "bill": ("bill.html", {**told, "acts": [], "given": None, "problem": None}, "/bills/x"),
        "bill-doing": ("bill.html", {**told, "acts": acts, "given": sent, "problem": problem}, "/bills/x"),
        "bill-ended": (
            "bill.html",
            {
                **told,
                "told": ended,
                "acts": [],
                "may_reissue": True,
                "sees_document": False,
                "given": None,
                "problem": None,
            },
            "/bills/x",
        ),
        "bill-pledged": (
            "bill.html",
            {**told, "told": pledged, "acts": ["unpledge"], "given": None, "problem": None},
            "/bills/x",
        ),
        "bills": ("bills.html", {**listed, "given": form, "problem": issuing}, "/bills"),
        "bills-none": ("bills.html", {**nothing, "given": None, "problem": None}, "/bills"),
    }
