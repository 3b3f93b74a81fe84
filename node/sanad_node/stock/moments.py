"""As of when is stock told? As of a block that is final: what is told of it is never told otherwise later."""

from sanad_node.drawdown import accounts
from sanad_node.drawdown.reading import Moment
from sanad_node.findings import noting
from sanad_node.findings.noting import BlockNotFinal
from sanad_node.node import Node
from sanad_verifier.errors import InputError


class MomentTwice(InputError):
    """One moment is asked for, not two."""

    code = "AS_OF_TWICE"


def as_of(node: Node, *, block: int | None = None, time: int | None = None) -> Moment:
    """The final block named, the last one of a time (seconds) or before, or the newest; `BlockNotFinal` for one that
    may still change. The answer's block is named as asked for by its number, so that it is the same for ever. A node
    that follows a mirror knows times only: its moments are of block 0.
    """
    if block is not None and time is not None:
        raise MomentTwice("name a block or a time", field="as-of-time")
    try:
        return _as_of(node, block, time)
    except BlockNotFinal as error:
        raise BlockNotFinal(error.message, field="as-of-time" if block is None else "as-of-block") from error


def _as_of(node: Node, block: int | None, time: int | None) -> Moment:
    if node.mirrors:
        return accounts.moment(node, block=block, time=time)
    if time is not None:
        block = accounts.moment(node, time=time).block
        return accounts.moment(node, block=min(block, noting.final_block(node)))
    return accounts.moment(node, block=noting.final_block(node) if block is None else block)
