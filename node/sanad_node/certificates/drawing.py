"""A certificate as a PDF: A4, in English and Urdu, its code on the first page.

Nothing in the file is active: no links, no scripts, no forms. Equal certificates give equal bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from fpdf.enums import MethodReturnValue

from sanad_node.certificates.facts import Certificate, Line, Table
from sanad_node.certificates.letters import LATIN, URDU, Paper, in_order, is_urdu
from sanad_node.certificates.words import WORDS
from sanad_node.types.registry import Language, Text
from sanad_verifier.qr_image import QUIET, runs, symbol

_WIDE, _HIGH, _MARGIN = 210.0, 297.0, 14.0
_INNER = _WIDE - 2 * _MARGIN
_BOTTOM = _HIGH - 20.0
_BAND, _ACCENT = (11, 61, 49), (10, 90, 70)
_INK, _QUIET_INK, _RULE, _WHITE = (20, 28, 24), (74, 88, 81), (176, 188, 181), (255, 255, 255)
_LARGEST_CODE, _MODULE = 70.0, 0.5
_LABEL = 44.0
_KEPT_TOGETHER = 80.0
"""A line of the document up to this height stands on one page."""
_POINT = 25.4 / 72
_ASCENT = {False: 1.0, True: 1.8}
_DESCENT = {False: 0.42, True: 0.64}
"""What a line takes above and below the foot of its letters, in units of the size; Nastaliq takes more."""


def draw(certificate: Certificate) -> bytes:
    """The certificate's PDF."""
    drawn = _Sheet(certificate, 1).drawn()
    pages = drawn.page_no()
    if pages > 1:
        drawn = _Sheet(certificate, pages).drawn()
    return bytes(drawn.output())


@dataclass(frozen=True, slots=True)
class _Column:
    x: float
    width: float


_WHOLE = _Column(_MARGIN, _INNER)
_HALVES = (_Column(_MARGIN, _INNER / 2 - 3), _Column(_WIDE / 2 + 3, _INNER / 2 - 3))


@dataclass(frozen=True, slots=True)
class _Block:
    """A text in the lines it needs in a column. Lengths in mm; `drop` leads from its top to the foot of the first
    line's letters.
    """

    column: _Column
    lines: tuple[str, ...]
    size: float
    bold: bool
    urdu: bool

    @property
    def drop(self) -> float:
        return self.size * _POINT * _ASCENT[self.urdu] if self.lines else 0.0

    @property
    def leading(self) -> float:
        return self.size * _POINT * (_ASCENT[self.urdu] + _DESCENT[self.urdu])

    @property
    def high(self) -> float:
        return self.leading * len(self.lines)


