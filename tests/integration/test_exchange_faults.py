"""What goes wrong between partners, and heals: a bundle or a log that is behind, a proxy's word, a race of two answers,
a disk that fails at the commit or just after it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from sanad_node.consortium.bundle import SignedBundle
from sanad_node.consortium.sealing import sealing_public
from sanad_node.durable import DiskFault
from sanad_node.exchange import agreeing, carrying, contents, forms, journal, receiving
from sanad_node.exchange.agreeing import AgreementForbids, allowing
from sanad_node.exchange.contents import AnsweredBefore
from sanad_node.exchange.forms import MessageUnreadable, ourselves, sign
from sanad_node.node import Node
from sanad_node.wire.exchange import AgreementChange, AgreementRequest, MessageRequest, MessagesQuery
from sanad_testkit.failing_commits import When, disk_error, fail_once
from sanad_testkit.partners import GRANTS, Member, agreed, two_members
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import public_key

pytestmark = [pytest.mark.engine]
DAY = 86400.0


@pytest.fixture
def pair(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Member, Member]]:
    with two_members(tmp_path_factory.getbasetemp(), tmp_path) as members:
        yield members


def alert(value: str) -> MessageRequest:
    return MessageRequest(kind="alert", partner=2, code="SUSPECT", about="aeo", value=value)


def later(member: Member, days: int = 1) -> None:
    """Let all pauses be over."""
    now = member.node.clock() + days * DAY
    member.node.clock = lambda: now


def state_of(member: Member, identifier: str) -> tuple[str, str]:
    kept = journal.get(member.node.office, identifier)
    return kept.state, kept.code or ""


def with_key(node: Node, number: int, key: str) -> None:
    """Let a node's network bundle have another cosigning key of a member."""
    assert node.bundle is not None
    told = node.bundle.bundle
    members = [
        one.model_copy(update={"cosigning_key": key}) if one.number == number else one for one in told.members
    ]
    node.__dict__["bundle"] = SignedBundle(told.model_copy(update={"members": members}), b"")


def test_a_partner_whose_bundle_is_older_than_our_key_takes_the_message_once_it_is_not(
    pair: tuple[Member, Member],
) -> None:
    a, b = pair
    agreed(a, b)
    with_key(b.node, 1, public_key(b"o" * 32).hex())
    sent = a.desk.send_message(alert("X1"))
    assert a.carry() == carrying.Carried(0, 0, 1)
    assert state_of(a, sent.id) == ("queued", "SIGNER_UNKNOWN")
    with_key(b.node, 1, public_key(a.node.directory.secret("cosigner")).hex())
    later(a)
    assert a.carry() == carrying.Carried(1, 0, 0)
    assert [one.id for one in b.heard("alert")] == [sent.id]


def answering(status: int, content: bytes) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, content=content))


HTML = b"<html>no</html>"


@pytest.mark.parametrize(
    ("status", "content", "state"),
    [
        (422, b'{"code": "MESSAGE_INVALID"}', ("refused", "MESSAGE_INVALID")),
        (422, b'{"code": "SIGNER_UNKNOWN"}', ("queued", "SIGNER_UNKNOWN")),
        (400, b'{"code": "NO_PARTNERS"}', ("queued", "NO_PARTNERS")),
        (404, b'{"code": "NOT_FOUND"}', ("queued", "NOT_FOUND")),
        (503, b'{"code": "NOT_ON_THE_LEDGER_YET"}', ("queued", "NOT_ON_THE_LEDGER_YET")),
        (503, b'{"code": "DISK_FULL"}', ("queued", "PARTNER_UNREACHABLE")),
        (429, b'{"code": "TOO_MANY_REQUESTS"}', ("queued", "PARTNER_UNREACHABLE")),
        (403, HTML, ("queued", "PARTNER_UNREACHABLE")),
        (404, HTML, ("queued", "PARTNER_UNREACHABLE")),
        (302, HTML, ("queued", "PARTNER_UNREACHABLE")),
        (413, HTML, ("refused", "REFUSED")),
    ],
)
def test_what_the_partner_says_is_final_and_what_stands_before_it_or_heals_is_not(
    status: int, content: bytes, state: tuple[str, str]
) -> None:
    kept = journal.Waiting(1, b"", 2, "alert", "", b"", 0)
    us = forms.Ourselves(1, b"", _members_with_address())
    with httpx.Client(transport=answering(status, content)) as http:
        final = carrying._Refused if state[0] == "refused" else (carrying._Later, carrying.PartnerUnreachable)
        with pytest.raises(final) as told:
            carrying._send(http, us, kept, b"")
    assert getattr(told.value, "code", "") == state[1]


