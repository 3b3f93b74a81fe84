"""Wait for what another thread, process or page is about to do."""

import time
from collections.abc import Callable


def until(
    true: Callable[[], bool], meanwhile: Callable[[], object] | None = None, within: float = 60.0
) -> None:
    """Look, and do `meanwhile` after each look, until it is so; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        if meanwhile is None:
            time.sleep(0.005)
        else:
            meanwhile()
