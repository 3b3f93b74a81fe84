"""The contracts through Brownie: the code that ships, the main path, and the refusals a user meets."""

import hashlib
import json
from pathlib import Path

import brownie
import pytest
from conftest import CARGO, GD

ROOT = Path(__file__).resolve().parents[3]
DIGEST = bytes(range(32))
BOX = b"\x42" * 32
NONE = b"\0" * 32


def terms(taker, quantity):
    place = int.from_bytes(b"PKKHI", "big")
    return (taker << 224) | (place << 184) | (1 << 176) | (quantity << 112)


def by(key, formation):
    return (int(key.address, 16) << 96) | formation


@pytest.mark.parametrize("contract", ["Consortium", "Custody", "Drawdown", "Formations", "Ledger", "Register", "Titles"])
def test_brownies_code_is_the_committed_artefact_byte_for_byte(contract):
    committed = json.loads((ROOT / f"node/sanad_node/contracts/artifacts/{contract}.json").read_text())
    assert getattr(brownie, contract).bytecode == committed["bytecode"]


def test_founding_records_the_contracts_and_members(net):
    assert net.consortium.ledger() == net.ledger.address
    assert net.consortium.threshold() == 2
    assert [each == member.address for each, member in zip(net.consortium.members(), net.members)] == [True] * 3
    assert net.ledger.isAppender(net.custody)


def test_an_issued_document_is_the_next_entry_under_the_root(net):
    if net.ledger.size() % 2:  # so that the new leaf stands alone at the bottom of the frontier
        net.ledger.issue(GD, hashlib.sha256(b"another").digest(), NONE, NONE, {"from": net.offices["PORT"]})
    size = net.ledger.size()
    receipt = net.ledger.issue(GD, DIGEST, NONE, NONE, {"from": net.offices["PORT"]})
    assert receipt.return_value == size
    entry = b"".join(
        int(word).to_bytes(32, "big") if isinstance(word, int) else bytes(word)
        for word in (1, by(net.offices["PORT"], 1), GD, DIGEST, NONE, NONE, receipt.timestamp)
    )
    event = receipt.events["Appended"]
    assert event["index"] == size
    assert event["by"] == by(net.offices["PORT"], 1)
    assert bytes(net.ledger.frontier()[0]) == hashlib.sha256(b"\0" + entry).digest()


def test_a_checkpoint_tells_size_and_root(net):
    receipt = net.ledger.checkpoint({"from": net.stranger})
    assert receipt.events["Checkpoint"]["size"] == net.ledger.size()
    assert receipt.events["Checkpoint"]["root"] == net.ledger.root()


def test_many_documents_and_a_batch_in_one_act_each(net):
    size = net.ledger.size()
    port = net.offices["PORT"]
    net.ledger.issueMany(GD, [(bytes([i]) * 32, NONE, NONE) for i in range(1, 8)], {"from": port})
    net.ledger.issueBatch(GD, DIGEST, 1_000_000, NONE, {"from": port})
    assert net.ledger.size() == size + 8


def test_a_stranger_issues_nothing(net):
    with brownie.reverts(revert_pattern="FormationsUnknownKey(:.*)?"):
        net.ledger.issue(GD, DIGEST, NONE, NONE, {"from": net.stranger})


def test_a_revoked_document_stays_revoked(net):
    port = net.offices["PORT"]
    net.ledger.suspend(GD, DIGEST, 1, 9, {"from": port})
    net.ledger.reinstate(GD, DIGEST, 1, 10, {"from": port})
    net.ledger.revoke(GD, DIGEST, 1, 3, {"from": port})
    state = net.ledger.statusOf(1, GD, DIGEST)[0]
    assert state == 3
    with brownie.reverts(revert_pattern="LedgerWrongState(:.*)?"):
        net.ledger.reinstate(GD, DIGEST, 1, 10, {"from": port})


def test_another_office_revokes_nothing_of_the_issuers(net):
    with brownie.reverts(revert_pattern="LedgerNotTheIssuer(:.*)?"):
        net.ledger.revoke(GD, DIGEST, 1, 3, {"from": net.offices["DEPOT"]})


