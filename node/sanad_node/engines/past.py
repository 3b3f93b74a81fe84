"""What already happened on the embedded chain, answered from the journal without asking anvil."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from sanad_node.engines.base import BlockHeader, ChainUnavailable, Log, Receipt
from sanad_node.engines.journal import Journal, JournalDamaged
from sanad_node.engines.outcomes import Json, Outcome, unpack_json, unpack_outcome

REMEMBERED = 4_000  # receipts kept unpacked: the submitter asks for each one of a fresh block


class Past:
    """Blocks, receipts and events of mined blocks. Callable from any thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._recent: OrderedDict[int, Outcome] = OrderedDict()
        self._held = 0  # blocks and receipts in it

    def head(self) -> BlockHeader:
        height = self._journal.recorded_height()
        if height is None:
            raise ChainUnavailable("the chain has no block yet", field="chain")
        return self.header(height)

    def header(self, number: int) -> BlockHeader:
        return self._outcome(number).header

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        number = self._journal.place(tx_hash)
        return None if number is None else self._outcome(number).receipts.get(tx_hash)

    def logs(self, first: int, last: int, addresses: Sequence[bytes]) -> list[tuple[int, Log]]:
        wanted = set(addresses)
        last = min(last, self.head().number)
        return [
            (number, log)
            for number in range(max(first, 1), last + 1)
            for log in self._outcome(number).logs
            if log.address in wanted
        ]

    def number_of(self, block_hash: bytes) -> int | None:
        """The block of this hash."""
        return 0 if block_hash == self.header(0).hash else self._journal.number_of(block_hash)

    def told(self, number: int) -> tuple[Json, Json]:
        """(block, receipts) in the node's own words, for whoever speaks JSON-RPC."""
        return unpack_json(self._packed(number))

    def _packed(self, number: int) -> bytes:
        packed = self._journal.outcome(number)
        if packed is None:
            raise JournalDamaged("the journal lacks the outcome of a block", field="journal.db")
        return packed

    def _outcome(self, number: int) -> Outcome:
        with self._lock:
            known = self._recent.get(number)
            if known is not None:
                self._recent.move_to_end(number)
                return known
        outcome = unpack_outcome(self._packed(number))
        with self._lock:
            if number not in self._recent:
                self._recent[number] = outcome
                self._held += 1 + len(outcome.receipts)
            while len(self._recent) > 1 and self._held > REMEMBERED:
                self._held -= 1 + len(self._recent.popitem(last=False)[1].receipts)
        return outcome
