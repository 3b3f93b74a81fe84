"""Checking a data directory against itself: store, log, chain, outbox, documents, batches,
checkpoints, balances, titles, the read log.

Each check asks one question and answers with findings; nothing is repaired. What cannot be looked at is a
finding of its own, never passed over: a check that could not run has not found anything to be in order.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from sanad_node.batch_files import read_batch
from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_result, encode_call, selector
from sanad_node.drawdown.checking import balances
from sanad_node.node import Node
from sanad_node.reads import log as read_log
from sanad_node.store.database import HEAD
from sanad_node.store.examining import examine_store
from sanad_node.store.faults import store_error
from sanad_node.store.ledger_tables import batches, documents, entries
from sanad_node.store.office_tables import checkpoints, outbox, papers, transactions
from sanad_node.titles.agreeing import agrees_with_contract, agrees_with_entries
from sanad_node.vault import VaultErased
from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.entries import Kind, decode_entry
from sanad_verifier.errors import SanadError
from sanad_verifier.merkle import Levels

BLOCKS_BEHIND = 3
"""Blocks that may have been made by others since the projections were brought up to date."""
ROWS = 5000
TITLES_ASKED = 200
"""Documents of title for which the contract is asked, the latest moved, where the examination is not to be deep."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be. `what` names the thing; `code` is stable."""

    check: str
    code: str
    what: str
    message: str


@dataclass(frozen=True, slots=True)
class Examination:
    """The checks that ran, how many things each looked at, and everything found."""

    looked_at: dict[str, int]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Look:
    """One check while it runs: counts what it sees."""

    node: Node
    name: str
    deep: bool
    count: int = 0

    def found(self, code: str, what: str, message: str) -> Finding:
        return Finding(self.name, code, what, message)


Check = Callable[[_Look], Iterator[Finding]]


def examine(node: Node, *, deep: bool = False) -> Examination:
    """Run every check. The chain is started; a chain that cannot be reached is a finding.

    `deep` also computes the whole chain again from its first block, which takes as long as the chain is long.
    """
    looked_at: dict[str, int] = {}
    findings: list[Finding] = []
    with suppress(SanadError, DatabaseError):  # whatever hinders it is found by a check
        node.catch_up()
    for name, check in CHECKS.items():
        look = _Look(node, name, deep)
        try:
            findings += check(look)
        except SanadError as error:
            findings.append(look.found(error.code, error.field or name, error.message))
        except DatabaseError as error:
            told = store_error(error, name)
            findings.append(look.found(told.code, name, told.message))
        looked_at[name] = look.count
    return Examination(looked_at, tuple(findings))


def _store(look: _Look) -> Iterator[Finding]:
    """Do the databases say of themselves that they are whole, and would a commit survive a power cut?"""
    for trouble in examine_store(look.node.store, look.node.office, look.node.ledger, deep=look.deep):
        yield look.found(trouble.code, trouble.what, trouble.message)
    look.count = len(HEAD)


def _log(look: _Look) -> Iterator[Finding]:
    """Do the entries make the root that the tiles, and the contract, say?"""
    node = look.node
    position = node.reader.position()
    size = position.size
    leaves: list[Digest] = []
    with node.ledger.connect() as connection:
        for row in connection.execution_options(yield_per=ROWS).execute(
            select(entries.c.idx, entries.c.raw, entries.c.subject).order_by(entries.c.idx)
        ):
            entry = decode_entry(row.raw)
            if row.idx != len(leaves):
                yield look.found("LOG_GAP", f"entry {len(leaves)}", "an entry is missing")
                return
            if entry.subject != row.subject:
                yield look.found(
                    "INDEX_WRONG", f"entry {row.idx}", "the entry is filed under another subject"
                )
            leaves.append(hash_leaf(row.raw))
    look.count = len(leaves)
    if len(leaves) != size:
        yield look.found("LOG_SIZE", "log", f"{len(leaves)} entries are kept, the cursor says {size}")
        return
    root = Levels(leaves).root if leaves else node.reader.root(0)
    if node.reader.root(size) != root:
        yield look.found("TILES_WRONG", "tiles", "the tiles do not have the root of the entries")
    if node.mirrors:
        if node.knowledge.kept(size).root != root:
            yield look.found(
                "CHECKPOINT_DIFFERS", "root", "the members cosigned another root than that of the entries"
            )
        return
    for function, expected in (("size", size), ("root", root)):
        told = decode_result(
            load("Ledger"),
            function,
            node.engine.call(
                node.network.address("Ledger"), encode_call(load("Ledger"), function), block=position.block
            ),
        )[0]
        if told != expected:
            yield look.found(
                "CONTRACT_DIFFERS", function, f"the contract's {function} is not that of the entries"
            )


def _chain(look: _Look) -> Iterator[Finding]:
    """Is the chain ours, and have we read all of it?"""
    node = look.node
    if node.mirrors:  # there is none; what takes its place is looked at with the log
        return
    node.network.must_be_on(node.engine)
    node.engine.head()  # has the engine look
    final = node.engine.final_height()
    position = node.reader.position()
    look.count = final + 1
    if position.block < final - BLOCKS_BEHIND * (node.engine.period > 0):
        yield look.found("NOT_CAUGHT_UP", "cursor", f"read to block {position.block} of {final}")
    agreed = node.engine.audit() if look.deep else node.engine.check()
    if agreed < final:
        yield look.found(
            "ENGINE_SHORT", node.engine.name, f"the engine vouches for {agreed} of {final} blocks"
        )


