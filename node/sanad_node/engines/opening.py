"""Which engine a data directory runs on, by the name in its network descriptor."""

from collections.abc import Callable
from pathlib import Path

from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import Engine
from sanad_verifier.errors import InputError


class UnknownEngine(InputError):
    """This version of Sanad has no engine of that name."""

    code = "UNKNOWN_ENGINE"


def open_engine(name: str, folder: Path, clock: Callable[[], float]) -> Engine:
    """Start or attach the engine whose files are in `folder`."""
    if name == "anvil":
        return AnvilEngine(folder, clock=clock)
    raise UnknownEngine("this version of Sanad has no such engine", field="engine")
