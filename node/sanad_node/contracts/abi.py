"""The contracts' language: calls to bytes, and results, events and errors back from bytes.

Pure functions over the committed ABI, without web3. Encoding runs for every act, so types are resolved once
for each function. Values are `int`, `bool`, `bytes`; an address is 20 bytes or `0x…`, and comes back as
`0x…`.

The codec (eth-abi, and pydantic behind it) takes longer to import than a verification takes in all, so it is
loaded when something is first encoded or decoded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from sanad_node.contracts import CONTRACTS, Artifact, load
from sanad_verifier.errors import EvidenceError, InputError

if TYPE_CHECKING:
    from eth_abi.decoding import TupleDecoder
    from eth_abi.encoding import TupleEncoder

SELECTOR = 4
Types = tuple[str, ...]
"""ABI types in canonical form, tuples written out."""


class UnknownAbiMember(InputError):
    """The contract has no function or event of this name."""

    code = "ABI_UNKNOWN_MEMBER"


class BadArguments(InputError):
    """The arguments do not fit the function's types."""

    code = "ABI_BAD_ARGUMENTS"


class UndecodableResult(EvidenceError):
    """What the chain returned is not an encoding of the type it must have."""

    code = "ABI_UNDECODABLE"


@dataclass(frozen=True, slots=True)
class DecodedError:
    """A contract's refusal: the error's name, its arguments by name, and a contract that declares it."""

    name: str
    args: Mapping[str, Any]
    contract: str


@dataclass(frozen=True, slots=True)
class DecodedEvent:
    """An event's name and arguments by name, indexed ones included."""

    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Function:
    selector: bytes
    inputs: Types
    outputs: Types


@dataclass(frozen=True, slots=True)
class _Event:
    name: str
    indexed: tuple[tuple[str, str], ...]
    plain: tuple[tuple[str, str], ...]


def selector(artifact: Artifact, function: str) -> bytes:
    """The first four bytes of a call of `function`."""
    return _function(artifact.name, function).selector


def encode_call(artifact: Artifact, function: str, *args: Any) -> bytes:
    """The data of a transaction or call that runs `function` with `args`."""
    resolved = _function(artifact.name, function)
    if len(args) != len(resolved.inputs):
        raise BadArguments(
            f"{artifact.name}.{function} takes {len(resolved.inputs)} arguments, not {len(args)}",
            field=function,
        )
    return resolved.selector + _encode(resolved.inputs, args, f"{artifact.name}.{function}", function)


def encode_deployment(artifact: Artifact, *args: Any) -> bytes:
    """The data of the transaction that deploys the contract."""
    inputs: list[dict[str, Any]] = next(
        (entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), []
    )
    if len(args) != len(inputs):
        raise BadArguments(
            f"{artifact.name} is deployed with {len(inputs)} arguments, not {len(args)}", field="constructor"
        )
    types = tuple(_type_of(each) for each in inputs)
    return artifact.bytecode + _encode(types, args, artifact.name, "constructor")


def decode_call(artifact: Artifact, data: bytes) -> tuple[str, tuple[Any, ...]]:
    """The function that `data` calls, and its arguments."""
    found = _functions_by_selector(artifact.name).get(data[:SELECTOR])
    if found is None:
        raise UndecodableResult(f"the data calls no function of {artifact.name}", field="data")
    return found, _decode(_function(artifact.name, found).inputs, data[SELECTOR:], found)


def decode_result(artifact: Artifact, function: str, data: bytes) -> tuple[Any, ...]:
    """What `function` returned, one item for each declared value (a struct is a tuple)."""
    return _decode(_function(artifact.name, function).outputs, data, function)


def event_topic(artifact: Artifact, event: str) -> bytes:
    """The first topic of `event`."""
    for topic, found in _events(artifact.name).items():
        if found.name == event:
            return topic
    raise UnknownAbiMember(f"{artifact.name} has no such event", field="event")


def decode_event(artifact: Artifact, topics: Sequence[bytes], data: bytes) -> DecodedEvent | None:
    """The event with these topics, or None if the contract declares none such."""
    event = _events(artifact.name).get(topics[0]) if topics else None
    if event is None:
        return None
    if len(topics) != 1 + len(event.indexed):
        raise UndecodableResult(
            "the event has another number of topics than its declaration", field=event.name
        )
    values: dict[str, Any] = {}
    for (name, kind), topic in zip(event.indexed, topics[1:], strict=True):
        (values[name],) = _decode((kind,), topic, event.name)
    names = [name for name, _ in event.plain]
    values.update(zip(names, _decode(tuple(kind for _, kind in event.plain), data, event.name), strict=True))
    return DecodedEvent(event.name, MappingProxyType(values))


