// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {ITitles} from "../../../contracts/interfaces/ITitles.sol";
import {Shipping} from "./support/Shipping.sol";
import {Vm} from "./support/Vm.sol";

/// @notice Carriers and parties that issue, offer, answer, pledge, surrender, replace and suspend bills at random. Beside the contract it keeps every
///         bill in a plain list, and says beforehand, by going through that list, whether an act ought to be accepted.
contract BillHandler is Shipping {
    uint256 private constant NUMBERS = 3;

    struct Bill {
        bytes32 digest;
        bytes32 key;
        ITitles.State state;
        uint32 holder;
        uint32 entitled;
        uint32 offeredTo;
        uint256 offer;
        uint32 offeredFor;
        uint32 pledgee;
        bool toOrder;
        bool suspended;
        uint32 giver;
        uint32 entitledBefore;
        bool toOrderBefore;
    }

    Bill[] private _bills;
    uint256 private _made;
    uint32[] private _parties;

    string public broken;
    uint256 public accepted;
    uint256 public refused;
    /// @dev Bills that have ended: delivered or replaced. They are looked at again after every sequence.
    mapping(bytes32 digest => ITitles.State) public ended;

    constructor() {
        setUp();
        _parties = [seller, bank, rival, buyer];
    }

    // ---- what the parties do

    function issueOne(uint8 number, uint8 who, bool same) external {
        bytes32 digest = same && _bills.length != 0 ? _bills[number % _bills.length].digest : fresh();
        uint32 holder = _parties[who % 4];
        bytes32 key = keccak256(abi.encode("number", number % NUMBERS));
        bool expected = !same || _bills.length == 0;
        for (uint256 i = 0; i < _bills.length; ++i) {
            if (_bills[i].key == key) expected = false;
        }
        vm.prank(keyOf(carrier));
        try titles.issue(BILL, original(digest, key), ITitles.Terms(holder, holder, true)) {
            check(expected, "two bills of one number, or one bill twice");
            add(digest, key, holder);
        } catch {
            check(!expected, "a bill could not be issued");
            ++refused;
        }
    }

    function offerOne(uint8 which, uint8 who, uint8 to, uint8 endorse, uint8 choice) external {
        if (_bills.length == 0) return;
        Bill storage b = _bills[which % _bills.length];
        uint256[5] memory kinds = [TRANSFER, ENDORSE, ENDORSE_TO_ORDER, BLANK_ENDORSE, HAND_BACK];
        uint256 kind = kinds[choice % 5];
        uint32 actor = who % 4 == 0 ? _parties[to % 4] : b.holder;
        uint32 taker = kind == HAND_BACK && b.giver != 0 ? b.giver : _parties[to % 4];
        uint32 endorsee = kind == ENDORSE || kind == ENDORSE_TO_ORDER ? _parties[endorse % 4] : 0;
        bool entitled = b.entitled == 0 || b.entitled == actor;
        bool free = b.state == ITitles.State.ACTIVE && b.offer == 0 && b.pledgee == 0;
        bool expected = free && actor == b.holder && taker != actor;
        if (kind == HAND_BACK) expected = expected && b.giver != 0;
        else if (kind != TRANSFER) expected = expected && b.toOrder && entitled;
        vm.prank(keyOf(actor));
        try titles.offer(kind, BILL, carrier, b.digest, taker, endorsee, EVIDENCE) {
            check(expected, "offered by who may not");
            (b.offer, b.offeredTo) = (kind, taker);
            b.offeredFor = kind == HAND_BACK ? b.entitledBefore : kind == TRANSFER ? b.entitled : endorsee;
            ++accepted;
        } catch {
            check(!expected, "could not be offered");
            ++refused;
        }
    }

    function answerOne(uint8 which, uint8 who, uint8 choice) external {
        if (_bills.length == 0) return;
        Bill storage b = _bills[which % _bills.length];
        bool takes = choice % 4 != 0;
        uint32 actor = who % 4 == 0 || b.offeredTo == 0 ? _parties[choice % 4] : b.offeredTo;
        bool expected = b.offer != 0 && actor == b.offeredTo && !(takes && b.suspended);
        uint32 sequence = titles.titleOf(BILL, carrier, b.digest).sequence;
        vm.prank(keyOf(actor));
        if (takes) {
            try titles.accept(BILL, carrier, b.digest, sequence, EVIDENCE) {
                check(expected, "accepted by who may not");
                take(b);
                ++accepted;
            } catch {
                check(!expected, "could not be accepted");
                ++refused;
            }
            return;
        }
        try titles.reject(BILL, carrier, b.digest, REASON) {
            check(expected, "rejected by who may not");
            (b.offer, b.offeredTo, b.offeredFor) = (0, 0, 0);
            ++accepted;
        } catch {
            check(!expected, "could not be rejected");
            ++refused;
        }
    }

    function pledgeOne(uint8 which, uint8 who, uint8 to) external {
        if (_bills.length == 0) return;
        Bill storage b = _bills[which % _bills.length];
        uint32 actor = who % 4 == 0 ? _parties[to % 4] : b.holder;
        uint32 pledgee = _parties[(to / 4) % 4];
        bool expected = b.state == ITitles.State.ACTIVE && b.offer == 0 && b.pledgee == 0 && !b.suspended
            && actor == b.holder && (b.entitled == 0 || b.entitled == actor) && pledgee != actor;
        vm.prank(keyOf(actor));
        try titles.pledge(BILL, carrier, b.digest, pledgee, EVIDENCE) {
            check(expected, "pledged twice, or by who may not");
            b.pledgee = pledgee;
            ++accepted;
        } catch {
            check(!expected, "could not be pledged");
            ++refused;
        }
    }

    function releaseOne(uint8 which, uint8 who) external {
        if (_bills.length == 0) return;
        Bill storage b = _bills[which % _bills.length];
        uint32 actor = who % 3 == 0 || b.pledgee == 0 ? _parties[who % 4] : b.pledgee;
        bool expected = b.pledgee != 0 && actor == b.pledgee;
        vm.prank(keyOf(actor));
        try titles.unpledge(BILL, carrier, b.digest, EVIDENCE) {
            check(expected, "released by who may not");
            b.pledgee = 0;
            ++accepted;
        } catch {
            check(!expected, "could not be released");
            ++refused;
        }
    }

    function surrenderOne(uint8 which, uint8 who, bool delivery) external {
        if (_bills.length == 0) return;
        Bill storage b = _bills[which % _bills.length];
        uint32 actor = who % 4 == 0 ? _parties[who / 4 % 4] : b.holder;
        bool expected = b.state == ITitles.State.ACTIVE && b.offer == 0 && b.pledgee == 0 && !b.suspended
            && actor == b.holder && (!delivery || b.entitled == 0 || b.entitled == actor);
        vm.prank(keyOf(actor));
        try titles.surrender(delivery ? FOR_DELIVERY : FOR_AMENDMENT, BILL, carrier, b.digest, 0, EVIDENCE) {
            check(expected, "surrendered by who may not");
            b.state = delivery ? ITitles.State.SURRENDERED_FOR_DELIVERY : ITitles.State.SURRENDERED_FOR_AMENDMENT;
            ++accepted;
        } catch {
            check(!expected, "could not be surrendered");
            ++refused;
        }
    }

    function settleOne(uint8 which, bool yes) external {
        if (_bills.length == 0) return;
        Bill storage b = _bills[which % _bills.length];
        bool delivery = b.state == ITitles.State.SURRENDERED_FOR_DELIVERY;
        bool expected = (delivery || b.state == ITitles.State.SURRENDERED_FOR_AMENDMENT) && !b.suspended;
        vm.prank(keyOf(carrier));
        if (yes) {
            try titles.acceptSurrender(BILL, carrier, b.digest, EVIDENCE) {
                check(expected, "accepted what was not surrendered");
                b.state = delivery ? ITitles.State.DELIVERED : ITitles.State.AMENDED;
                if (delivery) ended[b.digest] = b.state;
                ++accepted;
            } catch {
                check(!expected, "a surrender could not be accepted");
                ++refused;
            }
            return;
        }
        try titles.rejectSurrender(BILL, carrier, b.digest, REASON) {
            check(expected, "rejected what was not surrendered");
            b.state = ITitles.State.ACTIVE;
            ++accepted;
        } catch {
            check(!expected, "a surrender could not be rejected");
            ++refused;
        }
    }

    function replaceOne(uint8 which, uint8 number) external {
        if (_bills.length == 0) return;
        uint256 at = which % _bills.length;
        Bill storage b = _bills[at];
        bytes32 key = number % 2 == 0 ? b.key : keccak256(abi.encode("number", number % NUMBERS));
        bool expected = b.state == ITitles.State.AMENDED;
        for (uint256 i = 0; i < _bills.length; ++i) {
            if (_bills[i].key == key && latestOf(key) != at) expected = false;
        }
        bytes32 digest = fresh();
        ITitles.Terms memory terms_ = ITitles.Terms(b.holder, b.holder, true);
        vm.prank(keyOf(carrier));
        try titles.reissue(BILL, carrier, b.digest, original(digest, key), terms_, 12) {
            check(expected, "replaced what was not surrendered, or under a number in use");
            b.state = ITitles.State.REPLACED;
            ended[b.digest] = b.state;
            add(digest, key, b.holder);
        } catch {
            check(!expected, "could not be replaced");
            ++refused;
        }
    }

    function suspendOne(uint8 which) external {
        if (_bills.length == 0) return;
        Bill storage b = _bills[which % _bills.length];
        if (b.state == ITitles.State.REPLACED) return;
        vm.prank(keyOf(carrier));
        if (b.suspended) ledger.reinstate(BILL, b.digest, carrier, REASON);
        else ledger.suspend(BILL, b.digest, carrier, REASON);
        b.suspended = !b.suspended;
    }

    // ---- what must hold

    function theContractSaysTheSame() external view returns (bool) {
        for (uint256 i = 0; i < _bills.length; ++i) {
            Bill storage b = _bills[i];
            ITitles.Title memory t = titles.titleOf(BILL, carrier, b.digest);
            if (
                t.state != b.state || t.holder != b.holder || t.beneficiary != b.entitled || t.taker != b.offeredTo
                    || t.offer != b.offer || t.offered != b.offeredFor || t.pledgee != b.pledgee
                    || t.toOrder != b.toOrder || t.holderBefore != b.giver
            ) return false;
        }
        return true;
    }

    /// @dev No two bills of one number are neither delivered nor replaced.
    function oneActiveOriginal() external view returns (bool) {
        for (uint256 i = 0; i < _bills.length; ++i) {
            bool live = titles.titleOf(BILL, carrier, _bills[i].digest).state != ITitles.State.REPLACED;
            bool first = titles.originalOf(BILL, carrier, _bills[i].key) == _bills[i].digest;
            if (live && !first) return false;
        }
        return true;
    }

    function exactlyOneHolder() external view returns (bool) {
        for (uint256 i = 0; i < _bills.length; ++i) {
            uint32 holder = titles.titleOf(BILL, carrier, _bills[i].digest).holder;
            if (holder == 0 || holder > formations.formationCount()) return false;
        }
        return true;
    }

    function pledgedIsActiveAndStays() external view returns (bool) {
        for (uint256 i = 0; i < _bills.length; ++i) {
            ITitles.Title memory t = titles.titleOf(BILL, carrier, _bills[i].digest);
            if (t.pledgee != 0 && (t.state != ITitles.State.ACTIVE || t.offer != 0 || t.taker != 0)) return false;
        }
        return true;
    }

    function whatEndedStaysEnded() external view returns (bool) {
        for (uint256 i = 0; i < _bills.length; ++i) {
            ITitles.State end = ended[_bills[i].digest];
            if (end != ITitles.State.NONE && titles.titleOf(BILL, carrier, _bills[i].digest).state != end) {
                return false;
            }
        }
        return true;
    }

    // ---- the plain list

    function add(bytes32 digest, bytes32 key, uint32 holder) private {
        ITitles.State active = ITitles.State.ACTIVE;
        _bills.push(Bill(digest, key, active, holder, holder, 0, 0, 0, 0, true, false, 0, 0, false));
        ++accepted;
    }

    function take(Bill storage b) private {
        bool back = b.offer == HAND_BACK;
        (uint32 giver, uint32 entitled, bool order) = (b.holder, b.entitled, b.toOrder);
        b.holder = b.offeredTo;
        b.entitled = b.offeredFor;
        if (back) b.toOrder = b.toOrderBefore;
        else if (b.offer == ENDORSE) b.toOrder = false;
        (b.giver, b.entitledBefore, b.toOrderBefore) = back ? (0, 0, false) : (giver, entitled, order);
        (b.offer, b.offeredTo, b.offeredFor) = (0, 0, 0);
    }

    function latestOf(bytes32 key) private view returns (uint256 at) {
        for (uint256 i = 0; i < _bills.length; ++i) {
            if (_bills[i].key == key) at = i;
        }
    }

    function fresh() private returns (bytes32) {
        return keccak256(abi.encode(++_made));
    }

    function check(bool right, string memory what) private {
        if (!right && bytes(broken).length == 0) broken = what;
    }
}

