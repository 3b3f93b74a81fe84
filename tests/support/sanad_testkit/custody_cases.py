"""A journey from the case of a rule's file: acts at hours after setting out."""

from collections.abc import Mapping
from typing import Any

from sanad_node.custody_marks import marks_of
from sanad_node.findings.journeys import HOUR, Journey, JourneyStep
from sanad_node.reading import LoggedEntry
from sanad_testkit.devices import salt
from sanad_verifier.entries import Condition, Entry, Kind, Terms, encode_entry
from sanad_verifier.readings import Reading

BEGIN = 1_790_000_000 // HOUR * HOUR
BOX = b"\x0b" * 32
OFFICES = {"register": 1, "ship": 1, "receive": 2, "readings": 1, "observe": 3}
CODES = {1: "CARRIER", 2: "PORT", 3: "KAPW"}


def logged(index: int, kind: Kind, time: int, terms: Terms, formation: int) -> LoggedEntry:
    """An entry with terms, as the reader gives it."""
    entry = Entry(kind, b"\xaa" * 20, formation, "CONTAINER", BOX, terms.pack(), bytes(32), time)
    return LoggedEntry(index, index, bytes(32), encode_entry(entry), entry)


def journey_of(case: Mapping[str, Any]) -> Journey:
    """The journey that a case tells."""
    entries: dict[int, LoggedEntry] = {}
    steps: list[JourneyStep] = []
    declared: dict[int, JourneyStep] = {}
    for index, act in enumerate(case["acts"]):
        if act["act"] == "error":
            by = steps[act["about"]].formation
            declared[act["about"]] = JourneyStep(index, BEGIN + int(act["at"] * HOUR), "error_declared", by)
            steps.append(declared[act["about"]])
            continue
        formation, time = OFFICES[act["act"]], BEGIN + int(act["at"] * HOUR)
        if act["act"] == "readings":
            readings = tuple(_reading(one) for one in act["readings"])
            steps.append(JourneyStep(index, time, "observe_batch", CODES[formation], readings=readings))
            continue
        condition = Condition[act.get("condition", "NOT_STATED")]
        seal = act.get("seal", "").encode().ljust(12, b"\0")
        taker = {"ship": 2, "receive": formation}.get(act["act"], 0)
        terms = Terms(taker, act.get("place", ""), condition, act.get("quantity", 0), seal)
        entries[index] = logged(index, Kind[act["act"].upper()], time, terms, formation)
        steps.append(
            JourneyStep(
                index,
                time,
                act["act"],
                CODES[formation],
                terms.place,
                terms.quantity,
                condition,
                act.get("corridor", ""),
            )
        )
    marks = marks_of(list(entries.values()), declared)
    told = tuple(_marked(one, marks.get(one.entry, ())) for one in steps if one.entry not in declared)
    struck = tuple((_marked(steps[i], marks.get(i, ())), one) for i, one in declared.items())
    until = BEGIN + case["until"] * HOUR
    return Journey(BOX.hex(), "CONTAINER", "MSKU1234565", until, told, (), struck)


def _marked(step: JourneyStep, marks: Any) -> JourneyStep:
    members = {name: getattr(step, name) for name in JourneyStep.__dataclass_fields__}
    return JourneyStep(**{**members, "marks": marks})


def _reading(told: Mapping[str, Any]) -> Reading:
    time = BEGIN + int(told["at"] * HOUR)
    return Reading(
        time,
        told.get("lat", ""),
        told.get("lon", ""),
        told.get("seal", ""),
        told.get("tamper", False),
        salt(time),
    )
