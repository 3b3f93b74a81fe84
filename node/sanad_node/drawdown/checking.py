"""Do the balances kept here follow from their draws, and does the contract have the same? For `fsck`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from sanad_node.acting import word
from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_result, encode_call
from sanad_node.node import Node
from sanad_node.store import ledger_tables as t

ROWS = 1000
Trouble = tuple[str, str, str]
"""Code, what it is about, and a sentence."""


def balances(node: Node) -> Iterator[Trouble | None]:
    """For every instrument what is wrong with it, or None. A node that mirrors has no contract to ask."""
    position = node.reader.position()
    with node.ledger.connect() as connection:
        rows = connection.execution_options(yield_per=ROWS).execute(
            select(t.instruments).order_by(t.instruments.c.number)
        )
        for row in rows:
            drawn = int.from_bytes(row.drawn)
            if drawn != _live(node, row.number):
                yield "BALANCE_WRONG", f"instrument {row.number}", "what is drawn is not the sum of its draws"
            elif drawn > int.from_bytes(row.total):
                yield "OVERDRAWN", f"instrument {row.number}", "more is drawn than there is"
            elif not node.mirrors and not _agrees(node, row, position.block):
                yield "BALANCE_DIFFERS", f"instrument {row.number}", "the contract has another balance"
            else:
                yield None


def _live(node: Node, number: int) -> int:
    query = select(t.draws.c.amount).where(t.draws.c.instrument == number, t.draws.c.returned.is_(None))
    with node.ledger.connect() as connection:
        return sum(int.from_bytes(amount) for amount in connection.execute(query).scalars())


def _agrees(node: Node, row: Any, block: int) -> bool:
    """Whether the contract, as of the block that was read, says the same."""
    abi = load("Drawdown")
    call = encode_call(abi, "instrumentOf", row.number)
    answer = node.engine.call(node.network.address("Drawdown"), call, block=block)
    issuer, expires, measure, total, drawn, doc_type, digest = decode_result(abi, "instrumentOf", answer)[0]
    said = (issuer, expires, measure.to_bytes(4), total, drawn, doc_type, digest)
    amounts = (int.from_bytes(row.total), int.from_bytes(row.drawn))
    return bool(said == (row.issuer, row.expires, row.measure, *amounts, word(row.doc_type), row.digest))
