"""Showing some fields of a document, and hiding the others (docs/spec/presentation.md)."""

from collections.abc import Sequence
from dataclasses import replace

from sanad_node import verifying
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.vault import VaultMissing
from sanad_verifier.bundle import pack
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError
from sanad_verifier.fields import disclose_all
from sanad_verifier.json_profile import parse
from sanad_verifier.presentation import presentation, verify_presentation


class FieldsHidden(InputError):
    """The document was issued without a commitment to its fields: it can be shown whole, or not at all."""

    code = "FIELDS_HIDDEN"


def make_presentation(node: Node, record: DocumentRecord, pointers: Sequence[str]) -> bytes:
    """The bundle that shows some fields of a document, and proves them without the others.

    Raises `FieldsHidden` for a document that was issued without a field root, `FieldUnknown` for a pointer at which it
    has no field, and the vault's error where its content or salts are not here.
    """
    if not any(record.fields):
        raise FieldsHidden("the document was issued without a commitment to its fields", field="ID")
    digest = Digest(record.digest)
    content, seed = node.vault.get(digest), node.vault.secret(digest)
    if seed is None:
        raise VaultMissing("the salts of the document's fields are not kept here", field="ID")
    shown = presentation(disclose_all(parse(content), seed, pointers))
    verify_presentation(shown, record.fields)  # salts of another issue of it would prove nothing
    return pack(replace(verifying.evidence(node, record), fields=shown.encode()))
