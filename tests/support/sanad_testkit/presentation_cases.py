"""Presentations of one document's fields, and what proves none."""

import json
from collections.abc import Callable
from typing import Any

from sanad_testkit.printed_scene import CHASSIS, ENGINE, LOT, SEED, VALUE, printed
from sanad_verifier.fields import disclose_all
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.presentation import presentation

PRINTED = printed()
RELATED = PRINTED.related


def shown(*pointers: str) -> bytes:
    """The presentation of these fields."""
    return presentation(disclose_all(VALUE, SEED, pointers), PRINTED.fields.hash()).encode()


def _changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    told = json.loads(shown(CHASSIS, LOT))
    change(told)
    return canonicalise(told)


def _first(name: str, value: Any) -> bytes:
    return _changed(lambda told: told["fields"][0].update({name: value}))


ACCEPTED = {
    "one field": shown(LOT),
    "two fields": shown(CHASSIS, LOT),
    "every field that a certificate prints": shown(LOT, CHASSIS, ENGINE),
    "a text in Urdu": shown("/buyer"),
}
LEAF = json.loads(shown(CHASSIS, LOT))["fields"][0]["leaf"]
REFUSED = {
    "another value": _first("leaf", [LEAF[0], LEAF[1], "KAPW-2026-119"]),
    "another place in the document": _first("leaf", [LEAF[0], "/price/amount", LEAF[2]]),
    "another salt": _first("leaf", ["A" * 22, LEAF[1], LEAF[2]]),
    "a leaf of two": _first("leaf", LEAF[:2]),
    "another index": _first("index", 3),
    "a path that is too short": _changed(lambda told: told["fields"][0]["path"].pop()),
    "a path that is too long": _changed(lambda told: told["fields"][0]["path"].append("A" * 43 + "=")),
    "a hash with spare bits": _first("path", ["A" * 42 + "B="]),
    "another hash of the printed fields": _changed(lambda told: told.update(printed="A" * 43 + "=")),
    "another number of fields": _changed(lambda told: told.update(size=5)),
    "no fields": _changed(lambda told: told.update(fields=[])),
    "fields out of order": _changed(lambda told: told["fields"].reverse()),
    "a field twice": _changed(lambda told: told["fields"].append(told["fields"][-1])),
    "a member more": _changed(lambda told: told.update(more=1)),
    "a size that is text": _changed(lambda told: told.update(size="6")),
    "another spelling": json.dumps(json.loads(shown(LOT))).encode(),
    "a byte more": shown(LOT) + b"\n",
    "nothing": b"",
}
