"""A certificate as a PDF: A4, in English and Urdu, its code on the first page.

Nothing in the file is active: no links, no scripts, no forms. Equal certificates give equal bytes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont

from sanad_node.certificates.facts import Certificate, Line, Table
from sanad_node.certificates.words import WORDS
from sanad_node.types.registry import Language, Text
from sanad_verifier.qr_image import QUIET, runs, symbol

_WIDE, _HIGH, _MARGIN = 210.0, 297.0, 14.0
_INNER = _WIDE - 2 * _MARGIN
_BOTTOM = _HIGH - 20.0
_BAND, _ACCENT = (11, 61, 49), (10, 90, 70)
_INK, _QUIET_INK, _RULE = (20, 28, 24), (74, 88, 81), (176, 188, 181)
_LARGEST_CODE, _MODULE = 70.0, 0.5
_LABEL = 44.0
_LATIN, _URDU = "latin", "nastaliq"
_LATIN_LINE, _URDU_LINE = 0.50, 0.86
"""Millimetres from line to line for each point of the font's size."""
_FILES = {
    (_LATIN, ""): "NotoSans-Regular.ttf",
    (_LATIN, "B"): "NotoSans-Bold.ttf",
    (_URDU, ""): "NotoNastaliqUrdu-Regular.ttf",
}


def draw(certificate: Certificate) -> bytes:
    """The certificate's PDF."""
    pages = _Sheet(certificate, 0).drawn().page_no()
    return bytes(_Sheet(certificate, pages).drawn().output())


@dataclass(frozen=True, slots=True)
class _Column:
    x: float
    width: float


