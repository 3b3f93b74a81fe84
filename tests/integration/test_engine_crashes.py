"""The engine under kill -9: of anvil, and of the process that runs it, at random instants while blocks are made."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sanad_node.engines import install
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.process import start_time
from sanad_testkit import engine_worker
from sanad_testkit.engines import CHAIN_ID, Sender, block_hashes

pytestmark = [pytest.mark.engine, pytest.mark.slow]
KILLS = 20
SEED = 20_260_101
PATIENCE = 60.0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _await_progress(acknowledged: Path, beyond: int, worker: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while _size(acknowledged) <= beyond:
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < until, "the worker makes no progress"
        time.sleep(0.002)


def _anvil_pid(folder: Path) -> int | None:
    for note in folder.glob("*.pid"):
        try:
            return int(json.loads(note.read_bytes())["pid"])
        except (ValueError, FileNotFoundError):
            continue
    return None


def test_twenty_random_kills_lose_nothing_acknowledged_and_change_no_block(tmp_path: Path) -> None:
    install.install()
    rng = random.Random(SEED)
    folder, acknowledged = tmp_path / "chain", tmp_path / "acknowledged"
    with AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=time.time) as engine:
        engine.broadcast([Sender().deployment()])

    worker: subprocess.Popen[bytes] | None = None
    victims: list[str] = []
    try:
        for kill in range(KILLS):
            if worker is None:
                command = [
                    sys.executable,
                    engine_worker.__file__,
                    str(folder),
                    str(acknowledged),
                    str(SEED + kill),
                ]
                worker = subprocess.Popen(
                    command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
                )
            _await_progress(acknowledged, _size(acknowledged), worker)
            time.sleep(rng.uniform(0, 0.4))  # the instant is the point: anywhere in the making of a block
            victim = rng.choice(("anvil", "node"))
            anvil = _anvil_pid(folder)
            if victim == "anvil" and anvil is not None:
                os.kill(anvil, signal.SIGKILL)
            else:
                worker.kill()
                worker.wait()
                worker = None
            victims.append(victim)
        if worker is not None:
            _await_progress(acknowledged, _size(acknowledged), worker)
    finally:
        if worker is not None:
            worker.kill()
            worker.wait()
    assert set(victims) == {"anvil", "node"}

    lines = [line.split() for line in acknowledged.read_text().splitlines()]
    told = {int(number): block for number, block, *_ in lines}
    sent = [tx for _, _, *transactions in lines for tx in transactions]
    with AnvilEngine(folder, clock=time.time) as engine:
        hashes = block_hashes(engine)
        lost = [tx for tx in sent if engine.receipt(bytes.fromhex(tx)) is None]
        assert (len(lost), len(set(sent))) == (0, len(sent)), f"seed {SEED}"
        assert {number: hashes[number].hex() for number in told} == told
        assert engine.nonce(Sender().address) >= 1 + len(sent)
        assert engine.audit() == len(hashes) - 1  # and from nothing, once more, the same
        assert block_hashes(engine) == hashes
        pid = engine.status().pid
    assert pid is not None
    assert start_time(pid) is None
    print(f"{len(victims)} kills, {len(hashes) - 1} blocks, {len(sent)} transactions acknowledged, none lost")
