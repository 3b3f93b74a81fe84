// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {IObserving} from "../../../contracts/interfaces/IObserving.sol";
import {Tracked} from "./support/Tracked.sol";
import {Vm} from "./support/Vm.sol";

contract ObservingTest is Tracked {
    function refused(IObserving.Readings memory readings, bytes memory reason) private {
        bytes memory signature = signed(TRACKER, BOX, readings);
        vm.prank(keyOf(port));
        vm.expectRevert(reason);
        custody.observeBatch(BOX, tracker, readings, signature);
    }

    function lastEntry() private returns (bytes memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        return logs[logs.length - 1].data;
    }

    // ---- sight

    function test_an_officer_says_what_they_saw() public {
        vm.recordLogs();
        vm.prank(keyOf(carrier));
        custody.observe(BOX, terms(0, 98), EVIDENCE);
        bytes memory expected = abi.encode(
            uint256(23), byWord(keyOf(carrier), carrier), CARGO, BOX, terms(0, 98), EVIDENCE, block.timestamp
        );
        equal(lastEntry(), expected, "entry");
        require(custody.consignmentOf(BOX).quantity == 100, "seeing moves nothing");
    }

    function test_an_observation_names_no_taker() public {
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyBadTerms.selector));
        custody.observe(BOX, terms(carrier, 98), EVIDENCE);
    }

    function test_only_what_is_under_custody_is_observed() public {
        bytes32 other = keccak256("another");
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyUnknown.selector, other));
        custody.observe(other, terms(0, 98), EVIDENCE);
    }

    function test_observing_needs_its_scope() public {
        setScope(carrier, CARGO, 1 << 18, NOW, 0);
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, carrier, CARGO, 23));
        custody.observe(BOX, terms(0, 98), EVIDENCE);
    }

    // ---- devices

    function test_a_device_belongs_to_one_formation_for_ever() public {
        IObserving.Device memory known = custody.deviceOf(tracker);
        require(known.formation == port && known.from == NOW && known.to == NOW + 10_000, "device");
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyDeviceTaken.selector, tracker, port));
        custody.registerDevice(tracker, 0, NOW, 0);
    }

    function test_what_could_hand_cargo_over_is_no_device() public {
        vm.startPrank(keyOf(port));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyBadDevice.selector, keyOf(carrier)));
        custody.registerDevice(keyOf(carrier), 0, NOW, 0);
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyBadDevice.selector, address(0)));
        custody.registerDevice(address(0), 0, NOW, 0);
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyBadWindow.selector, NOW, NOW));
        custody.registerDevice(stranger, 0, NOW, NOW);
    }

    function test_a_batch_is_one_entry_whatever_its_size() public {
        vm.recordLogs();
        take(batch(1, NOW, NOW + 900));
        uint256 data = (uint256(uint160(tracker)) << 96) | (uint256(1) << 64) | (uint256(3) << 32);
        bytes memory expected =
            abi.encode(uint256(24), byWord(keyOf(port), port), CARGO, BOX, ROOT, data, block.timestamp);
        equal(lastEntry(), expected, "entry");
    }

    function test_a_batch_is_taken_once_and_in_order() public {
        take(batch(1, NOW, NOW + 100));
        refused(batch(1, NOW, NOW + 100), abi.encodeWithSelector(IObserving.CustodyWrongBatch.selector, 1, 2));
        refused(batch(3, NOW + 101, NOW + 200), abi.encodeWithSelector(IObserving.CustodyWrongBatch.selector, 3, 2));
        take(batch(2, NOW + 101, NOW + 200));
    }

    function test_a_device_does_not_turn_its_clock_back_or_ahead() public {
        take(batch(1, NOW, NOW + 100));
        bytes4 selector = IObserving.CustodyBadReadingTime.selector;
        refused(batch(2, NOW + 100, NOW + 200), abi.encodeWithSelector(selector, NOW + 100, NOW + 200));
        refused(batch(2, NOW + 201, NOW + 200), abi.encodeWithSelector(selector, NOW + 201, NOW + 200));
        refused(batch(2, NOW + 101, NOW + 1301), abi.encodeWithSelector(selector, NOW + 101, NOW + 1301));
        take(batch(2, NOW + 101, NOW + 1300));
    }

    function test_an_empty_batch_is_none() public {
        IObserving.Readings memory readings = batch(1, NOW, NOW + 100);
        readings.count = 0;
        refused(readings, abi.encodeWithSelector(IObserving.CustodyBadReadings.selector));
        (readings.count, readings.root) = (3, 0);
        refused(readings, abi.encodeWithSelector(IObserving.CustodyBadReadings.selector));
    }

    function test_what_the_device_did_not_sign_is_refused() public {
        IObserving.Readings memory readings = batch(1, NOW, NOW + 100);
        bytes memory reason = abi.encodeWithSelector(IObserving.CustodyNotSignedByDevice.selector, tracker);
        bytes memory anothers = signed(78, BOX, readings);
        bytes memory ofAnother = signed(TRACKER, keccak256("another"), readings);
        bytes memory honest = signed(TRACKER, BOX, readings);
        vm.startPrank(keyOf(port));
        vm.expectRevert(reason);
        custody.observeBatch(BOX, tracker, readings, anothers);
        vm.expectRevert(reason);
        custody.observeBatch(BOX, tracker, readings, ofAnother);
        IObserving.Readings memory altered = batch(1, NOW, NOW + 100);
        altered.root = keccak256("altered");
        vm.expectRevert(reason);
        custody.observeBatch(BOX, tracker, altered, honest);
        custody.observeBatch(BOX, tracker, readings, honest);
    }

    function test_only_the_devices_formation_sends_its_batches() public {
        IObserving.Readings memory readings = batch(1, NOW, NOW + 100);
        bytes memory signature = signed(TRACKER, BOX, readings);
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyNotYourDevice.selector, tracker, port));
        custody.observeBatch(BOX, tracker, readings, signature);
        vm.prank(keyOf(port));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyUnknownDevice.selector, stranger));
        custody.observeBatch(BOX, stranger, readings, signature);
    }

    function test_batches_of_a_closed_offices_device_are_brought_by_its_successor() public {
        succeed(port, carrier, 0);
        IObserving.Readings memory readings = batch(1, NOW, NOW + 100);
        bytes memory signature = signed(TRACKER, BOX, readings);
        vm.prank(keyOf(carrier));
        custody.observeBatch(BOX, tracker, readings, signature);
        equal(custody.deviceOf(tracker).sequence, 1, "heard");
    }

    function test_a_closed_or_ended_device_is_not_heard() public {
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyNotYourDevice.selector, tracker, port));
        custody.closeDevice(tracker, 11);
        vm.prank(keyOf(port));
        custody.closeDevice(tracker, 11);
        bytes memory reason =
            abi.encodeWithSelector(IObserving.CustodyDeviceNotInForce.selector, tracker, NOW, uint64(block.timestamp));
        refused(batch(1, NOW, NOW + 100), reason);
        vm.prank(keyOf(port));
        vm.expectRevert(reason);
        custody.closeDevice(tracker, 11);
    }

    // ---- errors

    function test_an_error_is_declared_and_nothing_is_changed() public {
        uint256 size = ledger.size();
        vm.recordLogs();
        vm.prank(keyOf(port));
        custody.declareError(BOX, size - 1, 2, EVIDENCE);
        uint256 related = (uint256(2) << 64) | (size - 1);
        bytes memory expected =
            abi.encode(uint256(27), byWord(keyOf(port), port), CARGO, BOX, related, EVIDENCE, block.timestamp);
        equal(lastEntry(), expected, "entry");
    }

    function test_an_error_has_an_entry_and_a_reason() public {
        uint256 size = ledger.size();
        vm.startPrank(keyOf(port));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyUnknownEntry.selector, size));
        custody.declareError(BOX, size, 2, EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyBadErrorReason.selector, 3));
        custody.declareError(BOX, 0, 3, EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyBadErrorReason.selector, 0));
        custody.declareError(BOX, 0, 0, EVIDENCE);
    }

    // ---- one person at two offices

    function namedOfficers(bytes32 sender, bytes32 receiver) private returns (address shipping, address receiving) {
        (shipping, receiving) = (vm.addr(501), vm.addr(502));
        addKey(port, shipping, sender, NOW, 0);
        addKey(carrier, receiving, receiver, NOW, 0);
        vm.prank(shipping);
        custody.ship(BOX, terms(carrier, 100), EVIDENCE);
    }

    function test_one_person_does_not_sign_for_both_sides() public {
        (, address receiving) = namedOfficers(keccak256("asif"), keccak256("asif"));
        vm.prank(receiving);
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodySamePerson.selector, bytes8(keccak256("asif"))));
        custody.receiveCustody(BOX, terms(carrier, 100), EVIDENCE);
        vm.prank(keyOf(carrier)); // whose officer nobody named
        custody.receiveCustody(BOX, terms(carrier, 100), EVIDENCE);
    }

    function test_two_people_hand_over_and_the_next_is_judged_anew() public {
        (, address receiving) = namedOfficers(keccak256("asif"), keccak256("bushra"));
        vm.prank(receiving);
        custody.receiveCustody(BOX, terms(carrier, 100), EVIDENCE);
        vm.prank(receiving);
        custody.ship(BOX, terms(port, 100), EVIDENCE);
        vm.prank(keyOf(port));
        custody.receiveCustody(BOX, terms(port, 100), EVIDENCE);
    }

    function test_one_person_does_not_sign_a_handover_at_one_place_either() public {
        (address shipping, address receiving) = (vm.addr(501), vm.addr(502));
        addKey(port, shipping, keccak256("asif"), NOW, 0);
        addKey(carrier, receiving, keccak256("asif"), NOW, 0);
        uint64 deadline = uint64(block.timestamp) + 3600;
        bytes32 digest = relayDigest("HandOver", BOX, 0, terms(carrier, 100), EVIDENCE, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(502, digest);
        vm.prank(shipping);
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodySamePerson.selector, bytes8(keccak256("asif"))));
        custody.handOver(BOX, 0, terms(carrier, 100), EVIDENCE, deadline, abi.encodePacked(r, s, v));
    }
}
