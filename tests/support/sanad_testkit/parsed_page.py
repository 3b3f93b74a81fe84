"""A page as its tests look at it: its elements in order, its labels, and the text a reader sees."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class Page(HTMLParser):
    """What the assertions look at."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    open: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.elements.append((tag, told))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "label":
            self.labels.add(told.get("for", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["textarea"]:  # what was entered is given back as it was
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [told for tag, told in self.elements if tag in tags]


def parsed(html: str) -> Page:
    """The page, whose elements must all have been closed in order."""
    page = Page()
    page.feed(html)
    page.close()
    return page
