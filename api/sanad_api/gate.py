"""The gate every request passes before its body is read: who asks, may they, how often, how much, and was it
asked before.

In this order, cheapest first: the route's rule, the caller (one lookup of a hash), the caller's budget, whether
this node can act at all, the cross-site check, the size of the body, the idempotency key. A route is made with
`GatedRoute`; a test shows that there is no other.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Any, get_args, get_origin

from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from sanad_api import segments
from sanad_api.accounts import CsrfRefused
from sanad_api.answers import must_be_key
from sanad_api.callers import ANYONE, OPERATOR, Caller
from sanad_api.policy import Rule
from sanad_api.problems import (
    BodyTooLarge,
    ContentTypeWrong,
    Forbidden,
    NotFound,
    RequestInvalid,
    SignInNeeded,
)
from sanad_api.service import Service
from sanad_node.asking import Asking, asking
from sanad_node.reads.looking import looking
from sanad_node.standing_in import codes_of
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.json_profile import parse

COOKIE = "__Host-sanad"
BEARER = "bearer "
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_KEY = "key"
SCOPES = ("act", "request")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotencyScopeInvalid(InputError):
    """An Idempotency-Scope is `act` or `request`."""

    code = "IDEMPOTENCY_SCOPE_INVALID"


class Refused(HTTPException):
    """Carries one of our errors through a framework that would otherwise replace it."""

    def __init__(self, error: SanadError) -> None:
        super().__init__(400)
        self.error = error


class StrictRequest(Request):
    """A request whose JSON is read by the profile: no duplicate members, no floats, nothing that two readers
    could take differently (docs/spec/json-profile.md).
    """

    async def json(self) -> Any:
        must_be_json(self)
        try:
            return parse(await self.body())
        except SanadError as error:
            raise Refused(error) from error


class GatedRoute(APIRoute):
    """A route behind the gate."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        apart = segments.kept_apart(scope)
        match, found = super().matches(scope if apart is None else apart)
        if apart is not None and "path_params" in found:
            found["path_params"] = segments.put_together(found["path_params"])
        return match, found

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        takes_json = self.body_field is not None
        parameters = self.dependant.query_params
        several = frozenset(one.alias for one in parameters if takes_several(one.field_info.annotation))

        async def checked(request: Request) -> Response:
            must_be_once(request, several)
            if takes_json:  # before the framework, which would take another type for a malformed body
                must_be_json(request)
            return await inner(request)

        async def handle(request: Request) -> Response:
            return await pass_through(request, self.path, checked)

        return handle


def takes_several(annotation: object) -> bool:
    """Whether a parameter of this type is a list."""
    return get_origin(annotation) is list or any(takes_several(one) for one in get_args(annotation))


async def pass_through(request: Request, path: str, inner: Handler) -> Response:
    """Answer a request, or raise why not."""
    service: Service = request.app.state.service
    rule = service.rule(request.method, path)
    if rule is None:
        raise NotFound("there is nothing at this address")
    try:
        caller = caller_of(request, service)
    except SignInNeeded:
        service.limiter.check("read", budget_key(request, ANYONE))  # who guesses tokens is a stranger
        raise
    budget = "read" if rule.budget == "verify" and caller.known else rule.budget
    service.limiter.check(budget, budget_key(request, caller))
    must_be_allowed(rule, caller)
    if rule.act and not rule.local:
        service.node.must_act()
    must_be_same_site(request, caller, service)
    must_be_plain(request)
    if caller.formation:
        caller = replace(caller, places=await run_in_threadpool(codes_of, service.node, caller.formation))
    request.state.caller = caller
    request.state.rule = rule
    limit = getattr(service.settings.limits, rule.body)
    bounded = StrictRequest(request.scope, bounded_receive(request, limit))
    if not rule.act:
        return await recorded(bounded, service, caller, path, inner)
    if service.is_page(request.method, path):
        return await inner(bounded)
    key = must_be_key(request.headers.get("Idempotency-Key"))
    must_be_scope(request.headers.get("Idempotency-Scope", "act"))
    if rule.streamed:
        request.state.key = key
        return await inner(bounded)
    return await once(bounded, service, caller, key, inner)


async def recorded(request: Request, service: Service, caller: Caller, path: str, inner: Handler) -> Response:
    """Answer, and give the answer out once it is in the read log who was shown what; also that somebody looked for what
    there is not.
    """
    what = f"{request.method} {path}"
    with looking() as looked:
        try:
            answer = await inner(request)
        except SanadError:
            await service.recorder.record(caller, what, looked)
            raise
        await service.recorder.record(caller, what, looked)
        return answer


async def once(request: Request, service: Service, caller: Caller, key: str, inner: Handler) -> Response:
    """Carry out an act, unless it was before: then give the same answer."""
    service.answers.begin(caller.id, key)
    try:
        mark = fingerprint(request, await request.body())
        if request.state.rule.password:
            mark = service.keyed(mark)
        known = service.answers.find(caller.id, key, mark)
        if known is not None:
            return known.again()
        names_act = request.headers.get("Idempotency-Scope") != "request"
        who = Asking(caller.user, caller.id, caller.formation, key, mark, names_act=names_act)
        request.state.asking = who
        with asking(who):
            answer = await inner(request)
        if not who.answer and answer.status_code < 300:  # no act on the ledger: the answer is kept by itself
            kept = getattr(request.state, "to_remember", None) or bytes(answer.body)
            service.answers.keep(caller.id, key, mark, answer.status_code, kept, int(service.node.clock()))
        return answer
    finally:
        service.answers.end(caller.id, key)


