"""Problems: every error has a status, names what to correct, and never says what was sent."""

import json
import re

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generate_error_reference import classes
from sanad_api.problems import (
    POINTERS,
    STATUS,
    InternalFault,
    NotFound,
    of_validation,
    pointer_of,
    problem,
    respond,
    status_of,
)
from sanad_node.engines.base import ChainUnavailable
from sanad_node.pipeline.refusals import CODES, ActRefused
from sanad_node.reading import UnknownDocument
from sanad_node.types import DocumentInvalid, Problem
from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError, SanadError

MARKER = "zxMARKERzx"


def instance(cls: type[SanadError]) -> SanadError:
    """An error of a class, whatever its constructor wants."""
    error = cls.__new__(cls)
    Exception.__init__(error, "a sentence")
    error.message, error.field = "a sentence", "--as"
    if cls.__name__ == "RequestInvalid":
        error.listed = []  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("cls", classes(), ids=lambda cls: cls.__name__)
def test_every_error_has_a_status_of_its_family(cls: type[SanadError]) -> None:
    status = status_of(instance(cls))
    assert status in {400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 431, 500, 503, 507}
    assert (status == 500) == (cls is InternalFault), "a 500 is a fault of ours and nothing else"
    if issubclass(cls, EnvironmentFault):
        assert status in {429, 500, 503, 507}
    elif issubclass(cls, (InputError, EvidenceError)):
        assert 400 <= status < 500


def test_statuses_are_given_to_codes_that_exist() -> None:
    known = {cls.code for cls in classes()} | CODES
    assert set(STATUS) <= known, "a status for a code that nothing raises"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownDocument("none", field="ID"), 404),
        (ActRefused("no", code="LEDGER_WRONG_STATE"), 422),
        (ChainUnavailable("gone"), 503),
        (NotFound("none"), 404),
        (EvidenceError("bad"), 422),
        (SanadError("odd"), 400),
    ],
)
def test_some_statuses(error: SanadError, status: int) -> None:
    answer = respond(error, "0123456789abcdef")
    told = json.loads(bytes(answer.body))
    assert answer.status_code == told["status"] == status
    assert told["type"] == f"urn:sanad:problem:{error.code}"
    assert answer.media_type == "application/problem+json"
    assert told["requestId"] == "0123456789abcdef"


def test_who_is_told_to_come_again_is_told_when() -> None:
    assert "Retry-After" in respond(ChainUnavailable("gone"), "").headers
    assert "Retry-After" not in respond(NotFound("none"), "").headers


def test_a_document_s_problems_point_into_the_request() -> None:
    error = DocumentInvalid("wrong", problems=(Problem("/amount/value", "SCHEMA", "must be a text"),))
    assert problem(error, "")["errors"] == [
        {"pointer": "/document/amount/value", "code": "SCHEMA", "detail": "must be a text"}
    ]


@pytest.mark.parametrize("field", sorted(POINTERS))
def test_pointers_are_json_pointers(field: str) -> None:
    assert re.fullmatch(r"(/[A-Za-z0-9]+)+", pointer_of(field))


class _Inside(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    number: int = Field(ge=3)
    word: str = Field(pattern="^a+$")


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    inside: list[_Inside]


HOSTILE = [
    {"inside": [{"number": MARKER, "word": "a"}]},
    {"inside": [{"number": 4, "word": MARKER}]},
    {"inside": [{"number": 4, "word": "a", MARKER: 1}]},
    {MARKER: 1, "inside": []},
    {"inside": MARKER},
    {"inside": [MARKER]},
    MARKER,
]


@pytest.mark.parametrize("sent", HOSTILE, ids=range(len(HOSTILE)))
def test_what_was_sent_is_not_said_again(sent: object) -> None:
    with pytest.raises(ValidationError) as refused:
        _Sent.model_validate(sent)
    found = [{**one, "loc": ("body", *one["loc"])} for one in refused.value.errors()]
    told = problem(of_validation(RequestValidationError(found)), "")
    assert MARKER not in json.dumps(told)
    assert told["errors"]


def test_a_member_is_named_by_its_pointer() -> None:
    with pytest.raises(ValidationError) as refused:
        _Sent.model_validate({"inside": [{"number": 4, "word": "a"}, {"number": 1, "word": "a"}]})
    found = [{**one, "loc": ("body", *one["loc"])} for one in refused.value.errors()]
    assert of_validation(RequestValidationError(found)).listed[0]["pointer"] == "/inside/1/number"


def test_the_framework_is_the_one_whose_errors_are_handled() -> None:
    assert RequestValidationError in FastAPI().exception_handlers