class _Sheet:
    """One drawing. Each page says how many there are, so a certificate of several is drawn twice."""

    def __init__(self, certificate: Certificate, pages: int) -> None:
        self._told = certificate
        self._pages = pages
        self._pdf = pdf = Paper()
        pdf.set_auto_page_break(False)
        pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        pdf.c_margin = 0
        pdf.set_creation_date(datetime.fromtimestamp(certificate.printed_at, UTC))
        pdf.set_title(f"{certificate.title.en} {certificate.code}")
        pdf.set_lang("en")
        pdf.set_producer("Sanad")
        pdf.set_creator("Sanad")

    def drawn(self) -> Paper:
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
        y = _HIGH - 15.0
        self._rule(y)
        number, pages = pdf.page_no(), self._pages
        self._side_by_side(
            y,
            (self._block(_Column(_MARGIN, 80), f"{told.code}   {told.digest[:16]}", 8), "L"),
            (self._block(_Column(80, 50), f"page {number} of {pages}", 8), "C"),
            (self._block(_Column(136, 60), f"صفحہ {number} از {pages}", 8), "R"),
            ink=_QUIET_INK,
        )

    def _band(self) -> None:
        pdf, told = self._pdf, self._told
        left, right = _Column(_MARGIN + 18, 84), _Column(_WIDE - _MARGIN - 76, 76)
        title = self._fitted(left, told.title.en, 15, bold=True)
        of = self._block(left, f"{told.office} ({told.office_kind}) · {told.network}{told.office_now}", 9)
        urdu = self._fitted(right, told.title.ur, 17)
        high = max(25.0, title.high + of.high + 9, urdu.high + 6)
        pdf.set_fill_color(*_BAND)
        pdf.rect(0, 0, _WIDE, high, style="F")
        self._seal(_MARGIN + 7, high / 2)
        top = (high - title.high - of.high) / 2
        y = self._put(title, top, ink=_WHITE)
        self._put(of, y + 0.5, ink=_WHITE)
        self._put(urdu, (high - urdu.high) / 2 - 1, ink=_WHITE, align="R")
        pdf.set_y(high + 5)

    def _seal(self, x: float, y: float) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*_WHITE)
        pdf.set_line_width(0.5)
        pdf.circle(x, y, 7)
        pdf.circle(x, y, 5.6)
        pdf.set_line_width(1.0)
        pdf.polyline([(x - 3, y + 0.1), (x - 0.7, y + 2.5), (x + 3.2, y - 2.7)])
        pdf.set_line_width(0.2)

    def _proof(self) -> None:
        """The code, beside it what it is the code of, below it what to do with it."""
        top, told = self._pdf.get_y(), self._told
        side = self._code(top)
        beside = _Column(_MARGIN + side + 6, _INNER - side - 6)
        y = self._put(self._block(beside, told.code, 22, bold=True), top)
        for line in _in_groups(told.digest):
            y = self._put(self._block(beside, line, 9.5), y)
        for words, value in (
            (WORDS.issued, f"{WORDS.issued.en}: {_moment(told.issued_at)}"),
            (WORDS.entry, f"{WORDS.entry.en} {told.entry} of {told.network}"),
            (WORDS.as_of, f"{WORDS.as_of.en}: {_moment(told.printed_at)}"),
        ):
            y = self._pair(beside, y, Text(value, words.ur), urdu=34)
        y = max(self._warning(beside, y + 1.5), top + side) + 1
        for words in (*WORDS.steps, *(() if told.standalone else (WORDS.short_form,))):
            y = self._pair(_WHOLE, y, words, urdu=82)
        self._pdf.set_y(y + 1)
        self._legend()

    def _pair(self, column: _Column, y: float, words: Text, *, urdu: float) -> float:
        """English on the left, Urdu on the right of a column, in a width of its own."""
        left = _Column(column.x, column.width - urdu - 3)
        right = _Column(column.x + column.width - urdu, urdu)
        return self._side_by_side(
            y, (self._block(left, words.en, 8.5), "L"), (self._block(right, words.ur, 9), "R")
        )

    def _warning(self, column: _Column, y: float) -> float:
        """The warning, framed; returns its foot."""
        inner = _Column(column.x + 2.5, column.width - 5)
        english = self._block(inner, WORDS.warning.en, 9.5, bold=True)
        urdu = self._block(inner, WORDS.warning.ur, 10.5)
        self._pdf.set_draw_color(*_INK)
        self._pdf.set_line_width(0.5)
        high = english.high + urdu.high + 2.4
        self._pdf.rect(column.x, y, column.width, high)
        self._pdf.set_line_width(0.2)
        self._put(urdu, self._put(english, y + 1) - 0.4, align="R")
        return y + high

    def _legend(self) -> None:
        y = self._pdf.get_y()
        self._rule(y)
        left, right = _HALVES
        english = self._block(_Column(left.x + 5, left.width - 5), WORDS.legend.en, 8.5)
        urdu = self._block(right, WORDS.legend.ur, 9)
        self._mark(_MARGIN, y + urdu.drop)
        foot = self._side_by_side(y, (english, "L"), (urdu, "R"), ink=_QUIET_INK)
        self._pdf.set_y(foot + 0.6)
        self._rule(foot + 0.6)

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
        value = self._block(_Column(_MARGIN + _LABEL, _INNER - 2 * _LABEL - 3), ", ".join(line.values), 10.5)
        labels = (
            self._block(_Column(_MARGIN, _LABEL - 6), line.label.en, 9),
            self._block(_Column(_WIDE - _MARGIN - _LABEL, _LABEL), line.label.ur, 9),
        )
        drop = max(block.drop for block in (*labels, value))
        named = max(drop - block.drop + block.high for block in labels)
        high = max(named, drop - value.drop + value.high) + 1.2
        self._room_for(high if high < _KEPT_TOGETHER else named + 3 * value.leading)
        top = self._named(labels, drop)
        if line.proved:
            self._mark(value.column.x - 5, top + drop)
        at = top + drop - value.drop
        for text in value.lines:
            if at + value.leading > _BOTTOM:
                self._page()
                top = self._named(labels, drop)
                at = top + drop - value.drop
            self._put_line(value, text, at, align="R" if value.urdu else "L")
            at += value.leading
        foot = max(at, top + named) + 0.6
        self._pdf.set_y(foot)
        self._rule(foot)

    def _named(self, labels: tuple[_Block, _Block], drop: float) -> float:
        """Draws a line's labels; returns the line's top."""
        top = self._pdf.get_y() + 0.6
        for block, align in zip(labels, "LR", strict=True):
            self._put(block, top + drop - block.drop, ink=_QUIET_INK, align=align)
        return top

    def _table(self, table: Table) -> None:
        wide = _INNER / max(1, len(table.columns))
        columns = [_Column(_MARGIN + place * wide, wide - 2) for place in range(len(table.columns))]
        left, right = _HALVES
        title = (
            (self._block(left, table.label.en, 9.5, bold=True), "L"),
            (self._block(right, table.label.ur, 10.5), "R"),
        )
        self._room_for(max(block.high for block, _ in title) + self._head_high(columns, table.columns) + 12)
        self._pdf.set_y(self._side_by_side(self._pdf.get_y() + 1.5, *title))
        self._head(columns, table.columns)
        for row in table.rows:
            self._row(columns, table.columns, row)

    def _headings(self, columns: Sequence[_Column], labels: Sequence[Text]) -> list[list[_Block]]:
        languages: tuple[tuple[Language, float], ...] = (("en", 8), ("ur", 8.5))
        return [
            [
                self._block(column, label.in_language(language), size, bold=language == "en")
                for column, label in zip(columns, labels, strict=True)
            ]
            for language, size in languages
        ]

    def _head_high(self, columns: Sequence[_Column], labels: Sequence[Text]) -> float:
        return 2 + sum(
            max((block.high for block in blocks), default=0) for blocks in self._headings(columns, labels)
        )

    def _head(self, columns: Sequence[_Column], labels: Sequence[Text]) -> None:
        y = self._pdf.get_y() + 1
        for blocks in self._headings(columns, labels):
            y = self._side_by_side(y, *((block, "L") for block in blocks), ink=_QUIET_INK)
        self._pdf.set_y(y + 0.5)
        self._rule(y + 0.5)

    def _row(self, columns: Sequence[_Column], labels: Sequence[Text], row: Sequence[str]) -> None:
        cells = [self._block(column, text, 9) for column, text in zip(columns, row, strict=True)]
        drop = max((cell.drop for cell in cells), default=0)
        leading = max((cell.leading for cell in cells), default=0)
        for place in range(max((len(cell.lines) for cell in cells), default=0)):
            if self._pdf.get_y() + 0.6 + leading > _BOTTOM:
                self._page()
                self._head(columns, labels)
            y = self._pdf.get_y() + 0.6
            for cell in cells:
                if place < len(cell.lines):
                    self._put_line(cell, cell.lines[place], y + drop - cell.drop)
            self._pdf.set_y(y - 0.6 + leading)
        self._pdf.set_y(self._pdf.get_y() + 1)
        self._rule(self._pdf.get_y())

    # -- pieces ---------------------------------------------------------------------------------------------------

    def _room_for(self, high: float) -> None:
        if self._pdf.get_y() + high > _BOTTOM:
            self._page()

    def _rule(self, y: float) -> None:
        self._pdf.set_draw_color(*_RULE)
        self._pdf.line(_MARGIN, y, _WIDE - _MARGIN, y)

    def _mark(self, x: float, foot: float) -> None:
        """The mark of a value that the code proves, standing on the foot of a line's letters."""
        pdf, y = self._pdf, foot - 2.8
        pdf.set_draw_color(*_ACCENT)
        pdf.set_line_width(0.35)
        pdf.rect(x, y, 3, 3)
        pdf.set_line_width(0.6)
        pdf.polyline([(x + 0.6, y + 1.5), (x + 1.3, y + 2.3), (x + 2.5, y + 0.7)])
        pdf.set_line_width(0.2)

    def _side_by_side(self, y: float, *blocks: tuple[_Block, str], ink: tuple[int, int, int] = _INK) -> float:
        """Draws blocks with the feet of their first lines level; returns where the next may begin."""
        drop = max((block.drop for block, _ in blocks), default=0)
        feet = [
            self._put(block, y + drop - block.drop, ink=ink, align=align)
            for block, align in blocks
            if block.lines
        ]
        return max(feet, default=y)

    def _fitted(self, column: _Column, text: str, size: float, *, bold: bool = False) -> _Block:
        """The text in one line if some size of at least two thirds allows it."""
        fitting = self._block(column, text, size, bold=bold)
        smaller = size
        while len(fitting.lines) > 1 and smaller > size * 2 / 3:
            smaller -= 1
            fitting = self._block(column, text, smaller, bold=bold)
        return fitting

    def _block(self, column: _Column, text: str, size: float, *, bold: bool = False) -> _Block:
        shown = self._pdf.drawable(text)
        urdu = is_urdu(shown)
        if not shown:
            return _Block(column, (), size, bold, urdu)
        self._font(size, bold, urdu)
        lines = self._pdf.multi_cell(
            column.width, 1, shown, align="L", dry_run=True, output=MethodReturnValue.LINES
        )
        return _Block(column, tuple(cast("list[str]", lines)), size, bold, urdu)

    def _put(self, block: _Block, y: float, *, ink: tuple[int, int, int] = _INK, align: str = "L") -> float:
        """Draws a block; returns where the next may begin."""
        for line in block.lines:
            self._put_line(block, line, y, ink=ink, align=align)
            y += block.leading
        return y

    def _put_line(
        self,
        block: _Block,
        line: str,
        y: float,
        *,
        ink: tuple[int, int, int] = _INK,
        align: str = "L",
    ) -> None:
        pdf, high = self._pdf, block.size * _POINT
        self._font(block.size, block.bold, block.urdu)
        pdf.set_text_color(*ink)
        pdf.set_xy(
            block.column.x, y + block.drop - 0.8 * high
        )  # a cell's letters stand at 0.5 + 0.3 of its height
        pdf.cell(block.column.width, high, in_order(line) if block.urdu else line, align=align)

    def _font(self, size: float, bold: bool, urdu: bool) -> None:
        self._pdf.set_text_shaping(use_shaping_engine=True, direction="rtl" if urdu else "ltr")
        self._pdf.set_font(URDU if urdu else LATIN, "B" if bold and not urdu else "", size)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _in_groups(digest: str) -> list[str]:
    return [f"{digest[at : at + 8]} {digest[at + 8 : at + 16]}" for at in range(0, len(digest), 16)]
