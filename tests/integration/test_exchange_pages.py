"""The officer who lives with agreements, in a real browser: what partners ask, with its deadline; an answer, an alert,
an announcement; what is not delivered, and why.

A is served here; B is a desk, and the line to it is cut and mended by the test.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from sanad_api import exchanger, service
from sanad_api.accounts import Accounts
from sanad_api.app import create_app
from sanad_api.callers import Role
from sanad_api.service import Service
from sanad_api.settings import Settings
from sanad_node.consortium.bundle import SignedBundle
from sanad_node.exchange import carrying
from sanad_node.node import Node
from sanad_node.wire.exchange import AgreementRequest, MessageRequest, MessagesQuery
from sanad_testkit.at_work import fill, send, unfold
from sanad_testkit.browser import Language, Visitor, Width, browser, visiting
from sanad_testkit.looking import must_be_fit, must_be_reachable
from sanad_testkit.matching_office import Desk
from sanad_testkit.partners import GD, Line, Member, bundle_of, cut, founded, grant

__all__ = ["browser"]
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.browser]
PASSWORD = secrets.token_urlsafe(12)
PEOPLE = {"officer": (Role.APPROVER, "YARD"), "stranger": (Role.APPROVER, "PORT"), "admin": (Role.ADMIN, "")}
HOSTILE = "<script>window.hurt = 1</script>\u202egnp.exe"


@dataclass
class Served:
    """A's service and what it sends by; B's desk, whose line leads to that service."""

    url: str
    line: Line
    b: Member


def undelivered(node: Node) -> list[str]:
    told = Desk(node).messages(MessagesQuery(standing="undelivered")).messages
    return [one.code for one in told]


@contextmanager
def serving(path: Path) -> Iterator[tuple[str, Service]]:
    """The service of a data directory, in this process."""
    app = create_app(path, Settings())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, name="service")
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), app.state.failure
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", app.state.service
    finally:
        if hasattr(app.state, "service"):
            app.state.service.stop_streams()
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def served(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    a, b, exported = founded(tmp_path_factory.getbasetemp(), tmp_path)
    with Node(a) as first, Node(b) as second:
        bundle = SignedBundle(bundle_of(first, second), b"")
        accounts = Accounts(first.office, audience=first.network.origin, clock=first.clock)
        for name, (role, formation) in PEOPLE.items():
            accounts.add(name, formation=formation, roles=[role], password=PASSWORD)

    def with_bundle(path: Path) -> Node:
        node = Node(path)
        node.__dict__["bundle"] = bundle
        return node

    with with_bundle(b) as other:
        line = Line(other)

        def carry(node: Node, go_on: Any) -> carrying.Carried:
            return carrying.carry(node, go_on, transport=line)

        monkeypatch.setattr(service, "Node", with_bundle)
        monkeypatch.setattr(exchanger, "carrying", type("Carrying", (), {"carry": staticmethod(carry)}))
        with serving(a) as (url, running):
            desk = Desk(other)
            desk._send = lambda: None  # type: ignore[method-assign]
            yield Served(url, line, Member(desk, Line(running.node), exported))


@contextmanager
def at_work(
    browser: Browser, served: Served, name: str, language: Language, width: Width
) -> Iterator[tuple[Visitor, Page]]:
    with visiting(browser, served.url, language, width) as visitor:
        page = visitor.page()
        page.on("dialog", lambda dialog: dialog.accept())
        visitor.sign_in(page, name, PASSWORD)
        yield visitor, page
        assert page.evaluate("window.hurt") is None


def test_an_officer_sees_what_partners_ask_answers_and_warns_them(browser: Browser, served: Served) -> None:
    b = served.b
    made = b.desk.propose_agreement(
        AgreementRequest(
            partner=1,
            purpose=HOSTILE,
            grants=[
                grant("us", "request", GD),
                grant("partner", "mirror", GD, fields=["/gdType", "/gdNumber"]),
                grant("partner", "alert", GD, "CONTAINER", "AEO"),
            ],
        )
    )
    b.carry()
    with at_work(browser, served, "admin", "ur", "phone") as (admin, page):
        page.goto(f"{served.url}/agreements")
        must_be_fit(admin, page)
        expect(page.locator(f"#agreement-{made.id}")).to_contain_text("⟨U+202E⟩gnp.exe")
        send(unfold(page, f"accept-{made.id}"))
        expect(page.locator(f"#agreement-{made.id} .badge.tone-good")).to_be_visible()
    served_until(b, lambda: b.desk.agreement(made.id).state == "in-force")

    with at_work(browser, served, "officer", "en", "desktop") as (officer, page):
        page.goto(f"{served.url}/exchange")
        must_be_fit(officer, page)
        assert page.locator("#to-answer table").count() == 0

        now = int(b.node.clock())
        for text, deadline in (("no hurry", 0), ("tomorrow", now + 90_000), (HOSTILE, now - 7_300)):
            b.desk.send_message(
                MessageRequest(kind="request", partner=1, id=b.exported, deadline=deadline, text=text)
            )
        assert b.carry().delivered == 3
        page.goto(served.url)
        expect(page.locator(".notice.tone-bad")).to_contain_text("3")
        must_be_fit(officer, page)
        page.goto(f"{served.url}/exchange")
        rows = page.locator("#to-answer tbody tr")
        assert rows.count() == 3
        expect(rows.nth(0).locator(".badge.tone-bad")).to_contain_text("2")
        expect(rows.nth(0)).to_contain_text("⟨U+202E⟩gnp.exe")
        expect(rows.nth(1)).to_contain_text("tomorrow")
        expect(rows.nth(2)).to_contain_text("no hurry")
        must_be_fit(officer, page)
        must_be_reachable(page)

        # one is looked at and answered; whoever had it open too is told that it was
        rows.nth(0).locator("a[href^='/exchange/']").click()
        must_be_fit(officer, page)
        stale = officer.page()
        stale.on("dialog", lambda dialog: dialog.accept())
        stale.goto(page.url)
        form = page.locator("#do-answer")
        fill(form, text="issued by our western office")
        send(form)
        expect(page.locator("#answer .badge").first).to_be_visible()
        assert page.locator("#do-answer").count() == 0
        must_be_fit(officer, page)
        served_until(b, lambda: b.heard("answer"))
        (answer,) = b.heard("answer")
        assert (answer.outcome, answer.text) == ("authentic", "issued by our western office")
        officer.expect("status of 4")
        fill(stale.locator("#do-answer"), text="another answer")
        send(stale.locator("#do-answer"))
        expect(stale.get_by_role("alert")).to_contain_text("ANSWERED_BEFORE")
        assert len(b.heard("answer")) == 1

        # an alert is sent; while the line is cut the page says that it is not delivered, and why
        served.line.before = cut
        page.goto(f"{served.url}/exchange")
        form = unfold(page, "alert")
        fill(form, code="SEIZED", about="container", thing="MSKU 123456-5", text=HOSTILE)
        send(form)
        page.goto(f"{served.url}/exchange")
        expect(page.locator("#undelivered tbody tr")).to_have_count(1)
        served_until(b, lambda: undelivered(b.line._node) == ["PARTNER_UNREACHABLE"])
        page.reload()
        expect(page.locator("#undelivered")).to_contain_text("PARTNER_UNREACHABLE")
        must_be_fit(officer, page)
        page.goto(f"{served.url}/exchange?about=container&value=msku1234565")
        assert page.locator("a[href^='/exchange/']").count() >= 1
        for query in ("about=container&value=%00", f"before={10**30}", "kind=odd"):
            page.goto(f"{served.url}/exchange?{query}")  # an answer of 500 would fail the visit
            assert page.locator("h1").count() == 1

        # what the agreement does not allow is refused at its field, and what was typed stands there still
        served.line.before = lambda: None
        page.goto(f"{served.url}/exchange")
        form = unfold(page, "mirror")
        fill(form, thing="no-such-declaration")
        send(form)
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.locator("#f-mirror-thing").input_value() == "no-such-declaration"
        must_be_fit(officer, page)
        form = unfold(page, "mirror")
        fill(form, thing=b.exported)
        send(form)
        expect(page.locator("#fields tbody tr")).to_have_count(2)
        must_be_fit(officer, page)
        mirrored = page.url

    with at_work(browser, served, "stranger", "ur", "phone") as (stranger, page):
        (asked,) = (one for one in b.desk.messages(MessagesQuery(kind="request")).messages if one.answer)
        page.goto(f"{served.url}/exchange/{asked.id}")
        must_be_fit(stranger, page)
        page.goto(f"{served.url}/exchange")
        must_be_fit(stranger, page)
        page.goto(mirrored)
        assert page.locator("#fields table").count() == 0  # another office's declaration
        must_be_fit(stranger, page)
        page.goto(f"{served.url}/exchange")
        form = unfold(page, "mirror")
        fill(form, thing=b.exported)
        stranger.expect("status of 404")
        send(form)
        expect(page.get_by_role("alert")).to_be_visible()


def served_until(b: Member, true: Any) -> None:
    """Wait until the service has come to it: it sends in a thread of its own."""
    waiting = threading.Event()
    for _ in range(400):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come to that in 20 seconds")
