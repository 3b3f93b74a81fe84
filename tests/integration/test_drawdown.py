"""Instruments on a real chain: drawn down by declarations, raced for, given back, closed; and what people are told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from sanad_node import finding, fsck, verifying
from sanad_node.acting import acting_key, request, word
from sanad_node.drawdown import accounts, acting, masking
from sanad_node.reindexing import compare, must_agree
from sanad_node.store.ledger_tables import instruments
from sanad_node.wire.instruments import AmendRequest, BalanceQuery, OpenRequest
from sanad_testkit import drawing_office
from sanad_testkit.drawing_office import NUMBER, Office, founded, office
from sanad_testkit.failing_commits import When, disk_error, fail_once
from sanad_verifier.drawdown_words import DrawWord
from sanad_verifier.errors import SanadError
from sanad_verifier.verdict import Is, Report

__all__ = ["founded", "office"]
pytestmark = pytest.mark.engine


class NobodyCarries:
    """A carrier that is busy elsewhere: what is promised waits."""

    def kick(self) -> None:
        return


def refused(do: Callable[[], object]) -> SanadError:
    with pytest.raises(SanadError) as error:
        do()
    return error.value


def parents(office: Office, digest: str) -> tuple[Is, str]:
    (report,) = verifying.verify(office.node, verifying.Asked(identifier=digest))
    assert isinstance(report, Report)
    return report.parents.answer, report.parents.reason


def test_one_instrument_for_two_consignments_and_a_refill_after_release(office: Office) -> None:
    """The fraud the draw-down is for, from opening to the last attempt."""
    fi = office.opened("1000.0000")
    first, second = office.declared(1, "600.0000"), office.declared(2, "600.0000")
    assert parents(office, first) == (Is.NO, "NOT_DRAWN")
    assert office.drawn(NUMBER, first).state == "final"  # by its number, as people have it
    assert parents(office, first) == (Is.YES, "BALANCES_HOLD")
    assert parents(office, fi) == (Is.YES, "BALANCE_HOLDS")

    twice = refused(lambda: office.drawn(fi, second))
    assert (twice.code, twice.field) == ("DRAWDOWN_OVERDRAWN", "INSTRUMENT")
    assert "400.00 USD left" in twice.message

    before = office.node.reader.position().block
    office.cancelled(first)
    assert parents(office, first) == (Is.YES, "BALANCES_HOLD")  # that it is revoked is another answer
    office.given_back(fi, first)
    assert parents(office, first) == (Is.NO, "DRAW_RETURNED")
    assert office.given_back(fi, first).replayed  # the same command is the same act
    assert refused(lambda: office.given_back(fi, first, key="2")).code == "DRAWDOWN_RETURNED_ALREADY"
    office.drawn(fi, second)
    office.released(second)
    office.cancelled(second)
    late = refused(lambda: office.given_back(fi, second))
    assert late.code == "DRAWDOWN_RELEASED"
    assert refused(lambda: office.released(first)).code == "DRAWDOWN_DECLARATION_NOT_IN_FORCE"

    told = office.balance(fi)
    assert (told.total, told.drawn, told.left, told.irregular) == ("1000.00", "600.00", "400.00", False)
    assert [(one.state, one.amount, one.number) for one in told.draws] == [
        ("released", "600.00", "KAPW-HC-2-18-09-2026"),
        ("returned", "600.00", "KAPW-HC-1-18-09-2026"),
    ]
    then = office.balance(fi, BalanceQuery(block=before))
    assert (then.drawn, then.left, [one.state for one in then.draws]) == ("600.00", "400.00", ["drawn"])
    assert then == office.balance(fi, BalanceQuery(block=before))
    assert refused(lambda: office.balance(fi, BalanceQuery(block=1))).code == "INSTRUMENT_NOT_YET_OPEN"
    assert office.instruments().instruments[0].left == "400.00"

    must_agree(compare(office.node))  # the projections follow from the log alone
    assert fsck.examine(office.node).findings == ()


def test_of_two_declarations_that_race_one_wins_and_the_other_hears_what_is_left(office: Office) -> None:
    """Both are promised before either is carried to the chain, as when two officers press the button at once."""
    node, fi = office.node, office.opened("1000.0000")
    rivals = {office.declared(1, "700.0000"): "KPQA", office.declared(2, "700.0000", by="KAPE"): "KAPE"}
    instrument = accounts.find(node, fi)
    node.carrier = NobodyCarries()
    promised = [
        acting.draw(node, instrument, finding.document(node, declared), formation=by)
        for declared, by in rivals.items()
    ]
    assert {act.state for act in promised} == {"accepted"}
    node.carrier = None
    node.pump()
    now = node.outbox.many([act.id for act in promised])
    assert sorted((act.state, act.code) for act in now) == [
        ("final", None),
        ("refused", "DRAWDOWN_OVERDRAWN"),
    ]
    told = office.balance(fi)
    assert (told.drawn, told.left, len(told.draws)) == ("700.00", "300.00", 1)
    loser = next(one for one in rivals if one != told.draws[0].declaration)
    again = refused(lambda: office.drawn(fi, loser, by=rivals[loser]))
    assert again.code == "DRAWDOWN_OVERDRAWN"
    assert "300.00 USD left" in again.message


def test_the_loser_of_a_race_hears_what_is_left_from_the_refusal_itself(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this node knew when it was asked was enough; the chain knew better."""
    fi, other, late = (
        office.opened("1000.0000"),
        office.declared(1, "700.0000"),
        office.declared(2, "700.0000"),
    )
    stale = accounts.find(office.node, fi)
    office.drawn(fi, other)
    monkeypatch.setattr(acting, "_must_be_left", lambda *_: None)
    late_record = finding.document(office.node, late)
    lost = refused(lambda: acting.draw(office.node, stale, late_record, formation="KPQA"))
    assert (lost.code, lost.field) == ("DRAWDOWN_OVERDRAWN", "INSTRUMENT")
    assert "300.00 USD left" in lost.message


