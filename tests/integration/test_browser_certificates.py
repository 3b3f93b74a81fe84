"""A certificate before a real browser: as a photograph, as a PDF, and before the camera. The code is read in the
browser, and nothing but its text goes to the server.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL.Image import Image, Resampling
from playwright.sync_api import Browser, Page, expect

from sanad_api.callers import Role
from sanad_node.demo.photographs import photograph_of_page
from sanad_testkit.browser import Language, Visitor, Width, chromium, visiting
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.service import Prepared, Running, prepared, shared_service

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
CHASSIS, ANOTHER = "NZE141-0000001", "NZE141-0000002"
SIZES: list[tuple[Language, Width]] = [("en", "phone"), ("ur", "phone"), ("en", "desktop"), ("ur", "desktop")]


@pytest.fixture(scope="module")
def paper(shared_service: Running, prepared: Prepared) -> bytes:
    """The certificate of K-1."""
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        return client.get("/v1/documents/K-1/certificate.pdf").content


def page_of(paper: bytes, scale: float = 150 / 72) -> Image:
    drawn: Image = pypdfium2.PdfDocument(paper)[0].render(scale=scale).to_pil()
    return drawn


@pytest.fixture(scope="module")
def seen(paper: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees: the code of the certificate, for ever."""
    page = page_of(paper).convert("L").crop((60, 150, 700, 630)).resize((1280, 960), Resampling.BICUBIC)
    path = tmp_path_factory.mktemp("camera") / "paper.y4m"
    grey = bytes([128]) * (640 * 480 * 2)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W1280 H960 F10:1 Ip A1:1 C420jpeg\n")
        for _ in range(5):
            file.write(b"FRAME\n" + page.tobytes() + grey)
    return path


@pytest.fixture(scope="module")
def browser(seen: Path) -> Iterator[Browser]:
    """One Chromium for the module, with a camera before which the paper is held."""
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={seen}")
    with chromium(*flags) as running:
        yield running


@pytest.fixture
def photo(paper: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photograph_of_page(page_of(paper), 5))
    return path


def verify_page(visitor: Visitor) -> Page:
    page = visitor.page()
    page.goto(f"{visitor.base}/verify")
    return page


def asked(visitor: Visitor) -> list[Any]:
    return [one.post_data_json for one in visitor.sent("POST", "/v1/verify")]


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_photograph_is_read_in_the_browser_and_only_its_code_is_sent(
    language: Language, width: Width, browser: Browser, shared_service: Running, photo: Path
) -> None:
    with visiting(browser, shared_service.url, language, width) as visitor:
        page = verify_page(visitor)
        page.locator("#f-subject").fill(CHASSIS)
        page.locator("input[name=file]").set_input_files(photo)
        expect(page.locator("#outcome .verdict")).to_have_class("verdict tone-good")
        (told,) = asked(visitor)
        assert set(told) == {"code", "subject"}
        expect(page.locator("[data-slot=paper]")).to_contain_text(CHASSIS)
        expect(page.locator("[data-slot=paper]")).to_contain_text("K-1")
        must_be_fit(visitor, page)
        must_be_reachable(page)


def test_the_same_paper_is_refused_for_another_car(
    browser: Browser, shared_service: Running, photo: Path
) -> None:
    with visiting(browser, shared_service.url, "en", "phone") as visitor:
        page = verify_page(visitor)
        page.locator("#f-subject").fill(ANOTHER)
        page.locator("input[name=file]").set_input_files(photo)
        expect(page.locator("#outcome [data-slot=line]")).to_have_text(
            "Genuine paper, but about another thing."
        )


def scanned(paper: bytes) -> bytes:
    """The certificate as an office's scanner makes a PDF of it: a photograph on a page."""
    out = io.BytesIO()
    page_of(paper, 200 / 72).convert("L").rotate(2, fillcolor=255).save(out, "PDF", resolution=200)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["printed", "scanned"])
def test_a_pdf_is_read_in_the_browser_and_only_its_code_is_sent(
    kind: str, browser: Browser, shared_service: Running, paper: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper if kind == "printed" else scanned(paper))
    with visiting(browser, shared_service.url, "en", "phone") as visitor:
        page = verify_page(visitor)
        page.locator("#f-subject").fill(CHASSIS)
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        (told,) = asked(visitor)
        assert set(told) == {"code", "subject"}


