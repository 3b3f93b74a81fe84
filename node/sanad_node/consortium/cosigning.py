"""Members' cosignatures: every node signs checkpoints of the log it derived from its own chain; here they are brought
together.

The text of a checkpoint is its origin, size and root, so what two honest nodes sign at one size is the same text, and
the lines of one fit under the note of the other. A member that has signed another root for a size that we have signed
too has seen another chain, or lies: both notes are kept, and prove it to anyone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

import httpx
import structlog

from sanad_node import checkpointing, witness
from sanad_node.node import Node
from sanad_node.service_address import must_be_address
from sanad_verifier.checkpoints import Checkpoint, parse_checkpoint
from sanad_verifier.cosignatures import cosignature_time
from sanad_verifier.errors import EnvironmentFault, EvidenceError, SanadError
from sanad_verifier.notes import ED25519, Note, VerifierKey, must_be_signed, parse_note
from sanad_verifier.tiles import CHECKPOINT
from sanad_verifier.witnessing import equivocation

log = structlog.get_logger("sanad.cosigning")
TIMEOUT = httpx.Timeout(5.0, connect=2.0)
NOTE_AT_MOST = 64 << 10


class MemberUnreachable(EnvironmentFault):
    """A member's node does not answer, or not with a checkpoint of this log."""

    code = "MEMBER_UNREACHABLE"


class MemberDisagrees(EvidenceError):
    """A member has signed another root for a size that this node has signed."""

    code = "MEMBER_DISAGREES"


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of asking a member: `merged` if its cosignature stands under our checkpoint of `size` now; else why
    not. `time` of the cosignature in seconds. `ahead` is how many seconds its clock is ahead of ours, as far as its
    answer says so.
    """

    member: int
    size: int = 0
    time: int = 0
    merged: bool = False
    code: str = ""
    message: str = ""
    ahead: int | None = None


def collect(node: Node, go_on: Callable[[], bool] = lambda: True) -> list[Heard]:
    """Ask every other member whose node has an address for its newest checkpoint, while `go_on`."""
    signed = node.bundle
    if signed is None:
        return []
    ours = checkpointing.signers(node).cosigner.key.public.hex()
    told: list[Heard] = []
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as http:
        for member in signed.bundle.members:
            if member.cosigning_key == ours or not member.url or not go_on():
                continue
            key = signed.bundle.key_of(member)
            log_key = VerifierKey(signed.bundle.origin, ED25519, bytes.fromhex(member.log_key))
            ahead: int | None = None
            try:
                fetched, date = _fetched(http, member.url)
                ahead = None if date is None else round(date - node.clock())
                told.append(replace(_merge(node, member.number, key, log_key, fetched), ahead=ahead))
            except SanadError as error:
                told.append(Heard(member.number, code=error.code, message=error.message, ahead=ahead))
                tell = log.error if isinstance(error, MemberDisagrees) else log.warning
                tell("not_cosigned", member=member.number, code=error.code)
    return told


def _fetched(http: httpx.Client, url: str) -> tuple[bytes, float | None]:
    """A member's checkpoint, and what time it is there (RFC 9110 §6.6.1)."""
    try:
        with http.stream("GET", f"{must_be_address(url, 'url')}/{CHECKPOINT}") as answer:
            told = bytearray()
            for piece in answer.iter_bytes(1 << 12):
                told += piece
                if len(told) > NOTE_AT_MOST:
                    break
            if answer.status_code != httpx.codes.OK or len(told) > NOTE_AT_MOST:
                raise MemberUnreachable("the member's node gives no checkpoint", field="member")
            return bytes(told), _date(answer.headers.get("Date", ""))
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise MemberUnreachable("the member's node does not answer", field="member") from error


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError):
        return None


def _merge(node: Node, number: int, key: VerifierKey, log_key: VerifierKey, data: bytes) -> Heard:
    """Put a member's line under our checkpoint of the same size, if we have signed one."""
    note = parse_note(data)
    head = parse_checkpoint(note.text)
    line = note.by(key)
    if head.origin != key.name.rpartition("/member-")[0] or line is None:
        raise MemberUnreachable("the member's node gives the checkpoint of another log", field="member")
    must_be_signed(note, [log_key])
    time = cosignature_time(note, key, line)
    own = checkpointing.signed_at(node, head.size)
    if own is None:
        _must_agree(node, head, note)
        return Heard(number, head.size, time)
    if own.root != head.root:
        raise _kept(node, head, note)
    checkpointing.keep_cosignature(node, own, line)
    return Heard(number, head.size, time, merged=True)


def _must_agree(node: Node, head: Checkpoint, note: Note) -> None:
    """Where we have not signed that size: our log, if it has come so far, must have the same root there."""
    if head.size <= node.reader.position().size and node.reader.root(head.size) != head.root:
        raise _kept(node, head, note)


def _kept(node: Node, head: Checkpoint, theirs: Note) -> MemberDisagrees:
    """Keep both notes: whoever has them sees that two roots were signed under one name."""
    text = Checkpoint(head.origin, head.size, node.reader.root(head.size)).text()
    ours = Note(text, (checkpointing.signers(node).log.sign(text),))
    proof = equivocation(ours.encode(), theirs.encode())
    witness.keep_equivocation(node.office, proof, int(node.clock()))
    log.error("equivocation", origin=head.origin, size=head.size)
    return MemberDisagrees("a member has signed another root for a size of this log", field="root")
