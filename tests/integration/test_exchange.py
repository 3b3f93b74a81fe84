"""Two members agree on what may flow, and tell each other that and nothing else; nothing is lost, doubled or denied,
whether a message or its receipt gets lost on the way.

A is customs at export, B at arrival. Their logs have the same beginning.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sanad_node import disclosing
from sanad_node.cli.app import main
from sanad_node.cli.at import Where
from sanad_node.desk.findings import Reader
from sanad_node.exchange import asking, carrying, contents, journal, receiving
from sanad_node.exchange.agreeing import AgreementForbids, AgreementUnfit
from sanad_node.exchange.composing import put_in
from sanad_node.exchange.contents import AnsweredBefore
from sanad_node.exchange.forms import (
    Agreement,
    AgreementEnd,
    Message,
    MessageInvalid,
    MessageUnreadable,
    NoPartners,
    Receipt,
    ourselves,
    read,
    sign,
)
from sanad_node.exchange.journal import MessageIdReused, UnknownAgreement, UnknownMessage
from sanad_node.exchange.receiving import NotOnTheLedgerYet
from sanad_node.reads.looking import looking
from sanad_node.wire.exchange import (
    AgreementChange,
    AgreementRequest,
    MessageRequest,
    MessagesQuery,
)
from sanad_testkit.matching_office import Desk, opened
from sanad_testkit.partners import GD, GRANTS, Member, agreed, cut, grant, two_members
from sanad_verifier.fields import disclose_all
from sanad_verifier.json_profile import parse
from sanad_verifier.presentation import presentation

pytestmark = [pytest.mark.engine]
NOW = 1_790_000_000


@pytest.fixture
def pair(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Member, Member]]:
    with two_members(tmp_path_factory.getbasetemp(), tmp_path) as members:
        yield members


def test_the_story_of_an_agreement_and_what_flows_under_it(pair: tuple[Member, Member]) -> None:
    a, b = pair
    agreement = agreed(a, b)
    assert a.desk.agreement(agreement).file == b.desk.agreement(agreement).file
    assert set(
        read(Agreement, a.desk.agreement(agreement).file.encode(), ourselves(b.node).bundle).times
    ) == {1, 2}

    # an export declaration is mirrored before the goods arrive, and matched when they do
    sent = a.desk.send_message(MessageRequest(kind="mirror", partner=2, id=a.exported))
    assert sent.state == "queued"
    assert a.carry() == carrying.Carried(1, 0, 0)
    (mirrored,) = b.heard("mirror")
    assert mirrored.fields["/gdType"] == "EXPORT"
    assert "/salt" not in mirrored.fields
    assert mirrored.arrived is None
    b.desk.put_on_ledger("declaration")
    (mirrored,) = b.heard("mirror")
    assert len(mirrored.arrived.declarations) == 1
    assert mirrored.arrived.findings == []
    b.desk.put_on_ledger(
        "declaration", {"/gdNumber": "KAPW-HC-99999-29-08-2026", "/items/1/totalValue": "89280.0000"}
    )
    (mirrored,) = b.heard("mirror")
    assert len(mirrored.arrived.declarations) == 2
    assert "export-value-below" in {one.rule for one in mirrored.arrived.findings}

    # a request with a deadline, answered with the verdict of who was asked
    ask = MessageRequest(kind="request", partner=1, id=b.exported, deadline=NOW, text="is it yours?")
    asked = b.desk.send_message(ask)
    assert asked.overdue
    b.carry()
    (theirs,) = a.heard("request")
    assert (theirs.text, theirs.overdue) == ("is it yours?", True)
    a.desk.send_message(MessageRequest(kind="answer", message=theirs.id, text="ours"))
    a.carry()
    (answer,) = b.heard("answer")
    assert (answer.outcome, answer.reply, answer.text) == ("authentic", asked.id, "ours")
    assert set(answer.answers) >= {"intact", "authority", "state"}
    with looking() as looked:
        (mine,) = b.desk.messages(MessagesQuery(kind="request")).messages
        asking.message(b.node, mine.id)
    assert (looked.listed, looked.about) == (1, mine.id)
    assert (mine.answer, mine.overdue) == (answer.id, False)

    # alerts, found by what they are about
    box = MessageRequest(
        kind="alert",
        partner=2,
        about="container",
        value="MSKU 123456-5",
        code="DIVERTED",
        text="not at gate 4",
    )
    a.desk.send_message(box)
    a.desk.send_message(
        MessageRequest(kind="alert", partner=2, about="aeo", value="PK-AEO-7", code="SUSPECT")
    )
    a.desk.send_message(
        MessageRequest(kind="alert", partner=2, about="document", id=a.exported, code="WITHDRAWN")
    )
    assert a.carry().delivered == 3
    (found,) = b.desk.messages(MessagesQuery(about="container", value="msku1234565")).messages
    assert (found.alert, found.text, found.way) == ("DIVERTED", "not at gate 4", "in")
    assert len(b.heard("alert")) == 3

    # it ends, at once, and nothing flows any more; what flowed is kept with both signatures
    b.desk.change_agreement(agreement, AgreementChange(change="end", reason="replaced"))
    with pytest.raises(AgreementForbids):
        b.desk.send_message(ask.model_copy(update={"text": "again"}))
    late = a.desk.send_message(box.model_copy(update={"text": "too late"}))
    assert a.carry().refused == 1
    assert journal.get(a.node.office, late.id).code == "AGREEMENT_FORBIDS"
    b.carry()
    told = a.desk.agreement(agreement)
    assert (told.state, told.reason) == ("ended", "replaced")
    with pytest.raises(AgreementForbids):
        a.desk.send_message(box)
    receipt = journal.get(a.node.office, sent.id).receipt
    assert receipt is not None
    assert set(read(Receipt, receipt, ourselves(a.node).bundle).times) == {2}


def test_requests_that_wait_are_told_by_their_deadline_and_what_is_not_delivered_with_its_reason(
    pair: tuple[Member, Member],
) -> None:
    a, b = pair
    agreed(a, b)
    now = int(b.node.clock())
    deadlines = (0, now + 900, now - 60, now + 60)
    for deadline in deadlines:
        b.desk.send_message(
            MessageRequest(kind="request", partner=1, id=b.exported, deadline=deadline, text=str(deadline))
        )
    b.line.before = cut
    b.carry()
    told = b.desk.messages(MessagesQuery(standing="undelivered"))
    assert [one.code for one in told.messages] == ["", "", "", "PARTNER_UNREACHABLE"]
    assert told.messages[-1].next_at > now
    assert (told.waiting, told.asked, told.to_answer, told.overdue) == (4, 4, 0, 1)
    b.line.before = lambda: None
    b.node.clock = lambda: now + float(journal.LONGEST_PAUSE)
    assert b.carry().delivered == 4
    assert b.desk.messages(MessagesQuery(standing="undelivered")).messages == []

    waiting = a.desk.messages(MessagesQuery(standing="open", way="in"))
    in_order = [str(one) for one in sorted(deadlines[1:])] + ["0"]
    assert [one.text for one in waiting.messages] == in_order
    assert (waiting.to_answer, waiting.asked) == (4, 0)
    first = waiting.messages[0]
    assert a.desk.message(first.id) == first
    a.desk.send_message(MessageRequest(kind="answer", message=first.id))
    waiting = a.desk.messages(MessagesQuery(standing="open"))
    assert [one.text for one in waiting.messages] == in_order[1:]
    assert (waiting.to_answer, waiting.overdue) == (3, 0)


def test_an_office_sees_of_what_arrived_its_own_and_how_much_there_is_besides(
    pair: tuple[Member, Member],
) -> None:
    a, b = pair
    agreed(a, b)
    a.desk.send_message(MessageRequest(kind="mirror", partner=2, id=a.exported))
    a.carry()
    b.desk.put_on_ledger("declaration", {"/items/1/totalValue": "89280.0000"})
    (sent,) = b.heard("mirror")
    assert sent.arrived is not None
    assert len(sent.arrived.declarations) == 1
    assert sent.arrived.findings
    own = asking.message(b.node, sent.id, Reader("PORT", values=False)).arrived
    assert own is not None
    assert own.declarations == sent.arrived.declarations
    assert own.findings == sent.arrived.findings  # its own paper, and what it was told by the partner
    other = asking.message(b.node, sent.id, Reader("CELL", values=False)).arrived
    assert other is not None
    assert (other.declarations, other.findings, other.withheld) == ([], [], 1)
    overseer = asking.message(b.node, sent.id, Reader(values=False)).arrived
    assert overseer is not None
    assert [one.number for one in overseer.declarations] == [""]


@pytest.mark.parametrize("lost", ["message", "receipt"])
def test_what_got_lost_on_the_way_is_sent_again_and_taken_in_once(
    pair: tuple[Member, Member], lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    agreed(a, b)
    a.line.sent.clear()
    setattr(a.line, "before" if lost == "message" else "after", cut)
    first = a.desk.send_message(
        MessageRequest(kind="alert", partner=2, about="aeo", value="X1", code="SUSPECT")
    )
    a.desk.send_message(MessageRequest(kind="alert", partner=2, about="aeo", value="X2", code="CLEARED"))
    assert a.carry() == carrying.Carried(0, 0, 2)  # the second does not overtake
    assert len(b.heard("alert")) == (0 if lost == "message" else 1)
    assert journal.get(a.node.office, first.id).code == "PARTNER_UNREACHABLE"
    a.line.before = a.line.after = lambda: None
    assert a.carry().delivered == 0  # not before its pause is over
    now = a.node.clock() + journal.LONGEST_PAUSE
    monkeypatch.setattr(a.node, "clock", lambda: now)
    assert a.carry() == carrying.Carried(2, 0, 0)
    assert [one.about for one in b.heard("alert")] == ["aeo:x2", "aeo:x1"]
    assert a.line.sent[0] == a.line.sent[1]  # the same bytes
    assert a.carry() == carrying.Carried()


def test_a_key_names_a_message_for_ever_and_a_request_has_one_answer(pair: tuple[Member, Member]) -> None:
    a, b = pair
    agreed(a, b)
    alert = MessageRequest(kind="alert", partner=2, about="aeo", value="X1", code="SUSPECT")
    assert a.desk.send_message(alert, key="k").id == a.desk.send_message(alert, key="k").id
    assert a.desk.send_message(alert).id != a.desk.send_message(alert, key="k").id
    b.desk.send_message(MessageRequest(kind="request", partner=1, id=b.exported))
    b.carry()
    (asked,) = a.heard("request")
    answer = MessageRequest(kind="answer", message=asked.id)
    given = a.desk.send_message(answer)
    assert a.desk.send_message(answer).id == given.id
    with pytest.raises(AnsweredBefore):
        a.desk.send_message(answer, key="another")
    with pytest.raises(UnknownMessage):
        a.desk.send_message(MessageRequest(kind="answer", message="ab" * 32))


def a_message(a: Member, b: Member, **changed: Any) -> bytes:
    """A message from A to B, signed by A, with members changed."""
    agreement = agreed(a, b)
    a.desk.send_message(MessageRequest(kind="alert", partner=2, about="aeo", value="X1", code="SUSPECT"))
    (kept,) = journal.waiting(a.node.office, a.node.clock(), 9)
    us = ourselves(a.node)
    form = read(Message, journal.note_of(a.node.office, kept.place), us.bundle).form
    assert form.agreement == agreement
    return sign(us, form.model_copy(update=changed), NOW)


def test_a_message_is_taken_in_once_and_another_one_under_its_id_is_not(pair: tuple[Member, Member]) -> None:
    a, b = pair
    honest = a_message(a, b)
    assert receiving.receive(b.node, honest) == receiving.receive(b.node, honest)
    form = read(Message, honest, ourselves(a.node).bundle).form
    other = sign(ourselves(a.node), form.model_copy(update={"deadline": 9}), NOW)
    with pytest.raises(MessageIdReused):
        receiving.receive(b.node, other)
    assert len(b.heard("alert")) == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"recipient": 1}, MessageInvalid),
        ({"sender": 2}, MessageInvalid),
        ({"origin": "other/sanad/1"}, MessageInvalid),
        ({"id": "00" * 32}, MessageUnreadable),
        ({"kind": "mirror"}, MessageInvalid),
        ({"agreement": "00" * 32}, AgreementForbids),
        ({"agreement": "00" * 32 + "zz"}, MessageInvalid),
        ({"reply": "no id"}, MessageInvalid),
    ],
)
def test_a_message_with_one_thing_changed_is_refused_and_nothing_is_kept(
    pair: tuple[Member, Member], change: dict[str, Any], refusal: type[Exception]
) -> None:
    a, b = pair
    wrong = a_message(a, b, **change)
    with pytest.raises(refusal):
        receiving.receive(b.node, wrong)
    assert b.heard("alert") == []


def test_bytes_that_are_no_signed_message_are_refused(pair: tuple[Member, Member]) -> None:
    a, b = pair
    honest = a_message(a, b)
    for wrong in (b"", b"{}\n", honest[:-20], honest.replace(b'"deadline":0', b'"deadline":1')):
        with pytest.raises(MessageInvalid):
            receiving.receive(b.node, wrong)
    assert receiving.receive(b.node, honest)


def test_fields_that_the_agreement_does_not_name_do_not_flow(pair: tuple[Member, Member]) -> None:
    a, b = pair
    agreed(a, b, [grant("us", "mirror", GD, fields=["/gdType", "/invoice/number"])])
    a.desk.send_message(MessageRequest(kind="mirror", partner=2, id=a.exported))
    a.carry()
    (mirrored,) = b.heard("mirror")
    assert set(mirrored.fields) == {"/gdType", "/invoice/number"}
    agreement = a.desk.agreements().agreements[0].id
    more = contents.Mirrored.of({**journal.get(a.node.office, mirrored.id).content, "fields": wider(a)})
    with a.node.office.begin() as connection:
        put_in(connection, a.node, ourselves(a.node), 2, "mirror", agreement, more.told())
    assert a.carry().refused == 1
    assert len(b.heard("mirror")) == 1


def wider(a: Member) -> Any:
    """The declaration with a field that may not flow."""
    found = a.node.reader.documents_by_digest([bytes.fromhex(a.exported)])
    kept = disclosing.kept_fields(a.node, found[0])
    shown = presentation(
        disclose_all(kept.value, kept.seed, ["/gdType", "/consignor/name"]), kept.printed.fields.hash()
    )
    return parse(shown.encode())


def test_a_mirror_is_sent_again_while_the_log_of_the_other_is_behind(pair: tuple[Member, Member]) -> None:
    a, b = pair
    agreed(a, b)
    changed = a.desk.put_on_ledger("export", {"/gdNumber": "CNNB-EX-7777-28-08-2026"})
    a.desk.send_message(MessageRequest(kind="mirror", partner=2, id=changed))
    assert a.carry() == carrying.Carried(0, 0, 1)
    with pytest.raises(NotOnTheLedgerYet):
        receiving.receive(b.node, a.line.sent[-1])


def test_agreements_are_made_by_both_and_by_nobody_else(pair: tuple[Member, Member]) -> None:
    a, b = pair
    with pytest.raises(AgreementUnfit):
        a.desk.propose_agreement(AgreementRequest(partner=1, grants=GRANTS))
    with pytest.raises(AgreementUnfit):
        a.desk.propose_agreement(AgreementRequest(partner=2, grants=GRANTS, until=1))
    with pytest.raises(UnknownAgreement):
        a.desk.agreement("ab" * 32)
    made = a.desk.propose_agreement(AgreementRequest(partner=2, grants=GRANTS))
    with pytest.raises(AgreementUnfit):  # who proposed does not accept
        a.desk.change_agreement(made.id, AgreementChange(change="accept"))
    with pytest.raises(AgreementForbids):  # proposed is not in force
        a.desk.send_message(MessageRequest(kind="alert", partner=2, about="aeo", value="X", code="SUSPECT"))
    a.carry()
    us = ourselves(a.node)
    form: Agreement = read(Agreement, made.file.encode(), us.bundle).form
    wider_one = sign(us, form.model_copy(update={"purpose": "something else"}), NOW)
    with a.node.office.begin() as connection:
        put_in(connection, a.node, us, 2, "agreement", made.id, {"note": wider_one.decode()})
    assert a.carry().refused == 1
    assert b.desk.agreement(made.id).purpose == ""
    forged = AgreementEnd(schema_="urn:sanad:agreement-end:1", agreement=made.id, reason="not ours")
    note = sign(ourselves(b.node), forged, NOW)
    with a.node.office.begin() as connection:
        put_in(connection, a.node, us, 2, "end", made.id, {"note": note.decode()})
    assert a.carry().refused == 1  # ended by another than its sender
    assert b.desk.agreement(made.id).state == "offered"
    assert b.desk.change_agreement(made.id, AgreementChange(change="end")).state == "ended"
    with pytest.raises(AgreementUnfit):
        b.desk.change_agreement(made.id, AgreementChange(change="accept"))


def test_an_agreement_whose_time_is_over_lets_nothing_flow(
    pair: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    agreement = agreed(a, b)
    until = int(a.node.clock()) + 50
    made = a.desk.propose_agreement(AgreementRequest(partner=2, grants=GRANTS, until=until))
    a.carry()
    b.desk.change_agreement(made.id, AgreementChange(change="accept"))
    b.carry()
    a.desk.change_agreement(agreement, AgreementChange(change="end"))
    alert = MessageRequest(kind="alert", partner=2, about="aeo", value="X", code="SUSPECT")
    a.desk.send_message(alert)
    monkeypatch.setattr(a.node, "clock", lambda: until + 1.0)
    assert a.desk.agreement(made.id).state == "over"
    with pytest.raises(AgreementForbids):
        a.desk.send_message(alert)


def test_a_receipt_by_another_or_of_another_message_is_none(pair: tuple[Member, Member]) -> None:
    a, b = pair
    agreed(a, b)
    sent = a.desk.send_message(
        MessageRequest(kind="alert", partner=2, about="aeo", value="X", code="SUSPECT")
    )
    kept = journal.get(a.node.office, sent.id)
    right = Receipt(schema_="urn:sanad:message-receipt:1", message=sent.id, digest=kept.digest.hex())
    by_us = sign(ourselves(a.node), right, NOW)
    of_another = sign(ourselves(b.node), right.model_copy(update={"digest": "00" * 32}), NOW)
    for wrong in (by_us, of_another, b"", b"thanks"):
        with pytest.raises(MessageInvalid):
            answered(a, kept, wrong)
    honest = sign(ourselves(b.node), right, NOW)
    assert answered(a, kept, honest) == honest


def answered(a: Member, kept: journal.Kept, by: bytes) -> bytes:
    """What is made of a service's answer to a message."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=by))
    with httpx.Client(transport=transport) as http:
        return carrying._send(http, ourselves(a.node), kept, kept.note)


