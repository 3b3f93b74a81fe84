// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {IRegister} from "../../../contracts/interfaces/IRegister.sol";
import {AuctionChain} from "./support/AuctionChain.sol";
import {Vm} from "./support/Vm.sol";

/// @notice Offices that enter, replace, withdraw, suspend and use up the papers of three cars at random. Beside the register it keeps every
///         paper in a plain list, and says beforehand, by going through that list, whether an act ought to be accepted.
contract PaperHandler is AuctionChain {
    uint256 private constant CARS = 3;
    uint256 private constant NUMBERS = 4;

    enum State {
        ACTIVE,
        SUSPENDED,
        SUPERSEDED,
        REVOKED
    }

    struct Paper {
        bytes32 docType;
        bytes32 digest;
        uint32 issuer;
        bytes32 key;
        bytes32 thing;
        uint8 outcome;
        State state;
        bool used;
        bytes32 usedBy;
        bytes32[] parents;
    }

    Paper[] private _papers;
    uint256 private _made;

    string public broken;
    uint256 public accepted;
    uint256 public refused;

    constructor() {
        setUp();
    }

    function count() external view returns (uint256) {
        return _papers.length;
    }

    // ---- what the offices do

    function seize(uint8 car, uint8 number) external {
        go(SEIZURE, customs, fresh(SEIZURE, car, number, 0, none), false);
    }

    function examine(uint8 car, uint8 number, uint8 outcome, uint8 seizure) external {
        go(FORENSIC, laboratory, fresh(FORENSIC, car, number, outcome % 4, list(any(SEIZURE, seizure))), false);
    }

    function pay(uint8 number) external {
        IRegister.Paper memory p = fresh(PAYMENT, 0, number, 0, none);
        p.thing = 0;
        go(PAYMENT, bank, p, false);
    }

    function auction(uint8 car, uint8 number, uint8[4] calldata choice, bool two) external {
        bytes32[] memory parents = list(any(SEIZURE, choice[0]), any(FORENSIC, choice[1]), any(PAYMENT, choice[2]));
        IRegister.Paper memory p = fresh(RECEIPT, car, number, 0, parents);
        if (choice[3] % 3 == 0) replace(RECEIPT, choice[3], p);
        go(RECEIPT, cell, p, two);
    }

    /// @dev An honest chain from nothing, so that receipts and registrations are reached often.
    function sell(uint8 car, uint8 number) external {
        go(SEIZURE, customs, fresh(SEIZURE, car, number, 0, none), false);
        bytes32 seizure = last();
        go(FORENSIC, laboratory, fresh(FORENSIC, car, number, GENUINE, list(seizure)), false);
        bytes32 forensic = last();
        IRegister.Paper memory p = fresh(PAYMENT, 0, number, 0, none);
        p.thing = 0;
        go(PAYMENT, bank, p, false);
        go(RECEIPT, cell, fresh(RECEIPT, car, number, 0, list(seizure, forensic, last())), true);
    }

    function registerCar(uint8 car, uint8 receipt, uint8 replaces) external {
        IRegister.Paper memory p = fresh(REGISTRATION, car, receipt, 0, list(any(RECEIPT, receipt)));
        if (replaces % 4 == 0) replace(REGISTRATION, replaces, p);
        go(REGISTRATION, excise, p, false);
    }

    function consumeReceipt(uint8 which) external {
        bytes32 digest = any(RECEIPT, which);
        (bool known, uint256 at) = find(RECEIPT, digest);
        bool expected = known && _papers[at].state == State.ACTIVE && !_papers[at].used;
        vm.prank(keyOf(customs));
        try register.consume(RECEIPT, digest, 0) {
            check(expected, "a receipt was used up that must not be");
            (_papers[at].used, _papers[at].usedBy) = (true, "an act");
            ++accepted;
        } catch {
            check(!expected, "a receipt could not be used up");
            ++refused;
        }
    }

    function withdrawOne(uint8 which, bool two) external {
        if (_papers.length == 0) return;
        uint256 at = which % _papers.length;
        Paper storage one = _papers[at];
        IRegister.Approval memory approval;
        if (two) {
            bytes32 terms_ = keccak256(abi.encode(one.issuer, REASON));
            approval = approved(2000 + one.issuer, 10, one.docType, one.digest, terms_, uint64(block.timestamp));
        }
        bool expected = one.state != State.REVOKED && (two || one.docType != RECEIPT);
        vm.prank(keyOf(one.issuer));
        try register.withdraw(one.docType, one.digest, one.issuer, REASON, approval) {
            check(expected, "withdrawn without a second officer, or twice");
            one.state = State.REVOKED;
            ++accepted;
        } catch {
            check(!expected, "a paper could not be withdrawn");
            ++refused;
        }
    }

    function suspendOne(uint8 which) external {
        if (_papers.length == 0) return;
        Paper storage one = _papers[which % _papers.length];
        if (one.state == State.ACTIVE) {
            vm.prank(keyOf(one.issuer));
            ledger.suspend(one.docType, one.digest, one.issuer, REASON);
            one.state = State.SUSPENDED;
        } else if (one.state == State.SUSPENDED) {
            vm.prank(keyOf(one.issuer));
            ledger.reinstate(one.docType, one.digest, one.issuer, REASON);
            one.state = State.ACTIVE;
        }
    }

    function forge(uint8 car, uint8 number) external {
        vm.prank(keyOf(cell));
        (bool done,) = address(ledger)
            .call(abi.encodeCall(ILedger.issue, (RECEIPT, fresh(RECEIPT, car, number, 0, none).digest, 0, 0)));
        check(!done, "a receipt was issued past the register");
    }

    // ---- what ought to be true

    function noReceiptWithoutParents() external view returns (bool) {
        for (uint256 i = 0; i < _papers.length; ++i) {
            Paper storage one = _papers[i];
            uint256 wanted = one.docType == RECEIPT ? 3 : one.docType == SEIZURE || one.docType == PAYMENT ? 0 : 1;
            if (one.parents.length != wanted) return false;
            for (uint256 j = 0; j < wanted; ++j) {
                (bool known, uint256 at) = find(typeAt(one.docType, j), one.parents[j]);
                if (!known || at >= i) return false;
                if (_papers[at].docType != PAYMENT && _papers[at].thing != one.thing) return false;
            }
        }
        return true;
    }

    function nothingIsUsedTwice() external view returns (bool) {
        for (uint256 i = 0; i < _papers.length; ++i) {
            bytes32 docType = _papers[i].docType;
            if (docType != PAYMENT && docType != RECEIPT) continue;
            uint256 users = _papers[i].usedBy == "an act" ? 1 : 0;
            for (uint256 j = 0; j < _papers.length; ++j) {
                Paper storage user = _papers[j];
                bool superseded = user.state == State.SUPERSEDED || (user.state == State.REVOKED && replacedLater(j));
                bool names = (docType == PAYMENT && user.docType == RECEIPT && user.parents[2] == _papers[i].digest)
                    || (docType == RECEIPT && user.docType == REGISTRATION && user.parents[0] == _papers[i].digest);
                if (names && !superseded) ++users;
            }
            if (users > 1) return false;
        }
        return true;
    }

    function oneActiveOriginal() external view returns (bool) {
        for (uint256 i = 0; i < _papers.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                Paper storage a = _papers[i];
                Paper storage b = _papers[j];
                if (a.docType != b.docType || a.state > State.SUSPENDED || b.state > State.SUSPENDED) continue;
                if (a.docType == REGISTRATION ? a.thing == b.thing : a.key == b.key) return false;
            }
        }
        return true;
    }

    function theRegisterSaysTheSame() external view returns (bool) {
        for (uint256 i = 0; i < _papers.length; ++i) {
            Paper storage one = _papers[i];
            IRegister.Filing memory filing = register.filingOf(one.docType, one.digest);
            ILedger.State state = ledger.statusOf(one.issuer, one.docType, one.digest).state;
            if (filing.issuer != one.issuer || filing.consumed != one.used || filing.thing != one.thing) return false;
            if (uint8(state) != uint8(one.state)) return false;
        }
        return true;
    }

    // ---- the plain list

    /// @dev Whether the act ought to be accepted.
    function expectedOf(bytes32 docType, IRegister.Paper memory p, bool two) private view returns (bool) {
        if (docType == RECEIPT && !two) return false;
        if (p.replaces != 0) {
            (bool known, uint256 at) = find(docType, p.replaces);
            if (!known || _papers[at].used || _papers[at].state > State.SUSPENDED) return false;
        }
        for (uint256 i = 0; i < _papers.length; ++i) {
            Paper storage other = _papers[i];
            if (other.docType != docType || other.digest == p.replaces) continue;
            bool clash = docType == REGISTRATION ? other.thing == p.thing : other.key == p.key;
            bool frees = docType == RECEIPT
                ? other.state == State.SUPERSEDED
                : (docType == SEIZURE || docType == REGISTRATION) && other.state == State.REVOKED;
            if (clash && !frees && holds(i)) return false;
        }
        for (uint256 i = 0; i < p.parents.length; ++i) {
            if (!rests(docType, i, p)) return false;
        }
        return true;
    }

    function rests(bytes32 docType, uint256 place, IRegister.Paper memory p) private view returns (bool) {
        bytes32 parentType = typeAt(docType, place);
        (bool known, uint256 at) = find(parentType, p.parents[place]);
        if (!known) return false;
        Paper storage parent = _papers[at];
        if (parent.state != State.ACTIVE) return false;
        if (parentType != PAYMENT && parent.thing != p.thing) return false;
        if (docType == RECEIPT && parentType == FORENSIC && parent.outcome != GENUINE) return false;
        return !parent.used || (p.replaces != 0 && parent.usedBy == p.replaces);
    }

    /// @dev Whether the paper is the latest that took its number or its car: an earlier one has lost it to that.
    function holds(uint256 at) private view returns (bool) {
        Paper storage one = _papers[at];
        for (uint256 i = at + 1; i < _papers.length; ++i) {
            Paper storage later = _papers[i];
            if (later.docType != one.docType) continue;
            if (one.docType == REGISTRATION ? later.thing == one.thing : later.key == one.key) return false;
        }
        return true;
    }

    function replacedLater(uint256 at) private view returns (bool) {
        for (uint256 i = at + 1; i < _papers.length; ++i) {
            if (_papers[i].docType == _papers[at].docType && _replaced[_papers[i].digest] == _papers[at].digest) {
                return true;
            }
        }
        return false;
    }

    mapping(bytes32 digest => bytes32) private _replaced;

    function go(bytes32 docType, uint32 formation, IRegister.Paper memory p, bool two) private {
        bool expected = expectedOf(docType, p, two);
        IRegister.Approval memory approval = two ? second(formation, docType, p) : unapproved();
        vm.prank(keyOf(formation));
        try register.enter(docType, p, approval) {
            check(expected, "a paper was entered that must not be");
            note(docType, formation, p);
            ++accepted;
        } catch {
            check(!expected, "a paper in order was refused");
            ++refused;
        }
    }

    function note(bytes32 docType, uint32 formation, IRegister.Paper memory p) private {
        _papers.push(Paper(docType, p.digest, formation, p.key, p.thing, p.outcome, State.ACTIVE, false, 0, p.parents));
        if (p.replaces != 0) {
            (, uint256 old) = find(docType, p.replaces);
            _papers[old].state = State.SUPERSEDED;
            _replaced[p.digest] = p.replaces;
        }
        for (uint256 i = 0; i < p.parents.length; ++i) {
            bytes32 parentType = typeAt(docType, i);
            bool consumes = parentType == PAYMENT || (docType == REGISTRATION && parentType == RECEIPT);
            if (!consumes) continue;
            (, uint256 at) = find(parentType, p.parents[i]);
            (_papers[at].used, _papers[at].usedBy) = (true, p.digest);
        }
    }

    function typeAt(bytes32 docType, uint256 place) private pure returns (bytes32) {
        if (docType == REGISTRATION) return RECEIPT;
        if (docType == FORENSIC || place == 0) return SEIZURE;
        return place == 1 ? FORENSIC : PAYMENT;
    }

    function fresh(bytes32 docType, uint8 car, uint8 number, uint8 outcome, bytes32[] memory parents)
        private
        returns (IRegister.Paper memory)
    {
        bytes32 key = keccak256(abi.encode(docType, number % NUMBERS));
        bytes32 thing = keccak256(abi.encode("car", car % CARS));
        return IRegister.Paper(keccak256(abi.encode(++_made)), "fields", key, thing, outcome, 0, 0, parents);
    }

    function any(bytes32 docType, uint8 choice) private view returns (bytes32) {
        uint256 seen = 0;
        uint256 wanted = choice % 8;
        for (uint256 i = _papers.length; i > 0; --i) {
            if (_papers[i - 1].docType == docType && seen++ == wanted) return _papers[i - 1].digest;
        }
        return keccak256("never entered");
    }

    /// @dev `p` is to replace one of its type, if there is one.
    function replace(bytes32 docType, uint8 choice, IRegister.Paper memory p) private view {
        (bool known,) = find(docType, any(docType, choice));
        if (known) (p.replaces, p.reason) = (any(docType, choice), 2);
    }

    function last() private view returns (bytes32) {
        return _papers.length == 0 ? keccak256("never entered") : _papers[_papers.length - 1].digest;
    }

    function find(bytes32 docType, bytes32 digest) private view returns (bool known, uint256 at) {
        for (uint256 i = 0; i < _papers.length; ++i) {
            if (_papers[i].docType == docType && _papers[i].digest == digest) return (true, i);
        }
        return (false, 0);
    }

    function check(bool right, string memory what) private {
        if (!right && bytes(broken).length == 0) broken = what;
    }
}

