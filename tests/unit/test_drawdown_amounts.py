"""Amounts of instruments: decimal strings, whole numbers, and the masked numbers on the chain (docs/spec/entry.md)."""

import hashlib
import hmac
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.cli.answers import moment
from sanad_node.drawdown import amounts, masking
from sanad_node.drawdown.acting import end_of
from sanad_node.drawdown.amounts import AmountInvalid, MeasureUnknown
from sanad_node.drawdown.masking import AmountTooLarge, AmountUnreadable
from sanad_testkit.drawdown_cases import KEY, mark_of
from sanad_verifier.drawdown_words import MAX_AMOUNT, Counts, Measure

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "masked-amounts.json").read_text("utf-8")
)
MARK, DIGEST = mark_of(1), b"\x11" * 32
AMOUNTS = st.integers(1, masking.MOST)
DOLLARS, RUPEES, YEN, DINARS = map(amounts.currency, ("USD", "PKR", "JPY", "KWD"))


# -- decimal strings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "measure", "steps"), [
    pytest.param("148600.0000", DOLLARS, 14_860_000, id="as-PSW-writes-it"),
    pytest.param("0.01", DOLLARS, 1, id="a-cent"),
    pytest.param("9600", RUPEES, 960_000, id="without-decimals"),
    pytest.param("5850000", YEN, 5_850_000, id="a-currency-without-decimals"),
    pytest.param("5850000.00", YEN, 5_850_000, id="zeros-that-say-nothing"),
    pytest.param("1.005", DINARS, 1_005, id="a-currency-with-three"),
    pytest.param("62000.1234", amounts.unit("KGM"), 620_001_234, id="a-quantity"),
    pytest.param("9999999999999999.9999", amounts.unit("NMB"), 10**20 - 1, id="the-largest"),
])  # fmt: skip
def test_an_amount_is_read_in_steps_of_its_last_decimal(text: str, measure: Measure, steps: int) -> None:
    assert amounts.parse(text, measure) == steps
    assert Decimal(amounts.write(steps, measure)) == Decimal(text)


@pytest.mark.parametrize(("text", "measure"), [
    pytest.param("1.005", DOLLARS, id="half-a-cent"),
    pytest.param("0.5", YEN, id="half-a-yen"),
    pytest.param("0", DOLLARS, id="zero"),
    pytest.param("0.00", DOLLARS, id="zero-with-decimals"),
    pytest.param("-1.00", DOLLARS, id="below-zero"),
    pytest.param("1,000.00", DOLLARS, id="with-a-comma"),
    pytest.param("01.00", DOLLARS, id="a-leading-zero"),
    pytest.param("1e3", DOLLARS, id="an-exponent"),
    pytest.param("1.", DOLLARS, id="a-point-and-nothing"),
    pytest.param("١", DOLLARS, id="other-digits"),
    pytest.param("1.00\n", DOLLARS, id="a-line-end"),
    pytest.param("12345678901234567", DOLLARS, id="seventeen-digits"),
    pytest.param("", DOLLARS, id="nothing"),
])  # fmt: skip
def test_what_is_no_amount_is_refused_and_nothing_is_rounded(text: str, measure: Measure) -> None:
    amounts.parse("1", measure)
    with pytest.raises(AmountInvalid) as refused:
        amounts.parse(text, measure, "consumedValue")
    assert refused.value.field == "consumedValue"


@given(AMOUNTS, st.sampled_from([DOLLARS, YEN, DINARS]))
def test_an_amount_is_written_as_decimals_would_have_it(steps: int, measure: Measure) -> None:
    assert Decimal(amounts.write(steps, measure)) == Decimal(steps).scaleb(-measure.decimals)


def test_measures_have_the_decimals_of_the_standard() -> None:
    assert [one.decimals for one in (DOLLARS, RUPEES, YEN, DINARS)] == [2, 2, 0, 3]
    assert amounts.currency("IRR").decimals == 2
    assert amounts.unit("PK") == Measure(Counts.UNIT, 4, "PK")
    for code in ("XAU", "XXX", "ABC", "usd", ""):
        with pytest.raises(MeasureUnknown):
            amounts.currency(code)
    for code in ("", "k", "KGMX", "kg"):
        with pytest.raises(MeasureUnknown):
            amounts.unit(code)


@pytest.mark.parametrize(("day", "said"), [
    pytest.param(date(2026, 12, 31), "2027-01-01 00:00:00Z", id="a-day"),
    pytest.param(date(9999, 12, 31), "second 253402300800", id="the-last-of-all"),
])  # fmt: skip
def test_a_day_is_over_at_a_second_that_can_be_told(day: date, said: str) -> None:
    """`9999-12-31` is what papers write for "without end", and any office may open with an expiry of 40 bits."""
    assert moment(end_of(day)) == said
    assert moment(2**40 - 1) == "second 1099511627775"


# -- masked numbers ---------------------------------------------------------------------------------------------------