def test_cargo_changes_hands_in_two_halves(net):
    port, carrier = net.offices["PORT"], net.offices["CARRIER"]
    net.custody.register(BOX, CARGO, terms(0, 10), NONE, {"from": port})
    net.custody.ship(BOX, terms(2, 10), NONE, {"from": port})
    state, holder, taker, sequence, holds, quantity = net.custody.consignmentOf(BOX)
    assert (state, holder, taker, sequence, holds, quantity) == (2, 1, 2, 1, 0, 10)
    net.custody.receiveCustody(BOX, terms(2, 9), NONE, {"from": carrier})
    state, holder, taker, sequence, holds, quantity = net.custody.consignmentOf(BOX)
    assert (state, holder, taker, sequence, holds, quantity) == (1, 2, 0, 2, 0, 9)
    with brownie.reverts(revert_pattern="CustodyNotInTransit(:.*)?"):
        net.custody.receiveCustody(BOX, terms(2, 9), NONE, {"from": carrier})


def test_nobody_hands_over_to_itself_and_a_hold_stops_the_cargo(net):
    port = net.offices["PORT"]
    net.custody.register(BOX, CARGO, terms(0, 10), NONE, {"from": port})
    with brownie.reverts(revert_pattern="CustodySelfHandOver(:.*)?"):
        net.custody.ship(BOX, terms(1, 10), NONE, {"from": port})
    net.custody.hold(BOX, 4, {"from": net.offices["DEPOT"]})
    with brownie.reverts(revert_pattern="CustodyOnHold(:.*)?"):
        net.custody.ship(BOX, terms(2, 10), NONE, {"from": port})
    net.custody.lift(BOX, 3, 15, {"from": net.offices["DEPOT"]})
    net.custody.ship(BOX, terms(2, 10), NONE, {"from": port})


def test_one_member_stops_a_key_and_cannot_start_it_again(net):
    port = net.offices["PORT"]
    net.formations.suspendKey(port, 5, {"from": net.members[2]})
    with brownie.reverts(revert_pattern="FormationsKeySuspended(:.*)?"):
        net.ledger.issue(GD, DIGEST, NONE, NONE, {"from": port})
    with brownie.reverts(revert_pattern="FormationsOnlyConsortium(:.*)?"):
        net.formations.reinstateKey(port, 10, {"from": net.members[2]})
    net.decide(net.formations.reinstateKey.encode_input(port, 10))
    net.ledger.issue(GD, DIGEST, NONE, NONE, {"from": port})


def test_an_instrument_is_drawn_down_and_refilled_only_before_the_goods_leave(net):
    port, key, fi = net.offices["PORT"], b"\x51" * 32, b"\x52" * 32
    dollars, expires = 0x12555344 << 48, 2**32
    net.drawdown.open(GD, key, fi, (1000 << 80) | dollars | expires, {"from": port})
    first, second = (GD, b"\x61" * 32, b"\x62" * 32), (GD, b"\x71" * 32, b"\x72" * 32)
    net.drawdown.draw(first, (600 << 80) | dollars | 1, {"from": port})
    with brownie.reverts(revert_pattern="DrawdownOverdrawn(:.*)?"):
        net.drawdown.draw(second, (401 << 80) | dollars | 1, {"from": port})
    net.drawdown.draw(second, (400 << 80) | dollars | 1, {"from": port})
    net.drawdown.release(first, 1, {"from": port})
    for declaration in (first, second):
        net.ledger.revoke(GD, declaration[2], 1, 6, {"from": port})
    with brownie.reverts(revert_pattern="DrawdownReleased(:.*)?"):
        net.drawdown.returnDraw(1, first, 1, 6, {"from": port})
    net.drawdown.returnDraw(1, second, 1, 6, {"from": port})
    assert net.drawdown.instrumentOf(1)[4] == 600


def test_a_title_moves_when_the_taker_accepts_and_its_number_is_taken(net):
    port, carrier = net.offices["PORT"], net.offices["CARRIER"]
    net.titles.issue(GD, (DIGEST, NONE, BOX), (1, 1, True), {"from": port})
    with brownie.reverts(revert_pattern="TitlesDisputed(:.*)?"):
        net.titles.issue(GD, (BOX, NONE, BOX), (1, 1, True), {"from": port})
    net.titles.offer(67, GD, 1, DIGEST, 2, 2, NONE, {"from": port})
    assert tuple(net.titles.titleOf(GD, 1, DIGEST))[1:4] == (1, 1, 2)
    net.titles.accept(GD, 1, DIGEST, 1, NONE, {"from": carrier})
    state, holder, beneficiary, taker = tuple(net.titles.titleOf(GD, 1, DIGEST))[:4]
    assert (state, holder, beneficiary, taker) == (1, 2, 2, 0)
