"""What every way in gives: rows, each a document to issue or what is wrong with it."""

import base64
import hmac
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sanad_node.identifiers import IdentifierWarning
from sanad_node.types import DocumentType
from sanad_verifier.errors import InputError, SanadError
from sanad_verifier.json_profile import Json, canonicalise

SALT_BYTES = 16


class BatchSourceInvalid(InputError):
    """The file or folder, or a row of it, cannot be read as one."""

    code = "BATCH_SOURCE_INVALID"


@dataclass(frozen=True, slots=True)
class Source:
    """One row: where it came from, and its bytes or what is wrong with it. `notes`: what whoever reads the outcome has
    to know of how it came in.
    """

    name: str
    data: bytes | None
    problem: SanadError | None = None
    notes: tuple[IdentifierWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: as documents of `kind`, salted by `secret` of this office (so that the same row is the
    same document, in whatever form it comes; without a secret, for the office to salt), from row `first` on; `fill` has
    the members that the other system leaves unsaid.
    """

    kind: DocumentType
    secret: bytes | None
    first: int = 0
    fill: Mapping[str, Json] = field(default_factory=dict)


def finished(reading: Reading, value: dict[str, Any]) -> bytes:
    """A document in canonical form, with its schema name and salt where they lack. The salt follows from what the
    document says and the office's secret: nobody without that can tell it.
    """
    if not reading.kind.salted or reading.secret is None:
        return canonicalise(value)
    told = {"schema": reading.kind.urn, **value}
    if "salt" not in told:
        mark = hmac.digest(reading.secret, b"row\0" + canonicalise(told), "sha256")
        told["salt"] = base64.urlsafe_b64encode(mark[:SALT_BYTES]).rstrip(b"=").decode()
    return canonicalise(told)


def read_folder(folder: Path, doc_type: DocumentType) -> Iterator[Source]:
    """Each regular file directly in a folder, in order of name; hidden files are left out."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise BatchSourceInvalid("the folder cannot be read", field=folder.name) from error
    for path in paths:
        if path.name.startswith(".") or not path.is_file():
            continue
        name = os.fsencode(path.name).decode("utf-8", "replace")
        try:
            with path.open("rb") as file:
                content = file.read(
                    doc_type.max_bytes + 1
                )  # one too many, so that the type's own limit refuses it
        except OSError:
            yield Source(name, None, BatchSourceInvalid("the file cannot be read", field=name))
        else:
            yield Source(name, content)
