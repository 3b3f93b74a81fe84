"""A batch at the desk of a node: a folder of documents or a table, issued while one waits."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sanad_node import batching, types
from sanad_node.batching import BatchSourceInvalid, Source
from sanad_node.node import Node
from sanad_node.shown import members
from sanad_node.wire.batches import BatchOutcome

Progress = Callable[[str, int], None]
"""Called with a stage (`checked`, `anchored`) and how many rows are through it."""


def issue(
    node: Node,
    path: Path,
    *,
    doc_type: str,
    formation: str,
    keep: bool,
    fields: bool,
    progress: Progress | None,
) -> list[BatchOutcome]:
    """An outcome for each row, in their order."""
    kind = types.get(doc_type)
    places: dict[str, int] = {}
    outcomes = [
        BatchOutcome.read(members(one))
        for one in batching.issue_batch(
            node,
            _numbered(sources(path, kind, node.directory.secret("vault")), places),
            doc_type=doc_type,
            formation=formation,
            keep=keep,
            salted=fields,
            progress=progress,
        )
    ]
    if not outcomes:
        raise nothing(path)
    return sorted(outcomes, key=lambda one: places[one.source])


def sources(path: Path, kind: types.DocumentType, secret: bytes) -> Iterator[Source]:
    """The documents of a folder, or of a table."""
    if path.is_dir():
        return batching.read_folder(path, kind)
    if not path.is_file():
        raise BatchSourceInvalid("there is no such folder or file", field=path.name)
    return batching.read_csv(path, kind, secret)


def nothing(path: Path) -> BatchSourceInvalid:
    """The error for a batch without rows."""
    what = "folder" if path.is_dir() else "file"
    return BatchSourceInvalid(f"there is nothing in the {what} to issue", field=path.name or str(path))


def _numbered(found: Iterator[Source], places: dict[str, int]) -> Iterator[Source]:
    for place, source in enumerate(found):
        places.setdefault(source.name, place)
        yield source
