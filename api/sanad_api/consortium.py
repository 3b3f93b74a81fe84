"""What a service does for a network of several administrations: it brings members' cosignatures together, and looks
once a day whether both ways to trust the log agree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from sanad_api.rounds import Rounds
from sanad_node import proving
from sanad_node.consortium.cosigning import Heard, MemberDisagrees, collect
from sanad_node.engines.mirror import MIRROR
from sanad_node.node import EMBEDDED, Node
from sanad_node.proving import TrustPathsDiffer
from sanad_node.watching import clock_ahead
from sanad_verifier.errors import EvidenceError

log = structlog.get_logger("sanad.consortium")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the last looks came to. `members` were asked, `cosigned` of them stand under our checkpoint, `disagreeing`
    have signed another log. `checked_at` is when both ways to trust the log were compared last (seconds, 0: never), and
    `paths_agree` whether they agreed.
    """

    members: int = 0
    cosigned: int = 0
    disagreeing: int = 0
    oldest: int = 0
    checked_at: int = 0
    paths_agree: bool = True
    clock_ahead: int = 0
    """Seconds that our clock is ahead of those of most members who answered, us among them; 0 where most agree."""

    @property
    def alarm(self) -> str:
        """The code of what a person has to look at, empty for nothing."""
        if not self.paths_agree:
            return TrustPathsDiffer.code
        return MemberDisagrees.code if self.disagreeing else ""


class ConsortiumWork:
    """Start with `start`, end with `stop`. On the embedded chain, and without a chain, it does nothing."""

    def __init__(self, node: Node, cosign_every: float, check_every: float) -> None:
        self._node = node
        self._concerned = node.network.engine not in {EMBEDDED, MIRROR}
        self.agreement = Agreement()
        self._rounds = (
            Rounds("members", cosign_every, self._cosign),
            Rounds("cross-check", check_every, self._check),
        )

    def start(self) -> None:
        if self._concerned:
            for one in self._rounds:
                one.start()

    def stop(self) -> None:
        if self._concerned:
            for one in self._rounds:
                one.stop()

    def _cosign(self, go_on: Callable[[], bool]) -> None:
        self._note(collect(self._node, go_on))

    def _note(self, told: Sequence[Heard]) -> None:
        times = [one.time for one in told if one.merged]
        self.agreement = replace(
            self.agreement,
            members=len(told),
            cosigned=len(times),
            disagreeing=sum(one.code == MemberDisagrees.code for one in told),
            oldest=min(times, default=0),
            clock_ahead=clock_ahead([one.ahead for one in told if one.ahead is not None]),
        )

    def _check(self, _go_on: Callable[[], bool]) -> None:
        try:
            checked = proving.cross_check(self._node)
        except EvidenceError as error:
            log.error("trust_paths_differ", code=error.code, field=error.field)
            self._compared(int(self._node.clock()), agree=False)
            raise
        self._compared(checked.time, agree=True)

    def _compared(self, at: int, *, agree: bool) -> None:
        self.agreement = replace(self.agreement, checked_at=at, paths_agree=agree)
