"""An office under load: acknowledged, anchored and final acts, single and in batches."""

import hashlib
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Report, rate
from sanad_node import batching, custody, finding, governance, types
from sanad_node.acting import acting_key, word
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Request
from sanad_node.ways.rows import Source
from sanad_verifier.entries import Condition

OFFICES = ("ALPHA", "BETA")
CLIENTS = 32
HOPS = 100
REFERENCE = "BENCH-CONTAINER"
TRADETRUST_PIPELINED = 151.0
TRADETRUST_WRAP = 965.0


def prepare(path: Path) -> None:
    """Found a network with two offices that may issue files and receipts and move containers."""
    found(path, "bench")
    with Node(path) as node:
        node.catch_up()
        for code in OFFICES:
            governance.add_formation(node, code=code, kind="AGENCY")
            governance.add_key(node, code, node.keyring.create())
            for doc_type in ("FILE", "AUCTION_RECEIPT"):
                governance.set_scope(node, code, doc_type, ["issue", "issue-batch"])
            governance.set_scope(node, code, "CONTAINER", ["register", "ship", "receive"])


def requests(node: Node, tag: str, n: int) -> list[Request]:
    """`n` single issues of different documents by the first office."""
    signer = acting_key(node, node.reader.formation(OFFICES[0]))
    made = []
    for i in range(n):
        digest = hashlib.sha256(f"{tag}-{i}".encode()).digest()
        call = encode_call(load("Ledger"), "issue", word("FILE"), digest, bytes(32), digest)
        made.append(Request(f"{tag}-{i}", digest, signer, "Ledger", call))
    return made


def plain_sqlite(path: Path, n: int) -> float:
    """Durable inserts a second of a bare SQLite loop: what the disk gives."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE acts (id INTEGER PRIMARY KEY, body BLOB)")

        def insert(_i: int) -> None:
            connection.execute("INSERT INTO acts (body) VALUES (?)", (b"x" * 400,))
            connection.commit()

        return rate(n, insert)


def acknowledged(report: Report, node: Node, scratch: Path, n: int, label: str = "") -> None:
    """Acts accepted durably, by one client and by 32."""
    disk = plain_sqlite(scratch / f"plain{label}.db", 500)
    alone = requests(node, f"alone{label}", max(50, n // 10))
    report.add(
        f"acknowledged_1_client{label}",
        rate(len(alone), lambda i: node.outbox.accept(alone[i])),
        "acts/s",
        len(alone),
        disk,
        "bare SQLite insert and commit",
    )
    many = requests(node, f"many{label}", n)
    report.add(
        f"acknowledged_32_clients{label}",
        together(node, many),
        "acts/s",
        n,
        disk,
        "bare SQLite insert and commit",
    )


def together(node: Node, made: list[Request]) -> float:
    """Acts a second that 32 clients have acknowledged."""
    waiting, lock = iter(made), threading.Lock()

    def client() -> None:
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            node.outbox.accept(request)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(made) / (time.perf_counter() - began)


def anchored(report: Report, node: Node, n: int, label: str = "") -> None:
    """Single acts of 32 clients from acceptance to final, many acts a transaction."""
    node.pump()
    report.add(
        f"final_single_acts{label}",
        until_final(node, requests(node, f"final{label}", n)),
        "acts/s",
        n,
        TRADETRUST_PIPELINED,
        "TradeTrust pipelined transactions, published",
    )


def until_final(node: Node, made: list[Request]) -> float:
    """Acts a second of 32 clients, from acceptance to final."""
    began = time.perf_counter()
    together(node, made)
    node.pump()
    return len(made) / (time.perf_counter() - began)


def papers(tag: str, n: int) -> Iterator[bytes]:
    """Auction receipts as an office's system would hand them over."""
    sample = json.loads(types.get("AUCTION_RECEIPT").read_sample())
    for i in range(n):
        sample["receiptNumber"] = f"BENCH-{tag}-{i}"
        sample["salt"] = secrets.token_urlsafe(16)
        yield json.dumps(sample, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def receipts(tag: str, n: int) -> Iterator[Source]:
    """The same as the rows of a batch."""
    for i, paper in enumerate(papers(tag, n)):
        yield Source(str(i), paper)


def batches(report: Report, node: Node, n: int) -> None:
    """A batch of documents from bytes to final: checked against the schema, kept or not, salted or not."""
    for name, keep, salted in (
        ("batch_whole", False, False),
        ("batch_whole_kept", True, False),
        ("batch_salted_kept", True, True),
    ):
        sources = list(receipts(name, n))
        began = time.perf_counter()
        done = list(
            batching.issue_batch(
                node,
                iter(sources),
                doc_type="AUCTION_RECEIPT",
                formation=OFFICES[0],
                keep=keep,
                salted=salted,
            )
        )
        seconds = time.perf_counter() - began
        if any(outcome.outcome != "issued" for outcome in done):
            raise SystemExit(f"{name}: a document was not issued")
        report.add(name, n / seconds, "documents/s", n, TRADETRUST_WRAP, "TradeTrust wrap, published")


def grow(node: Node, tag: str, size: int) -> None:
    """Issue single acts until the log has `size` entries."""
    while (missing := size - node.reader.position().size) > 0:
        node.outbox.accept_all(requests(node, f"{tag}-{missing}", min(missing, 5000)))
        node.pump()


def hand_over(node: Node, hops: int) -> None:
    """A container that goes to and fro."""
    stated = custody.Particulars("PKKHI", 100, "packages", Condition.GOOD)
    custody.register(node, kind="CONTAINER", reference=REFERENCE, formation=OFFICES[0], particulars=stated)
    for hop in range(hops):
        giver, taker = OFFICES[hop % 2], OFFICES[(hop + 1) % 2]
        custody.hand_over(
            node, finding.consignment(node, REFERENCE), formation=giver, taker=taker, particulars=stated
        )
