"""The application: routes, the gate's errors as problems or pages, and the OpenAPI document."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import ORJSONResponse
from sqlalchemy.exc import DatabaseError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sanad_api import openapi
from sanad_api.envelope import Envelope
from sanad_api.events.routes import events
from sanad_api.events.webhook_routes import hooks
from sanad_api.metrics import Metrics
from sanad_api.pages.answering import page
from sanad_api.pages.forms import see
from sanad_api.pages.rendering import Pages
from sanad_api.pages.resuming import sign_in_again
from sanad_api.pages.routes import PAGES, pages
from sanad_api.pages.static_files import STATIC_RULES, static
from sanad_api.policy import API
from sanad_api.problems import (
    InternalFault,
    SignInNeeded,
    advice,
    of_http,
    of_validation,
    respond,
    status_of,
)
from sanad_api.routes.acts import acts
from sanad_api.routes.authority import authority
from sanad_api.routes.batches import batches
from sanad_api.routes.bills import bills
from sanad_api.routes.cargo import cargo
from sanad_api.routes.catalogue import catalogue
from sanad_api.routes.certificates import certificates
from sanad_api.routes.declarations import declarations
from sanad_api.routes.documents import documents
from sanad_api.routes.exchange import exchange
from sanad_api.routes.exports import exports
from sanad_api.routes.findings import findings
from sanad_api.routes.health import health
from sanad_api.routes.instruments import instruments
from sanad_api.routes.mirrored import mirrored
from sanad_api.routes.node import node
from sanad_api.routes.observing import observing
from sanad_api.routes.oversight import oversight
from sanad_api.routes.packs import packs
from sanad_api.routes.register import register
from sanad_api.routes.returns import returns
from sanad_api.routes.status_lists import status_lists
from sanad_api.routes.stock import stock
from sanad_api.routes.successions import successions
from sanad_api.routes.users import users
from sanad_api.routes.vault import vault
from sanad_api.routes.verification import verification
from sanad_api.routes.witness import witness
from sanad_api.service import Service
from sanad_api.settings import Settings
from sanad_node.durable import disk_error
from sanad_node.store.faults import store_error
from sanad_verifier.errors import EnvironmentFault, SanadError

log = structlog.get_logger("sanad.service")
ROUTERS = (  # looked through in this order
    verification,
    documents,
    register,
    certificates,
    exports,
    findings,
    stock,
    successions,
    declarations,
    returns,
    packs,
    status_lists,
    mirrored,
    witness,
    vault,
    batches,
    cargo,
    observing,
    instruments,
    bills,
    authority,
    exchange,
    oversight,
    acts,
    events,
    hooks,
    users,
    catalogue,
    node,
    health,
)


RULES = {**PAGES, **STATIC_RULES}


def create_app(path: Path, settings: Settings) -> FastAPI:
    """The service of a data directory. Nothing is opened before it starts to serve."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            with Service(path, settings, RULES, metrics) as service:
                app.state.service = service
                with app.state.announced():
                    yield
        except SanadError as error:
            app.state.failure = error  # told by whoever serves: uvicorn would only log it
            raise

    app = FastAPI(
        title="Sanad",
        version=version("sanad"),
        summary="Certifies customs documents and records the custody of cargo.",
        description=openapi.DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        default_response_class=ORJSONResponse,
        redirect_slashes=False,
    )
    app.state.failure = None
    app.state.announced = nullcontext
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(openapi.routes(app))
    app.include_router(pages)
    app.include_router(static)
    app.state.pages = Pages()
    app.state.language = settings.portal.language
    _handle_errors(app)
    app.add_middleware(Envelope, metrics=metrics)
    return app


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(SanadError)
    async def sanad_error(request: Request, error: SanadError) -> Response:
        if isinstance(error, EnvironmentFault) and error.__cause__ is not None:
            log.error(
                "surroundings", id=_number(request), code=error.code, cause=type(error.__cause__).__name__
            )
        if isinstance(error, SignInNeeded) and request.method == "POST" and wants_page(request):
            return await sign_in_again(request, error)
        return _answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, of_validation(error))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        answer = _answer(request, of_http(error))
        if answer.status_code == 405:
            answer.headers["Allow"] = ", ".join(methods_at(request.scope["route"].path))
        return answer

    @app.exception_handler(OSError)
    async def disk(request: Request, error: OSError) -> Response:
        log.error("disk", id=_number(request), error=type(error).__name__, errno=error.errno)
        return _answer(request, disk_error(error, "data"))

    @app.exception_handler(DatabaseError)
    async def store(request: Request, error: DatabaseError) -> Response:
        log.error("store", id=_number(request), exc_info=error)
        return _answer(request, store_error(error, "data"))

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("fault", id=_number(request), exc_info=error)
        return _answer(request, InternalFault("something went wrong here; it has been logged"))


def _answer(request: Request, error: SanadError) -> Response:
    if not wants_page(request):
        return respond(error, _number(request))
    status = status_of(error)
    if status == 401 and request.method == "GET":
        return see("/sign-in", next=request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    answer = page(
        request,
        "error.html",
        status,
        code=error.code,
        message=error.message,
        status=status,
        number=_number(request),
    )
    answer.headers.update(advice(error))
    return answer


def methods_at(template: str) -> list[str]:
    """What may be asked of a route's address; a HEAD wherever there is a GET."""
    known = {method for method, path in {**API, **RULES} if path == template}
    return sorted(known | ({"HEAD"} if "GET" in known else set()))


def wants_page(request: Request) -> bool:
    """Whether a person looks at this: pages are where the API is not."""
    path = request.url.path
    return not path.startswith("/v1/") and "text/html" in request.headers.get("Accept", "")


def _number(request: Request) -> str:
    number: Any = request.scope.get("state", {}).get("request_id", "")
    return str(number)
