"""Which kinds of document are there, and is this one of them?

A type is one folder under `catalogue/`: what it is called, its JSON Schema, its business key, what is
printed of it, and a sample. Nothing else in Sanad knows a member's name: to add a type is to add a folder
(docs/howto/add-a-document-type.md).
"""

from sanad_node.types.business_key import NumberInvalid, normalise_number
from sanad_node.types.checking import CheckedDocument, DocumentInvalid, DocumentSaltMissing, Problem, check
from sanad_node.types.links import Reference, Subject, matches_subject, references_of, subjects_of
from sanad_node.types.preparing import RowInvalid, prepare, value_of_row
from sanad_node.types.registry import PUBLISHED, DocumentType, UnknownType, get, registry

__all__ = [
    "PUBLISHED",
    "CheckedDocument",
    "DocumentInvalid",
    "DocumentSaltMissing",
    "DocumentType",
    "NumberInvalid",
    "Problem",
    "Reference",
    "RowInvalid",
    "Subject",
    "UnknownType",
    "check",
    "get",
    "matches_subject",
    "normalise_number",
    "prepare",
    "references_of",
    "registry",
    "subjects_of",
    "value_of_row",
]
