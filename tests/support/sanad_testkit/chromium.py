"""Which browser do the pages' tests drive? `python -m sanad_testkit.chromium` prints its path.

`SANAD_CHROMIUM`, else chromium or chrome on PATH, else Playwright's own. None is a failure that says what to install,
never a silent skip. (`scripts/bootstrap.sh browser` installs Debian's package where it may.)
"""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ADVICE = (
    "no browser was found: install the package chromium (Debian), or Google Chrome, or run `playwright install "
    "chromium`, or set SANAD_CHROMIUM to the path of one"
)


class NoBrowser(RuntimeError):
    """There is no Chromium here; the message says what to install."""


@cache
def chromium_path() -> str:
    """The path of the browser; `NoBrowser` if there is none."""
    stated = os.environ.get("SANAD_CHROMIUM")
    if stated:
        if not os.access(stated, os.X_OK):
            raise NoBrowser("SANAD_CHROMIUM names no program that can be run")
        return stated
    for found in filter(None, map(shutil.which, NAMES)):
        return found
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starts a process; asked last

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if not Path(own).is_file():
        raise NoBrowser(ADVICE)
    return own


def main() -> int:
    try:
        print(chromium_path())
    except NoBrowser as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
