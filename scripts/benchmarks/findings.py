"""Findings: what it takes to load the declarations of another system and to compare them, and to ask about one paper.

The declarations are the 1,356 of shared/samples/customs-declarations beside the checkout.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Report, milliseconds
from sanad_node.desk.batches import Bringing
from sanad_node.findings import report as findings
from sanad_node.identifiers import look
from sanad_node.types import get

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from sanad_testkit.matching_office import opened

SAMPLE = (
    Path(__file__).resolve().parents[3] / "shared/samples/customs-declarations/df_syn_valid_eng-every6th.csv"
)
READ = 5
LOOKED = 2000


def run(report: Report) -> None:
    """A fresh node on a chain of its own, in a folder that is thrown away."""
    if not SAMPLE.is_file():
        raise SystemExit(f"the sample declarations are not there: {SAMPLE.name}")
    with tempfile.TemporaryDirectory(prefix="sanad-bench-findings-") as folder:
        place = Path(folder)
        (place / "office").mkdir()
        with opened(place, place / "office") as desk:
            started, spent = time.perf_counter(), time.process_time()
            told = desk.issue_batch(SAMPLE, doc_type="", formation="PORT", bringing=Bringing("kcs-gd"))
            rows = len(told)
            report.add("findings_loaded_1356", time.perf_counter() - started, "s", rows)
            report.add("findings_loaded_1356_cpu", time.process_time() - spent, "s", rows)
            started, spent = time.perf_counter(), time.process_time()
            findings.report(desk.node)
            report.add("findings_first_report_1356", time.perf_counter() - started, "s", rows)
            report.add("findings_first_report_1356_cpu", time.process_time() - spent, "s", rows)

            def again(_i: int) -> None:
                findings._kept.clear()
                findings.report(desk.node)

            report.add("findings_report_1356", milliseconds(READ, again), "ms", READ)
            digests = desk.dossier()
            declared = bytes.fromhex(digests["declaration"])
            about = milliseconds(READ * 4, lambda _i: findings.about(desk.node, declared))
            report.add("findings_about_one_document", about, "ms", READ * 4)
    kind = get("GOODS_DECLARATION")
    value = json.loads(kind.read_sample())
    report.add(
        "identifiers_of_a_declaration", milliseconds(LOOKED, lambda _i: look(kind, value)), "ms", LOOKED
    )
