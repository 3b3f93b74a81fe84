"""The pages of oversight with something in them, with any text in every place that a document or a person fills."""

from collections.abc import Callable
from typing import Any

from sanad_api.pages.forms import Trouble
from sanad_node.wire.documents import NoticeView
from sanad_node.wire.oversight import (
    BulkView,
    NoticedView,
    NoticePage,
    ReadPage,
    ReadView,
    SplitView,
    TotalView,
    TradersView,
)

NOW = 1_790_000_000
DIGEST = "ab" * 32


def _read(text: str, **changes: Any) -> ReadView:
    told = {
        "seq": 7,
        "at": NOW,
        "name": text,
        "formation": text,
        "what": "GET /v1/documents/{identifier}",
        "about": DIGEST,
        "things": 1,
        "mark": DIGEST,
    }
    return ReadView.model_validate(told | changes)


def _total(text: str, **changes: Any) -> TotalView:
    told = {
        "trader": text,
        "exports": False,
        "currency": "USD",
        "instruments": 3,
        "paid": "148600.00",
        "declarations": 1,
        "landed": "45000.00",
        "marks": ["PAID_ABOVE_LANDED", text or "SPLIT_BELOW_LIMIT"],
        "split": SplitView(
            role="instrument", papers=3, total="148600.00", first="2026-08-05", last="2026-08-07"
        ),
    }
    return TotalView.model_validate(told | changes)


def oversight_pages(
    text: str, trouble: Callable[[str, str], Trouble]
) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Name, and template, what it is told, and address."""
    asked = {"name": text, "about": text}
    window = {"since": "2026-01-01", "until": "2026-12-31", "trader": text, "currency": text, "limit": text}
    nothing = {"reads": [], "things": 0, "bulk": [], "window": 3600, "limit": 1000}
    return {
        "reads": (
            "reads.html",
            {
                "told": ReadPage(
                    reads=[_read(text), _read(text, formation="", about="", things=0)],
                    things=8,
                    bulk=[BulkView(name=text, things=1200)],
                    window=3600,
                    limit=1000,
                    next=6,
                ),
                "given": asked,
                "filtered": True,
                "older": "/reads?before=6",
                "problem": None,
            },
            "/reads",
        ),
        "reads-empty": (
            "reads.html",
            {
                "told": ReadPage.model_validate(nothing),
                "given": {"name": "", "about": ""},
                "filtered": False,
                "older": "",
                "problem": None,
            },
            "/reads",
        ),
        "reads-wrong": (
            "reads.html",
            {"told": None, "given": asked, "filtered": True, "older": "", "problem": trouble(text, "about")},
            "/reads",
        ),
        "notices": (
            "notices.html",
            {
                "told": NoticePage(
                    documents=[
                        NoticedView(
                            digest=DIGEST,
                            type="FILE",
                            issuer=text,
                            entry=4,
                            time=NOW,
                            notices=[
                                NoticeView(code="ANCHORED_LATE", sentence=text, days=96),
                                NoticeView(code="A_LATER_ONE", sentence=text, days=0),
                            ],
                        )
                    ],
                    looked_at=500,
                    next="4-0",
                ),
                "older": "/notices?before=4-0",
                "problem": None,
            },
            "/notices",
        ),
        "notices-empty": (
            "notices.html",
            {"told": NoticePage(documents=[], looked_at=0), "older": "", "problem": None},
            "/notices",
        ),
        "notices-wrong": (
            "notices.html",
            {"told": None, "older": "", "problem": trouble(text, "")},
            "/notices",
        ),
        "traders": (
            "traders.html",
            {
                "told": TradersView(
                    block=9,
                    size=12,
                    total=2,
                    traders=[_total(text), _total(text, exports=True, marks=[], split=None)],
                ),
                "given": window,
                "problem": None,
            },
            "/traders",
        ),
        "traders-empty": (
            "traders.html",
            {"told": TradersView(block=9, size=12, total=0, traders=[]), "given": window, "problem": None},
            "/traders",
        ),
        "traders-wrong": (
            "traders.html",
            {"told": None, "given": window, "problem": trouble(text, "limit")},
            "/traders",
        ),
        "attest": (
            "attest.html",
            {"record": text, "key": "k", "problem": trouble(text, "record")},
            "/attest",
        ),
    }
