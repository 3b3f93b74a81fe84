"""Whose instruments a caller may see: the formation's own; all, for auditors and for formations that may draw now.

Who draws has to see what others have drawn: that is how a second use shows. What is not theirs to see is answered
exactly as what does not exist.
"""

from sanad_api.callers import Caller, Role
from sanad_node.desk import LocalDesk
from sanad_node.drawdown.accounts import UnknownInstrument
from sanad_node.wire import ScopeView
from sanad_node.wire.instruments import BalanceQuery, InstrumentView


def sees_all(desk: LocalDesk, caller: Caller) -> bool:
    """Whether the caller sees every formation's instruments."""
    if not caller.user or Role.AUDITOR in caller.roles:
        return True
    return may(desk, caller, "draw")


def may(desk: LocalDesk, caller: Caller, act: str) -> bool:
    """Whether a scope of the caller's formation allows an act now, on any type."""
    return any(act in scope.acts for scope in scopes(desk, caller))


def scopes(desk: LocalDesk, caller: Caller) -> list[ScopeView]:
    """The scopes by which the caller's formation may act now; none while it is suspended."""
    if not caller.formation:
        return []
    told, now = desk.formation(caller.formation), int(desk.node.clock())
    if told.suspended_at:
        return []
    return [
        scope
        for scope in told.scopes
        if scope.valid_from <= now and (not scope.valid_to or now < scope.valid_to)
    ]


def only_of(desk: LocalDesk, caller: Caller, named: str | None) -> str | None:
    """The formation whose instruments a list is limited to, None for all."""
    return named if sees_all(desk, caller) else caller.formation


def instrument_for(
    desk: LocalDesk, caller: Caller, identifier: str, query: BalanceQuery = BalanceQuery()
) -> InstrumentView:
    """What the instrument that is meant stands at; `UnknownInstrument` if the caller may not know of it."""
    whole = sees_all(desk, caller)
    if not whole and query.issuer is not None and not caller.belongs_to(query.issuer.upper()):
        raise UnknownInstrument("there is no such document", field="INSTRUMENT")
    if not whole:  # one that is foreign neither is found nor makes one's own ambiguous
        query = query.model_copy(update={"issuer": query.issuer or caller.formation})
    return desk.balance(identifier, query)
