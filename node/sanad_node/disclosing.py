"""Showing some fields of a document, and hiding the others (docs/spec/presentation.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sanad_node import types, verifying
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.vault import VaultMissing
from sanad_verifier.bundle import pack
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError
from sanad_verifier.fields import disclose_all, field_root
from sanad_verifier.json_profile import Json, parse
from sanad_verifier.presentation import presentation
from sanad_verifier.printed import PrintedProof, printed_fields


class FieldsHidden(InputError):
    """The document was issued without a commitment to its fields: it can be shown whole, or not at all."""

    code = "FIELDS_HIDDEN"


@dataclass(frozen=True, slots=True)
class KeptFields:
    """What is kept here of a document's fields: the document, the seed of its salts, what its certificate proves."""

    value: Json
    seed: bytes
    printed: PrintedProof


def kept_fields(node: Node, record: DocumentRecord) -> KeptFields:
    """The fields of a document as it was issued.

    Raises `FieldsHidden` for a document that was issued without a commitment to its fields, or to others than this
    installation knows of, and the vault's error where its content or salts are not here.
    """
    if not any(record.fields):
        raise FieldsHidden("the document was issued without a commitment to its fields", field="ID")
    digest = Digest(record.digest)
    content, seed = node.vault.get(digest), node.vault.secret(digest)
    if seed is None:
        raise VaultMissing("the salts of the document's fields are not kept here", field="ID")
    value, kind = parse(content), types.get(record.doc_type)
    root = field_root(value, seed)
    for patterns in (kind.proved, *kind.proved_before):
        printed = printed_fields(value, seed, patterns, kind.named)
        for whole in (printed.whole, not printed.whole):
            proof = PrintedProof(replace(printed, whole=whole), root)
            if proof.related == record.fields:
                return KeptFields(value, seed, proof)
    raise FieldsHidden(
        "the document was issued with other salts, or its type proved other fields", field="ID"
    )


def make_presentation(node: Node, record: DocumentRecord, pointers: Sequence[str]) -> bytes:
    """The bundle that shows some fields of a document, and proves them without the others.

    Raises `FieldUnknown` for a pointer at which it has no field, and what `kept_fields` raises.
    """
    kept = kept_fields(node, record)
    shown = presentation(disclose_all(kept.value, kept.seed, pointers), kept.printed.fields.hash())
    made = verifying.with_registry(node, verifying.evidence(node, record))
    return pack(replace(made, fields=shown.encode()))