class _Sheet:
    """One drawing. Pages are counted by drawing once before, since each says how many there are."""

    def __init__(self, certificate: Certificate, pages: int) -> None:
        self._told = certificate
        self._pages = pages
        self._pdf = pdf = FPDF(unit="mm", format="A4")
        pdf.set_auto_page_break(False)
        pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        pdf.c_margin = 0
        with _fonts() as found:
            for (family, style), path in found.items():
                pdf.add_font(family, style, path)
        self._letters = {
            code for font in pdf.fonts.values() if isinstance(font, TTFFont) for code in font.cmap
        }
        pdf.set_text_shaping(use_shaping_engine=True)
        pdf.set_creation_date(datetime.fromtimestamp(certificate.printed_at, UTC))
        pdf.set_title(f"{certificate.title.en} {certificate.code}")
        pdf.set_lang("en")
        pdf.set_producer("Sanad")
        pdf.set_creator("Sanad")

    def drawn(self) -> FPDF:
        self._page()
        self._band()
        self._proof()
        for one in self._told.lines:
            if isinstance(one, Table):
                self._table(one)
            else:
                self._line(one)
        return self._pdf

    # -- the frame ------------------------------------------------------------------------------------------------

    def _page(self) -> None:
        self._pdf.add_page()
        self._footer()
        self._pdf.set_y(_MARGIN)

    def _footer(self) -> None:
        pdf, told = self._pdf, self._told
        y = _HIGH - 13.0
        pdf.set_draw_color(*_RULE)
        pdf.line(_MARGIN, y - 2, _WIDE - _MARGIN, y - 2)
        number, pages = pdf.page_no(), self._pages
        self._text(_Column(_MARGIN, 80), y, f"{told.code}   {told.digest[:16]}", 8, ink=_QUIET_INK)
        self._text(_Column(80, 50), y, f"page {number} of {pages}", 8, ink=_QUIET_INK, align="C")
        self._text(_Column(136, 60), y - 1.5, f"صفحہ {number} از {pages}", 8, ink=_QUIET_INK, align="R")

    def _band(self) -> None:
        pdf, told = self._pdf, self._told
        pdf.set_fill_color(*_BAND)
        pdf.rect(0, 0, _WIDE, 25, style="F")
        pdf.set_draw_color(255)
        pdf.set_line_width(0.5)
        pdf.circle(_MARGIN + 7, 12.5, 7)
        pdf.circle(_MARGIN + 7, 12.5, 5.6)
        pdf.set_line_width(1.0)
        pdf.polyline([(_MARGIN + 4, 12.6), (_MARGIN + 6.3, 15), (_MARGIN + 10.2, 9.8)])
        pdf.set_line_width(0.2)
        white = (255, 255, 255)
        self._text(_Column(_MARGIN + 18, 90), 6.0, told.title.en, 15, bold=True, ink=white)
        self._text(_Column(_MARGIN + 18, 110), 14.6, f"{told.office} · {told.network}", 9, ink=white)
        self._text(_Column(110, 86), 4.2, told.title.ur, 17, ink=white, align="R")
        pdf.set_y(30)

    def _proof(self) -> None:
        """The code, and beside it what to do with it."""
        top = self._pdf.get_y()
        side = self._code(top)
        beside = _Column(_MARGIN + side + 7, _INNER - side - 7)
        told, y = self._told, top + 1
        y = self._text(beside, y, told.code, 17, bold=True)
        y = self._text(beside, y + 0.5, _in_groups(told.digest), 8, ink=_QUIET_INK)
        for label, value in (
            (WORDS.issued, f"{_moment(told.issued_at)} · {told.office} ({told.office_kind})"),
            (WORDS.entry, f"{told.entry}"),
            (WORDS.as_of, _moment(told.printed_at)),
        ):
            half = _Column(beside.x + beside.width / 2, beside.width / 2)
            self._text(half, y + 0.2, label.ur, 9, ink=_QUIET_INK, align="R")
            y = self._text(beside, y + 1.6, f"{label.en}: {value}", 8.5)
        y += 2.0
        steps = (
            [WORDS.steps, WORDS.warning]
            if told.standalone
            else [WORDS.steps, WORDS.short_form, WORDS.warning]
        )
        for words in steps:
            y = self._text(beside, y, words.en, 8.5, bold=words is WORDS.warning)
        for words in steps:
            y = self._text(beside, y, words.ur, 9.5, align="R")
        y = max(y, top + side) + 3
        self._mark(_MARGIN, y + 1.4)
        self._text(_Column(_MARGIN + 5, 90), y + 0.6, WORDS.legend.en, 8.5, ink=_QUIET_INK)
        self._text(_Column(_WIDE - _MARGIN - 90, 90), y - 1, WORDS.legend.ur, 9.5, ink=_QUIET_INK, align="R")
        self._pdf.set_y(y + 8)
        self._rule()

    def _code(self, top: float) -> float:
        """Draws the code; returns its side with the white around it, in mm."""
        drawn = symbol(self._told.qr)
        modules = len(drawn.rows) + 2 * QUIET
        module = min(_MODULE, _LARGEST_CODE / modules)
        self._pdf.set_fill_color(0)
        for x, y, width in runs(drawn):
            self._pdf.rect(_MARGIN + x * module, top + y * module, width * module, module, style="F")
        return modules * module

    # -- what the document says -----------------------------------------------------------------------------------

    def _line(self, line: Line) -> None:
        value = _Column(_MARGIN + _LABEL, _INNER - 2 * _LABEL)
        text = ", ".join(line.values)
        size = 10.0
        lines = self._wrapped(value, text, size)
        high = max(1, len(lines)) * _leading(text, size)
        self._room_for(min(high, _BOTTOM - _MARGIN - 20) + 2)
        y = self._pdf.get_y()
        shift = 0.0 if _is_urdu(text) else 0.7
        if line.proved:
            self._mark(value.x - 5, y + shift + 1.0)
        self._text(_Column(_MARGIN, _LABEL - 6), y + 0.9, line.label.en, 9, ink=_QUIET_INK)
        right = _Column(_WIDE - _MARGIN - _LABEL, _LABEL)
        self._text(right, y - 1.7, line.label.ur, 9.5, ink=_QUIET_INK, align="R")
        at = y + shift
        for one in lines:
            if at + _leading(text, size) > _BOTTOM:
                self._page()
                at = self._pdf.get_y()
            self._text(value, at, one, size, wrap=False)
            at += _leading(text, size)
        self._pdf.set_y(max(at, y + 6.8) + 0.4)
        self._rule()

    def _table(self, table: Table) -> None:
        self._room_for(34)
        y = self._pdf.get_y() + 1
        self._text(_Column(_MARGIN, 90), y + 1.4, table.label.en, 9.5, bold=True)
        self._text(_Column(_WIDE - _MARGIN - 90, 90), y - 0.4, table.label.ur, 11, align="R")
        self._pdf.set_y(y + 9)
        wide = _INNER / max(1, len(table.columns))
        columns = [_Column(_MARGIN + place * wide, wide - 2) for place in range(len(table.columns))]
        self._head(columns, table.columns)
        for row in table.rows:
            self._row(columns, table.columns, row)

    def _head(self, columns: Sequence[_Column], labels: Sequence[Text]) -> None:
        y = self._pdf.get_y() + 1
        languages: tuple[tuple[Language, float, bool], ...] = (("en", 8, True), ("ur", 8.5, False))
        for language, size, bold in languages:
            texts = [label.in_language(language) for label in labels]
            pairs = zip(columns, texts, strict=True)
            y = max(
                (self._text(column, y, text, size, bold=bold, ink=_QUIET_INK) for column, text in pairs),
                default=y,
            )
        self._pdf.set_y(y + 0.5)
        self._rule()

    def _row(self, columns: Sequence[_Column], labels: Sequence[Text], row: Sequence[str]) -> None:
        size = 9.0
        cells = [self._wrapped(column, text, size) for column, text in zip(columns, row, strict=True)]
        leading = max((_leading(text, size) for text in row), default=_LATIN_LINE * size)
        for place in range(max((len(cell) for cell in cells), default=0)):
            if self._pdf.get_y() + leading > _BOTTOM:
                self._page()
                self._head(columns, labels)
            y = self._pdf.get_y()
            for column, cell in zip(columns, cells, strict=True):
                if place < len(cell):
                    self._text(column, y + 0.6, cell[place], size, wrap=False)
            self._pdf.set_y(y + leading)
        self._pdf.set_y(self._pdf.get_y() + 1)
        self._rule()

    # -- pieces ---------------------------------------------------------------------------------------------------

    def _room_for(self, high: float) -> None:
        if self._pdf.get_y() + high > _BOTTOM:
            self._page()

    def _rule(self) -> None:
        y = self._pdf.get_y()
        self._pdf.set_draw_color(*_RULE)
        self._pdf.line(_MARGIN, y, _WIDE - _MARGIN, y)

    def _mark(self, x: float, y: float) -> None:
        """The mark of a value that the code proves."""
        pdf = self._pdf
        pdf.set_draw_color(*_ACCENT)
        pdf.set_line_width(0.35)
        pdf.rect(x, y, 3, 3)
        pdf.set_line_width(0.6)
        pdf.polyline([(x + 0.6, y + 1.5), (x + 1.3, y + 2.3), (x + 2.5, y + 0.7)])
        pdf.set_line_width(0.2)

    def _text(
        self,
        column: _Column,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        ink: tuple[int, int, int] = _INK,
        align: str = "L",
        wrap: bool = True,
    ) -> float:
        """Draws a text, in as many lines as it needs; returns where the next may begin."""
        self._pdf.set_text_color(*ink)
        lines = self._wrapped(column, text, size, bold=bold) if wrap else [text]
        leading = _leading(text, size)
        for line in lines:
            self._font(line, size, bold)
            self._pdf.set_xy(column.x, y)
            self._pdf.cell(column.width, leading, line, align=align)
            y += leading
        return y

    def _wrapped(self, column: _Column, text: str, size: float, *, bold: bool = False) -> list[str]:
        shown = self._drawable(text)
        if not shown:
            return []
        self._font(shown, size, bold)
        lines = self._pdf.multi_cell(
            column.width, 1, shown, align="L", dry_run=True, output=MethodReturnValue.LINES
        )
        return cast("list[str]", lines)

    def _drawable(self, text: str) -> str:
        """The text, with what no font here has a letter for spelled as its number."""
        kept = text.replace("\u27e8", "[").replace("\u27e9", "]")  # the brackets of `visible`
        return "".join(char if ord(char) in self._letters else f"[U+{ord(char):04X}]" for char in kept)

    def _font(self, text: str, size: float, bold: bool) -> None:
        urdu = _is_urdu(text)
        self._pdf.set_font(_URDU if urdu else _LATIN, "B" if bold and not urdu else "", size)
        self._pdf.set_fallback_fonts([_LATIN if urdu else _URDU], exact_match=False)


@contextmanager
def _fonts() -> Iterator[dict[tuple[str, str], str]]:
    with as_file(files("sanad_node.certificates") / "fonts") as folder:
        yield {key: str(folder / name) for key, name in _FILES.items()}


def _is_urdu(text: str) -> bool:
    return any("\u0600" <= char <= "\u06ff" for char in text)


def _leading(text: str, size: float) -> float:
    return size * (_URDU_LINE if _is_urdu(text) else _LATIN_LINE)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _in_groups(digest: str) -> str:
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
