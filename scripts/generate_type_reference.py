"""Writes docs/reference/document-types.md from the folders of the types and the table of policies. With --check, only
says whether it is up to date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from sanad_node.types.policies import Policy, policies
from sanad_node.types.registry import DocumentType, registry
from sanad_verifier.register_words import Condition, Frees, Two, Unique

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "document-types.md"
_HEAD = """# Document types

<!-- Made by scripts/generate_type_reference.py from node/sanad_node/types/catalogue; do not edit. -->

How a type is described, and how to add one: [Add a document type](../howto/add-a-document-type.md). A salted
document carries the members `schema` and `salt` (`sanad prepare` adds them); its digest cannot be guessed from its
fields. The digest of a document that is not salted can be: whoever knows all of it, or can try all it may say, can
find it on the chain.

A type with a *policy* is controlled once the members of a network have decided it
([policies](../explanation/policies.md)): its documents then exist only where the policy is met.

| docType | title | عنوان | form | salted | normally issued by | policy |
|---|---|---|---|---|---|---|
"""
_UNIQUE = {
    Unique.NOTHING: "Several in force may have the same number.",
    Unique.NUMBER_OF_ISSUER: "One in force for each number of an issuing formation.",
    Unique.NUMBER: "One in force for each number in the whole network.",
    Unique.THING: "One in force for each thing (vehicle) in the whole network.",
}
_CONDITIONS = {
    Condition.OF_ANOTHER: "by another formation",
    Condition.SAME_THING: "about the same thing",
    Condition.CONSUMES: "used up by it",
    Condition.CONSUMED_BEFORE: "used up before",
}


def page() -> str:
    """The page as it should be."""
    rows = [
        f"| [`{kind.name}`](#{kind.name.lower()}) | {kind.title.en} | {kind.title.ur} | {kind.form} |"
        f" {'yes' if kind.salted else 'no'} | {', '.join(kind.issuers).lower() or 'anybody'} |"
        f" {'yes' if kind.name in policies() else ''} |\n"
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
    if kind.instrument is not None:
        where = kind.instrument
        yield (
            f"[Drawn down](../howto/draw-down-an-instrument.md) by declarations: `{where.total}` of the {where.counts}"
            f" `{where.code}`, until `{where.expires}`.\n\n"
        )
    for reference in kind.references:
        parts = ", ".join(f"`{reference.at}{pointer}`" for pointer in reference.number)
        yield f"Refers to {' or '.join(reference.types)} by {parts}"
        yield f", and draws `{reference.at}{reference.drawn}` from it.\n\n" if reference.drawn else ".\n\n"
    if kind.name in policies():
        yield _policy(policies()[kind.name])
    if kind.proved:
        yield f"The code on its certificate proves {', '.join(f'`{pointer}`' for pointer in kind.proved)}.\n\n"
    if kind.printed:
        yield "| printed | طباعت | pointer |\n|---|---|---|\n"
    for printed in kind.printed:
        yield f"| {printed.label.en} | {printed.label.ur} | `{printed.pointer}` |\n"
        for column in printed.columns:
            yield f"| – {column.label.en} | – {column.label.ur} | `{printed.pointer}{column.pointer}` |\n"


def _policy(policy: Policy) -> str:
    """What its policy says, in a paragraph."""
    rules = policy.rules
    told = [f"Policy: entered by {_names(policy.issuers)}.", _UNIQUE[rules.unique]]
    freed = [
        word
        for flag, word in ((Frees.SUPERSEDING, "superseding"), (Frees.REVOKING, "revoking"))
        if flag in rules.frees
    ]
    if rules.unique is not Unique.NOTHING:
        told.append(f"Freed again by {' or '.join(freed)}." if freed else "Never freed again.")
    two = [
        word
        for flag, word in ((Two.TO_ENTER, "entering"), (Two.TO_WITHDRAW, "revoking"))
        if flag in rules.two
    ]
    if two:
        told.append(f"A second officer approves {' and '.join(two)}.")
    told.append(f"Used up, once, by {_names(policy.consumers)}." if policy.consumers else "Never used up.")
    if policy.outcome is not None:
        codes = ", ".join(f"{code} {name}" for name, code in policy.outcome.codes.items())
        told.append(f"Outcome `{policy.outcome.at}`: {codes}.")
    for parent in policy.parents:
        how = [word for flag, word in _CONDITIONS.items() if flag in parent.condition]
        wanted = policies()[parent.doc_type].outcome
        if parent.outcomes and wanted is not None:
            how.append("outcome " + " or ".join(wanted.name(code) for code in parent.outcomes))
        told.append(f"Rests on a [`{parent.doc_type}`](#{parent.doc_type.lower()}) ({', '.join(how)}).")
    return " ".join(told) + "\n\n"


def _names(kinds: tuple[str, ...]) -> str:
    return " or ".join(kinds).lower()


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
