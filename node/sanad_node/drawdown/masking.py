"""Masked amounts (docs/spec/entry.md): numbers that a contract can add and compare, and that only members can read.

An amount is multiplied by a factor of its instrument, and a grain smaller than the factor is added. Both follow
from the network key, so whoever has it reads an amount, and notices one that was not made so.
"""

import hmac

from sanad_verifier.errors import EvidenceError, InputError

AMOUNT_BITS = 72
MOST = 2**AMOUNT_BITS - 1
"""The largest amount, in steps of the last decimal."""
_FACTOR_BITS = 104
_TOTAL_SPREAD = 16
_DRAW_SPREAD = 2**20


class AmountTooLarge(InputError):
    """An amount has at most 72 bits."""

    code = "AMOUNT_TOO_LARGE"


class AmountUnreadable(EvidenceError):
    """An amount on the ledger was not made with this network's key, or not as the specification says."""

    code = "AMOUNT_UNREADABLE"


def mask_total(network_key: bytes, mark: bytes, digest: bytes, amount: int) -> int:
    """The total of the instrument with this mark, as its document of this digest says."""
    factor = _factor(network_key, mark)
    return amount * factor + _total_grain(network_key, factor, mark, digest, amount)


def mask_draw(network_key: bytes, mark: bytes, declaration: bytes, amount: int) -> int:
    """What the declaration of this digest draws from the instrument with this mark."""
    factor = _factor(network_key, mark)
    return amount * factor + _draw_grain(network_key, factor, mark, declaration, amount)


def read_total(network_key: bytes, mark: bytes, digest: bytes, masked: int) -> int:
    """The amount behind a total; `AmountUnreadable` if it is none."""
    factor = _factor(network_key, mark)
    amount, grain = divmod(masked, factor)
    if not 0 < amount <= MOST or grain != _total_grain(network_key, factor, mark, digest, amount):
        raise AmountUnreadable("the total on the ledger was not made by the rule", field="total")
    return amount


def read_draw(network_key: bytes, mark: bytes, declaration: bytes, masked: int) -> int:
    """The amount behind a draw; `AmountUnreadable` if it is none."""
    factor = _factor(network_key, mark)
    amount, grain = divmod(masked, factor)
    if not 0 < amount <= MOST or grain != _draw_grain(network_key, factor, mark, declaration, amount):
        raise AmountUnreadable("the amount on the ledger was not made by the rule", field="amount")
    return amount


def read_sum(network_key: bytes, mark: bytes, masked: int) -> int:
    """The amount behind a sum of draws, or behind what they leave of a total. A sum carries the grains of its parts,
    which together stay below the factor.
    """
    return masked // _factor(network_key, mark)


def _factor(network_key: bytes, mark: bytes) -> int:
    head = hmac.digest(network_key, b"factor\0" + mark, "sha256")[: _FACTOR_BITS // 8]
    return int.from_bytes(head) | 1 << (_FACTOR_BITS - 1)


def _total_grain(network_key: bytes, factor: int, mark: bytes, digest: bytes, amount: int) -> int:
    return factor - 1 - _hash(network_key, b"total\0", mark, digest, amount) % (factor // _TOTAL_SPREAD)


def _draw_grain(network_key: bytes, factor: int, mark: bytes, declaration: bytes, amount: int) -> int:
    return _hash(network_key, b"draw\0", mark, declaration, amount) % (factor // _DRAW_SPREAD)


def _hash(network_key: bytes, label: bytes, mark: bytes, digest: bytes, amount: int) -> int:
    if not 0 < amount <= MOST:
        raise AmountTooLarge("the amount is zero, or beyond what can be kept", field="amount")
    message = label + mark + digest + amount.to_bytes(AMOUNT_BITS // 8)
    return int.from_bytes(hmac.digest(network_key, message, "sha256"))
