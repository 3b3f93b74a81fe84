// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {IObserving} from "../../../contracts/interfaces/IObserving.sol";
import {IRegister} from "../../../contracts/interfaces/IRegister.sol";
import {AuctionChain} from "./support/AuctionChain.sol";
import {Vm} from "./support/Vm.sol";

/// @notice Offices that hold cargo, two courts that enter orders, and a court above the first.
abstract contract Courts is AuctionChain {
    bytes32 internal constant ORDER = "COURT_ORDER";
    bytes32 internal constant BOX = keccak256("a consignment");

    uint32 internal port;
    uint32 internal collectorate;
    uint32 internal above;
    uint32 internal court;
    uint32 internal otherCourt;
    uint32 internal appeal;

    function setUp() public virtual override {
        super.setUp();
        policy(ORDER, NUMBER_OF_ISSUER | FREED_BY_REVOKING, kinds("COURT", 0), 0, none);
        port = addOffice("PORT");
        above = addOffice("ABOVE");
        collectorate = addOffice("COLLECTORATE", above, 0);
        appeal = judging("APPEAL", 0);
        court = judging("FIRST", appeal);
        otherCourt = judging("OTHER", 0);
        vm.prank(keyOf(port));
        custody.register(BOX, CARGO, terms(0, 100), 0);
    }

    function judging(bytes32 code, uint32 parent) private returns (uint32 formation) {
        decide(address(formations), abi.encodeCall(IFormations.addFormation, (code, "COURT", parent, 0, NOW, 0)));
        formation = formations.formationCount();
        addKey(formation, keyOf(formation), 0, NOW, 0);
        setScope(formation, ORDER, REGISTER_ACTS, NOW, 0);
        setScope(formation, CARGO, ALL_ACTS, NOW, 0);
    }

    function order(uint32 by, string memory name) internal returns (bytes32 digest) {
        IRegister.Paper memory p = paper(name, 0, 0, none);
        enter(by, ORDER, p);
        return p.digest;
    }
}

