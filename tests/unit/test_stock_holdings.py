"""Where things are, by their papers: from plain papers, without a chain."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.stock.filed import DEPOSIT, LOT, ORDER, PASS, RECEIPT, SEIZURE, Filed
from sanad_node.stock.holdings import Holdings, holdings

AGENCY, FIRST, SECOND, CELL = 1, 2, 3, 4
CAR = b"c" * 32


def digest(number: int) -> bytes:
    return number.to_bytes(32)


def filed(entry: int, doc_type: str, issuer: int, *rests: Filed, thing: bytes = CAR) -> Filed:
    return Filed(
        doc_type, digest(entry), issuer, entry, 1000 + entry, thing, tuple(one.name for one in rests)
    )


S = filed(1, SEIZURE, AGENCY)
D = filed(2, DEPOSIT, FIRST, S)
L = filed(3, LOT, CELL, D)
R = filed(4, RECEIPT, CELL, L)
O = filed(5, ORDER, CELL, R)  # noqa: E741 - the letters of the five papers
P = filed(6, PASS, FIRST, O)
USED = replace(P, used=7, used_at=1007)
CHAIN = [S, D, L, R, O, P]


def where(told: Holdings) -> list[tuple[int, int]]:
    """Warehouse and deposit of each thing that is in one."""
    return [(one.deposit.issuer, one.deposit.entry) for one in told.held]


@pytest.mark.parametrize(
    ("papers", "stage"), [(2, "deposited"), (3, "lot"), (4, "sold"), (5, "ordered"), (6, "passed")]
)
def test_a_thing_stays_in_until_its_pass_is_used(papers: int, stage: str) -> None:
    told = holdings(CHAIN[:papers])
    assert [(one.stage, one.deposit) for one in told.held] == [(stage, D)]
    assert (told.gone, told.undeposited) == ((), ())
    gone = holdings([*CHAIN[:5], USED])
    assert (gone.held, gone.undeposited) == ((), ())
    assert [(one.deposit, one.seizure, one.on) for one in gone.gone] == [(D, S, USED)]


def test_a_used_pass_that_was_revoked_let_nothing_out() -> None:
    assert where(holdings([*CHAIN[:5], replace(USED, state="revoked")])) == [(FIRST, 2)]


def test_a_suspended_paper_moves_nothing() -> None:
    told = holdings([replace(S, state="suspended"), replace(D, state="suspended")])
    assert where(told) == [(FIRST, 2)]
    assert told.held[0].seizure == replace(S, state="suspended")


def test_a_revoked_deposit_leaves_the_thing_in_no_warehouse() -> None:
    told = holdings([S, replace(D, state="revoked")])
    assert (told.held, told.undeposited) == ((), (S,))
    assert holdings([replace(S, state="revoked")]).undeposited == ()


def test_a_corrected_paper_stands_in_the_place_of_the_first() -> None:
    seizure = filed(8, SEIZURE, AGENCY)
    deposit = filed(9, DEPOSIT, FIRST, S)
    told = holdings(
        [
            replace(S, state="superseded", replacement=seizure.digest),
            replace(D, state="superseded", replacement=deposit.digest),
            L,
            seizure,
            deposit,
        ]
    )
    (one,) = told.held
    assert (one.deposit, one.seizure, one.since, one.stage) == (deposit, seizure, D.time, "lot")
    assert told.undeposited == ()


def test_a_thing_lies_where_it_was_deposited_last_and_the_other_deposit_is_told() -> None:
    moved = filed(3, DEPOSIT, SECOND, S)
    (one,) = holdings([S, D, moved]).held
    assert (one.deposit, one.earlier) == (moved, (FIRST,))
    lot = filed(4, LOT, CELL, moved)
    out = replace(filed(5, PASS, SECOND, lot), used=6)
    assert holdings([S, D, moved, lot, out]).held == ()
    assert where(holdings([S, D, replace(moved, state="revoked")])) == [(FIRST, 2)]


def test_a_thing_that_is_seized_again_is_in_again() -> None:
    again = filed(8, SEIZURE, AGENCY)
    assert holdings([*CHAIN[:5], USED, again]).undeposited == (again,)
    back = filed(9, DEPOSIT, SECOND, again)
    told = holdings([*CHAIN[:5], USED, again, back])
    assert where(told) == [(SECOND, 9)]
    assert [one.deposit for one in told.gone] == [D]


def test_papers_that_name_each_other_end() -> None:
    one, other = filed(1, LOT, CELL), filed(2, LOT, CELL)
    round_about = [
        replace(one, state="superseded", replacement=other.digest, parents=(other.name,)),
        replace(other, state="superseded", replacement=one.digest, parents=(one.name,)),
    ]
    assert holdings(round_about) == Holdings((), (), ())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.booleans(), st.sampled_from(["active", "suspended", "revoked"])),
        max_size=6,
    )
)
def test_each_thing_is_in_at_most_one_warehouse_that_of_its_last_deposit(
    steps: list[tuple[str, bool, str]],
) -> None:
    """Against the obvious: walk the deposits of each thing backwards past the revoked ones."""
    papers: list[Filed] = []
    last: dict[bytes, tuple[int, bool]] = {}
    for place, (thing, out, state) in enumerate(steps):
        entry, mark = 10 * place, thing.encode() * 32
        seizure = filed(entry, SEIZURE, AGENCY, thing=mark)
        deposit = replace(filed(entry + 1, DEPOSIT, FIRST, seizure, thing=mark), state=state)
        papers += [seizure, deposit]
        if out:
            passed = filed(entry + 2, PASS, FIRST, deposit, thing=mark)
            papers.append(replace(passed, used=entry + 3))
        if out or state != "revoked":
            last[mark] = (entry + 1, out)
    expected = sorted(entry for entry, out in last.values() if not out)
    assert [one.deposit.entry for one in holdings(papers).held] == expected
