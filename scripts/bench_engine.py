"""How the embedded engine behaves as its journal grows: making blocks, starting again, memory, disk.

Usage: python scripts/bench_engine.py [--acts 100000] [--group 1|100|1000]

Every act is one transaction that writes one of 128 slots and emits 224 bytes, as one entry of the log does.
Prints one JSON object. `crash` is the first answer after a kill -9 of anvil, `restart` opens the chain the ordinary
way (newest snapshot, then the tail), `audit` computes the whole chain again from its first block.
"""

import argparse
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from eth_account import Account
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from sanad_node.engines import install
from sanad_node.engines.anvil import AnvilEngine

CHAIN_ID = 20_260_102
RUNTIME = bytes.fromhex(
    "600035607f168055"  # store the first word's last seven bits at themselves
    f"60e060006000377f{'11' * 32}60e06000a100"  # copy the 224 bytes given and emit them
)
CREATION = bytes.fromhex(f"60{len(RUNTIME):02x}600c60003960{len(RUNTIME):02x}6000f3") + RUNTIME


def signed(account: Any, nonce: int, to: bytes | None, data: bytes) -> bytes:
    fields: dict[str, Any] = {"nonce": nonce, "gas": 300_000, "gasPrice": 0, "value": 0, "data": data}
    if to is not None:
        fields["to"] = to_checksum_address(to)
    return bytes(account.sign_transaction({**fields, "chainId": CHAIN_ID}).raw_transaction)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def megabytes(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss) >> 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=100_000)
    parser.add_argument("--group", type=int, default=100, help="transactions a broadcast")
    chosen = parser.parse_args()
    install.install()
    account = Account.from_key((7).to_bytes(32, "big"))
    contract = keccak(b"\xd6\x94" + bytes.fromhex(account.address[2:]) + b"\x80")[12:]

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "chain"
        engine, created = timed(lambda: AnvilEngine.create(folder, chain_id=CHAIN_ID, clock=time.time))
        engine.broadcast([signed(account, 0, None, CREATION)])
        making, slowest = 0.0, 0.0
        for first in range(1, chosen.acts + 1, chosen.group):
            raws = [
                signed(account, n, contract, n.to_bytes(32, "big") + os.urandom(192))
                for n in range(first, min(first + chosen.group, chosen.acts + 1))
            ]
            _, took = timed(lambda raws=raws: engine.broadcast(raws))  # type: ignore[misc]
            making, slowest = making + took, max(slowest, took)
        head, anvil = engine.head(), engine.status().pid
        events, reading = timed(lambda: sum(1 for _ in engine.logs(1, head.number, [contract])))
        assert events == chosen.acts
        result: dict[str, object] = {
            "acts": chosen.acts,
            "group": chosen.group,
            "blocks": head.number,
            "created_s": round(created, 3),
            "acts_per_s": round(chosen.acts / making),
            "slowest_broadcast_s": round(slowest, 3),
            "read_all_logs_s": round(reading, 2),
            "anvil_rss_mb": megabytes(anvil or 0),
            "process_rss_mb": megabytes(os.getpid()),
            "tail_blocks": engine.status().blocks_after_snapshot,
        }
        os.kill(anvil or 0, signal.SIGKILL)
        _, result["crash_s"] = timed(lambda: engine.nonce(bytes(20)))
        engine.close()
        engine, result["restart_s"] = timed(lambda: AnvilEngine(folder, clock=time.time))
        assert engine.head() == head
        result["anvil_rss_after_restart_mb"] = megabytes(engine.status().pid or 0)
        _, result["audit_s"] = timed(engine.audit)
        assert engine.head() == head
        engine.close()
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        result["disk_bytes_per_act"] = round(size / chosen.acts)
        result["snapshot_bytes"] = max(
            (p.stat().st_size for p in folder.glob("snapshots/*.state.json")), default=0
        )
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