def by_the_specification(label: str, amount: int, mark: bytes, digest: bytes) -> int:
    """The page's sentences, one after the other."""
    head = hmac.new(KEY, b"factor\0" + mark, hashlib.sha256).digest()[:13]
    factor = 2**103 + int.from_bytes(head) % 2**103
    message = label.encode() + b"\0" + mark + digest + amount.to_bytes(9)
    h = int.from_bytes(hmac.new(KEY, message, hashlib.sha256).digest())
    grain = factor - 1 - h % (factor // 16) if label == "total" else h % (factor // 2**20)
    return amount * factor + grain


@given(AMOUNTS)
def test_amounts_are_masked_as_the_specification_says_and_read_back(amount: int) -> None:
    total = masking.mask_total(KEY, MARK, DIGEST, amount)
    draw = masking.mask_draw(KEY, MARK, DIGEST, amount)
    assert total == by_the_specification("total", amount, MARK, DIGEST) <= MAX_AMOUNT
    assert draw == by_the_specification("draw", amount, MARK, DIGEST) <= MAX_AMOUNT
    assert masking.read_total(KEY, MARK, DIGEST, total) == amount
    assert masking.read_draw(KEY, MARK, DIGEST, draw) == amount


@given(st.integers(1, 10**12), st.lists(st.integers(1, 10**11), min_size=1, max_size=40))
def test_masked_draws_fit_under_a_masked_total_exactly_when_amounts_do(total: int, parts: list[int]) -> None:
    """At the edge too: the total is also tried as the very sum, and one step below and above it."""
    draws = [masking.mask_draw(KEY, MARK, bytes([at]) * 32, part) for at, part in enumerate(parts)]
    for under in {total, sum(parts), sum(parts) + 1, max(sum(parts) - 1, 1)}:
        masked = masking.mask_total(KEY, MARK, DIGEST, under)
        assert (sum(draws) <= masked) == (sum(parts) <= under)
        if sum(draws) <= masked:
            assert masking.read_sum(KEY, MARK, masked - sum(draws)) == under - sum(parts)
    assert masking.read_sum(KEY, MARK, sum(draws)) == sum(parts)


def test_as_many_draws_as_the_specification_allows_add_up_exactly() -> None:
    """The worst grains there can be: every draw's as large, and the total's as small, as any hash could make them."""
    factor = 2**104 - 1
    draws = (15 * 2**16 - 1) * (factor + factor // 2**20 - 1)
    total = (15 * 2**16 - 1) * factor + (factor - 1 - (factor // 16 - 1))
    assert draws <= total


@pytest.mark.parametrize("change", [
    pytest.param(lambda m: (KEY, MARK, DIGEST, m + 1), id="one-more"),
    pytest.param(lambda m: (KEY, MARK, DIGEST, m - 1), id="one-less"),
    pytest.param(lambda m: (b"\x02" * 32, MARK, DIGEST, m), id="another-network"),
    pytest.param(lambda m: (KEY, mark_of(2), DIGEST, m), id="another-instrument"),
    pytest.param(lambda m: (KEY, MARK, b"\x12" * 32, m), id="another-document"),
    pytest.param(lambda m: (KEY, MARK, DIGEST, m >> 100), id="a-small-number"),
    pytest.param(lambda m: (KEY, MARK, DIGEST, m | MAX_AMOUNT), id="the-largest-number"),
])  # fmt: skip
@pytest.mark.parametrize(
    ("mask", "read"),
    [(masking.mask_total, masking.read_total), (masking.mask_draw, masking.read_draw)],
    ids=["total", "draw"],
)
def test_an_amount_that_was_not_made_by_the_rule_is_noticed(change: Any, mask: Any, read: Any) -> None:
    masked = mask(KEY, MARK, DIGEST, 14_860_000)
    assert read(KEY, MARK, DIGEST, masked) == 14_860_000
    with pytest.raises(AmountUnreadable):
        read(*change(masked))


def test_an_amount_beyond_72_bits_is_refused() -> None:
    for amount in (0, -1, 2**72):
        with pytest.raises(AmountTooLarge):
            masking.mask_total(KEY, MARK, DIGEST, amount)


def test_equal_amounts_do_not_look_equal() -> None:
    """Neither of two instruments, nor of two declarations, nor of one instrument by two documents."""
    draw = masking.mask_draw(KEY, MARK, DIGEST, 100)
    assert draw != masking.mask_draw(KEY, mark_of(2), DIGEST, 100)
    assert draw != masking.mask_draw(KEY, MARK, b"\x12" * 32, 100)
    assert masking.mask_total(KEY, MARK, DIGEST, 100) != masking.mask_total(KEY, MARK, b"\x12" * 32, 100)
    difference = masking.mask_total(KEY, MARK, DIGEST, 101) - masking.mask_total(KEY, MARK, DIGEST, 100)
    whole = masking.mask_total(KEY, MARK, DIGEST, 2) - masking.mask_total(KEY, MARK, DIGEST, 1)
    assert difference != whole  # it would be the factor, twice


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_the_vectors_of_masked_amounts(case: dict[str, Any]) -> None:
    mark, digest = bytes.fromhex(case["mark"]), bytes.fromhex(case["digest"])
    mask, read = {
        "total": (masking.mask_total, masking.read_total),
        "draw": (masking.mask_draw, masking.read_draw),
    }[case["of"]]
    key = bytes.fromhex(VECTORS["networkKey"])  # type: ignore[arg-type]
    assert mask(key, mark, digest, int(case["amount"])) == int(case["masked"], 16)
    assert read(key, mark, digest, int(case["masked"], 16)) == int(case["amount"])
