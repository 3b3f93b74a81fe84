"""An office that runs batch jobs on the simulated chain, and dies at any commit or flush it is told to.

`CELL` may issue every type. The chain takes `issueBatch` and refuses it while told to.
"""

import csv
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import insert

from sanad_node.batch_files import read_batch
from sanad_node.batch_jobs import BatchJobs, Job
from sanad_node.contracts.abi import decode_call
from sanad_node.datadir import DataDirectory
from sanad_node.keyring import Keyring
from sanad_node.node import Node
from sanad_node.store.database import open_database
from sanad_node.store.ledger_tables import formations, keys
from sanad_testkit.chain import LEDGER, SimulatedChain, SimulatedKeyring, network
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Entry, Kind, encode_entry

OFFICES = {"CELL": (1, bytes.fromhex("aa" * 20)), "PORT": (2, bytes.fromhex("bb" * 20))}
NOW = 1_700_000_000


class Killed(BaseException):
    """Stands for the end of the process."""


@dataclass(slots=True)
class BatchChain(SimulatedChain):
    """The simulated chain with batches."""

    refusing: bool = False

    def _allowed(self, data: bytes) -> bool:
        return not self.refusing

    def roots(self) -> list[bytes]:
        """The subjects of all entries, in order of the log."""
        return self.issued()

    def _entries(self, tx: bytes, time: int) -> list[bytes]:
        sender, _, data = json.loads(tx)
        key = bytes.fromhex(sender)
        formation = next(number for number, address in OFFICES.values() if address == key)
        function, arguments = decode_call(LEDGER, bytes.fromhex(data))
        name = arguments[0].rstrip(b"\0").decode()
        if function == "issueBatch":
            count = int(arguments[2]).to_bytes(32)
            return [
                encode_entry(
                    Entry(Kind.ISSUE_BATCH, key, formation, name, arguments[1], arguments[3], count, time)
                )
            ]
        return [
            encode_entry(Entry(Kind.ISSUE, key, formation, name, digest, fields, word, time))
            for digest, fields, word in self._documents(bytes.fromhex(data))
        ]


class HeldKeys(SimulatedKeyring):
    """The keys of all offices."""

    def __init__(self) -> None:
        self.held = [address for _, address in OFFICES.values()]

    def addresses(self) -> list[bytes]:
        return self.held


class Waiting:
    """A carrier that carries nothing until the test pumps."""

    def kick(self) -> None:
        pass


def found_office(path: Path) -> None:
    """Lay out a data directory that knows both offices."""
    directory = DataDirectory.create(path)
    network().save(directory.network_file)
    open_database("office", directory.office_db).dispose()
    ledger = open_database("ledger", directory.ledger_db)
    always = {"valid_from": 1, "valid_to": 0, "suspended_at": 0, "entry": 0}
    with ledger.begin() as connection:
        for code, (number, address) in OFFICES.items():
            connection.execute(
                insert(formations),
                dict(number=number, code=code, kind="AGENCY", parent=0, **always),
            )
            connection.execute(
                insert(keys),
                dict(address=address, formation=number, officer=bytes(32), compromised_from=0, **always),
            )
    ledger.dispose()


@dataclass(slots=True)
class BatchOffice:
    """The office's data directory and chain; `opened` is one process's life."""

    path: Path
    chain: BatchChain = field(default_factory=BatchChain)
    now: int = NOW

    @contextmanager
    def opened(self, *, carried: bool = False) -> Iterator[tuple[Node, BatchJobs]]:
        """Open the directory; with `carried`, acts stay promised until the test pumps."""
        node = Node(self.path, clock=lambda: self.now)
        parts = {"engine": self.chain, "keyring": cast(Keyring, HeldKeys())}
        node.__dict__.update(parts)  # in place of what would be opened on first use
        with node:
            if carried:
                node.carrier = Waiting()
            yield node, BatchJobs(node)

    def leaves(self) -> Counter[bytes]:
        """How often each document was issued, by what the chain and the batch files say."""
        counted: Counter[bytes] = Counter()
        for root in self.chain.roots():
            leaves = read_batch(self.path / "batches", Digest(root))
            counted.update([root] if leaves is None else [leaf.subject for leaf in leaves])
        return counted


def upload(jobs: BatchJobs, content: bytes) -> str:
    with jobs.spool.open() as writer:
        writer.write(content)
        return writer.commit()


def submit(jobs: BatchJobs, content: bytes, **told: Any) -> Job:
    """Make the content a job: a CSV of auction receipts of CELL, unless told otherwise."""
    told.setdefault("id", "")
    asked = {
        "formation": "CELL",
        "user": 7,
        "doc_type": "AUCTION_RECEIPT",
        "source_name": "receipts.csv",
        "form": "csv",
        **told,
    }
    asked["id"] = asked["id"] or upload(jobs, content)
    return jobs.submit(**asked)


@dataclass(slots=True)
class Deadline:
    """Counts commits and flushes of this process and ends it at one of them, before or after it happened."""

    at: int
    count: int = 0
    dead: bool = False

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self._step()
            result = call(*arguments)
            self._step()
            return result

        return counted

    def _step(self) -> None:
        if self.dead:
            raise Killed  # nothing at all happens any more
        self.count += 1
        if self.count == self.at:
            self.dead = True
            raise Killed


@contextmanager
def dying(node: Node, at: int) -> Iterator[Deadline]:
    """Inside, the process ends at step number `at`; leave by `Killed`."""
    deadline = Deadline(at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", deadline.around(os.fsync))
        for database in (node.office, node.ledger):
            patch.setattr(database.dialect, "do_commit", deadline.around(database.dialect.do_commit))
        yield deadline


def copy_of(office: BatchOffice, path: Path) -> BatchOffice:
    """The same office again, on the disk and on a chain of its own."""
    shutil.copytree(office.path, path)
    return BatchOffice(path)


def table(numbers: Iterable[str], **cells: str) -> bytes:
    """A CSV of auction receipts of these numbers, as the sample's first but for some cells."""
    sample = (files("sanad_node.samples") / "batches/auction-receipts.csv").read_text("utf-8")
    header, first = list(csv.reader(io.StringIO(sample)))[:2]
    row = {**dict(zip(header, first, strict=True)), **cells}
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, header)
    writer.writeheader()
    writer.writerows({**row, "receiptNumber": number} for number in numbers)
    return made.getvalue().encode()
