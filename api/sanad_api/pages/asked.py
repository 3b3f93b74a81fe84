"""What the templates of the working pages ask for: views of what a route told, and what selections offer, in the
reader's language.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from sanad_api.callers import Role
from sanad_api.pages.batch_view import batch_shown
from sanad_api.pages.consignment_view import MOVES, Step, custody_line, events_about, stops_of
from sanad_api.pages.exchange_view import VIEWS
from sanad_api.pages.formation_view import ACTS, CARGO, CUSTODY_ACTS, DRAWING_ACTS
from sanad_api.pages.map import Drawing, draw
from sanad_api.pages.schema_form import mistakes
from sanad_node import types
from sanad_node.findings.report import SEVERITIES
from sanad_node.titles.acting import NAMES
from sanad_node.wire import ActView
from sanad_node.wire.catalogue import reasons
from sanad_verifier.entries import Condition
from sanad_verifier.title_words import Why

Choice = tuple[str, str]
OFFICES = ("CUSTOMS", "BANK", "CARRIER", "AUCTION", "WAREHOUSE", "TRADER", "COURT")


@pass_context
def _drawing(context: Context, steps: tuple[Step, ...]) -> Drawing:
    return draw(stops_of(steps), context["lang"])


@pass_context
def _act_title(context: Context, act: ActView) -> str:
    """What an act is called; a proposal is called what it proposes."""
    what: str = context["w"].of("act", act.what)
    told: str = context["w"].known(f"act.{act.about.get('call', '')}", what)
    return told


@pass_context
def _reasons(context: Context) -> list[Choice]:
    return [(name, context["w"].of("why", name)) for name in reasons()]


@pass_context
def _conditions(context: Context) -> list[Choice]:
    names = [one.name.lower().replace("_", "-") for one in Condition]
    return [("" if one == "not-stated" else one, context["w"].of("condition", one)) for one in names]


@pass_context
def _cargo(context: Context) -> list[Choice]:
    return [(name, context["w"].of("cargo", name)) for name in CARGO]


@pass_context
def _offices(context: Context) -> list[Choice]:
    return [(name, context["w"].of("office", name)) for name in OFFICES]


@pass_context
def _titles(context: Context) -> list[Choice]:
    """Document types by their titles."""
    return [(kind.name, kind.title.in_language(context["lang"])) for kind in types.registry().values()]


@pass_context
def _titled(context: Context, name: str) -> str:
    """The title of a document type; its name, where this version does not know it."""
    kind = types.registry().get(name)
    return name if kind is None else kind.title.in_language(context["lang"])


@pass_context
def _whys(context: Context) -> list[Choice]:
    """Why a bill is given back to be replaced."""
    return [(why.name, context["w"].of("why_amended", why.name)) for why in Why if why]


@pass_context
def _roles(context: Context) -> list[Choice]:
    return [(str(role), context["w"].of("role", str(role))) for role in Role]


def _rules(told: Mapping[str, tuple[str, str]]) -> list[Choice]:
    """The rules of findings by their titles."""
    return sorted(((name, title) for name, (title, _) in told.items()), key=lambda one: one[1])


@pass_context
def _severities(context: Context) -> list[Choice]:
    return [(name, context["w"].of("severity", name)) for name in SEVERITIES]


@pass_context
def _answers(context: Context, names: Iterable[str]) -> list[Choice]:
    return [(name, context["w"].of("answer_reason", name)) for name in names]


def _codes(codes: Iterable[str]) -> list[Choice]:
    return [(code, code) for code in codes]


def _acts() -> tuple[str, ...]:
    """Acts that a scope can allow."""
    return (*ACTS, *DRAWING_ACTS, *CUSTODY_ACTS)


ASKED: Mapping[str, Any] = {
    "custody_line": custody_line,
    "events_about": events_about,
    "moves": MOVES,
    "bill_acts": NAMES,
    "why_choices": _whys,
    "act_title": _act_title,
    "drawing_of": _drawing,
    "batch_shown": batch_shown,
    "mistakes": mistakes,
    "reason_choices": _reasons,
    "condition_choices": _conditions,
    "cargo_choices": _cargo,
    "office_choices": _offices,
    "type_choices": _titles,
    "titled": _titled,
    "role_choices": _roles,
    "code_choices": _codes,
    "scope_acts": _acts,
    "rule_choices": _rules,
    "severity_choices": _severities,
    "answer_choices": _answers,
    **VIEWS,
}
"""Globals of the templates."""
