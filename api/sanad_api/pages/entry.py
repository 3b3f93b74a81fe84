"""Coming in: the first page, signing in and out, the language; and following an act."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Role
from sanad_api.deps import TheCaller, TheService
from sanad_api.gate import COOKIE, budget_key
from sanad_api.pages.answering import has_partners, page
from sanad_api.pages.forms import inner, read_form, see, trouble
from sanad_api.pages.resuming import resume
from sanad_api.pages.words import COOKIE as LANGUAGE_COOKIE
from sanad_api.pages.words import LANGUAGES
from sanad_api.policy import OVERSIGHT
from sanad_api.problems import advice, status_of
from sanad_api.routes import router
from sanad_node.desk import acts as told
from sanad_node.exchange import journal
from sanad_verifier.errors import SanadError

entry = router("pages")
YEAR = 365 * 86400


@entry.get("/", include_in_schema=False)
async def home(request: Request, service: TheService, caller: TheCaller) -> Response:
    """What one can do here; for somebody unknown, verifying."""
    if not caller.known:
        return see("/verify")
    listed = None
    if caller.roles - {Role.PARTNER, Role.SQUAD}:
        listed, _ = await run_in_threadpool(
            told.acts_of, service.node, formation=seeing.own_only(caller), before=None, limit=10
        )
    raised = await run_in_threadpool(service.alarms) if caller.roles & OVERSIGHT else []
    requests = None
    if caller.roles & {Role.APPROVER, Role.AUDITOR} and has_partners(service.node):
        requests = await run_in_threadpool(journal.counted, service.node.office, service.node.clock())
    return page(
        request,
        "home.html",
        acts=listed,
        failing=service.carrier.health.failing,
        alarms=raised,
        requests=requests,
    )


@entry.get("/sign-in", include_in_schema=False)
async def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - what the address calls it
    """The form to sign in."""
    return page(request, "sign_in.html", problem=None, name="", next=inner(next), kept="")


@entry.post("/sign-in", include_in_schema=False)
async def sign_in(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Begin a session; address and name each have a budget of attempts, and who used up their own uses no other's."""
    form = await read_form(request, service, caller)
    name = form["name"].strip().lower()[:64]
    try:
        service.limiter.check("sign_in", f"from:{budget_key(request, caller)}")
        service.limiter.check("sign_in", f"name:{name}")
        session = await run_in_threadpool(service.accounts.sign_in, name, form["password"])
    except SanadError as error:
        refused = page(
            request,
            "sign_in.html",
            status_of(error),
            problem=trouble(error),
            name=name,
            next=inner(form["next"]),
            kept=form["kept"],
        )
        refused.headers.update(advice(error))
        return refused
    if form["kept"]:
        request.state.caller = session.caller
        answer = resume(request, form)
    else:
        answer = see(inner(form["next"]))
    answer.set_cookie(
        COOKIE,
        session.secret,
        max_age=session.expires_at - int(service.node.clock()),
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )
    return answer


@entry.post("/sign-out", include_in_schema=False)
async def sign_out(request: Request, service: TheService, caller: TheCaller) -> Response:
    """End the session."""
    await read_form(request, service, caller)
    await run_in_threadpool(service.accounts.sign_out, request.cookies.get(COOKIE, ""))
    answer = see("/verify")
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return answer


@entry.post("/language", include_in_schema=False)
async def language(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Choose the language: for this browser, and for oneself if signed in."""
    form = await read_form(request, service, caller)
    to, answer = form["language"], see(inner(form["next"]))
    if to in LANGUAGES:
        if caller.known:
            await run_in_threadpool(service.accounts.set_language, caller, to)
        answer.set_cookie(
            LANGUAGE_COOKIE, to, max_age=YEAR, path="/", secure=True, httponly=True, samesite="lax"
        )
    return answer


@entry.get("/acts/{act}", include_in_schema=False)
async def follow(act: str, request: Request, service: TheService, caller: TheCaller) -> Response:
    """How far an act has come."""
    view = await run_in_threadpool(service.desk.act, act)
    seeing.must_see_act(caller, view)
    return page(request, "act.html", act=view, failing=service.carrier.health.failing)
