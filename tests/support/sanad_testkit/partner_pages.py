"""The pages about partners with something in them, with any text in every place that a partner or a person fills."""

from collections.abc import Callable
from typing import Any

from starlette.datastructures import FormData

from sanad_api.pages.exchange import KINDS, Board
from sanad_api.pages.forms import Form, Trouble
from sanad_node.wire import VerdictView
from sanad_node.wire.exchange import AgreementView, GrantView, MessageList, MessageView

DIGEST, ID, AGREEMENT = "ab" * 32, "cd" * 32, "ef" * 32
Shown = tuple[str, dict[str, Any], str]


def message(kind: str, text: str, now: int, **more: Any) -> MessageView:
    told: dict[str, Any] = {
        "id": ID, "way": "in", "partner": 2, "partner_name": text, "kind": kind, "agreement": AGREEMENT,
        "state": "received", "at": now - 7200, "reply": "", "answer": "", "deadline": 0, "overdue": False, "tries": 0,
        "code": "", "about": f"document:{DIGEST}", "type": "GOODS_DECLARATION", "text": text,
    }  # fmt: skip
    return MessageView.model_validate({**told, **more})


def listed(*messages: MessageView, **more: int) -> MessageList:
    told = {"waiting": 3, "overdue": 1, "to_answer": 2, "asked": 1, **more}
    return MessageList(messages=list(messages), **told)


def board(text: str, now: int) -> Board:
    late = message("request", text, now, deadline=now - 9000, overdue=True)
    soon = message("request", text, now, deadline=now + 60, id="1d" * 32)
    ours = message(
        "request", "", now, way="out", state="queued", code="PARTNER_UNREACHABLE", tries=2, next_at=now + 40,
        id="2d" * 32,
    )  # fmt: skip
    lost = message("alert", text, now, way="out", state="refused", code="AGREEMENT_FORBIDS", alert="SEIZED",
                   about=f"container:{text}", type="CONTAINER", tries=1, id="3d" * 32)  # fmt: skip
    odd = lost.model_copy(update={"code": "ODD_CODE", "id": "4d" * 32, "alert": "CLEARED"})
    signed = message(
        "agreement", "", now, way="out", state="queued", about="", type="", id="5d" * 32, code=""
    )
    found = message("mirror", "", now, id="6d" * 32, fields={"/gdType": text}, arrived=arrived(text))
    bare = message("mirror", "", now, id="7d" * 32, fields={})
    answer = message("answer", text, now, id="8d" * 32, about="", type="", reply=ID, outcome="cannot-tell")
    return Board(
        listed(late, soon),
        listed(ours),
        listed(ours, lost, odd, signed, next=4),
        listed(
            lost.model_copy(update={"way": "in", "state": "received", "code": ""}),
            found,
            bare,
            answer,
            next=9,
        ),
    )


def arrived(text: str) -> dict[str, Any]:
    place = {
        "role": "declaration", "type": "GOODS_DECLARATION", "issuer": "KAPW", "number": text, "digest": DIGEST,
        "entry": 5,
        "pointer": "/items/0/totalValue", "value": text, "withheld": False,
    }  # fmt: skip
    hidden = {**place, "number": "", "value": "", "withheld": True}
    finding = {
        "id": "1" * 32, "rule": "export-value-below", "severity": "high", "title": "x", "places": [place, hidden],
        "figures": {}, "answers": [],
    }  # fmt: skip
    declaration = {"type": "GOODS_DECLARATION", "number": text, "issuer": "KAPW", "digest": DIGEST}
    return {"declarations": [declaration], "findings": [finding], "withheld": 2}


def agreement(text: str, now: int, state: str, number: int) -> AgreementView:
    return AgreementView(
        id=f"{number:02x}" * 32,
        partner=2,
        partner_name=text,
        state=state,
        purpose=text,
        until=now + 86400 if state == "over" else 0,
        signed={"1": now - 9000} if state == "proposed" else {"1": now - 9000, "2": now - 8000},
        ended_at=now - 60 if state == "ended" else 0,
        reason=text if state == "ended" else "",
        undelivered="PARTNER_UNREACHABLE" if state == "proposed" else "",
        grants=[
            GrantView(sender=1, kind="mirror", types=["GOODS_DECLARATION"], fields=["/gdType", text]),
            GrantView(sender=1, kind="alert", types=["CONTAINER", "AEO", text], fields=[]),
        ],
        file="",
    )


