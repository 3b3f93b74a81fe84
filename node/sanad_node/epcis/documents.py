"""EPCIS 2.0 documents: read strictly, judged by GS1's JSON Schema, written in one way."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from sanad_node.epcis.event_hash import namespaces
from sanad_node.epcis.vocabulary import CONTEXT
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import DEPTH_AT_MOST, nesting

SIZE_AT_MOST = 8 << 20
EVENTS_AT_MOST = 1000
LONGEST_NUMBER = 40


class EpcisInvalid(InputError):
    """The bytes are no EPCIS 2.0 document; `field` is a JSON pointer to the first thing that is wrong."""

    code = "EPCIS_INVALID"


@cache
def schema() -> jsonschema_rs.Draft7Validator:
    """GS1's schema (node/sanad_node/epcis/schema), compiled."""
    told = json.loads((files("sanad_node.epcis") / "schema" / "epcis-2.0.json").read_bytes())
    return jsonschema_rs.Draft7Validator(told, validate_formats=True)


def read_json(data: bytes) -> Any:
    """What JSON bytes say; fractions are Decimals. `EpcisInvalid` for what could be read in two ways."""
    if len(data) > SIZE_AT_MOST:
        raise EpcisInvalid("the document is too large", field="/")
    try:
        if nesting(data) > DEPTH_AT_MOST:
            raise EpcisInvalid("the document is nested too deep", field="/")
        return json.loads(
            data, parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        raise EpcisInvalid("this is no JSON that could be read in one way only", field="/") from error


def parse(data: bytes) -> dict[str, Any]:
    """The document in JSON bytes; fractions are Decimals. `EpcisInvalid` unless the schema allows it."""
    told = read_json(data)
    if not isinstance(told, dict) or told.get("type") != "EPCISDocument":
        raise EpcisInvalid("this is no EPCIS document", field="/type")
    must_be_allowed(told)
    if len(events(told)) > EVENTS_AT_MOST:
        raise EpcisInvalid(f"a document has at most {EVENTS_AT_MOST} events", field="/epcisBody/eventList")
    return told


def must_be_allowed(told: Mapping[str, Any]) -> None:
    """`EpcisInvalid` unless GS1's schema allows a document."""
    wrong = next(schema().iter_errors(_plain(told)), None)
    if wrong is not None:
        pointer = "/" + "/".join(str(step) for step in wrong.instance_path)
        raise EpcisInvalid("GS1's schema for EPCIS 2.0 does not allow this", field=pointer)


def events(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events of a document, in its order."""
    body = told["epcisBody"]
    return [body["event"]] if "event" in body else list(body.get("eventList", []))


def spaces_of(told: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, str]:
    """The namespaces in which an event of a document is to be read."""
    return namespaces(told.get("@context"), event.get("@context"))


def document(made: Iterable[Mapping[str, Any]], created: str) -> dict[str, Any]:
    """A document of these events; `created` is a time as EPCIS writes it."""
    return {
        "@context": list(CONTEXT),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created,
        "epcisBody": {"eventList": list(made)},
    }


def encode(told: Mapping[str, Any]) -> bytes:
    """The bytes of a document of ours: the same document gives the same bytes."""
    return (json.dumps(_plain(told), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _plain(value: Any) -> Any:
    """With Decimals as JSON numbers, for who does not know them."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def _decimal(text: str) -> Decimal:
    _short(text)
    return Decimal(text)


def _integer(text: str) -> int:
    _short(text)
    return int(text)


def _short(text: str) -> None:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number has too many digits")


def _constant(_: str) -> None:
    raise ValueError("not a number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key is there twice")
    return told