contract CourtOrdersTest is Courts {
    bytes32 private stay;

    function setUp() public override {
        super.setUp();
        stay = order(court, "stay");
    }

    function holdBy(uint32 formation) private returns (uint256) {
        vm.prank(keyOf(formation));
        return custody.holdByOrder(BOX, 4, stay);
    }

    function lifted(uint32 by, uint32 holder, bytes32 on) private {
        vm.prank(keyOf(by));
        custody.liftByOrder(BOX, holder, 10, on);
        require(!custody.isHeldBy(BOX, holder) && custody.consignmentOf(BOX).holds == 0, "lifted");
    }

    function liftRefused(uint32 by, uint32 holder, bytes32 on, bytes memory reason) private {
        vm.prank(keyOf(by));
        vm.expectRevert(reason);
        custody.liftByOrder(BOX, holder, 10, on);
        require(custody.isHeldBy(BOX, holder), "held as before");
    }

    function lastEntry() private returns (bytes memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        return logs[logs.length - 1].data;
    }

    function test_a_hold_by_order_names_the_order_and_stops_the_cargo() public {
        vm.recordLogs();
        uint256 index = holdBy(court);
        uint256 by = byWord(keyOf(court), court);
        equal(lastEntry(), abi.encode(20, by, CARGO, BOX, stay, 4, block.timestamp), "entry");
        (uint32 ordering, uint64 at) = custody.orderedHold(BOX, court);
        require(ordering == court && at == index, "what it rests on");
        vm.prank(keyOf(port));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOnHold.selector, BOX, 1));
        custody.ship(BOX, terms(collectorate, 1), 0);
    }

    function test_a_court_holds_on_an_order_only() public {
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOrderMissing.selector, court));
        custody.hold(BOX, 4);
        require(custody.consignmentOf(BOX).holds == 0, "no hold");
        holdBy(court);
    }

    function test_a_hold_by_order_is_not_lifted_without_one() public {
        holdBy(court);
        uint32[2] memory tries = [court, appeal];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(keyOf(tries[i]));
            vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOrderMissing.selector, court));
            custody.lift(BOX, court, 10);
        }
        lifted(court, court, order(court, "release"));
    }

    function test_the_order_of_a_hold_does_not_lift_it_nor_does_any_entered_before() public {
        bytes32 earlier = order(court, "earlier");
        uint64 held = uint64(holdBy(court));
        bytes32[2] memory orders = [stay, earlier];
        for (uint256 i = 0; i < 2; ++i) {
            uint64 at = register.filingOf(ORDER, orders[i]).index;
            liftRefused(
                court, court, orders[i], abi.encodeWithSelector(ICustody.CustodyOrderTooEarly.selector, at, held)
            );
        }
        lifted(court, court, order(court, "release"));
    }

    function test_an_order_lifts_no_hold_that_was_placed_after_it() public {
        holdBy(court);
        bytes32 release = order(court, "release");
        lifted(court, court, release);
        uint64 held = uint64(holdBy(court));
        uint64 at = register.filingOf(ORDER, release).index;
        liftRefused(court, court, release, abi.encodeWithSelector(ICustody.CustodyOrderTooEarly.selector, at, held));
    }

    function test_an_order_of_another_court_lifts_nothing_and_one_of_the_court_above_does() public {
        holdBy(court);
        bytes32 foreign = order(otherCourt, "foreign");
        liftRefused(
            court,
            court,
            foreign,
            abi.encodeWithSelector(ICustody.CustodyOrderOfAnotherCourt.selector, otherCourt, court)
        );
        lifted(court, court, order(appeal, "on appeal"));
    }

    function test_a_court_below_does_not_undo_what_the_court_above_ordered() public {
        bytes32 staid = order(appeal, "stay on appeal");
        vm.prank(keyOf(appeal));
        custody.holdByOrder(BOX, 4, staid);
        bytes32 below = order(court, "below");
        liftRefused(
            appeal, appeal, below, abi.encodeWithSelector(ICustody.CustodyOrderOfAnotherCourt.selector, court, appeal)
        );
    }

    function test_who_carries_an_order_out_lifts_on_the_courts_paper_and_the_court_may_too() public {
        holdBy(collectorate);
        vm.prank(keyOf(above));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOrderMissing.selector, collectorate));
        custody.lift(BOX, collectorate, 10);
        bytes32 release = order(court, "release");
        liftRefused(
            port, collectorate, release, abi.encodeWithSelector(ICustody.CustodyMayNotLift.selector, port, collectorate)
        );
        lifted(collectorate, collectorate, release);
        uint32[4] memory may = [collectorate, above, court, appeal];
        for (uint256 i = 0; i < 4; ++i) {
            holdBy(collectorate);
            release = order(court, string(bytes.concat("release", bytes32(i))));
            vm.recordLogs();
            lifted(may[i], collectorate, release);
            uint256 related = (uint256(10) << 32) | collectorate;
            bytes memory told =
                abi.encode(21, byWord(keyOf(may[i]), may[i]), CARGO, BOX, related, release, block.timestamp);
            equal(lastEntry(), told, "entry names whose hold it was, why, and the order");
        }
    }

    function test_only_an_order_that_a_court_entered_and_that_is_in_force_holds_or_lifts() public {
        bytes32 none_ = keccak256("no order");
        vm.startPrank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOrderUnknown.selector, none_));
        custody.holdByOrder(BOX, 4, none_);
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOrderUnknown.selector, bytes32(0)));
        custody.holdByOrder(BOX, 4, 0);
        ledger.suspend(ORDER, stay, court, 4);
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOrderNotInForce.selector, stay));
        custody.holdByOrder(BOX, 4, stay);
        ledger.reinstate(ORDER, stay, court, 10);
        custody.holdByOrder(BOX, 4, stay);
        vm.stopPrank();
        liftRefused(court, court, none_, abi.encodeWithSelector(ICustody.CustodyOrderUnknown.selector, none_));
        bytes32 release = order(court, "release");
        vm.prank(keyOf(court));
        register.withdraw(ORDER, release, court, 1, unapproved());
        liftRefused(court, court, release, abi.encodeWithSelector(ICustody.CustodyOrderNotInForce.selector, release));
    }

    function test_a_hold_stands_though_its_order_is_withdrawn() public {
        holdBy(court);
        vm.prank(keyOf(court));
        register.withdraw(ORDER, stay, court, 1, unapproved());
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyOrderMissing.selector, court));
        custody.lift(BOX, court, 10);
        lifted(court, court, order(court, "release"));
    }

    function test_a_plain_hold_is_lifted_as_before_and_not_by_order() public {
        vm.prank(keyOf(collectorate));
        custody.hold(BOX, 9);
        bytes32 release = order(court, "release");
        liftRefused(
            collectorate,
            collectorate,
            release,
            abi.encodeWithSelector(ICustody.CustodyNotByOrder.selector, collectorate)
        );
        vm.prank(keyOf(above));
        custody.lift(BOX, collectorate, 10);
    }

    function test_holding_and_lifting_by_order_need_a_reason_a_scope_and_a_hold() public {
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyReasonMissing.selector));
        custody.holdByOrder(BOX, 0, stay);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, customs, CARGO, 20));
        custody.holdByOrder(BOX, 4, stay);
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyNoHoldBy.selector, court));
        custody.liftByOrder(BOX, court, 10, stay);
        holdBy(court);
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(ICustody.CustodyAlreadyHeldBy.selector, court));
        custody.holdByOrder(BOX, 4, stay);
        bytes32 release = order(court, "release");
        vm.prank(keyOf(court));
        vm.expectRevert(abi.encodeWithSelector(IObserving.CustodyReasonMissing.selector));
        custody.liftByOrder(BOX, court, 0, release);
    }
}