def test_a_draw_asked_for_again_is_the_same_draw(office: Office) -> None:
    fi, declared = office.opened("600.0000"), office.declared(1, "600.0000")
    done = office.drawn(fi, declared, key="K-1")
    again = office.drawn(fi, declared, key="K-1")
    assert (again.entry, again.replayed) == (done.entry, True)  # though nothing is left for a second one
    assert refused(lambda: office.drawn(fi, declared, key="K-2")).code == "DRAWDOWN_OVERDRAWN"
    assert office.left(fi) == "0.00"


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_a_draw_whose_promise_failed_or_was_not_heard_is_drawn_once(office: Office, when: When) -> None:
    fi, declared = office.opened(), office.declared(1)
    fail_once(office.node.office, when, disk_error(office.node.office))
    with pytest.raises(SanadError):  # not acknowledged, whether it was promised or not
        office.drawn(fi, declared, key="K-1")
    done = office.drawn(fi, declared, key="K-1")
    assert (done.state, done.replayed) == ("final", when == "after_commit")
    told = office.balance(fi)
    assert (told.drawn, len(told.draws)) == ("600.00", 1)


def test_what_the_declaration_says_is_drawn_and_nothing_else(office: Office) -> None:
    fi = office.opened("1000.0000")
    declared = office.declared(1, "600.0000")
    assert refused(lambda: office.drawn(fi, declared, amount="599.99")).code == "DRAW_DIFFERS"
    unnamed = office.declared(2, None)
    assert refused(lambda: office.drawn(fi, unnamed, amount="1.00")).code == "NOT_ITS_INSTRUMENT"
    assert refused(lambda: office.drawn(fi, declared, by="KAPE")).code == "UNKNOWN_DOCUMENT"
    absent = office.put("GOODS_DECLARATION", drawing_office.declaration(3), "KPQA", keep=False)
    assert refused(lambda: office.drawn(fi, absent)).code == "DRAW_INCOMPLETE"
    assert refused(lambda: office.drawn(fi, absent, amount="600.005")).code == "AMOUNT_INVALID"
    office.drawn(fi, absent, amount="600.00")
    assert parents(office, absent) == (Is.NOT_CHECKED, "DRAWS_NOT_COMPARED")
    assert refused(lambda: office.drawn(declared, declared)).code == "UNKNOWN_INSTRUMENT"
    assert office.left(fi) == "400.00"


