"""Writes docs/reference/findings.md from the rules' files and the identifiers' judges. With --check, only says whether
it is up to date.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from sanad_node import identifiers, types
from sanad_node.findings.answering import REASONS
from sanad_node.findings.rules import Rule, rules
from sanad_node.identifiers.places import places_of

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "findings.md"
JUDGES = ROOT / "node/sanad_node/identifiers"
_HEAD = """# Findings and warnings

<!-- Made by scripts/generate_findings_reference.py from node/sanad_node/findings/rules and
     node/sanad_node/identifiers; do not edit. -->

A **warning** is about one document before it is issued: a number or code in it looks wrong. A **finding** is about
papers on the ledger that say different things. Neither refuses anything, and neither is a verdict. How to work with
them: [for auditors](../howto/for-auditors.md#what-papers-say-differently),
[for issuers](../howto/for-issuers.md#look-at-it-before-you-issue-it). The report's form:
[findings](../spec/findings.md).

"""
_RULES = """## Rules

Each is one file of [`node/sanad_node/findings/rules/`](../../node/sanad_node/findings/rules), with the cases that test
it ([add one](../howto/add-a-finding-rule.md)).

| rule | severity | compares | fires when | why it matters |
|---|---|---|---|---|
"""
_ONE_DAY = "the day in this number is not in the calendar"


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join((*_rules(), *_answers(), *_warnings()))


def _rules() -> Iterator[str]:
    yield _RULES
    for rule in rules().values():
        compared = f"{rule.of} with {rule.against}" if rule.against else rule.of
        told = f"{rule.title.en}{_tolerance(rule)}"
        yield f"| `{rule.id}` | {rule.severity} | {compared} | {told} | {rule.why.en} |\n"


def _tolerance(rule: Rule) -> str:
    by = rule.check.get("by")
    if by is None:
        return ""
    if rule.check.get("field") == "description":
        return f" (less than {by} of the shorter one's words in common)"
    return f" (by more than {float(by):.1%})"


def _answers() -> Iterator[str]:
    reasons = ", ".join(f"`{one}`" for one in REASONS)
    yield f"\nAn answer to a finding has one of these reasons, and a note: {reasons}.\n"


def _warnings() -> Iterator[str]:
    yield "\n## Warnings\n\n| code | says |\n|---|---|\n"
    for code, message in sorted(_told().items()):
        yield f"| `{code}` | {message} |\n"
    yield "\n### Which members are looked at\n\n| type | members |\n|---|---|\n"
    for name, kind in types.registry().items():
        if places := places_of(kind):
            yield f"| {name} | {', '.join(f'`{pointer}` ({what})' for pointer, what in places)} |\n"
    yield f"\nKinds of identifier: {', '.join(f'`{kind}`' for kind in identifiers.kinds())}.\n"


def _told() -> dict[str, str]:
    """Every warning that a judge can give, as its source says it."""
    found: dict[str, str] = {}
    for file in sorted(JUDGES.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "doubtful":
                code, message = node.args
                if isinstance(code, ast.Constant):
                    found[str(code.value)] = _text(message)
    return found | dict.fromkeys(("GD_NUMBER_DATE", "FI_NUMBER_DATE"), _ONE_DAY)


def _text(message: ast.expr) -> str:
    if isinstance(message, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in message.values)
    return str(message.value) if isinstance(message, ast.Constant) else ""


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
