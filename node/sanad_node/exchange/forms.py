"""The signed files that two members exchange (docs/spec/exchange.md).

Each is a signed note (C2SP) of one line of canonical JSON, as a network bundle is, signed with the cosigning key of a
member: a member that has signed cannot deny it, and whoever has the network bundle can check it. What a message says is
sealed to the recipient's node (HPKE, RFC 9180), so that it may pass through other hands.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from sanad_node.consortium.beginning import own_member
from sanad_node.consortium.bundle import NetworkBundle, cosigner_name
from sanad_node.consortium.form import HEX32, Form, whole
from sanad_node.consortium.sealing import SecretUnreadable, seal, unseal
from sanad_node.node import Node
from sanad_verifier.checkpoints import in_order
from sanad_verifier.cosignatures import CosignatureSigner, cosignature_time
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import Note, NoteInvalid, NoteUntrusted, parse_note

Kind = Literal["mirror", "request", "answer", "alert"]
About = Literal["document", "container", "aeo"]
NOTE_AT_MOST = 1 << 20
CONTENT_AT_MOST = 256 << 10
TEXT = r"[^\x00-\x1f\x7f]*"


class MessageInvalid(EvidenceError):
    """The bytes are no message, agreement or receipt in their one encoding, or not signed by who should have."""

    code = "MESSAGE_INVALID"


class SignerUnknown(MessageInvalid):
    """No signature is by the key that this node's network bundle has for the member: one of the two bundles is older,
    or it is somebody else.
    """

    code = "SIGNER_UNKNOWN"


class MessageUnreadable(EvidenceError):
    """The content of the message is not sealed to this node."""

    code = "MESSAGE_UNREADABLE"


class NoPartners(InputError):
    """This node is in no network of several administrations: there is nobody to agree with."""

    code = "NO_PARTNERS"


class Grant(Form):
    """What one side lets flow to the other: `sender` sends this `kind` about documents of these `types`, and of each,
    in a mirror, the fields under these patterns of JSON pointers.
    """

    sender: int = Field(ge=1, le=2**31)
    kind: Literal["mirror", "request", "alert"]
    types: list[str] = Field(max_length=64)
    fields: list[str] = Field(max_length=256)


class Agreement(Form):
    """What two members have agreed on: in force when both have signed it, until a time (seconds; 0: without end) or
    until one of them ends it.
    """

    schema_: Literal["urn:sanad:agreement:1"] = Field(alias="schema")
    id: str = whole(HEX32)
    origin: str = whole(r"[a-z0-9/-]{3,120}")
    members: list[int] = Field(min_length=2, max_length=2)
    purpose: str = whole(TEXT, max_length=500)
    until: int = Field(ge=0, le=2**53 - 1)
    grants: list[Grant] = Field(min_length=1, max_length=64)


class AgreementEnd(Form):
    """One member's word that an agreement is over, from the time of its signature on."""

    schema_: Literal["urn:sanad:agreement-end:1"] = Field(alias="schema")
    agreement: str = whole(HEX32)
    reason: str = whole(TEXT, max_length=500)


class Message(Form):
    """One message. `agreement` is the one that allows it; `reply` the message that it answers; `deadline` (seconds, 0
    for none) the time until which an answer is asked for. `content` is sealed to the recipient.
    """

    schema_: Literal["urn:sanad:message:2"] = Field(alias="schema")
    id: str = whole(HEX32)
    origin: str = whole(r"[a-z0-9/-]{3,120}")
    sender: int = Field(ge=1, le=2**31)
    recipient: int = Field(ge=1, le=2**31)
    kind: Literal["agreement", "end", "mirror", "request", "answer", "alert"]
    agreement: str = whole(HEX32)
    reply: str = whole(f"({HEX32})?")
    deadline: int = Field(ge=0, le=2**53 - 1)
    content: str = whole(r"([0-9a-f]{2}){80,}", max_length=2 * (CONTENT_AT_MOST + 128))


class Receipt(Form):
    """The recipient's word that a message is on its disk: `digest` is SHA-256 of the message's line."""

    schema_: Literal["urn:sanad:message-receipt:1"] = Field(alias="schema")
    message: str = whole(HEX32)
    digest: str = whole(HEX32)


F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True)
class Signed:
    """A file, and when (seconds) each of the members who have signed it did, by their own clocks."""

    form: Any
    note: bytes
    times: dict[int, int]

    @property
    def digest(self) -> Digest:
        """Of its line."""
        return sha256(text_of(self.form).encode())


@dataclass(frozen=True, slots=True)
class Ourselves:
    """This node's member: its number, the seed it signs with, and the network it is in."""

    number: int
    seed: bytes
    bundle: NetworkBundle