def decode_error(data: bytes) -> DecodedError | None:
    """The custom error of any contract that `data` encodes; None if it is none of theirs, or malformed."""
    found = _errors().get(data[:SELECTOR])
    if found is None:
        return None
    contract, name, parameters = found
    try:
        values = _decode(tuple(kind for _, kind in parameters), data[SELECTOR:], name)
    except UndecodableResult:
        return None
    return DecodedError(
        name, MappingProxyType(dict(zip((each for each, _ in parameters), values, strict=True))), contract
    )


def _encode(types: Types, values: Sequence[Any], what: str, field: str) -> bytes:
    from eth_abi.exceptions import EncodingError  # noqa: PLC0415 - see the module's docstring

    try:
        return bytes(_encoder(types)(values))
    except (EncodingError, TypeError, ValueError, OverflowError) as error:
        raise BadArguments(f"the arguments do not fit {what}", field=field) from error


def _decode(types: Types, data: bytes, field: str) -> tuple[Any, ...]:
    from eth_abi.decoding import ContextFramesBytesIO  # noqa: PLC0415
    from eth_abi.exceptions import DecodingError  # noqa: PLC0415

    try:
        values: tuple[Any, ...] = _decoder(types)(ContextFramesBytesIO(data))  # type: ignore[no-untyped-call]
    except (DecodingError, OverflowError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UndecodableResult("the chain's answer does not have the declared form", field=field) from error
    return values


@cache
def _encoder(types: Types) -> "TupleEncoder":
    from eth_abi.encoding import TupleEncoder  # noqa: PLC0415
    from eth_abi.registry import registry  # noqa: PLC0415

    return TupleEncoder(  # type: ignore[no-untyped-call]
        encoders=tuple(registry.get_encoder(kind) for kind in types)
    )


@cache
def _decoder(types: Types) -> "TupleDecoder":
    from eth_abi.decoding import TupleDecoder  # noqa: PLC0415
    from eth_abi.registry import registry  # noqa: PLC0415

    return TupleDecoder(  # type: ignore[no-untyped-call]
        decoders=tuple(registry.get_decoder(kind) for kind in types)
    )


@cache
def _function(contract: str, name: str) -> _Function:
    for entry in load(contract).abi:
        if entry["type"] == "function" and entry["name"] == name:
            return _Function(
                keccak(_signature(entry))[:SELECTOR],
                tuple(_type_of(each) for each in entry["inputs"]),
                tuple(_type_of(each) for each in entry["outputs"]),
            )
    raise UnknownAbiMember(f"{contract} has no such function", field="function")


@cache
def _functions_by_selector(contract: str) -> Mapping[bytes, str]:
    return {
        keccak(_signature(entry))[:SELECTOR]: entry["name"]
        for entry in load(contract).abi
        if entry["type"] == "function"
    }


@cache
def _events(contract: str) -> Mapping[bytes, _Event]:
    return {
        keccak(_signature(entry)): _Event(
            entry["name"],
            tuple((each["name"], _type_of(each)) for each in entry["inputs"] if each["indexed"]),
            tuple((each["name"], _type_of(each)) for each in entry["inputs"] if not each["indexed"]),
        )
        for entry in load(contract).abi
        if entry["type"] == "event"
    }


@cache
def _errors() -> Mapping[bytes, tuple[str, str, tuple[tuple[str, str], ...]]]:
    known: dict[bytes, tuple[str, str, tuple[tuple[str, str], ...]]] = {}
    for contract in CONTRACTS:
        for entry in load(contract).abi:
            if entry["type"] == "error":
                parameters = tuple((each["name"], _type_of(each)) for each in entry["inputs"])
                known.setdefault(keccak(_signature(entry))[:SELECTOR], (contract, entry["name"], parameters))
    return known


def _signature(entry: Mapping[str, Any]) -> bytes:
    return f"{entry['name']}({','.join(_type_of(each) for each in entry['inputs'])})".encode()


def _type_of(parameter: Mapping[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type_of(each) for each in parameter['components'])}){kind[len('tuple') :]}"
