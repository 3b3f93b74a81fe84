"""A certificate on paper: its code on the first page, everything readable, nothing active, equal bytes."""

import re
from dataclasses import replace

import pypdfium2
import pytest
import uharfbuzz
from PIL import ImageChops
from PIL.Image import Image

from sanad_node.certificates.drawing import _FILES, _fonts, draw
from sanad_node.certificates.facts import Certificate, Line, Table
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


def pages(data: bytes, dots_per_inch: int = 60) -> list[Image]:
    document = pypdfium2.PdfDocument(data)
    return [page.render(scale=dots_per_inch / 72).to_pil().convert("L") for page in document]


def words(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_bounded() for page in document]


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
    assert read_image(draw(replace(PLAIN, qr=text))) == (text,)


def test_equal_certificates_give_equal_bytes_and_others_do_not() -> None:
    assert draw(PLAIN) == draw(PLAIN)
    assert draw(PLAIN) != draw(replace(PLAIN, entry=1235))


def test_what_it_says_stands_there_in_both_languages() -> None:
    (told,) = words(draw(PLAIN))
    for text in ("Auction receipt", "9WN9-1GAF-5A87", "2026-00117", "proves nothing"):
        assert text in told
    assert any("\u0600" <= char <= "\u06ff" or "\ufb50" <= char <= "\ufefc" for char in told)


def test_only_the_short_form_says_that_a_service_is_needed() -> None:
    assert "short form" not in words(draw(PLAIN))[0]
    assert "short form" in words(draw(replace(PLAIN, standalone=False)))[0]


def test_urdu_is_shaped_into_joined_letters() -> None:
    """Shaped, the letters of a word take other glyphs than alone; the drawing differs from one without shaping."""
    with _fonts() as found:
        face = uharfbuzz.Face(
            uharfbuzz.Blob.from_file_path(found[next(key for key in _FILES if "nast" in key[0])])
        )
    font, buffer = uharfbuzz.Font(face), uharfbuzz.Buffer()
    buffer.add_str(PLAIN.title.ur)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    shaped = {info.codepoint for info in buffer.glyph_infos}
    alone = {font.get_nominal_glyph(ord(char)) for char in PLAIN.title.ur}
    assert not shaped <= alone
    apart = replace(PLAIN, title=Text("Auction receipt", "\u200c".join(PLAIN.title.ur)))
    one, other = pages(draw(PLAIN))[0], pages(draw(apart))[0]
    box = ImageChops.difference(one, other).getbbox()
    assert box is not None
    assert box[3] < 30 * one.width / 210


def test_a_long_table_goes_on_over_pages_with_its_head_and_the_code_on_the_first_only() -> None:
    table = Table(
        Text("Containers", "کنٹینر"),
        (Text("Number", "نمبر"), Text("Seal", "مہر")),
        tuple((f"TCLU{number:07}", f"SL-{number}") for number in range(300)),
    )
    data = draw(replace(PLAIN, lines=(*PLAIN.lines, table)))
    told = words(data)
    assert len(told) > 5
    assert all("Seal" in page and f"page {n} of {len(told)}" in page for n, page in enumerate(told, start=1))
    together = "".join(told)
    assert all(f"TCLU{number:07}" in together for number in range(300))
    must_keep_the_margins(data)


HOSTILE = {
    "nothing": "",
    "a blank": " ",
    "no blank in 5,000": "X" * 5000,
    "5,000 in words": "word " * 1000,
    "Urdu in 300 words": "کاغذ " * 300,
    "both ways": "Toyota کی Land Cruiser نمبر 7 (سفید)",
    "made visible": "محمد\u27e8U+202E\u27e9",
    "other letters": "汽车 🚚 ﷽",
    "markup": "**bold** <b>x</b> {nb} %PDF \\n",
    "combining": "e" + "\u0301" * 200,
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_whatever_the_values_are_they_stay_on_the_page(value: str) -> None:
    table = Table(LABEL, (LABEL, LABEL, LABEL), ((value, "1", value),))
    data = draw(replace(PLAIN, lines=(Line(LABEL, (value,), True), table, LAST)))
    must_keep_the_margins(data)
    assert "LAST-999" in "".join(words(data))


def test_nothing_in_the_file_is_active() -> None:
    data = draw(replace(PLAIN, lines=(Line(LABEL, ("https://example.com/",), False),)))
    for word in (b"/URI", b"/JavaScript", b"/JS", b"/Annot", b"/Launch", b"/AcroForm", b"/EmbeddedFile"):
        assert word not in data
    (opens,) = re.findall(rb"/OpenAction ([^\n]*)", data)
    assert re.fullmatch(rb"\[\d+ 0 R /FitH null\]", opens)  # a place on the first page, no action
    assert len(data) < 400_000