def test_a_pdf_is_read_without_a_network_too(
    browser: Browser, shared_service: Running, paper: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper)
    with visiting(browser, shared_service.url) as visitor:
        page = verify_page(visitor)
        expect(page.locator("#kept")).to_be_visible()
        visitor.expect("ERR_INTERNET_DISCONNECTED")
        visitor.context.set_offline(True)
        page.reload()
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\n", bytes(4096)]
)
def test_what_only_says_that_it_is_a_pdf_is_a_file_like_any_other(
    content: bytes, browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    with visiting(browser, shared_service.url) as visitor:
        page = verify_page(visitor)
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Not on the ledger")
        assert [set(one) for one in asked(visitor)] == [{"digest"}]


def test_a_pdf_is_read_by_the_server_when_its_owner_sends_it(
    browser: Browser, shared_service: Running, paper: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper)
    with visiting(browser, shared_service.url, "en", "phone") as visitor:
        visitor.expect("ERR_FAILED|pdf-")
        visitor.context.route("**/pdf-*.js", lambda route: route.abort())  # this browser cannot read PDFs
        page = verify_page(visitor)
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#file-said")).to_contain_text("picture or PDF of a certificate")
        must_be_fit(visitor, page)
        page.locator("#send-file").click()
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        expect(page.locator("[data-slot=paper]")).to_contain_text(CHASSIS)


def test_a_picture_without_a_code_is_said_to_be_unknown_and_may_be_sent(
    browser: Browser, shared_service: Running, paper: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "car.png"
    page_of(paper).crop((0, 700, 900, 1100)).save(path)
    with visiting(browser, shared_service.url, "ur", "phone") as visitor:
        page = verify_page(visitor)
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#outcome .verdict")).to_be_visible()
        expect(page.locator("#send-file")).to_be_visible()
        must_be_fit(visitor, page)


def test_without_scripts_the_photograph_is_read_by_the_server(
    browser: Browser, shared_service: Running, photo: Path
) -> None:
    with visiting(browser, shared_service.url, "en", "phone", scripts=False) as visitor:
        page = verify_page(visitor)
        page.locator("input[name=file]").set_input_files(photo)
        page.locator("#check-file").click()
        page.wait_for_load_state()
        expect(page.locator("#outcome")).to_contain_text("Authentic")
        expect(page.locator("#outcome")).to_contain_text("What the paper must say")


def test_the_text_and_the_short_code_are_taken_where_numbers_are(
    browser: Browser, shared_service: Running, paper: bytes
) -> None:
    lines = pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_bounded().splitlines()
    code = lines[0].split()[0]
    with visiting(browser, shared_service.url, "en", "phone") as visitor:
        page = verify_page(visitor)
        page.locator("input[name=identifier]").fill(code)
        page.locator("form", has=page.locator("input[name=identifier]")).locator("button").click()
        expect(page.locator("#outcome")).to_contain_text("Cannot tell")
        must_be_fit(visitor, page)


# -- without a network ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "width"), SIZES[:2])
def test_once_loaded_the_page_verifies_a_photograph_without_a_network(
    language: Language, width: Width, browser: Browser, shared_service: Running, photo: Path
) -> None:
    with visiting(browser, shared_service.url, language, width) as visitor:
        page = verify_page(visitor)
        expect(page.locator("#kept")).to_be_visible()
        must_be_fit(visitor, page)
        visitor.expect("ERR_INTERNET_DISCONNECTED")
        visitor.context.set_offline(True)
        page.locator("#f-subject").fill(CHASSIS)
        page.locator("input[name=file]").set_input_files(photo)
        expect(page.locator("#outcome .verdict")).to_have_class("verdict tone-good")
        expect(page.locator("#file-said .tone-old")).to_be_visible()
        expect(page.locator("[data-slot=paper]")).to_contain_text(CHASSIS)
        must_be_fit(visitor, page)
        page.locator("#f-subject").fill(ANOTHER)
        page.locator("#check-file").click()
        expect(page.locator("#outcome .verdict")).to_have_class("verdict tone-bad")
        page.locator("#f-subject").fill("-")
        page.locator("#check-file").click()
        expect(page.locator("#file-said .tone-bad")).to_be_visible()
        assert page.locator("#outcome article").count() == 0


def test_without_a_network_a_file_is_neither_genuine_nor_false(
    browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    path = tmp_path / "paper.txt"
    path.write_bytes(b"a file of PORT")
    with visiting(browser, shared_service.url, "en", "phone") as visitor:
        page = verify_page(visitor)
        expect(page.locator("#kept")).to_be_visible()
        visitor.expect("ERR_INTERNET_DISCONNECTED|Failed to fetch|worker")
        visitor.context.set_offline(True)
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#file-said")).to_contain_text("Nothing was decided")
        assert page.locator("#outcome article").count() == 0


# -- the camera -----------------------------------------------------------------------------------------------------


def test_a_paper_before_the_camera_is_verified(browser: Browser, shared_service: Running) -> None:
    with visiting(browser, shared_service.url, "en", "phone") as visitor:
        visitor.context.grant_permissions(["camera"])
        page = verify_page(visitor)
        page.locator("#f-subject").fill(CHASSIS)
        page.locator("#scan").click()
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        expect(page.locator("#viewfinder")).to_be_hidden()
        assert page.evaluate("document.querySelector('video').srcObject") is None
        assert [set(one) for one in asked(visitor)] == [{"code", "subject"}]
        must_be_fit(visitor, page)


def test_a_camera_that_is_not_allowed_is_said_and_nothing_is_decided(
    browser: Browser, shared_service: Running
) -> None:
    with visiting(browser, shared_service.url, "en", "phone") as visitor:
        page = verify_page(visitor)
        page.locator("#scan").click()
        expect(page.locator("#file-said")).to_contain_text("There is no camera to be had")
        expect(page.locator("#scan")).to_be_visible()
        assert page.locator("#outcome article").count() == 0


def test_the_camera_is_let_go_when_it_is_stopped(browser: Browser, shared_service: Running) -> None:
    with visiting(browser, shared_service.url, "ur", "phone") as visitor:
        visitor.context.grant_permissions(["camera"])
        page = visitor.page()
        page.route("**/zxing-reader.wasm", lambda route: route.abort())  # so that no code is ever found
        page.goto(f"{visitor.base}/verify")  # which fetches it ahead of any use
        visitor.expect("zxing-reader|wasm|Aborted|ERR_FAILED|falling back")
        page.locator("#scan").click()
        expect(page.locator("#file-said .notice")).to_be_visible()
        expect(page.locator("#viewfinder")).to_be_hidden()
        assert page.evaluate("document.querySelector('video').srcObject") is None
