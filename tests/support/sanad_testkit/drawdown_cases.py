"""Masked amounts: the cases behind `tests/vectors/masked-amounts.json`."""

from typing import Any

from sanad_node.drawdown import masking

KEY = bytes(range(32))


def mark_of(number: int) -> bytes:
    """The blinded business key of an instrument of these cases."""
    return number.to_bytes(1) * 32


def told() -> dict[str, Any]:
    """Totals and draws of two instruments; amounts as decimal text, masked ones in hex: they are beyond 2^53."""
    cases = []
    for name, of, instrument, digest, amount in [
        ("the least", "total", 1, 0x11, 1),
        ("a total", "total", 1, 0x11, 14_860_000),
        ("the same by another document", "total", 1, 0x12, 14_860_000),
        ("the same of another instrument", "total", 2, 0x11, 14_860_000),
        ("the most", "total", 2, 0x13, masking.MOST),
        ("a draw", "draw", 1, 0x21, 4_940_000),
        ("the same by another declaration", "draw", 1, 0x22, 4_940_000),
        ("the most", "draw", 2, 0x23, masking.MOST),
    ]:
        mark, document = mark_of(instrument), bytes([digest]) * 32
        mask = masking.mask_total if of == "total" else masking.mask_draw
        masked = mask(KEY, mark, document, amount)
        cases.append(
            {
                "name": name,
                "of": of,
                "mark": mark.hex(),
                "digest": document.hex(),
                "amount": str(amount),
                "masked": masked.to_bytes(22).hex(),
            }
        )
    return {"networkKey": KEY.hex(), "cases": cases}
