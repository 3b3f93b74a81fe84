"""Letters on paper: which font each is of, which way a text runs, and what is spelled out instead of drawn.

A value may come from anybody, so no text may be drawn over another: marks do not stack without end, and Nastaliq words
do not climb without end.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files

import uharfbuzz
from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.line_break import Fragment

LATIN, URDU = "latin", "nastaliq"
FILES = {
    (LATIN, ""): "NotoSans-Regular.ttf",
    (LATIN, "B"): "NotoSans-Bold.ttf",
    (URDU, ""): "NotoNastaliqUrdu-Regular.ttf",
}
_ZWNJ, _LRM = "\u200c", "\u200e"
_MARKS_AT_MOST, _HIGHEST = 3, 2.3
"""How many marks a letter may have; how far a word may rise above its line, in units of the font's size."""
_TOKEN = re.compile(r"[+#@$-]?[0-9A-Za-z](?:[!-~]*[0-9A-Za-z%])?")


class Paper(FPDF):
    """A PDF in which each letter takes the font that has it, and nothing in a text is a command."""

    def __init__(self) -> None:
        super().__init__(unit="mm", format="A4")
        self.str_alias_nb_pages = ""  # else `{nb}` in a value becomes a number of pages
        with font_files() as found:
            for (family, style), path in found.items():
                self.add_font(family, style, path)
        self.letters = {family: font.cmap for family, font in self.fonts.items() if isinstance(font, TTFFont)}
        self.set_text_shaping(use_shaping_engine=True)

    def _parse_chars(
        self,
        text: str,
        markdown: bool,  # noqa: ARG002
        *,
        _initial_emphasis: tuple[bool, bool, bool, bool] | None = None,
    ) -> Iterator[Fragment]:
        """In place of fpdf2's own division into fonts, which parts a word's letters at vowel signs."""
        run, family = "", URDU if is_urdu(text) else LATIN
        for char in text.replace(_LRM, ""):
            other = self._family(char, family)
            if other != family and run:
                yield self._fragment(run, family)
                run = ""
            run, family = run + char, other
        if run:
            yield self._fragment(run, family)

    def _family(self, char: str, current: str) -> str:
        stays = char in (" ", _ZWNJ) or unicodedata.category(char)[0] == "M"
        first = current if stays else URDU if _is_arabic(char) else LATIN
        second = LATIN if first == URDU else URDU
        return first if ord(char) in self.letters[first] else second

    def _fragment(self, run: str, family: str) -> Fragment:
        state = self._get_current_graphics_state()
        if family == URDU:
            state.font_style = ""
        state.font_family = family
        state.current_font = self.fonts[family + state.font_style]
        return Fragment(run, state, self.k)

    def drawable(self, text: str) -> str:
        """The text as it can be drawn. What no font here has, what is not seen, and marks upon marks are spelled as
        their numbers; words that would climb out of their line are parted.
        """
        kept = text.replace("\u27e8", "[").replace("\u27e9", "]")  # the brackets of `visible`
        shown, marks = [], 0
        for char in kept:
            category = unicodedata.category(char)
            marks = marks + 1 if category[0] == "M" else 0
            known = any(ord(char) in font for font in self.letters.values())
            unseen = category[0] == "C" and char != _ZWNJ
            shown.append(char if known and not unseen and marks <= _MARKS_AT_MOST else f"[U+{ord(char):04X}]")
        return " ".join(_lowered(word) for word in "".join(shown).split(" "))


@contextmanager
def font_files() -> Iterator[dict[tuple[str, str], str]]:
    """The fonts' paths, by family and style."""
    with as_file(files("sanad_node.certificates") / "fonts") as folder:
        yield {key: str(folder / name) for key, name in FILES.items()}


def is_urdu(text: str) -> bool:
    """Whether a text has letters of the Arabic script; then all of it runs from right to left."""
    return any(unicodedata.bidirectional(char) == "AL" for char in text)


def in_order(line: str) -> str:
    """A line that runs from right to left, in which each Latin word, number and date stays as it was written."""
    return _TOKEN.sub(lambda found: f"{_LRM}{found[0]}{_LRM}", line)


def _is_arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u06ff" or unicodedata.bidirectional(char) == "AL"


def _lowered(word: str) -> str:
    """The word, parted every few letters if it would climb too high."""
    if not is_urdu(word) or _height(word) <= _HIGHEST:
        return word
    parted = word
    for letters in (4, 3, 2):
        parted = _parted(word, letters)
        if _height(parted) <= _HIGHEST:
            break
    return parted


def _parted(word: str, letters: int) -> str:
    """The word with its letters kept from joining, beyond so many."""
    pieces, joined = [], 0
    for char in word:
        if unicodedata.category(char)[0] != "M":
            if joined == letters:
                pieces.append(_ZWNJ)
                joined = 0
            joined += 1
        pieces.append(char)
    return "".join(pieces)


def _height(word: str) -> float:
    """How far a word's ink rises above the line, in units of the font's size."""
    font, buffer = _nastaliq(), uharfbuzz.Buffer()
    buffer.add_str(word)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    highest = 0
    for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        ink = font.get_glyph_extents(glyph.codepoint)
        if ink is not None:
            highest = max(highest, place.y_offset + ink.y_bearing)
    return float(highest / font.face.upem)


@cache
def _nastaliq() -> uharfbuzz.Font:
    with font_files() as found:
        return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(found[URDU, ""])))
