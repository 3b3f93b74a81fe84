"""The verify page on a phone that has no signal when it is opened."""

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from sanad_api.callers import Role
from sanad_node.demo.photographs import photograph_of_page
from sanad_testkit.browser import Language, Visitor, Width, browser, visiting
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.service import Prepared, Running, prepared, shared_service

__all__ = ["browser", "prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
CHASSIS, ANOTHER = "NZE141-0000001", "NZE141-0000002"
WITHOUT = "ERR_INTERNET_DISCONNECTED|Failed to fetch|worker"
STORED = """async () => {
  const told = [];
  for (const name of await caches.keys()) {
    const store = await caches.open(name);
    for (const one of await store.keys()) {
      told.push([name, new URL(one.url).pathname, await (await store.match(one)).text()]);
    }
  }
  return told;
}"""


@pytest.fixture
def photo(shared_service: Running, prepared: Prepared, tmp_path: Path) -> Path:
    """A photograph of the certificate of K-1."""
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        paper = client.get("/v1/documents/K-1/certificate.pdf").content
    path = tmp_path / "photo.jpg"
    path.write_bytes(photograph_of_page(pypdfium2.PdfDocument(paper)[0].render(scale=150 / 72).to_pil(), 5))
    return path


def kept(visitor: Visitor) -> Page:
    """A tab in which the page was opened with a network, and kept."""
    page = visitor.page()
    page.goto(f"{visitor.base}/verify")
    expect(page.locator("#kept")).to_be_visible()
    return page


@pytest.mark.parametrize(("language", "width"), [("en", "desktop"), ("ur", "phone")])
def test_the_page_opens_without_a_network_and_reads_and_checks_a_certificate(
    language: Language, width: Width, browser: Browser, shared_service: Running, photo: Path
) -> None:
    with visiting(browser, shared_service.url, language, width) as visitor:
        kept(visitor).close()
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page = visitor.page()
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("#file-said .tone-old")).to_be_visible()
        must_be_fit(visitor, page)
        must_be_reachable(page)
        page.locator("#f-subject").fill(CHASSIS)
        page.locator("input[name=file]").set_input_files(photo)
        expect(page.locator("#outcome .verdict").first).to_have_class("verdict tone-good")
        must_be_fit(visitor, page)
        page.locator("#f-subject").fill(ANOTHER)
        page.locator("#check-file").click()
        expect(page.locator("#outcome .verdict").first).to_have_class("verdict tone-bad")
        page.locator("#f-identifier").fill("K-1")
        page.locator("#number-form button[type=submit]").click()
        expect(
            page.locator("#file-said .tone-old")
        ).to_be_visible()  # the page stays, and says that it cannot ask


def test_a_pack_taken_along_answers_after_the_page_was_opened_without_a_network(
    browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    with visiting(browser, shared_service.url) as visitor:
        page, person = visitor.page(), prepared.person(Role.SQUAD)
        visitor.sign_in(page, person.name, person.password)
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("#kept")).to_be_visible()
        page.locator("#take-pack").click()
        expect(page.locator("#put-pack-away")).to_be_visible()
        page.close()
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page = visitor.page()
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("#pack-state")).to_contain_text("On this device: a pack of")
        page.locator("#f-identifier").fill("K-1")
        page.locator("#number-form button[type=submit]").click()
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Cannot tell")


def test_nothing_of_a_session_is_kept_and_no_other_page_is_answered_for(
    browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    with visiting(browser, shared_service.url) as visitor:
        page, person = visitor.page(), prepared.person(Role.SQUAD)
        visitor.sign_in(page, person.name, person.password)
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("#kept")).to_be_visible()
        token = page.locator("#file-form input[name=csrf]").input_value()
        stored = page.evaluate(STORED)
        paths = {path for _, path, _ in stored}
        assert {"/verify", "/v1/trust"} < paths
        assert all(path.startswith("/static/") for path in paths - {"/verify", "/v1/trust"})
        assert not any(person.name in text or token in text for _, _, text in stored)
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            page.goto(f"{visitor.base}/documents")


def test_the_worker_may_answer_for_the_verify_page_and_no_other_file_says_so(shared_service: Running) -> None:
    with shared_service.asks() as client:
        page = client.get("/verify").text
        version = page.split("/static/")[1].split("/")[0]
        told = {
            name: client.get(f"/static/{version}/{name}").headers.get("Service-Worker-Allowed")
            for name in ("verify-worker.js", "verify-page.js", "digest-worker.js")
        }
    assert told == {"verify-worker.js": "/verify", "verify-page.js": None, "digest-worker.js": None}


def test_a_newer_version_takes_the_place_of_the_one_that_was_kept(
    browser: Browser, shared_service: Running
) -> None:
    with visiting(browser, shared_service.url) as visitor:
        page = kept(visitor)
        page.evaluate(
            "async () => { await (await caches.open('sanad-verify-page:before')).put('/verify', new Response('old')); }"
        )
        page.reload()
        expect(page.locator("#kept")).to_be_visible()
        names = page.evaluate("() => caches.keys()")
        assert [name for name in names if name.startswith("sanad-verify-page:")] != []
        assert "sanad-verify-page:before" not in names


def test_with_a_network_the_page_is_the_server_s_and_a_kept_one_asks_as_a_stranger(
    browser: Browser, shared_service: Running, prepared: Prepared, photo: Path
) -> None:
    with visiting(browser, shared_service.url) as visitor:
        page, person = visitor.page(), prepared.person(Role.SQUAD)
        visitor.sign_in(page, person.name, person.password)
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("#kept")).to_be_visible()
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-kept", "yes")
        visitor.context.set_offline(False)
        page.locator("input[name=file]").set_input_files(photo)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        assert "cookie" not in {name.lower() for name in visitor.sent("POST", "/v1/verify")[-1].all_headers()}
        page.reload()
        expect(page.locator("html")).not_to_have_attribute("data-kept", "yes")
