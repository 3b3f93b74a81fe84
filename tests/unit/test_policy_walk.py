"""Every route of the application stands in the policy and passes the gate; every line of the policy has a route."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from sanad_api import policy
from sanad_api.app import RULES, create_app
from sanad_api.callers import ANYONE, OPERATOR, Caller, Role
from sanad_api.gate import GatedRoute
from sanad_api.policy import API, Rule
from sanad_api.settings import Settings
from sanad_testkit.in_process import Reader

PUBLIC = {
    "/healthz", "/readyz", "/openapi.json", "/checkpoint", "/tile/{place:path}", "/batch/{root}",
    "/status-list/{digest}", "/v1/types",
    "/v1/types/{name}", "/v1/reasons", "/v1/trust", "/v1/verify", "/add-checkpoint",
    "/v1/exchange/messages",
    "/", "/sign-in", "/sign-out", "/language", "/verify",
}  # fmt: skip
"""All that a stranger may ask for. Written down here once more, so that adding one is a decision."""


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Path(), Settings())


def routes(found: list[Any]) -> Iterator[BaseRoute]:
    """Every route, those of included routers too."""
    for one in found:
        inner = getattr(one, "original_router", None) or getattr(one, "router", None)
        below = getattr(inner, "routes", None) if inner is not None else None
        if below is not None and not isinstance(one, (Route, Mount)):
            yield from routes(list(below))
        else:
            yield one


def asked(app: FastAPI) -> set[tuple[str, str]]:
    """Method and template of everything that can be asked for."""
    return {
        (method, one.path)
        for one in routes(app.router.routes)
        if isinstance(one, Route)
        for method in one.methods or ()
        if method != "HEAD"
    }


def rules() -> dict[tuple[str, str], Rule]:
    return {**API, **RULES}


def test_every_route_is_behind_the_gate(app: FastAPI) -> None:
    found = list(routes(app.router.routes))
    assert len([one for one in found if isinstance(one, APIRoute)]) > 60
    assert [one for one in found if not isinstance(one, GatedRoute)] == []


def test_every_route_has_a_rule_and_every_rule_a_route(app: FastAPI) -> None:
    assert asked(app) == set(rules())


def test_a_stranger_may_ask_for_what_is_listed_here_and_for_static_files(app: FastAPI) -> None:
    open_to_all = {path for (_, path), rule in rules().items() if rule.allows(ANYONE)}
    assert {path for path in open_to_all if not path.startswith("/static")} == PUBLIC


def test_whatever_changes_something_needs_a_role_but_for_sessions_and_the_language() -> None:
    unguarded = {
        path for (_, path), rule in rules().items() if rule.act and not rule.roles and not rule.operator
    }
    assert unguarded == {"/sign-in", "/sign-out", "/language"}


def test_what_only_the_operator_may_no_role_may() -> None:
    everything = Caller(7, "u7", "KAPW", frozenset(Role))
    for key, rule in rules().items():
        if rule.operator:
            assert not rule.allows(everything), key
            assert rule.allows(OPERATOR), key


def test_a_method_that_changes_something_is_an_act_or_counts_and_computes_only() -> None:
    computing = {path for (method, path), rule in API.items() if method != "GET" and not rule.act}
    assert computing == {
        "/v1/verify", "/v1/checks", "/v1/batches/dry-run", "/v1/packs", "/v1/documents/{identifier}/presentation",
        "/v1/node/checkpoint", "/v1/node/fsck", "/v1/node/log", "/v1/node/cross-check",
        "/v1/node/mirror", "/v1/node/comparison", "/v1/node/backup", "/v1/node/cosignatures", "/v1/node/sync",
        "/v1/vault/pins", "/v1/vault/scrub", "/v1/vault/fetch", "/v1/vault/grants",
        "/add-checkpoint", "/v1/exchange/messages",
        "/v1/stocktakes",
        "/v1/epcis/capture",  # an event is the same act however often it is sent
        "/v1/approvals", "/v1/documents/{identifier}/approval",  # asked again, they are kept again
    }  # fmt: skip
    assert not any(rule.act for (method, _), rule in rules().items() if method == "GET")


def test_without_the_table_no_route_answers_anything_but_that_there_is_nothing(app: FastAPI) -> None:
    app.state.service = SimpleNamespace(rule=lambda _method, _path: None)
    client = Reader(app)
    for method, template in asked(app):
        answer = client.request(method, template.replace(":path}", "}").replace("{", "").replace("}", ""))
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), (method, template)


def test_a_route_that_nobody_wrote_into_the_table_does_not_answer() -> None:
    app = create_app(Path(), Settings())
    app.state.service = SimpleNamespace(rule=lambda method, path: policy.find(method, path, RULES))
    new = APIRouter(route_class=GatedRoute)
    told: list[str] = []

    @new.api_route("/v1/forgotten", methods=["GET", "POST"])
    def forgotten() -> str:
        told.append("asked")
        return "secret"

    app.include_router(new)
    client = Reader(app)
    for method in ("GET", "POST"):
        there, absent = client.request(method, "/v1/forgotten"), client.request(method, "/v1/nothing")
        assert there.status_code == absent.status_code == 404
        assert {**there.json(), "requestId": ""} == {**absent.json(), "requestId": ""}
    assert told == []


def test_a_route_without_a_rule_has_none_by_another_method_or_name() -> None:
    assert policy.find("GET", "/v1/secret", RULES) is None
    assert policy.find("DELETE", "/v1/documents", RULES) is None
    assert policy.find("HEAD", "/v1/documents", RULES) is API["GET", "/v1/documents"]
