"""Records what was shown to whom before it is shown, and says so when one account reads in bulk.

Everybody who signed in is recorded, also the operator; strangers, who can ask by digest or file only, are not. What the
request did beyond reading (an act) is on the ledger or in the table of acts, and not recorded here once more.
"""

import structlog
from fastapi.concurrency import run_in_threadpool

from sanad_api.callers import Caller
from sanad_api.settings import Reads as ReadsSettings
from sanad_node.node import Node
from sanad_node.reads import asking
from sanad_node.reads.counting import Bulk
from sanad_node.reads.log import ReadLog, Recorded
from sanad_node.reads.looking import Looked

log = structlog.get_logger("sanad.reads")


class Recorder:
    """The read log of the service. Threads may share it."""

    def __init__(self, node: Node, settings: ReadsSettings) -> None:
        self._node = node
        self._bulk = settings.bulk
        self._window = settings.window_seconds
        self._log = ReadLog(node.office, node.clock, window=settings.window_seconds)

    async def record(self, caller: Caller, what: str, looked: Looked) -> None:
        """Return when it is on the disk; raises the store's faults, after which nothing may be shown."""
        if not caller.known or not looked.anything:
            return
        kept = await run_in_threadpool(self._keep, caller, what, looked)
        if kept.before <= self._bulk < kept.before + kept.read.things:
            log.error(
                "bulk_reading",
                code="BULK_READING",
                account=caller.name,
                things=kept.before + kept.read.things,
                window=self._window,
                record=kept.seq,
                mark=kept.mark.hex(),
            )

    def _keep(self, caller: Caller, what: str, looked: Looked) -> Recorded:
        about = looked.about
        if not looked.count and looked.missed:
            about = asking.as_recorded(self._node.directory.secret("network"), looked.missed)
        return self._log.keep(
            user=caller.user,
            name=caller.name,
            formation=caller.formation,
            what=what,
            about=about,
            things=looked.count,
        )

    def in_bulk(self) -> list[Bulk]:
        """The accounts that read in bulk now."""
        return self._log.in_bulk(self._bulk)
