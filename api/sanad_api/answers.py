"""What was answered to acts, so that a request repeated under its Idempotency-Key gets the same answer for ever.

Acts on the ledger store their answer together with the act (`sanad_node.asking`); for everything else the gate
keeps it here once the work is done. (IETF draft-ietf-httpapi-idempotency-key-header-07.)
"""

from dataclasses import dataclass

import orjson
from sqlalchemy import Engine, bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from sanad_node.pipeline.outbox import IdempotencyKeyInvalid, IdempotencyKeyReused
from sanad_node.store.questions import Question
from sanad_node.store.service_tables import answers
from sanad_verifier.errors import InputError

KEY_LENGTH = 128
_GIVEN = Question(
    select(answers).where(answers.c.caller == bindparam("caller"), answers.c.key == bindparam("key"))
)


class IdempotencyKeyMissing(InputError):
    """Every request that changes something names itself by an Idempotency-Key."""

    code = "IDEMPOTENCY_KEY_MISSING"


class IdempotencyInFlight(InputError):
    """The first request with this key is still being worked on."""

    code = "IDEMPOTENCY_IN_FLIGHT"


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer that was given."""

    status: int
    body: bytes

    def again(self) -> Response:
        """The answer as it was, marked as given before."""
        headers = {"Idempotency-Replayed": "true", **location_of(self.body)}
        return Response(self.body, self.status, headers, media_type="application/json")


def location_of(body: bytes) -> dict[str, str]:
    """The header that says where to follow what an answer promises: its (last) act, or its batch; none for what was
    done at once.
    """
    told = orjson.loads(body)
    if "batch" in told:
        return {"Location": f"/v1/batches/{told['batch']}"}
    last = told["acts"][-1] if "acts" in told else told
    return {"Location": f"/v1/acts/{last['act']}"} if "act" in last else {}


class Answers:
    """The table of answers, and the requests that are being worked on in this process."""

    def __init__(self, office: Engine) -> None:
        self._office = office
        self._running: set[tuple[str, str]] = set()

    def begin(self, caller: str, key: str) -> None:
        """Take the key; `IdempotencyInFlight` while another request has it. Called on the event loop only."""
        if (caller, key) in self._running:
            raise IdempotencyInFlight(
                "the first request with this key is still being worked on; ask again", field="Idempotency-Key"
            )
        self._running.add((caller, key))

    def end(self, caller: str, key: str) -> None:
        self._running.discard((caller, key))

    def find(self, caller: str, key: str, fingerprint: bytes) -> Remembered | None:
        """The answer given before; `IdempotencyKeyReused` if it was for another request."""
        row = _GIVEN.first(self._office, caller=caller, key=key)
        if row is None:
            return None
        if row.fingerprint != fingerprint:
            raise IdempotencyKeyReused(
                "this idempotency key was used for another request", field="Idempotency-Key"
            )
        return Remembered(row.status, row.body)

    def keep(self, caller: str, key: str, fingerprint: bytes, status: int, body: bytes, at: int) -> None:
        """Remember an answer; the first one stands."""
        row = {
            "caller": caller,
            "key": key,
            "fingerprint": fingerprint,
            "status": status,
            "body": body,
            "at": at,
        }
        try:
            with self._office.begin() as connection:
                connection.execute(insert(answers), row)
        except IntegrityError:
            return


def must_be_key(given: str | None) -> str:
    """The key in the header; `IdempotencyKeyMissing` or `IdempotencyKeyInvalid`."""
    if given is None:
        raise IdempotencyKeyMissing(
            "an act needs an Idempotency-Key header: a name of your own for this request",
            field="Idempotency-Key",
        )
    key = given.strip().strip('"')  # the draft writes it as a structured-field string
    if not 0 < len(key) <= KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyInvalid(
            "an idempotency key is 1 to 128 printable ASCII characters", field="Idempotency-Key"
        )
    return key
