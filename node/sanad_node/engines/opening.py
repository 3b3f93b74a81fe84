"""Which engine a data directory runs on, by the name in its network descriptor."""

from collections.abc import Callable
from pathlib import Path

from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import Engine
from sanad_node.engines.journal import Journal
from sanad_node.engines.mirror import MIRROR, NoChainHere
from sanad_verifier.errors import InputError


class UnknownEngine(InputError):
    """This version of Sanad has no engine of that name."""

    code = "UNKNOWN_ENGINE"


def open_engine(name: str, folder: Path, clock: Callable[[], float]) -> Engine:
    """Start or attach the engine whose files are in `folder`."""
    if name == "anvil":
        return AnvilEngine(folder, clock=clock)
    if name == "geth":
        from sanad_node.consortium.chain import bundle_in, wanted  # noqa: PLC0415 - not loaded for an embedded chain
        from sanad_node.engines.geth import GethEngine  # noqa: PLC0415

        return GethEngine(folder, wanted(bundle_in(folder).bundle), clock)
    if name == MIRROR:
        raise NoChainHere("this node follows a mirror of the log, and has no chain to ask", field="engine")
    if name == "rpc":
        from sanad_node.consortium.chain import bundle_in, quiet, wanted  # noqa: PLC0415
        from sanad_node.engines import endpoints  # noqa: PLC0415
        from sanad_node.engines.remote import RemoteEngine  # noqa: PLC0415

        bundle = bundle_in(folder).bundle
        return RemoteEngine(
            folder, wanted(bundle), bundle.rule(), endpoints.load(folder), clock, quiet=quiet(bundle)
        )
    raise UnknownEngine("this version of Sanad has no such engine", field="engine")


def recorded_height(name: str, folder: Path) -> int | None:
    """The height that the engine's own files vouch for, without starting it; None where it must be asked."""
    if name != "anvil":
        return None
    journal = Journal(folder / "journal.db")
    try:
        return journal.recorded_height()
    finally:
        journal.close()
