"""What people say to a finding: who, when, why. Answers are kept for ever and change nothing else.

A finding is answered by the office of one of its papers, or by an auditor. The same answer of the same person again is
the same answer, so an answer that was kept and never heard can be sent again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import DatabaseError, IntegrityError

from sanad_node.findings.report import Finding
from sanad_node.node import Node
from sanad_node.store.faults import store_error
from sanad_node.store.finding_tables import finding_answers as t
from sanad_verifier.errors import InputError

REASONS = (
    "explained",
    "corrected",
    "clerical",
    "part-shipment",
    "under-inquiry",
    "referred",
    "no-difference",
)
LONGEST_NOTE = 2000
TOGETHER = 500


class UnknownFinding(InputError):
    """There is no such finding as of that block, or none the caller may know of."""

    code = "UNKNOWN_FINDING"


class AnswerInvalid(InputError):
    """An answer to a finding has a reason of the list and a note."""

    code = "ANSWER_INVALID"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it was given. `formation` is empty for somebody who belongs to none."""

    finding: str
    reason: str
    note: str
    name: str
    formation: str
    at: int


def answer(
    node: Node, finding: Finding, *, reason: str, note: str, user: int, name: str, formation: str
) -> Answered:
    """Keep an answer; it is on the disk when this returns. Raises `AnswerInvalid`, or the disk's fault."""
    text = note.strip()
    if reason not in REASONS:
        raise AnswerInvalid("a reason is one of " + ", ".join(REASONS), field="--reason")
    if not text or len(text) > LONGEST_NOTE:
        raise AnswerInvalid(f"a note has 1 to {LONGEST_NOTE} characters", field="--note")
    mark = hashlib.sha256("\0".join((str(user), name, formation, reason, text)).encode()).digest()
    values = {
        "finding": finding.id, "mark": mark, "reason": reason, "note": text, "user": user, "name": name,
        "formation": formation, "at": int(node.clock()),
    }  # fmt: skip
    try:
        with node.office.begin() as connection:
            connection.execute(insert(t).values(**values))
    except IntegrityError:
        pass  # it was kept before
    except DatabaseError as error:
        raise store_error(error, "office.db") from error
    with node.office.connect() as connection:
        return _read(connection.execute(select(t).where(t.c.finding == finding.id, t.c.mark == mark)).one())


def answers_to(node: Node, findings: Sequence[str]) -> Mapping[str, list[Answered]]:
    """The answers to each of these findings, oldest first."""
    found: dict[str, list[Answered]] = defaultdict(list)
    with node.office.connect() as connection:
        for start in range(0, len(findings), TOGETHER):
            part = findings[start : start + TOGETHER]
            for row in connection.execute(select(t).where(t.c.finding.in_(part)).order_by(t.c.id)):
                found[row.finding].append(_read(row))
    return found


def answered(node: Node) -> frozenset[str]:
    """Every finding that has an answer."""
    with node.office.connect() as connection:
        rows: Iterable[str] = connection.execute(select(t.c.finding).distinct()).scalars()
        return frozenset(rows)


def _read(row: Any) -> Answered:
    return Answered(row.finding, row.reason, row.note, row.name, row.formation, row.at)
