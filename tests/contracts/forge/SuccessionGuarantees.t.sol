// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Network} from "./support/Network.sol";

/// @notice Offices that are registered, renamed, merged, divided and closed at random, at once and for later dates. Beside the contract a plain table keeps
///         who was to follow whom, and says, by going through it until nothing is added, who has whose place.
contract SuccessionHandler is Network {
    uint256 private constant MOST = 24;

    struct Step {
        uint32 predecessor;
        uint32 successor;
        uint64 since;
    }

    Step[] private _steps;
    mapping(uint32 formation => bool) private _gone;
    mapping(uint32 formation => uint32 parent) private _above;
    mapping(uint32 formation => uint64) private _end;
    uint64 private _now = NOW;

    string public broken;
    uint256 public accepted;
    uint256 public refused;

    constructor() {
        setUp();
        addFormation("OFFICE-A", 0, 0);
        for (uint32 i = 1; i < 4; ++i) {
            addFormation(bytes32(bytes.concat("OFFICE-", bytes1(uint8(0x41 + i)))), 1, 0);
            _above[i + 1] = 1;
        }
    }

    function registerOne(uint8 above, uint8 before, bool named) external {
        uint32 count = formations.formationCount();
        if (count >= MOST) return;
        uint32 parent = above % (count + 1);
        uint32 predecessor = named ? 1 + before % count : 0;
        bytes32 code = bytes32(bytes.concat("OFFICE-", bytes1(uint8(0x41 + count))));
        bool expected = predecessor == 0 || !_gone[predecessor];
        try this.add(code, parent, predecessor) {
            check(expected, "a formation gave way twice");
            _above[count + 1] = parent;
            if (predecessor != 0) step(predecessor, count + 1, _now);
            ++accepted;
        } catch {
            check(!expected, "an office could not be registered");
            ++refused;
        }
    }

    function succeedOne(uint8 a, uint8 b, uint8 c, uint8 d, uint16 later) external {
        uint32 count = formations.formationCount();
        uint32[] memory from = list(1 + a % count, 1 + b % count);
        uint32[] memory to = list(1 + c % count, 1 + d % count);
        uint64 since = _now + (later % 4 == 0 ? later : 0);
        bool expected = true;
        for (uint256 i = 0; i < from.length; ++i) {
            if (_gone[from[i]]) expected = false;
            for (uint256 j = 0; j < to.length; ++j) {
                if (from[i] == to[j]) expected = false;
            }
        }
        for (uint256 j = 0; j < to.length; ++j) {
            if (_gone[to[j]] || (_end[to[j]] != 0 && _end[to[j]] <= since)) expected = false;
        }
        try this.giveWay(from, to, since) {
            check(expected, "a succession was taken that ought not to be");
            for (uint256 i = 0; i < from.length; ++i) {
                for (uint256 j = 0; j < to.length; ++j) {
                    step(from[i], to[j], since);
                }
            }
            ++accepted;
        } catch {
            check(!expected, "a succession was refused");
            ++refused;
        }
    }

    function closeOne(uint8 which) external {
        uint32 office = 1 + which % formations.formationCount();
        if (which % 5 != 0 || (_end[office] != 0 && _end[office] <= _now)) return;
        decide(address(formations), abi.encodeWithSignature("closeFormation(uint32,uint64)", office, _now));
        _end[office] = _now;
    }

    function wait(uint16 seconds_) external {
        _now += seconds_;
        vm.warp(_now);
    }

    /// @dev By going through the table again and again: who has whose place, and who stands for whom.
    function compare() external {
        uint32 count = formations.formationCount();
        for (uint32 original = 1; original <= count; ++original) {
            bool[] memory took = spread(original, count, false);
            bool[] memory stands = spread(original, count, true);
            for (uint32 actor = 1; actor <= count; ++actor) {
                check(formations.tookOver(actor, original) == took[actor], "who has whose place");
                check(formations.standsFor(actor, original) == stands[actor], "who stands for whom");
                check(actor == original || !(took[actor] && spread(actor, count, false)[original]), "a circle");
            }
        }
    }

    function tookOver(uint32 actor, uint32 original) external view returns (bool) {
        return formations.tookOver(actor, original);
    }

    function spread(uint32 original, uint32 count, bool upwards) private view returns (bool[] memory met) {
        met = new bool[](count + 1);
        met[original] = true;
        bool more = true;
        while (more) {
            more = false;
            for (uint256 i = 0; i < _steps.length; ++i) {
                Step memory one = _steps[i];
                if (met[one.predecessor] && one.since <= _now && !met[one.successor]) {
                    met[one.successor] = true;
                    more = true;
                }
            }
            for (uint32 i = 1; upwards && i <= count; ++i) {
                if (met[i] && _above[i] != 0 && !met[_above[i]]) {
                    met[_above[i]] = true;
                    more = true;
                }
            }
        }
    }

    function step(uint32 predecessor, uint32 successor, uint64 since) private {
        _steps.push(Step(predecessor, successor, since));
        _gone[predecessor] = true;
        if (_end[predecessor] == 0 || _end[predecessor] > since) _end[predecessor] = since;
    }

    function list(uint32 one, uint32 other) private pure returns (uint32[] memory) {
        if (one == other) return only(one);
        return one < other ? both(one, other) : both(other, one);
    }

    function check(bool holds, string memory what) private {
        if (!holds) broken = what;
    }

    /// @dev Calls of their own, so that what is refused leaves nothing behind.
    function add(bytes32 code, uint32 parent, uint32 predecessor) external {
        addFormation(code, parent, predecessor);
    }

    function giveWay(uint32[] calldata from, uint32[] calldata to, uint64 since) external {
        decide(address(formations), succession(from, to, since));
    }
}

contract SuccessionGuaranteesTest {
    SuccessionHandler private handler;

    function setUp() public {
        handler = new SuccessionHandler();
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(handler);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory list) {
        bytes4[] memory selectors = new bytes4[](4);
        selectors[0] = SuccessionHandler.registerOne.selector;
        selectors[1] = SuccessionHandler.succeedOne.selector;
        selectors[2] = SuccessionHandler.closeOne.selector;
        selectors[3] = SuccessionHandler.wait.selector;
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), selectors);
    }

    /// @dev That the handler reaches what it is meant to reach.
    function test_offices_are_merged_divided_renamed_and_refused() public {
        handler.succeedOne(1, 2, 0, 0, 1); // the second and third give way to the first
        handler.succeedOne(1, 3, 0, 0, 1);
        require(handler.accepted() == 1 && handler.refused() == 1, "merged once");
        handler.registerOne(0, 0, false);
        handler.succeedOne(0, 0, 3, 4, 8); // the first to the fourth and fifth, later
        handler.registerOne(0, 0, true);
        require(handler.accepted() == 3 && handler.refused() == 2, "divided once");
        handler.compare();
        handler.wait(8);
        handler.registerOne(0, 3, true);
        handler.compare();
        require(handler.accepted() == 4 && bytes(handler.broken()).length == 0, handler.broken());
        require(handler.tookOver(6, 2), "from the second over the first and fourth to the sixth");
    }

    function invariant_places_are_taken_exactly_as_the_plain_table_says() public view {
        require(bytes(handler.broken()).length == 0, handler.broken());
    }

    function afterInvariant() public {
        handler.compare();
        require(bytes(handler.broken()).length == 0, handler.broken());
    }
}
