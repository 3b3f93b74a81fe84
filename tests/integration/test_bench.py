"""`make bench` measures what it says and writes the file that others read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.engine
@pytest.mark.slow
def test_a_quick_bench_measures_every_family_and_writes_its_file(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    command = [sys.executable, str(ROOT / "scripts/bench.py"), "--quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    assert all({"value", "unit", "peer", "ratio", "n"} <= set(measure) for measure in told.values())
    assert all(measure["value"] >= 0 and measure["n"] > 0 for measure in told.values())
    for name in ("certify_whole", "certify_salted", "batch_whole", "trace_100_hops_at_1k", "restart_at_3k"):
        assert told[name]["value"] > 0
