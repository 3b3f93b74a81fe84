"""Every operation of the OpenAPI document has examples, and they are of the form it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sanad_api.app import create_app
from sanad_api.openapi import describe, examples
from sanad_api.settings import Settings

DOCUMENT = describe(create_app(Path(), Settings()))
TEXT = {"application/json", "application/x-ndjson", "text/plain"}
"""Media types of which a reader can be shown something; the others are files."""


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, described in DOCUMENT["paths"].items():
        for method, operation in described.items():
            yield f"{method.upper()} {path}", operation


OPERATIONS = dict(operations())
FILES = {
    "GET /tile/{place}", "GET /batch/{root}", "GET /status-list/{digest}", "GET /metrics", "POST /v1/node/backup"
} | {
    f"GET /v1/documents/{{identifier}}/{part}"
    for part in ("bundle", "receipt", "credential", "content", "certificate.pdf", "qr.svg")
} | {"GET /v1/batches/{job}/outcomes.csv"}  # fmt: skip
"""Operations that answer nothing but files."""
TOGETHER = {
    f"{method} {path}"
    for path in ("/v1/agreements", "/v1/agreements/{agreement}", "/v1/exchange")
    for method in ("GET", "POST")
} | {"POST /v1/exchange/messages", "GET /v1/exchange/{message}"}
"""Operations of a network of several administrations, which the one that tells the examples is not."""


def fits(schema: dict[str, Any], value: Any) -> None:
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)


def test_every_operation_is_shown_and_no_other() -> None:
    assert set(examples()) | FILES | TOGETHER == set(OPERATIONS)
    assert not set(examples()) & (FILES | TOGETHER)


@pytest.mark.parametrize("route", sorted(set(OPERATIONS) - FILES - TOGETHER))
def test_an_operation_shows_a_request_and_an_answer_of_the_form_it_says(route: str) -> None:
    operation = OPERATIONS[route]
    bodies = operation.get("requestBody", {}).get("content", {})
    shown = [kind for kind in bodies if kind in TEXT and "example" in bodies[kind]]
    assert bool(shown) is bool(bodies)
    assert not bodies or "application/json" not in bodies or "application/json" in shown
    for kind in shown:
        fits(bodies[kind].get("schema", {}), bodies[kind]["example"])
    (status,) = (status for status in operation["responses"] if status < "300")
    answers = operation["responses"][status].get("content", {})
    for kind in TEXT & set(answers):
        fits(answers[kind].get("schema", {}), answers[kind]["example"])
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            fits(parameter["schema"], parameter["example"])


def test_every_problem_is_shown() -> None:
    problem = DOCUMENT["components"]["schemas"]["Problem"]
    fits(problem, problem["example"])
    for route, operation in OPERATIONS.items():
        assert any(status >= "400" for status in operation["responses"]), route


def test_no_example_shows_a_secret() -> None:
    for route, example in examples().items():
        told = example.get("answer", {}).get("application/json", {})
        for name in ("token", "secret"):
            value = told.get(name, "") if isinstance(told, dict) else ""
            assert not value or value.endswith("…"), route


@pytest.mark.filterwarnings("error")
def test_describing_the_service_warns_of_nothing() -> None:
    assert describe(create_app(Path(), Settings()))[
        "paths"
    ]  # a warning would stand among the lines of the service's log
