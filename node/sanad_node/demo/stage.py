"""What the chapters of the story share: the node, the record, the sample files, and what was issued."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sanad_node import finding
from sanad_node.demo.record import Outcome, Record
from sanad_node.node import Node
from sanad_node.reading import ConsignmentRecord
from sanad_verifier.digests import Digest
from sanad_verifier.verdict import Report


@dataclass(slots=True)
class Stage:
    """What the chapters share."""

    node: Node
    record: Record
    samples: Path
    digests: dict[str, Digest] = field(default_factory=dict)

    def sample(self, name: str) -> bytes:
        return (self.samples / name).read_bytes()

    def listed(self, name: str) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = json.loads(self.sample(name))
        return told


def told(report: Report) -> Outcome:
    return report.in_force, report.overall.value


def consignment(stage: Stage, cargo: dict[str, Any]) -> ConsignmentRecord:
    return finding.consignment(stage.node, cargo["reference"])
