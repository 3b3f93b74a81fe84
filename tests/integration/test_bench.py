"""`make bench` measures what it says and writes the file that others read."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.service_memory import Listener

ROOT = Path(__file__).parents[2]


def bench(out: Path, *more: str) -> dict[str, dict[str, float]]:
    """What a quick run, of everything or of some, has written."""
    command = [sys.executable, str(ROOT / "scripts/bench.py"), "--quick", "--out", str(out), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, float]] = json.loads(out.read_text())
    return told


@pytest.mark.engine
@pytest.mark.slow
def test_a_quick_bench_measures_what_a_node_does_and_writes_its_file(tmp_path: Path) -> None:
    told = bench(tmp_path / "bench.json", "--only", "certify", "office", "answers", "evidence", "stores")
    assert all({"value", "unit", "peer", "ratio", "n"} <= set(measure) for measure in told.values())
    assert all(measure["value"] >= 0 and measure["n"] > 0 for measure in told.values())
    ledger = ("certify_whole", "certify_salted", "batch_whole", "trace_100_hops_at_1k", "restart_at_3k")
    evidence = ("bundle_made_at_1k", "bundle_check_at_3k", "chain_proof_check", "mirror_verified_at_3k")
    stores = ("store_acknowledged_32_clients_postgresql", "store_final_single_acts_postgresql")
    for name in (*ledger, *evidence, *stores):
        assert told[name]["value"] > 0
    assert all(told[name]["peer"] > 0 for name in stores)


@pytest.mark.engine
@pytest.mark.slow
def test_a_quick_bench_of_the_service_measures_it_and_keeps_what_else_the_file_says(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    out.write_text(json.dumps({"certify_whole": {"value": 7}}))
    told = bench(out, "--only", "service")
    assert told["certify_whole"] == {"value": 7}
    for name in ("issue", "document", "verify", "issue_after_more", "verify_while_issuing"):
        assert told[f"service_{name}"]["ratio"] > 0
        assert told[f"service_{name}_p99"]["value"] > 0
        assert told[f"service_{name}_cpu"]["value"] > 0
    assert told["service_page_documents_identifier"]["value"] > 0
    assert told["service_streams_events"]["n"] == 5 * 200
    assert 0 < told["service_memory_at_start"]["value"] <= told["service_memory_streams"]["value"]


def heard(*events: bytes) -> str:
    """What became of a listener that expects 3, 4 and 5, and is sent these bytes."""

    async def listen() -> str:
        listener = Listener(3, 5)
        for data in events:
            listener.data_received(data)
        listener.connection_lost(None)
        return str(listener.whole.exception() or "whole")

    return asyncio.run(listen())


def event(number: int) -> bytes:
    return b'id: %d\nevent: issue\ndata: {"index":%d}\n\n' % (number, number)


def test_a_listener_has_heard_all_when_each_event_came_in_order() -> None:
    sent = b"17\r\n" + event(3) + b"\r\n2e\r\n" + event(4) + event(5) + b"\r\n"
    assert heard(*(sent[at : at + 7] for at in range(0, len(sent), 7))) == "whole"


@pytest.mark.parametrize("sent", [(3, 5), (3, 4, 4), (4,)], ids=["skipped", "twice", "first-missing"])
def test_a_listener_notices_an_event_that_is_out_of_its_place(sent: tuple[int, ...]) -> None:
    assert "came where" in heard(*map(event, sent))


def test_a_listener_notices_a_stream_that_ends_early() -> None:
    assert heard(event(3)) == "a stream ended behind event 3"
