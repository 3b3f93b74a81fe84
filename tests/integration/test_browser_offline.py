"""The verify page on a phone that has no signal when it is opened."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from sanad_api.callers import Role
from sanad_node.demo.photographs import photograph_of_page
from sanad_testkit.browser import Language, Visitor, Width, browser, visiting
from sanad_testkit.evidence import DAY, NOW, seed
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.root_cases import FIRST as FOREIGN
from sanad_testkit.service import Prepared, Running, prepared, shared_service
from sanad_verifier.cosignatures import Window
from sanad_verifier.digests import sha256
from sanad_verifier.notes import NoteSigner
from sanad_verifier.roots import Root, encode_root, holder_key_name, sign_root
from sanad_verifier.trust import parse_trust

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

MET = "async () => (await (await caches.open('sanad-clock')).match('/verify/kept.clock')).json()"
REMEMBER = "async (told) => (await caches.open('sanad-clock')).put('/verify/kept.clock', Response.json(told))"
PUT = "async (told) => { await (await caches.open('sanad-root')).put('/verify/kept.root', new Response(told)); }"


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


# -- whom to trust --------------------------------------------------------------------------------------------------


def trust_root(service: Running, folder: Path, version: int = 1, by: str = "ab", **changes: Any) -> Path:
    """A trust root of the service's network, of which two of the holders a, b and c have to sign."""
    with service.asks() as client:
        trust = parse_trust(client.get("/v1/trust").content)
    holders = {name: NoteSigner(holder_key_name(trust.origin, name), seed(f"root {name}")) for name in "abc"}
    windows = tuple(Window(key, 0, 0) for key in trust.cosigners)
    keys = tuple(one.key for one in holders.values())
    told = replace(Root(version, NOW, NOW + 900 * DAY, 2, keys, (), windows, trust), **changes)
    data = encode_root(told).encode()
    for name in by:
        data = sign_root(data, holders[name])
    path = folder / f"root-{version}-{by}"
    path.write_bytes(data)
    return path


def given(page: Page, path: Path) -> None:
    page.locator("input[name=file]").set_input_files(path)


