"""Asking witnesses to cosign this node's checkpoint (C2SP tlog-witness), and keeping what they say with it.

A witness that has seen another root for our size, or more of our log than we have, knows that we are not what we were:
that is told, and nothing is kept of its answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from sanad_node import checkpointing
from sanad_node.checkpointing import SignedCheckpoint
from sanad_node.node import Node
from sanad_node.service_address import must_be_address
from sanad_verifier.cosignatures import cosignature_time
from sanad_verifier.errors import EnvironmentFault, EvidenceError, SanadError
from sanad_verifier.notes import Note, Signature, must_be_signed, parse_note
from sanad_verifier.witnessing import SIZE_TYPE, AddCheckpoint

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
ANSWER_AT_MOST = 64 << 10
TRIES = 3
"""Requests to one witness: to learn what it has seen, to be cosigned, and once more if another was quicker."""


class WitnessUnreachable(EnvironmentFault):
    """A witness does not answer, or not as a witness does: nothing is known of what it has seen."""

    code = "WITNESS_UNREACHABLE"


class WitnessRefused(EnvironmentFault):
    """A witness will not cosign: it does not know this log, or not its key."""

    code = "WITNESS_REFUSED"


class WitnessDisagrees(EvidenceError):
    """A witness has seen another log under our name: another root for this size, or more than we have."""

    code = "WITNESS_DISAGREES"


class CosignatureUnknown(EvidenceError):
    """A witness has answered, and none of its signatures is by a member of this network."""

    code = "COSIGNATURE_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What a witness said: the member whose signature it gave and its time (seconds), or why it gave none."""

    witness: str
    name: str = ""
    time: int = 0
    code: str = ""
    message: str = ""


def collect(
    node: Node, witnesses: Sequence[str], go_on: Callable[[], bool] = lambda: True
) -> tuple[SignedCheckpoint, list[Cosigned]]:
    """Ask each witness to cosign the present checkpoint, while `go_on`; returns it with all they gave, and what each
    said. One that fails is told of and keeps nobody else from being asked.
    """
    addresses = [must_be_address(one) for one in witnesses]
    signed = checkpointing.current_checkpoint(node)
    told: list[Cosigned] = []
    for witness in addresses:
        if not go_on():
            break
        try:
            line, time = _ask(node, signed, witness)
        except SanadError as error:
            told.append(Cosigned(witness, code=error.code, message=error.message))
            continue
        signed = checkpointing.keep_cosignature(node, signed, line)
        told.append(Cosigned(witness, line.name, time))
    return signed, told


def _ask(node: Node, signed: SignedCheckpoint, witness: str) -> tuple[Signature, int]:
    """The cosignature of one witness, checked."""
    note = _of_the_log(node, signed)
    old = 0
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as http:
        for _ in range(TRIES):
            path = node.reader.consistency(old, signed.size) if old else ()
            answer, body = _post(http, witness, AddCheckpoint(old, path, note.encode()).encode())
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
            if answer.status_code == httpx.codes.OK:
                return _cosignature(node, note, body)
            if answer.status_code == httpx.codes.CONFLICT and kind == SIZE_TYPE:
                old = _size(body)
                if old > signed.size:
                    raise WitnessDisagrees(f"the witness has seen {old} entries of this log", field="size")
                continue
            if answer.status_code in {httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY}:
                raise WitnessDisagrees("the witness has seen another log under our name", field="root")
            if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN}:
                raise WitnessRefused("the witness does not know this log, or not its key", field="witness")
            raise WitnessUnreachable(f"the witness answers {answer.status_code}", field="witness")
    raise WitnessUnreachable("the witness was asked by somebody else each time", field="witness")


def _of_the_log(node: Node, signed: SignedCheckpoint) -> Note:
    """The checkpoint with the log's own signature alone."""
    note, key = parse_note(signed.note), checkpointing.signers(node).log.key
    must_be_signed(note, [key])
    return Note(
        note.text, tuple(one for one in note.signatures if one.key_id == key.id and one.name == key.name)
    )


def _post(http: httpx.Client, witness: str, body: bytes) -> tuple[httpx.Response, bytes]:
    try:
        with http.stream("POST", f"{witness}/add-checkpoint", content=body) as answer:
            told = bytearray()
            for piece in answer.iter_bytes(1 << 12):
                told += piece
                if len(told) > ANSWER_AT_MOST:
                    raise WitnessUnreachable("the witness answers more than a witness does", field="witness")
            return answer, bytes(told)
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise WitnessUnreachable("the witness does not answer", field="witness") from error


def _size(body: bytes) -> int:
    text = body.removesuffix(b"\n")
    if not 0 < len(text) <= 19 or not text.isdigit():
        raise WitnessUnreachable("the witness tells no size", field="witness")
    return int(text)


def _cosignature(node: Node, note: Note, lines: bytes) -> tuple[Signature, int]:
    """The first of the lines that is a member's, with its time; `CosignatureUnknown` if there is none."""
    try:
        whole = parse_note(note.encode() + lines)
    except EvidenceError as error:
        raise CosignatureUnknown("the witness answers no signature lines", field="witness") from error
    for key in checkpointing.trust(node).cosigners:
        signature = whole.by(key)
        if signature is not None:
            return signature, cosignature_time(whole, key, signature)
    raise CosignatureUnknown("none of the signatures is by a member of this network", field="witness")
