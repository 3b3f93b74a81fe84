"""What the service says is wrong, as the errors that the same use case raises in this process.

A problem (RFC 9457) names a stable code; the class with this code is found among ours, so that whoever
catches `UnknownDocument` need not know whether a node or a service was asked. Codes that no class here has
come as one of three classes of this module, by the problem's status. What a service says is taken for data:
it is bounded and stripped of control characters.
"""

import re
from collections.abc import Iterator
from typing import Any

from sanad_node.pipeline.refusals import CODES, ActRefused
from sanad_node.types import DocumentInvalid
from sanad_node.types.checking import Problem
from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError, SanadError

CODE = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
TEXT_AT_MOST = 2000
PROBLEMS_AT_MOST = 1000
WITHIN_DOCUMENT = "/document/"

FIELDS: dict[str, str] = {
    "/acts": "--acts",
    "/address": "--address",
    "/as": "--as",
    "/beneficiary": "--beneficiary",
    "/by": "--by",
    "/condition": "--condition",
    "/cosigningKey": "--cosigning-key",
    "/document": "FILE",
    "/documents": "--document",
    "/key": "--key",
    "/kind": "--kind",
    "/note": "--note",
    "/number": "--number",
    "/of": "--of",
    "/parent": "--parent",
    "/parents": "--parent ID",
    "/endorsee": "--endorsee",
    "/evidence": "--evidence",
    "/holder": "--holder",
    "/place": "--place",
    "/predecessor": "--predecessor",
    "/predecessors": "CODE",
    "/successors": "--by",
    "/quantity": "--quantity",
    "/reason": "--reason",
    "/reference": "REFERENCE",
    "/replaces": "--replaces",
    "/seal": "--seal",
    "/sentBy": "--sent-by",
    "/sequence": "--sequence",
    "/to": "--to",
    "/type": "--type",
    "/unit": "--unit",
    "/why": "--why",
    "?as": "--as",
    "?issuer": "--issuer",
    "?type": "--type",
    "Idempotency-Key": "idempotencyKey",
}
"""What the use cases call a member of a request. What is not here has the same name on both sides."""


class ServiceRefused(InputError):
    """The service does not do what was asked, for a reason this version knows only by its code."""

    code = "SERVICE_REFUSED"


class ServiceDenied(EvidenceError):
    """The service finds what was presented wrong, for a reason this version knows only by its code."""

    code = "SERVICE_DENIED"


class ServiceUnavailable(EnvironmentFault):
    """The service cannot do it now; with an idempotency key the request may be repeated as it is."""

    code = "SERVICE_UNAVAILABLE"


class ServiceUnreachable(ServiceUnavailable):
    """No connection to the service, or none that lasted until it had answered."""

    code = "SERVICE_UNREACHABLE"


class ServiceUntrusted(ServiceUnavailable):
    """The certificate of the service is not one this machine trusts."""

    code = "SERVICE_UNTRUSTED"


class AnswerUnreadable(ServiceUnavailable):
    """What answered is no Sanad service of this version, or something between changed the answer."""

    code = "ANSWER_UNREADABLE"


class AnswerTooLarge(ServiceUnavailable):
    """The answer is larger than a client takes."""

    code = "ANSWER_TOO_LARGE"


def error_of(status: int, told: Any) -> SanadError:
    """The error of a problem."""
    if not isinstance(told, dict) or not CODE.fullmatch(code := str(told.get("code", ""))):
        if status in {429, 500, 502, 503, 504, 507}:
            return ServiceUnavailable("the service cannot answer now")
        return AnswerUnreadable("the answer is not one of a Sanad service; is the address right?")
    return raised(
        code, plain(told.get("detail")) or "the service refused", status=status, errors=told.get("errors")
    )


def raised(
    code: str, message: str, *, status: int, errors: Any = None, field: str | None = None
) -> SanadError:
    """The error of a code, as if it had been raised here."""
    listed = list(_listed(errors))
    if field is None and listed:
        field = _field(listed[0].pointer, code)
    found = _class_of(code) or (ActRefused if code in CODES else None) or _family(status)
    if issubclass(found, DocumentInvalid):
        problems = tuple(Problem(_inside(one.pointer), one.code, one.message) for one in listed)
        field = problems[0].pointer if problems else field
        error: SanadError = _made(found, message, field)
        error.problems = problems  # type: ignore[attr-defined]
        return error
    error = _made(found, message, field)
    if error.code != code:
        error.code = code  # type: ignore[misc]  # an instance may narrow its class's code
    return error


def plain(text: object) -> str:
    """A text of somebody else's, fit for a terminal."""
    return "".join(c for c in str(text or "")[:TEXT_AT_MOST] if c.isprintable())


def _made(cls: type[SanadError], message: str, field: str | None) -> SanadError:
    error = cls.__new__(cls, message)  # some classes take more than a message
    SanadError.__init__(error, message, field=field)
    return error


def _class_of(code: str) -> type[SanadError] | None:
    waiting: list[type[SanadError]] = [SanadError]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if "code" in cls.__dict__ and cls.code == code and cls.__module__.startswith(OURS):
            return cls
    return None


OURS = ("sanad_verifier.", "sanad_node.")


def _family(status: int) -> type[SanadError]:
    if status >= 500 or status == 429:
        return ServiceUnavailable
    return ServiceDenied if status == 422 else ServiceRefused


def _listed(errors: Any) -> Iterator[Problem]:
    for one in errors[:PROBLEMS_AT_MOST] if isinstance(errors, list) else ():
        if isinstance(one, dict):
            yield Problem(plain(one.get("pointer")), plain(one.get("code")), plain(one.get("detail")))


def _field(pointer: str, code: str) -> str:
    """A JSON document's own members are told as they are, though a request may have one of that name."""
    return pointer if code.startswith("JSON_") else FIELDS.get(pointer, pointer)


def _inside(pointer: str) -> str:
    """A pointer into the request's document, as one into the document."""
    if pointer.startswith(WITHIN_DOCUMENT):
        return pointer[len(WITHIN_DOCUMENT) - 1 :]
    return "" if pointer == WITHIN_DOCUMENT[:-1] else pointer
