"""Papers in a real browser: coming in, the language, issuing from the form to the ledger, reading and printing;
whatever a document says, once however often it is sent, without losing what was typed; and what is told when it fails.
"""

import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from sanad_api.callers import Role
from sanad_api.gate import COOKIE
from sanad_testkit.broken_chain import Chain, breakable
from sanad_testkit.browser import Language, Visitor, Width, browser, overflowing, visiting
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.service import Prepared, Running, prepared, shared_service, with_room
from sanad_testkit.waiting import until

__all__ = ["browser", "prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
MAIN: list[tuple[Language, Width]] = [("en", "desktop"), ("ur", "phone")]
OTHERS: list[tuple[Language, Width]] = [("en", "phone"), ("ur", "desktop")]
SIGN_OUT = {"en": "Sign out", "ur": "لاگ آؤٹ"}
HOSTILE = (
    "<script>window.hurt = 1</script>",
    '"><img src=x onerror="window.hurt = 1">',
    "{{7*7}} ${7*7} {% raw %}",
    "\u202egnp.exe\u2066",
    "'; DROP TABLE papers; --",
)
SHOWN = {"\u202egnp.exe\u2066": "⟨U+202E⟩gnp.exe⟨U+2066⟩"}
"""What reorders or hides is spelled out; everything else stands as it was written."""
numbers = count(1)


@contextmanager
def officer(
    browser: Browser, service: Running, language: Language = "en", width: Width = "desktop", **asked: Any
) -> Iterator[tuple[Visitor, Page]]:
    """An approver of CELL who has signed in."""
    assert service.people is not None
    person = service.people.person(Role.APPROVER)
    with visiting(browser, service.url, language, width, **asked) as visitor:
        page = visitor.page()
        visitor.sign_in(page, person.name, person.password)
        yield visitor, page


def fill_in(page: Page, number: str, **other: str) -> None:
    """Fill in the form of an auction receipt."""
    told = json.loads(receipt(number))
    for pointer, value in {**dict(leaves(told)), **other}.items():
        field = page.locator(f'[name="{pointer}"]')
        if field.count():
            field.fill(value)


def leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{pointer}/{name}")
    else:
        yield pointer, str(value)


def insert(field: Locator, text: str) -> None:
    """Put a text where no keyboard would let it in."""
    field.evaluate(
        """(one, text) => {
          one.removeAttribute("maxlength");
          if (one.type === "text") one.type = "hidden";
          one.value = text;
        }""",
        text,
    )


def check(page: Page) -> None:
    """Go on to the checks."""
    page.locator("button[value=check]:not([aria-hidden])").first.click()
    page.wait_for_load_state()


def sign(page: Page) -> None:
    page.locator("button[value=sign]").click()
    page.wait_for_url(re.compile("/acts/"))


def must_become_final(page: Page) -> None:
    """The page follows the act by itself."""
    expect(page.locator(".stage-reached")).to_have_count(4)
    expect(page.locator("[data-live]")).to_have_count(0)


def new_number() -> str:
    return f"B-{next(numbers)}"


def acts_about(service: Running, number: str) -> int:
    """How many acts there are of a number."""
    assert service.people is not None
    with service.asks(service.people.client(Role.AUDITOR)) as client:
        acts = client.get("/v1/acts", params={"limit": 100}).json()["acts"]
    return sum(one["about"].get("number") == number for one in acts)


def menu(page: Page, name: str | re.Pattern[str]) -> None:
    """Press something of the header, which a phone folds away."""
    summary = page.locator("details.menu > summary")
    if summary.is_visible():
        summary.click()
    page.locator("header").get_by_role("button", name=name).locator("visible=true").click()
    page.wait_for_load_state()


# -- the way of a paper ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "width"), MAIN)
def test_an_officer_issues_a_receipt_follows_it_and_prints_it(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    number = new_number()
    with officer(browser, shared_service, language, width) as (visitor, page):
        must_be_fit(visitor, page)
        page.goto(f"{visitor.base}/issue")
        must_be_fit(visitor, page)
        assert {one.get_attribute("href") for one in page.locator(".tile").all()} == {
            "/issue/AUCTION_RECEIPT",
            "/issue/FILE",
        }

        page.locator('.tile[href="/issue/AUCTION_RECEIPT"]').click()
        visitor.expect("status of 4")
        check(page)  # nothing is filled in
        expect(page.get_by_role("alert")).to_be_focused()
        must_be_fit(visitor, page)
        fill_in(page, number)
        check(page)
        must_be_fit(visitor, page)
        expect(page.locator("form:has(button[value=sign])")).to_contain_text("approver.cell")
        expect(page.locator("form:has(button[value=sign])")).to_contain_text(re.compile("0x[0-9a-f]{40}"))

        sign(page)
        must_become_final(page)
        must_be_fit(visitor, page)
        page.locator('main a[href^="/documents/"]').click()
        expect(page.locator("h1")).to_contain_text(number)
        expect(page.locator("main")).to_contain_text("NZE141-0000001")
        expect(page.locator(".verdict")).to_have_class(re.compile("tone-old"))  # nobody has looked at the car
        must_be_fit(visitor, page)

        page.locator('main a[href*="/print"]').click()
        expect(page.locator("h1 + p")).to_contain_text(number)
        must_be_fit(visitor, page)
        page.emulate_media(media="print")
        expect(page.locator("header.band")).to_be_hidden()
        expect(page.locator(".sheet")).to_be_visible()
        page.emulate_media(media="screen")

        page.goto(f"{visitor.base}/documents")
        expect(page.get_by_role("link", name=number)).to_be_visible()
        must_be_fit(visitor, page)
        page.locator("input[name=find]").fill(number)
        page.locator("form[role=search] button").click()
        page.wait_for_url(re.compile("/documents/[0-9a-f]{64}"))

        menu(page, SIGN_OUT[language])
        assert urlsplit(page.url).path == "/verify"
        assert COOKIE not in {one["name"] for one in visitor.context.cookies()}
        page.goto(f"{visitor.base}/documents?type=FILE")
        assert urlsplit(page.url).path == "/sign-in"


def test_a_paper_is_suspended_and_put_in_force_again(browser: Browser, shared_service: Running) -> None:
    number = new_number()
    with officer(browser, shared_service, "ur", "phone") as (visitor, page):
        issue_file(page, visitor, number)
        page.locator('main a[href^="/documents/"]').click()
        place = page.url
        for change, tone in (("suspend", "tone-bad"), ("reinstate", "tone-good")):
            page.locator("select[name=change]").select_option(change)
            page.locator("select[name=reason]").select_option(index=1)
            page.once("dialog", lambda asked: asked.accept())
            page.locator("button.button-bad").click()
            page.wait_for_url(re.compile("/acts/"))
            must_become_final(page)
            page.goto(place)
            expect(page.locator(".verdict")).to_have_class(re.compile(tone))
            must_be_fit(visitor, page)
        expect(page.locator(".timeline > li")).to_have_count(3)


def issue_file(page: Page, visitor: Visitor, number: str, name: str = "paper.txt") -> None:
    """Issue a file under a number; ends where the act is final."""
    page.goto(f"{visitor.base}/issue/FILE")
    file: Any = {"name": name, "mimeType": "text/plain", "buffer": f"file {number}".encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.locator("input[name=number]").fill(number)
    check(page)
    sign(page)
    must_become_final(page)


PAGES = ("/sign-in", "/documents", "/documents?find=none-such", "/documents/none-such", "/issue",
         "/issue/AUCTION_RECEIPT", "/issue/FILE", "/users")  # fmt: skip


@pytest.mark.parametrize(("language", "width"), OTHERS)
def test_each_page_is_fit_in_both_languages_at_both_widths(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    with officer(browser, shared_service, language, width) as (visitor, page):
        visitor.expect("status of 40[34]")
        page.goto(f"{visitor.base}/documents")
        document = page.locator("main tbody a").first.get_attribute("href") or ""
        for path in (*PAGES, document, document.replace("?", "/print?")):
            page.goto(visitor.base + path)
            must_be_fit(visitor, page)


@pytest.mark.parametrize(("language", "width"), MAIN)
def test_the_keyboard_alone_leads_everywhere(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    with officer(browser, shared_service, language, width) as (visitor, page):
        page.goto(f"{visitor.base}/documents")
        document = page.locator("main tbody a").first.get_attribute("href") or ""
        for path in ("/sign-in", "/documents", document, "/issue/AUCTION_RECEIPT"):
            page.goto(visitor.base + path)
            assert must_be_reachable(page) > 5
        page.goto(f"{visitor.base}/sign-in")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # past the header
        expect(page.locator("main")).to_be_focused()


# -- coming in, and the language --------------------------------------------------------------------------------------


def test_who_signs_in_wrongly_is_told_so_and_keeps_the_name(
    browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    with visiting(browser, shared_service.url, "ur", "phone") as visitor:
        visitor.expect("status of 401")
        page = visitor.page()
        page.goto(f"{visitor.base}/documents?type=FILE")
        page.locator("input[name=name]").fill("approver.cell")
        page.locator("input[name=password]").fill("wrong")
        page.locator("main button").click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert not re.search("[a-z]{4} [a-z]{3}", page.get_by_role("alert").inner_text())  # all of it in Urdu
        assert page.locator("input[name=name]").input_value() == "approver.cell"
        assert page.locator("input[name=password]").input_value() == ""
        must_be_fit(visitor, page)

        page.locator("input[name=password]").fill(prepared.person(Role.APPROVER).password)
        page.locator("main button").click()
        page.wait_for_url("**/documents?type=FILE")  # where one wanted to go


def test_the_language_is_chosen_for_the_browser_and_for_oneself_and_leads_back(
    browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    squad = prepared.person(Role.SQUAD)
    with visiting(browser, shared_service.url) as visitor:
        page = visitor.page()
        page.goto(f"{visitor.base}/verify")
        menu(page, "اردو")
        assert page.locator("html").get_attribute("lang") == "ur"
        menu(page, "English")
        visitor.sign_in(page, squad.name, squad.password)
        page.goto(f"{visitor.base}/documents?type=FILE")
        menu(page, "اردو")
        assert page.url == f"{visitor.base}/documents?type=FILE"
        assert page.locator("html").get_attribute("dir") == "rtl"
    with visiting(browser, shared_service.url) as elsewhere:
        page = elsewhere.page()
        elsewhere.sign_in(page, squad.name, squad.password)
        assert page.locator("html").get_attribute("lang") == "ur"


# -- whatever a document says -----------------------------------------------------------------------------------------


def must_be_harmless(page: Page, text: str) -> None:
    """The text stands on the page as text, and did nothing."""
    expect(page.locator("body")).to_contain_text(SHOWN.get(text, text), ignore_case=True)
    assert page.evaluate("window.hurt") is None
    assert page.locator("img, main script, main iframe").count() == 0
    assert "49 49" not in page.locator("body").inner_text()


def test_hostile_texts_of_a_receipt_are_shown_as_text_everywhere(
    browser: Browser, shared_service: Running
) -> None:
    number = new_number()
    make, model, colour, buyer, house = HOSTILE
    fields = {"make": make, "model": model, "colour": colour}
    hostile = {f"/vehicle/{name}": text for name, text in fields.items()} | {
        "/buyer/name": buyer,
        "/warehouse": house,
    }
    with officer(browser, shared_service, "ur", "phone") as (visitor, page):
        visitor.expect("status of 4")
        page.goto(f"{visitor.base}/issue/AUCTION_RECEIPT")
        fill_in(page, number, **hostile)
        insert(page.locator('[name="/buyer/address"]'), "one\ntwo")
        check(page)
        for (
            pointer,
            text,
        ) in hostile.items():  # a line feed is not for one line: everything that was typed is there
            assert page.locator(f'[name="{pointer}"]').input_value() == text
        insert(page.locator('[name="/buyer/address"]'), "a" * 10_000)
        check(page)
        expect(page.locator('[name="/buyer/address"]')).to_have_attribute("aria-invalid", "true")
        must_be_fit(visitor, page)
        insert(page.locator('[name="/buyer/address"]'), "")
        check(page)

        for text in HOSTILE:
            must_be_harmless(page, text)
        must_be_fit(visitor, page)
        sign(page)
        must_become_final(page)
        page.locator('main a[href^="/documents/"]').click()
        for _ in range(2):  # the document, and its print
            page.wait_for_load_state()
            for text in HOSTILE:
                must_be_harmless(page, text)
            must_be_fit(visitor, page)
            if page.locator('main a[href*="/print"]').count():
                page.locator('main a[href*="/print"]').click()


def test_a_hostile_number_and_file_name_are_text_on_every_page(
    browser: Browser, shared_service: Running
) -> None:
    text = " ".join((*HOSTILE[:3], HOSTILE[4]))
    with officer(browser, shared_service, "en", "phone") as (visitor, page):
        issue_file(page, visitor, text, name=f"{text.replace('/', '-')}.txt")
        must_be_harmless(page, text)
        page.locator('main a[href^="/documents/"]').click()
        must_be_harmless(page, text)
        must_be_fit(visitor, page)
        page.locator('main a[href*="/print"]').click()
        must_be_harmless(page, text)
        for path in ("/", "/documents"):
            page.goto(visitor.base + path)
            must_be_harmless(page, text)
            assert overflowing(page) == []


@pytest.mark.parametrize("text", ["a" * 10_000, HOSTILE[3]], ids=["long", "reordering"])
def test_a_number_that_cannot_be_is_refused_where_it_stands(
    text: str, browser: Browser, shared_service: Running
) -> None:
    with officer(browser, shared_service, "ur", "phone") as (visitor, page):
        visitor.expect("status of 400")
        page.goto(f"{visitor.base}/issue/FILE")
        file: Any = {"name": "paper.txt", "mimeType": "text/plain", "buffer": text.encode()}
        page.locator("input[type=file]").set_input_files(file)
        insert(page.locator("input[name=number]"), text)
        check(page)
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.locator("button[value=sign]").count() == 0
        must_be_fit(visitor, page)


# -- once, and nothing lost -------------------------------------------------------------------------------------------


def test_a_double_click_and_the_way_back_issue_once(browser: Browser, shared_service: Running) -> None:
    number = new_number()
    with officer(browser, shared_service) as (visitor, page):
        visitor.expect("ERR_CACHE_MISS")
        page.goto(f"{visitor.base}/issue/AUCTION_RECEIPT")
        fill_in(page, number)
        check(page)
        page.locator("button[value=sign]").dblclick()
        page.wait_for_url(re.compile("/acts/"))
        must_become_final(page)
        act = page.url
        fields = [one.post_data for one in visitor.sent("POST", "/issue/AUCTION_RECEIPT") if one.post_data]
        signed = [one for one in fields if "step=sign" in one]
        assert len(signed) == 1
        assert acts_about(shared_service, number) == 1

        with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser asks before it sends a form again
            page.go_back()
        page.get_by_role("heading", name="Confirm Form Resubmission").wait_for()
        page.reload()  # yes, send it again
        expect(page.locator("#checks")).to_contain_text("is in force already")
        assert page.locator("button[value=sign]").count() == 0

        again = visitor.context.request.post(  # the same form, as a page that was kept would send it
            f"{visitor.base}/issue/AUCTION_RECEIPT",
            data=signed[0],
            headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": visitor.base},
        )
        assert again.url == act
        assert acts_about(shared_service, number) == 1


def test_a_session_that_ended_loses_nothing_that_was_typed(
    browser: Browser, shared_service: Running, prepared: Prepared
) -> None:
    number = new_number()
    person = prepared.person(Role.APPROVER)
    with officer(browser, shared_service) as (visitor, page):
        visitor.expect("status of 401")
        page.goto(f"{visitor.base}/issue/AUCTION_RECEIPT")
        fill_in(page, number, **{"/warehouse": HOSTILE[1]})
        visitor.context.clear_cookies()
        check(page)
        expect(page.locator("main")).to_contain_text("What you filled in is kept")
        must_be_fit(visitor, page)
        page.locator("input[name=name]").fill(person.name)
        page.locator("input[name=password]").fill("wrong")
        page.locator("main button").click()
        page.locator("input[name=password]").fill(person.password)
        page.locator("main button").click()

        expect(page.locator("main")).to_contain_text("nothing was done")
        must_be_fit(visitor, page)
        page.locator("main button").click()
        expect(page.locator("button[value=sign]")).to_be_visible()
        must_be_harmless(page, HOSTILE[1])

        visitor.context.clear_cookies()
        page.locator("button[value=sign]").click()
        page.locator("input[name=name]").fill(person.name)
        page.locator("input[name=password]").fill(person.password)
        page.locator("main button").click()
        assert acts_about(shared_service, number) == 0  # nobody has said yes since
        page.locator("main button").click()
        page.wait_for_url(re.compile("/acts/"))
        must_become_final(page)
        assert acts_about(shared_service, number) == 1


def test_going_back_to_the_form_keeps_its_values(browser: Browser, shared_service: Running) -> None:
    number = new_number()
    with officer(browser, shared_service) as (_, page):
        page.goto(f"{shared_service.url}/issue/AUCTION_RECEIPT")
        fill_in(page, number)
        check(page)
        page.locator("button[value=back]").click()
        expect(page.locator('[name="/receiptNumber"]')).to_have_value(number)
        expect(page.locator('[name="/vehicle/chassisNumber"]')).to_have_value("NZE141-0000001")


def test_without_scripts_a_paper_is_issued(browser: Browser, shared_service: Running) -> None:
    number = new_number()
    with officer(browser, shared_service, scripts=False) as (visitor, page):
        page.goto(f"{visitor.base}/issue/AUCTION_RECEIPT")
        fill_in(page, number)
        check(page)
        sign(page)
        again = page.locator('main a[href^="/acts/"]')
        if again.count() > 0:
            assert str(again.get_attribute("href")) == urlsplit(page.url).path
        until(lambda: again.count() == 0, page.reload)
        assert page.locator(".stage-reached").count() == 4
        page.locator('main a[href^="/documents/"]').click()
        expect(page.locator("h1")).to_contain_text(number)


# -- what is told when it fails ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "width"), MAIN)
def test_what_is_not_there_or_not_allowed_is_said_on_a_page(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    with officer(browser, shared_service, language, width) as (visitor, page):
        visitor.expect("status of 40[034]")
        refused = (
            ("/nowhere", 404),
            ("/documents/none-such", 404),
            ("/acts/" + "0" * 32, 404),
            ("/users", 403),
        )
        for path, status in refused:
            answer = page.goto(visitor.base + path)
            assert answer is not None
            assert answer.status == status
            assert overflowing(page) == []
            page.locator("main a.button").first.click()
            assert urlsplit(page.url).path == "/"


@pytest.fixture(scope="module")
def chain(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    with breakable(prepared, tmp_path_factory.mktemp("chain")) as made:
        yield made


def test_a_full_disk_is_told_and_the_same_page_signs_when_there_is_room(
    browser: Browser, chain: Chain
) -> None:
    with officer(browser, chain.service, "en", "phone") as (visitor, page):
        visitor.expect("50[37]")
        page.goto(f"{visitor.base}/issue/AUCTION_RECEIPT")
        fill_in(page, new_number())
        check(page)
        with_room(chain.service, 1)
        page.locator("button[value=sign]").click()
        expect(page.get_by_role("alert")).to_be_visible()
        must_be_fit(visitor, page)
        with_room(chain.service, resource.RLIM_INFINITY)
        sign(page)
        must_become_final(page)


def test_without_a_chain_an_act_is_promised_said_to_wait_and_made_good(
    browser: Browser, chain: Chain
) -> None:
    with officer(browser, chain.service, "ur", "phone") as (visitor, page):
        page.goto(f"{visitor.base}/issue/AUCTION_RECEIPT")
        fill_in(page, new_number())
        chain.break_off()
        check(page)
        sign(page)
        unreachable = page.locator("main > .notice.tone-old")
        chain.until_noticed()
        page.reload()
        expect(unreachable).to_be_visible()
        assert page.locator(".stage-reached").count() < 4
        must_be_fit(visitor, page)
        chain.mend()
        expect(page.locator(".stage-reached")).to_have_count(4, timeout=60_000)
        expect(unreachable).to_have_count(0)
