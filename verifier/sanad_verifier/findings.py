"""Answers while an examination gathers them."""

from dataclasses import dataclass, field
from typing import Any

from sanad_verifier.errors import EvidenceError
from sanad_verifier.verdict import Answer, Is, Report


@dataclass(slots=True)
class Findings:
    """Answers while they are gathered; the first answer to a question stands."""

    answers: dict[str, Answer] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def say(self, name: str, answer: Is, reason: str, sentence: str) -> None:
        self.answers.setdefault(name, Answer(answer, reason, sentence))

    def refuse(self, name: str, error: EvidenceError) -> None:
        self.say(name, Is.NO, error.code, error.message)

    def report(self) -> Report:
        answers: dict[str, Any] = _UNANSWERED | self.answers
        return Report(**answers, **self.facts)


_UNANSWERED = {
    name: Answer(Is.NOT_CHECKED, f"{name.upper()}_NOT_CHECKED", sentence)
    for name, sentence in {
        "intact": "the bytes were not compared",
        "authority": "the issuer's power was not established",
        "state": "whether it is still in force was not established",
        "parents": "what it rests on is not in this evidence: ask a node that has the ledger",
        "subject": "not compared with the thing in front of you",
        "freshness": "the age of the evidence was not established",
    }.items()
}
