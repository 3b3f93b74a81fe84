"""Pictures of printed codes: drawn, and read off photographs and PDF pages (ISO/IEC 18004, level M).

Pictures come from strangers, so their size is looked at before anything is decoded, and whatever they are, the answer
is the texts in them or one of two errors. Nothing that is found is ever opened as an address. Reading and drawing need
the extra `scan` (zxing-cpp, Pillow, pypdfium2).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sanad_verifier.base45 import ALPHABET
from sanad_verifier.errors import EnvironmentFault, InputError
from sanad_verifier.qr import LONGEST_TEXT, PREFIX

if TYPE_CHECKING:
    from PIL.Image import Image

BYTES_AT_MOST = 32 << 20
PIXELS_AT_MOST = 25_000_000
PAGES_AT_MOST = 4
QUIET = 4
"""Modules of white around a code."""
_MARKS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-")
_FORMATS = ("PNG", "JPEG", "WEBP")
_DOTS_PER_INCH, _POINTS_PER_INCH = 200, 72
_SMALL = 4_000_000
"""Pixels below which a picture is looked at once more, twice as large."""


class ScannerMissing(EnvironmentFault):
    """What reads and draws codes is not installed."""

    code = "SCANNER_MISSING"


class ImageInvalid(InputError):
    """Bytes that are no picture or PDF, or one that is too large."""

    code = "IMAGE_INVALID"


class NoCode(InputError):
    """There is no certificate's code in the picture."""

    code = "QR_NOT_FOUND"


class TextUndrawable(InputError):
    """A text that no code of a certificate has."""

    code = "QR_TEXT_INVALID"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR code: true is a dark module; without the white around it."""

    rows: tuple[tuple[bool, ...], ...]

    @property
    def version(self) -> int:
        """1 … 40: how large the code is."""
        return (len(self.rows) - 17) // 4


def symbol(text: str) -> Symbol:
    """The smallest code of level M that holds a text of the 45 alphanumeric characters; `TextUndrawable` if there is
    none.
    """
    if not text or len(text) > LONGEST_TEXT or not set(text) <= set(ALPHABET):
        raise TextUndrawable("a code holds up to 4296 of the 45 alphanumeric characters", field="qr")
    zxingcpp = _part("zxingcpp")
    try:
        drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(scale=1)
    except (RuntimeError, ValueError) as error:
        raise TextUndrawable("the text is too long for a code of level M", field="qr") from error
    side, pixels = drawn.shape[0], bytes(memoryview(drawn))
    rows = [pixels[at : at + side] for at in range(0, side * side, side)]
    dark = tuple(tuple(pixel == 0 for pixel in row[QUIET:-QUIET]) for row in rows[QUIET:-QUIET])
    return Symbol(dark)


def svg(text: str) -> str:
    """The code as a drawing: one unit a module, with the white around it."""
    drawn = symbol(text)
    side = len(drawn.rows) + 2 * QUIET
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in runs(drawn))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" '
        f'shape-rendering="crispEdges"><title>SND1</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path d="{path}"/></svg>\n'
    )


def runs(drawn: Symbol) -> Iterator[tuple[int, int, int]]:
    """Each stretch of dark modules in a row: column, row and length, counted with the white around the code."""
    for y, row in enumerate(drawn.rows, start=QUIET):
        x = QUIET
        for dark, stretch in groupby(row):
            width = len(list(stretch))
            if dark:
                yield x, y, width
            x += width


def is_image(data: bytes) -> bool:
    """Whether some bytes begin as a PNG, JPEG, WebP or PDF file does."""
    return data.startswith(_MARKS) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP")


def read_image(data: bytes) -> tuple[str, ...]:
    """The texts of all certificates' codes in a picture, or on the first four pages of a PDF; each once.

    Raises `ImageInvalid` for what is neither or too large, `NoCode` if there is none in it.
    """
    if not is_image(data) or len(data) > BYTES_AT_MOST:
        raise ImageInvalid("the file is no PNG, JPEG, WebP or PDF of up to 32 MiB", field="image")
    found: dict[str, None] = {}
    for picture in _pages(data) if data.startswith(b"%PDF-") else [_opened(data)]:
        found |= dict.fromkeys(_codes(picture))
    if not found:
        raise NoCode("there is no certificate's code in the picture, or it cannot be read", field="image")
    return tuple(found)


def _opened(data: bytes) -> "Image":
    image = _part("PIL.Image")
    try:
        picture: Image = image.open(BytesIO(data), formats=_FORMATS)
        if picture.width * picture.height > PIXELS_AT_MOST:
            raise ImageInvalid("the picture has more than 25 megapixels", field="image")
        picture.draft(
            "L", picture.size
        )  # a JPEG is then decoded without its colours, in a third of the memory
        return picture.convert("L")
    except ImageInvalid:
        raise
    except Exception as error:  # whatever a decoder makes of a stranger's bytes
        raise ImageInvalid("the picture cannot be read", field="image") from error


def _pages(data: bytes) -> Iterator["Image"]:
    pypdfium2 = _part("pypdfium2")
    try:
        document = pypdfium2.PdfDocument(data)
        try:
            for page in [document[number] for number in range(min(len(document), PAGES_AT_MOST))]:
                scale = _DOTS_PER_INCH / _POINTS_PER_INCH
                width, height = page.get_size()
                if not 0 < width * height * scale * scale <= PIXELS_AT_MOST:
                    raise ImageInvalid("a page is too large", field="image")
                yield page.render(scale=scale, grayscale=True).to_pil().convert("L")
        finally:
            document.close()
    except ImageInvalid:
        raise
    except (pypdfium2.PdfiumError, ValueError, OSError, MemoryError) as error:
        raise ImageInvalid("the PDF cannot be read", field="image") from error


def _codes(picture: "Image") -> list[str]:
    """The codes in a picture: as it is; where there are none, larger; blurred a little; with more contrast."""
    filters, operations = _part("PIL.ImageFilter"), _part("PIL.ImageOps")
    attempts: list[Callable[[], Image]] = [
        lambda: picture,
        lambda: picture.filter(filters.GaussianBlur(0.8)),
        lambda: operations.autocontrast(picture, cutoff=2),
    ]
    if picture.width * picture.height <= _SMALL:
        attempts.insert(1, lambda: picture.resize((2 * picture.width, 2 * picture.height)))
    for attempt in attempts:
        found = _read(attempt())
        if found:
            return found
    return []


def _read(picture: "Image") -> list[str]:
    zxingcpp = _part("zxingcpp")
    read = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return [one.text for one in read if one.text.startswith(PREFIX) and len(one.text) <= LONGEST_TEXT]


def _part(name: str) -> Any:
    """A module of the extra, imported when it is needed: most commands of the verifier never do."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ScannerMissing("reading and drawing codes needs an extra: install sanad[scan]") from error
