"""Codes drawn and read back; whatever else a picture is, it is one of two errors."""

import re
import time
import zlib
from contextlib import suppress
from io import BytesIO
from random import Random

import pytest
import zxingcpp
from PIL import Image

from sanad_testkit.qr_cases import TEXT
from sanad_verifier import qr_image
from sanad_verifier.errors import SanadError
from sanad_verifier.qr_image import (
    QUIET,
    ImageInvalid,
    NoCode,
    ScannerMissing,
    TextUndrawable,
    is_image,
    read_image,
    runs,
    svg,
    symbol,
)

OTHER = "SND1:" + "0123456789" * 40
FORMATS = ["PNG", "JPEG", "WEBP", "PDF"]


def drawn(*texts: str, scale: int = 4) -> Image.Image:
    """A picture with these codes beside each other."""
    codes = []
    for text in texts:
        modules = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
            scale=scale
        )
        codes.append(Image.frombytes("L", modules.shape[::-1], bytes(memoryview(modules))))  # type: ignore[arg-type]
    page = Image.new(
        "L", (sum(code.width for code in codes) + 40, max(code.height for code in codes) + 40), 255
    )
    x = 20
    for code in codes:
        page.paste(code, (x, 20))
        x += code.width
    return page


def file(picture: Image.Image, form: str = "PNG") -> bytes:
    out = BytesIO()
    picture.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_a_code_is_read_off_a_picture_of_each_kind(form: str) -> None:
    data = file(drawn(TEXT), form)
    assert is_image(data)
    assert read_image(data) == (TEXT,)


def test_every_code_in_a_picture_is_read_once() -> None:
    assert set(read_image(file(drawn(TEXT, OTHER, TEXT)))) == {TEXT, OTHER}


def test_a_turned_coloured_or_transparent_picture_is_read() -> None:
    for picture in (
        drawn(TEXT).rotate(90, expand=True),
        drawn(TEXT).convert("RGB"),
        drawn(TEXT).convert("LA"),
    ):
        assert read_image(file(picture)) == (TEXT,)


@pytest.mark.parametrize("text", ["https://example.com/SND1", "snd1:abc", "WIFI:S:x;P:y;;"])
def test_a_code_that_is_no_certificate_s_is_not_told(text: str) -> None:
    with pytest.raises(NoCode):
        read_image(file(drawn(text)))
    assert read_image(file(drawn(text, TEXT))) == (TEXT,)


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_without_a_code_is_said_to_have_none(form: str) -> None:
    with pytest.raises(NoCode):
        read_image(file(Image.new("L", (300, 200), 200), form))


def png_header(width: int, height: int) -> bytes:
    head = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + head + zlib.crc32(head).to_bytes(4)


def test_a_picture_that_says_it_is_huge_is_refused_before_it_is_decoded() -> None:
    start = time.process_time()
    for width, height in ((60_000, 60_000), (25_000_001, 1), (2**31 - 1, 2**31 - 1)):
        with pytest.raises(ImageInvalid):
            read_image(png_header(width, height) + file(drawn(TEXT))[33:])
    assert time.process_time() - start < 1


def test_a_pdf_with_a_page_as_large_as_a_field_is_refused() -> None:
    data = file(drawn(TEXT), "PDF")
    box = re.search(rb"/MediaBox \[ 0 0 [0-9.]+ [0-9.]+ \]", data)
    assert box is not None
    wide = b"/MediaBox [ 0 0 14000 14000 ]".ljust(len(box[0]))
    with pytest.raises((ImageInvalid, NoCode)):
        read_image(data.replace(box[0], wide))


@pytest.mark.parametrize(
    "data", [b"", b"x", b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.7\n", b"RIFF\0\0\0\0WEBP", b"<svg/>"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ImageInvalid):
        read_image(data)


def test_more_than_32_mebibytes_are_refused_unread() -> None:
    with pytest.raises(ImageInvalid):
        read_image(file(drawn(TEXT)) + bytes(qr_image.BYTES_AT_MOST))


@pytest.mark.parametrize("form", FORMATS)
def test_mutants_of_a_picture_are_read_or_refused_in_words(form: str) -> None:
    random = Random(form)
    good = file(drawn(TEXT, scale=2), form)
    for _ in range(60):
        mutant = bytearray(good)
        for _ in range(random.randrange(1, 6)):
            mutant[random.randrange(8, len(mutant))] = random.randrange(256)
        cut = random.choice((len(mutant), random.randrange(9, len(mutant))))
        with suppress(ImageInvalid, NoCode):
            assert read_image(bytes(mutant[:cut])) == (TEXT,)


def test_the_drawing_has_the_modules_of_the_code_and_nothing_active() -> None:
    told = svg(TEXT)
    modules = symbol(TEXT).rows
    found = set()
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", told):
        assert width == back
        found |= {(int(y), int(x) + step) for step in range(int(width))}
    dark = {(y, x) for y, row in enumerate(modules, QUIET) for x, module in enumerate(row, QUIET) if module}
    assert found == dark
    assert f'viewBox="0 0 {len(modules) + 2 * QUIET} {len(modules) + 2 * QUIET}"' in told
    assert not re.search(r"script|href|on\w+=|style", told)
    assert svg(TEXT) == told


def test_a_symbol_is_the_code_that_zxing_reads() -> None:
    drawn_again = symbol(OTHER)
    side = len(drawn_again.rows) + 2 * QUIET
    picture = Image.new("L", (side, side), 255)
    for x, y, width in runs(drawn_again):
        for step in range(width):
            picture.putpixel((x + step, y), 0)
    assert read_image(file(picture.resize((side * 3, side * 3), Image.Resampling.NEAREST))) == (OTHER,)
    assert drawn_again.version == (side - 2 * QUIET - 17) // 4


@pytest.mark.parametrize("text", ["", "snd1:", "SND1:é", "SND1:" + "0" * 4300, "SND1:" + "A" * 3390])
def test_a_text_that_no_certificate_has_is_not_drawn(text: str) -> None:
    with pytest.raises(TextUndrawable):
        symbol(text)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(qr_image, "import_module", absent)
    for act in (lambda: read_image(file(drawn(TEXT))), lambda: read_image(b"%PDF-1.7"), lambda: symbol(TEXT)):
        with pytest.raises(ScannerMissing) as refused:
            act()
        assert "sanad[scan]" in refused.value.message
        assert isinstance(refused.value, SanadError)
