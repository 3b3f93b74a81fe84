"""The pages of instruments with something in them, any text in every place that a document or a person fills."""

from typing import Any, Literal

from starlette.datastructures import FormData

from sanad_api.pages.forms import Form, Trouble
from sanad_node.wire.instruments import DrawView, InstrumentLine, InstrumentView

NOW = 1_790_000_000
DIGEST = "ab" * 32
State = Literal["drawn", "returned", "released"]


def _draw(text: str, state: State, *, odd: str = "", amount: str | None = "600.00") -> DrawView:
    return DrawView(
        declaration=DIGEST,
        type="GOODS_DECLARATION",
        number=text,
        by="KAPW",
        amount=amount,
        state=state,
        entry=41,
        time=NOW,
        returned=43 if state == "returned" else None,
        released=44 if state == "released" else None,
        odd=odd,
    )


def _view(text: str, **changes: Any) -> InstrumentView:
    whole: dict[str, Any] = {
        "instrument": 3,
        "document": DIGEST,
        "type": "PSW_FI",
        "number": text,
        "issuer": "SNB-KHI-0001",
        "state": "active",
        "counts": "currency",
        "code": "USD",
        "total": "1000.00",
        "drawn": "600.00",
        "left": "400.00",
        "expires": NOW,
        "expired": False,
        "irregular": False,
        "block": 17,
        "size": 45,
        "time": NOW,
        "draws": [_draw(text, "drawn"), _draw(text, "returned"), _draw(text, "released")],
        "draws_total": 3,
    }
    return InstrumentView(**{**whole, **changes})


def _line(text: str, **changes: Any) -> InstrumentLine:
    told = _view(text)
    kept = {name: getattr(told, name) for name in InstrumentLine.model_fields}
    return InstrumentLine(**{**kept, **changes})


def instrument_pages(
    text: str, of_list: Trouble, problem: Trouble
) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Name, and template, what it is told, and address."""
    form = Form(FormData({"act": "draw", "declaration": text, "amount": text, "document": text, "key": "k"}))
    plain = {"find": "", "next": "", "failing": False, "given": None, "key": "k", "problem": None}
    one = {"at": "", "acts": (), "given": None, "failing": False, "key": "k", "problem": None}
    odd = [_draw("", "drawn", odd="unreadable", amount=None), _draw(text, "drawn", odd="not-issued")]
    unread = {"total": None, "drawn": None, "left": None, "irregular": True, "expired": True, "number": ""}
    return {
        "instruments": (
            "instruments.html",
            {
                **plain,
                "instruments": [_line(text), _line("", left=None, total=None, expired=True)],
                "next": "/instruments?before=3",
                "find": text,
                "may_open": True,
                "given": form,
                "failing": True,
                "problem": of_list,
            },
            "/instruments",
        ),
        "instruments-empty": (
            "instruments.html",
            {**plain, "instruments": [], "may_open": False},
            "/instruments",
        ),
        "instrument": ("instrument.html", {**one, "told": _view(text)}, "/instruments/x"),
        "instrument-undrawn": (
            "instrument.html",
            {**one, "told": _view(text, draws=[], draws_total=0), "at": "2026-09-18"},
            "/instruments/x",
        ),
        "instrument-odd": (
            "instrument.html",
            {**one, "told": _view(text, **unread, draws=odd, draws_total=999), "failing": True},
            "/instruments/x",
        ),
        "instrument-doing": (
            "instrument.html",
            {
                **one,
                "told": _view(text),
                "acts": ("draw", "return", "release", "amend"),
                "given": form,
                "problem": problem,
            },
            "/instruments/x",
        ),
    }
