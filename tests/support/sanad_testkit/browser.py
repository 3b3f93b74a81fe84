"""Real Chromium for tests of the pages: what is wrong on a page that nobody asserts about fails the test all the same.

A `Visitor` is one browser context, with a language and a width. It notes every message of level error in the
console, every exception, every violation of the content security policy, every request to another host and every
answer of 500 or above; its end is a failure if there was one that the test had not announced (`expect`).

The browser lives for a module: Playwright's event loop runs in the test's thread as long as it does, and tests of
other modules in the same process start loops of their own.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright

from sanad_testkit.chromium import chromium_path

Language = Literal["en", "ur"]
Width = Literal["phone", "desktop"]
LANGUAGES: tuple[Language, ...] = ("en", "ur")
SIZES: dict[Width, tuple[int, int]] = {"phone": (360, 740), "desktop": (1280, 900)}
PATIENCE_MS = 15_000
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]  # fmt: skip
AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WATCH_CSP = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Visitor:
    """A person at a browser. `base` is the service's address."""

    base: str
    context: BrowserContext
    language: Language
    width: Width
    wrong: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def page(self) -> Page:
        """A new tab that is watched."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda said: self._note("console", said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._note("exception", str(error)))
        page.on("request", self._request)
        page.on("response", self._response)
        return page

    def expect(self, pattern: str) -> None:
        """Announce something wrong that this test brings about, such as an answer of 422 in the console."""
        self.expected.append(re.compile(pattern))

    def sent(self, method: str, path: str) -> list[Request]:
        """Requests that were made so far."""
        return [one for one in self.requests if one.method == method and urlsplit(one.url).path == path]

    def sign_in(self, page: Page, name: str, password: str) -> None:
        """Sign in by the form; ends on the first page."""
        page.goto(f"{self.base}/sign-in")
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(password)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(lambda url: urlsplit(url).path == "/")

    def must_be_fine(self) -> None:
        """Fail if something went wrong that was not announced."""
        found = [one for one in self.wrong if not any(known.search(one) for known in self.expected)]
        assert not found, "\n".join(found)

    def _note(self, kind: str, text: str) -> None:
        self.wrong.append(f"{kind}: {text}")

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        asked, own = urlsplit(request.url), urlsplit(self.base)
        if asked.scheme not in {"data", "blob"} and asked.netloc != own.netloc:
            self._note("another host", request.url)

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._note("server", f"{response.status} {response.request.method} {response.url}")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A browser process of one's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(
    browser: Browser,
    base: str,
    language: Language = "en",
    width: Width = "desktop",
    *,
    scripts: bool = True,
) -> Iterator[Visitor]:
    """A visitor, until the end of the block; the block fails if anything was wrong that it had not announced.

    Without `scripts` the browser runs none of the pages' own.
    """
    wide, high = SIZES[width]
    context = browser.new_context(
        viewport={"width": wide, "height": high},
        locale={"en": "en-GB", "ur": "ur-PK"}[language],
        timezone_id="Asia/Karachi",
        has_touch=width == "phone",
        reduced_motion="reduce",
        java_script_enabled=scripts,
    )
    context.add_init_script(WATCH_CSP)
    visitor = Visitor(base, context, language, width)
    try:
        yield visitor
        visitor.must_be_fine()
    finally:
        context.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's tests."""
    with chromium() as running:
        yield running


@cache
def _axe_source() -> str:
    assert AXE.is_file(), "axe-core is missing: run scripts/bootstrap.sh browser"
    return AXE.read_text("utf-8")


def axe(page: Page) -> list[str]:
    """What axe-core objects to on a page as it stands: rule, and the elements.

    It is evaluated by the debugger's protocol, so the page's own policy stays in force.
    """
    page.evaluate(_axe_source())
    told: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        AXE_TAGS,
    )
    return [
        f"{found['id']}: {node['html'][:160]} {node['failureSummary']}"
        for found in told["violations"]
        for node in found["nodes"]
    ]


def overflowing(page: Page) -> list[str]:
    """Elements that stick out of the page sideways, which a phone's user would have to scroll for."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll("body *")].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.width > 0 && (box.right > width + 1 || box.left < -1);
          }).slice(0, 5).map((one) => one.outerHTML.slice(0, 160));
        }"""
    )
    return found
