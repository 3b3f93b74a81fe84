"""What members decide: formations, keys, scopes, members. Every change is a proposal to the consortium.

With a threshold of one a proposal is carried out in the same transaction; otherwise it waits for the
approvals of other members. Suspension is the exception: any one member does it at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from sanad_node.acting import done, request, word
from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_call, encode_call
from sanad_node.engines.transactions import SignedTransaction
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Request
from sanad_node.store.ledger_tables import sent
from sanad_node.store.office_tables import outbox
from sanad_verifier.entries import Kind, Reason
from sanad_verifier.errors import InputError

ACTS = {kind.name.lower().replace("_", "-"): kind for kind in Kind if kind < 32 and kind is not Kind.PARENT}
"""Acts that a scope can allow, by the name people use. What a document rests on is part of entering it."""


class ActNameInvalid(InputError):
    """A scope names an act that does not exist."""

    code = "ACT_NAME_INVALID"


class NotAMember(InputError):
    """This node holds no key of a member of the consortium."""

    code = "NOT_A_MEMBER"


class SuccessionInvalid(InputError):
    """More offices give way at once, or take their place, than one decision can name."""

    code = "SUCCESSION_INVALID"


class UnknownKey(InputError):
    """The formation has no key of this address."""

    code = "UNKNOWN_KEY"


class ProposalUnknown(InputError):
    """This node does not know what the proposal would do."""

    code = "PROPOSAL_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Decision:
    """A proposal, and whether it has been carried out."""

    act: Act
    executed: bool


def member_key(node: Node, wanted: bytes | None = None) -> bytes:
    """The address of the member this node acts for: the wanted one, or the first whose key it holds."""
    held = set(node.keyring.addresses())
    for member in node.reader.members():
        if member.address in held and wanted in {None, member.address}:
            return bytes(member.address)
    which = "a" if wanted is None else "that"
    raise NotAMember(f"this node holds no key of {which} member of the consortium", field="--as-member")


def propose(
    node: Node,
    contract: str,
    function: str,
    *arguments: Any,
    key: str | None = None,
    member: bytes | None = None,
    about: Mapping[str, str] | None = None,
) -> Decision:
    """Propose one call; with a threshold of one it is carried out at once."""
    (decision,) = propose_all(node, [(contract, function, arguments)], key=key, member=member, about=about)
    return decision


def propose_all(
    node: Node,
    calls: list[tuple[str, str, tuple[Any, ...]]],
    *,
    key: str | None = None,
    member: bytes | None = None,
    about: Mapping[str, str] | None = None,
) -> list[Decision]:
    """Propose several calls in order, as `member` or the first member whose key this node holds."""
    node.catch_up()
    signer = member_key(node, member)
    step = len(node.reader.proposals())
    executed = node.reader.threshold() == 1
    requests: list[Request] = []
    for number, (contract, function, arguments) in enumerate(calls):
        call = encode_call(load(contract), function, *arguments)
        requests.append(
            request(
                node,
                signer=signer,
                contract="Consortium",
                function="propose",
                arguments=(node.network.address(contract), call),
                key=f"{key}/{number}" if key else None,
                step=step + number,
                what="propose",
                about={
                    "contract": contract,
                    "call": function,
                    "executed": str(executed).lower(),
                    **(about or {}),
                },
            )
        )
    return [Decision(done(act), executed) for act in node.perform(requests)]


def approve(node: Node, number: int, *, key: str | None = None, member: bytes | None = None) -> Act:
    """Approve a proposal whose call this node has kept."""
    node.catch_up()
    call = _call_of(node, number)
    asked = request(
        node,
        signer=member_key(node, member),
        contract="Consortium",
        function="approve",
        arguments=(number, call),
        key=key,
        step=number,
        what="approve",
        about={"proposal": str(number)},
    )
    (act,) = node.perform([asked])
    return done(act)


def in_words(node: Node, number: int) -> str:
    """What a proposal would do, as a call with its arguments; raises `ProposalUnknown`."""
    call = _call_of(node, number)
    target = next(p.target for p in node.reader.proposals() if p.number == number)
    for role, contract in node.network.contracts.items():
        if contract.raw_address == target:
            function, arguments = decode_call(load(role), call)
            return f"{role}.{function}({', '.join(_shown(argument) for argument in arguments)})"
    raise ProposalUnknown("the proposal is about a contract that this node does not know", field="NUMBER")


def _shown(argument: Any) -> str:
    """A name as a name, other bytes as hex."""
    if not isinstance(argument, bytes):
        return str(argument)
    name = argument.rstrip(b"\0")
    return name.decode() if name and name.isascii() and name.decode().isprintable() else argument.hex()


def _call_of(node: Node, number: int) -> bytes:
    """The call data of a proposal: as it was made through this node, else as the chain has it."""
    proposals = node.reader.proposals()
    known = next((p for p in proposals if p.number == number), None)
    if known is None:
        raise ProposalUnknown("there is no such proposal", field="NUMBER")
    consortium = load("Consortium")
    with node.office.connect() as connection:
        rows = connection.execute(
            select(outbox.c.calldata, outbox.c.entry)
            .where(outbox.c.contract == "Consortium", outbox.c.state == "final")
            .order_by(outbox.c.id)
        ).all()
    for row in rows:
        name, arguments = decode_call(consortium, row.calldata)
        if name != "propose" or row.entry is None:
            continue
        proposed = node.reader.entry(row.entry).entry
        if proposed.kind is Kind.PROPOSED and proposed.subject == known.digest:
            return bytes(arguments[1])
    return _call_on_chain(node, known.digest)


def _call_on_chain(node: Node, digest: bytes) -> bytes:
    """The call data of a proposal that another member has made."""
    consortium = load("Consortium")
    for logged in node.reader.entries_about(digest):
        told = _input(node, logged.tx) if logged.entry.kind is Kind.PROPOSED else None
        if told is None:
            continue
        name, arguments = decode_call(consortium, told)
        if name == "propose":
            return bytes(arguments[1])
    raise ProposalUnknown("the call of this proposal is not known here", field="NUMBER")


def _input(node: Node, tx: bytes) -> bytes | None:
    """The call data of a transaction: as this node has kept it, else as the chain has it."""
    with node.ledger.connect() as connection:
        raw = connection.execute(select(sent.c.raw).where(sent.c.hash == tx)).scalar()
    if raw is None:
        return node.engine.transaction_input(tx)
    return SignedTransaction.read(bytes(raw), node.network.chain_id).data()


# -- formations ---------------------------------------------------------------------------------------------------


def add_formation(
    node: Node,
    *,
    code: str,
    kind: str,
    parent: int = 0,
    predecessor: int = 0,
    valid_from: int = 0,
    valid_to: int = 0,
    key: str | None = None,
) -> Decision:
    """Add a formation; it can do nothing until it has a key and scopes."""
    return propose(
        node,
        "Formations",
        "addFormation",
        word(code.upper(), "CODE"),
        word(kind.upper(), "--kind"),
        parent,
        predecessor,
        valid_from,
        valid_to,
        key=key,
        about={"code": code.upper()},
    )


def succeed(
    node: Node,
    predecessors: Sequence[str],
    successors: Sequence[str],
    *,
    at: int = 0,
    key: str | None = None,
) -> Decision:
    """Let formations give way to others at a time (0: now): each successor has the place of each predecessor then."""
    gone = [node.reader.formation(code, field="CODE") for code in predecessors]
    taking = sorted(
        (node.reader.formation(code, field="--by") for code in successors), key=lambda one: one.number
    )
    about = {
        "predecessors": ",".join(one.code for one in gone),
        "successors": ",".join(one.code for one in taking),
    }
    numbers = [one.number for one in gone], [one.number for one in taking]
    return propose(node, "Formations", "succeed", *numbers, at, key=key, about=about)


def scope_word(acts: list[str]) -> int:
    """The bit word of act names (`issue`, `revoke`, `ship`, …)."""
    bits = 0
    for name in acts:
        kind = ACTS.get(name.strip().lower())
        if kind is None:
            raise ActNameInvalid("unknown act; one of " + ", ".join(ACTS), field="--acts")
        bits |= 1 << kind
    return bits


def act_names(bits: int) -> list[str]:
    """The names of the acts that a bit word allows."""
    return [name for name, kind in ACTS.items() if bits >> kind & 1]


def set_scope(
    node: Node,
    formation: str,
    doc_type: str,
    acts: list[str],
    *,
    valid_from: int = 0,
    valid_to: int = 0,
    key: str | None = None,
) -> Decision:
    """Replace what a formation may do with a type of document or consignment; no acts take the scope away."""
    number = node.reader.formation(formation, field="CODE").number
    bits = scope_word(acts)
    kind = word(doc_type.upper(), "--type")
    about = {"code": formation.upper(), "type": doc_type.upper()}
    arguments = (number, kind, bits, valid_from, valid_to)
    return propose(node, "Formations", "setScope", *arguments, key=key, about=about)


def add_key(
    node: Node,
    formation: str,
    address: bytes,
    *,
    officer: bytes = bytes(32),
    valid_from: int = 0,
    valid_to: int = 0,
    key: str | None = None,
) -> Decision:
    """Register a key for a formation."""
    number = node.reader.formation(formation, field="CODE").number
    about = {"code": formation.upper(), "key": address.hex()}
    arguments = (number, address, officer, valid_from, valid_to)
    return propose(node, "Formations", "addKey", *arguments, key=key, about=about)


def suspend_formation(node: Node, formation: str, reason: Reason, *, key: str | None = None) -> Act:
    """Stop a formation at once, as one member."""
    number = node.reader.formation(formation, field="CODE").number
    return _as_member(node, "suspendFormation", (number, int(reason)), key)


def suspend_key(node: Node, address: bytes, reason: Reason, *, key: str | None = None) -> Act:
    """Stop a key at once, as one member."""
    return _as_member(node, "suspendKey", (address, int(reason)), key)


def reinstate_formation(node: Node, formation: str, reason: Reason, *, key: str | None = None) -> Decision:
    number = node.reader.formation(formation, field="CODE").number
    about = {"code": formation.upper()}
    return propose(node, "Formations", "reinstateFormation", number, int(reason), key=key, about=about)


def reinstate_key(node: Node, address: bytes, reason: Reason, *, key: str | None = None) -> Decision:
    about = {"key": address.hex()}
    return propose(node, "Formations", "reinstateKey", address, int(reason), key=key, about=about)


def close_formation(node: Node, formation: str, at: int, *, key: str | None = None) -> Decision:
    number = node.reader.formation(formation, field="CODE").number
    about = {"code": formation.upper()}
    return propose(node, "Formations", "closeFormation", number, at, key=key, about=about)


def close_key(node: Node, address: bytes, at: int, *, key: str | None = None) -> Decision:
    about = {"key": address.hex()}
    return propose(node, "Formations", "closeKey", address, at, key=key, about=about)


def declare_compromised(node: Node, address: bytes, since: int, *, key: str | None = None) -> Decision:
    """Distrust everything a key did from `since` on."""
    about = {"key": address.hex()}
    return propose(node, "Formations", "declareCompromised", address, since, key=key, about=about)


def rotate_key(
    node: Node, formation: str, *, old: bytes | None = None, at: int, key: str | None = None
) -> tuple[bytes, list[Decision]]:
    """Give a formation a new key made here, and end its old one (its newest by default) at `at`."""
    record = node.reader.formation(formation, field="CODE")
    keys = node.reader.keys_of(record.number)
    ending = old if old is not None else (keys[-1].address if keys else None)
    if ending is not None and ending not in {key.address for key in keys}:
        raise UnknownKey("the formation has no such key", field="--key")
    address = node.keyring.create()
    calls: list[tuple[str, str, tuple[Any, ...]]] = [
        ("Formations", "addKey", (record.number, address, bytes(32), 0, 0))
    ]
    if ending is not None:
        calls.append(("Formations", "closeKey", (ending, at)))
    about = {"code": record.code, "key": address.hex()}
    return address, propose_all(node, calls, key=key, about=about)


def _as_member(node: Node, function: str, arguments: tuple[Any, ...], key: str | None) -> Act:
    node.catch_up()
    asked = request(
        node,
        signer=member_key(node),
        contract="Formations",
        function=function,
        arguments=arguments,
        key=key,
        step=node.reader.position().size,
        what=function,
    )
    (act,) = node.perform([asked])
    return done(act)