/// @notice Offices and courts that hold, lift and order anything at random; beside the contract it keeps what ought to be true.
contract CourtHandler is Courts {
    struct Held {
        bool held;
        uint32 court;
        uint256 since;
    }

    struct Paper {
        bytes32 digest;
        uint32 court;
        uint256 at;
        bool ended;
    }

    mapping(uint32 formation => Held) private _held;
    Paper[] private _papers;
    uint256 private _clock; // grows with every act, as the log does
    uint256 private _holds;

    string public broken;
    uint256 public accepted;

    constructor() {
        setUp();
        _papers.push(Paper(order(court, "0"), court, ++_clock, false));
    }

    function pick(uint8 who) private view returns (uint32) {
        uint32[6] memory all = [port, above, collectorate, appeal, court, otherCourt];
        return all[who % 6];
    }

    function isCourt(uint32 formation) private view returns (bool) {
        return formation == appeal || formation == court || formation == otherCourt;
    }

    /// @dev Whether one stands for the other, in the plainest form.
    function above_(uint32 actor, uint32 original) private view returns (bool) {
        return
            actor == original || (actor == appeal && original == court) || (actor == above && original == collectorate);
    }

    function enterOrder(uint8 who) external {
        uint32[3] memory courts = [appeal, court, otherCourt];
        uint32 by = courts[who % 3];
        string memory name = string(bytes.concat("order", bytes32(_papers.length)));
        _papers.push(Paper(order(by, name), by, ++_clock, false));
    }

    function endOrder(uint8 which) external {
        Paper storage p = _papers[which % _papers.length];
        if (p.ended) return;
        vm.prank(keyOf(p.court));
        register.withdraw(ORDER, p.digest, p.court, 1, unapproved());
        p.ended = true;
        ++_clock;
    }

    function hold(uint8 who) external {
        uint32 formation = pick(who);
        vm.prank(keyOf(formation));
        (bool done,) = address(custody).call(abi.encodeCall(ICustody.hold, (BOX, REASON)));
        judged(done, !_held[formation].held && !isCourt(formation), "a hold");
        if (done) _place(formation, 0);
    }

    function holdByOrder(uint8 who, uint8 which) external {
        (uint32 formation, Paper memory p) = (pick(who), _papers[which % _papers.length]);
        vm.prank(keyOf(formation));
        (bool done,) = address(custody).call(abi.encodeCall(ICustody.holdByOrder, (BOX, REASON, p.digest)));
        judged(done, !_held[formation].held && !p.ended, "a hold by order");
        if (done) _place(formation, p.court);
    }

    function lift(uint8 who, uint8 whose) external {
        (uint32 formation, uint32 holder) = (pick(who), pick(whose));
        vm.prank(keyOf(formation));
        (bool done,) = address(custody).call(abi.encodeCall(ICustody.lift, (BOX, holder, REASON)));
        Held memory held = _held[holder];
        judged(done, held.held && held.court == 0 && above_(formation, holder), "a lift");
        if (done) _end(holder);
    }

    function liftByOrder(uint8 who, uint8 whose, uint8 which) external {
        (uint32 formation, uint32 holder, Paper memory p) = (pick(who), pick(whose), _papers[which % _papers.length]);
        vm.prank(keyOf(formation));
        (bool done,) = address(custody).call(abi.encodeCall(ICustody.liftByOrder, (BOX, holder, REASON, p.digest)));
        Held memory held = _held[holder];
        bool sound = !p.ended && above_(p.court, held.court) && p.at > held.since;
        bool may = above_(formation, holder) || above_(formation, held.court);
        judged(done, held.held && held.court != 0 && sound && may, "a lift by order");
        if (done) _end(holder);
    }

    function holdsAreAsExpected() external view returns (bool) {
        for (uint8 i = 0; i < 6; ++i) {
            Held memory held = _held[pick(i)];
            (uint32 ordering,) = custody.orderedHold(BOX, pick(i));
            if (custody.isHeldBy(BOX, pick(i)) != held.held || ordering != held.court) return false;
        }
        return custody.consignmentOf(BOX).holds == _holds;
    }

    function _place(uint32 formation, uint32 ordering) private {
        _held[formation] = Held(true, ordering, ++_clock);
        ++_holds;
    }

    function _end(uint32 holder) private {
        delete _held[holder];
        --_holds;
        ++_clock;
    }

    function judged(bool done, bool expected, string memory what) private {
        if (done != expected && bytes(broken).length == 0) broken = what;
        if (done) ++accepted;
    }
}

/// @notice What holds after any sequence of acts.
contract CourtOrdersGuarantees {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    CourtHandler private handler;

    function setUp() public {
        handler = new CourtHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = CourtHandler.enterOrder.selector;
        selectors[1] = CourtHandler.endOrder.selector;
        selectors[2] = CourtHandler.hold.selector;
        selectors[3] = CourtHandler.holdByOrder.selector;
        selectors[4] = CourtHandler.lift.selector;
        selectors[5] = CourtHandler.liftByOrder.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    /// @dev That the handler reaches what it is meant to reach.
    function test_a_court_holds_and_lifts() public {
        handler.holdByOrder(4, 0);
        handler.lift(4, 4);
        handler.enterOrder(0);
        handler.liftByOrder(4, 4, 1);
        require(handler.accepted() == 2 && bytes(handler.broken()).length == 0, "held and lifted");
    }

    function invariant_a_hold_by_order_ends_on_a_later_order_of_its_court_only() external view {
        require(bytes(handler.broken()).length == 0, handler.broken());
        require(handler.holdsAreAsExpected(), "who holds, and on whose order");
    }
}
