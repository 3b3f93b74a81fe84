"""Writes docs/reference/document-types.md from the folders of the types. With --check, only says whether it
is up to date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from sanad_node.types.registry import DocumentType, registry

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "document-types.md"
_HEAD = """# Document types

<!-- Made by scripts/generate_type_reference.py from node/sanad_node/types/catalogue; do not edit. -->

How a type is described, and how to add one: [Add a document type](../howto/add-a-document-type.md). A salted
document carries the members `schema` and `salt` (`sanad prepare` adds them); its digest cannot be guessed from its
fields. The digest of a document that is not salted can be: whoever knows all of it, or can try all it may say, can
find it on the chain.

| docType | title | عنوان | form | salted | normally issued by |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    rows = [
        f"| [`{kind.name}`](#{kind.name.lower()}) | {kind.title.en} | {kind.title.ur} | {kind.form} |"
        f" {'yes' if kind.salted else 'no'} | {', '.join(kind.issuers).lower() or 'anybody'} |\n"
        for kind in registry().values()
    ]
    return _HEAD + "".join(rows) + "".join("".join(_section(kind)) for kind in registry().values())


def _section(kind: DocumentType) -> Iterator[str]:
    yield f"\n## {kind.name}\n\n{kind.about.en}\n\n"
    if kind.form == "json":
        folder = f"../../node/sanad_node/types/catalogue/{kind.name}"
        yield f"Schema `{kind.urn}` ([schema.json]({folder}/schema.json), [sample]({folder}/{kind.sample})). "
    keys = " and ".join(f"`{pointer}`" for pointer in kind.key)
    yield f"At most {kind.max_bytes:,} bytes. Number: {keys or 'as told by its issuer'}.\n\n"
    if kind.subjects:
        subjects = ", ".join(f"{subject.kind} `{subject.pointer}`" for subject in kind.subjects)
        yield f"About: {subjects}.\n\n"
    for reference in kind.references:
        parts = ", ".join(f"`{reference.at}{pointer}`" for pointer in reference.number)
        yield f"Refers to {' or '.join(reference.types)} by {parts}.\n\n"
    if kind.proved:
        yield f"The code on its certificate proves {', '.join(f'`{pointer}`' for pointer in kind.proved)}.\n\n"
    if kind.printed:
        yield "| printed | طباعت | pointer |\n|---|---|---|\n"
    for printed in kind.printed:
        yield f"| {printed.label.en} | {printed.label.ur} | `{printed.pointer}` |\n"
        for column in printed.columns:
            yield f"| – {column.label.en} | – {column.label.ur} | `{printed.pointer}{column.pointer}` |\n"


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
