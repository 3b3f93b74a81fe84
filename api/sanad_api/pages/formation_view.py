"""A formation as its page shows it: what each key is worth now, and its scopes in an order people read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sanad_node.pipeline.refusals import MESSAGES, ActRefused
from sanad_node.types import registry
from sanad_node.wire import FormationView, KeyView, ScopeView
from sanad_node.wire.successions import OfficeLine

Standing = Literal["in-force", "not-yet", "ended", "suspended", "compromised", "without-key"]
TONES: dict[Standing, Literal["good", "bad", "open", "old"]] = {
    "in-force": "good",
    "not-yet": "open",
    "ended": "old",
    "suspended": "bad",
    "compromised": "bad",
    "without-key": "open",
}
CODE = re.compile(r"[A-Z0-9-]{1,31}")
CARGO = ("CARGO", "CONTAINER", "VEHICLE", "LOT", "SAMPLE")
ACTS = ("issue", "issue-batch", "suspend", "reinstate", "supersede", "revoke")
DRAWING_ACTS = ("open", "amend", "draw", "return", "release")
CUSTODY_ACTS = (
    "register", "ship", "receive", "refuse", "recall", "hold", "lift", "observe", "observe-batch", "error-declared",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key and what it is worth. `since`: when the standing began, 0 where that is not said."""

    key: KeyView
    standing: Standing
    since: int

    @property
    def tone(self) -> str:
        return TONES[self.standing]


@dataclass(frozen=True, slots=True)
class ScopeShown:
    """What may be done with one kind of document or cargo."""

    type: str
    title: str
    cargo: bool
    acts: tuple[str, ...]
    valid_from: int
    valid_to: int
    in_force: bool


@dataclass(frozen=True, slots=True)
class FormationShown:
    told: FormationView
    standing: Standing
    keys: tuple[KeyShown, ...]
    papers: tuple[ScopeShown, ...]
    cargo: tuple[ScopeShown, ...]
    parent: str
    branches: tuple["Branch", ...]
    present: tuple[str, ...]
    present_since: int

    @property
    def tone(self) -> str:
        return TONES[self.standing]


@dataclass(frozen=True, slots=True)
class Branch:
    """An office in the tree of what became what, and those that took or take its place. `since` (seconds): when it took
    the place of the one above it, 0 for the first; `again`: it stands in the tree before, with all that came of it.
    """

    code: str
    since: int
    later: bool
    again: bool
    branches: tuple["Branch", ...]


def tree(line: OfficeLine) -> tuple[Branch, ...]:
    """What became what, from the offices that took nobody's place on. An office that came of several stands under each,
    and what came of it under the first.
    """
    shown: set[str] = set()

    def branch(code: str, since: int, later: bool) -> Branch:
        again = code in shown
        shown.add(code)
        after = () if again else [one for one in line.steps if one.predecessor == code]
        below = tuple(branch(one.successor, one.since, not one.in_effect) for one in after)
        return Branch(code, since, later, again and any(one.predecessor == code for one in line.steps), below)

    taking = {one.successor for one in line.steps}
    first = dict.fromkeys(one.predecessor for one in line.steps if one.predecessor not in taking)
    return tuple(branch(code, 0, False) for code in first)


def formation_shown(
    told: FormationView,
    now: int,
    language: Literal["en", "ur"],
    codes: dict[int, str],
    line: OfficeLine | None = None,
) -> FormationShown:
    """The formation at a time; `codes` names the formations that it refers to by number."""
    keys = tuple(_key(one, now) for one in told.keys)
    scopes = [_scope(one, now, language) for one in sorted(told.scopes, key=lambda one: one.type) if one.acts]
    return FormationShown(
        told,
        _standing(told, keys, now),
        keys,
        tuple(one for one in scopes if not one.cargo),
        tuple(one for one in scopes if one.cargo),
        codes.get(told.parent, ""),
        () if line is None else tree(line),
        () if line is None else tuple(line.present),
        0 if line is None else line.since,
    )


def obstacle(told: FormationView, act: str, address: str) -> str:
    """Why an act on a formation, or on its key of an address, comes to nothing as it stands: the code that the contract
    would refuse it with; empty if nothing is in the way.
    """
    key = next((one for one in told.keys if one.address == address), None)
    suspended = bool(told.suspended_at if key is None else key.suspended_at)
    if act == "suspend" and suspended:
        return "FORMATIONS_ALREADY_SUSPENDED"
    return "FORMATIONS_NOT_SUSPENDED" if act == "reinstate" and not suspended else ""


def must_be_free(code: str, taken: Iterable[str]) -> None:
    """Refuse a code that the contract would not give to a new formation."""
    name = "FORMATIONS_DUPLICATE_CODE" if code in taken else ""
    if not CODE.fullmatch(code):
        name = "FORMATIONS_BAD_CODE"
    if name:
        raise ActRefused(MESSAGES[name], code=name, field="code")


def _standing(told: FormationView, keys: tuple[KeyShown, ...], now: int) -> Standing:
    if told.suspended_at:
        return "suspended"
    window = _window(told.valid_from, told.valid_to, now)
    if window == "in-force" and not any(one.standing == "in-force" for one in keys):
        return "without-key"
    return window


def _key(key: KeyView, now: int) -> KeyShown:
    if key.compromised_from:
        return KeyShown(key, "compromised", key.compromised_from)
    if key.suspended_at:
        return KeyShown(key, "suspended", key.suspended_at)
    return KeyShown(key, _window(key.valid_from, key.valid_to, now), 0)


def _window(start: int, end: int, now: int) -> Literal["in-force", "not-yet", "ended"]:
    if start and now < start:
        return "not-yet"
    return "ended" if end and now >= end else "in-force"


def _scope(scope: ScopeView, now: int, language: Literal["en", "ur"]) -> ScopeShown:
    kind = registry().get(scope.type)
    order = {name: place for place, name in enumerate((*ACTS, *DRAWING_ACTS, *CUSTODY_ACTS))}
    return ScopeShown(
        scope.type,
        kind.title.in_language(language) if kind else "",
        scope.type in CARGO,
        tuple(sorted(scope.acts, key=lambda act: (order.get(act, len(order)), act))),
        scope.valid_from,
        scope.valid_to,
        _window(scope.valid_from, scope.valid_to, now) == "in-force",
    )