/// @notice What holds after any sequence of acts.
contract RegisterGuaranteesTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    PaperHandler private handler;

    function setUp() public {
        handler = new PaperHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        bytes4[] memory acts = new bytes4[](10);
        acts[0] = PaperHandler.seize.selector;
        acts[1] = PaperHandler.examine.selector;
        acts[2] = PaperHandler.pay.selector;
        acts[3] = PaperHandler.auction.selector;
        acts[4] = PaperHandler.sell.selector;
        acts[5] = PaperHandler.registerCar.selector;
        acts[6] = PaperHandler.consumeReceipt.selector;
        acts[7] = PaperHandler.withdrawOne.selector;
        acts[8] = PaperHandler.suspendOne.selector;
        acts[9] = PaperHandler.forge.selector;
        targets[0] = FuzzSelector(address(handler), acts);
    }

    function invariant_the_register_accepts_exactly_what_the_policies_allow() public view {
        require(bytes(handler.broken()).length == 0, handler.broken());
        require(handler.theRegisterSaysTheSame(), "the register and the plain list differ");
    }

    function invariant_no_receipt_without_its_parents() public view {
        require(handler.noReceiptWithoutParents(), "a paper rests on nothing");
    }

    function invariant_nothing_is_used_up_twice() public view {
        require(handler.nothingIsUsedTwice(), "used up twice");
    }

    function invariant_one_active_original() public view {
        require(handler.oneActiveOriginal(), "two in force");
    }

    /// @dev That the handler reaches what it is meant to reach.
    function test_a_car_is_sold_and_registered_once() public {
        handler.sell(1, 1);
        require(handler.accepted() == 4, "the chain");
        handler.registerCar(1, 0, 1);
        handler.registerCar(1, 0, 1);
        require(handler.accepted() == 5 && handler.refused() == 1, "registered once");
        require(bytes(handler.broken()).length == 0, handler.broken());
    }
}