def ourselves(node: Node) -> Ourselves:
    """`NoPartners` where this node is in no network of several administrations."""
    if node.mirrors or node.bundle is None:
        raise NoPartners("this node is in no network of several administrations", field="partner")
    bundle = node.bundle.bundle
    number, seed = own_member(node.directory, bundle)
    return Ourselves(number, seed, bundle)


def text_of(form: Form) -> str:
    """The line that is signed."""
    return canonicalise(form.told()).decode() + "\n"


def sign(us: Ourselves, form: Form, time: int, before: bytes | None = None) -> bytes:
    """The file with our signature, beside those it bears."""
    lines = [] if before is None else list(parse_note(before).signatures)
    signer = CosignatureSigner(cosigner_name(us.bundle.origin, us.number), us.seed)
    kept = {(one.name, one.key_id): one for one in (*lines, signer.sign(text_of(form), time))}
    return Note(text_of(form), in_order(us.bundle.origin, kept.values())).encode()


class _Checked:
    """Files whose signatures were checked, by their digest and the keys they were checked with; the latest `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[tuple[object, ...], Signed] = OrderedDict()
        self._lock = Lock()

    def get(self, name: tuple[object, ...], make: Callable[[], Signed]) -> Signed:
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        made = make()  # what is refused is not kept
        with self._lock:
            self._known[name] = made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made


_CHECKED = _Checked(1024)


def read_kept(kind: type[F], data: bytes, bundle: NetworkBundle) -> Signed:
    """As `read`, of a file that is read again and again: checked once with the keys that members have now."""
    keys = tuple((one.number, one.cosigning_key) for one in bundle.members)
    name = (kind, bytes(sha256(data)), bundle.origin, keys)
    return _CHECKED.get(name, lambda: read(kind, data, bundle))


def read(kind: type[F], data: bytes, bundle: NetworkBundle) -> Signed:
    """A file with the signatures of members, each checked; `MessageInvalid`."""
    if len(data) > NOTE_AT_MOST:
        raise MessageInvalid("the file is too large", field="")
    try:
        note = parse_note(data)
        form = kind.of(parse(note.text.removesuffix("\n").encode()))
        times = {}
        for member in bundle.members:
            key = bundle.key_of(member)
            line = note.by(key)
            if line is not None:
                times[member.number] = cosignature_time(note, key, line)
    except JsonRefused as error:
        raise MessageInvalid("the file is not JSON in Sanad's profile", field=error.field) from error
    except ValidationError as error:
        where = "/".join(str(part) for part in error.errors()[0]["loc"])
        raise MessageInvalid("a member is missing, unknown or not of its form", field=f"/{where}") from error
    except (NoteInvalid, NoteUntrusted) as error:
        raise MessageInvalid("the file is no signed note, or a signature does not fit", field="") from error
    if text_of(form) != note.text:
        raise MessageInvalid("the file is not in its one encoding", field="")
    return Signed(form, data, times)


def must_be_signed_by(signed: Signed, *numbers: int) -> None:
    """Raise `MessageInvalid` unless all of these members have signed."""
    if not set(numbers) <= signed.times.keys():
        raise MessageInvalid("a member that should have signed the file has not", field="signature")


def must_be_from(signed: Signed, number: int) -> None:
    """Raise `SignerUnknown` unless this member, as this node's network bundle knows it, has signed."""
    if number not in signed.times:
        raise SignerUnknown("no signature is by that member's key as it is known here", field="signature")


def seal_to(us: Ourselves, recipient: int, message: str, content: bytes) -> str:
    """A content, sealed to the recipient's node for this message of ours only: nobody else can send it as theirs."""
    found = next((one for one in us.bundle.nodes if one.member == recipient), None)
    if found is None:
        raise NoPartners("the network bundle names no such member with a node", field="partner")
    info = info_of(us.bundle.origin, us.number, recipient, message)
    return seal(content, bytes.fromhex(found.sealing_key), info).hex()


def unsealed(seed: bytes, us: Ourselves, message: Message) -> bytes:
    """The content of a message to the node whose sealing key has this seed; `MessageUnreadable`."""
    info = info_of(us.bundle.origin, message.sender, us.number, message.id)
    try:
        return unseal(bytes.fromhex(message.content), seed, info)
    except SecretUnreadable as error:
        raise MessageUnreadable("the message is not sealed to this node", field="content") from error


def info_of(origin: str, sender: int, recipient: int, message: str) -> str:
    """What a content is sealed for (the `info` of RFC 9180): who says it to whom, as which message."""
    return f"{origin}/message/2/{sender}/{recipient}/{message}"
