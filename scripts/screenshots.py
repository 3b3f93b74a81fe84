#!/usr/bin/env python3
"""Pictures of every page, for every role that sees it, in both languages and widths: build/screenshots/index.html.

The sample network is founded in a folder of its own, served, visited and thrown away. What it has no example of is done
first: a batch with a wrong row, and a hand-over that waits for its second signature. The dark look is taken for two
roles, each in one language at one width.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from playwright.sync_api import Browser, Page

from sanad_node.samples import FOLDER
from sanad_testkit.browser import LANGUAGES, SIZES, Language, Visitor, Width, chromium, visiting
from sanad_testkit.crawling import crawl, name_of

ROLES = ("", "customs", "line", "squad", "auditor", "admin", "partner")
DARK: tuple[tuple[str, Language, Width], ...] = (("admin", "en", "desktop"), ("line", "ur", "phone"))
ADDRESS = re.compile(r"Sanad serves (http://\S+)")
LOGIN = re.compile(r"^  (\S+) +(\S+) +\S+ +\S")


@contextmanager
def demonstration() -> Iterator[tuple[str, dict[str, str]]]:
    """The sample network, served: its address, and the password of each login."""
    with tempfile.TemporaryDirectory(prefix="sanad-pictures-") as folder:
        command = [sys.executable, "-u", "-m", "sanad_api.demo", "--data", f"{folder}/data", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            try:
                yield _greeted(running)
            finally:
                running.terminate()


def _greeted(running: subprocess.Popen[str]) -> tuple[str, dict[str, str]]:
    address, passwords = "", dict[str, str]()
    assert running.stdout is not None
    for line in running.stdout:
        if found := ADDRESS.search(line):
            address = found[1]
        elif address and (login := LOGIN.match(line)):
            passwords[login[1]] = login[2]
        if line.lstrip().startswith("data "):
            return address, passwords
    raise SystemExit("the demonstration did not start")


def make_more(browser: Browser, address: str, passwords: dict[str, str]) -> None:
    """Do what the sample network has no example of."""
    with visiting(browser, address) as visitor:
        page = visitor.page()
        visitor.sign_in(page, "auction", passwords["auction"])
        page.goto(f"{address}/batches")
        form = page.locator("form[action='/batches']")
        form.locator("select").select_option("AUCTION_RECEIPT")
        table = (
            (FOLDER / "batches/auction-receipts.csv").read_text("utf-8").replace("850000.00", "eight lakh")
        )
        form.locator("input[type=file]").set_input_files(
            {"name": "receipts of September.csv", "mimeType": "text/csv", "buffer": table.encode()}
        )
        _send(page, "form[action='/batches']")
        page.locator("progress").wait_for(state="detached")
    with visiting(browser, address) as visitor:
        page = visitor.page()
        visitor.sign_in(page, "line", passwords["line"])
        page.goto(f"{address}/consignments")
        page.locator("#do-register summary").click()
        for name, value in {"reference": "MSKU7750319", "place": "PKKHI", "quantity": "640"}.items():
            page.locator(f"#do-register [name={name}]").fill(value)
        page.locator("#do-register [name=kind]").select_option("CONTAINER")
        _send(page, "#do-register form")
        page.locator("[data-stage=final].stage-reached").wait_for()
        page.goto(f"{address}/consignments?find=MSKU7750319")
        page.locator("#do-ship summary").click()
        page.locator("#do-ship [name=to]").select_option("KSCT")
        _send(page, "#do-ship form")


def _send(page: Page, form: str) -> None:
    with page.expect_navigation():
        page.locator(f"{form} button[type=submit]").click()


def pictures(
    visitor: Visitor, name: str, password: str, out: Path, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Path]:
    """A picture of the first page of each kind that somebody sees."""
    page = visitor.page()
    page.emulate_media(color_scheme=scheme)
    visitor.expect(r"status of 40[34]")
    if name:
        visitor.sign_in(page, name, password)
    for seen in crawl(visitor, page):
        if seen.first and seen.status == 200:
            look = ".dark" if scheme == "dark" else ""
            who = f"{name or 'nobody'}.{visitor.language}.{visitor.width}{look}"
            path = out / f"{name_of(seen.kind)}.{who}.png"
            page.screenshot(path=path, full_page=True)
            yield path


def sheet(made: list[Path]) -> str:
    """All pictures on one page, by page and role."""
    cells = "".join(
        f'<figure><a href="{escape(path.name)}"><img src="{escape(path.name)}" loading="lazy" alt=""></a>'
        f"<figcaption>{escape(path.stem)}</figcaption></figure>"
        for path in sorted(made)
    )
    style = "body{display:flex;flex-wrap:wrap;gap:1rem;font:14px sans-serif}figure{margin:0;width:20rem}"
    style += "img{width:100%;height:24rem;object-fit:cover;object-position:top;border:1px solid #999}"
    return f"<!doctype html><meta charset=utf-8><title>Sanad's pages</title><style>{style}</style>{cells}\n"


def main() -> int:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--role", action="append", choices=[role or "nobody" for role in ROLES])
    options = parser.parse_args()
    roles = ["" if one == "nobody" else one for one in options.role or []] or list(ROLES)
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    made: list[Path] = []
    with demonstration() as (address, passwords), chromium() as browser:
        make_more(browser, address, passwords)
        for role in roles:
            for language in LANGUAGES:
                for width in SIZES:
                    with visiting(browser, address, language, width) as visitor:
                        made += pictures(visitor, role, passwords.get(role, ""), options.out)
            print(f"{role or 'nobody'}: {len(made)} pictures so far", flush=True)
        for role, language, width in DARK:
            if role in roles:
                with visiting(browser, address, language, width) as visitor:
                    made += pictures(visitor, role, passwords[role], options.out, "dark")
    (options.out / "index.html").write_text(sheet(made), "utf-8")
    print(f"{len(made)} pictures: {options.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
