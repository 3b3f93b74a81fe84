"""The page of the warehouse with something in it: what its route would tell the template, with any text in every place
that a document or a person fills.
"""

from typing import Any

from sanad_api.pages.forms import Trouble
from sanad_node.wire.returns import ReturnLineView, ReturnView
from sanad_node.wire.stock import StockLineView, StockPage, StocktakeView, StockTotalView, UndepositedView

NOW = 1_790_000_000
DIGEST, OTHER = "ab" * 32, "cd" * 32


def thing(text: str, **changes: Any) -> StockLineView:
    """A car that was put up for auction."""
    told: dict[str, Any] = {
        "warehouse": "KAPW-SWH",
        "agency": "KAPW",
        "thing": OTHER,
        "case": text,
        "caseWhy": "",
        "number": text,
        "deposit": DIGEST,
        "seizure": OTHER,
        "entry": 7,
        "since": NOW - 86400,
        "stage": "lot",
        "state": "active",
        "seizureState": "suspended",
        "description": text,
        "chassis": text,
        "location": text,
        "goods": [{"description": text, "quantity": "2", "unit": "H87"}],
        "amount": "1900000.00",
        "currency": "PKR",
        "basis": "AUCTION_LOT",
        "valueWhy": "",
        "earlier": ["FSDP-SWH"],
        "holds": [
            {"by": "SCC-KHI", "since": NOW, "order": DIGEST},
            {"by": "KAPW", "since": NOW, "order": ""},
        ],
    }
    return StockLineView.read({**told, **changes})


def stock_page(text: str, things: list[StockLineView]) -> StockPage:
    total = StockTotalView(code="", label="", things=2, values={"PKR": "1900000.00"}, unvalued=1, unknown=1)
    return StockPage(
        block=41,
        time=NOW,
        size=310,
        held="h",
        total=total,
        by_warehouse=[total.model_copy(update={"code": "KAPW-SWH"})],
        by_agency=[total.model_copy(update={"code": "KAPW"}), total.model_copy(update={"values": {}})],
        by_case_total=101,
        by_case=[
            total.model_copy(update={"code": OTHER, "label": text}),
            total.model_copy(update={"code": DIGEST}),
        ],
        things=things,
        undeposited_total=101,
        undeposited=[
            UndepositedView(
                agency="KAPW", case=text, case_why="", seizure=OTHER, entry=3, since=NOW, state="active"
            )
        ],
        unregistered={"GATE_PASS": 2},
        next="b41-50" if things else None,
    )


def counted(text: str) -> StocktakeView:
    """A stocktake with a difference of each kind."""
    one = {
        "what": "not-counted", "row": 0, "entryNumber": text, "chassisNumber": text, "caseNumber": text,
        "deposit": DIGEST, "field": "", "ledger": "", "counted": "", "known": True,
    }  # fmt: skip
    differs = {"what": "differs", "row": 2, "field": "chassisSpelling", "ledger": text, "counted": text}
    return StocktakeView.read(
        {
            "warehouse": "KAPW-SWH", "block": 41, "time": NOW, "size": 310, "listDigest": OTHER,
            "counted": 2, "agreed": 0, "notRead": 1,
            "differences": [
                one,
                {**one, "what": "not-in-ledger", "row": 1, "deposit": "", "caseNumber": "", "chassisNumber": ""},
                {**one, **differs, "entryNumber": "", "known": False},
            ],
        }
    )  # fmt: skip


def returned(text: str) -> ReturnView:
    """A return with everything that a line can have to say."""
    line = ReturnLineView(
        month="2026-10", formation="KAPW-SWH", parent=text, act="deposited", things=5,
        values={"PKR": "1880000.00", "USD": "10"}, unvalued=1, not_held=1, unreadable=1, other_month=2, reassigned=1,
        withdrawn=3,
    )  # fmt: skip
    bare = line.model_copy(update={"parent": "", "values": {}, "things": 0, "act": "seized"})
    return ReturnView(
        block=41, time=NOW, size=310, root=DIGEST, formation="", month="2026-10", until="2026-10",
        offset="+05:00", begins=NOW, ends=NOW + 1, over=False, held="h", lines=[line, bare],
        totals=[line.model_copy(update={"month": "", "formation": ""})], unregistered={"GATE_PASS": 2},
    )  # fmt: skip


def shown(text: str, problem: Trouble) -> dict[str, tuple[str, dict[str, Any], str]]:
    """The page by a name: template, what it is told, and its address."""
    blank = {
        "case": "", "caseWhy": "withheld", "number": "", "description": "", "chassis": "", "location": "",
        "goods": [], "amount": "", "currency": "", "basis": "", "valueWhy": "withheld", "earlier": [], "holds": [],
        "state": "suspended", "seizureState": "active", "stage": "deposited",
    }  # fmt: skip
    given = {"warehouse": text, "agency": "KAPW", "case": text, "time": "2026-10-01", "before": ""}
    told: dict[str, Any] = {
        "told": stock_page(text, [thing(text), thing(text, **blank), thing(text, seizure="", agency="")]),
        "given": given,
        "filtered": True,
        "older": "/warehouse?before=b41-50",
        "files": {"csv": "/v1/stock/report?format=csv", "json": "/v1/stock/report?format=json"},
        "counts": True,
        "key": "k",
        "problem": None,
    }
    empty = stock_page(text, []).model_copy(
        update={"undeposited": [], "undeposited_total": 0, "unregistered": {}}
    )
    asked = {"month": text, "until": text, "formation": text, "time": "2026-10-01"}
    files = {"csv": "/v1/a", "json": "/v1/b", "geojson": "/v1/c"}
    made: dict[str, Any] = {
        "told": returned(text), "given": asked, "everybody": True, "files": files, "problem": None,
    }  # fmt: skip
    nil = returned(text).model_copy(update={"lines": [], "unregistered": {}, "over": True})
    plain = {"files": {}, "filtered": False, "older": "", "counts": False}
    return {
        "stock": ("warehouse.html", told, "/warehouse"),
        "stock-none": ("warehouse.html", {**told, **plain, "told": empty}, "/warehouse"),
        "stock-wrong": ("warehouse.html", {**told, **plain, "told": None, "problem": problem}, "/warehouse"),
        "returns": ("returns.html", made, "/warehouse/returns"),
        "returns-none": ("returns.html", {**made, "told": nil, "everybody": False}, "/warehouse/returns"),
        "returns-wrong": (
            "returns.html",
            {**made, "told": None, "files": {}, "problem": problem},
            "/warehouse/returns",
        ),
        "stocktake": ("stocktake.html", {"told": counted(text), "problem": None}, "/warehouse"),
        "stocktake-agrees": (
            "stocktake.html",
            {"told": counted(text).model_copy(update={"differences": []}), "problem": None},
            "/warehouse",
        ),
        "stocktake-wrong": ("stocktake.html", {"told": None, "problem": problem}, "/warehouse"),
    }
