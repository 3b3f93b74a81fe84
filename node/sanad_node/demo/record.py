"""What happened in the demonstration, step by step, and the table that shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from sanad_verifier.errors import SanadError

WIDTHS = (4, 64, 10, 30, 3)


@dataclass(frozen=True, slots=True)
class Step:
    """One act: the state it reached, the verdict or refusal it got, and what was expected."""

    step: int
    act: str
    state: str
    verdict: str
    expected: str
    ok: bool


Outcome = tuple[str, str]
"""(state, verdict); either may be empty."""


class Record:
    """Runs steps, prints each as a row of one table, and remembers whether all went as expected."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.steps: list[Step] = []
        self._row("step", "act", "state", "verdict", "")
        self._out.write("-" * (sum(WIDTHS) + 2 * len(WIDTHS)) + "\n")

    @property
    def as_expected(self) -> bool:
        return bool(self.steps) and all(step.ok for step in self.steps)

    def run(self, act: str, expected: str, do: Callable[[], Outcome]) -> None:
        """Carry out one act. A refusal is an outcome: its verdict is the error's code."""
        try:
            state, verdict = do()
        except SanadError as error:
            state, verdict = "refused", error.code
        shown = f"{state} {verdict}".strip()
        step = Step(len(self.steps) + 1, act, state, verdict, expected, shown == expected)
        self.steps.append(step)
        self._row(str(step.step), act, state, verdict, "ok" if step.ok else f"NOT AS EXPECTED: {expected}")

    def summary(self, seconds: float) -> None:
        """The closing line."""
        wrong = sum(not step.ok for step in self.steps)
        ending = "all as expected" if not wrong else f"{wrong} NOT as expected"
        self._out.write(f"\n{len(self.steps)} steps in {seconds:.1f} s, {ending}\n")

    def _row(self, *cells: str) -> None:
        padded = [cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)]
        self._out.write("  ".join(padded).rstrip() + "\n")
        self._out.flush()
