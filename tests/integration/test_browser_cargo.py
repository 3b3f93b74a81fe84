"""Cargo in a real browser: two people of two offices sign a hand-over, each sees the other's signature without loading
the page again; what is refused is refused in words; and nothing that was typed is lost.
"""

from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sanad_api.callers import Role
from sanad_testkit.at_work import (
    HOSTILE,
    OTHER_SIZES,
    SHOWN,
    SIZES,
    at_work,
    do,
    fill,
    must_be_final,
    send,
    unfold,
)
from sanad_testkit.broken_chain import breakable
from sanad_testkit.browser import Language, Visitor, Width, browser
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.service import Prepared, Running, prepared, shared_service

__all__ = ["browser", "prepared", "shared_service"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
numbers = count(1)


def register(visitor: Visitor, page: Page, reference: str) -> str:
    """Register a container of 10 packages; the tab ends at its page, whose address is returned."""
    page.goto(f"{visitor.base}/consignments")
    do(page, "register", reference=reference, kind="CONTAINER", place="PKKHI", quantity="10", seal="NSL 1")
    page.locator("a[href^='/consignments/'].button").click()
    page.wait_for_load_state()
    return page.url


def registered(visitor: Visitor, page: Page) -> str:
    return register(visitor, page, f"TCLU{next(numbers):07}")


def line(page: Page) -> list[str]:
    """The steps of the custody line, by their words."""
    return page.locator(".timeline > li > .what").all_inner_texts()


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_both_sign_a_hand_over_and_each_sees_the_other_s_signature_as_it_is_given(
    language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    with (
        at_work(browser, shared_service, Role.ISSUER, "CELL", language, width) as (cell, giving),
        at_work(browser, shared_service, Role.SQUAD, "PORT", language, width) as (port, taking),
    ):
        reference = f"MSKU{next(numbers):07}"
        address = register(cell, giving, reference)
        must_be_fit(cell, giving)
        must_be_reachable(giving)
        do(giving, "ship", to="PORT", note="two pallets wet", condition="good", seal="NSL 1")
        must_be_fit(cell, giving)
        giving.goto(address)
        expect(giving.locator(".half-missing")).to_have_count(1)
        giving.evaluate("window.kept = 'the page was not loaded again'")

        taking.goto(f"{port.base}/consignments")
        must_be_fit(port, taking)
        taking.locator("input[name=find]").fill(reference)
        taking.locator("form[role=search] button").click()
        taking.wait_for_url(address)
        expect(taking.locator(".timeline")).to_contain_text("two pallets wet")
        do(taking, "receive", place="PKLYP", quantity="9", condition="damaged", seal="NSL 2")

        expect(giving.locator(".half-missing")).to_have_count(0)
        halves = giving.locator(".timeline > li").last.locator(".half")
        assert [half.locator("h3 bdi").inner_text() for half in halves.all()] == ["CELL", "PORT"]
        assert giving.locator(".gap").count() == 3  # fewer, damaged, another seal
        expect(giving.locator("[data-part=now]")).to_contain_text("PORT")
        expect(giving.locator("[data-renewed]")).to_be_visible()
        assert giving.evaluate("window.kept")
        assert giving.locator("#do-ship").count() == 0  # it is no longer CELL's to hand over
        must_be_fit(cell, giving)

        taking.goto(address)
        assert line(taking) == line(giving)
        must_be_fit(port, taking)
        must_be_reachable(taking)


def test_what_somebody_is_writing_stays_when_the_other_signs(
    browser: Browser, shared_service: Running
) -> None:
    with (
        at_work(browser, shared_service, Role.ISSUER, "CELL") as (cell, giving),
        at_work(browser, shared_service, Role.ISSUER, "PORT") as (_, taking),
    ):
        address = registered(cell, giving)
        do(giving, "ship", to="PORT")
        giving.goto(address)
        fill(unfold(giving, "hold"), reason="under-inquiry")
        taking.goto(address)
        do(taking, "refuse", quantity="10", note="no papers with it")

        expect(giving.locator(".timeline")).to_contain_text("no papers with it")
        expect(giving.locator("[data-behind]")).to_be_visible()
        assert giving.locator("#do-hold [name=reason]").input_value() == "under-inquiry"
        must_be_fit(cell, giving)
        send(giving.locator("#do-hold form"))
        must_be_final(giving)


def test_what_is_refused_says_why_and_keeps_what_was_typed(browser: Browser, shared_service: Running) -> None:
    with (
        at_work(browser, shared_service, Role.ISSUER, "CELL", width="phone") as (cell, giving),
        at_work(browser, shared_service, Role.ISSUER, "PORT") as (_, taking),
    ):
        cell.expect(r"status of 4\d\d")
        address = registered(cell, giving)
        do(giving, "ship", to="PORT")
        taking.goto(address)
        do(taking, "receive", quantity="10")

        taking.goto(address)
        do(taking, "ship", to="CELL")
        giving.goto(address)
        form = unfold(giving, "receive")
        fill(form, quantity="nine", place="PKLYP", note="as found", condition="short", unit="bags")
        send(form)
        trouble = giving.get_by_role("alert")
        expect(trouble).to_be_visible()
        form = giving.locator("#do-receive form")
        assert form.is_visible()
        kept = {"quantity": "nine", "note": "as found", "condition": "short", "unit": "bags"}
        assert {name: form.locator(f"[name={name}]").input_value() for name in kept} == kept
        must_be_fit(cell, giving)
        trouble.locator("a").first.click()
        assert giving.evaluate("document.activeElement.id") == "f-receive-quantity"

        taking.goto(address)
        do(taking, "recall", reason="under-inquiry")
        expect(giving.locator("[data-behind]")).to_be_visible()
        fill(form, quantity="9")
        send(form)
        refused = giving.get_by_role("alert")
        expect(refused).to_be_visible()
        expect(refused).to_contain_text("No hand-over is waiting")
        assert giving.locator("#do-receive [name=note]").input_value() == "as found"
        must_be_fit(cell, giving)


def test_a_hold_stops_it_until_it_is_lifted(browser: Browser, shared_service: Running) -> None:
    with at_work(browser, shared_service, Role.APPROVER, "CELL", "ur", "phone") as (cell, page):
        address = registered(cell, page)
        do(page, "hold", reason="under-inquiry")
        page.goto(address)
        assert page.locator("#do-ship").count() == 0
        expect(page.locator(".notice.tone-bad")).to_be_visible()
        must_be_fit(cell, page)
        do(page, "lift", reason="inquiry-closed")
        page.goto(address)
        assert page.locator("#do-ship").count() == 1
        assert page.locator(".notice.tone-bad").count() == 0


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_is_written_on_cargo_is_shown_and_does_nothing(
    kind: str, browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, Role.ISSUER, "PORT", "ur", "phone") as (port, page):
        reference = HOSTILE[kind] + str(next(numbers))
        address = register(port, page, reference)
        expect(page.locator("h1")).to_contain_text(SHOWN[kind])
        must_be_fit(port, page)
        do(page, "ship", to="CELL", note=HOSTILE[kind], seal=HOSTILE[kind][:60], unit=HOSTILE[kind][:60])
        page.goto(address)
        expect(page.locator(".timeline")).to_contain_text(SHOWN[kind])
        must_be_fit(port, page)
        page.goto(f"{port.base}/consignments")
        expect(page.locator("table")).to_contain_text(SHOWN[kind])
        must_be_fit(port, page)


@pytest.mark.parametrize(("language", "width"), OTHER_SIZES)
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SQUAD])
def test_who_only_reads_sees_every_consignment(
    role: Role, language: Language, width: Width, browser: Browser, shared_service: Running
) -> None:
    with at_work(browser, shared_service, role, "CELL", language, width) as (visitor, page):
        must_be_fit(visitor, page)
        page.goto(f"{visitor.base}/consignments")
        must_be_fit(visitor, page)
        must_be_reachable(page)
        page.locator("table a").last.click()
        page.wait_for_load_state()
        must_be_fit(visitor, page)
        assert page.locator("#do-ship").count() == 0
        visitor.expect("status of 404")
        page.goto(f"{visitor.base}/consignments?find=NOWHERE")
        must_be_fit(visitor, page)


def test_while_the_chain_cannot_be_reached_acts_are_kept_and_the_pages_say_so(
    browser: Browser, prepared: Prepared, tmp_path: Path
) -> None:
    with (
        breakable(prepared, tmp_path) as chain,
        at_work(browser, chain.service, Role.ISSUER, "CELL", "ur", "phone") as (cell, page),
    ):
        address = registered(cell, page)
        chain.break_off()
        form = unfold(page, "ship")
        fill(form, to="PORT")
        send(form)
        expect(page.locator("[aria-current=step]")).to_have_attribute("data-stage", "accepted")
        chain.until_noticed()
        for place in (page.url, address, f"{cell.base}/", f"{cell.base}/consignments"):
            page.goto(place)
            expect(page.locator(".notice.tone-old").locator("visible=true")).to_have_count(1)
            must_be_fit(cell, page)
        page.goto(address)
        page.evaluate("window.kept = true")
        chain.mend()
        expect(page.locator(".half-missing")).to_have_count(1, timeout=30_000)
        assert page.evaluate("window.kept")
