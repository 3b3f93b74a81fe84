"""Chapters about cargo: two signatures for each hand-over, and what custody does not allow."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from sanad_node import court_orders, custody, finding, governance, issuing, policing, types
from sanad_node.acting import word
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage, consignment
from sanad_verifier.entries import Condition, Reason


def hand_overs(stage: Stage) -> None:
    """Every hand-over of the samples, two signatures each; a refusal for shortage; and what custody does
    not allow.
    """
    for cargo in stage.listed("consignments.json"):
        for place, step in enumerate(cargo["steps"]):
            if step["act"] in {"hold", "lift"}:
                continue
            words = f"{cargo['reference']}: {step['as']} {step['act']}s" + (
                f" to {step['to']}" if "to" in step else ""
            )
            stage.record.run(words, "final", partial(_move, stage, cargo, step))
            if place == 1 and cargo["kind"] == "CONTAINER" and cargo["reference"].startswith("TCLU"):
                _what_custody_refuses(stage, cargo)


def _what_custody_refuses(stage: Stage, cargo: dict[str, Any]) -> None:
    """While the container is on its way from the line to the terminal."""

    def act(step: dict[str, Any]) -> Callable[[], Outcome]:
        return lambda: _move(stage, cargo, step)

    run = stage.record.run
    stranger = {"act": "receive", "as": "FSD-BWH", "quantity": 200}
    run("a stranger receives it", "refused CUSTODY_NOT_THE_TAKER", act(stranger))
    run(
        "the holder receives it itself", "refused CUSTODY_NOT_THE_TAKER", act({**stranger, "as": "SMPL-LINE"})
    )
    again = {"act": "ship", "as": "SMPL-LINE", "to": "FSD-BWH", "quantity": 200}
    run("the holder ships it a second time", "refused CUSTODY_IN_TRANSIT", act(again))


def _move(stage: Stage, cargo: dict[str, Any], step: dict[str, Any]) -> Outcome:
    node = stage.node
    named = (
        cargo["documents"] if step["act"] == "register" else [step["evidence"]] if "evidence" in step else []
    )
    stated = custody.Particulars(
        place=step.get("place", ""),
        quantity=step.get("quantity", 0),
        unit=cargo["unit"],
        condition=Condition[step.get("condition", "not stated").upper().replace(" ", "_")],
        seal=step.get("seal", ""),
        note=step.get("note", ""),
        documents=tuple(stage.digests[name].hex() for name in named),
    )
    if step["act"] == "register":
        done = custody.register(
            node, kind=cargo["kind"], reference=cargo["reference"], formation=step["as"], particulars=stated
        )
        return done.act.state, ""
    moved = consignment(stage, cargo)
    if step["act"] == "ship":
        done = custody.ship(node, moved, formation=step["as"], taker=step["to"], particulars=stated)
    else:
        refuse = step["act"] == "refuse"
        done = custody.receive(node, moved, formation=step["as"], particulars=stated, refuse=refuse)
    return done.act.state, ""


COURT = "SCC-KHI"


class _Court:
    """A court that enters its orders, and puts a hold on a consignment by them."""

    def __init__(self, stage: Stage, cargo: dict[str, Any]) -> None:
        self._stage, self._node, self._cargo = stage, stage.node, cargo

    def join(self) -> Outcome:
        """Members decide that orders are courts', and that this court enters them."""
        node = self._node
        policing.propose(node, [court_orders.DOC_TYPE])
        number = node.reader.formation(COURT).number
        acts = governance.scope_word(["enter", "suspend", "reinstate", "withdraw"])
        call = ("Formations", "setScope", (number, word(court_orders.DOC_TYPE), acts, 0, 0))
        return governance.propose_all(node, [call])[-1].act.state, ""

    def order(self, number: str, decision: str) -> Outcome:
        """The court decides about this container."""
        kind = types.get(court_orders.DOC_TYPE)
        told = json.loads(kind.read_sample())
        told.pop("salt")
        told.pop("vehicle")
        today = datetime.fromtimestamp(self._node.clock(), UTC).date().isoformat()
        told |= {"orderNumber": number, "decision": decision, "containerNumber": self._cargo["reference"]}
        told |= {"decidedOn": today, "effectiveFrom": today, "issueDate": today}
        told.pop("validUntil")
        content = types.prepare(kind, json.dumps(told).encode())
        ready = issuing.ready_to_issue(
            self._node, content, doc_type=kind.name, formation=COURT, rests=issuing.Rests()
        )
        return issuing.issue(self._node, ready).act.state, ""

    def hold(self, order: str = "") -> Outcome:
        return self._acts("hold", Reason.COURT_ORDER, order)

    def lift(self, order: str = "") -> Outcome:
        return self._acts("lift", Reason.ORDER_VACATED, order)

    def _acts(self, act: Literal["hold", "lift"], reason: Reason, order: str) -> Outcome:
        found = consignment(self._stage, self._cargo)
        digest = court_orders.order_for(self._node, order, found, act).digest if order else b""
        do = custody.hold if act == "hold" else custody.lift
        return do(self._node, found, formation=COURT, reason=reason, order=digest).act.state, ""


def holds(stage: Stage) -> None:
    """A court holds the container on its order: nobody moves it, and nobody lifts that without a later order. Then both
    sides sign at one table, in one transaction.
    """
    node = stage.node
    cargo = stage.listed("consignments.json")[1]
    court = _Court(stage, cargo)

    def hand_over() -> Outcome:
        stated = custody.Particulars("PKKHI", 204, "packages", Condition.GOOD, "NSL13387")
        done = custody.hand_over(
            node, consignment(stage, cargo), formation="KSCT", taker="INDUS-BOND", particulars=stated
        )
        return done.act.state, ""

    name = cargo["reference"]
    run = stage.record.run
    run("members decide who enters court orders", "final", court.join)
    run(f"{name}: a court orders a stay", "final", lambda: court.order("SCC-KHI-2026-0441", "STAY"))
    run(f"{name}: held by the court, with no order", "refused CUSTODY_ORDER_MISSING", court.hold)
    run(f"{name}: the court puts it on hold, on its order", "final", lambda: court.hold("SCC-KHI-2026-0441"))
    run(f"{name}: handed over while on hold", "refused CUSTODY_ON_HOLD", hand_over)
    run(f"{name}: the hold lifted without an order", "refused CUSTODY_ORDER_MISSING", court.lift)
    run(
        f"{name}: lifted on the stay itself",
        "refused COURT_ORDER_UNFIT",
        lambda: court.lift("SCC-KHI-2026-0441"),
    )
    run(f"{name}: the court lifts the stay", "final", lambda: court.order("SCC-KHI-2026-0508", "STAY_LIFTED"))
    run(f"{name}: the court lifts its hold, on that order", "final", lambda: court.lift("SCC-KHI-2026-0508"))
    run(f"{name}: handed over, both signatures in one transaction", "final", hand_over)
    run(
        "a consignment nobody registered",
        "refused UNKNOWN_CONSIGNMENT",
        lambda: (str(finding.consignment(node, "MSKU0000000")), ""),
    )
