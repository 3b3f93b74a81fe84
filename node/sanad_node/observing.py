"""What is seen of cargo between its hand-overs: an officer's look, a device's readings, a declared error.

None of it moves custody. A look is recorded as a hand-over's half is, by `custody`. A batch of readings is one entry,
signed by the device; its file stays with the parties, under the root that is on the chain. An entry that is wrong is
never changed: its formation says so in another entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from sanad_node import blinding, custody
from sanad_node.acting import acting_key, done, fingerprint, request
from sanad_node.custody import CustodyAct, Particulars
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Fact
from sanad_node.reading import ConsignmentRecord, LoggedEntry
from sanad_node.store import ledger_tables as t
from sanad_node.store.office_tables import evidence
from sanad_node.store.questions import Question
from sanad_node.typed_data import typed_data
from sanad_verifier.custody_words import Mistake, MistakeWord
from sanad_verifier.entries import Kind, Reason
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.readings import Batch, ReadingsInvalid, parse_batch

DEVICE_SCOPE = "DEVICE"
BATCH_BYTES_AT_MOST = 4 << 20
_DEVICE = Question(select(t.devices).where(t.devices.c.address == bindparam("address")))
_RECORD = Question(select(evidence.c.record).where(evidence.c.digest == bindparam("digest")))


class UnknownDevice(InputError):
    """The ledger has no device of this address."""

    code = "UNKNOWN_DEVICE"


class NotAnotherEntry(InputError):
    """An error is declared of an entry about the same consignment, by the formation that made it or one that stands
    for it.
    """

    code = "ERROR_NOT_OF_THIS"


class MistakeUnknown(InputError):
    """An error is `did-not-occur` or `incorrect-data`."""

    code = "MISTAKE_UNKNOWN"


class BatchNotHeld(InputError):
    """The readings of this batch are with the parties that recorded them, and not here."""

    code = "READINGS_NOT_HELD"


class DeviceWindowInvalid(InputError):
    """A device's time ends after it begins."""

    code = "DEVICE_WINDOW_INVALID"


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A device as the ledger has it now. Times in seconds, 0 for none; `sequence` is the number of its last batch."""

    address: bytes
    formation: int
    serial: bytes
    valid_from: int
    valid_to: int
    sequence: int
    entry: int


def mistake_named(text: str) -> Mistake:
    """A kind of error by its name."""
    try:
        return Mistake[text.strip().upper().replace("-", "_")]
    except KeyError as error:
        raise MistakeUnknown("an error is did-not-occur or incorrect-data", field="--error") from error


def inspect(
    node: Node,
    consignment: ConsignmentRecord,
    *,
    formation: str,
    particulars: Particulars,
    key: str | None = None,
) -> CustodyAct:
    """An officer says what they saw. Saying the same twice between two hand-overs is saying it once."""
    who = node.reader.formation(formation)
    terms, digest, facts = custody.stated_record(node, "observe", consignment.id, particulars, taker=0)
    return custody.perform(
        node, who, consignment.id, "observe", (terms, digest), key, facts, step=consignment.sequence
    )


def add_device(
    node: Node,
    *,
    formation: str,
    address: bytes | None,
    serial: str,
    valid_from: int,
    valid_to: int,
    key: str | None = None,
) -> tuple[bytes, Act]:
    """Register a device of a formation; without an address its key is made and kept here, by a gateway that signs
    for it. `DeviceWindowInvalid` for a time that ends before it begins.
    """
    if valid_to and valid_to <= valid_from:
        raise DeviceWindowInvalid("a device's time ends after it begins", field="--to")
    who = node.reader.formation(formation)
    device = address or node.keyring.create()
    mark = blinding.device_mark(node.directory.secret("network"), serial)
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Custody",
        function="registerDevice",
        arguments=(device, mark, valid_from, valid_to),
        key=key,
        what="device",
        about={"device": device.hex(), "formation": who.code},
    )
    (act,) = node.perform([asked])
    return device, done(act, field="--address")


def close_device(node: Node, device: bytes, *, formation: str, reason: Reason, key: str | None = None) -> Act:
    """Nothing the device signs is taken from now on."""
    who = node.reader.formation(formation)
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Custody",
        function="closeDevice",
        arguments=(device, int(reason)),
        key=key,
        step=device_of(node, device).sequence,
        what="close-device",
        about={"device": device.hex(), "formation": who.code},
    )
    (act,) = node.perform([asked])
    return done(act, field="DEVICE")


def devices(node: Node, formation: int | None = None) -> list[DeviceRecord]:
    """The devices of a formation, or all, in the order in which they were registered."""
    query = select(t.devices).order_by(t.devices.c.entry)
    if formation is not None:
        query = query.where(t.devices.c.formation == formation)
    with node.ledger.connect() as connection:
        return [DeviceRecord(*row) for row in connection.execute(query)]


def device_of(node: Node, address: bytes) -> DeviceRecord:
    """One of them; `UnknownDevice` if there is none."""
    row = _DEVICE.first(node.ledger, address=address)
    if row is None:
        raise UnknownDevice("the ledger has no such device", field="device")
    return DeviceRecord(*row)


def observe(node: Node, batch: Batch, *, formation: str, key: str | None = None) -> CustodyAct:
    """Record a batch of readings as one entry. One without a signature is signed here, if the device's key is."""
    who = node.reader.formation(formation)
    root = batch.root()
    if not batch.signature:
        batch = sign(node, batch)
    stated = (batch.sequence, len(batch.readings), batch.first, batch.last, root)
    asked = request(
        node,
        signer=acting_key(node, who),
        contract="Custody",
        function="observeBatch",
        arguments=(batch.consignment, batch.device, stated, batch.signature),
        key=key,
        step=batch.sequence,
        mark=fingerprint(
            by=who.code,
            function="observeBatch",
            device=batch.device,
            consignment=batch.consignment,
            root=root,
        ),
        facts=(Fact(evidence, ({"digest": root, "record": canonicalise(batch.members())},)),),
        what="observe",
        about={"consignment": batch.consignment.hex(), "formation": who.code},
    )
    (act,) = node.perform([asked])
    return CustodyAct(done(act, field="FILE"), batch.consignment, "observe")


