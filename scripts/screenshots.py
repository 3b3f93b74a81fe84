#!/usr/bin/env python3
"""Pictures of every page, for every role that sees it, in both languages and widths: build/screenshots/index.html.

The sample network is founded in a folder of its own, served, visited and thrown away.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from sanad_testkit.browser import LANGUAGES, SIZES, Visitor, chromium, visiting
from sanad_testkit.crawling import crawl, name_of

ROLES = ("", "customs", "line", "squad", "auditor", "admin", "partner")
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


def pictures(visitor: Visitor, name: str, password: str, out: Path) -> Iterator[Path]:
    """A picture of the first page of each kind that somebody sees."""
    page = visitor.page()
    visitor.expect(r"status of 40[34]")
    if name:
        visitor.sign_in(page, name, password)
    for seen in crawl(visitor, page):
        if seen.first and seen.status == 200:
            path = out / f"{name_of(seen.kind)}.{name or 'nobody'}.{visitor.language}.{visitor.width}.png"
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
        for role in roles:
            for language in LANGUAGES:
                for width in SIZES:
                    with visiting(browser, address, language, width) as visitor:
                        made += pictures(visitor, role, passwords.get(role, ""), options.out)
            print(f"{role or 'nobody'}: {len(made)} pictures so far", flush=True)
    (options.out / "index.html").write_text(sheet(made), "utf-8")
    print(f"{len(made)} pictures: {options.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
