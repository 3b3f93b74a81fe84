"""What every use case that acts needs: whose key signs, and a request that names what was asked."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, Fact, Request
from sanad_node.pipeline.refusals import refused
from sanad_node.reading import FormationRecord, KeyRecord
from sanad_verifier.errors import InputError


class NoUsableKey(InputError):
    """This node holds no key of the formation that could act now; the message says what is wrong with the
    one it holds.
    """

    code = "NO_USABLE_KEY"


class NameInvalid(InputError):
    """A name on the ledger is 1 to 31 ASCII characters."""

    code = "NAME_INVALID"


def word(text: str, field: str = "name") -> bytes:
    """An ASCII name as a left-aligned 32-byte word; its characters are for the contract to judge."""
    if not text.isascii() or not 0 < len(text) < 32:
        raise NameInvalid("a name is 1 to 31 ASCII characters", field=field)
    return text.encode("ascii").ljust(32, b"\0")


def acting_key(node: Node, formation: FormationRecord, *, other_than: bytes | None = None) -> bytes:
    """A key of the formation held here (and not the second officer's, `other_than`), preferring one in force now.

    A key that is not in force is returned too if there is no other: the contract, not this node, has the
    last word, and its refusal carries the exact reason.
    """
    held = set(node.keyring.addresses())
    keys = [
        key
        for key in node.reader.keys_of(formation.number)
        if key.address in held and key.address != other_than
    ]
    if not keys:
        raise NoUsableKey(f"this node holds no key of {formation.code}", field="--as")
    now = int(node.clock())
    return max(keys, key=lambda key: (in_force(key, now), key.valid_from)).address


def in_force(key: KeyRecord, now: int) -> bool:
    """Whether a key may sign now."""
    return (
        key.valid_from <= now
        and (key.valid_to == 0 or now < key.valid_to)
        and not key.suspended_at
        and not key.compromised_from
    )


def fingerprint(**asked: Any) -> bytes:
    """SHA-256 of what was asked, to tell a repeated request from another one under the same idempotency
    key.
    """
    text = json.dumps(asked, sort_keys=True, default=bytes.hex)
    return hashlib.sha256(text.encode()).digest()


def request(
    node: Node,
    *,
    signer: bytes,
    contract: str,
    function: str,
    arguments: tuple[Any, ...],
    key: str | None,
    step: int = 0,
    mark: bytes | None = None,
    facts: tuple[Fact, ...] = (),
    what: str = "",
    about: Mapping[str, str] | None = None,
) -> Request:
    """The request for one contract call.

    Without a key of the caller's the request names itself, so that repeating a command repeats nothing; an
    attempt that was refused does not stand in the way of the next one. `step` is the state the act starts
    from: it tells apart acts that look the same but happen one after the other, as a second suspension.
    `mark` stands for what was asked where the call data also holds what this node added (a deadline).
    """
    calldata = encode_call(load(contract), function, *arguments)
    asked = mark or fingerprint(signer=signer, contract=contract, calldata=calldata)
    named = fresh_key(node, f"{function}:{step}", asked) if key is None else key
    return Request(named, asked, signer, contract, calldata, facts, what or function, about or {})


def fresh_key(node: Node, what: str, mark: bytes) -> str:
    """A key derived from the request itself, moved on past refused attempts."""
    attempt = 1
    while True:
        key = f"{what}:{mark.hex()}:{attempt}"
        known = node.outbox.find(key)
        if known is None or known.state != "refused":
            return key
        attempt += 1


def done(act: Act, *, field: str | None = None) -> Act:
    """The act if it was not refused; raises the contract's refusal otherwise."""
    if act.state == "refused":
        raise refused(act.code, act.message, field=field)
    return act
