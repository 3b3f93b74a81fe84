"""What is spoken for: documents and numbers that were promised, and that the ledger does not show yet.

Where a carrier brings acts to the chain, the ledger is a little behind what this office has promised. Whoever checks
against the ledger that a document is new asks here first, under a claim of their own; so two requests for one document
cannot both be promised. One process has a data directory, so the claims are in its memory; at the start they
follow from the acts that are not settled.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, select

from sanad_node.batch_files import read_batch
from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_call, selector
from sanad_node.datadir import DataDirectory
from sanad_node.pipeline.outbox import Outbox
from sanad_node.reading import LedgerReader
from sanad_node.store.faults import StoreBusy, StoreUnreachable
from sanad_node.store.office_tables import outbox
from sanad_verifier.digests import Digest

WAITING = ("accepted", "signed", "anchored")
SWEPT_ABOVE = 8192
_UNSETTLED = select(outbox.c.key, outbox.c.signer, outbox.c.contract, outbox.c.calldata).where(
    outbox.c.state.in_(WAITING)
)
_KEYS = select(outbox.c.key).where(outbox.c.state.in_(WAITING))
NOTHING = bytes(32)
ENTER = selector(load("Register"), "enter")
TITLED = {selector(load("Titles"), name): place for name, place in (("issue", 1), ("reissue", 3))}
"""Calls that issue a document of title, and which of their arguments it is."""


class Claimed(Exception):
    """Somebody else has promised this word, or is about to."""

    def __init__(self, word: bytes) -> None:
        super().__init__("claimed")
        self.word = word


def words_named(directory: DataDirectory, calldata: bytes) -> tuple[bytes, set[bytes]]:
    """The type (padded) and the words, digests and blinded numbers, of the documents that a call issues."""
    titled = TITLED.get(calldata[:4])
    contract = "Titles" if titled else "Register" if calldata.startswith(ENTER) else "Ledger"
    function, arguments = decode_call(load(contract), calldata)
    words: set[bytes] = set()
    if titled:
        return arguments[0], {arguments[titled][0], arguments[titled][2]} - {NOTHING}
    if function == "issue":
        words = {arguments[1], arguments[3]}
    elif function == "enter":
        words = {arguments[1][0], arguments[1][2]}
    elif function == "issueBatch":
        leaves = read_batch(directory.batches, Digest(arguments[1])) or ()
        words = {word for leaf in leaves for word in (leaf.subject, leaf.data)}
    return arguments[0], words - {NOTHING}


class Claims:
    """Thread-safe. A claim is on a word, within a formation and document type (`scope_of`); its holder is an
    idempotency key.
    """

    def __init__(self, directory: DataDirectory, office: Engine, acts: Outbox, reader: LedgerReader) -> None:
        self._directory = directory
        self._office = office
        self._acts = acts
        self._reader = reader
        self._lock = threading.Lock()
        self._arriving: set[str] = set()
        self._holders: dict[tuple[bytes, bytes], str] | None = None
        self._swept_above = SWEPT_ABOVE

    @contextmanager
    def hold(
        self, scope: bytes, words: Iterable[bytes], holder: str, *, whoever: bool = False
    ) -> Iterator[None]:
        """Claim words while an act is prepared; `Claimed` by the first that is another's (unless that is as good). The
        claim stays when the block ends with the act promised, and is given back when it raises.
        """
        wanted = [(scope, word) for word in words if word != NOTHING]
        with self._lock:
            held = self._known()
            for claim in () if whoever else wanted:
                other = held.get(claim)
                if other is not None and other != holder and self._is_live(other):
                    raise Claimed(claim[1])
            held.update(dict.fromkeys(wanted, holder))
            self._arriving.add(holder)
            self._sweep(held)
        try:
            yield
        except (StoreUnreachable, StoreBusy):
            raise  # it may have been promised: the claim counts as long as the outbox has the act
        except BaseException:
            with self._lock:
                for claim in wanted:
                    if held.get(claim) == holder:
                        del held[claim]
            raise
        finally:
            with self._lock:
                self._arriving.discard(holder)

    def _is_live(self, holder: str) -> bool:
        if holder in self._arriving:
            return True
        act = self._acts.find(holder)
        return act is not None and not act.settled

    def _known(self) -> dict[tuple[bytes, bytes], str]:
        if self._holders is None:
            self._holders = {}
            with self._office.connect() as connection:
                for act in connection.execute(_UNSETTLED).all():
                    key = self._reader.key(bytes(act.signer)) if _may_issue(act) else None
                    if key is not None:
                        doc_type, words = words_named(self._directory, bytes(act.calldata))
                        scope = scope_of(key.formation, doc_type)
                        self._holders.update({(scope, word): act.key for word in words})
        return self._holders

    def _sweep(self, held: dict[tuple[bytes, bytes], str]) -> None:
        """Forget what is settled, once in a while: what is remembered is bounded by twice what is promised."""
        if len(held) <= self._swept_above:
            return
        with self._office.connect() as connection:
            live = {row.key for row in connection.execute(_KEYS)} | self._arriving
        for claim in [claim for claim, holder in held.items() if holder not in live]:
            del held[claim]
        self._swept_above = max(SWEPT_ABOVE, 2 * len(held))


def _may_issue(act: Any) -> bool:
    """Whether an act of the outbox is one that `words_named` can read."""
    call = bytes(act.calldata[:4])
    return act.contract == "Ledger" or call == ENTER or call in TITLED


def scope_of(formation: int, doc_type: bytes | str) -> bytes:
    """Whose documents these are, and of which type."""
    padded = doc_type.encode("ascii").ljust(32, b"\0") if isinstance(doc_type, str) else doc_type
    return formation.to_bytes(4) + padded