def _members_with_address() -> Any:
    from sanad_testkit.message_cases import bundle  # noqa: PLC0415

    told = bundle()
    members = [one.model_copy(update={"url": "https://partner.example"}) for one in told.members]
    return told.model_copy(update={"members": members})


def test_what_waits_for_the_partner_s_log_holds_up_its_own_subject_and_nothing_else(
    pair: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    agreed(a, b)
    found = receiving.record_of

    def behind(node: Node, mirrored: contents.Mirrored) -> Any:
        raise receiving.NotOnTheLedgerYet("the log here has no such document yet", field="digest")

    monkeypatch.setattr(receiving, "record_of", behind)
    mirrored = a.desk.send_message(MessageRequest(kind="mirror", partner=2, id=a.exported))
    same = a.desk.send_message(
        MessageRequest(kind="alert", partner=2, code="SUSPECT", about="document", id=a.exported)
    )
    other = a.desk.send_message(alert("X1"))
    assert a.carry() == carrying.Carried(1, 0, 2)
    assert state_of(a, mirrored.id) == ("queued", "NOT_ON_THE_LEDGER_YET")
    assert (state_of(a, same.id), state_of(a, other.id)) == (("queued", ""), ("delivered", ""))
    last = a.desk.send_message(alert("X2"))  # while it waits, what comes new goes on too
    assert a.carry() == carrying.Carried(1, 0, 2)
    assert state_of(a, last.id) == ("delivered", "")
    later(a)
    assert a.carry() == carrying.Carried(0, 0, 2)  # due again, and the log is still behind
    monkeypatch.setattr(receiving, "record_of", found)
    later(a, 2)
    assert a.carry() == carrying.Carried(2, 0, 0)
    assert [one.id for one in b.heard("alert")] == [same.id, last.id, other.id]


def test_many_messages_are_read_without_what_they_say_and_sent_in_order(
    pair: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    agreed(a, b)
    sent = [a.desk.send_message(alert(f"X{number}")).about for number in range(5)]
    asked: list[str] = []
    event.listen(a.node.office, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert len(journal.waiting(a.node.office, a.node.clock(), 9)) == 5
    (query,) = asked
    assert "messages.note" not in query
    assert "messages.content" not in query
    monkeypatch.setattr(carrying, "BATCH", 2)
    assert a.carry() == carrying.Carried(5, 0, 0)
    assert [one.about for one in reversed(b.heard("alert"))] == sent
    for number in range(5):
        a.desk.send_message(alert(f"Y{number}"))
    with_key(b.node, 1, "00" * 32)
    a.line.sent.clear()
    assert a.carry() == carrying.Carried(0, 0, 5)
    assert len(a.line.sent) == 1  # the others wait behind it, and no round asks for ever


# -- one answer ---------------------------------------------------------------------------------------------------


def asked_of(a: Member, b: Member) -> str:
    agreed(a, b)
    b.desk.send_message(MessageRequest(kind="request", partner=1, id=b.exported))
    b.carry()
    return str(a.heard("request")[0].id)


def test_of_two_answers_at_once_the_store_takes_one_on_either_side(
    pair: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    request = asked_of(a, b)
    form = contents.Answered(outcome="authentic", answers={}, note="")
    us = ourselves(a.node)
    agreement = journal.get(a.node.office, request).agreement.hex()
    first = contents._put(a.node, 2, "answer", agreement, form, key="one", reply=request)
    with pytest.raises(
        AnsweredBefore
    ):  # past the check: as two threads would come that looked at the same time
        contents._put(a.node, 2, "answer", agreement, form, key="two", reply=request)
    assert contents._put(a.node, 2, "answer", agreement, form, key="one", reply=request).id == first.id

    told = forms.read(forms.Message, first.note, us.bundle).form
    second = told.model_copy(
        update={
            "id": "77" * 32,
            "content": forms.seal_to(us, 2, "77" * 32, canonicalise(dict(first.content))),
        }
    )
    monkeypatch.setattr(receiving, "_must_be_allowed", lambda *_: None)
    receiving.receive(b.node, first.note)
    with pytest.raises(AgreementForbids):
        receiving.receive(b.node, sign(us, second, 1_790_000_000))
    assert [one.id for one in b.heard("answer")] == [first.id.hex()]
    assert receiving.receive(b.node, first.note)


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_an_answer_whose_commit_failed_or_was_not_heard_of_is_given_once(
    pair: tuple[Member, Member], when: When
) -> None:
    a, b = pair
    answer = MessageRequest(kind="answer", message=asked_of(a, b), text="ours")
    fail_once(a.node.office, when, disk_error(a.node.office))
    with pytest.raises(DiskFault):
        a.desk.send_message(answer, key="k")
    given = a.desk.send_message(answer, key="k")
    assert len(a.desk.messages(MessagesQuery(way="out", kind="answer")).messages) == 1
    fail_once(b.node.office, when, disk_error(b.node.office))
    with pytest.raises(DiskFault):
        receiving.receive(b.node, journal.get(a.node.office, given.id).note)
    assert len(b.heard("answer")) == (when == "after_commit")
    assert a.carry() == carrying.Carried(1, 0, 0)
    assert [one.id for one in b.heard("answer")] == [given.id]


# -- agreements ---------------------------------------------------------------------------------------------------


def test_an_agreement_s_signatures_are_checked_once_for_the_keys_there_are(
    pair: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    agreed(a, b)
    checked: list[bytes] = []
    read = forms.read

    def counted(kind: Any, data: bytes, bundle: Any) -> Any:
        checked.append(data)
        return read(kind, data, bundle)

    monkeypatch.setattr(forms, "read", counted)
    for _ in range(3):
        allowing(a.node, "alert", 1, 2, "AEO")
    assert checked == []  # `agreed` has read it
    with_key(a.node, 2, public_key(b"n" * 32).hex())
    with pytest.raises(AgreementForbids):  # that key has not signed it
        allowing(a.node, "alert", 1, 2, "AEO")
    assert len(checked) == 1


def test_a_word_on_an_agreement_that_was_turned_down_is_said_again(pair: tuple[Member, Member]) -> None:
    a, b = pair
    made = a.desk.propose_agreement(AgreementRequest(partner=2, grants=GRANTS))
    a.carry()
    assert b.node.bundle is not None
    right = b.node.bundle
    places = [
        one.model_copy(update={"sealing_key": sealing_public(b"s" * 32).hex()}) for one in right.bundle.nodes
    ]
    b.node.__dict__["bundle"] = SignedBundle(right.bundle.model_copy(update={"nodes": places}), b"")
    b.desk.change_agreement(made.id, AgreementChange(change="accept"))
    assert b.carry() == carrying.Carried(0, 1, 0)
    told = b.desk.agreement(made.id)
    assert (told.state, told.undelivered) == ("in-force", MessageUnreadable.code)
    assert a.desk.agreement(made.id).state == "proposed"
    b.node.__dict__["bundle"] = right
    for _ in range(2):  # done again, it is said once
        b.desk.change_agreement(made.id, AgreementChange(change="accept"))
    assert b.carry() == carrying.Carried(1, 0, 0)
    assert (a.desk.agreement(made.id).state, b.desk.agreement(made.id).undelivered) == ("in-force", "")
    assert replace(agreeing.show(a.node, made.id), partner=0) == replace(
        agreeing.show(b.node, made.id), partner=0
    )
