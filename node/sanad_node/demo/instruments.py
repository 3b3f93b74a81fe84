"""The chapter on one instrument used twice: who may draw, who loses a race, and what never comes back."""

import json
from collections.abc import Callable
from typing import Any

from sanad_node import finding, issuing, standing, types
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage
from sanad_node.drawdown import accounts, acting
from sanad_node.drawdown.reading import InstrumentRecord
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act
from sanad_node.pipeline.refusals import ActRefused
from sanad_node.reading import DocumentRecord
from sanad_node.supporting import parents_answer
from sanad_verifier.entries import Reason

BANK, CUSTOMS = "SNB-KHI-0001", "KAPW"
NUMBER = "SNB-IMP-000912-01092026"
FIRST, SECOND, RIVAL, OTHER_RIVAL = (
    f"KAPW-HC-{serial}-18-09-2026" for serial in (31001, 31002, 31003, 31004)
)


def double_use(stage: Stage) -> None:
    """One financial instrument of 50,000 dollars, and declarations for more than that."""
    run, told = stage.record.run, _Instrument(stage.node)
    run("instrument: the bank opens a financial instrument over USD 50,000", "final", told.opened)
    run("instrument: declarations for USD 90,000 are filed on it", "final", told.filed)
    run("instrument: the first draws USD 30,000", "final 20000.00 USD left", told.draws(FIRST))
    run("instrument: the first is checked: is its balance there?", "yes BALANCES_HOLD", told.checked(FIRST))
    run(
        "instrument: the second wants USD 30,000 of it, too", "refused DRAWDOWN_OVERDRAWN", told.draws(SECOND)
    )
    run("instrument: what the second is told", "20000.00 USD left", told.hears(SECOND))
    run("instrument: the second is checked", "no NOT_DRAWN", told.checked(SECOND))
    run("instrument: two for USD 15,000 each race for the rest", "final 1, refused 1", told.race)
    run("instrument: the goods of the first leave the port", "final", told.released(FIRST))
    run("instrument: the first is cancelled after that", "final", told.cancelled(FIRST))
    run("instrument: and is to refill the instrument", "refused DRAWDOWN_RELEASED", told.given_back(FIRST))
    run("instrument: the winner, in force, gives back", "refused DRAWDOWN_NOT_CANCELLED", told.winner_returns)
    run(
        "instrument: cancelled before the goods leave, it may", "final 20000.00 USD left", told.winner_cancels
    )
    run("instrument: what was left after the first draw", "20000.00 USD left of 50000.00", told.stood)


class _Instrument:
    """The instrument and its declarations, as the two offices enter them."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._digests: dict[str, str] = {}
        self._first = 0
        self._winner = ""

    def opened(self) -> Outcome:
        told = _sample("PSW_FI") | {"finInsUniqueNumber": NUMBER, "financialInstrumentValue": "50000.0000"}
        told["expiryDate"] = "2099-12-31"  # so that the story can be told for a while
        digest = self._issue("PSW_FI", told, BANK)
        self._digests[NUMBER] = digest
        done = acting.open_instrument(self._node, finding.document(self._node, digest))
        return done.state, ""

    def filed(self) -> Outcome:
        for number, amount in ((FIRST, 30), (SECOND, 30), (RIVAL, 15), (OTHER_RIVAL, 15)):
            named = {"type": "PSW_FI", "number": NUMBER, "consumedValue": f"{amount}000.0000"}
            told = _sample("GOODS_DECLARATION") | {"gdNumber": number, "financialInstruments": [named]}
            self._digests[number] = self._issue("GOODS_DECLARATION", told, CUSTOMS)
        return "final", ""

    def draws(self, number: str) -> Callable[[], Outcome]:
        def draw() -> Outcome:
            done = self._draw(number)
            self._first = self._first or done.block or 0
            return done.state, f"{self._left()} left"

        return draw

    def hears(self, number: str) -> Callable[[], Outcome]:
        def hear() -> Outcome:
            try:
                self._draw(number)
            except ActRefused as error:
                return "", error.message.rpartition("(")[2].rstrip(")")
            return "", "drawn"

        return hear

    def checked(self, number: str) -> Callable[[], Outcome]:
        def check() -> Outcome:
            answer = parents_answer(self._node, self._document(number))
            return answer.answer.value, answer.reason

        return check

    def race(self) -> Outcome:
        """Both are promised before either is carried to the chain."""
        node, rivals = self._node, (RIVAL, OTHER_RIVAL)
        node.carrier = _Busy()
        try:
            promised = [self._draw(number) for number in rivals]
        finally:
            node.carrier = None
        node.pump()
        states = [act.state for act in node.outbox.many([act.id for act in promised])]
        self._winner = rivals[states.index("final")]
        return "", ", ".join(f"{state} {states.count(state)}" for state in sorted(set(states)))

    def released(self, number: str) -> Callable[[], Outcome]:
        return lambda: (
            acting.release(self._node, self._document(number), formation=CUSTOMS).state,
            "",
        )

    def cancelled(self, number: str) -> Callable[[], Outcome]:
        def cancel() -> Outcome:
            document = self._document(number)
            reason = Reason.CANCELLED_AT_HOLDERS_REQUEST
            return standing.change_standing(self._node, document, "revoke", reason=reason).act.state, ""

        return cancel

    def given_back(self, number: str) -> Callable[[], Outcome]:
        def give_back() -> Outcome:
            done = acting.return_draw(
                self._node,
                self._instrument(),
                self._document(number),
                formation=CUSTOMS,
                reason=Reason.CANCELLED_AT_HOLDERS_REQUEST,
            )
            return done.state, f"{self._left()} left"

        return give_back

    def winner_returns(self) -> Outcome:
        return self.given_back(self._winner)()

    def winner_cancels(self) -> Outcome:
        self.cancelled(self._winner)()
        return self.given_back(self._winner)()

    def stood(self) -> Outcome:
        when = accounts.moment(self._node, block=self._first)
        then = accounts.balance(self._node, self._instrument(), when)
        return "", f"{then.left} {then.code} left of {then.total}"

    def _issue(self, doc_type: str, told: dict[str, Any], by: str) -> str:
        content = types.prepare(types.get(doc_type), json.dumps(told).encode())
        ready = issuing.ready_to_issue(self._node, content, doc_type=doc_type, formation=by)
        return issuing.issue(self._node, ready).digest.hex()

    def _draw(self, number: str) -> Act:
        return acting.draw(self._node, self._instrument(), self._document(number), formation=CUSTOMS)

    def _document(self, number: str) -> DocumentRecord:
        return finding.document(self._node, self._digests[number])

    def _instrument(self) -> InstrumentRecord:
        return accounts.find(self._node, NUMBER)

    def _left(self) -> str:
        return accounts.left(self._node, self._instrument())


class _Busy:
    """A carrier that is busy elsewhere: what is promised waits."""

    def kick(self) -> None:
        return


def _sample(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(types.get(name).read_sample())
    del told["salt"]
    return told
