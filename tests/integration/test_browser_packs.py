"""A squad takes a pack along in a real browser, and goes on verifying where there is no signal."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sanad_api.callers import Role
from sanad_testkit.browser import Language, Visitor, Width, browser, visiting
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.service import Prepared, Running, prepared, shared_service

__all__ = ["browser", "prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
CHASSIS, ANOTHER = "NZE141-0000001", "NZE141-0000002"
WITHOUT = "ERR_INTERNET_DISCONNECTED|Failed to fetch|worker"


@pytest.fixture(scope="module")
def receipt(shared_service: Running, prepared: Prepared) -> bytes:
    """The receipt K-1 as it was issued."""
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        return client.get("/v1/documents/K-1/content").content


@pytest.fixture(scope="module")
def pack(shared_service: Running, prepared: Prepared) -> bytes:
    with shared_service.asks(prepared.client(Role.SQUAD)) as client:
        return client.post("/v1/packs", json={"types": ["AUCTION_RECEIPT", "FILE"]}).content


@pytest.fixture
def file(receipt: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_bytes(receipt)
    return path


def squad(visitor: Visitor, prepared: Prepared) -> Page:
    page = visitor.page()
    person = prepared.person(Role.SQUAD)
    visitor.sign_in(page, person.name, person.password)
    page.goto(f"{visitor.base}/verify")
    return page


def word(page: Page) -> str:
    return page.locator("#outcome [data-slot=word]").first.inner_text()


def verdict(page: Page, tone: str) -> None:
    expect(page.locator("#outcome .verdict").first).to_have_class(f"verdict tone-{tone}")


@pytest.mark.parametrize(("language", "width"), [("en", "phone"), ("ur", "desktop")])
def test_a_squad_takes_a_pack_and_checks_files_numbers_and_cars_without_a_network(
    language: Language,
    width: Width,
    browser: Browser,
    shared_service: Running,
    prepared: Prepared,
    file: Path,
) -> None:
    with visiting(browser, shared_service.url, language, width) as visitor:
        page = squad(visitor, prepared)
        expect(page.locator("#pack")).to_be_visible()
        must_be_fit(visitor, page)
        page.locator("#take-pack").click()
        expect(page.locator("#put-pack-away")).to_be_visible()
        must_be_fit(visitor, page)
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page.locator("#f-subject").fill(CHASSIS)
        page.locator("input[name=file]").set_input_files(file)
        verdict(page, "good")
        expect(page.locator("#file-said .tone-old")).to_be_visible()
        must_be_fit(visitor, page)
        page.locator("#f-subject").fill(ANOTHER)
        page.locator("#check-file").click()
        verdict(page, "bad")
        page.locator("#f-identifier").fill("K-1")
        page.locator("#number-form button[type=submit]").click()
        verdict(page, "open")
        expect(page.locator("#outcome")).to_contain_text(re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"))
        page.locator("#f-identifier").fill("nze141 0000001")
        page.locator("#number-form button[type=submit]").click()
        expect(page.locator("#outcome")).to_contain_text(re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"))
        page.locator("#f-identifier").fill("K-99999")
        page.locator("#number-form button[type=submit]").click()
        expect(page.locator("#outcome [data-slot=answers]")).to_be_visible()
        must_be_fit(visitor, page)
        must_be_reachable(page)


def test_a_forged_file_is_not_in_the_pack(
    browser: Browser, shared_service: Running, prepared: Prepared, receipt: bytes, tmp_path: Path
) -> None:
    told = json.loads(receipt)
    told["vehicle"]["chassisNumber"] = ANOTHER
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(told))
    with visiting(browser, shared_service.url) as visitor:
        page = squad(visitor, prepared)
        page.locator("#take-pack").click()
        expect(page.locator("#put-pack-away")).to_be_visible()
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Not on the ledger")
        expect(page.locator("#outcome")).to_contain_text("The pack lists no such document.")


def test_a_pack_that_came_as_a_file_is_kept_until_it_is_put_away(
    browser: Browser, shared_service: Running, pack: bytes, file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shift.pack"
    path.write_bytes(pack)
    with visiting(browser, shared_service.url) as visitor:
        page = visitor.page()
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("#kept")).to_be_visible()
        expect(page.locator("#pack")).to_be_hidden()
        page.locator("input[name=file]").set_input_files(path)
        expect(page.locator("#file-said .tone-good")).to_contain_text("The pack was checked")
        page.reload()
        expect(page.locator("#pack-state")).to_contain_text("On this device: a pack of")
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page.locator("input[name=file]").set_input_files(file)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        page.locator("#put-pack-away").click()
        expect(page.locator("#pack")).to_be_hidden()
        page.locator("#check-file").click()
        expect(page.locator("#file-said")).to_contain_text("Nothing was decided")
        visitor.context.set_offline(False)
        page.reload()
        expect(page.locator("#kept")).to_be_visible()
        expect(page.locator("#pack")).to_be_hidden()


def test_a_pack_with_a_changed_byte_is_refused_and_the_one_at_hand_stays(
    browser: Browser, shared_service: Running, pack: bytes, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.pack", tmp_path / "bad.pack"
    good.write_bytes(pack)
    bad.write_bytes(pack[:-200] + bytes([pack[-200] ^ 1]) + pack[-199:])
    with visiting(browser, shared_service.url) as visitor:
        page = visitor.page()
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("#kept")).to_be_visible()
        page.locator("input[name=file]").set_input_files(good)
        expect(page.locator("#pack-state")).to_contain_text("On this device")
        page.locator("input[name=file]").set_input_files(bad)
        expect(page.locator("#file-said .tone-bad")).to_be_visible()
        expect(page.locator("#pack-state")).to_contain_text("On this device")


def test_while_there_is_a_network_the_server_s_word_is_taken(
    browser: Browser, shared_service: Running, prepared: Prepared, file: Path
) -> None:
    with visiting(browser, shared_service.url) as visitor:
        page = squad(visitor, prepared)
        page.locator("#take-pack").click()
        expect(page.locator("#put-pack-away")).to_be_visible()
        page.locator("input[name=file]").set_input_files(file)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        expect(page.locator("#outcome")).to_contain_text("had the power to issue it")
        page.locator("#f-identifier").fill("K-1")
        page.locator("#number-form button[type=submit]").click()
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Cannot tell")
        assert [one.post_data_json for one in visitor.sent("POST", "/v1/verify")][-1] == {"identifier": "K-1"}


def test_whoever_may_not_fetch_a_pack_is_offered_none(
    browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    with visiting(browser, shared_service.url) as visitor:
        page = visitor.page()
        person = prepared.person(Role.PARTNER)
        visitor.sign_in(page, person.name, person.password)
        page.goto(f"{visitor.base}/verify")
        expect(page.locator("#kept")).to_be_visible()
        assert page.locator("#take-pack").count() == 0