def test_an_amendment_follows_its_document_and_never_undercuts_what_is_drawn(office: Office) -> None:
    fi, declared = office.opened("1000.0000"), office.declared(1, "600.0000")
    office.drawn(fi, declared)
    less = office.replaced(fi, drawing_office.instrument("599.9900"))
    waiting = office.declared(2, "0.0100")
    assert (
        refused(lambda: office.drawn(fi, waiting)).code == "DRAWDOWN_NOT_IN_FORCE"
    )  # superseded, not yet amended
    below = refused(lambda: office.amend_instrument(fi, AmendRequest(document=less)))
    assert (below.code, below.field) == ("DRAWDOWN_BELOW_DRAWN", "--total")
    more = office.replaced(less, drawing_office.instrument("600.0100", expiryDate="2100-03-31"))
    wrong = refused(lambda: office.amend_instrument(fi, AmendRequest(document=more, total="700.00")))
    assert (wrong.code, wrong.field) == ("INSTRUMENT_DIFFERS", "--total")
    office.amend_instrument(fi, AmendRequest(document=more))
    office.drawn(more, waiting)
    told = office.balance(more)
    assert (told.total, told.left, told.document, told.irregular) == ("600.01", "0.00", more, False)
    assert parents(office, more) == (Is.YES, "BALANCE_HOLDS")
    must_agree(compare(office.node))


def test_a_quota_is_drawn_in_its_unit(office: Office) -> None:
    made = drawing_office.licence("250.0000")
    licence = office.put("QUOTA_LICENCE", made, "SLA")
    office.open_instrument(OpenRequest(document=licence))
    quotas = [{"number": "SLA-Q-2026-0099", "quantity": "120.5000", "uom": "KGM"}]
    office.drawn(licence, office.declared(1, None, quotaLicences=quotas))
    assert office.left(licence) == "129.5000"
    wrong = [{"number": "SLA-Q-2026-0099", "quantity": "1", "uom": "TNE"}]
    other = office.declared(2, None, quotaLicences=wrong)
    assert refused(lambda: office.drawn(licence, other)).code == "NOT_ITS_INSTRUMENT"


def test_a_draw_that_was_not_made_by_the_rule_is_shown(office: Office) -> None:
    """What another program might do with a collectorate's key: the contract adds it up, and whoever looks is told."""
    fi = office.opened("1000.0000")
    node, made_up = office.node, office.declared(1, None)
    instrument, document = accounts.find(node, fi), finding.document(node, made_up)
    masked = masking.mask_draw(node.directory.secret("network"), instrument.key, document.digest, 7) + 1
    data = DrawWord(masked, instrument.measure, instrument.number).pack()
    named = (word(document.doc_type), document.key, document.digest)
    key = acting_key(node, node.reader.formation("KPQA"))
    asked = request(
        node,
        signer=key,
        contract="Drawdown",
        function="draw",
        arguments=(named, int.from_bytes(data)),
        key=None,
    )
    (act,) = node.perform([asked])
    assert act.state == "final"
    told = office.balance(fi)
    assert (told.irregular, told.draws[0].odd, told.draws[0].amount) == (True, "unreadable", None)
    assert (told.total, told.drawn) == ("1000.00", "0.07")
    assert parents(office, made_up) == (Is.NOT_CHECKED, "AMOUNTS_UNREADABLE")


def test_without_the_network_key_amounts_are_unreadable_and_nothing_is_called_irregular(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fi, declared = office.opened(), office.declared(1)
    office.drawn(fi, declared)
    secret = office.node.directory.secret
    monkeypatch.setattr(
        type(office.node.directory),
        "secret",
        lambda _, name: bytes(32) if name == "network" else secret(name),
    )
    told = office.balance(fi)
    assert (told.total, told.drawn, told.left, told.irregular) == (None, None, None, False)
    assert told.draws[0].amount is None
    assert parents(office, fi) == (Is.NOT_CHECKED, "AMOUNTS_UNREADABLE")


def test_fsck_finds_a_balance_that_was_written_over(office: Office) -> None:
    fi, declared = office.opened(), office.declared(1)
    office.drawn(fi, declared)
    assert fsck.examine(office.node).findings == ()
    changes: tuple[dict[str, Any], ...] = ({"drawn": bytes(21) + b"\1"}, {"expires": 1})
    for change, code in zip(changes, ("BALANCE_WRONG", "BALANCE_DIFFERS"), strict=True):
        with office.node.ledger.begin() as connection:
            before = connection.execute(select(instruments)).one()
            connection.execute(update(instruments).values(**change))
        assert [one.code for one in fsck.examine(office.node).findings] == [code]
        with office.node.ledger.begin() as connection:
            connection.execute(update(instruments).values(drawn=before.drawn, expires=before.expires))
