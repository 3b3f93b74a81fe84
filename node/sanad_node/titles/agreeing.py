"""Does what is kept of a title agree with its entries, and with the contract?"""

from dataclasses import replace

from sanad_node.acting import word
from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_result, encode_call
from sanad_node.node import Node
from sanad_node.titles.reading import TitleReader
from sanad_node.titles.record import NOTHING, STATES, Title, followed


def agrees_with_entries(reader: TitleReader, title: Title) -> bool:
    """Whether the entries about a title make it again. That it was replaced is told by an entry about its successor."""
    told = [(one.index, one.entry) for one in reader.entries(title)]
    made = followed(told, title.issuer, title.doc_type)
    if made is None:
        return False
    if title.state == "replaced":
        ended = made.state == "amended" and title.replaced_by != NOTHING
        made = replace(
            made,
            state="replaced",
            replaced_by=title.replaced_by,
            sequence=made.sequence + 1,
            latest=title.latest,
            time=title.time,
        )
        if not ended:
            return False
    return replace(made, replaces=title.replaces) == title


def agrees_with_contract(node: Node, title: Title, block: int) -> bool:
    """Whether the contract, as of a block, has the title as it is kept here."""
    call = encode_call(load("Titles"), "titleOf", word(title.doc_type), title.issuer, title.digest)
    said = node.engine.call(node.network.address("Titles"), call, block=block)
    (told,) = decode_result(load("Titles"), "titleOf", said)
    return tuple(told) == (
        STATES.index(title.state) + 1,
        title.holder,
        title.beneficiary,
        title.taker,
        title.pending if title.taker else 0,
        title.offered,
        title.pledgee,
        title.to_order,
        title.sequence,
        title.holder_before,
    )