def sign(node: Node, batch: Batch) -> Batch:
    """The batch with the device's signature; `KeyNotHeld` if its key is not in this node's keyring."""
    signature = node.keyring.signer(batch.device).sign_typed_data(
        typed_readings(batch, node.network.chain_id, node.network.contracts["Custody"].address)
    )
    return Batch(batch.consignment, batch.device, batch.sequence, batch.readings, signature)


def typed_readings(batch: Batch, chain_id: int, custody_address: str) -> dict[str, Any]:
    """The EIP-712 message that a device signs (docs/spec/epcis.md). `custody_address` is that of the contract, hex."""
    return typed_data(
        "Custody",
        chain_id,
        custody_address,
        "Readings",
        {
            "consignment": "bytes32",
            "sequence": "uint32",
            "count": "uint32",
            "from": "uint64",
            "to": "uint64",
            "root": "bytes32",
        },
        {
            "consignment": batch.consignment,
            "sequence": batch.sequence,
            "count": len(batch.readings),
            "from": batch.first,
            "to": batch.last,
            "root": bytes(batch.root()),
        },
    )


def batch_of(node: Node, root: bytes) -> Batch | None:
    """The readings under a root, where this office has them."""
    row = _RECORD.first(node.office, digest=root)
    return None if row is None else parse_batch(orjson.loads(row.record))


def prove(node: Node, logged: LoggedEntry, place: int) -> dict[str, Any]:
    """One reading with its path to the root in its entry; the entry's own proof is the log's (docs/spec/epcis.md)."""
    batch = batch_of(node, logged.entry.related) if logged.entry.kind is Kind.OBSERVE_BATCH else None
    if batch is None:
        raise BatchNotHeld("the readings of this entry are not here", field="ENTRY")
    if not 0 <= place < len(batch.readings):
        raise ReadingsInvalid("the batch has no reading of this number", field="--reading")
    proof = batch.proof(place)
    return {
        "schema": "urn:sanad:reading-proof:1",
        "entry": logged.index,
        "raw": logged.raw.hex(),
        "reading": batch.readings[place].members(),
        "index": proof.index,
        "size": proof.size,
        "path": [one.hex() for one in proof.path],
    }


def declare_error(
    node: Node,
    consignment: ConsignmentRecord,
    *,
    formation: str,
    entry: int,
    mistake: Mistake,
    note: str = "",
    key: str | None = None,
) -> CustodyAct:
    """Say that an entry about a consignment is wrong; the entry stays. `ERROR_NOT_OF_THIS` for what nobody would
    heed.
    """
    who = node.reader.formation(formation)
    wrong = next((one for one in node.reader.entries_about(consignment.id) if one.index == entry), None)
    if wrong is None or wrong.entry.kind is Kind.ERROR_DECLARED:
        raise NotAnotherEntry("no act on this consignment has this entry", field="ENTRY")
    if not stands_for(node, who.number, wrong.entry.formation, int(node.clock())):
        raise NotAnotherEntry("the entry is another formation's", field="--as")
    _, digest, facts = custody.stated_record(node, "error", consignment.id, Particulars(note=note), taker=0)
    arguments = (entry, int(mistake), digest)
    return custody.perform(node, who, consignment.id, "declareError", arguments, key, facts, step=entry)


def stands_for(node: Node, actor: int, original: int, at: int) -> bool:
    """Whether a formation might speak for another at a time (as `Formations.standsFor`)."""
    return node.reader.successions(with_parents=True).stands_for(actor, original, at)


def struck(declared: Mapping[int, LoggedEntry]) -> dict[int, LoggedEntry]:
    """Of the errors that are declared (`errors_declared`), those that say that the entry did not occur."""
    return {
        index: one
        for index, one in declared.items()
        if MistakeWord.unpack(one.entry.related).mistake is Mistake.DID_NOT_OCCUR
    }


def errors_declared(node: Node, logged: Sequence[LoggedEntry]) -> dict[int, LoggedEntry]:
    """Of the entries about one consignment, those that are declared wrong, each by the last declaration that counts."""
    by_index = {one.index: one for one in logged}
    declared: dict[int, LoggedEntry] = {}
    for one in logged:
        if one.entry.kind is not Kind.ERROR_DECLARED:
            continue
        wrong = by_index.get(MistakeWord.unpack(one.entry.related).entry)
        if wrong is None or wrong.index >= one.index or wrong.entry.kind is Kind.ERROR_DECLARED:
            continue
        if stands_for(node, one.entry.formation, wrong.entry.formation, one.entry.time):
            declared[wrong.index] = one
    return declared
