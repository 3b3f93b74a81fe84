"""What has to be there before a controlled document may exist: the table of policies, `catalogue/policies.json`.

The table is what members are asked to decide (`sanad policy propose`), what the reference shows, and where a document's
outcome is read. What binds is what members have decided: the register contract's own copy.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from sanad_node.types import pointers
from sanad_node.types.checking import CheckedDocument
from sanad_node.types.registry import CATALOGUE, Members, TypeDefinitionWrong, registry
from sanad_verifier.register_words import (
    MOST_OUTCOMES,
    Condition,
    Frees,
    PolicyParent,
    PolicyRules,
    Two,
    Unique,
    pack_kinds,
)
from sanad_verifier.words import Window

FILE = "policies.json"
UNIQUE = {
    "nothing": Unique.NOTHING,
    "number-of-issuer": Unique.NUMBER_OF_ISSUER,
    "number": Unique.NUMBER,
    "thing": Unique.THING,
}
FREES = {"superseding": Frees.SUPERSEDING, "revoking": Frees.REVOKING}
TWO = {"enter": Two.TO_ENTER, "withdraw": Two.TO_WITHDRAW}
CONDITIONS = {
    "another-formation": Condition.OF_ANOTHER,
    "same-thing": Condition.SAME_THING,
    "consumes": Condition.CONSUMES,
    "consumed-before": Condition.CONSUMED_BEFORE,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a document says what it found, and the code of each finding. A finding that is not listed has the code
    0.
    """

    at: str
    codes: Mapping[str, int]

    def of(self, document: CheckedDocument) -> int:
        found = pointers.first(document.value, self.at)
        return self.codes.get(found, 0) if isinstance(found, str) else 0

    def name(self, code: int) -> str:
        """What a code means, in the document's own word."""
        return next((name for name, known in self.codes.items() if known == code), str(code))


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The policy of one type. `consumers` are the kinds of formations that use its documents up; none: nobody does."""

    doc_type: str
    issuers: tuple[str, ...]
    consumers: tuple[str, ...]
    rules: PolicyRules
    parents: tuple[PolicyParent, ...]
    outcome: Outcome | None

    def arguments(self) -> tuple[bytes, int, bytes, bytes, list[bytes]]:
        """What `Register.setPolicy` is called with."""
        name = self.doc_type.encode("ascii").ljust(32, b"\0")
        words = [parent.pack() for parent in self.parents]
        return (
            name,
            int.from_bytes(self.rules.pack()),
            pack_kinds(self.issuers),
            pack_kinds(self.consumers),
            words,
        )


@cache
def policies() -> Mapping[str, Policy]:
    """All policies by type, each after those that it rests on: the order in which they can be decided."""
    try:
        told = json.loads((CATALOGUE / FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise TypeDefinitionWrong("the table of policies cannot be read", field=FILE) from error
    if not isinstance(told, dict):
        raise TypeDefinitionWrong("the table of policies is an object", field=FILE)
    return MappingProxyType(_in_order({name: _policy(name, one) for name, one in told.items()}))


def policy(doc_type: str) -> Policy | None:
    """The policy of a type in the table; None if it has none."""
    return policies().get(doc_type)


def outcome_of(document: CheckedDocument) -> int:
    """The code of what a document found; 0 where its type finds nothing."""
    known = policy(document.type.name)
    return 0 if known is None or known.outcome is None else known.outcome.of(document)


def _in_order(table: dict[str, Policy]) -> dict[str, Policy]:
    done: dict[str, Policy] = {}
    while len(done) < len(table):
        ready = [
            name
            for name, one in table.items()
            if name not in done and all(parent.doc_type in done for parent in one.parents)
        ]
        if not ready:
            left = ", ".join(sorted(table.keys() - done.keys()))
            raise TypeDefinitionWrong(f"these policies rest on each other, or on none: {left}", field=FILE)
        done.update((name, table[name]) for name in ready)
    return done


def _policy(name: str, told: Any) -> Policy:
    if name not in registry():
        raise TypeDefinitionWrong(f"there is a policy of {name}, and no such type", field=FILE)
    members = Members(name, told)
    outcome = _outcome(members.object("outcome")) if members.has("outcome") else None
    made = Policy(
        doc_type=name,
        issuers=members.strings("issuers"),
        consumers=members.strings("consumers"),
        rules=PolicyRules(
            unique=UNIQUE[members.one_of("unique", tuple(UNIQUE))],
            frees=Frees(sum(_codes(name, FREES, members.strings("freedBy")))),
            two=Two(sum(_codes(name, TWO, members.strings("twoOfficers")))),
            window=Window(members.take("from", int), members.take("to", int)),
        ),
        parents=tuple(_parent(name, one) for one in members.each("parents")),
        outcome=outcome,
    )
    members.must_be_empty()
    if not made.issuers:
        raise TypeDefinitionWrong(f"{name}: somebody has to enter it", field=FILE)
    return made


def _parent(name: str, members: "Members") -> PolicyParent:
    doc_type = members.take("type", str)
    conditions = Condition(sum(_codes(name, CONDITIONS, members.strings("conditions"))))
    outcomes = tuple(members.take("outcomes", list)) if members.has("outcomes") else ()
    members.must_be_empty()
    if not all(isinstance(one, int) and 0 <= one < MOST_OUTCOMES for one in outcomes):
        raise TypeDefinitionWrong(f"{name}: an outcome is a code below {MOST_OUTCOMES}", field=FILE)
    return PolicyParent(doc_type, conditions, outcomes)


def _outcome(members: "Members") -> Outcome:
    at, codes = members.take("at", str), members.take("codes", dict)
    members.must_be_empty()
    if not all(isinstance(code, int) and 0 < code < MOST_OUTCOMES for code in codes.values()):
        raise TypeDefinitionWrong(f"an outcome's code is 1 to {MOST_OUTCOMES - 1}", field=FILE)
    return Outcome(at, MappingProxyType(dict(codes)))


def _codes(name: str, known: Mapping[str, int], words: tuple[str, ...]) -> list[int]:
    if unknown := set(words) - known.keys():
        raise TypeDefinitionWrong(f"{name}: unknown words: {', '.join(sorted(unknown))}", field=FILE)
    return [known[word] for word in words]
