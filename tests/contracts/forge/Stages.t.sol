// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrawdown} from "../../../contracts/interfaces/IDrawdown.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {Instruments} from "./support/Instruments.sol";
import {Vm} from "./support/Vm.sol";

/// @notice A declaration's way from filing to the gate.
contract StagesTest is Instruments {
    uint8 private constant ASSESSED = 1;
    uint8 private constant PAID = 2;
    uint8 private constant EXAMINED = 3;
    uint8 private constant OUT_OF_CHARGE = 4;
    uint8 private constant GATE_OUT = 5;

    function advance(IDrawdown.Declaration memory of_, uint8 stage) private returns (uint256 index) {
        vm.prank(keyOf(customs));
        return drawdown.advance(of_, customs, stage);
    }

    function refused(IDrawdown.Declaration memory of_, uint8 stage, bytes memory reason) private {
        vm.prank(keyOf(customs));
        vm.expectRevert(reason);
        drawdown.advance(of_, customs, stage);
    }

    function passed(uint8 stage) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDrawdown.DrawdownStagePassed.selector, stage);
    }

    function missing(uint8 stage) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDrawdown.DrawdownStageMissing.selector, stage);
    }

    function test_a_stage_is_on_the_log_with_declaration_number_and_issuer() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        vm.recordLogs();
        advance(of_, EXAMINED);
        bytes memory expected = abi.encode(
            45, byWord(keyOf(customs), customs), GD, of_.digest, of_.key, (uint256(3) << 32) | customs, block.timestamp
        );
        Vm.Log[] memory logs = vm.getRecordedLogs();
        equal(logs[logs.length - 1].data, expected, "entry");
        require(drawdown.hasPassed(customs, of_, EXAMINED) && !drawdown.hasPassed(customs, of_, PAID), "on record");
    }

    function test_the_way_to_the_gate_and_nothing_out_of_its_order() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        refused(of_, PAID, missing(ASSESSED));
        refused(of_, GATE_OUT, missing(OUT_OF_CHARGE));
        advance(of_, EXAMINED); // before or after the assessment, as the channel has it
        vm.prank(keyOf(customs));
        vm.expectRevert(missing(ASSESSED));
        drawdown.release(of_, customs);
        advance(of_, ASSESSED);
        vm.prank(keyOf(customs));
        vm.expectRevert(missing(PAID));
        drawdown.release(of_, customs);
        refused(of_, ASSESSED, passed(ASSESSED));
        advance(of_, PAID);
        refused(of_, GATE_OUT, missing(OUT_OF_CHARGE));
        uint256 index = release(of_);
        bytes memory out = abi.encodeWithSelector(IDrawdown.DrawdownReleased.selector, uint64(index));
        for (uint8 stage = ASSESSED; stage <= EXAMINED; ++stage) {
            refused(of_, stage, out);
        }
        advance(of_, GATE_OUT);
        refused(of_, GATE_OUT, passed(GATE_OUT));
        for (uint8 stage = ASSESSED; stage <= GATE_OUT; ++stage) {
            require(drawdown.hasPassed(customs, of_, stage), "every stage");
        }
    }

    function test_an_amended_version_is_assessed_anew_and_the_gate_is_passed_once_whatever_version() public {
        IDrawdown.Declaration memory first = declaration("KAPW-HC-1", 1);
        IDrawdown.Declaration memory second = declaration("KAPW-HC-1", 2);
        advance(first, ASSESSED);
        replace(first, second);
        refused(first, PAID, abi.encodeWithSelector(IDrawdown.DrawdownDeclarationNotInForce.selector, 2));
        refused(second, PAID, missing(ASSESSED));
        advance(second, ASSESSED);
        advance(second, PAID);
        release(second);
        advance(second, GATE_OUT);
        IDrawdown.Declaration memory third = declaration("KAPW-HC-1", 3);
        replace(second, third);
        refused(third, GATE_OUT, passed(GATE_OUT));
    }

    function test_a_cancelled_or_suspended_declaration_goes_nowhere() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        vm.prank(keyOf(customs));
        ledger.suspend(GD, of_.digest, customs, 9);
        refused(of_, ASSESSED, abi.encodeWithSelector(IDrawdown.DrawdownDeclarationNotInForce.selector, 1));
        cancel(of_);
        refused(of_, ASSESSED, abi.encodeWithSelector(IDrawdown.DrawdownDeclarationNotInForce.selector, 3));
    }

    function test_a_declaration_of_which_no_stage_was_said_goes_out_of_charge_as_before() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        release(of_);
        require(drawdown.hasPassed(customs, of_, OUT_OF_CHARGE), "released");
        require(!drawdown.hasPassed(customs, of_, ASSESSED), "and that nobody assessed it shows");
    }

    function test_a_stage_that_is_none_or_another_act_s_is_refused() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        uint8[4] memory wrong = [0, OUT_OF_CHARGE, 6, 255];
        for (uint256 i = 0; i < 4; ++i) {
            refused(of_, wrong[i], abi.encodeWithSelector(IDrawdown.DrawdownBadStage.selector, wrong[i]));
        }
        of_.key = 0;
        refused(of_, ASSESSED, abi.encodeWithSelector(IDrawdown.DrawdownBadDigest.selector));
    }

    function test_only_who_may_release_for_the_issuer_says_a_stage() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        uint32 other = addOffice("KAPE");
        vm.prank(keyOf(other));
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownNotTheIssuer.selector, other, customs));
        drawdown.advance(of_, customs, ASSESSED);
        setScope(customs, GD, ALL_ACTS & ~(uint64(1) << 14), NOW, 0);
        refused(
            of_, ASSESSED, abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, customs, GD, uint256(14))
        );
    }

    /// @dev Any sequence of stages and releases, against the three rules told plainly.
    function testFuzz_a_stage_is_taken_exactly_if_it_is_its_turn(uint8[12] calldata tries) public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        bool[6] memory done;
        for (uint256 i = 0; i < tries.length; ++i) {
            uint8 stage = 1 + tries[i] % 5;
            bool begun = done[ASSESSED] || done[EXAMINED];
            bool expected = !done[stage] && (stage == GATE_OUT || !done[OUT_OF_CHARGE]);
            if (stage == PAID) expected = expected && done[ASSESSED];
            if (stage == OUT_OF_CHARGE && begun) expected = expected && done[ASSESSED] && done[PAID];
            if (stage == GATE_OUT) expected = expected && done[OUT_OF_CHARGE];
            vm.prank(keyOf(customs));
            bool taken;
            if (stage == OUT_OF_CHARGE) {
                try drawdown.release(of_, customs) {
                    taken = true;
                } catch {}
            } else {
                try drawdown.advance(of_, customs, stage) {
                    taken = true;
                } catch {}
            }
            require(taken == expected, "out of order");
            if (taken) done[stage] = true;
        }
    }
}