def fingerprint(request: Request, body: bytes) -> bytes:
    """SHA-256 of what was asked: method, path with its query, body. A form's boundary is left out, which clients
    draw anew for each request.
    """
    asked = f"{request.method} {request.url.path}?{request.url.query}\0".encode()
    kind, _, parameters = request.headers.get("Content-Type", "").partition(";")
    if kind.strip().lower() == "multipart/form-data":
        boundary = parameters.partition("boundary=")[2].partition(";")[0].strip(' "')
        body = body.replace(f"--{boundary}".encode(), b"--") if boundary else body
    return hashlib.sha256(asked + body).digest()


def caller_of(request: Request, service: Service) -> Caller:
    """Who asks. A token that is given and wrong is refused, never taken for nobody's."""
    given = request.headers.get("Authorization")
    if given is not None:
        if given[: len(BEARER)].lower() != BEARER:
            raise SignInNeeded("only bearer tokens are taken", field="Authorization")
        token = given[len(BEARER) :].strip()
        if service.is_operator(token):
            return OPERATOR
        client: Caller | None = service.accounts.caller_of_token(token)
        if client is None:
            raise SignInNeeded("the token is unknown, expired or revoked", field="Authorization")
        return client
    secret = request.cookies.get(COOKIE)
    if secret is not None:
        caller: Caller | None = service.accounts.caller_of_session(secret)
        return caller or ANYONE
    return ANYONE


def must_be_allowed(rule: Rule, caller: Caller) -> None:
    """`SignInNeeded` or `Forbidden` unless the rule lets the caller through."""
    if rule.allows(caller):
        return
    if not caller.known:
        raise SignInNeeded("sign in, or send a token")
    raise Forbidden("your role does not allow this")


def must_be_same_site(request: Request, caller: Caller, service: Service) -> None:
    """A browser's cookie is not enough to change anything: the page must be ours. Requests with a token have no
    cookie that another site could use.
    """
    if request.method in SAFE or "Authorization" in request.headers:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin not in service.origins(request):
        raise CsrfRefused("this was sent from a page of another site")
    if caller.csrf and not service.is_page(request.method, request.scope["route"].path):
        service.accounts.check_csrf(caller, request.headers.get("X-CSRF-Token", ""))


def must_be_scope(given: str) -> None:
    """`IdempotencyScopeInvalid` unless it says what a key names: the act, or this request for it only."""
    if given not in SCOPES:
        raise IdempotencyScopeInvalid("a key is for an `act` or for a `request`", field="Idempotency-Scope")


def must_be_once(request: Request, several: frozenset[str]) -> None:
    """`RequestInvalid` where a parameter is given twice that is not a list: one of the two would be passed over."""
    if not request.scope["query_string"]:
        return
    given = Counter(name for name, _ in request.query_params.multi_items())
    if any(times > 1 and name not in several for name, times in given.items()):
        raise RequestInvalid([{"pointer": "", "code": "GIVEN_TWICE", "detail": "a parameter is given twice"}])


def must_be_plain(request: Request) -> None:
    """Nothing is unpacked here: a small body could be a large one."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ContentTypeWrong("send the body as it is, without a content encoding", field="Content-Encoding")


def must_be_json(request: Request) -> None:
    """`ContentTypeWrong` unless the body is said to be JSON, which is UTF-8."""
    kind, *parameters = request.headers.get("Content-Type", "").lower().split(";")
    named = {name.strip(): value.strip(' "') for name, _, value in (one.partition("=") for one in parameters)}
    if kind.strip() != "application/json" or named.get("charset", "utf-8") != "utf-8":
        raise Refused(ContentTypeWrong("send application/json in UTF-8", field="Content-Type"))


def budget_key(request: Request, caller: Caller) -> str:
    """Whose budget is used: the caller's, or the address's of one who has not signed in. Of IPv6 it is the /64: one
    machine has all of its addresses.
    """
    if caller.known:
        return caller.id
    host = request.client.host if request.client else "unknown"
    try:
        address = IPv6Address(host)
    except ValueError:
        return host
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))


def bounded_receive(request: Request, limit: int) -> Callable[[], Coroutine[Any, Any, Any]]:
    """The request's own `receive`, which stops at the limit; a length announced beyond it is refused at once."""
    announced = request.headers.get("Content-Length", "0")
    if not announced.isdigit() or int(announced) > limit:
        raise BodyTooLarge("the body is larger than this address takes")
    received = 0

    async def receive() -> Any:
        nonlocal received
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        received += len(message.get("body", b""))
        if received > limit:
            raise Refused(BodyTooLarge("the body is larger than this address takes"))
        return message

    return receive
