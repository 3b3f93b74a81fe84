"""What anyone but the node may ask the embedded chain: a closed list of questions, none of which changes
it.

Anvil's own port answers whoever reaches it, also to "set this storage slot". So it is nobody's but the
node's, and explorers and auditors ask here. Questions about the past are answered from the journal; those
about the state are passed on for the head only, since older states are not kept. Sending a transaction is
not on the list: acts go through the node, whose journal makes them last.
"""

from collections.abc import Callable
from typing import Any

from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import CallReverted
from sanad_node.engines.outcomes import to_bytes, to_hex

Json = Any
CALL_GAS = 30_000_000
LOG_BLOCKS, LOG_RESULTS = 10_000, 10_000
INVALID_REQUEST, NOT_ALLOWED, INVALID_PARAMS, REVERTED, LIMIT = -32600, -32601, -32602, 3, -32005


class NotAnswered(Exception):
    """The answer is an error object."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


def answer(engine: AnvilEngine, method: str, params: list[Json]) -> Json:
    """The result of one call by a stranger; raises `NotAnswered`, or `ChainUnavailable` when nobody knows."""
    handler = METHODS.get(method)
    if handler is None:
        raise NotAnswered(NOT_ALLOWED, "this method is not offered here")
    try:
        return handler(engine, params)
    except CallReverted as reverted:
        raise NotAnswered(REVERTED, "execution reverted", to_hex(reverted.data)) from reverted


# -- the shape of parameters --


def _take(params: list[Json], least: int, most: int) -> list[Json]:
    if not least <= len(params) <= most:
        raise NotAnswered(INVALID_PARAMS, "wrong number of parameters")
    return params + [None] * (most - len(params))


def _hex(value: Json, size: int | None = None) -> str:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise NotAnswered(INVALID_PARAMS, "a parameter is not a hex string")
    digits = value[2:]
    if (size is not None and len(digits) != 2 * size) or len(digits) % 2 or not _all_hex(digits):
        raise NotAnswered(INVALID_PARAMS, "a parameter is not a hex string of the right length")
    return value.lower()


def _all_hex(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _quantity(value: Json) -> int:
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66:
        raise NotAnswered(INVALID_PARAMS, "a parameter is not a hex quantity")
    if not _all_hex(value[2:]):
        raise NotAnswered(INVALID_PARAMS, "a parameter is not a hex quantity")
    return int(value, 16)


def _number(engine: AnvilEngine, value: Json) -> int:
    """A block number or tag; every block here is final."""
    if value in (None, "latest", "safe", "finalized", "pending"):
        return engine.head().number
    return 0 if value == "earliest" else _quantity(value)


def _at_head(engine: AnvilEngine, value: Json) -> str:
    if _number(engine, value) != engine.head().number:
        raise NotAnswered(INVALID_PARAMS, "only the latest state is kept")
    return "latest"


# -- the past --


def _block_by_number(engine: AnvilEngine, params: list[Json]) -> Json:
    wanted, full = _take(params, 1, 2)
    return _block(engine, _number(engine, wanted), full)


def _block_by_hash(engine: AnvilEngine, params: list[Json]) -> Json:
    wanted, full = _take(params, 1, 2)
    number = engine.past.number_of(to_bytes(_hex(wanted, 32)))
    return None if number is None else _block(engine, number, full)


def _block(engine: AnvilEngine, number: int, full: Json) -> Json:
    if full not in (None, False):
        raise NotAnswered(INVALID_PARAMS, "blocks are shown with transaction hashes only")
    return engine.past.told(number)[0] if number <= engine.head().number else None


def _block_receipts(engine: AnvilEngine, params: list[Json]) -> Json:
    number = _number(engine, _take(params, 1, 1)[0])
    return engine.past.told(number)[1] if number <= engine.head().number else None


def _receipt(engine: AnvilEngine, params: list[Json]) -> Json:
    tx = _hex(_take(params, 1, 1)[0], 32)
    found = engine.receipt(to_bytes(tx))
    if found is None:
        return None
    return next(receipt for receipt in engine.past.told(found.block)[1] if receipt["transactionHash"] == tx)


def _logs(engine: AnvilEngine, params: list[Json]) -> Json:
    wanted = _take(params, 1, 1)[0]
    if not isinstance(wanted, dict) or not wanted.keys() <= {"fromBlock", "toBlock", "address", "topics"}:
        raise NotAnswered(
            INVALID_PARAMS, "the filter is not an object of fromBlock, toBlock, address and topics"
        )
    first, last = _number(engine, wanted.get("fromBlock")), _number(engine, wanted.get("toBlock"))
    last = min(last, engine.head().number)
    if last - first >= LOG_BLOCKS:
        raise NotAnswered(LIMIT, f"a filter may span {LOG_BLOCKS} blocks at most")
    addresses = None if wanted.get("address") is None else {_hex(a, 20) for a in _listed(wanted["address"])}
    topics = [
        None if topic is None else {_hex(t, 32) for t in _listed(topic)}
        for topic in _listed(wanted.get("topics", []))
    ]
    found: list[Json] = []
    for number in range(first, last + 1):
        for receipt in engine.past.told(number)[1]:
            found += [log for log in receipt["logs"] if _matches(log, addresses, topics)]
        if len(found) > LOG_RESULTS:
            raise NotAnswered(LIMIT, f"the filter finds more than {LOG_RESULTS} events")
    return found


def _listed(value: Json) -> list[Json]:
    found = value if isinstance(value, list) else [value]
    if len(found) > 100:
        raise NotAnswered(LIMIT, "a filter is too long")
    return found


def _matches(log: Json, addresses: set[str] | None, topics: list[set[str] | None]) -> bool:
    if addresses is not None and log["address"] not in addresses:
        return False
    return len(topics) <= len(log["topics"]) and all(
        wanted is None or topic in wanted for wanted, topic in zip(topics, log["topics"], strict=False)
    )


# -- the present --


def _call(engine: AnvilEngine, params: list[Json]) -> Json:
    request, block = _take(params, 1, 2)
    _at_head(engine, block)
    if not isinstance(request, dict) or not request.keys() <= {"to", "from", "data", "input", "gas"}:
        raise NotAnswered(INVALID_PARAMS, "a call is an object of to, from, data and gas")
    data = request.get("data", request.get("input", "0x"))
    sender = None if request.get("from") is None else to_bytes(_hex(request["from"], 20))
    gas = CALL_GAS if request.get("gas") is None else min(_quantity(request["gas"]), CALL_GAS)
    return to_hex(engine.call(to_bytes(_hex(request.get("to"), 20)), to_bytes(_hex(data)), sender, gas=gas))


def _of_account(method: str) -> Callable[[AnvilEngine, list[Json]], Json]:
    def ask(engine: AnvilEngine, params: list[Json]) -> Json:
        address, block = _take(params, 1, 2)
        return engine.ask(method, _hex(address, 20), _at_head(engine, block))

    return ask


def _storage_at(engine: AnvilEngine, params: list[Json]) -> Json:
    address, slot, block = _take(params, 2, 3)
    return engine.ask("eth_getStorageAt", _hex(address, 20), hex(_quantity(slot)), _at_head(engine, block))


def _proof(engine: AnvilEngine, params: list[Json]) -> Json:
    address, slots, block = _take(params, 2, 3)
    keys = [f"0x{_quantity(slot):064x}" for slot in _listed(slots)]
    return engine.ask("eth_getProof", _hex(address, 20), keys, _at_head(engine, block))


def _without_parameters(give: Callable[[AnvilEngine], Json]) -> Callable[[AnvilEngine, list[Json]], Json]:
    def ask(engine: AnvilEngine, params: list[Json]) -> Json:
        _take(params, 0, 0)
        return give(engine)

    return ask


METHODS: dict[str, Callable[[AnvilEngine, list[Json]], Json]] = {
    "eth_blockNumber": _without_parameters(lambda engine: hex(engine.head().number)),
    "eth_call": _call,
    "eth_chainId": _without_parameters(lambda engine: hex(engine.chain_id)),
    "eth_gasPrice": _without_parameters(lambda _: "0x0"),
    "eth_getBalance": _of_account("eth_getBalance"),
    "eth_getBlockByHash": _block_by_hash,
    "eth_getBlockByNumber": _block_by_number,
    "eth_getBlockReceipts": _block_receipts,
    "eth_getCode": _of_account("eth_getCode"),
    "eth_getLogs": _logs,
    "eth_getProof": _proof,
    "eth_getStorageAt": _storage_at,
    "eth_getTransactionCount": _of_account("eth_getTransactionCount"),
    "eth_getTransactionReceipt": _receipt,
    "net_version": _without_parameters(lambda engine: str(engine.chain_id)),
    "web3_clientVersion": _without_parameters(lambda engine: engine.ask("web3_clientVersion")),
}
