"""What was measured: name, value, unit, and a peer measured in the same run (or published) to hold it
against.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """`ratio` is how many times better than the peer (bigger is better, whatever the unit); `n` how often
    it was done.
    """

    value: float
    unit: str
    peer: float | None
    ratio: float | None
    n: int
    against: str


class Report:
    """Collects measures and prints each as it comes."""

    def __init__(self, only: list[str]) -> None:
        self._only = only
        self.measures: dict[str, Measure] = {}
        print(f"load average at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'what':<44} {'value':>12} {'unit':<14} {'ratio':>7}  against")

    def wanted(self, family: str) -> bool:
        """Whether a family of measurements was asked for."""
        return not self._only or family in self._only

    def add(
        self, name: str, value: float, unit: str, n: int, peer: float | None = None, against: str = ""
    ) -> None:
        """Record one measure. Units that begin with a time or a size are better when smaller."""
        smaller = unit.split("/", maxsplit=1)[0] in {"ms", "s", "MB", "bytes", "µs"}
        ratio = None if not peer or not value else round(peer / value if smaller else value / peer, 3)
        self.measures[name] = Measure(
            round(value, 3), unit, None if peer is None else round(peer, 3), ratio, n, against
        )
        shown = "" if ratio is None else f"{ratio:.2f}"
        print(f"{name:<44} {value:>12,.2f} {unit:<14} {shown:>7}  {against}", flush=True)

    def write(self, path: Path) -> None:
        """Write the measures; others that the file has from an earlier run stay, if only some were wanted."""
        path.parent.mkdir(parents=True, exist_ok=True)
        told = json.loads(path.read_text()) if self._only and path.exists() else {}
        told |= {name: asdict(measure) for name, measure in self.measures.items()}
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def rate(n: int, do: Callable[[int], object]) -> float:
    """How often a second `do(i)` was done, i from 0 to n-1."""
    began = time.perf_counter()
    for i in range(n):
        do(i)
    return n / (time.perf_counter() - began)


def rate_per_core(n: int, do: Callable[[int], object]) -> float:
    """How often `do(i)` is done in a second of this thread's own processor time, i from 0 to n-1: the best of some
    rounds. What others do on the machine meanwhile takes turns away, which are not counted, and makes the rest slower,
    never quicker.
    """
    rounds = max(1, min(ROUNDS, n))
    each = n // rounds
    best = 0.0
    for number in range(rounds):
        began = time.thread_time()
        for i in range(number * each, (number + 1) * each):
            do(i)
        best = max(best, each / (time.thread_time() - began))
    return best


def milliseconds(n: int, do: Callable[[int], object]) -> float:
    """How long one `do(i)` takes."""
    return 1000 / rate(n, do)
