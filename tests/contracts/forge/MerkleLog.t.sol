// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleLog} from "../../../contracts/MerkleLog.sol";
import {Reference} from "./support/Reference.sol";
import {Vm} from "./support/Vm.sol";

contract OpenLog is MerkleLog {
    function append(bytes32 leaf) external returns (uint256) {
        return _append(leaf);
    }

    function appendTwo(bytes32 left, bytes32 right) external returns (uint256) {
        return _appendTwo(left, right);
    }

    function appendAll(bytes32[] memory leaves) external returns (uint256) {
        return _appendAll(leaves);
    }

    function setCompanion(address account) external {
        _setCompanion(account);
    }

    function companion() external view returns (address) {
        return _companion();
    }

    function size() external view returns (uint256) {
        return _size();
    }

    function root() external view returns (bytes32) {
        return _root();
    }

    function frontier() external view returns (bytes32[] memory) {
        return _valid();
    }
}

/// @notice The tree alone: the same root as the standard's definition, however the leaves arrive.
contract MerkleLogTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    OpenLog private log = new OpenLog();

    function leaf(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode("leaf", i));
    }

    function leaves(uint256 count) private pure returns (bytes32[] memory all) {
        all = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            all[i] = leaf(i);
        }
    }

    function range(uint256 first, uint256 count) private pure returns (bytes32[] memory some) {
        some = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            some[i] = leaf(first + i);
        }
    }

    function test_the_root_is_that_of_the_standard_at_every_size_to_300() public {
        bytes32[] memory all = leaves(300);
        require(log.root() == sha256(""), "root of nothing");
        for (uint256 size = 1; size <= 300; ++size) {
            require(log.append(all[size - 1]) == size - 1, "index");
            require(log.size() == size, "size");
            require(log.root() == Reference.root(all, 0, size), "root");
        }
    }

    function test_many_at_once_give_the_same_root_from_every_start_and_for_every_length() public {
        bytes32[] memory all = leaves(66);
        for (uint256 start = 0; start <= 33; ++start) {
            for (uint256 count = 0; count <= 33; ++count) {
                OpenLog fresh = new OpenLog();
                fresh.appendAll(range(0, start));
                require(fresh.appendAll(range(start, count)) == start, "first index");
                bytes32 expected = start + count == 0 ? sha256("") : Reference.root(all, 0, start + count);
                require(fresh.root() == expected, "root");
            }
        }
    }

    function test_two_at_once_give_the_same_root_at_every_size_to_130() public {
        bytes32[] memory all = leaves(132);
        for (uint256 start = 0; start <= 130; ++start) {
            OpenLog fresh = new OpenLog();
            fresh.appendAll(range(0, start));
            require(fresh.appendTwo(leaf(start), leaf(start + 1)) == start, "first index");
            require(fresh.root() == Reference.root(all, 0, start + 2), "root");
        }
    }

    function testFuzz_the_root_is_that_of_the_standard_at_any_size_to_5000(uint256 size, uint256 seed) public {
        size = size % 5001;
        bytes32[] memory all = leaves(size);
        uint256 done = 0;
        while (done < size) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 step = 1 + seed % 700;
            if (step > size - done) step = size - done;
            if (step == 1) log.append(all[done]);
            else if (step == 2) log.appendTwo(all[done], all[done + 1]);
            else log.appendAll(range(done, step));
            done += step;
        }
        require(log.size() == size, "size");
        require(log.root() == Reference.root(all), "root");
    }

    function test_the_frontier_is_the_complete_subtrees_from_the_smallest_up() public {
        log.appendAll(leaves(0xb6)); // 10110110
        bytes32[] memory all = leaves(0xb6);
        bytes32[] memory frontier = log.frontier();
        require(frontier.length == 5, "one node for each set bit");
        uint256 end = 0xb6;
        uint8[5] memory bits = [1, 2, 4, 5, 7];
        for (uint256 i = 0; i < 5; ++i) {
            uint256 count = uint256(1) << bits[i];
            require(frontier[i] == Reference.root(all, end - count, end), "subtree");
            end -= count;
        }
    }

    function test_the_companion_never_disturbs_the_size() public {
        log.appendAll(leaves(7));
        log.setCompanion(address(type(uint160).max));
        require(log.size() == 7 && log.companion() == address(type(uint160).max), "kept apart");
        log.append(leaf(7));
        log.setCompanion(address(0x1234));
        require(log.size() == 8 && log.companion() == address(0x1234), "replaced");
        require(log.root() == Reference.root(leaves(8)), "root");
    }

    function test_no_slot_of_the_frontier_is_empty_at_the_start() public view {
        for (uint256 slot = 0; slot <= 40; ++slot) {
            require(vm.load(address(log), bytes32(slot)) != 0, "a fresh slot would make an append dearer");
        }
    }
}
