"""Pages out of templates: one environment for all, escaping everything, refusing what a view left out."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from sanad_api.callers import Caller
from sanad_api.envelope import CSP
from sanad_api.pages import moments, view
from sanad_api.pages.asked import ASKED
from sanad_api.pages.navigation import navigation
from sanad_api.pages.text import plain, short
from sanad_api.pages.tones import tone_of
from sanad_api.pages.words import LANGUAGES, Language, words
from sanad_node import types
from sanad_node.wire import DocumentLine, DocumentView, PaperView, VerdictView

STATIC = "/static"
PAGE_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Language": "",
    "Content-Security-Policy": f"{CSP}; require-trusted-types-for 'script'; trusted-types sanad",
    "Vary": "Accept-Language, Cookie",
}
"""Headers of every page, besides those of every answer (`sanad_api.envelope`). `headers_of` fills the language in."""
_NAMES: dict[Language, str] = {"en": "English", "ur": "اردو"}


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """The language this page is not in, and what it is called there."""

    code: Language
    name: str


class Pages:
    """Renders templates. `clock` says what time it is, so that ages can be tested."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.environment = Environment(
            loader=PackageLoader("sanad_api.pages", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.filters.update(plain=plain, short=short)
        self.environment.globals.update(ASKED)
        self.environment.globals.update(moment=_moment, tone_of=tone_of, static=static_url)
        self.environment.globals.update(
            verdict_of=_verdict,
            ledger_facts=_ledger_facts,
            history_of=_history,
            linked=_linked,
            type_titles=_titles,
            type_labels=_labels,
            type_title=_title,
            document_href=_document_href,
        )

    def render(self, template: str, language: Language, caller: Caller, **given: Any) -> str:
        """The page. `path` is where it is (with its query), for the way back from the other language and
        for what the header marks as current; everything else is the template's own.
        """
        told = words(language)
        path = str(given.pop("path", "/"))
        context: dict[str, Any] = {
            "w": told,
            "lang": language,
            "dir": told.direction,
            "who": caller,
            "nav": navigation(
                caller,
                path,
                acts=given.setdefault("mirrored", None) is None,
                partners=given.setdefault("partners", True),
            ),
            "path": path,
            "now": int(self._clock()),
            "other_language": _other(language),
        }
        return self.environment.get_template(template).render({**context, **given})


def headers_of(language: Language) -> dict[str, str]:
    """The headers of a page in a language."""
    return {**PAGE_HEADERS, "Content-Language": language}


# -- what templates ask for, in the reader's language and at the page's time ---------------------------------------


@pass_context
def _moment(context: Context, seconds: int) -> moments.Moment | None:
    return moments.moment(seconds, context["now"], context["w"])


@pass_context
def _verdict(context: Context, told: VerdictView) -> view.VerdictShown:
    return view.verdict_shown(told, context["now"], context["w"])


@pass_context
def _ledger_facts(context: Context, told: DocumentView) -> tuple[view.Fact, ...]:
    return view.ledger_facts(told, context["w"])


@pass_context
def _history(context: Context, told: DocumentView) -> tuple[view.Event, ...]:
    return view.history(told, context["w"])


@pass_context
def _linked(context: Context, papers: list[PaperView]) -> tuple[view.Linked, ...]:
    return view.linked(papers, context["w"], context["who"])


@pass_context
def _titles(context: Context) -> dict[str, str]:
    return {name: view.type_title(name, context["w"]) for name in types.registry()}


@pass_context
def _labels(context: Context) -> dict[str, dict[str, str]]:
    return {name: view.field_labels(name, context["w"]) for name in types.registry()}


@pass_context
def _title(context: Context, name: str) -> str:
    return view.type_title(name, context["w"])


def _document_href(one: DocumentLine) -> str:
    return view.document_href(one.digest, one.type, one.issuer)


def _other(language: Language) -> OtherLanguage:
    code = next(one for one in LANGUAGES if one != language)
    return OtherLanguage(code, _NAMES[code])


# -- static files --------------------------------------------------------------------------------------------------


@cache
def static_files() -> dict[str, bytes]:
    """Every static file by name."""
    folder = files("sanad_api.pages") / "static"
    return {
        one.name: one.read_bytes() for one in sorted(folder.iterdir(), key=lambda f: f.name) if one.is_file()
    }


@cache
def static_version() -> str:
    """One mark for all static files. It stands in the path, so a module's `import "./other.js"` stays within it."""
    sums = [f"{hashlib.sha256(data).hexdigest()} {name}\n" for name, data in static_files().items()]
    return hashlib.sha256("".join(sums).encode()).hexdigest()[:16]


def static_url(name: str) -> str:
    """Where a static file is; a name that does not exist is a fault of the template."""
    if name not in static_files():
        raise LookupError(name)
    return f"{STATIC}/{static_version()}/{quote(name)}"
