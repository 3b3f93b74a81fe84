"""A certificate on paper: its code on the first page, everything readable, nothing active, equal bytes."""

import re
from dataclasses import replace
from functools import cache

import pypdfium2
import pytest
import uharfbuzz
from PIL import ImageChops
from PIL.Image import Image

from sanad_node.certificates.drawing import draw
from sanad_node.certificates.facts import Certificate, Line, Table
from sanad_node.certificates.letters import URDU, Paper, font_files
from sanad_node.types.registry import Text
from sanad_testkit.qr_cases import TEXT
from sanad_verifier.base45 import ALPHABET
from sanad_verifier.qr_image import read_image

LABEL = Text("Receipt number", "رسید نمبر")
PLAIN = Certificate(
    title=Text("Auction receipt", "نیلامی کی رسید"),
    office="KAPW-AUC",
    office_kind="AUCTION",
    network="sanad.example/demo",
    issued_at=1_790_000_000,
    printed_at=1_790_003_600,
    entry=1234,
    digest="4f2a90c1" * 8,
    code="9WN9-1GAF-5A87",
    lines=(Line(LABEL, ("KAPW-AUC-2026-00117",), True), Line(Text("Buyer", "خریدار"), ("محمد اسلم",), False)),
    qr=TEXT,
    standalone=True,
)
LAST = Line(Text("Last", "Last"), ("LAST-999",), False)
MARGIN = 12.0
"""Millimetres of white left and right, below the band."""


drawn = cache(draw)


def pages(data: bytes, dots_per_inch: int = 60) -> list[Image]:
    document = pypdfium2.PdfDocument(data)
    return [page.render(scale=dots_per_inch / 72).to_pil().convert("L") for page in document]


def words(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_bounded() for page in document]


