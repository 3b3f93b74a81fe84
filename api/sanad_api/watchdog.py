"""The watchdog: looks every few seconds at what may come to a stand, says so, and does what may be done by itself.

It is a thread of its own that waits for nobody. A chain program that has ended is started by whoever asks it next, with
growing pauses; one that hangs is ended first. Everything else is a person's matter, who is told by a stable code:
in the log when it begins and when it is over, on `/readyz`, and in the metrics as long as it lasts.
"""

from collections import Counter
from collections.abc import Callable

import structlog

from sanad_api.consortium import ConsortiumWork
from sanad_api.rounds import Rounds
from sanad_api.settings import Watchdog as WatchdogSettings
from sanad_node.carrier import Carrier
from sanad_node.engines.pulse import Backoff
from sanad_node.node import Node
from sanad_node.watching import Seen, Stall, Watch, observe, revive

log = structlog.get_logger("sanad.watchdog")


class Watchdog:
    """Start with `start`, end with `stop`."""

    def __init__(
        self, node: Node, carrier: Carrier, consortium: ConsortiumWork, settings: WatchdogSettings
    ) -> None:
        self._node = node
        self._carrier = carrier
        self._consortium = consortium
        self._watch = Watch(settings.disk_free_mb << 20)
        self._since: dict[Stall, float] = {}
        self._ended_for = 0
        self._tried: Backoff | None = None
        self._at = 0.0
        self._rounds = Rounds("watchdog", settings.every_seconds, self._look)
        self.seen: Seen | None = None
        self.stalls: tuple[Stall, ...] = ()
        self.revived: Counter[str] = Counter()

    def start(self) -> None:
        self._rounds.start()

    def stop(self) -> None:
        self._rounds.stop()

    @property
    def code(self) -> str:
        """Of what comes first among those that stand still, empty for nothing."""
        return self.stalls[0].value if self.stalls else ""

    def _look(self, _go_on: Callable[[], bool]) -> None:
        seen = observe(self._node, self._carrier, ahead=self._consortium.agreement.clock_ahead)
        stalls = self._watch.look(seen)
        for one in stalls:
            if one not in self._since:
                self._since[one] = seen.at
                log.error("stall_began", code=one.value, **_about(one, seen))
        for one in [*self._since]:
            if one not in stalls:
                log.info("stall_ended", code=one.value, seconds=round(seen.at - self._since.pop(one), 1))
        if Stall.ENGINE_GONE in stalls:
            self._have_started(seen.at)
        else:
            self._tried = None
        if Stall.ENGINE_SILENT in stalls:
            self._revive(seen)
        self.seen, self.stalls = seen, stalls

    def _have_started(self, at: float) -> None:
        """Wake the carrier, which has the program started when it asks the chain: at once, then after ever longer
        pauses.
        """
        if self._tried is None:
            self._tried = Backoff(lambda: self._at)
        self._at = at
        if not self._tried.wait():
            self._tried.started()
            self._carrier.kick()

    def _revive(self, seen: Seen) -> None:
        """End it once for each time it was started."""
        assert seen.pulse is not None
        if self._ended_for != seen.pulse.starts and revive(self._node, seen.pulse.starts):
            self._ended_for = seen.pulse.starts
            self.revived[Stall.ENGINE_SILENT.value] += 1
            log.warning("engine_ended", code=Stall.ENGINE_SILENT.value, starts=seen.pulse.starts)


def _about(stall: Stall, seen: Seen) -> dict[str, object]:
    """What a person wants to know of it; no name or number of anything that was acted on."""
    pulse = seen.pulse
    about: dict[Stall, dict[str, object]] = {
        Stall.DISK_LOW: {"free_bytes": seen.free},
        Stall.CLOCK_DIFFERS: {
            "seconds_ahead_of_members": seen.clock_ahead,
            "head_from_the_future": 0 if pulse is None else max(0, round(pulse.head_time - seen.clock)),
        },
        Stall.SUBMITTER_STUCK: {"waiting": seen.waiting, "oldest": seen.oldest},
    }
    if pulse is not None:
        about |= {
            Stall.ENGINE_GONE: {"starts": pulse.starts},
            Stall.ENGINE_SILENT: {"silent_seconds": round(pulse.silent_for, 1)},
            Stall.CHAIN_HALTED: {"still_seconds": round(pulse.still_for, 1), "peers": pulse.peers},
            Stall.INDEXER_STUCK: {"final": pulse.final, "indexed": seen.indexed, "round": seen.round_for},
        }
    return about[stall]