def _outbox(look: _Look) -> Iterator[Finding]:
    """Is every settled act where the outbox says, and every signed transaction there to be sent again?"""
    node = look.node
    issue = selector(load("Ledger"), "issue")
    with node.office.connect() as office, node.ledger.connect() as ledger:
        for act in office.execution_options(yield_per=ROWS).execute(select(outbox).order_by(outbox.c.id)):
            look.count += 1
            if act.state in {"signed", "anchored", "final"}:
                known = office.execute(
                    select(transactions.c.settled).where(transactions.c.hash == act.tx)
                ).scalar()
                if known is None:
                    yield look.found("TRANSACTION_LOST", f"act {act.id}", "its transaction is not kept")
            if act.state == "final":
                row = ledger.execute(select(entries).where(entries.c.idx == act.entry)).first()
                if row is None or row.tx != act.tx:
                    yield look.found("ACT_NOT_IN_LOG", f"act {act.id}", "its entry is not in the log")
                elif act.calldata[:4] == issue and row.subject != act.calldata[36:68]:
                    yield look.found("ACT_ELSEWHERE", f"act {act.id}", "its entry is about another document")
        holes = office.execute(
            select(transactions.c.signer)
            .group_by(transactions.c.signer)
            .having(func.max(transactions.c.nonce) - func.min(transactions.c.nonce) + 1 != func.count())
        )
        for hole in holes:
            yield look.found("NONCE_HOLE", hole.signer.hex(), "a transaction of this key is missing")


def _vault(look: _Look) -> Iterator[Finding]:
    """Is every document that the office kept there, whole, and on the ledger?"""
    node = look.node
    with node.office.connect() as connection:
        kept = [
            bytes(d) for d in connection.execute(select(papers.c.digest).where(papers.c.kept == 1)).scalars()
        ]
    for digest in kept:
        look.count += 1
        try:
            node.vault.get(Digest(digest))
        except VaultErased:
            continue
        except SanadError as error:
            yield look.found(error.code, digest.hex(), error.message)


def _batches(look: _Look) -> Iterator[Finding]:
    """Do the batch files have the roots on the chain, and are all their documents known?"""
    node = look.node
    with node.ledger.connect() as connection:
        rows = connection.execute(select(batches).order_by(batches.c.entry)).all()
        counted = connection.execute(select(documents.c.entry, func.count()).group_by(documents.c.entry))
        known = {int(entry): int(count) for entry, count in counted}
    for row in rows:
        look.count += 1
        leaves = read_batch(node.directory.batches, Digest(row.root))
        if leaves is None:
            if known.get(row.entry):
                yield look.found(
                    "BATCH_MISSING", row.root.hex(), "documents of a batch are known, its file is gone"
                )
        elif len(leaves) != row.leaves:
            yield look.found("BATCH_COUNT", row.root.hex(), "the chain says another number of documents")
        elif known.get(row.entry, 0) != row.leaves:
            yield look.found(
                "BATCH_NOT_INDEXED", row.root.hex(), "the batch's documents are not indexed: reindex"
            )


def _checkpoints(look: _Look) -> Iterator[Finding]:
    """Does the log still have every root this node has signed?"""
    node = look.node
    size = node.reader.position().size
    with node.office.connect() as connection:
        signed = connection.execute(select(checkpoints).order_by(checkpoints.c.size)).all()
    for row in signed:
        look.count += 1
        if row.size > size or node.reader.root(row.size) != row.root:
            yield look.found(
                "CHECKPOINT_BROKEN",
                f"size {row.size}",
                "the log no longer has a root that this node has signed",
            )


def _titles(look: _Look) -> Iterator[Finding]:
    """Is every document of title as its entries, and the contract, say? The contract is asked for the latest ones, with
    `deep` for all.
    """
    node = look.node
    position, before = node.reader.position(), None
    while True:
        page = node.titles.page(parties=None, before=before, limit=ROWS)
        for title in page.titles:
            look.count += 1
            if not agrees_with_entries(node.titles, title):
                yield look.found("TITLE_DIFFERS", title.digest.hex(), "it is not as its entries say: reindex")
            asked = not node.mirrors and (look.deep or look.count <= TITLES_ASKED)
            if asked and not agrees_with_contract(node, title, position.block):
                yield look.found("TITLE_DIFFERS", title.digest.hex(), "the contract says another thing of it")
        if not page.more:
            return
        before = page.titles[-1].latest


def _decoded(look: _Look) -> Iterator[Finding]:
    """Does every issue entry have its document?"""
    node = look.node
    with node.ledger.connect() as connection:
        indexed = set(connection.execute(select(documents.c.entry).where(documents.c.leaf == 0)).scalars())
        for row in connection.execution_options(yield_per=ROWS).execute(select(entries.c.idx, entries.c.raw)):
            look.count += 1
            if decode_entry(row.raw).kind is Kind.ISSUE and row.idx not in indexed:
                yield look.found(
                    "DOCUMENT_NOT_INDEXED", f"entry {row.idx}", "the document is not indexed: reindex"
                )


def _balances(look: _Look) -> Iterator[Finding]:
    """Does what is drawn from each instrument follow from its draws, and does the contract say the same?"""
    for trouble in balances(look.node):
        look.count += 1
        if trouble is not None:
            yield look.found(*trouble)


def _reads(look: _Look) -> Iterator[Finding]:
    """Is no record of the read log missing or changed?"""
    whole = read_log.check(look.node.office)  # raises where it is not
    look.count = whole.last - whole.first + 1 if whole.last else 0
    yield from ()


CHECKS: dict[str, Check] = {
    "store": _store,
    "chain": _chain,
    "log": _log,
    "documents": _decoded,
    "outbox": _outbox,
    "vault": _vault,
    "batches": _batches,
    "checkpoints": _checkpoints,
    "balances": _balances,
    "titles": _titles,
    "reads": _reads,
}
