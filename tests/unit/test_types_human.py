"""The human form shows every printed field, shows it as it is, and cannot be made to say something else."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.types import check, get, registry
from sanad_node.types.human import as_html, as_text
from sanad_node.types.registry import Language
from sanad_node.types.visible import visible
from sanad_testkit.papers import changed, put

BOTH: list[Language] = ["en", "ur"]


class _Page(HTMLParser):
    """Collects a page's text and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("name", list(registry()))
def test_text_and_page_show_the_number_and_the_digest(name: str, language: Language) -> None:
    document = check(get(name), get(name).read_sample(), number=None if get(name).key else "PL-1")
    words = _Page(as_html(document, language)).words
    for shown in (as_text(document, language), "\n".join(words)):
        assert document.key_text.split("/")[-1] in shown
        assert document.digest.hex() in shown
        assert document.type.title.in_language(language) in shown


@pytest.mark.parametrize("name", [n for n, kind in registry().items() if kind.form == "json"])
def test_every_printed_pointer_leads_into_the_schema_and_most_into_the_sample(name: str) -> None:
    document = check(get(name), get(name).read_sample())
    missing = {
        printed.label.en
        for printed in document.type.printed
        if f"\n{printed.label.en}:" not in "\n" + as_text(document)
    }
    assert missing <= {
        "LC or contract number",
        "Endorsee",
        "Assessed value",
        "Reason for amendment",
        "Quota licences",
        "Statement",
    }


def test_every_column_of_the_tables_has_a_value_in_the_sample() -> None:
    page = as_text(check(get("GOODS_DECLARATION"), get("GOODS_DECLARATION").read_sample()))
    assert "1. Number TCLU4482017; Type 22G1; Seal NSL13386" in page
    assert "2. Type EIF; Number SNB-IMP-000198-20072026; Value drawn 9600.0000" in page
    lading = as_text(check(get("BILL_OF_LADING"), get("BILL_OF_LADING").read_sample()))
    assert "To order: no" in lading
    assert "Goods Automotive Parts; HS codes 87089900; Gross weight 5000, 5000" in lading


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ur", "rtl")])
def test_a_page_is_of_its_language_and_loads_nothing(language: Language, direction: str) -> None:
    page = as_html(check(get("EIF"), get("EIF").read_sample()), language)
    elements = _Page(page).elements
    assert ("html", {"lang": language, "dir": direction}) in elements
    known = "html head meta title style body h1 dl dt dd bdi table thead tbody tr th td footer"
    assert {tag for tag, _ in elements} <= set(known.split())
    assert not any(
        name in ("src", "href") or name.startswith("on") for _, attrs in elements for name in attrs
    )
    assert "url(" not in page
    assert "@import" not in page


HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    '" onload="x',
    "</dd></dl><h1>GENUINE</h1>",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_a_value_is_shown_and_never_done(name: str) -> None:
    kind = get("GOODS_DECLARATION")
    document = check(kind, changed("GOODS_DECLARATION", put("consignee", "name", to=name)))
    honest = _Page(as_html(check(kind, kind.read_sample())))
    page = _Page(as_html(document))
    assert page.elements == honest.elements
    assert name in page.words


def test_characters_that_hide_or_reorder_are_spelled_out() -> None:
    assert visible("Ali\u202eKhan") == "Ali⟨U+202E⟩Khan"
    assert visible("a\u200bb\u00a0c\nd\ufeffe\u2066") == "a⟨U+200B⟩b⟨U+00A0⟩c⟨U+000A⟩d⟨U+FEFF⟩e⟨U+2066⟩"
    assert visible("کلکٹریٹ آف کسٹمز") == "کلکٹریٹ آف کسٹمز"
    assert visible("می\u200cخواهم") == "می\u200cخواهم"
    assert visible("a\u200cb") == "a⟨U+200C⟩b"


@given(st.text(max_size=60))
def test_visible_text_holds_no_invisible_character(text: str) -> None:
    shown = visible(text)
    assert not re.search(
        "[\u0000-\u001f\u007f-\u00a0\u200b\u200d-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", shown
    )
    if text.isascii() and text.isprintable():
        assert shown == text


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_no_document_changes_the_structure_of_its_page(text: str) -> None:
    document = check(get("FILE"), b"x", number="N")
    honest = _Page(as_html(document)).elements
    told = type(document)(document.type, document.content, document.digest, None, "N", text)
    assert _Page(as_html(told)).elements == honest
