"""Verifying in a real browser: a file's digests are computed there and the file stays there; every verdict is what the
paper deserves; what could not be checked is called neither genuine nor false; and without scripts it works too.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from sanad_api.callers import Role
from sanad_testkit.browser import Language, Visitor, Width, browser, visiting
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.service import Prepared, Running, prepared, shared_service

__all__ = ["browser", "prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
CONTENT = b"a file of PORT"
"""File P-1 of the prepared directory."""
WORDS = {
    "en": {"authentic": "Authentic", "unknown": "Not on the ledger"},
    "ur": {"authentic": "اصل", "unknown": "لیجر پر موجود نہیں", "cannot-tell": "کچھ نہیں کہا جا سکتا"},
}
MAIN: list[tuple[Language, Width]] = [("en", "desktop"), ("ur", "phone")]
OTHERS: list[tuple[Language, Width]] = [("en", "phone"), ("ur", "desktop")]
BIG = 20 << 20
WITHOUT = "ERR_INTERNET_DISCONNECTED|Failed to fetch|error occurred when fetching the script"
"""What a browser says that asks for something without a network, its worker's script included."""


@pytest.fixture
def visitor(browser: Browser, shared_service: Running) -> Iterator[Visitor]:
    with visiting(browser, shared_service.url) as one:
        yield one


def verify_page(visitor: Visitor) -> Page:
    page = visitor.page()
    page.goto(f"{visitor.base}/verify")
    return page


def bring(page: Page, path: Path) -> None:
    page.locator("input[name=file]").set_input_files(path)


def verdict(page: Page) -> str:
    """The verdict's word, as soon as there is one."""
    return page.locator("#outcome [data-slot=word]").first.inner_text()


def look_for(page: Page, identifier: str) -> None:
    page.locator("input[name=identifier]").fill(identifier)
    page.locator("form", has=page.locator("input[name=identifier]")).locator("button").click()
    page.wait_for_load_state()


def carried(visitor: Visitor, content: bytes) -> list[str]:
    """Requests whose body has the content in it; and those that may: of files in a body the browser tells nothing."""
    asked = [one for one in visitor.requests if one.method != "GET"]
    return [
        urlsplit(one.url).path
        for one in asked
        if one.post_data_buffer is None
        or content in one.post_data_buffer
        or "multipart" in one.headers.get("content-type", "")
    ]


