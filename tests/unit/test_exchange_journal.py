"""Which waiting messages may go, what is open, what is not delivered: asked of either store, and held against what is
worked out row by row.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, insert
from sqlalchemy.exc import IntegrityError

from sanad_node.exchange import journal
from sanad_node.store.exchange_tables import messages
from sanad_node.store.office_tables import metadata
from sanad_testkit.stores import Databases

NOW = 1000
BEHIND = "NOT_ON_THE_LEDGER_YET"
Row = dict[str, Any]


def row(number: int, **more: Any) -> Row:
    told: Row = {
        "id": number.to_bytes(32), "way": "out", "partner": 2, "kind": "alert", "agreement": bytes(32), "reply": None,
        "deadline": 0, "digest": bytes(32), "note": b"note", "content": b"{}", "subject": "", "state": "queued",
        "next_at": 0, "code": None, "at": 1,
    }  # fmt: skip
    return {**told, **more}


def put(office: Engine, rows: Sequence[Row]) -> None:
    with office.begin() as connection:
        connection.execute(delete(messages))
        if rows:
            connection.execute(insert(messages), list(rows))


def may_go(rows: Sequence[Row]) -> list[bytes]:
    """The slow way: of each partner in order, until one has to wait; past one that is behind, all but its subject."""
    stopped: set[int] = set()
    held: set[tuple[int, str]] = set()
    found = []
    for one in rows:
        if one["state"] != "queued":
            continue
        if one["next_at"] > NOW:
            if one["code"] == BEHIND:
                held.add((one["partner"], one["subject"]))
            else:
                stopped.add(one["partner"])
        if one["partner"] not in stopped and (one["partner"], one["subject"]) not in held:
            found.append(one["id"])
    return found


MADE = st.lists(
    st.fixed_dictionaries(
        {
            "partner": st.sampled_from([2, 3]),
            "subject": st.sampled_from(["", "a", "b"]),
            "state": st.sampled_from(["queued", "queued", "delivered", "refused"]),
            "next_at": st.sampled_from([0, NOW, NOW + 1]),
            "code": st.sampled_from([None, BEHIND, "PARTNER_UNREACHABLE"]),
        }
    ),
    max_size=9,
)


@pytest.fixture(scope="module")
def memory() -> Engine:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    return engine


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=MADE, limit=st.integers(1, 9))
def test_what_may_go_is_what_the_slow_way_finds(memory: Engine, made: list[Row], limit: int) -> None:
    rows = [row(number, **one) for number, one in enumerate(made, start=1)]
    put(memory, rows)
    assert [one.id for one in journal.waiting(memory, NOW, limit)] == may_go(rows)[:limit]


def test_either_store_says_what_may_go_what_is_open_and_what_is_not_delivered(databases: Databases) -> None:
    office = databases.open("office")
    behind = row(1, subject="a", next_at=NOW + 9, code=BEHIND, tries=1)
    lost = row(4, state="refused", code="AGREEMENT_FORBIDS", kind="request", deadline=5)
    word = {"kind": "agreement", "agreement": b"\x07" * 32}
    rows = [
        behind, row(2, subject="a"), row(3, subject="b"), lost,
        row(5, way="in", state="received", kind="request", deadline=NOW + 9),
        row(6, way="in", state="received", kind="request"),
        row(7, way="in", state="received", kind="request", deadline=NOW - 9),
        row(8, state="delivered", kind="answer", reply=(6).to_bytes(32)),
        row(9, partner=3, state="refused", code="MESSAGE_UNREADABLE", **word),
        row(10, partner=3, state="delivered", **word),
    ]  # fmt: skip
    put(office, [{"tries": 0, **one} for one in rows])
    assert [one.id[-1] for one in journal.waiting(office, NOW, 9)] == [3]
    assert [one.id[-1] for one in journal.unanswered(office)] == [7, 5]
    assert journal.counted(office, NOW) == journal.Counted(waiting=3, to_answer=2, asked=0, overdue=1)
    newest, more = journal.undelivered(office, limit=3)
    assert [one.id[-1] for one in newest] == [9, 4, 3]
    assert more is not None
    assert [one.id[-1] for one in journal.undelivered(office, before=more)[0]] == [2, 1]
    assert journal.agreements_undelivered(office) == {}  # what was turned down has been said again
    with pytest.raises(IntegrityError), office.begin() as connection:
        connection.execute(insert(messages), [row(11, kind="answer", reply=(6).to_bytes(32))])