def partner_pages(
    text: str, now: int, verdict: VerdictView, trouble: Callable[..., Trouble]
) -> dict[str, Shown]:
    """Every page about partners, by a name for it."""
    given = {"kind": "", "way": "in", "about": "", "value": text, "before": ""}
    partners = (("2", text), ("3", "Customs 3"))
    shown: dict[str, Any] = {
        "told": board(text, now),
        "hrefs": {DIGEST: f"/documents/{DIGEST}?type=GOODS_DECLARATION&issuer=KAPW"},
        "given": given,
        "filtered": True,
        "kinds": KINDS,
        "older": "/exchange?before=9",
        "may_send": {"alert": partners, "ask": partners[:1], "mirror": partners},
        "sent": None,
        "key": "k",
        "problem": None,
    }
    nothing = Board(listed(to_answer=0, asked=0, waiting=0, overdue=0), listed(), listed(), listed())
    sent = Form(
        FormData([("act", "alert"), ("thing", text), ("text", text), ("code", "SEIZED"), ("partner", "2")])
    )
    asked = message("request", text, now, deadline=now - 9000)
    answer = message(
        "answer", text, now, way="out", state="queued", about="", type="", reply=ID, outcome="refused", id="9d" * 32,
        answers={"intact": "yes BYTES_MATCH", "state": "no REVOKED", "parents": "not-checked", "odd": f"{text} {text}"},
    )  # fmt: skip
    one: dict[str, Any] = {
        "answer": None, "verdict": None, "href": "", "may_answer": False, "sent": None, "key": "k", "problem": None,
    }  # fmt: skip
    agreements = [
        agreement(text, now, state, number)
        for number, state in enumerate(("offered", "proposed", "in-force", "over", "ended"), start=1)
    ]
    agreed = {
        "agreements": agreements,
        "us": 1,
        "may_change": True,
        "sent": None,
        "key": "k",
        "problem": None,
    }
    declined = Form(FormData([("act", "end"), ("agreement", agreements[2].id), ("reason", text)]))
    return {
        "exchange": ("exchange.html", shown, "/exchange"),
        "exchange-wrong": (
            "exchange.html",
            {**shown, "told": Board(nothing.to_answer, nothing.asked, nothing.undelivered, None), "sent": sent,
             "problem": trouble(text, "thing")},
            "/exchange",
        ),
        "exchange-empty": ("exchange.html", {**shown, "told": nothing, "filtered": False, "may_send": {}}, "/exchange"),
        "exchange-alone": ("exchange.html", {**shown, "told": None, "partners": False, "may_send": {}}, "/exchange"),
        "message-request": (
            "message.html",
            {**one, "told": asked, "verdict": verdict, "may_answer": True, "sent": sent,
             "problem": trouble(text, "text")},
            "/exchange/x",
        ),
        "message-answered": (
            "message.html",
            {**one, "told": asked.model_copy(update={"answer": ID}), "answer": answer, "href": shown["hrefs"][DIGEST]},
            "/exchange/x",
        ),
        "message-answer": ("message.html", {**one, "told": answer}, "/exchange/x"),
        "message-mirror": (
            "message.html",
            {**one, "told": message("mirror", "", now, fields={"/gdType": text}, arrived=arrived(text))},
            "/exchange/x",
        ),
        "message-mirror-out": (
            "message.html", {**one, "told": message("mirror", "", now, way="out", withheld=True)}, "/exchange/x"
        ),
        "message-alert": ("message.html", {**one, "told": board(text, now).undelivered.messages[1]}, "/exchange/x"),
        "agreements": ("agreements.html", agreed, "/agreements"),
        "agreements-wrong": ("agreements.html", {**agreed, "sent": declined, "problem": trouble(text, "reason")},
            "/agreements"),
        "agreements-none": ("agreements.html", {**agreed, "agreements": []}, "/agreements"),
        "agreements-alone": ("agreements.html", {**agreed, "agreements": [], "partners": False}, "/agreements"),
    }  # fmt: skip
