"""Every page that somebody can get to: from the first one, by links, two of each kind."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

from sanad_testkit.browser import Visitor

FIRST = (
    "/", "/verify", "/documents", "/issue", "/consignments", "/batches", "/findings", "/instruments", "/bills",
    "/formations", "/users", "/exchange", "/agreements", "/warehouse", "/warehouse/returns",
)  # fmt: skip
NOT_PAGES = re.compile(r"^/(static|v1)/|/(bundle|content)(\?|$)")
SAME = (
    (re.compile(r"[0-9a-f]{16,}"), "id"),
    (re.compile(r"/formations/[^/?]+"), "/formations/id"),
    (re.compile(r"\?(?!outcome|type=).*$"), ""),
    (re.compile(r"\?.*$"), "?filtered"),
)
OF_A_KIND = 2


@dataclass(frozen=True, slots=True)
class Visited:
    """A page as it stands in the tab: where, of which kind, and what the server said. `first` of its kind."""

    path: str
    kind: str
    status: int
    first: bool


def crawl(visitor: Visitor, page: Page) -> Iterator[Visited]:
    """Go to every page; the tab shows each while the caller looks."""
    left, seen, kinds = list(FIRST), set[str](), Counter[str]()
    while left:
        path = left.pop(0)
        kind = kind_of(path)
        if path in seen or kinds[kind] == OF_A_KIND:
            continue
        seen.add(path)
        kinds[kind] += 1
        answer: Response | None = page.goto(visitor.base + path)
        assert answer is not None
        yield Visited(path, kind, answer.status, first=kinds[kind] == 1)
        if answer.status == 200:
            left += [link for link in links(page) if link not in seen]


def links(page: Page) -> list[str]:
    """Where a page's links lead, as far as that is a page of ours."""
    found: list[str] = page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
    own = urlsplit(page.url).netloc
    parts = [urlsplit(one) for one in found]
    paths = [one.path + (f"?{one.query}" if one.query else "") for one in parts if one.netloc == own]
    return [path for path in paths if not NOT_PAGES.search(path)]


def kind_of(path: str) -> str:
    """Pages that differ in their contents only are of one kind."""
    for pattern, name in SAME:
        path = pattern.sub(name, path)
    return path


def name_of(kind: str) -> str:
    """A file's name for a kind of page."""
    return re.sub(r"[^A-Za-z0-9]+", "-", kind).strip("-").lower() or "home"
