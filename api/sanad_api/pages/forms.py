"""What a page's form sends: read once, bounded, from a page of ours, and carried out once."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

import orjson
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sanad_api.answers import must_be_key
from sanad_api.callers import Caller
from sanad_api.problems import RequestInvalid, pointer_of
from sanad_api.service import Service
from sanad_node.asking import Asking, asking
from sanad_verifier.errors import SanadError

FIELDS_AT_MOST = 5000
FIELD_BYTES = 1 << 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field and what is wrong with it, as a page lists them."""

    name: str
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as a page shows it."""

    code: str
    message: str
    listed: tuple[Wrong, ...] = ()


def trouble(error: SanadError) -> Trouble:
    """What a page says about an error: its words by the code, and the fields it names."""
    found = getattr(error, "problems", ())
    if found:
        listed = tuple(Wrong(one.pointer, one.pointer or "/", one.message) for one in found[:50])
    elif isinstance(error, RequestInvalid):
        listed = tuple(Wrong(o["pointer"][1:], o["pointer"], o["detail"]) for o in error.listed)
    elif error.field:
        name = pointer_of(error.field).removeprefix("/")
        listed = (Wrong(name, name, error.message),)
    else:
        listed = ()
    return Trouble(error.code, error.message, listed)


class Form:
    """The fields of a form; a field that was not sent is empty."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def __getitem__(self, name: str) -> str:
        value = self._data.get(name)
        return value if isinstance(value, str) else ""

    def all(self, name: str) -> list[str]:
        return [value for value in self._data.getlist(name) if isinstance(value, str)]

    def texts(self) -> dict[str, str]:
        """Every field that is text."""
        return {name: value for name, value in self._data.multi_items() if isinstance(value, str)}

    def file(self, name: str = "file") -> UploadFile | None:
        """A file that was chosen."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def fingerprint(self, path: str) -> bytes:
        told = sorted((n, v) for n, v in self.texts().items() if n not in {"csrf", "key"})
        return hashlib.sha256(orjson.dumps([path, told])).digest()


async def read_form(request: Request, service: Service, caller: Caller) -> Form:
    """The form; `CsrfRefused` unless it came from a page of ours (where somebody is signed in)."""
    form = Form(await request.form(max_files=1, max_fields=FIELDS_AT_MOST, max_part_size=FIELD_BYTES))
    if caller.known:
        service.accounts.check_csrf(caller, form["csrf"])
    return form


def new_key() -> str:
    """A name for the act that a page's form is about to ask for: sent twice, it is one act."""
    return f"page-{secrets.token_urlsafe(12)}"


async def act_once(
    request: Request, service: Service, caller: Caller, form: Form, do: Callable[[str | None], object]
) -> Response:
    """Carry out a form's act and lead to where it can be followed. Sent again, the form leads to the same act."""
    key, path = must_be_key(form["key"]), request.url.path
    service.answers.begin(caller.id, key)
    try:
        mark = form.fingerprint(path)
        known = await run_in_threadpool(service.answers.find, caller.id, key, mark)
        body = known.body if known is not None else None
        if body is None:
            who = Asking(caller.user, caller.id, caller.formation, key, mark)
            with asking(who):
                await run_in_threadpool(do, who.act_key)
            body = who.answer
        told = orjson.loads(body)
        return see(f"/acts/{(told if 'act' in told else told['acts'][-1])['act']}")
    finally:
        service.answers.end(caller.id, key)


def see(path: str, **query: str) -> Response:
    """Look there now (303)."""
    return RedirectResponse(path + (f"?{urlencode(query)}" if query else ""), 303)


def inner(path: str) -> str:
    """An address of ours to go on to, `/` for anything else: nobody is led away from here."""
    safe = (
        path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 512
    )
    return path if safe else "/"
