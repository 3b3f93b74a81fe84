"""The page of people and service clients, for the administrator."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from sanad_api.deps import TheCaller, TheService
from sanad_api.pages.answering import page
from sanad_api.pages.forms import Form, new_key, read_form, see, trouble
from sanad_api.pages.mistakes import of_error
from sanad_api.problems import status_of
from sanad_api.routes import router
from sanad_api.service import Service
from sanad_node.wire import TokenView, UserRequest
from sanad_verifier.errors import SanadError

people = router("pages")
TOKEN_DAYS = 90
DAY = 86400


@people.get("/users", include_in_schema=False)
async def list_users(request: Request, service: TheService) -> Response:
    """Everybody who may come in."""
    return await _page(request, service, None, None)


async def _page(
    request: Request,
    service: Service,
    form: Form | None,
    error: SanadError | None,
    token: TokenView | None = None,
) -> Response:
    codes = sorted((await run_in_threadpool(service.node.reader.formation_codes)).values())
    return page(
        request,
        "users.html",
        200 if error is None else status_of(error),
        users=await run_in_threadpool(service.accounts.users),
        formations=codes,
        given=form,
        token=token,
        key=new_key(),
        problem=None if error is None else trouble(error),
    )


@people.post("/users", include_in_schema=False)
async def change(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Add, disable, enable, or make a token. A token is shown on the page that answers, and nowhere again."""
    form = await read_form(request, service, caller)
    name = form["name"].strip().lower()
    try:
        match form["act"]:
            case "disable":
                await run_in_threadpool(service.accounts.disable, name)
            case "enable":
                await run_in_threadpool(service.accounts.enable, name)
            case "token":
                label = form["label"].strip() or "portal"
                made = await run_in_threadpool(
                    lambda: service.accounts.make_token(name, label=label, lifetime_seconds=TOKEN_DAYS * DAY)
                )
                told = TokenView(name=name, label=label, token=made)
                return await _page(request, service, None, None, told)
            case _:
                await run_in_threadpool(_add, service, form, name)
    except (SanadError, ValidationError) as error:
        return await _page(request, service, form, of_error(error))
    return see("/users")


def _add(service: Service, form: Form, name: str) -> None:
    asked = UserRequest.model_validate(
        {
            "name": name,
            "kind": form["kind"] or "person",
            "formation": form["formation"],
            "roles": form.all("roles"),
            "password": form["password"],
        }
    )
    if asked.formation:
        service.node.reader.formation(asked.formation, field="formation")
    service.accounts.add(
        asked.name,
        kind=asked.kind,
        formation=asked.formation,
        roles=asked.roles,
        password=asked.password or None,
    )
