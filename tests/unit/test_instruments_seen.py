"""Who sees every formation's instruments, by what their formation may do at that moment."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from sanad_api import instruments
from sanad_api.callers import Caller, Role
from sanad_node.desk import LocalDesk
from sanad_node.wire import FormationView, ScopeView

NOW = 1_790_000_000
OFFICER = Caller(7, "officer", "KAPW", frozenset({Role.ISSUER}))


def a_desk(*, suspended_at: int = 0, **changes: Any) -> LocalDesk:
    scope = {"type": "GOODS_DECLARATION", "acts": ["draw"], "valid_from": 0, "valid_to": 0, **changes}
    formation = FormationView(
        number=4,
        code="KAPW",
        kind="CUSTOMS",
        parent=0,
        valid_from=0,
        valid_to=0,
        suspended_at=suspended_at,
        keys=[],
        scopes=[ScopeView(**scope)],
    )
    made = SimpleNamespace(formation=lambda _: formation, node=SimpleNamespace(clock=lambda: NOW))
    return cast("LocalDesk", made)


@pytest.mark.parametrize("change", [
    pytest.param({"suspended_at": NOW - 1}, id="suspended"),
    pytest.param({"valid_from": NOW + 1}, id="not-yet"),
    pytest.param({"valid_to": NOW}, id="ended"),
    pytest.param({"acts": ["issue"]}, id="another-act"),
])  # fmt: skip
def test_who_may_not_draw_now_sees_only_their_own(change: dict[str, Any]) -> None:
    assert instruments.only_of(a_desk(), OFFICER, None) is None
    assert instruments.only_of(a_desk(**change), OFFICER, None) == "KAPW"
