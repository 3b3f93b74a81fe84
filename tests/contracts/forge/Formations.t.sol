// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {Network} from "./support/Network.sol";
import {Vm} from "./support/Vm.sol";

contract FormationsTest is Network {
    uint32 private office;
    address private key;

    function setUp() public override {
        super.setUp();
        office = addOffice("KHI-PORT");
        key = keyOf(office);
    }

    function call(bytes memory callData) private {
        decide(address(formations), callData);
    }

    function refused(bytes memory callData, bytes memory reason) private {
        decideRefused(address(formations), callData, reason);
    }

    function mayNot(bytes memory reason) private {
        vm.expectRevert(reason);
        formations.authorise(key, GD, 1);
    }

    /// @dev The data of the last event, which is the entry the act appended.
    function lastEntry() private returns (bytes memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        return logs[logs.length - 1].data;
    }

    function entry(uint256 kind, address actor, bytes32 docType, uint256 subject, bytes32 related, uint256 data)
        private
        view
        returns (bytes memory)
    {
        return abi.encode(kind, byWord(actor, 0), docType, subject, related, data, block.timestamp);
    }

    function test_a_key_in_order_acts_for_its_formation() public view {
        equal(formations.authorise(key, GD, 1), office, "its formation");
    }

    function test_an_unknown_key_does_not_act() public {
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsUnknownKey.selector, stranger));
        formations.authorise(stranger, GD, 1);
    }

    function testFuzz_a_key_acts_exactly_inside_its_window(uint40 from, uint40 to, uint40 time) public {
        vm.assume(to == 0 || to > from);
        key = vm.addr(501);
        addKey(office, key, from, to);
        vm.assume(time >= NOW);
        vm.warp(time);
        if (time < from) {
            mayNot(abi.encodeWithSelector(IFormations.FormationsKeyNotYetValid.selector, key, from));
        } else if (to != 0 && time >= to) {
            mayNot(abi.encodeWithSelector(IFormations.FormationsKeyExpired.selector, key, to));
        } else {
            equal(formations.authorise(key, GD, 1), office, "inside");
        }
    }

    function testFuzz_a_formation_acts_exactly_inside_its_window(uint40 from, uint40 to, uint40 time) public {
        vm.assume(to == 0 || to > from);
        vm.assume(time >= NOW);
        call(abi.encodeCall(IFormations.addFormation, ("WINDOW", "BANK", 0, 0, from, to)));
        uint32 other = formations.formationCount();
        key = vm.addr(501);
        addKey(other, key, 0, 0);
        setScope(other, GD, ALL_ACTS, 0, 0);
        vm.warp(time);
        if (time < from) {
            mayNot(abi.encodeWithSelector(IFormations.FormationsNotYetValid.selector, other, from));
        } else if (to != 0 && time >= to) {
            mayNot(abi.encodeWithSelector(IFormations.FormationsExpired.selector, other, to));
        } else {
            equal(formations.authorise(key, GD, 1), other, "inside");
        }
    }

    function testFuzz_a_scope_allows_exactly_its_acts_on_its_type_in_its_window(
        uint64 acts,
        uint40 from,
        uint40 to,
        uint40 time,
        uint256 kind
    ) public {
        vm.assume(to == 0 || to > from);
        vm.assume(time >= NOW);
        acts &= ALL_ACTS;
        kind = kind % 100;
        setScope(office, "INVOICE", acts, from, to);
        vm.warp(time);
        bool allowed = kind < 64 && (acts >> kind) & 1 == 1 && time >= from && (to == 0 || time < to);
        if (!allowed) {
            vm.expectRevert(
                abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, office, bytes32("INVOICE"), kind)
            );
        }
        equal(formations.authorise(key, "INVOICE", kind), allowed ? office : 0, "in scope");
    }

    function test_a_type_without_scope_is_out_of_scope_even_for_a_kind_beyond_the_word() public {
        uint256[4] memory kinds = [uint256(1), 64, 257, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, office, bytes32("OTHER"), kinds[i])
            );
            formations.authorise(key, "OTHER", kinds[i]);
        }
    }

    function test_taking_a_scope_away_ends_it() public {
        setScope(office, GD, 0, 0, 0);
        mayNot(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, office, GD, 1));
        equal(formations.scopeOf(office, GD).acts, 0, "the scope");
    }

    function test_any_one_member_suspends_a_key_and_only_the_consortium_reinstates_it() public {
        vm.recordLogs();
        vm.prank(chen);
        formations.suspendKey(key, REASON);
        equal(lastEntry(), entry(37, chen, 0, uint160(key), 0, REASON), "entry");
        mayNot(abi.encodeWithSelector(IFormations.FormationsKeySuspended.selector, key, NOW));
        vm.prank(chen);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsAlreadySuspended.selector, NOW));
        formations.suspendKey(key, REASON);
        vm.prank(chen);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOnlyConsortium.selector, chen));
        formations.reinstateKey(key, REASON);
        refused(
            abi.encodeCall(IFormations.reinstateKey, (key, 0)),
            abi.encodeWithSelector(IFormations.FormationsReasonMissing.selector)
        );
        vm.recordLogs();
        call(abi.encodeCall(IFormations.reinstateKey, (key, 10)));
        equal(lastEntry(), entry(38, bilal, 0, uint160(key), 0, 10), "entry");
        equal(formations.authorise(key, GD, 1), office, "acts again");
        refused(
            abi.encodeCall(IFormations.reinstateKey, (key, 10)),
            abi.encodeWithSelector(IFormations.FormationsNotSuspended.selector)
        );
    }

    function test_any_one_member_suspends_a_formation_and_only_the_consortium_reinstates_it() public {
        vm.recordLogs();
        vm.prank(chen);
        formations.suspendFormation(office, REASON);
        equal(lastEntry(), entry(33, chen, 0, office, 0, REASON), "entry");
        mayNot(abi.encodeWithSelector(IFormations.FormationsSuspended.selector, office, NOW));
        vm.prank(ana);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsAlreadySuspended.selector, NOW));
        formations.suspendFormation(office, REASON);
        vm.prank(chen);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOnlyConsortium.selector, chen));
        formations.reinstateFormation(office, REASON);
        refused(
            abi.encodeCall(IFormations.reinstateFormation, (office, 0)),
            abi.encodeWithSelector(IFormations.FormationsReasonMissing.selector)
        );
        vm.recordLogs();
        call(abi.encodeCall(IFormations.reinstateFormation, (office, 10)));
        equal(lastEntry(), entry(34, bilal, 0, office, 0, 10), "entry");
        equal(formations.authorise(key, GD, 1), office, "acts again");
        refused(
            abi.encodeCall(IFormations.reinstateFormation, (office, 10)),
            abi.encodeWithSelector(IFormations.FormationsNotSuspended.selector)
        );
    }

    function test_who_is_no_member_suspends_nothing() public {
        address[3] memory callers = [stranger, key, address(consortium)];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(IFormations.FormationsOnlyMember.selector, callers[i]);
            vm.prank(callers[i]);
            vm.expectRevert(reason);
            formations.suspendKey(key, REASON);
            vm.prank(callers[i]);
            vm.expectRevert(reason);
            formations.suspendFormation(office, REASON);
        }
    }

    function test_a_suspension_needs_a_reason_and_something_to_suspend() public {
        vm.startPrank(ana);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsReasonMissing.selector));
        formations.suspendKey(key, 0);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsReasonMissing.selector));
        formations.suspendFormation(office, 0);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsUnknownKey.selector, stranger));
        formations.suspendKey(stranger, REASON);
        uint32[2] memory unknown = [uint32(0), 99];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsUnknownFormation.selector, unknown[i]));
            formations.suspendFormation(unknown[i], REASON);
        }
        vm.stopPrank();
    }

    function test_only_the_consortium_changes_authority() public {
        bytes[8] memory calls = [
            abi.encodeCall(IFormations.addFormation, ("X", "BANK", 0, 0, 0, 0)),
            abi.encodeCall(IFormations.closeFormation, (office, NOW)),
            abi.encodeCall(IFormations.addKey, (office, stranger, 0, 0, 0)),
            abi.encodeCall(IFormations.closeKey, (key, NOW)),
            abi.encodeCall(IFormations.declareCompromised, (key, NOW)),
            abi.encodeCall(IFormations.setScope, (office, GD, 2, 0, 0)),
            abi.encodeCall(IFormations.reinstateKey, (key, 1)),
            abi.encodeCall(IFormations.reinstateFormation, (office, 1))
        ];
        address[3] memory callers = [stranger, key, ana];
        for (uint256 i = 0; i < 24; ++i) {
            address caller = callers[i % 3];
            vm.prank(caller);
            (bool succeeded, bytes memory reason) = address(formations).call(calls[i / 3]);
            require(!succeeded, "refused");
            equal(reason, abi.encodeWithSelector(IFormations.FormationsOnlyConsortium.selector, caller), "reason");
        }
    }

    function test_a_compromised_key_never_acts_again() public {
        vm.warp(NOW + 100);
        vm.recordLogs();
        call(abi.encodeCall(IFormations.declareCompromised, (key, NOW + 50)));
        equal(lastEntry(), entry(39, bilal, 0, uint160(key), 0, NOW + 50), "entry");
        equal(formations.keyOf(key).compromisedFrom, NOW + 50, "since");
        bytes memory reason = abi.encodeWithSelector(IFormations.FormationsKeyCompromised.selector, key, NOW + 50);
        mayNot(reason);
        vm.warp(NOW + 3650 days);
        mayNot(reason);
        vm.prank(ana);
        formations.suspendKey(key, REASON);
        call(abi.encodeCall(IFormations.reinstateKey, (key, 10)));
        mayNot(reason);
    }

    function test_a_compromise_is_declared_only_for_times_that_make_sense() public {
        vm.warp(NOW + 100);
        uint64[3] memory wrong = [uint64(0), NOW - 1, NOW + 101];
        for (uint256 i = 0; i < 3; ++i) {
            refused(
                abi.encodeCall(IFormations.declareCompromised, (key, wrong[i])),
                abi.encodeWithSelector(IFormations.FormationsBadTime.selector, wrong[i])
            );
        }
        call(abi.encodeCall(IFormations.declareCompromised, (key, NOW + 50)));
        for (uint64 later = NOW + 50; later <= NOW + 51; ++later) {
            refused(
                abi.encodeCall(IFormations.declareCompromised, (key, later)),
                abi.encodeWithSelector(IFormations.FormationsBadTime.selector, later)
            );
        }
        call(abi.encodeCall(IFormations.declareCompromised, (key, NOW + 49)));
        equal(formations.keyOf(key).compromisedFrom, NOW + 49, "moved back");
    }

    function test_closing_ends_at_the_time_given_and_a_past_time_means_now() public {
        vm.recordLogs();
        call(abi.encodeCall(IFormations.closeKey, (key, NOW + 10)));
        equal(lastEntry(), entry(40, bilal, 0, uint160(key), 0, NOW + 10), "entry");
        equal(formations.authorise(key, GD, 1), office, "not yet ended");
        vm.warp(NOW + 10);
        mayNot(abi.encodeWithSelector(IFormations.FormationsKeyExpired.selector, key, NOW + 10));

        key = vm.addr(501);
        addKey(office, key, 0, 0);
        vm.recordLogs();
        call(abi.encodeCall(IFormations.closeFormation, (office, 5)));
        equal(lastEntry(), entry(35, bilal, 0, office, 0, NOW + 10), "entry");
        mayNot(abi.encodeWithSelector(IFormations.FormationsExpired.selector, office, NOW + 10));
    }

    function test_closing_never_prolongs() public {
        call(abi.encodeCall(IFormations.closeKey, (key, NOW + 10)));
        call(abi.encodeCall(IFormations.closeFormation, (office, NOW + 10)));
        uint64[3] memory wrong = [uint64(0), NOW + 11, type(uint64).max];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(IFormations.FormationsBadWindow.selector, NOW, wrong[i]);
            refused(abi.encodeCall(IFormations.closeKey, (key, wrong[i])), reason);
            refused(abi.encodeCall(IFormations.closeFormation, (office, wrong[i])), reason);
        }
        call(abi.encodeCall(IFormations.closeKey, (key, NOW + 9)));
        equal(formations.keyOf(key).to, NOW + 9, "sooner");
        addKey(office, stranger, NOW + 50, 0);
        refused(
            abi.encodeCall(IFormations.closeKey, (stranger, NOW + 49)),
            abi.encodeWithSelector(IFormations.FormationsBadWindow.selector, NOW + 50, NOW + 49)
        );
    }

    function test_a_new_formation_is_on_record_and_on_the_log() public {
        vm.recordLogs();
        call(abi.encodeCall(IFormations.addFormation, ("LHE-DRY-2", "WAREHOUSE", office, 0, NOW, NOW + 9)));
        uint256 word = (uint256(office) << 160) | (uint256(NOW) << 64) | (NOW + 9);
        equal(lastEntry(), entry(32, bilal, "WAREHOUSE", 2, "LHE-DRY-2", word), "entry");
        IFormations.Formation memory found = formations.formationOf(2);
        require(found.code == "LHE-DRY-2" && found.kind == "WAREHOUS", "names");
        require(found.parent == office && found.predecessor == 0, "relations");
        require(found.from == NOW && found.to == NOW + 9 && found.suspendedAt == 0, "window");
        equal(formations.formationByCode("LHE-DRY-2"), 2, "by its code");
        equal(formations.formationCount(), 2, "count");
    }

    function test_a_new_key_and_scope_are_on_record_and_on_the_log() public {
        vm.recordLogs();
        addKey(office, stranger, NOW, NOW + 9);
        uint256 window = (uint256(NOW) << 64) | (NOW + 9);
        equal(
            lastEntry(), entry(36, bilal, 0, uint160(stranger), "officer", (uint256(office) << 128) | window), "entry"
        );
        IFormations.Key memory held = formations.keyOf(stranger);
        require(held.formation == office && held.from == NOW && held.to == NOW + 9, "key");
        vm.recordLogs();
        setScope(office, "INVOICE", 6, NOW, NOW + 9);
        equal(lastEntry(), entry(41, bilal, "INVOICE", office, bytes32(uint256(6)), window), "entry");
        IFormations.Scope memory scope = formations.scopeOf(office, "INVOICE");
        require(scope.acts == 6 && scope.from == NOW && scope.to == NOW + 9, "scope");
    }

    function test_a_malformed_formation_is_refused() public {
        bytes32[6] memory codes =
            [bytes32(0), "lower", "-X", "A_B", bytes32(bytes3(0x410042)), "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF"];
        for (uint256 i = 0; i < 6; ++i) {
            refused(
                abi.encodeCall(IFormations.addFormation, (codes[i], "BANK", 0, 0, 0, 0)),
                abi.encodeWithSelector(IFormations.FormationsBadCode.selector, codes[i])
            );
            bytes32 kind = codes[i] == "A_B" ? bytes32("1ST") : codes[i];
            refused(
                abi.encodeCall(IFormations.addFormation, ("X", kind, 0, 0, 0, 0)),
                abi.encodeWithSelector(IFormations.FormationsBadType.selector, kind)
            );
            refused(
                abi.encodeCall(IFormations.setScope, (office, kind, 2, 0, 0)),
                abi.encodeWithSelector(IFormations.FormationsBadType.selector, kind)
            );
        }
        refused(
            abi.encodeCall(IFormations.addFormation, ("KHI-PORT", "BANK", 0, 0, 0, 0)),
            abi.encodeWithSelector(IFormations.FormationsDuplicateCode.selector, bytes32("KHI-PORT"))
        );
        bytes memory unknown = abi.encodeWithSelector(IFormations.FormationsUnknownFormation.selector, 2);
        refused(abi.encodeCall(IFormations.addFormation, ("X", "BANK", 2, 0, 0, 0)), unknown);
        refused(abi.encodeCall(IFormations.addFormation, ("X", "BANK", 0, 2, 0, 0)), unknown);
        refused(abi.encodeCall(IFormations.addKey, (2, stranger, 0, 0, 0)), unknown);
        refused(abi.encodeCall(IFormations.setScope, (2, GD, 2, 0, 0)), unknown);
        refused(abi.encodeCall(IFormations.closeFormation, (2, NOW)), unknown);
        vm.expectRevert(unknown);
        formations.formationOf(2);
    }

    function test_names_of_31_characters_are_names() public {
        bytes32 longest = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD9";
        call(abi.encodeCall(IFormations.addFormation, (longest, longest, 0, 0, 0, 0)));
        equal(formations.formationByCode(longest), 2, "accepted");
    }

    function test_a_window_that_ends_before_it_begins_or_is_too_far_is_refused() public {
        uint64[2][4] memory windows = [[NOW, NOW], [NOW, NOW - 1], [uint64(1) << 40, 0], [uint64(0), uint64(1) << 40]];
        for (uint256 i = 0; i < 4; ++i) {
            (uint64 from, uint64 to) = (windows[i][0], windows[i][1]);
            bytes memory reason = abi.encodeWithSelector(IFormations.FormationsBadWindow.selector, from, to);
            refused(abi.encodeCall(IFormations.addFormation, ("X", "BANK", 0, 0, from, to)), reason);
            refused(abi.encodeCall(IFormations.addKey, (office, stranger, 0, from, to)), reason);
            refused(abi.encodeCall(IFormations.setScope, (office, GD, 2, from, to)), reason);
        }
    }

    function test_a_key_belongs_to_one_formation_for_ever() public {
        addFormation("LHE", 0, 0);
        refused(
            abi.encodeCall(IFormations.addKey, (2, key, 0, 0, 0)),
            abi.encodeWithSelector(IFormations.FormationsKeyTaken.selector, key, office)
        );
        call(abi.encodeCall(IFormations.closeKey, (key, NOW)));
        refused(
            abi.encodeCall(IFormations.addKey, (office, key, 0, 0, 0)),
            abi.encodeWithSelector(IFormations.FormationsKeyTaken.selector, key, office)
        );
        refused(
            abi.encodeCall(IFormations.addKey, (office, address(0), 0, 0, 0)),
            abi.encodeWithSelector(IFormations.FormationsBadKey.selector, address(0))
        );
    }

    function test_a_scope_names_only_acts_that_are_done_under_a_scope() public {
        uint64[3] memory wrong = [uint64(1), uint64(1) << 32, uint64(1) << 63];
        for (uint256 i = 0; i < 3; ++i) {
            refused(
                abi.encodeCall(IFormations.setScope, (office, GD, wrong[i] | 2, 0, 0)),
                abi.encodeWithSelector(IFormations.FormationsBadActs.selector, wrong[i] | 2)
            );
        }
    }
}
