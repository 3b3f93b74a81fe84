"""A session that ended while a form was filled in: what was sent is kept in the page that asks to sign in, and offered
again after it. Nothing is stored here, and nothing is done until the person says so once more.
"""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from sanad_api.gate import bounded_receive
from sanad_api.pages.answering import page
from sanad_api.pages.forms import FIELDS_AT_MOST, Form, inner, trouble
from sanad_verifier.errors import SanadError

KEPT_AT_MOST = 256 << 10
"""Bytes of a form that travel through signing in. A longer one is lost, as a file is: it is brought again."""
FORM = "application/x-www-form-urlencoded"


async def sign_in_again(request: Request, error: SanadError) -> Response:
    """The form to sign in, in answer to a form of somebody who no longer is signed in."""
    kept = await _sent(request)
    return page(
        request,
        "sign_in.html",
        401,
        problem=None if kept else trouble(error),
        name="",
        next=request.url.path if kept else "/",
        kept=kept,
    )


async def _sent(request: Request) -> str:
    length = request.headers.get("Content-Length", "")
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != FORM or not length.isdigit() or int(length) > KEPT_AT_MOST:
        return ""
    body = await Request(request.scope, bounded_receive(request, KEPT_AT_MOST)).body()
    return _without_token(body.decode("ascii", errors="ignore"))


def _without_token(sent: str) -> str:
    return urlencode([(name, value) for name, value in fields_of(sent) if name != "csrf"])


def fields_of(kept: str) -> list[tuple[str, str]]:
    """The fields of a form that was kept; none if it is not one."""
    try:
        return parse_qsl(kept, keep_blank_values=True, max_num_fields=FIELDS_AT_MOST)
    except ValueError:
        return []


def resume(request: Request, form: Form) -> Response:
    """What was sent before, to be sent again by who has signed in now."""
    return page(
        request, "resume.html", to=inner(form["next"]), fields=fields_of(_without_token(form["kept"]))
    )
