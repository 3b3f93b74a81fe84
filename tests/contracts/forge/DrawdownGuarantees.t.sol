// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrawdown} from "../../../contracts/interfaces/IDrawdown.sol";
import {Instruments} from "./support/Instruments.sol";
import {Vm} from "./support/Vm.sol";

/// @notice Declarations that draw from three instruments at random, are amended, cancelled, released and give back; and a bank that amends.
///         Beside the contract it keeps every draw in a plain list, and says beforehand, by adding that list up, whether an act ought to be
///         accepted.
contract DrawHandler is Instruments {
    uint256 private constant NUMBERS = 4;

    struct Version {
        IDrawdown.Declaration declaration;
        bool cancelled;
    }

    struct Draw {
        uint40 instrument;
        uint256 version;
        uint256 amount;
        bool returned;
        bool wasReleased;
    }

    Version[] private _versions;
    Draw[] private _draws;
    mapping(bytes32 key => bool) private _released;
    mapping(uint40 instrument => uint256) private _totals;
    mapping(uint40 instrument => uint64) private _expiries;

    string public broken;
    uint256 public accepted;
    uint256 public refused;

    constructor() {
        setUp();
        (_totals[1], _expiries[1]) = (TOTAL, EXPIRY);
        (_totals[2], _expiries[2]) = (500, NOW + 10 days);
        (_totals[3], _expiries[3]) = (70, NOW + 400 days);
        open("SNB-IMP-2", 500, NOW + 10 days);
        open("SNB-IMP-3", 70, NOW + 400 days);
        for (uint256 i = 0; i < NUMBERS; ++i) {
            file(uint8(i));
        }
    }

    // ---- what the offices do

    function file(uint8 number) public {
        string memory name = string.concat("KAPW-HC-", vm.toString(number % NUMBERS));
        _versions.push(Version(declaration(name, _versions.length), false));
    }

    function drawSome(uint8 which, uint8 from_, uint16 amount) external {
        uint40 wanted = uint40(1 + from_ % 3);
        uint256 at = which % _versions.length;
        uint256 asked = uint256(amount) % 400;
        bool expected = asked != 0 && !_versions[at].cancelled && block.timestamp < _expiries[wanted]
            && !hasDrawn(wanted, at) && liveOf(wanted) + asked <= _totals[wanted];
        vm.prank(keyOf(customs));
        try drawdown.draw(_versions[at].declaration, measured(asked, DOLLARS, wanted)) {
            check(expected, "a draw was accepted that must not be");
            bool out = _released[_versions[at].declaration.key];
            _draws.push(Draw(wanted, at, asked, false, out));
            ++accepted;
        } catch {
            check(!expected, "a draw in order was refused");
            ++refused;
        }
    }

    function giveOneBack(uint8 which) external {
        if (_draws.length == 0) return;
        Draw storage one = _draws[which % _draws.length];
        Version storage version = _versions[one.version];
        bool expected = !one.returned && version.cancelled && !_released[version.declaration.key];
        vm.prank(keyOf(customs));
        try drawdown.returnDraw(one.instrument, version.declaration, customs, REASON) {
            check(expected, "a draw was given back that must not be");
            one.returned = true;
            ++accepted;
        } catch {
            check(!expected, "a draw in order was not given back");
            ++refused;
        }
    }

    function releaseOne(uint8 which) external {
        Version storage version = _versions[which % _versions.length];
        bytes32 key = version.declaration.key;
        bool expected = !version.cancelled && !_released[key];
        vm.prank(keyOf(customs));
        try drawdown.release(version.declaration, customs) {
            check(expected, "goods went out of charge that must not");
            _released[key] = true;
            for (uint256 i = 0; i < _draws.length; ++i) {
                bool same = _versions[_draws[i].version].declaration.key == key;
                if (same && !_draws[i].returned) _draws[i].wasReleased = true;
            }
            ++accepted;
        } catch {
            check(!expected, "goods in order did not go out of charge");
            ++refused;
        }
    }

    function cancelOne(uint8 which) external {
        Version storage version = _versions[which % _versions.length];
        if (version.cancelled) return;
        cancel(version.declaration);
        version.cancelled = true;
    }

    function amendOne(uint8 which, uint16 total, uint8 longer) external {
        uint40 wanted = uint40(1 + which % 3);
        uint64 expiry = uint64(block.timestamp) + uint64(longer) * 1 days;
        bool expected =
            total != 0 && total >= liveOf(wanted) && block.timestamp < _expiries[wanted] && expiry > block.timestamp;
        bytes32 digest = drawdown.instrumentOf(wanted).digest;
        vm.prank(keyOf(bank));
        try drawdown.amend(wanted, digest, total, uint40(expiry)) {
            check(expected, "an amendment was accepted that must not be");
            (_totals[wanted], _expiries[wanted]) = (total, expiry);
            ++accepted;
        } catch {
            check(!expected, "an amendment in order was refused");
            ++refused;
        }
    }

    function pass(uint8 days_) external {
        vm.warp(block.timestamp + uint256(days_ % 8) * 1 days);
    }

    // ---- what ought to be true

    function nothingIsOverdrawn() external view returns (bool) {
        for (uint40 i = 1; i <= 3; ++i) {
            IDrawdown.Instrument memory told = drawdown.instrumentOf(i);
            if (told.drawn > told.total || told.total != _totals[i]) return false;
        }
        return true;
    }

    function drawnIsTheSumOfLiveDraws() external view returns (bool) {
        for (uint40 i = 1; i <= 3; ++i) {
            if (drawdown.instrumentOf(i).drawn != liveOf(i)) return false;
        }
        return true;
    }

    function nothingReleasedCameBack() external view returns (bool) {
        for (uint256 i = 0; i < _draws.length; ++i) {
            Draw storage one = _draws[i];
            (uint256 amount, bool live) = drawdown.drawOf(one.instrument, customs, _versions[one.version].declaration);
            if (amount != one.amount || live == one.returned || (one.wasReleased && !live)) return false;
        }
        return true;
    }

    // ---- the plain list

    function liveOf(uint40 wanted) private view returns (uint256 sum) {
        for (uint256 i = 0; i < _draws.length; ++i) {
            if (_draws[i].instrument == wanted && !_draws[i].returned) sum += _draws[i].amount;
        }
    }

    function hasDrawn(uint40 wanted, uint256 version) private view returns (bool) {
        for (uint256 i = 0; i < _draws.length; ++i) {
            if (_draws[i].instrument == wanted && _draws[i].version == version) return true;
        }
        return false;
    }

    function check(bool right, string memory what) private {
        if (!right && bytes(broken).length == 0) broken = what;
    }
}

