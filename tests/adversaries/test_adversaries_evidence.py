"""Adversaries who come with bytes, clocks, cargo and servers (A15 to A20, A24)."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from sanad_node import blinding, checkpointing, finding, types
from sanad_node.alarms import alarms
from sanad_node.differing import OPERATOR
from sanad_node.store.database import open_database
from sanad_node.wire import ReceiveRequest, RegisterRequest, ShipRequest
from sanad_node.wire.findings import FindingsQuery
from sanad_node.wire.observing import DeviceRequest, ReadingsRequest
from sanad_node.witness import Witness, WitnessedLog, lies
from sanad_testkit import devices, drawing_office
from sanad_testkit.adversary_stage import DAY, Stage, opened, refused
from sanad_verifier.bundle import pack, unpack
from sanad_verifier.examine import examine_bundle
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.verdict import Is, Overall
from sanad_verifier.witnessing import AddCheckpoint

pytestmark = pytest.mark.engine


def test_a15_other_bytes_of_the_same_meaning_are_the_same_paper_and_ambiguous_ones_none(
    shared: Stage,
) -> None:
    issued = drawing_office.declaration(15, None)
    shared.instruments.put("GOODS_DECLARATION", issued, "KPQA")
    value = json.loads(issued)
    spelt_otherwise = json.dumps(dict(reversed(list(value.items()))), indent=2).encode()
    assert spelt_otherwise != issued
    same = shared.verdict(spelt_otherwise)
    assert (same.overall, same.intact.reason) == (Overall.AUTHENTIC, "DIGEST_EQUAL")

    twice = issued[:-1] + b',"gdNumber":"KAPW-HC-1-18-09-2026"}'
    wrong = {
        b"twice": twice,
        b"mark": b"\xef\xbb\xbf" + issued,
        b"float": issued.replace(b'"gdVersion":"1"', b'"gdVersion":1.0'),
        b"surrogate": issued.replace(b'"gdVersion":"1"', b'"gdVersion":"\\ud800"'),
    }
    codes = {}
    for name, data in wrong.items():
        with pytest.raises(JsonRefused) as error:
            parse(data)
        assert error.value.message
        codes[name] = error.value.code
        assert shared.verdict(data).overall is Overall.UNKNOWN
        assert refused(lambda data=data: types.check(types.get("GOODS_DECLARATION"), data)).code  # type: ignore[misc]
    assert len(set(codes.values())) == len(codes)

    look_alike = json.loads(issued)
    look_alike["consignee"]["name"] = look_alike["consignee"]["name"].replace(
        "a", "\u0430", 1
    )  # a Cyrillic letter
    other = shared.verdict(canonicalise(look_alike), sight=OPERATOR)
    assert (other.overall, other.intact.reason) == (Overall.UNKNOWN, "FIELDS_DIFFER")
    assert other.differs == ("/consignee/name",)


def test_a16_who_knows_all_fields_of_a_paper_but_its_salt_finds_it_nowhere_on_the_chain(
    shared: Stage,
) -> None:
    content = drawing_office.declaration(16, None)
    shared.instruments.put("GOODS_DECLARATION", content, "KPQA")
    number = json.loads(content)["gdNumber"]
    record = finding.document(shared.node, number)
    chain = b"".join(shared.node.reader.raw_entries(0, shared.node.reader.position().size))
    key = shared.node.directory.secret("network")
    blinded = blinding.business_key(key, "GOODS_DECLARATION", "KPQA", number)
    # who has the whole paper finds it, and who has the network's key its number
    assert bytes(record.digest) in chain
    assert blinded in chain

    told = json.loads(content)
    del told["salt"]
    guesses = [
        text.encode()
        for guess in (number, told["consignee"]["ntn"], *(f"4210112345{n:03d}" for n in range(1000)))
        for text in (guess, guess.lower(), guess.replace("-", ""))
    ]
    guesses += [canonicalise(told), *(canonicalise({**told, "salt": f"{n:022d}"}) for n in range(1000))]
    for other in (b"", bytes(32), number.encode()):
        guesses.append(blinding.business_key(other, "GOODS_DECLARATION", "KPQA", number))
    for guess in guesses:
        assert hashlib.sha256(guess).digest() not in chain
        assert guess not in chain
    assert shared.verdict(canonicalise(told)).overall is not Overall.AUTHENTIC
    assert "no office has issued it on this ledger" in shared.verdict(canonicalise(told)).authority.sentence


def box(stage: Stage, reference: str) -> None:
    stage.desk.register(
        RegisterRequest(
            kind="CONTAINER",
            reference=reference,
            formation="PASSES-ON",
            quantity=40,
            seal="SL-1",
            place="PKKHI",
        )
    )


def ship(stage: Stage, reference: str, to: str, by: str = "PASSES-ON") -> None:
    stage.desk.move(ShipRequest(consignment=reference, to=to, formation=by, quantity=40, seal="SL-1"))


def receive(stage: Stage, reference: str, by: str, quantity: int = 40, **more: str) -> None:
    asked = {"act": "receive", "consignment": reference, "formation": by, "quantity": quantity, **more}
    stage.desk.move(ReceiveRequest.model_validate(asked))


def test_a17_cargo_that_is_short_is_told_and_nobody_signs_for_both_sides(shared: Stage) -> None:
    box(shared, "TCLU0000017")
    both = refused(lambda: ship(shared, "TCLU0000017", "PASSES-ON"))
    assert both.code == "CUSTODY_SELF_HAND_OVER"
    assert both.message
    ship(shared, "TCLU0000017", "SHED-1")
    other = refused(lambda: receive(shared, "TCLU0000017", "ATTESTS-2"))
    assert other.code == "CUSTODY_NOT_THE_TAKER"
    assert other.message
    receive(shared, "TCLU0000017", "SHED-1", 37, condition="short")
    told = shared.desk.consignment("TCLU0000017")
    assert told.holder == "SHED-1"
    assert told.hops[-1].gap.startswith("3 short: 40 shipped, 37 found")

    shared.desk.move(ShipRequest(consignment="TCLU0000017", to="SHED-2", formation="SHED-1", quantity=37))
    alone = refused(lambda: receive(shared, "TCLU0000017", "SHED-2", 37))
    assert alone.code == "CUSTODY_SAME_PERSON"  # one officer has the keys of both sheds
    assert alone.message


def test_a18_a_device_that_calls_a_seal_locked_is_contradicted_by_an_officer_s_look(shared: Stage) -> None:
    box(shared, "TCLU0000018")
    ship(shared, "TCLU0000018", "ATTESTS-1")
    added = shared.desk.add_device(DeviceRequest(serial="ELOCK-18", formation="PASSES-ON"))
    device, consignment = str(added.about["device"]), shared.desk.consignment("TCLU0000018").consignment.id

    def observe(number: int, **more: str) -> None:
        told = devices.batch(
            consignment, device, number, [devices.reading(shared.now + number, "24.8600", "67.0100")]
        )
        text = json.dumps(told | more)
        shared.desk.observe(ReadingsRequest(document=text, formation="PASSES-ON"))

    observe(1)
    skipped = refused(lambda: observe(3))
    assert skipped.code == "CUSTODY_WRONG_BATCH"
    assert skipped.message
    forged = refused(lambda: observe(2, signature="11" * 65))
    assert forged.code == "ECDSA_INVALID_SIGNATURE"

    receive(shared, "TCLU0000018", "ATTESTS-1", condition="seal-broken")
    (found,) = shared.desk.findings(FindingsQuery(rule="device-contradicted")).findings
    assert found.title == "The device called a seal locked that was not"
    assert {place.issuer for place in found.places} == {"PASSES-ON", "ATTESTS-1"}


def test_a19_a_log_with_two_faces_is_not_cosigned_and_the_proof_is_kept(
    stage: Stage, founded: Path, tmp_path: Path
) -> None:
    office = open_database("office", tmp_path / "witness.db")
    log = WitnessedLog(stage.trust.log_keys[0], "witness.example")
    witness = Witness(office, bytes(range(32)), [log], stage.clock)
    stage.file("SHOWN-TO-US")
    ours = checkpointing.current_checkpoint(stage.node)
    assert "witness.example" in witness.add(AddCheckpoint(0, (), ours.note).encode())
    assert alarms(office) == []

    (tmp_path / "fork").mkdir()
    with opened(founded, tmp_path / "fork") as other:
        other.file("SHOWN-TO-OTHERS")
        theirs = checkpointing.current_checkpoint(other.node)
    assert (theirs.size, theirs.root == ours.root) == (ours.size, False)
    again = refused(lambda: witness.add(AddCheckpoint(ours.size, (), theirs.note).encode()))
    assert (again.code, again.message) == (
        "WITNESS_ROOT_DIFFERS",
        "the log has signed another root for this size",
    )
    (lie,) = lies(office)
    assert (lie.origin, lie.size) == (stage.trust.origin, ours.size)
    assert alarms(office) == ["EQUIVOCATION"]
    office.dispose()


def test_a20_a_server_that_is_down_or_lies_changes_nothing_for_who_has_the_bundle(stage: Stage) -> None:
    content = stage.file("KEPT-1")
    bundle, trust, now = stage.bundle("KEPT-1"), stage.trust, stage.now
    stage.node.engine.close()  # nothing is asked from here on
    honest = examine_bundle(bundle, trust, now, document=content)
    assert honest.overall is Overall.AUTHENTIC

    needs_two = examine_bundle(bundle, replace(trust, quorum=2), now, document=content)
    assert (needs_two.overall, needs_two.authority.answer) == (Overall.REFUSED, Is.NO)
    assert needs_two.authority.sentence
    parts = unpack(bundle)
    assert parts.status is not None
    lie = pack(replace(parts, status=parts.status.replace(b"active", b"revoked")))
    told = examine_bundle(lie, trust, now, document=content)
    assert (told.overall, told.state.answer) == (Overall.REFUSED, Is.NO)
    silent = examine_bundle(pack(replace(parts, status=None)), trust, now, document=content)
    assert (silent.overall, silent.state.reason) == (Overall.CANNOT_TELL, "STATE_NOT_CHECKED")
    assert silent.state.sentence == "whether it is still in force was not established"


def test_a24_a_clock_that_was_set_back_keeps_no_old_evidence_fresh(stage: Stage) -> None:
    content = stage.file("OLD-EVIDENCE")
    bundle, trust, then = stage.bundle("OLD-EVIDENCE"), stage.trust, stage.now
    assert examine_bundle(bundle, trust, then, document=content).overall is Overall.AUTHENTIC

    stage.pass_time(9)
    stage.file("SEEN-LATER")
    met = examine_bundle(stage.bundle("SEEN-LATER"), trust, stage.now).seen
    assert met - then >= 9 * DAY - 60
    back = examine_bundle(bundle, replace(trust, seen=met), then, document=content)
    assert (back.overall, back.freshness.reason) == (Overall.STALE, "TOO_OLD")
    assert back.freshness.sentence == "known as of 9 days ago, which is too long"