def test_on_an_embedded_chain_there_is_nobody_to_agree_with(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with opened(tmp_path_factory.getbasetemp(), tmp_path) as desk, pytest.raises(NoPartners):
        desk.agreements()


def test_the_commands_say_what_was_agreed_and_told(
    pair: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = pair
    asked = a

    @contextmanager
    def desk(_where: Where) -> Iterator[Desk]:
        yield asked.desk

    monkeypatch.setattr(Where, "desk", desk)

    def said(*words: str, code: int = 0) -> str:
        assert main(list(words)) == code
        told = capsys.readouterr()
        return told.out + told.err

    proposed = said(
        *("agreement", "propose", "--to", "2", "--give", f"mirror:{GD}:/gdType,/invoice/number"),
        *("--give", "alert:CONTAINER", "--take", f"request:{GD}"),
    )
    assert "proposed  member 2 Customs 2" in proposed
    assert f"member 1 sends mirror about {GD}: 2 fields" in proposed
    agreement = proposed.split()[0]
    a.carry()
    asked = b
    assert "in-force" in said("agreement", "accept", agreement)
    b.carry()
    asked = a
    assert "in-force" in said("agreement", "show")
    exported = a.exported
    assert "2 fields, each proved" in said("exchange", "mirror", exported, "--to", "2")
    alert = ("exchange", "alert", "seized", "--to", "2")
    assert "SEIZED" in said(*alert, "--container", "MSKU 123456-5")
    assert "AGREEMENT_FORBIDS" in said(*alert, "--aeo", "X", code=1)
    assert "--document" in said(*alert, code=3)
    assert "GRANT_INVALID" in said("agreement", "propose", "--to", "2", "--give", "everything", code=3)
    a.carry()
    asked = b
    told = said("exchange", "list", "--way", "in")
    assert "nothing has arrived of it here" in told
    assert "container:msku1234565" in told.lower().replace("-", "")
    assert '"kind": "request"' in said(
        "exchange", "ask", exported, "--to", "1", "--by", "2026-01-01", "--json"
    )
    b.carry()
    asked = a
    request = a.heard("request")[0].id
    assert "OVERDUE" in said("exchange", "list", "--kind", "request")
    assert "AUTHENTIC" in said("exchange", "answer", request)
    assert "ended" in said("agreement", "end", agreement, "--reason", "over")