/// @notice What holds after any sequence of acts.
contract DrawdownGuaranteesTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    DrawHandler private handler;

    function setUp() public {
        handler = new DrawHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        bytes4[] memory acts = new bytes4[](8);
        acts[0] = DrawHandler.file.selector;
        acts[1] = DrawHandler.drawSome.selector;
        acts[2] = DrawHandler.drawSome.selector;
        acts[3] = DrawHandler.giveOneBack.selector;
        acts[4] = DrawHandler.releaseOne.selector;
        acts[5] = DrawHandler.cancelOne.selector;
        acts[6] = DrawHandler.amendOne.selector;
        acts[7] = DrawHandler.pass.selector;
        targets[0] = FuzzSelector(address(handler), acts);
    }

    /// @dev Also that nothing is drawn after expiry, and that nothing in order is refused.
    function invariant_exactly_the_acts_in_order_are_accepted() public view {
        require(bytes(handler.broken()).length == 0, handler.broken());
    }

    function invariant_nothing_is_overdrawn() public view {
        require(handler.nothingIsOverdrawn(), "overdrawn");
    }

    function invariant_drawn_is_the_sum_of_live_draws() public view {
        require(handler.drawnIsTheSumOfLiveDraws(), "the balance is not its draws");
    }

    function invariant_nothing_released_is_given_back() public view {
        require(handler.nothingReleasedCameBack(), "given back after release");
    }

    /// @dev That the handler reaches what it is meant to reach.
    function test_a_draw_is_given_back_and_another_is_not() public {
        handler.drawSome(0, 0, 100);
        handler.cancelOne(0);
        handler.giveOneBack(0);
        handler.drawSome(1, 0, 100);
        handler.releaseOne(1);
        handler.cancelOne(1);
        require(handler.accepted() == 4 && handler.refused() == 0, "in order");
        handler.giveOneBack(1);
        handler.giveOneBack(0);
        handler.drawSome(2, 2, 71);
        handler.amendOne(0, 99, 1);
        require(handler.accepted() == 4 && handler.refused() == 4, "out of order");
        require(bytes(handler.broken()).length == 0, handler.broken());
    }
}
