"""The administrator in a real browser: people, tokens that are shown once, somebody whose open tab is refused from then
on; formations with their keys and scopes, suspended and reinstated. Everybody else reads, or is refused.
"""

from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sanad_api.callers import Role
from sanad_testkit.at_work import HOSTILE, OTHER_SIZES, SIZES, at_work, do, fill, must_be_final, send, unfold
from sanad_testkit.browser import Language, Visitor, Width, browser, visiting
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.service import Running, prepared, shared_service

__all__ = ["browser", "prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
numbers = count(1)
PASSWORD = "a password of nobody"
STANDINGS = {
    "en": {"in-force": "In force", "suspended": "Suspended"},
    "ur": {"in-force": "مؤثر", "suspended": "معطل"},
}


def users(visitor: Visitor, page: Page) -> None:
    page.goto(f"{visitor.base}/users")


def row_of(page: Page, name: str) -> Locator:
    """A user's row."""
    return page.locator("tbody tr", has=page.locator(f"input[name=name][value='{name}']"))


def press(row: Locator, act: str) -> None:
    page = row.page
    with page.expect_navigation():
        row.locator(f"button[name=act][value={act}]").click()


def add_user(page: Page, name: str, role: Role, **fields: str) -> None:
    form = unfold(page, "add")
    fill(form, name=name, **fields)
    form.locator(f"#f-role-{role}").check()
    send(form)


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_person_is_added_and_once_disabled_refused_where_they_are(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    name = f"person-{next(numbers)}"
    with (
        at_work(browser, shared_service, Role.ADMIN, "", language, width) as (admin, page),
        visiting(browser, shared_service.url, language, width) as somebody,
    ):
        users(admin, page)
        must_be_fit(admin, page)
        must_be_reachable(page)
        add_user(page, name, Role.SQUAD, formation="CELL", password=PASSWORD)
        expect(row_of(page, name)).to_contain_text("CELL")
        must_be_fit(admin, page)

        tab = somebody.page()
        somebody.sign_in(tab, name, PASSWORD)
        tab.goto(f"{somebody.base}/consignments")
        assert tab.locator("table").count() == 1

        press(row_of(page, name), "disable")
        expect(row_of(page, name).locator(".badge.tone-bad")).to_be_visible()
        somebody.expect("status of 401")
        tab.reload()
        assert tab.locator("table").count() == 0
        assert tab.locator("a[href^='/sign-in'], input[name=password]").locator("visible=true").count() > 0
        must_be_fit(somebody, tab)
        tab.goto(f"{somebody.base}/sign-in")
        tab.locator("input[name=name]").fill(name)
        tab.locator("input[name=password]").fill(PASSWORD)
        tab.locator("main button[type=submit]").click()
        expect(tab.get_by_role("alert")).to_be_visible()

        press(row_of(page, name), "enable")
        somebody.sign_in(tab, name, PASSWORD)
        must_be_fit(somebody, tab)


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_token_is_shown_once_and_works_until_its_client_is_disabled(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    name = f"client-{next(numbers)}"
    with at_work(browser, shared_service, Role.ADMIN, "", language, width) as (admin, page):
        users(admin, page)
        add_user(page, name, Role.PARTNER, kind="client", formation="PORT")
        press(row_of(page, name), "token")
        token = page.locator(".token bdi").inner_text()
        must_be_fit(admin, page)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=admin.base, headers=headers, trust_env=False) as client:
            assert client.get("/v1/formations").status_code == 200
            users(admin, page)
            assert token not in page.content()
            assert page.locator(".token").count() == 0
            press(row_of(page, name), "disable")
            assert client.get("/v1/formations").status_code == 401


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_user_s_name_that_is_none_is_refused_with_everything_else_kept(
    kind: str, browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, Role.ADMIN, "", "ur", "phone") as (admin, page):
        admin.expect("status of 4")
        users(admin, page)
        page.locator("#f-add-name").evaluate("one => one.removeAttribute('maxlength')")
        add_user(page, HOSTILE[kind], Role.AUDITOR, formation="PORT", kind="client")
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.locator("#f-add-name").input_value() == HOSTILE[kind]
        assert page.locator("#f-add-formation").input_value() == "PORT"
        assert page.locator("#f-add-kind").input_value() == "client"
        assert page.locator("#f-role-auditor").is_checked()
        must_be_fit(admin, page)


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_a_formation_is_added_given_a_key_and_a_scope_suspended_and_reinstated(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    code = f"NEW-{next(numbers)}"
    standing = STANDINGS[language]
    with at_work(browser, shared_service, Role.ADMIN, "", language, width) as (admin, page):
        page.goto(f"{admin.base}/formations")
        must_be_fit(admin, page)
        must_be_reachable(page)
        do(page, "add", code=code.lower(), kind="WAREHOUSE", parent="PORT")
        address = f"{admin.base}/formations/{code}"
        page.goto(address)
        assert page.locator("#keys .code").count() == 0
        do(page, "add-key", officer=HOSTILE["markup"])
        page.goto(address)
        assert page.locator("#keys .code").count() == 1
        expect(page.locator(".page-head .badge")).to_have_text(standing["in-force"])

        form = unfold(page, "scope")
        fill(form, type="FILE")
        form.locator("#f-scope-issue").check()
        send(form)
        must_be_final(page)
        page.goto(address)
        assert page.locator("#scopes .facts > div").count() == 1
        must_be_fit(admin, page)
        must_be_reachable(page)

        do(page, "suspend", reason="under-inquiry")
        page.goto(address)
        expect(page.locator(".page-head .badge")).to_have_text(standing["suspended"])
        must_be_fit(admin, page)
        do(page, "reinstate", reason="inquiry-closed")
        page.goto(address)
        expect(page.locator(".page-head .badge")).to_have_text(standing["in-force"])
        do(page, "rotate")
        page.goto(address)
        assert page.locator("#keys .code").count() == 2
        must_be_fit(admin, page)


def test_an_office_gives_way_to_another_and_the_tree_says_so(
    browser: Browser, shared_service: Running
) -> None:
    old, new = f"OLD-{next(numbers)}", f"NEW-{next(numbers)}"
    with at_work(browser, shared_service, Role.ADMIN, "", "en", "phone") as (admin, page):
        for code in (old, new):
            page.goto(f"{admin.base}/formations")
            do(page, "add", code=code, kind="WAREHOUSE")
        page.goto(f"{admin.base}/formations/{old}")
        form = unfold(page, "succeed")
        form.locator(f"#f-succeed-{new}").check()
        send(form)
        must_be_final(page)
        for code in (old, new):
            page.goto(f"{admin.base}/formations/{code}")
            tree = page.locator("#line .tree").first
            expect(tree.locator("> li").first).to_contain_text(old)
            expect(tree.locator(".tree > li")).to_contain_text(new)
        page.goto(f"{admin.base}/formations/{old}")
        expect(page.get_by_text("Now part of")).to_be_visible()
        must_be_fit(admin, page)
        form = unfold(page, "succeed")  # once is all
        form.locator(f"#f-succeed-{new}").check()
        send(form)
        expect(page.get_by_text("FORMATIONS_GAVE_WAY")).to_be_visible()


def test_a_change_that_is_refused_says_why_and_keeps_what_was_typed(
    browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, Role.ADMIN, "", "ur", "phone") as (admin, page):
        admin.expect("status of 4")
        page.goto(f"{admin.base}/formations/COURT")
        form = unfold(page, "add-key")
        fill(form, officer="\u202eofficer", address="0xnothing")
        send(form)
        alert = page.get_by_role("alert")
        expect(alert).to_be_visible()
        assert page.locator("#f-add-key-officer").input_value() == "\u202eofficer"
        assert page.locator("#f-add-key-address").input_value() == "0xnothing"
        must_be_fit(admin, page)
        alert.locator("a").first.click()
        assert page.evaluate("document.activeElement.id") == "f-add-key-address"

        form = unfold(page, "reinstate")
        fill(form, reason="inquiry-closed")
        send(form)
        expect(alert).to_contain_text("FORMATIONS_NOT_SUSPENDED")
        assert page.locator("#f-reinstate-reason").input_value() == "inquiry-closed"

        page.goto(f"{admin.base}/formations")
        for code, refusal in (("NOT A CODE", "FORMATIONS_BAD_CODE"), ("PORT", "FORMATIONS_DUPLICATE_CODE")):
            form = unfold(page, "add")
            fill(form, code=code, kind="COURT", parent="PORT")
            send(form)
            expect(page.get_by_role("alert")).to_contain_text(refusal)
            assert page.locator("#f-add-code").input_value() == code
            assert page.locator("#f-add-parent").input_value() == "PORT"
            must_be_fit(admin, page)


@pytest.mark.parametrize(("language", "width"), OTHER_SIZES)
def test_who_is_no_administrator_reads_formations_and_sees_nobody_else(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, Role.AUDITOR, "", language, width) as (visitor, page):
        visitor.expect("status of 403")
        page.goto(f"{visitor.base}/formations")
        must_be_fit(visitor, page)
        assert page.locator("form[action^='/formations']").count() == 0
        page.locator("table a", has_text="CELL").click()
        page.wait_for_url("**/formations/CELL")
        must_be_fit(visitor, page)
        assert page.locator("form[action^='/formations']").count() == 0
        answer = page.goto(f"{visitor.base}/users")
        assert answer is not None
        assert answer.status == 403
        assert urlsplit(page.url).path == "/users"
        must_be_fit(visitor, page)


@pytest.mark.parametrize(("language", "width"), [*SIZES, *OTHER_SIZES])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.PARTNER])
def test_the_first_page_says_what_each_can_do(
    role: Role, language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, role, "CELL", language, width) as (visitor, page):
        must_be_fit(visitor, page)
        must_be_reachable(page)
        offered = {str(one.get_attribute("href")) for one in page.locator(".tiles a").all()}
        assert ("/users" in offered) == (role is Role.ADMIN)
        assert "/verify" in offered