def file_of(folder: Path, content: bytes, name: str = "paper.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("language", "width"), MAIN)
def test_a_file_is_checked_by_its_digest_and_never_leaves_the_browser(
    language: Language, width: Width, browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    with visiting(browser, shared_service.url, language, width) as visitor:
        page = verify_page(visitor)
        must_be_fit(visitor, page)
        must_be_reachable(page)

        bring(page, file_of(tmp_path, CONTENT))
        assert verdict(page) == WORDS[language]["authentic"]
        expect(page.locator("#outcome")).to_contain_text("PORT")
        expect(page.locator("#outcome")).to_contain_text(hashlib.sha256(CONTENT).hexdigest())
        must_be_fit(visitor, page)

        changed = CONTENT + b" "
        bring(page, file_of(tmp_path, changed, "changed.txt"))
        expect(page.locator("#outcome [data-slot=word]")).to_have_text(WORDS[language]["unknown"])
        expect(page.locator("#outcome")).to_contain_text(hashlib.sha256(changed).hexdigest())
        expect(page.locator("#outcome")).not_to_contain_text("PORT")
        must_be_fit(visitor, page)

        assert len(visitor.sent("POST", "/v1/verify")) == 2
        assert carried(visitor, CONTENT) == []


@pytest.mark.parametrize(("language", "width"), OTHERS)
def test_the_page_is_fit_in_both_languages_at_both_widths(
    language: Language, width: Width, browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    with visiting(browser, shared_service.url, language, width) as visitor:
        page = verify_page(visitor)
        must_be_fit(visitor, page)
        bring(page, file_of(tmp_path, CONTENT))
        assert verdict(page) == WORDS[language]["authentic"]
        must_be_fit(visitor, page)


def test_a_file_that_is_dropped_is_checked(visitor: Visitor) -> None:
    page = verify_page(visitor)
    data = page.evaluate_handle(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "paper.txt"));
          return data;
        }""",
        CONTENT.decode(),
    )
    page.locator("[data-drop]").dispatch_event("drop", {"dataTransfer": data})
    assert verdict(page) == "Authentic"
    assert carried(visitor, CONTENT) == []


@pytest.mark.parametrize(
    ("number", "headline"),
    [
        ("NZE141-0000001", "Genuine paper, in force, and about this thing."),
        ("NZE141-9999999", "Genuine paper, but about another thing."),
    ],
)
def test_a_file_goes_to_the_server_only_when_its_owner_says_so(
    number: str, headline: str, visitor: Visitor, shared_service: Running, prepared: Prepared, tmp_path: Path
) -> None:
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        receipt = client.get("/v1/documents/K-1/content").content
    page = verify_page(visitor)
    page.locator("#f-subject").fill(number)
    bring(page, file_of(tmp_path, receipt, "receipt.json"))
    assert verdict(page) == "Authentic"
    send = page.locator("#send-file")
    expect(send).to_be_visible()  # the number on the thing can only be compared with the file
    assert carried(visitor, receipt) == []

    send.click()
    expect(page.locator("#outcome [data-slot=line]")).to_have_text(headline)
    assert carried(visitor, receipt) == ["/v1/verify"]
    must_be_fit(visitor, page)


def test_a_bundle_is_examined_here_and_stays_here(
    visitor: Visitor, shared_service: Running, prepared: Prepared, tmp_path: Path
) -> None:
    with shared_service.asks(prepared.client(Role.ISSUER, "PORT")) as client:
        bundle = client.get("/v1/documents/P-1/bundle").content
    page = verify_page(visitor)
    bring(page, file_of(tmp_path, bundle, "paper.sanad"))
    expect(page.locator("#file-said")).to_contain_text("examined on this device")
    assert verdict(page) == "Authentic"
    must_be_fit(visitor, page)
    bring(page, file_of(tmp_path, bundle[:-1], "cut.sanad"))
    assert verdict(page) == "Refused"
    assert visitor.sent("POST", "/v1/verify") == []


def test_a_bundle_is_sent_where_this_browser_cannot_examine_it(
    visitor: Visitor, shared_service: Running, prepared: Prepared, tmp_path: Path
) -> None:
    with shared_service.asks(prepared.client(Role.ISSUER, "PORT")) as client:
        bundle = client.get("/v1/documents/P-1/bundle").content
    page = visitor.page()
    page.route("**/v1/trust", lambda route: route.abort())
    visitor.expect("ERR_FAILED|Failed to fetch")
    page.goto(f"{visitor.base}/verify")
    bring(page, file_of(tmp_path, bundle, "paper.sanad"))
    expect(page.locator("#file-said")).to_contain_text("This is a bundle")
    assert carried(visitor, bundle) == []
    assert page.locator("#outcome article").count() == 0

    page.locator("#send-file").click()
    assert verdict(page) == "Authentic"
    must_be_fit(visitor, page)
    assert carried(visitor, bundle) == ["/v1/verify"]


def test_a_digest_is_looked_up_by_anybody(visitor: Visitor) -> None:
    page = verify_page(visitor)
    digest = hashlib.sha256(CONTENT).hexdigest()
    for told in (digest, digest.upper(), f"sha256:{digest}"):
        look_for(page, told)
        assert verdict(page) == "Authentic"
    must_be_fit(visitor, page)

    unknown = "ab" * 32
    look_for(page, unknown)
    assert verdict(page) == "Not on the ledger"
    expect(page.locator("#outcome .facts")).to_contain_text(unknown)  # which one was asked for
    expect(page.locator("#outcome .answers")).to_contain_text("No office has issued it on this ledger.")
    must_be_fit(visitor, page)


@pytest.mark.parametrize(
    "given", ["P-1", "ab" * 31, "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202egnp"]
)
def test_what_is_no_digest_is_refused_with_its_reason_and_kept_in_its_field(
    given: str, visitor: Visitor
) -> None:
    visitor.expect(r"status of 40[01]")
    page = verify_page(visitor)
    look_for(page, given)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator("input[name=identifier]").input_value() == given
    assert page.locator("#outcome article").count() == 0
    assert page.locator("main img").count() == 0
    must_be_fit(visitor, page)


def test_a_squad_looks_a_paper_up_by_its_number(
    browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    with visiting(browser, shared_service.url, "ur", "phone") as visitor:
        squad = prepared.person(Role.SQUAD)
        page = visitor.page()
        visitor.sign_in(page, squad.name, squad.password)
        page.goto(f"{visitor.base}/verify")
        look_for(page, "P-1")
        assert verdict(page) == WORDS["ur"]["cannot-tell"]  # a number is not the paper
        must_be_fit(visitor, page)
        look_for(page, "P-999")
        assert verdict(page) == WORDS["ur"]["unknown"]
        must_be_fit(visitor, page)

        look_for(page, hashlib.sha256(CONTENT).hexdigest())
        page.locator("#outcome a.button").click()
        page.wait_for_url(re.compile(r"/documents/[0-9a-f]{64}\?"))
        must_be_fit(visitor, page)


def test_what_could_not_be_asked_is_neither_genuine_nor_false(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect(WITHOUT)
    page = verify_page(visitor)
    bring(page, file_of(tmp_path, CONTENT))
    assert verdict(page) == "Authentic"

    visitor.context.set_offline(True)
    bring(page, file_of(tmp_path, b"another file", "another.txt"))
    said = page.locator("#file-said .notice")
    expect(said).to_contain_text("Nothing was decided about the paper.")
    expect(said).to_have_class(re.compile(r"\btone-old\b"))
    assert page.locator("#outcome article").count() == 0  # the last paper's verdict does not stay beside it
    must_be_fit(visitor, page)

    visitor.context.set_offline(False)
    page.locator("#check-file").click()
    assert verdict(page) == "Not on the ledger"


def test_without_a_network_from_the_start_a_file_is_not_blamed(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect(WITHOUT)
    page = verify_page(visitor)
    visitor.context.set_offline(True)
    bring(page, file_of(tmp_path, CONTENT))
    expect(page.locator("#file-said .notice")).to_contain_text("Nothing was decided about the paper.")


def test_a_large_file_is_digested_beside_the_page_which_stays_alive(visitor: Visitor, tmp_path: Path) -> None:
    content = bytes(range(256)) * (BIG // 256)
    page = verify_page(visitor)
    page.evaluate(
        """() => {
          window.longest = 0;
          let last = performance.now();
          window.beats = 0;
          setInterval(() => {
            const now = performance.now();
            window.longest = Math.max(window.longest, now - last);
            window.beats += 1;
            last = now;
          }, 10);
        }"""
    )
    bring(page, file_of(tmp_path, content, "large.bin"))
    assert verdict(page) == "Not on the ledger"
    expect(page.locator("#outcome .facts")).to_contain_text(hashlib.sha256(content).hexdigest())
    assert page.evaluate("window.beats") > 5
    assert page.evaluate("window.longest") < 500  # milliseconds without an answer to a finger
    assert sum(len(one.post_data_buffer or b"") for one in visitor.requests) < 4096


def test_several_files_at_once_are_refused(visitor: Visitor) -> None:
    page = verify_page(visitor)
    data = page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          for (const name of ["a", "b"]) data.items.add(new File([name], name));
          return data;
        }"""
    )
    page.locator("[data-drop]").dispatch_event("drop", {"dataTransfer": data})
    expect(page.locator("#file-said")).to_contain_text("one file at a time")
    assert visitor.sent("POST", "/v1/verify") == []


def test_without_scripts_a_paper_is_verified_by_its_digest_and_by_its_file(
    browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    with visiting(browser, shared_service.url, scripts=False) as visitor:
        page = verify_page(visitor)
        assert "Your browser runs no scripts" in page.content()
        look_for(page, hashlib.sha256(CONTENT).hexdigest())
        assert verdict(page) == "Authentic"
        bring(page, file_of(tmp_path, CONTENT))
        page.locator("#check-file").click()
        page.wait_for_load_state()
        assert verdict(page) == "Authentic"
        assert carried(visitor, CONTENT) == ["/verify"]
