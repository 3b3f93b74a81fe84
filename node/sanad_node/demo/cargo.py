"""Chapters about cargo: two signatures for each hand-over, and what custody does not allow."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sanad_node import custody, finding
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


def holds(stage: Stage) -> None:
    """A court holds the vehicle: nobody moves it. Then both sides sign at one table, in one transaction."""
    node = stage.node
    cargo = stage.listed("consignments.json")[1]

    def hold() -> Outcome:
        done = custody.hold(node, consignment(stage, cargo), formation="SCC-KHI", reason=Reason.COURT_ORDER)
        return done.act.state, ""

    def lift() -> Outcome:
        done = custody.lift(node, consignment(stage, cargo), formation="SCC-KHI", reason=Reason.ORDER_VACATED)
        return done.act.state, ""

    def hand_over() -> Outcome:
        stated = custody.Particulars("PKKHI", 204, "packages", Condition.GOOD, "NSL13387")
        done = custody.hand_over(
            node, consignment(stage, cargo), formation="KSCT", taker="INDUS-BOND", particulars=stated
        )
        return done.act.state, ""

    name = cargo["reference"]
    run = stage.record.run
    run(f"{name}: a court puts it on hold", "final", hold)
    run(f"{name}: handed over while on hold", "refused CUSTODY_ON_HOLD", hand_over)
    run(f"{name}: the court lifts its hold", "final", lift)
    run(f"{name}: handed over, both signatures in one transaction", "final", hand_over)
    run(
        "a consignment nobody registered",
        "refused UNKNOWN_CONSIGNMENT",
        lambda: (str(finding.consignment(node, "MSKU0000000")), ""),
    )