@pytest.mark.parametrize(("language", "width"), [("en", "phone"), ("ur", "desktop")])
def test_a_trust_root_takes_the_server_s_place_until_it_is_put_away(
    language: Language, width: Width, browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    path = trust_root(shared_service, tmp_path)
    with visiting(browser, shared_service.url, language, width) as visitor:
        page = kept(visitor)
        expect(page.locator("#root")).to_be_hidden()
        given(page, path)
        expect(page.locator("#file-said .tone-good")).to_be_visible()
        expect(page.locator("#root-digest")).to_have_text(sha256(path.read_bytes()).hex())
        must_be_fit(visitor, page)
        must_be_reachable(page)
        page.reload()
        expect(page.locator("#root-digest")).to_have_text(sha256(path.read_bytes()).hex())
        page.locator("#put-root-away").click()
        expect(page.locator("#root")).to_be_hidden()
        page.reload()
        expect(page.locator("#kept")).to_be_visible()
        expect(page.locator("#root")).to_be_hidden()


def test_only_a_root_that_follows_takes_the_place_of_one(
    browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    first = trust_root(shared_service, tmp_path)
    wrong = [trust_root(shared_service, tmp_path, 1, "a"), trust_root(shared_service, tmp_path, 3)]
    second = trust_root(shared_service, tmp_path, 2, "bc")
    with visiting(browser, shared_service.url) as visitor:
        page = kept(visitor)
        given(page, first)
        expect(page.locator("#root-state")).to_contain_text("trust root 1")
        for path in (*wrong, first):
            given(page, path)
            expect(page.locator("#file-said .tone-bad")).to_be_visible()
            expect(page.locator("#root-state")).to_contain_text("trust root 1")
        given(page, second)
        expect(page.locator("#root-state")).to_contain_text("trust root 2")


def test_evidence_is_checked_by_the_root_and_not_by_the_server_s_word(
    browser: Browser, shared_service: Running, prepared: Prepared, photo: Path, tmp_path: Path
) -> None:
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        bundle = tmp_path / "K-1.sanad"
        bundle.write_bytes(client.get("/v1/documents/K-1/bundle").content)
    with shared_service.asks() as client:
        cosigners = parse_trust(client.get("/v1/trust").content).cosigners
    over = trust_root(shared_service, tmp_path, windows=tuple(Window(key, 1, 2) for key in cosigners))
    with visiting(browser, shared_service.url) as visitor:
        page = kept(visitor)
        given(page, bundle)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        given(page, over)
        expect(page.locator("#root")).to_be_visible()
        given(page, bundle)  # whose members no longer count
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Refused")
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page.reload()
        expect(page.locator("#root")).to_be_visible()
        given(page, photo)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Refused")


def test_by_a_root_whose_time_is_over_what_is_genuine_is_stale_until_the_next_one_comes(
    browser: Browser, shared_service: Running, prepared: Prepared, tmp_path: Path
) -> None:
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        bundle = tmp_path / "K-1.sanad"
        bundle.write_bytes(client.get("/v1/documents/K-1/bundle").content)
    over = trust_root(shared_service, tmp_path, issued=1, valid_until=NOW - 900 * DAY)
    following = trust_root(shared_service, tmp_path, 2)
    with visiting(browser, shared_service.url) as visitor:
        page = kept(visitor)
        given(page, over)
        expect(page.locator("#root-state")).to_contain_text("ran out")
        given(page, bundle)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Evidence too old")
        expect(page.locator("#outcome")).to_contain_text("The trust root on this device has run out")
        given(page, following)
        expect(page.locator("#root-state")).to_contain_text("valid until")
        given(page, bundle)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")


def test_a_device_remembers_the_newest_cosignature_it_met_and_believes_no_clock_before_it(
    browser: Browser, shared_service: Running, prepared: Prepared, tmp_path: Path
) -> None:
    with shared_service.asks(prepared.client(Role.ISSUER)) as client:
        bundle = tmp_path / "K-1.sanad"
        bundle.write_bytes(client.get("/v1/documents/K-1/bundle").content)
    with visiting(browser, shared_service.url) as visitor:
        page = kept(visitor)
        given(page, bundle)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Authentic")
        met = page.evaluate(MET)
        assert met["seen"] > NOW
        page.evaluate(
            REMEMBER, {**met, "seen": met["seen"] + 30 * DAY}
        )  # as if evidence of then had been checked
        page.reload()
        given(page, bundle)
        expect(page.locator("#outcome [data-slot=word]")).to_have_text("Evidence too old")


def test_a_server_of_another_network_than_the_root_s_is_not_believed(
    browser: Browser, shared_service: Running, tmp_path: Path
) -> None:
    path = tmp_path / "foreign.root"
    path.write_bytes(FOREIGN["signed by two of three"])
    with visiting(browser, shared_service.url) as visitor:
        page = kept(visitor)
        given(page, path)
        expect(page.locator("#file-said .tone-bad")).to_contain_text("of another network")
        expect(page.locator("#root")).to_be_hidden()
        page.evaluate(PUT, path.read_text())  # as if it had been kept on a visit to that network
        page.reload()
        expect(page.locator("#file-said .tone-bad")).to_contain_text("Nothing it says is to be believed")


# -- status lists ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lists:
    """A receipt's bundle from before its revocation, and the bundles of a list and a delta published around it."""

    bundle: Path
    first: Path
    delta: Path


@pytest.fixture(scope="module")
def lists(shared_service: Running, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Lists:
    folder = tmp_path_factory.mktemp("lists")
    made = Lists(folder / "L-1.sanad", folder / "first.sanad", folder / "delta.sanad")
    with (
        shared_service.asks(prepared.client(Role.ISSUER)) as issuer,
        shared_service.asks(prepared.client(Role.APPROVER)) as approver,
        shared_service.asks(prepared.client(Role.SQUAD)) as squad,
    ):

        def done(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
            key = {"Idempotency-Key": f"for-the-lists-{path[-12:]}-{len(body)}-{time.monotonic_ns()}"}
            act = client.post(path, json=body, headers=key).json()["act"]
            assert client.get(f"/v1/acts/{act}?wait=30").json()["state"] == "final"

        def published(path: Path) -> None:
            done(issuer, "/v1/status-lists", {"group": "CELL"})
            newest = squad.get("/v1/status-lists?group=CELL").json()["publications"][-1]["digest"]
            path.write_bytes(squad.get(f"/v1/documents/{newest}/bundle").content)

        done(issuer, "/v1/documents", {"type": "AUCTION_RECEIPT", "document": json.loads(receipt("L-1"))})
        made.bundle.write_bytes(issuer.get("/v1/documents/L-1/bundle").content)
        published(made.first)
        done(approver, "/v1/documents/L-1/status", {"change": "revoke", "reason": "fraud"})
        published(made.delta)
    return made


@pytest.mark.parametrize(("language", "width"), [("en", "desktop"), ("ur", "phone")])
def test_lists_that_are_dropped_say_what_has_become_of_a_bundle_s_document(
    language: Language, width: Width, browser: Browser, shared_service: Running, lists: Lists
) -> None:
    with visiting(browser, shared_service.url, language, width) as visitor:
        page = kept(visitor)
        for path, tone in ((lists.bundle, "old"), (lists.first, "good"), (lists.bundle, "old")):
            given(page, path)
            expect(page.locator("#outcome .verdict").first).to_have_class(f"verdict tone-{tone}")
        given(page, lists.delta)
        expect(page.locator("#file-said .tone-good")).to_be_visible()
        must_be_fit(visitor, page)
        must_be_reachable(page)
        given(page, lists.bundle)
        expect(page.locator("#outcome .verdict").first).to_have_class("verdict tone-bad")
        visitor.expect(WITHOUT)
        visitor.context.set_offline(True)
        page.reload()
        expect(page.locator("#lists-state li")).to_have_count(1)
        given(page, lists.bundle)
        expect(page.locator("#outcome .verdict").first).to_have_class("verdict tone-bad")
        page.locator("#put-lists-away").click()
        expect(page.locator("#lists")).to_be_hidden()
        page.locator("#check-file").click()
        expect(page.locator("#outcome .verdict").first).to_have_class("verdict tone-old")


def test_a_delta_without_its_list_is_not_taken(
    browser: Browser, shared_service: Running, lists: Lists
) -> None:
    with visiting(browser, shared_service.url) as visitor:
        page = kept(visitor)
        given(page, lists.delta)
        expect(page.locator("#file-said .tone-bad")).to_contain_text("This delta changes a list")
        expect(page.locator("#lists")).to_be_hidden()
