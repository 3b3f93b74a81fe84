"""The rules: one file each, read once, none of them code.

A file says what is compared with what (`of`, `against`), how (`check`), how much it matters (`severity`), what it is
called in both languages, and `cases`: one thing changed in a dossier that agrees, and how often the rule then fires.
docs/reference/findings.md lists them; the tests run every case.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal, get_args

from sanad_node import corridors
from sanad_node.types.registry import Text
from sanad_verifier.errors import EnvironmentFault, InputError

Severity = Literal["high", "medium", "low"]
FOLDER = files("sanad_node.findings") / "rules"
MEMBERS = frozenset({"id", "severity", "of", "against", "check", "title", "why", "cases"})
ROLES = ("declaration", "invoice", "instrument", "bill", "custody")
AGAINST = ("", "invoice", "instrument", "bill", "declaration", "export")


class RuleWrong(EnvironmentFault):
    """A rule's file does not say what it must: the installation is damaged or the new rule unfinished."""

    code = "RULE_WRONG"


class UnknownRule(InputError):
    """No rule has this name."""

    code = "UNKNOWN_RULE"


@dataclass(frozen=True, slots=True)
class Rule:
    """See the files."""

    id: str
    severity: Severity
    of: str
    """The role of the paper it looks at."""
    against: str
    """The role of the papers it is compared with; empty where it is looked at alone."""
    check: Mapping[str, str]
    title: Text
    why: Text
    cases: tuple[Mapping[str, Any], ...]


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its name, in order of name."""
    found = sorted((one for one in FOLDER.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    return MappingProxyType({rule.id: rule for rule in map(load, found)})


def get(name: str) -> Rule:
    """The rule of a name; `UnknownRule` if there is none."""
    found = rules().get(name)
    if found is None:
        raise UnknownRule("there is no such rule; see `sanad findings rules`", field="--rule")
    return found


@cache
def digest() -> str:
    """SHA-256 over all rules, views and corridors: reports are comparable while it stays."""
    whole = hashlib.sha256((FOLDER.parent / "views.json").read_bytes())  # type: ignore[attr-defined]
    whole.update(corridors.digest())
    for name in rules():
        whole.update((FOLDER / f"{name}.json").read_bytes())
    return whole.hexdigest()


def load(file: Traversable) -> Rule:
    """One rule; `RuleWrong` names its file."""
    try:
        told = json.loads(file.read_bytes())
        if told.keys() != MEMBERS or f"{told['id']}.json" != file.name:
            raise RuleWrong(
                "a rule has exactly the members it needs, and is named by its file", field=file.name
            )
        if (
            told["severity"] not in get_args(Severity)
            or told["of"] not in ROLES
            or told["against"] not in AGAINST
        ):
            raise RuleWrong("a rule's severity and roles are of those there are", field=file.name)
        check = {str(name): str(value) for name, value in told["check"].items()}
        title, why = (Text(told[name]["en"], told[name]["ur"]) for name in ("title", "why"))
        return Rule(
            told["id"], told["severity"], told["of"], told["against"], MappingProxyType(check), title, why,
            tuple(told["cases"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RuleWrong("a rule's file cannot be read as one", field=file.name) from error
