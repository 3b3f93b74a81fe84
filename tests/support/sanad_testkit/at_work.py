"""People at work on the pages: signed in, doing what a page lets them do, and following it to its end."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from sanad_api.callers import Role
from sanad_testkit.browser import Language, Visitor, Width, visiting
from sanad_testkit.service import Running

SIZES: list[tuple[Language, Width]] = [("en", "desktop"), ("ur", "phone")]
"""What every flow is gone through in; the pages by themselves also in the others."""
OTHER_SIZES: list[tuple[Language, Width]] = [("en", "phone"), ("ur", "desktop")]
HOSTILE = {
    "markup": "<script>window.hurt = 1</script>\"'><img src=x onerror=window.hurt=1>",
    "order": "\u202egnp.exe\u2066",
    "long": "W" * 200,
}
SHOWN = {**HOSTILE, "order": "⟨U+202E⟩gnp.exe⟨U+2066⟩"}
"""What reorders or hides is spelled out; everything else stands as it was written."""


@contextmanager
def at_work(
    browser: Browser,
    service: Running,
    role: Role,
    formation: str = "CELL",
    language: Language = "en",
    width: Width = "desktop",
) -> Iterator[tuple[Visitor, Page]]:
    """Somebody of a role who has signed in."""
    assert service.people is not None
    person = service.people.person(role, formation)
    with visiting(browser, service.url, language, width) as visitor:
        page = visitor.page()
        page.on("dialog", lambda dialog: dialog.accept())
        visitor.sign_in(page, person.name, person.password)
        yield visitor, page
        assert page.evaluate("window.hurt") is None


def unfold(page: Page, act: str) -> Locator:
    """What may be done, unfolded: its form."""
    doing = page.locator(f"#do-{act}")
    if doing.get_attribute("open") is None:
        doing.locator("summary").click()
    return doing.locator("form")


def fill(form: Locator, **fields: str) -> None:
    """Fill fields in by name, or choose."""
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def send(form: Locator) -> None:
    """Send a form, and wait for what it leads to."""
    page = form.page
    with page.expect_navigation():
        form.locator("button[type=submit]").click()


def do(page: Page, act: str, **fields: str) -> None:
    """Do something that the page offers, and follow it until it is final; the tab is at the act then."""
    form = unfold(page, act)
    fill(form, **fields)
    send(form)
    must_be_final(page)


def must_be_final(page: Page) -> None:
    """Wait until the page of an act says so by itself."""
    expect(page.locator("[data-stage=final]")).to_have_class("stage-reached", timeout=20_000)