def box_of(data: bytes, text: str) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a text on the first page, in points from below."""
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    found = page.search(text).get_next()
    assert found is not None
    boxes = [page.get_charbox(place) for place in range(found[0], found[0] + found[1])]
    lefts, feet, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(feet), max(rights), max(tops)


def rules(page: Image) -> list[int]:
    """Where lines go over the whole width, in dots from above."""
    inner = page.crop((round(page.width * 0.08), 0, round(page.width * 0.92), page.height))
    rows = [inner.crop((0, y, inner.width, y + 1)).tobytes() for y in range(page.height)]
    return [y for y, row in enumerate(rows) if max(row) < 250]


def must_keep_the_margins(data: bytes) -> None:
    for place, page in enumerate(pages(data)):
        top = 30 if place == 0 else 0
        dots = page.width / 210
        left = page.crop((0, round(top * dots), round(MARGIN * dots), page.height))
        right = page.crop((round(page.width - MARGIN * dots), round(top * dots), page.width, page.height))
        foot = page.crop((0, round(page.height - 5 * dots), page.width, page.height))
        assert all(part.getextrema() == (255, 255) for part in (left, right, foot))


@pytest.mark.parametrize("length", [200, 1200, 1990])
def test_the_code_is_read_back_from_the_first_page(length: int) -> None:
    text = "SND1:" + (ALPHABET * 45)[: length - 5]
    assert read_image(drawn(replace(PLAIN, qr=text))) == (text,)


def test_equal_certificates_give_equal_bytes_and_others_do_not() -> None:
    assert draw(PLAIN) == draw(PLAIN)
    assert drawn(PLAIN) != drawn(replace(PLAIN, entry=1235))


def test_what_it_says_stands_there_in_both_languages() -> None:
    (told,) = words(drawn(PLAIN))
    for text in ("Auction receipt", "9WN9-1GAF-5A87", "2026-00117", "proves nothing"):
        assert text in told
    assert any("\u0600" <= char <= "\u06ff" or "\ufb50" <= char <= "\ufefc" for char in told)


def test_only_the_short_form_says_that_a_service_is_needed() -> None:
    assert "short form" not in words(drawn(PLAIN))[0]
    assert "short form" in words(drawn(replace(PLAIN, standalone=False)))[0]


def test_urdu_is_shaped_into_joined_letters() -> None:
    """Shaped, the letters of a word take other glyphs than alone; the drawing differs from one without shaping."""
    with font_files() as found:
        face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(found[URDU, ""]))
    font, buffer = uharfbuzz.Font(face), uharfbuzz.Buffer()
    buffer.add_str(PLAIN.title.ur)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    shaped = {info.codepoint for info in buffer.glyph_infos}
    alone = {font.get_nominal_glyph(ord(char)) for char in PLAIN.title.ur}
    assert not shaped <= alone
    apart = replace(PLAIN, title=Text("Auction receipt", "\u200c".join(PLAIN.title.ur)))
    one, other = pages(drawn(PLAIN))[0], pages(drawn(apart))[0]
    box = ImageChops.difference(one, other).getbbox()
    assert box is not None
    assert box[3] < 30 * one.width / 210


def test_a_long_table_goes_on_over_pages_with_its_head_and_the_code_on_the_first_only() -> None:
    table = Table(
        Text("Containers", "کنٹینر"),
        (Text("Number", "نمبر"), Text("Seal", "مہر")),
        tuple((f"TCLU{number:07}", f"SL-{number}") for number in range(300)),
    )
    data = drawn(replace(PLAIN, lines=(*PLAIN.lines, table)))
    told = words(data)
    assert len(told) > 5
    assert all("Seal" in page and f"page {n} of {len(told)}" in page for n, page in enumerate(told, start=1))
    together = "".join(told)
    assert all(f"TCLU{number:07}" in together for number in range(300))
    must_keep_the_margins(data)


def test_a_value_is_never_taken_for_a_placeholder() -> None:
    (told,) = words(drawn(replace(PLAIN, lines=(Line(LABEL, ("{nb} of {nb}",), True),))))
    assert "{nb} of {nb}" in told


CLIMBING = {
    "accents": "e" + "\u0301" * 60,
    "vowel signs": "ب" + "\u064e" * 40,
    "one long word": "ج" * 60,
    "a tall word": "ک" + "ح" * 30,
    "tall words": "کححح " * 8,
}


@pytest.mark.parametrize("value", CLIMBING.values(), ids=CLIMBING)
def test_no_value_draws_over_what_stands_above_it(value: str) -> None:
    """It reaches at most 1.5 mm over the rule above it, where nothing is drawn."""
    above = Line(LABEL, ("محمد اسلم",), True)
    plain, other = (drawn(replace(PLAIN, lines=(above, Line(LABEL, (one,), False)))) for one in ("ا", value))
    one, two = pages(plain, 100)[0], pages(other, 100)[0]
    box = ImageChops.difference(one, two).getbbox()
    assert box is not None
    label = one.height - box_of(plain, LABEL.en)[1] * 100 / 72
    assert box[1] >= min(place for place in rules(one) if place > label) - 6


def test_vowel_signs_do_not_part_the_letters_of_a_word() -> None:
    paper = Paper()
    paper.add_page()
    paper.set_font(URDU, size=10)
    assert [part.string for part in paper._parse_chars("حکومتِ پاکستان", False)] == ["حکومتِ پاکستان"]


def test_numbers_within_urdu_stay_as_they_were_written() -> None:
    numbers = ("2026-04-04", "42101-1234567-1", "12/5", "+92-300-1234567", "JTMHX05J904012345")
    lines = tuple(Line(LABEL, (f"یہ نمبر {number} ہے",), False) for number in numbers)
    (told,) = words(drawn(replace(PLAIN, lines=lines)))
    assert all(number in told for number in numbers)


def test_a_long_title_makes_room_for_what_stands_below_it() -> None:
    title = Text("Goods declaration with provisional release and a bank guarantee ENDING", "اقرار نامہ " * 9)
    data = drawn(replace(PLAIN, title=title))
    assert box_of(data, "ENDING")[1] >= box_of(data, "KAPW-AUC (AUCTION)")[3]
    assert box_of(data, "KAPW-AUC (AUCTION)")[1] > box_of(data, PLAIN.code)[3]


@pytest.mark.parametrize("label", [Text("label " * 20, "نمبر"), Text("label", "لمبا عنوان " * 9)])
def test_a_row_is_as_high_as_its_longer_label(label: Text) -> None:
    def depth(first: Text) -> float:
        return box_of(drawn(replace(PLAIN, lines=(Line(first, ("x",), False), LAST))), "LAST-999")[3]

    assert depth(label) < depth(LABEL) - 10


LONG = {
    "no blank in 5,000": "X" * 5000,
    "500 words": "word " * 500,
    "200 words of Urdu": "کاغذ " * 200,
    "combining": "e" + "\u0301" * 200,
}
ODD = (
    "",
    " ",
    "Toyota کی Land Cruiser نمبر 7 (سفید)",
    "محمد\u27e8U+202E\u27e9",
    "\u202enot made visible\n\x00",
    "汽车 🚚 ﷽",
    "**bold** <b>x</b> {nb} %PDF \\n",
)


@pytest.mark.parametrize("values", [*((value,) for value in LONG.values()), ODD], ids=[*LONG, "odd"])
def test_whatever_the_values_are_they_stay_on_the_page(values: tuple[str, ...]) -> None:
    lines = (Line(LABEL, (value,), True) for value in values)
    tables = (Table(LABEL, (LABEL, LABEL, LABEL), ((value[:1000], "1", value[:1000]),)) for value in values)
    data = drawn(replace(PLAIN, lines=(*lines, *tables, Line(LABEL, (), False), LAST)))
    must_keep_the_margins(data)
    assert "LAST-999" in "".join(words(data))


def test_nothing_in_the_file_is_active() -> None:
    data = drawn(replace(PLAIN, lines=(Line(LABEL, ("https://example.com/",), False),)))
    for word in (b"/URI", b"/JavaScript", b"/JS", b"/Annot", b"/Launch", b"/AcroForm", b"/EmbeddedFile"):
        assert word not in data
    (opens,) = re.findall(rb"/OpenAction ([^\n]*)", data)
    assert re.fullmatch(rb"\[\d+ 0 R /FitH null\]", opens)  # a place on the first page, no action
    assert len(data) < 400_000
