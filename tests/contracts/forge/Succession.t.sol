// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {Network} from "./support/Network.sol";
import {Vm} from "./support/Vm.sol";

/// @notice What becomes of an office that is renamed, merged or divided, of its papers, and of the cargo it held.
contract SuccessionTest is Network {
    bytes32 private constant PAPER = keccak256("a document of the office that is gone");
    bytes32 private constant BOX = keccak256("MSKU1234565");

    uint32 private appraisement;
    uint32 private enforcement;
    uint32 private merged;
    uint32 private carrier;

    function setUp() public override {
        super.setUp();
        appraisement = addOffice("KAPW");
        enforcement = addOffice("KENF");
        merged = addOffice("KCUS");
        carrier = addOffice("CARRIER");
    }

    function refused(bytes memory callData, bytes memory reason) private {
        decideRefused(address(formations), callData, reason);
    }

    function gaveWay(uint32 formation, uint64 since) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFormations.FormationsGaveWay.selector, formation, since);
    }

    function merge() private {
        decide(address(formations), succession(both(appraisement, enforcement), only(merged), 0));
    }

    function test_a_merger_closes_the_predecessors_and_is_on_record_and_on_the_log() public {
        uint64 since = NOW + 10 days;
        vm.recordLogs();
        decide(address(formations), succession(both(appraisement, enforcement), only(merged), since));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 last = logs.length;
        for (uint256 i = 0; i < 2; ++i) {
            uint256 office = i == 0 ? appraisement : enforcement;
            bytes memory closed =
                abi.encode(35, byWord(bilal, 0), bytes32(0), office, bytes32(0), since, block.timestamp);
            bytes memory gives = abi.encode(44, byWord(bilal, 0), bytes32(0), office, merged, since, block.timestamp);
            equal(logs[last - 4 + 2 * i].data, closed, "it ends");
            equal(logs[last - 3 + 2 * i].data, gives, "and gives way");
            equal(formations.formationOf(uint32(office)).to, since, "its end");
            (uint64 time, uint32[] memory successors) = formations.successionOf(uint32(office));
            require(time == since && successors.length == 1 && successors[0] == merged, "its successor");
        }
        (uint64 never, uint32[] memory nobody) = formations.successionOf(merged);
        require(never == 0 && nobody.length == 0, "the successor has not given way");
    }

    function test_a_successor_stands_for_its_predecessors_from_the_date_and_not_before() public {
        uint64 since = NOW + 10 days;
        decide(address(formations), succession(both(appraisement, enforcement), only(merged), since));
        vm.warp(since - 1);
        require(!formations.standsFor(merged, appraisement) && !formations.tookOver(merged, enforcement), "not yet");
        equal(formations.authorise(keyOf(appraisement), GD, 1), appraisement, "still in office");
        vm.warp(since);
        require(formations.standsFor(merged, appraisement) && formations.tookOver(merged, enforcement), "from then on");
        require(!formations.standsFor(appraisement, merged), "not the other way round");
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsExpired.selector, appraisement, since));
        formations.authorise(keyOf(appraisement), GD, 1);
    }

    function test_a_merger_and_the_division_after_it_lead_to_both_halves() public {
        merge();
        uint32 east = addOffice("KEAST");
        uint32 west = addOffice("KWEST");
        decide(address(formations), succession(only(merged), both(east, west), 0));
        uint32[3] memory gone = [appraisement, enforcement, merged];
        for (uint256 i = 0; i < 3; ++i) {
            require(formations.tookOver(east, gone[i]) && formations.tookOver(west, gone[i]), "both halves");
            require(!formations.tookOver(carrier, gone[i]), "nobody else");
        }
        require(!formations.standsFor(east, west) && !formations.standsFor(west, east), "one half is not the other");
        uint32 again = addOffice("KCUS-2");
        decide(address(formations), succession(both(east, west), only(again), 0));
        require(formations.tookOver(again, appraisement), "and together again");
    }

    function test_a_registration_that_names_a_predecessor_is_its_new_name() public {
        vm.recordLogs();
        uint32 renamed = addFormation("KAPW-NEW", 0, appraisement);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        equal(
            logs[logs.length - 1].data,
            abi.encode(44, byWord(bilal, 0), bytes32(0), appraisement, renamed, NOW, block.timestamp),
            "it is told as a succession"
        );
        equal(formations.formationOf(renamed).predecessor, appraisement, "and with the registration");
        require(formations.tookOver(renamed, appraisement), "it took its place");
        bytes memory second = abi.encodeCall(IFormations.addFormation, ("KAPW-TWO", "CUSTOMS", 0, appraisement, NOW, 0));
        refused(second, gaveWay(appraisement, NOW));
        equal(formations.formationByCode("KAPW-TWO"), 0, "and nothing of it was kept");
    }

    function test_no_formation_gives_way_twice() public {
        merge();
        refused(succession(only(appraisement), only(carrier), 0), gaveWay(appraisement, NOW));
        refused(succession(both(carrier, enforcement), only(merged), 0), gaveWay(enforcement, NOW));
        refused(succession(both(carrier, carrier), only(merged), 0), gaveWay(carrier, NOW));
        equal(formations.formationOf(carrier).to, 0, "a refused succession closes nothing");
    }

    function test_no_succession_leads_back() public {
        refused(succession(only(appraisement), only(appraisement), 0), gaveWay(appraisement, NOW));
        refused(succession(both(appraisement, enforcement), both(enforcement, merged), 0), gaveWay(enforcement, NOW));
        merge();
        refused(succession(only(merged), only(appraisement), 0), gaveWay(appraisement, NOW));
        refused(succession(only(merged), both(enforcement, carrier), 0), gaveWay(enforcement, NOW));
    }

    function test_a_succession_that_is_malformed_is_refused() public {
        bytes memory bad = abi.encodeWithSelector(IFormations.FormationsBadSuccession.selector);
        uint32[] memory nobody = new uint32[](0);
        refused(succession(nobody, only(merged), 0), bad);
        refused(succession(only(appraisement), nobody, 0), bad);
        refused(succession(only(appraisement), both(carrier, merged), 0), bad); // not in ascending order
        refused(succession(only(appraisement), both(merged, merged), 0), bad);
        uint32[] memory seven = new uint32[](7);
        for (uint32 i = 0; i < 7; ++i) {
            seven[i] = addFormation(bytes32(bytes.concat("PART-", bytes1(uint8(0x30 + i)))), 0, 0);
        }
        refused(succession(only(appraisement), seven, 0), bad);
        uint32 absent = formations.formationCount() + 1;
        bytes memory unknown = abi.encodeWithSelector(IFormations.FormationsUnknownFormation.selector, absent);
        refused(succession(only(absent), only(merged), 0), unknown);
        refused(succession(only(appraisement), only(absent), 0), unknown);
        refused(
            succession(only(0), only(merged), 0),
            abi.encodeWithSelector(IFormations.FormationsUnknownFormation.selector, 0)
        );
        uint64 late = uint64(type(uint40).max) + 1;
        refused(
            succession(only(appraisement), only(merged), late),
            abi.encodeWithSelector(IFormations.FormationsBadTime.selector, late)
        );
        assembly {
            mstore(seven, 6)
        }
        decide(address(formations), succession(only(appraisement), seven, 0));
        require(formations.tookOver(seven[5], appraisement), "six are taken");
    }

    function test_who_is_not_in_office_at_the_date_takes_over_nothing() public {
        decide(
            address(formations), abi.encodeCall(IFormations.addFormation, ("SOON", "CUSTOMS", 0, 0, NOW + 50, NOW + 99))
        );
        uint32 soon = formations.formationCount();
        refused(
            succession(only(appraisement), only(soon), NOW + 49),
            abi.encodeWithSelector(IFormations.FormationsNotYetValid.selector, soon, NOW + 50)
        );
        refused(
            succession(only(appraisement), only(soon), NOW + 99),
            abi.encodeWithSelector(IFormations.FormationsExpired.selector, soon, NOW + 99)
        );
        refused(
            succession(only(soon), only(merged), NOW + 49),
            abi.encodeWithSelector(IFormations.FormationsBadWindow.selector, NOW + 50, NOW + 49)
        );
        decide(address(formations), succession(only(appraisement), only(soon), NOW + 98));
        vm.warp(NOW + 98);
        require(formations.tookOver(soon, appraisement), "in its last second");
    }

    function test_an_office_that_ended_long_ago_keeps_its_end() public {
        decide(address(formations), abi.encodeCall(IFormations.closeFormation, (appraisement, NOW)));
        vm.warp(NOW + 365 days);
        succeed(appraisement, merged, 0);
        equal(formations.formationOf(appraisement).to, NOW, "its end is not moved");
        (uint64 since,) = formations.successionOf(appraisement);
        equal(since, NOW + 365 days, "but its place is taken only now");
    }

    function test_only_a_decision_makes_a_succession() public {
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOnlyConsortium.selector, ana));
        vm.prank(ana);
        formations.succeed(only(appraisement), only(merged), 0);
    }

    function test_formations_above_stand_for_what_was_below_whoever_took_whose_place() public {
        uint32 region = addOffice("REGION");
        uint32 cell = addOffice("CELL", region, 0);
        uint32 newRegion = addOffice("REGION-2");
        uint32 newCell = addOffice("CELL-2", newRegion, 0);
        require(formations.standsFor(region, cell) && !formations.standsFor(newRegion, cell), "before");
        succeed(region, newRegion, 0);
        require(formations.standsFor(newRegion, cell), "who took the place of the one above");
        succeed(cell, newCell, 0);
        require(formations.standsFor(newCell, cell) && formations.standsFor(newRegion, newCell), "the new cell");
        require(!formations.tookOver(newRegion, cell), "being above is not having its place");
        require(!formations.standsFor(cell, region), "one below does not");
        require(
            !formations.standsFor(0, 0) && !formations.standsFor(0, cell) && !formations.standsFor(cell, 0), "nobody"
        );
    }

    function test_no_more_than_the_64_nearest_are_looked_at() public {
        uint32[65] memory line;
        for (uint32 i = 0; i < 65; ++i) {
            bytes memory code = bytes.concat("LINE-", bytes1(uint8(0x30 + i / 10)), bytes1(uint8(0x30 + i % 10)));
            line[i] = addFormation(bytes32(code), 0, 0);
            if (i != 0) succeed(line[i - 1], line[i], 0);
        }
        require(formations.tookOver(line[63], line[0]) && formations.tookOver(line[64], line[1]), "the 64th");
        require(!formations.tookOver(line[64], line[0]), "not the 65th");
    }

    function test_what_a_closed_office_issued_is_withdrawn_by_its_successor() public {
        vm.prank(keyOf(appraisement));
        ledger.issue(GD, PAPER, 0, 0);
        merge();
        vm.prank(keyOf(merged));
        ledger.revoke(GD, PAPER, appraisement, REASON);
        require(ledger.statusOf(appraisement, GD, PAPER).state == ILedger.State.REVOKED, "it is its own now");
    }

    function test_cargo_that_was_held_goes_on_in_the_hands_of_the_successor() public {
        vm.prank(keyOf(appraisement));
        custody.register(BOX, CARGO, terms(0, 7), 0);
        merge();
        vm.prank(keyOf(merged));
        custody.ship(BOX, terms(carrier, 7), 0);
        equal(custody.consignmentOf(BOX).holder, merged, "who shipped is answerable");
        vm.prank(keyOf(merged));
        custody.recall(BOX, REASON);
        ICustody.Consignment memory found = custody.consignmentOf(BOX);
        require(found.holder == merged && found.taker == 0 && found.quantity == 7, "and has it back");
    }

    function test_cargo_on_its_way_is_received_recalled_and_refused_by_successors() public {
        bytes32[3] memory boxes = [BOX, "another", "a third"];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(keyOf(appraisement));
            custody.register(boxes[i], CARGO, terms(0, 7), 0);
            vm.prank(keyOf(appraisement));
            custody.ship(boxes[i], terms(enforcement, 7), 0);
        }
        merge();
        vm.prank(keyOf(carrier));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyNotTheTaker.selector, carrier, enforcement));
        custody.receiveCustody(BOX, terms(carrier, 7), 0);
        vm.startPrank(keyOf(merged));
        custody.receiveCustody(boxes[0], terms(merged, 6), 0);
        custody.recall(boxes[1], REASON);
        custody.refuseCustody(boxes[2], terms(merged, 7), 0);
        vm.stopPrank();
        ICustody.Consignment memory received = custody.consignmentOf(boxes[0]);
        require(received.holder == merged && received.taker == 0 && received.quantity == 6, "received");
        equal(custody.consignmentOf(boxes[1]).holder, merged, "recalled by who has the holder's place");
        equal(custody.consignmentOf(boxes[2]).holder, appraisement, "refused: it is with whom it was");
    }

    function test_a_formation_above_does_not_hand_over_what_one_below_holds() public {
        uint32 cell = addOffice("CELL", appraisement, 0);
        vm.prank(keyOf(cell));
        custody.register(BOX, CARGO, terms(0, 7), 0);
        vm.prank(keyOf(appraisement));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyNotTheHolder.selector, appraisement, cell));
        custody.ship(BOX, terms(carrier, 7), 0);
    }
}
