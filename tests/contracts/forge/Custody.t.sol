// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {IObserving} from "../../../contracts/interfaces/IObserving.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {Network} from "./support/Network.sol";
import {Vm} from "./support/Vm.sol";

contract CustodyTest is Network {
    bytes32 private constant BOX = keccak256("a consignment");
    bytes32 private constant EVIDENCE = keccak256("evidence");
    uint64 private constant DEADLINE = NOW + 3600;
    uint256 private constant SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    uint32 private port;
    uint32 private carrier;
    uint32 private depot;
    uint32 private court;
    uint32 private highCourt;

    function setUp() public override {
        super.setUp();
        port = addOffice("PORT");
        carrier = addOffice("CARRIER");
        depot = addOffice("DEPOT");
        highCourt = addOffice("HIGH-COURT");
        court = addOffice("COURT", highCourt, 0);
        vm.prank(keyOf(port));
        custody.register(BOX, CARGO, terms(0, 100), EVIDENCE);
    }

    function ship(uint32 from, uint32 to) private returns (uint256) {
        vm.prank(keyOf(from));
        return custody.ship(BOX, terms(to, 100), EVIDENCE);
    }

    function shipRefused(uint32 from, uint256 terms_, bytes memory reason) private {
        vm.prank(keyOf(from));
        vm.expectRevert(reason);
        custody.ship(BOX, terms_, EVIDENCE);
    }

    function receiveBy(uint32 formation) private returns (uint256) {
        vm.prank(keyOf(formation));
        return custody.receiveCustody(BOX, terms(formation, 98), EVIDENCE);
    }

    function isAt(uint32 holder, uint32 taker, uint32 sequence) private view {
        ICustody.Consignment memory seen = custody.consignmentOf(BOX);
        require(seen.holder == holder && seen.taker == taker && seen.sequence == sequence, "where it is");
        require((seen.state == ICustody.State.IN_TRANSIT) == (taker != 0), "its state");
    }

    function lastEntry() private returns (bytes memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        return logs[logs.length - 1].data;
    }

    function entry(uint256 kind, uint32 formation, uint256 related, uint256 data) private view returns (bytes memory) {
        return abi.encode(kind, byWord(keyOf(formation), formation), CARGO, BOX, related, data, block.timestamp);
    }

    function relay(string memory act, uint32 signer, uint32 sequence, uint256 terms_)
        private
        view
        returns (bytes memory)
    {
        return sign(signer, relayDigest(act, BOX, sequence, terms_, EVIDENCE, DEADLINE));
    }

    // ---- registration

    function test_who_registers_is_the_first_holder() public {
        bytes32 other = keccak256("another");
        vm.recordLogs();
        vm.prank(keyOf(depot));
        custody.register(other, CARGO, terms(0, 7), EVIDENCE);
        bytes memory expected =
            abi.encode(uint256(16), byWord(keyOf(depot), depot), CARGO, other, terms(0, 7), EVIDENCE, block.timestamp);
        equal(lastEntry(), expected, "entry");
        ICustody.Consignment memory seen = custody.consignmentOf(other);
        require(seen.state == ICustody.State.HELD_BY_HOLDER && seen.holder == depot && seen.quantity == 7, "record");
        require(seen.taker == 0 && seen.sequence == 0 && seen.holds == 0, "record");
        equal(custody.kindOf(other), CARGO, "kind");
    }

    function test_a_consignment_is_registered_once() public {
        vm.prank(keyOf(depot));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyExists.selector, BOX));
        custody.register(BOX, CARGO, terms(0, 7), EVIDENCE);
    }

    function test_a_malformed_registration_is_refused() public {
        vm.startPrank(keyOf(depot));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyBadId.selector));
        custody.register(0, CARGO, terms(0, 7), EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyBadKind.selector, bytes32("ELEVENCHARS")));
        custody.register(bytes32(uint256(1)), "ELEVENCHARS", terms(0, 7), EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyBadTerms.selector));
        custody.register(bytes32(uint256(1)), CARGO, terms(port, 7), EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, depot, bytes32("LOT"), 16));
        custody.register(bytes32(uint256(1)), "LOT", terms(0, 7), EVIDENCE);
        vm.stopPrank();
    }

    function withPlace(bytes5 place) private view returns (uint256) {
        return (terms(carrier, 1) & ~(uint256(type(uint40).max) << 184)) | (uint256(uint40(place)) << 184);
    }

    function test_terms_that_could_not_be_read_back_are_refused() public {
        uint256 good = terms(carrier, 1);
        bytes memory bad = abi.encodeWithSelector(IObserving.CustodyBadTerms.selector);
        bytes5[8] memory places =
            [bytes5("PKKH"), "pkkhi", "P1KHI", "PKKH1", "PKKH0", "PK HI", hex"ff4b4b4849", "PK\x00HI"];
        for (uint256 i = 0; i < 8; ++i) {
            shipRefused(port, withPlace(places[i]), bad);
        }
        shipRefused(port, good | 1, bad);
        shipRefused(port, good | (1 << 15), bad);
        shipRefused(port, (good & ~(uint256(0xff) << 176)) | (uint256(9) << 176), bad);
        ship(port, carrier);
        uint256[3] memory wrong = [terms(depot, 1), good | 1, withPlace("PKKH1")];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(keyOf(carrier));
            vm.expectRevert(bad);
            custody.receiveCustody(BOX, wrong[i], EVIDENCE);
            vm.prank(keyOf(carrier));
            vm.expectRevert(bad);
            custody.refuseCustody(BOX, wrong[i], EVIDENCE);
        }
    }

    function test_a_place_with_digits_or_none_and_every_condition_is_accepted() public {
        bytes5[3] memory places = [bytes5("US2ZZ"), "PK9A2", hex"0000000000"];
        for (uint32 i = 0; i < 3; ++i) {
            vm.prank(keyOf(port));
            custody.ship(BOX, (withPlace(places[i]) & ~(uint256(0xff) << 176)) | (uint256(8) << 176), EVIDENCE);
            vm.prank(keyOf(port));
            custody.recall(BOX, REASON);
        }
        isAt(port, 0, 6);
    }

    // ---- two halves

    function test_custody_moves_on_receipt_and_not_before() public {
        vm.recordLogs();
        ship(port, carrier);
        equal(lastEntry(), entry(17, port, terms(carrier, 100), uint256(EVIDENCE)), "entry");
        isAt(port, carrier, 1);
        vm.recordLogs();
        receiveBy(carrier);
        equal(lastEntry(), entry(18, carrier, terms(carrier, 98), uint256(EVIDENCE)), "entry");
        isAt(carrier, 0, 2);
        equal(custody.consignmentOf(BOX).quantity, 98, "what the taker found");
    }

    function test_a_refusal_leaves_it_with_the_holder() public {
        ship(port, carrier);
        vm.recordLogs();
        vm.prank(keyOf(carrier));
        custody.refuseCustody(BOX, terms(carrier, 98), EVIDENCE);
        equal(lastEntry(), entry(19, carrier, terms(carrier, 98), uint256(EVIDENCE)), "entry");
        isAt(port, 0, 2);
        equal(custody.consignmentOf(BOX).quantity, 100, "as the holder had it");
    }

    function test_the_holder_recalls_what_was_not_received() public {
        ship(port, carrier);
        vm.recordLogs();
        vm.prank(keyOf(port));
        custody.recall(BOX, 17);
        equal(lastEntry(), entry(22, port, 0, 17), "entry");
        isAt(port, 0, 2);
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyNotInTransit.selector, BOX));
        custody.receiveCustody(BOX, terms(carrier, 98), EVIDENCE);
    }

    function test_recall_is_the_holders_and_needs_a_reason_and_a_shipment() public {
        vm.prank(keyOf(port));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyNotInTransit.selector, BOX));
        custody.recall(BOX, 17);
        ship(port, carrier);
        vm.prank(keyOf(port));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyReasonMissing.selector));
        custody.recall(BOX, 0);
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyNotTheHolder.selector, carrier, port));
        custody.recall(BOX, 17);
    }

    function test_only_the_holder_ships() public {
        shipRefused(
            carrier, terms(depot, 1), abi.encodeWithSelector(ICustody.CustodyNotTheHolder.selector, carrier, port)
        );
    }

    function test_nobody_ships_to_itself_nor_to_nobody() public {
        shipRefused(port, terms(port, 1), abi.encodeWithSelector(ICustody.CustodySelfHandOver.selector, port));
        shipRefused(port, terms(0, 1), abi.encodeWithSelector(ICustody.CustodyUnknownTaker.selector, 0));
        uint32 unknown = formations.formationCount() + 1;
        shipRefused(port, terms(unknown, 1), abi.encodeWithSelector(ICustody.CustodyUnknownTaker.selector, unknown));
    }

    function test_what_is_on_the_road_is_not_shipped_again() public {
        ship(port, carrier);
        shipRefused(port, terms(depot, 1), abi.encodeWithSelector(ICustody.CustodyInTransit.selector, BOX, carrier));
    }

    function test_only_the_named_taker_receives_or_refuses() public {
        ship(port, carrier);
        uint32[2] memory others = [depot, port];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory reason = abi.encodeWithSelector(ICustody.CustodyNotTheTaker.selector, others[i], carrier);
            vm.prank(keyOf(others[i]));
            vm.expectRevert(reason);
            custody.receiveCustody(BOX, terms(others[i], 1), EVIDENCE);
            vm.prank(keyOf(others[i]));
            vm.expectRevert(reason);
            custody.refuseCustody(BOX, terms(others[i], 1), EVIDENCE);
        }
    }

    function test_nothing_is_accepted_twice() public {
        ship(port, carrier);
        receiveBy(carrier);
        bytes memory reason = abi.encodeWithSelector(ICustody.CustodyNotInTransit.selector, BOX);
        vm.prank(keyOf(carrier));
        vm.expectRevert(reason);
        custody.receiveCustody(BOX, terms(carrier, 98), EVIDENCE);
        vm.prank(keyOf(carrier));
        vm.expectRevert(reason);
        custody.refuseCustody(BOX, terms(carrier, 98), EVIDENCE);
    }

    function test_an_unknown_consignment_is_refused_everywhere() public {
        bytes32 other = keccak256("unknown");
        bytes[10] memory calls = [
            abi.encodeCall(ICustody.ship, (other, terms(carrier, 1), EVIDENCE)),
            abi.encodeCall(ICustody.receiveCustody, (other, terms(carrier, 1), EVIDENCE)),
            abi.encodeCall(ICustody.refuseCustody, (other, terms(carrier, 1), EVIDENCE)),
            abi.encodeCall(ICustody.receiveFor, (other, 0, terms(carrier, 1), EVIDENCE, DEADLINE, "")),
            abi.encodeCall(ICustody.refuseFor, (other, 0, terms(carrier, 1), EVIDENCE, DEADLINE, "")),
            abi.encodeCall(ICustody.handOver, (other, 0, terms(carrier, 1), EVIDENCE, DEADLINE, "")),
            abi.encodeCall(ICustody.recall, (other, 1)),
            abi.encodeCall(ICustody.hold, (other, 1)),
            abi.encodeCall(ICustody.lift, (other, court, 1)),
            abi.encodeCall(ICustody.ship, (0, terms(carrier, 1), EVIDENCE))
        ];
        for (uint256 i = 0; i < 10; ++i) {
            vm.prank(keyOf(port));
            (bool succeeded, bytes memory reason) = address(custody).call(calls[i]);
            require(!succeeded, "refused");
            bytes32 named = i == 9 ? bytes32(0) : other;
            equal(reason, abi.encodeWithSelector(IObserving.CustodyUnknown.selector, named), "reason");
        }
        require(custody.consignmentOf(other).state == ICustody.State.NONE, "no state");
    }

    function test_each_act_needs_its_scope() public {
        setScope(carrier, CARGO, ALL_ACTS & ~(uint64(1) << 18), NOW, 0);
        setScope(court, CARGO, ALL_ACTS & ~(uint64(1) << 20), NOW, 0);
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, court, CARGO, 20));
        custody.hold(BOX, REASON);
        vm.prank(keyOf(highCourt));
        custody.hold(BOX, REASON);
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, court, CARGO, 20));
        custody.lift(BOX, highCourt, REASON);
        vm.prank(keyOf(highCourt));
        custody.lift(BOX, highCourt, REASON);
        ship(port, carrier);
        bytes memory noReceive = abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, carrier, CARGO, 18);
        vm.prank(keyOf(carrier));
        vm.expectRevert(noReceive);
        custody.receiveCustody(BOX, terms(carrier, 1), EVIDENCE);
        vm.prank(keyOf(carrier));
        vm.expectRevert(noReceive);
        custody.refuseCustody(BOX, terms(carrier, 1), EVIDENCE);
        setScope(port, CARGO, ALL_ACTS & ~(uint64(1) << 17), NOW, 0);
        bytes memory noShip = abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, port, CARGO, 17);
        vm.prank(keyOf(port));
        vm.expectRevert(noShip);
        custody.recall(BOX, REASON);
        shipRefused(port, terms(depot, 1), noShip);
    }

    // ---- relayed signatures

    function test_a_relayed_receipt_counts_as_the_takers() public {
        ship(port, carrier);
        bytes memory signature = relay("Receive", carrier, 1, terms(carrier, 98));
        vm.recordLogs();
        vm.prank(stranger);
        custody.receiveFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
        equal(lastEntry(), entry(18, carrier, terms(carrier, 98), uint256(EVIDENCE)), "by is the signer");
        isAt(carrier, 0, 2);
    }

    function test_a_relayed_refusal_counts_as_the_takers() public {
        ship(port, carrier);
        bytes memory signature = relay("Refuse", carrier, 1, terms(carrier, 98));
        vm.recordLogs();
        vm.prank(stranger);
        custody.refuseFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
        equal(lastEntry(), entry(19, carrier, terms(carrier, 98), uint256(EVIDENCE)), "by is the signer");
        isAt(port, 0, 2);
    }

    function test_a_hand_over_is_both_halves_at_once() public {
        bytes memory signature = relay("HandOver", carrier, 0, terms(carrier, 100));
        uint256 size = ledger.size();
        vm.recordLogs();
        vm.prank(keyOf(port));
        equal(custody.handOver(BOX, 0, terms(carrier, 100), EVIDENCE, DEADLINE, signature), size, "first index");
        bytes memory both = bytes.concat(
            entry(17, port, terms(carrier, 100), uint256(EVIDENCE)),
            entry(18, carrier, terms(carrier, 100), uint256(EVIDENCE))
        );
        Vm.Log memory seen = vm.getRecordedLogs()[0];
        equal(seen.topics[0], ILedger.AppendedMany.selector, "the event");
        equal(seen.data, abi.encode(both), "the entries");
        isAt(carrier, 0, 2);
    }

    function test_a_signature_never_works_twice() public {
        ship(port, carrier);
        bytes memory refusal = relay("Refuse", carrier, 1, terms(carrier, 98));
        bytes memory receipt = relay("Receive", carrier, 1, terms(carrier, 98));
        custody.refuseFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, refusal);
        ship(port, carrier);
        bytes memory stale = abi.encodeWithSelector(ICustody.CustodyWrongSequence.selector, 1, 3);
        vm.expectRevert(stale);
        custody.refuseFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, refusal);
        vm.expectRevert(stale);
        custody.receiveFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, receipt);
        vm.prank(keyOf(port));
        custody.recall(BOX, REASON);
        bytes memory both = relay("HandOver", carrier, 4, terms(carrier, 100));
        vm.prank(keyOf(port));
        custody.handOver(BOX, 4, terms(carrier, 100), EVIDENCE, DEADLINE, both);
        bytes memory back = relay("HandOver", port, 6, terms(port, 100));
        vm.prank(keyOf(carrier));
        custody.handOver(BOX, 6, terms(port, 100), EVIDENCE, DEADLINE, back);
        vm.prank(keyOf(port));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyWrongSequence.selector, 4, 8));
        custody.handOver(BOX, 4, terms(carrier, 100), EVIDENCE, DEADLINE, both);
    }

    function test_a_signature_is_good_until_its_deadline() public {
        ship(port, carrier);
        bytes memory signature = relay("Receive", carrier, 1, terms(carrier, 98));
        vm.warp(DEADLINE + 1);
        bytes memory expired = abi.encodeWithSelector(ICustody.CustodySignatureExpired.selector, DEADLINE);
        vm.expectRevert(expired);
        custody.receiveFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
        vm.expectRevert(expired);
        custody.refuseFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
        vm.expectRevert(expired);
        custody.handOver(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
        vm.warp(DEADLINE);
        custody.receiveFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
        isAt(carrier, 0, 2);
    }

    /// @dev Whatever is changed, the signature is somebody else's: of no formation, or no signature at all.
    function test_a_signature_is_for_exactly_what_was_signed() public {
        ship(port, carrier);
        uint256 signed = terms(carrier, 98);
        bytes memory signature = relay("Receive", carrier, 1, signed);
        bytes32 other = keccak256("another");
        bytes[6] memory calls = [
            abi.encodeCall(ICustody.receiveFor, (BOX, 1, terms(carrier, 97), EVIDENCE, DEADLINE, signature)),
            abi.encodeCall(ICustody.receiveFor, (BOX, 1, signed, other, DEADLINE, signature)),
            abi.encodeCall(ICustody.receiveFor, (BOX, 1, signed, EVIDENCE, DEADLINE + 1, signature)),
            abi.encodeCall(ICustody.refuseFor, (BOX, 1, signed, EVIDENCE, DEADLINE, signature)),
            abi.encodeCall(
                ICustody.receiveFor, (BOX, 1, signed, EVIDENCE, DEADLINE, relay("HandOver", carrier, 1, signed))
            ),
            abi.encodeCall(
                ICustody.receiveFor, (BOX, 1, signed, EVIDENCE, DEADLINE, relay("Receive", carrier, 0, signed))
            )
        ];
        for (uint256 i = 0; i < 6; ++i) {
            (bool succeeded, bytes memory reason) = address(custody).call(calls[i]);
            require(!succeeded && bytes4(reason) == IFormations.FormationsUnknownKey.selector, "a stranger's");
        }
        custody.receiveFor(BOX, 1, signed, EVIDENCE, DEADLINE, signature);
    }

    function test_a_signature_is_for_this_contract_and_chain() public {
        ship(port, carrier);
        bytes memory signature = relay("Receive", carrier, 1, terms(carrier, 98));
        ICustody here = custody;
        custody = newCustody(consortium, formations, ledger);
        bytes memory elsewhere = relay("Receive", carrier, 1, terms(carrier, 98));
        (bool succeeded, bytes memory reason) = address(here)
            .call(abi.encodeCall(ICustody.receiveFor, (BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, elsewhere)));
        require(!succeeded && bytes4(reason) == IFormations.FormationsUnknownKey.selector, "another contract's");
        here.receiveFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
    }

    function test_the_twin_of_a_signature_and_other_lengths_are_refused() public {
        ship(port, carrier);
        bytes32 digest = relayDigest("Receive", BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(1000 + carrier, digest);
        bytes32 twin = bytes32(SECP256K1_ORDER - uint256(s));
        bytes[4] memory wrong = [
            abi.encodePacked(r, twin, v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, s),
            abi.encodePacked(r, s, v, uint8(0)),
            abi.encodePacked(r, s, uint8(0))
        ];
        for (uint256 i = 0; i < 4; ++i) {
            (bool succeeded,) = address(custody)
                .call(abi.encodeCall(ICustody.receiveFor, (BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, wrong[i])));
            require(!succeeded, "refused");
        }
        isAt(port, carrier, 1);
    }

    function test_a_suspended_key_signs_nothing() public {
        ship(port, carrier);
        bytes memory signature = relay("Receive", carrier, 1, terms(carrier, 98));
        vm.prank(ana);
        formations.suspendKey(keyOf(carrier), REASON);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsKeySuspended.selector, keyOf(carrier), NOW));
        custody.receiveFor(BOX, 1, terms(carrier, 98), EVIDENCE, DEADLINE, signature);
    }

    function handOverRefused(uint32 caller, uint32 signer, uint256 terms_, bytes memory reason) private {
        bytes memory signature = relay("HandOver", signer, custody.consignmentOf(BOX).sequence, terms_);
        uint32 sequence = custody.consignmentOf(BOX).sequence;
        vm.prank(keyOf(caller));
        vm.expectRevert(reason);
        custody.handOver(BOX, sequence, terms_, EVIDENCE, DEADLINE, signature);
    }

    function test_a_hand_over_obeys_every_rule_of_its_halves() public {
        handOverRefused(
            carrier,
            depot,
            terms(depot, 1),
            abi.encodeWithSelector(ICustody.CustodyNotTheHolder.selector, carrier, port)
        );
        handOverRefused(port, port, terms(port, 1), abi.encodeWithSelector(ICustody.CustodySelfHandOver.selector, port));
        handOverRefused(
            port, depot, terms(carrier, 1), abi.encodeWithSelector(ICustody.CustodyNotTheTaker.selector, depot, carrier)
        );
        handOverRefused(
            port, depot, terms(0, 1), abi.encodeWithSelector(ICustody.CustodyNotTheTaker.selector, depot, 0)
        );
        handOverRefused(port, depot, terms(depot, 1) | 1, abi.encodeWithSelector(IObserving.CustodyBadTerms.selector));
        vm.prank(keyOf(court));
        custody.hold(BOX, REASON);
        handOverRefused(port, depot, terms(depot, 1), abi.encodeWithSelector(ICustody.CustodyOnHold.selector, BOX, 1));
        vm.prank(keyOf(court));
        custody.lift(BOX, court, REASON);
        ship(port, carrier);
        handOverRefused(
            port, depot, terms(depot, 1), abi.encodeWithSelector(ICustody.CustodyInTransit.selector, BOX, carrier)
        );
    }

    // ---- holds

    function test_a_hold_stops_shipping_until_every_hold_is_lifted() public {
        vm.recordLogs();
        vm.prank(keyOf(court));
        custody.hold(BOX, 4);
        equal(lastEntry(), entry(20, court, 0, 4), "entry");
        vm.prank(keyOf(depot));
        custody.hold(BOX, 9);
        require(custody.isHeldBy(BOX, court) && custody.isHeldBy(BOX, depot), "held by both");
        shipRefused(port, terms(carrier, 1), abi.encodeWithSelector(ICustody.CustodyOnHold.selector, BOX, 2));
        vm.recordLogs();
        vm.prank(keyOf(court));
        custody.lift(BOX, court, 15);
        equal(lastEntry(), entry(21, court, court, 15), "entry");
        shipRefused(port, terms(carrier, 1), abi.encodeWithSelector(ICustody.CustodyOnHold.selector, BOX, 1));
        vm.prank(keyOf(depot));
        custody.lift(BOX, depot, 10);
        ship(port, carrier);
        isAt(port, carrier, 1);
    }

    function test_what_was_shipped_before_a_hold_is_still_answered_for() public {
        ship(port, carrier);
        vm.prank(keyOf(court));
        custody.hold(BOX, 4);
        receiveBy(carrier);
        isAt(carrier, 0, 2);
        shipRefused(carrier, terms(depot, 1), abi.encodeWithSelector(ICustody.CustodyOnHold.selector, BOX, 1));
    }

    function test_a_hold_is_lifted_by_its_formation_or_one_above_and_nobody_else() public {
        vm.prank(keyOf(court));
        custody.hold(BOX, 4);
        vm.prank(keyOf(depot));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyMayNotLift.selector, depot, court));
        custody.lift(BOX, court, 15);
        vm.recordLogs();
        vm.prank(keyOf(highCourt));
        custody.lift(BOX, court, 15);
        equal(lastEntry(), entry(21, highCourt, court, 15), "entry names whose hold it was");
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyNoHoldBy.selector, court));
        custody.lift(BOX, court, 15);
    }

    function test_one_formation_holds_once_and_always_with_a_reason() public {
        vm.startPrank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyReasonMissing.selector));
        custody.hold(BOX, 0);
        custody.hold(BOX, 4);
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyAlreadyHeldBy.selector, court));
        custody.hold(BOX, 4);
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyReasonMissing.selector));
        custody.lift(BOX, court, 0);
        vm.stopPrank();
    }
}
