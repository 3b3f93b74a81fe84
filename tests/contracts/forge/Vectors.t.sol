// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleLog} from "../../../contracts/MerkleLog.sol";
import {Entries, EntryList} from "../../../contracts/libraries/Entries.sol";
import {Vm} from "./support/Vm.sol";

contract GrowingLog is MerkleLog {
    function append(bytes32 leaf) external {
        _append(leaf);
    }

    function root() external view returns (bytes32) {
        return _root();
    }
}

/// @notice The contracts read the vectors in tests/vectors as Python and JavaScript do.
contract VectorsTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant ENTRY_BYTES = 224;

    function word(bytes memory raw, uint256 i) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(add(add(raw, 32), mul(i, 32)))
        }
    }

    function testTheRootsOfTreesAreThoseOfTheVectors() external {
        string memory json = vm.readFile("tests/vectors/proofs.json");
        string[] memory sizes = vm.parseJsonKeys(json, ".roots");
        require(sizes.length > 40, "the vectors are not there");
        GrowingLog log = new GrowingLog();
        uint256 size = 0;
        for (uint256 i = 0; i < sizes.length; ++i) {
            uint256 wanted = next(sizes, size, i == 0);
            for (; size < wanted; ++size) {
                log.append(sha256(abi.encodePacked(hex"00", vm.toString(size))));
            }
            require(log.root() == vm.parseJsonBytes32(json, path(".roots.", size)), "another root");
        }
        require(size == 1000, "not every size was reached");
    }

    /// @dev The least of the sizes above `size`, or zero to begin with: their order in the file is nobody's.
    function next(string[] memory sizes, uint256 size, bool first) private pure returns (uint256 least) {
        if (first) return 0;
        least = type(uint256).max;
        for (uint256 i = 0; i < sizes.length; ++i) {
            uint256 one = vm.parseUint(sizes[i]);
            if (one > size && one < least) least = one;
        }
    }

    function path(string memory before, uint256 number) private pure returns (string memory) {
        return string.concat(before, vm.toString(number));
    }

    function testTheBytesAndHashesOfEntriesAreThoseOfTheVectors() external {
        string memory json = vm.readFile("tests/vectors/entries.json");
        uint256 checked = 0;
        for (string memory one = at(0); vm.keyExistsJson(json, one); one = at(++checked)) {
            bytes memory raw = vm.parseJsonBytes(json, string.concat(one, ".hex"));
            require(raw.length == ENTRY_BYTES, "an entry has another length");
            vm.warp(uint256(word(raw, 6)));
            EntryList list = Entries.allocate(1);
            Entries.write(
                list,
                0,
                uint256(word(raw, 0)),
                uint256(word(raw, 1)),
                word(raw, 2),
                word(raw, 3),
                word(raw, 4),
                word(raw, 5)
            );
            require(Entries.leaf(list, 0) == vm.parseJsonBytes32(json, string.concat(one, ".leafHash")), "another hash");
        }
        require(checked != 0, "there are no vectors");
    }

    function at(uint256 place) private pure returns (string memory) {
        return string.concat(path(".accepted[", place), "]");
    }
}