/// @notice What holds after any sequence of acts.
contract TitlesGuaranteesTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    BillHandler private handler;

    function setUp() public {
        handler = new BillHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        bytes4[] memory acts = new bytes4[](9);
        acts[0] = BillHandler.issueOne.selector;
        acts[1] = BillHandler.offerOne.selector;
        acts[2] = BillHandler.answerOne.selector;
        acts[3] = BillHandler.pledgeOne.selector;
        acts[4] = BillHandler.releaseOne.selector;
        acts[5] = BillHandler.surrenderOne.selector;
        acts[6] = BillHandler.settleOne.selector;
        acts[7] = BillHandler.replaceOne.selector;
        acts[8] = BillHandler.suspendOne.selector;
        targets[0] = FuzzSelector(address(handler), acts);
    }

    function invariant_titles_accepts_exactly_what_the_rules_allow() public view {
        require(bytes(handler.broken()).length == 0, handler.broken());
        require(handler.theContractSaysTheSame(), "the contract and the plain list differ");
        require(handler.oneActiveOriginal(), "two active originals of one number");
        require(handler.exactlyOneHolder(), "a bill without a holder");
        require(handler.pledgedIsActiveAndStays(), "a pledged bill moved");
        require(handler.whatEndedStaysEnded(), "a bill came back");
    }

    /// @dev That the handler reaches what it is meant to reach.
    function test_a_bill_is_pledged_released_endorsed_surrendered_and_replaced() public {
        handler.issueOne(1, 0, false);
        handler.issueOne(1, 0, false);
        handler.issueOne(0, 0, true);
        require(handler.accepted() == 1 && handler.refused() == 2, "once");
        handler.pledgeOne(0, 1, 4);
        handler.offerOne(0, 1, 1, 1, 2);
        handler.releaseOne(0, 1);
        handler.offerOne(0, 1, 1, 1, 2);
        handler.answerOne(0, 1, 1);
        require(handler.accepted() == 5 && handler.refused() == 3, "held back, then endorsed");
        handler.surrenderOne(0, 1, false);
        handler.settleOne(0, false);
        handler.surrenderOne(0, 1, false);
        handler.settleOne(0, true);
        handler.replaceOne(0, 0);
        handler.settleOne(0, false);
        require(handler.accepted() == 10 && handler.refused() == 4, "replaced, for good");
        handler.surrenderOne(1, 1, true);
        handler.settleOne(1, true);
        handler.replaceOne(1, 0);
        require(handler.accepted() == 12 && handler.refused() == 5, "delivered, for good");
        require(bytes(handler.broken()).length == 0, handler.broken());
    }
}
