"""A batch at the desk of a node: a folder of documents, a table or another system's file, issued while one waits."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sanad_node import batching
from sanad_node.node import Node
from sanad_node.shown import members
from sanad_node.types import DocumentType
from sanad_node.ways import forms
from sanad_node.ways.rows import BatchSourceInvalid, Reading, Source, read_folder
from sanad_node.wire.batches import BatchOutcome
from sanad_verifier.json_profile import Json

Progress = Callable[[str, int], None]
"""Called with a stage (`checked`, `anchored`) and how many rows are through it."""


@dataclass(frozen=True, slots=True)
class Bringing:
    """How a batch is brought. `form`: of `sanad_node.ways.forms`; empty for our own, told by the file. `fill`: members
    that the other system leaves unsaid. `keep`: keep the documents in the vault; `fields`: commit to each field by
    itself. `dry_run`: only say what would be done.
    """

    form: str = ""
    fill: Mapping[str, Json] = field(default_factory=dict)
    keep: bool = True
    fields: bool = True
    dry_run: bool = False


def issue(
    node: Node,
    path: Path,
    *,
    doc_type: str,
    formation: str,
    bringing: Bringing,
    progress: Progress | None,
) -> list[BatchOutcome]:
    """An outcome for each row, in their order."""
    kind = kind_of(bringing.form, doc_type)
    found = sources(path, bringing.form, Reading(kind, node.directory.secret("vault"), fill=bringing.fill))
    outcomes = settle(node, found, kind=kind, formation=formation, bringing=bringing, progress=progress)
    if not outcomes:
        raise nothing(path)
    return outcomes


def settle(
    node: Node,
    found: Iterator[Source],
    *,
    kind: DocumentType,
    formation: str,
    bringing: Bringing,
    progress: Progress | None = None,
) -> list[BatchOutcome]:
    """An outcome for each of these rows, in their order."""
    places: dict[str, int] = {}
    outcomes = [
        BatchOutcome.read(members(one))
        for one in batching.issue_batch(
            node,
            _numbered(found, places),
            doc_type=kind.name,
            formation=formation,
            keep=bringing.keep,
            salted=bringing.fields,
            progress=progress,
            dry_run=bringing.dry_run,
        )
    ]
    return sorted(outcomes, key=lambda one: places[one.source])


def kind_of(form: str, doc_type: str) -> DocumentType:
    """The type of what comes in a form; without a form, the one that was asked for."""
    return forms.kind_of(forms.get(form or "csv"), doc_type)


def sources(path: Path, form: str, reading: Reading) -> Iterator[Source]:
    """The documents of a file of a form, or of a folder: of documents, or of files of another system's form."""
    if path.is_dir():
        return _folder(path, form, reading) if form else read_folder(path, reading.kind)
    if not path.is_file():
        raise BatchSourceInvalid("there is no such folder or file", field=path.name)
    return _file(path, form or forms.form_of(path), reading)


def _file(path: Path, form: str, reading: Reading) -> Iterator[Source]:
    try:
        yield from forms.read_source(path, form, reading)
    except BatchSourceInvalid as error:
        raise type(error)(error.message, field=path.name) from error


def _folder(folder: Path, form: str, reading: Reading) -> Iterator[Source]:
    """The rows of each file, named by it. A file that is none is told, and does not stop the others."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
            for one in forms.read_source(path, form, reading):
                yield Source(f"{path.name} {one.name}", one.data, one.problem, one.notes)
        except BatchSourceInvalid as error:
            yield Source(path.name, None, error)


def nothing(path: Path) -> BatchSourceInvalid:
    """The error for a batch without rows."""
    what = "folder" if path.is_dir() else "file"
    return BatchSourceInvalid(f"there is nothing in the {what} to issue", field=path.name or str(path))


def _numbered(found: Iterator[Source], places: dict[str, int]) -> Iterator[Source]:
    for place, source in enumerate(found):
        places.setdefault(source.name, place)
        yield source
