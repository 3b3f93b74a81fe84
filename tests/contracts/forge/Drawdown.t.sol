// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrawdown} from "../../../contracts/interfaces/IDrawdown.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {Instruments} from "./support/Instruments.sol";
import {Vm} from "./support/Vm.sol";

contract DrawdownTest is Instruments {
    // -- what is put on the log

    function entryOf(uint256 kind, uint32 formation, bytes32 docType, bytes32 subject, bytes32 related, uint256 data)
        private
        view
        returns (bytes memory)
    {
        return abi.encode(
            kind, byWord(keyOf(formation), formation), docType, subject, related, bytes32(data), block.timestamp
        );
    }

    function test_every_act_is_one_entry_that_says_all_of_it() public {
        IDrawdown.Declaration memory first = declaration("KAPW-HC-1", 1);
        IDrawdown.Declaration memory second = declaration("KAPW-HC-2", 1);
        vm.recordLogs();
        uint40 next = open("SNB-IMP-000215", 50, EXPIRY);
        draw(first, 7);
        cancel(first);
        giveBack(first);
        release(second);
        vm.prank(keyOf(bank));
        drawdown.amend(instrument, documentOf("amended"), 90, uint40(EXPIRY + 1));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes32 key = keccak256("SNB-IMP-000215");
        uint256 opened = measured(50, DOLLARS, EXPIRY);
        uint256 returned = (uint256(7) << 80) | (6 << 40) | instrument;
        uint256 amended = (uint256(90) << 80) | (uint256(instrument) << 40) | (EXPIRY + 1);
        equal(logs.length, 6, "entries");
        equal(next, 2, "instruments are counted");
        equal(logs[0].data, entryOf(11, bank, FI, documentOf("SNB-IMP-000215"), key, opened), "opened");
        equal(
            logs[1].data, entryOf(12, customs, GD, first.digest, first.key, measured(7, DOLLARS, instrument)), "drawn"
        );
        equal(logs[3].data, entryOf(13, customs, GD, first.digest, first.key, returned), "returned");
        equal(logs[4].data, entryOf(14, customs, GD, second.digest, second.key, customs), "released");
        equal(logs[5].data, entryOf(15, bank, FI, documentOf("amended"), 0, amended), "amended");
    }

    function test_an_instrument_is_as_it_was_opened_and_amended() public {
        draw(declaration("KAPW-HC-1", 1), 400);
        vm.prank(keyOf(bank));
        drawdown.amend(instrument, documentOf("amended"), 400, uint40(EXPIRY + 5));
        IDrawdown.Instrument memory told = drawdown.instrumentOf(instrument);
        equal(told.issuer, bank, "issuer");
        equal(told.expiry, EXPIRY + 5, "expiry");
        equal(told.measure, uint32(DOLLARS), "measure");
        equal(told.total, 400, "total");
        equal(told.drawn, 400, "drawn");
        equal(told.docType, FI, "type");
        equal(told.digest, documentOf("amended"), "document");
        equal(drawdown.numberOf(bank, FI, keccak256("SNB-IMP-000214")), instrument, "by its number");
        equal(drawdown.numberOf(customs, FI, keccak256("SNB-IMP-000214")), 0, "of another issuer");
        equal(drawdown.instrumentOf(99).issuer, 0, "of one that was not opened");
    }

    // -- no over-draw

    function test_of_two_declarations_that_want_more_than_there_is_the_second_hears_what_is_left() public {
        draw(declaration("KAPW-HC-1", 1), 600);
        drawRefused(declaration("KAPW-HC-2", 1), 401, overdrawn(400));
        draw(declaration("KAPW-HC-2", 1), 400);
        drawRefused(declaration("KAPW-HC-3", 1), 1, overdrawn(0));
    }

    function testFuzz_draws_never_exceed_the_total(uint176 total, uint176 one, uint176 other) public {
        vm.assume(total != 0 && one != 0 && other != 0);
        instrument = open("SNB-IMP-000999", total, EXPIRY);
        bool fits = one <= total;
        if (fits) draw(declaration("A", 1), one);
        else drawRefused(declaration("A", 1), one, overdrawn(total));
        uint256 left = fits ? uint256(total) - one : total;
        if (other <= left) draw(declaration("B", 1), other);
        else drawRefused(declaration("B", 1), other, overdrawn(left));
        require(drawn() <= total, "no more than there is");
    }

    function test_a_version_of_a_declaration_draws_once_even_after_it_gave_back() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        draw(of_, 1);
        bytes memory already = abi.encodeWithSelector(IDrawdown.DrawdownDrawnAlready.selector, instrument);
        drawRefused(of_, 1, already);
        IDrawdown.Declaration memory amended = declaration("KAPW-HC-1", 2);
        replace(of_, amended);
        giveBack(of_);
        drawRefused(of_, 1, abi.encodeWithSelector(IDrawdown.DrawdownDeclarationNotInForce.selector, 2));
        draw(amended, 5);
        (uint256 amount, bool live) = drawdown.drawOf(instrument, customs, of_);
        require(amount == 1 && !live, "given back");
        (amount, live) = drawdown.drawOf(instrument, customs, amended);
        require(amount == 5 && live, "drawn anew");
        equal(drawn(), 5, "drawn");
    }

    function test_what_is_counted_has_to_be_the_same() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownWrongMeasure.selector, instrument));
        drawdown.draw(of_, measured(1, EUROS, instrument));
    }

    function test_an_amount_that_cannot_be_read_back_is_refused() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        bytes4[8] memory measures = [
            bytes4(0),
            hex"02555344", // no class
            hex"32555344", // an unknown class
            hex"1a555344", // ten decimals
            hex"12005344", // a code of one character
            hex"12755344", // in lower case
            hex"12555300", // two characters: well formed, but another measure than the instrument's
            hex"12555320"
        ];
        bytes memory bad = abi.encodeWithSelector(IDrawdown.DrawdownBadAmount.selector);
        for (uint256 i = 0; i < 8; ++i) {
            bytes memory reason =
                i == 6 ? abi.encodeWithSelector(IDrawdown.DrawdownWrongMeasure.selector, instrument) : bad;
            vm.prank(keyOf(customs));
            vm.expectRevert(reason);
            drawdown.draw(of_, measured(1, measures[i], instrument));
        }
        vm.prank(keyOf(customs));
        vm.expectRevert(bad);
        drawdown.draw(of_, measured(0, DOLLARS, instrument));
        vm.prank(keyOf(customs));
        vm.expectRevert(bad);
        drawdown.draw(of_, measured(1, DOLLARS, instrument) | (1 << 40)); // a byte that must be zero
        vm.prank(keyOf(bank));
        vm.expectRevert(bad);
        drawdown.open(FI, "key", "digest", measured(0, DOLLARS, EXPIRY));
        vm.prank(keyOf(bank));
        vm.expectRevert(bad);
        drawdown.open(FI, "key", "digest", measured(1, measures[1], EXPIRY));
        uint256[2] memory totals = [uint256(0), uint256(1) << 176];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(keyOf(bank));
            vm.expectRevert(bad);
            drawdown.amend(instrument, "digest", totals[i], uint40(EXPIRY));
        }
    }

    // -- giving back

    function test_only_what_a_cancelled_declaration_drew_goes_back_and_only_once() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        giveBackRefused(of_, abi.encodeWithSelector(IDrawdown.DrawdownNotDrawn.selector, instrument));
        draw(of_, 300);
        giveBackRefused(of_, abi.encodeWithSelector(IDrawdown.DrawdownNotCancelled.selector, 0));
        vm.prank(keyOf(customs));
        ledger.suspend(GD, of_.digest, customs, 9);
        giveBackRefused(of_, abi.encodeWithSelector(IDrawdown.DrawdownNotCancelled.selector, 1));
        cancel(of_);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownReasonMissing.selector));
        drawdown.returnDraw(instrument, of_, customs, 0);
        giveBack(of_);
        equal(drawn(), 0, "all is left again");
        giveBackRefused(of_, abi.encodeWithSelector(IDrawdown.DrawdownReturnedAlready.selector, instrument));
        draw(declaration("KAPW-HC-2", 1), TOTAL);
    }

    function test_out_of_charge_closes_the_way_back_for_ever() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        draw(of_, TOTAL);
        uint256 index = release(of_);
        cancel(of_);
        bytes memory closed = abi.encodeWithSelector(IDrawdown.DrawdownReleased.selector, index);
        giveBackRefused(of_, closed);
        vm.warp(EXPIRY + 3650 days);
        giveBackRefused(of_, closed);
        (bool released, uint64 at) = drawdown.releaseOf(customs, GD, of_.key);
        require(released && at == index, "on record");
    }

    function test_an_amendment_after_release_opens_nothing() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        IDrawdown.Declaration memory amended = declaration("KAPW-HC-1", 2);
        draw(of_, 600);
        replace(of_, amended);
        uint256 index = release(amended); // the later version goes out of charge; the first one had drawn
        bytes memory closed = abi.encodeWithSelector(IDrawdown.DrawdownReleased.selector, index);
        giveBackRefused(of_, closed);
        cancel(amended);
        giveBackRefused(of_, closed);
        equal(drawn(), 600, "still drawn");
    }

    function test_what_is_drawn_after_release_is_never_given_back() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        uint256 index = release(of_);
        draw(of_, 10);
        cancel(of_);
        giveBackRefused(of_, abi.encodeWithSelector(IDrawdown.DrawdownReleased.selector, index));
    }

    function test_goods_go_out_of_charge_once_under_a_declaration_in_force() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        uint256 index = release(of_);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownReleased.selector, index));
        drawdown.release(of_, customs);
        IDrawdown.Declaration memory cancelled = declaration("KAPW-HC-2", 1);
        cancel(cancelled);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownDeclarationNotInForce.selector, 3));
        drawdown.release(cancelled, customs);
    }

    // -- expiry and amendment

    function test_nothing_is_drawn_or_amended_from_the_second_of_expiry_on() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        vm.warp(EXPIRY - 1);
        draw(of_, 1);
        vm.warp(EXPIRY);
        drawRefused(declaration("KAPW-HC-2", 1), 1, expired(EXPIRY));
        vm.prank(keyOf(bank));
        vm.expectRevert(expired(EXPIRY));
        drawdown.amend(instrument, documentOf("amended"), TOTAL, uint40(EXPIRY + 1));
        cancel(of_);
        giveBack(of_); // the books still close
        equal(drawn(), 0, "given back");
    }

    function test_an_expiry_lies_ahead() public {
        bytes memory bad = abi.encodeWithSelector(IDrawdown.DrawdownBadExpiry.selector, uint64(block.timestamp));
        vm.prank(keyOf(bank));
        vm.expectRevert(bad);
        drawdown.open(FI, "key", "digest", measured(1, DOLLARS, block.timestamp));
        vm.prank(keyOf(bank));
        vm.expectRevert(bad);
        drawdown.amend(instrument, "digest", TOTAL, uint40(block.timestamp));
    }

    function test_a_total_is_never_set_below_what_is_drawn() public {
        draw(declaration("KAPW-HC-1", 1), 600);
        vm.prank(keyOf(bank));
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownBelowDrawn.selector, 600));
        drawdown.amend(instrument, documentOf("amended"), 599, uint40(EXPIRY));
        vm.prank(keyOf(bank));
        drawdown.amend(instrument, documentOf("amended"), 600, uint40(EXPIRY));
        drawRefused(declaration("KAPW-HC-2", 1), 1, overdrawn(0));
        vm.prank(keyOf(bank));
        drawdown.amend(instrument, documentOf("amended"), 601, uint40(EXPIRY));
        draw(declaration("KAPW-HC-2", 1), 1);
    }

    function test_an_instrument_whose_document_is_not_in_force_is_not_drawn() public {
        vm.prank(keyOf(bank));
        ledger.suspend(FI, documentOf("SNB-IMP-000214"), bank, 9);
        drawRefused(declaration("KAPW-HC-1", 1), 1, abi.encodeWithSelector(IDrawdown.DrawdownNotInForce.selector, 1));
        vm.prank(keyOf(bank));
        ledger.supersede(FI, documentOf("SNB-IMP-000214"), bank, documentOf("amended"), 12);
        drawRefused(declaration("KAPW-HC-1", 1), 1, abi.encodeWithSelector(IDrawdown.DrawdownNotInForce.selector, 2));
        vm.prank(keyOf(bank));
        drawdown.amend(instrument, documentOf("amended"), TOTAL, uint40(EXPIRY));
        draw(declaration("KAPW-HC-1", 1), 1);
        vm.prank(keyOf(bank));
        ledger.revoke(FI, documentOf("amended"), bank, 3);
        drawRefused(declaration("KAPW-HC-2", 1), 1, abi.encodeWithSelector(IDrawdown.DrawdownNotInForce.selector, 3));
    }

    // -- who may

    function outOfScope(uint32 formation, bytes32 docType, uint256 act) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, formation, docType, act);
    }

    function test_each_act_needs_its_own_scope_at_that_time() public {
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        vm.startPrank(keyOf(customs));
        vm.expectRevert(outOfScope(customs, FI, 11));
        drawdown.open(FI, "key", "digest", measured(1, DOLLARS, EXPIRY));
        vm.expectRevert(outOfScope(customs, FI, 15));
        drawdown.amend(instrument, "digest", TOTAL, uint40(EXPIRY));
        vm.stopPrank();
        vm.startPrank(keyOf(bank));
        vm.expectRevert(outOfScope(bank, GD, 12));
        drawdown.draw(of_, measured(1, DOLLARS, instrument));
        vm.expectRevert(outOfScope(bank, GD, 14));
        drawdown.release(of_, customs);
        vm.stopPrank();
        draw(of_, 1);
        cancel(of_);
        vm.prank(keyOf(bank));
        vm.expectRevert(outOfScope(bank, GD, 13));
        drawdown.returnDraw(instrument, of_, customs, 6);
        setScope(customs, GD, (1 << 12) | (1 << 6), NOW, NOW + 1);
        vm.warp(NOW + 1);
        drawRefused(declaration("KAPW-HC-2", 1), 1, outOfScope(customs, GD, 12));
    }

    function test_only_the_issuer_or_who_stands_for_it_returns_releases_and_amends() public {
        uint32 other = addOffice("KAPE");
        setScope(other, FI, 1 << 15, NOW, 0);
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        draw(of_, 1);
        bytes memory notTheirs = abi.encodeWithSelector(IDrawdown.DrawdownNotTheIssuer.selector, other, customs);
        vm.startPrank(keyOf(other));
        vm.expectRevert(notTheirs);
        drawdown.release(of_, customs);
        vm.expectRevert(notTheirs);
        drawdown.returnDraw(instrument, of_, customs, 6);
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownNotTheIssuer.selector, other, bank));
        drawdown.amend(instrument, "digest", TOTAL, uint40(EXPIRY));
        vm.stopPrank();
        cancel(of_);
        uint32 heir = addOffice("KAPW-2", 0, customs);
        vm.prank(keyOf(heir));
        drawdown.returnDraw(instrument, of_, customs, 6);
        equal(drawn(), 0, "given back by the successor");
    }

    function test_a_number_is_opened_once_by_each_issuer_and_what_is_not_there_is_said() public {
        vm.prank(keyOf(bank));
        vm.expectRevert(abi.encodeWithSelector(IDrawdown.DrawdownExists.selector, instrument));
        drawdown.open(FI, keccak256("SNB-IMP-000214"), "another", measured(5, DOLLARS, EXPIRY));
        uint32 other = addFormation("HBL-KHI", 0, 0);
        addKey(other, keyOf(other), NOW, 0);
        setScope(other, FI, 1 << 11, NOW, 0);
        vm.prank(keyOf(other));
        drawdown.open(FI, keccak256("SNB-IMP-000214"), "another", measured(5, DOLLARS, EXPIRY));
        equal(drawdown.instrumentOf(2).issuer, other, "nobody can take another's number");

        bytes memory unknown = abi.encodeWithSelector(IDrawdown.DrawdownUnknown.selector, 7);
        vm.expectRevert(unknown);
        drawdown.amend(7, "digest", 1, uint40(EXPIRY));
        vm.expectRevert(unknown);
        drawdown.draw(declaration("A", 1), measured(1, DOLLARS, 7));
        vm.expectRevert(unknown);
        drawdown.returnDraw(7, declaration("A", 1), customs, 6);
    }

    function test_nothing_is_named_by_zero() public {
        bytes memory bad = abi.encodeWithSelector(IDrawdown.DrawdownBadDigest.selector);
        IDrawdown.Declaration[2] memory halves =
            [IDrawdown.Declaration(GD, 0, "digest"), IDrawdown.Declaration(GD, "key", 0)];
        for (uint256 i = 0; i < 2; ++i) {
            drawRefused(halves[i], 1, bad);
            vm.prank(keyOf(customs));
            vm.expectRevert(bad);
            drawdown.release(halves[i], customs);
            vm.prank(keyOf(bank));
            vm.expectRevert(bad);
            drawdown.open(FI, halves[i].key, halves[i].digest, measured(1, DOLLARS, EXPIRY));
        }
        vm.prank(keyOf(bank));
        vm.expectRevert(bad);
        drawdown.amend(instrument, 0, TOTAL, uint40(EXPIRY));
    }
}
