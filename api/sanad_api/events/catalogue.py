"""An entry of the log as an event: what the ledger says, and nothing that only an office knows."""

import orjson

from sanad_node.reading import LoggedEntry
from sanad_verifier.entries import Kind

KINDS = tuple(kind.name.lower().replace("_", "-") for kind in Kind)


def kind_of(logged: LoggedEntry) -> str:
    """The event's name."""
    return logged.entry.kind.name.lower().replace("_", "-")


def encode(logged: LoggedEntry, codes: dict[int, str]) -> bytes:
    """The event's data as JSON; bytes as hex, time in seconds since 1970."""
    entry = logged.entry
    return orjson.dumps(
        {
            "index": logged.index,
            "kind": kind_of(logged),
            "formation": codes.get(entry.formation, ""),
            "type": entry.doc_type,
            "subject": entry.subject.hex(),
            "related": entry.related.hex(),
            "data": entry.data.hex(),
            "time": entry.time,
            "block": logged.block,
            "tx": logged.tx.hex(),
        }
    )
