"""`sanad balance` without an instrument: every one of them, as it stands now."""

from typing import Any, cast

import pytest

from sanad_node.cli import drawdown, main
from sanad_node.desk import Desk
from sanad_node.wire.instruments import InstrumentLine, InstrumentPage

COUNT = 2 * drawdown.PAGE + 1


def a_line(number: int) -> InstrumentLine:
    return InstrumentLine(
        instrument=number,
        document="ab" * 32,
        type="PSW_FI",
        number="",
        issuer="SNB",
        code="USD",
        total=None,
        left=None,
        expires=1_790_000_000,
        expired=False,
        time=1_780_000_000,
    )


class Paged:
    """A desk with more instruments than fit on two pages, newest first."""

    def instruments(self, *, issuer: str | None, before: int | None = None, limit: int) -> InstrumentPage:
        assert issuer == "SNB"
        first = COUNT if before is None else before - 1
        last = max(first - limit, 0)
        lines = [a_line(number) for number in range(first, last, -1)]
        return InstrumentPage(instruments=lines, next=last + 1 if last else None)


def test_the_list_is_of_every_page() -> None:
    told = drawdown._all(cast("Desk", Paged()), "SNB")
    assert [one.instrument for one in told.instruments] == list(range(COUNT, 0, -1))
    assert told.next is None


@pytest.mark.parametrize("option", ["--at", "--type"])
def test_what_only_one_instrument_can_answer_is_refused_of_the_list(option: str, capsys: Any) -> None:
    assert main(["balance", option, "PSW_FI" if option == "--type" else "2026-09-18"]) == 3
    assert f"USAGE [{option}]" in capsys.readouterr().err
