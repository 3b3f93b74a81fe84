"""A page of the documentation that says what to do with a browser, and the reader who does it to the letter.

What the page's sentences mean to this reader:

* *Sign in as* **name**: with the password that belongs to it, signed out before;
* *Press* **A**, *then* **B**: the buttons and links so called, one after the other; *and save it as* `file` directly
  after one that gives a file;
* a table of `field` and `write`: filled in or chosen, by the field's label;
* *bring the file* `file`: to the page's only place for files;
* *write* `a` *in place of* `b` *in* `file`, *and save it as* `other`: with an editor;
* “words in quotation marks”: stand on the page at that moment.

Everything else is for people. A name that nothing to press and no label has, or words that are not on the page, is an
`AssertionError` that names the line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Error, Locator, Page

from sanad_testkit.browser import Visitor

Kind = Literal["see", "sign in", "press", "save", "bring", "edit", "fill"]
SENTENCES: dict[Kind, str] = {
    "see": r"“([^”]+)”",
    "sign in": r"Sign in as \*\*([^*]+)\*\*",
    "save": r"Press \*\*([^*]+)\*\*, and save it as `([^`]+)`",
    "press": r"(?:Press|, then) \*\*([^*]+)\*\*",
    "bring": r"bring the file `([^`]+)`",
    "edit": r"write `([^`]+)` in place of `([^`]+)` in `([^`]+)`, and save it as `([^`]+)`",
    "fill": r"(?m:^\| (?!field|---)([^|\n]+) \| ([^|\n]+) \|$)",
}
ANYWHERE = {kind: re.compile(one.replace(" ", r"\s"), re.IGNORECASE) for kind, one in SENTENCES.items()}
"""A sentence may go on in the next line."""
ANY = re.compile("|".join(f"(?:{one.pattern})" for one in ANYWHERE.values()), re.IGNORECASE)
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
ISOLATES = dict.fromkeys(range(0x2066, 0x206A))
PRESSABLE = ("button:not([aria-hidden])", "summary", "a")
SHOWN = """words => document.body.innerText.replace(/[\\u2066-\\u2069]/g, "").replace(/\\s+/g, " ").includes(words)"""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do or to see, and the line that says so."""

    line: int
    kind: Kind
    told: tuple[str, ...]


def steps(text: str) -> Iterator[Step]:
    """What a page says is to be done, in order, from its first section on."""
    start = text.index("\n## ")
    told = BLOCK.sub(lambda block: "\n" * block[0].count("\n"), text)
    for found in ANY.finditer(told, start):
        for kind, pattern in ANYWHERE.items():
            if (one := pattern.fullmatch(found[0])) is not None:
                yield Step(told.count("\n", 0, found.start()) + 1, kind, tuple(map(_plain, one.groups())))
                break


def _plain(text: str) -> str:
    return " ".join(text.split())


@dataclass
class Reader:
    """Somebody with a browser, a folder for files, and the logins that were printed."""

    visitor: Visitor
    page: Page
    folder: Path
    logins: Mapping[str, str]
    form: Locator | None = field(default=None)
    """The form last filled in: which of two buttons of one name is meant."""

    def follow(self, page: Path) -> list[Step]:
        """Do everything a page says; the steps done."""
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(f"{self.visitor.base}/")
        done = list(steps(page.read_text("utf-8")))
        for step in done:
            try:
                self._do(step)
            except (Error, AssertionError) as error:
                seen = self.page.locator("body").inner_text().translate(ISOLATES)
                raise AssertionError(
                    f"{page.name}:{step.line} {step.kind} {step.told}: {error}\n{seen}"
                ) from error
        return done

    def _do(self, step: Step) -> None:
        match step.kind, step.told:
            case "see", (words,):
                self.page.wait_for_function(SHOWN, arg=words)
            case "sign in", (name,):
                self._sign_in(name)
            case "press", (name,):
                self._named(name).click()
                self.page.wait_for_load_state()
            case "save", (name, file):
                with self.page.expect_download() as given:
                    self._named(name).click()
                assert Path(given.value.suggested_filename).suffix == Path(file).suffix
                given.value.save_as(self.folder / file)
            case "bring", (file,):
                self.page.locator("input[type=file]").set_input_files(self.folder / file)
            case "edit", (new, old, source, target):
                before = (self.folder / source).read_text("utf-8")
                assert before.count(old) == 1, f"{source} has it {before.count(old)} times"
                (self.folder / target).write_text(before.replace(old, new), "utf-8")
            case "fill", (label, value):
                self._fill(label, value)

    def _sign_in(self, name: str) -> None:
        leave = self.page.get_by_role("button", name="Sign out")
        if leave.count():
            leave.click()
            self.page.wait_for_load_state()
        self.visitor.sign_in(self.page, name, self.logins[name])
        self.form = None

    def _named(self, name: str) -> Locator:
        """What is to be pressed: in the form last filled in before elsewhere, a button before what unfolds before a
        link; the whole of its words, or its heading.
        """
        whole = re.compile(rf"^\s*{re.escape(name)}\s*$")
        headed = self.page.locator("strong", has_text=whole)
        for place in (self.form, self.page) if self.form is not None else (self.page,):
            for tag in PRESSABLE:
                shown = place.locator(tag).locator("visible=true")
                for found in (shown.filter(has_text=whole), shown.filter(has=headed)):
                    if found.count():
                        return found.first
        there = [self.page.locator(tag).locator("visible=true").all_inner_texts() for tag in PRESSABLE]
        raise AssertionError(f"nothing to press is called {name}, only {there}")

    def _fill(self, label: str, value: str) -> None:
        named = self.page.locator("label").locator("visible=true")
        exact = named.filter(has_text=re.compile(rf"^\s*{re.escape(label)}\s*(\*|\(optional\))?\s*$"))
        assert exact.count(), f"no field is called {label}, only {named.all_inner_texts()}"
        where = self.page.locator(f'[id="{exact.first.get_attribute("for")}"]')
        if where.evaluate("one => one.tagName") == "SELECT":
            where.select_option(label=value)
        else:
            where.fill(value)
        self.form = where.locator("xpath=ancestor::form")
