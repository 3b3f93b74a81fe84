// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RFC 9162 hashing of nodes: SHA-256(0x01 ‖ left ‖ right). Leaves are hashed where they lie, by `Entries`.
/// @dev Assembly, because it runs for every entry and Solidity would allocate memory each time.
///      The precompile at address 2 fails only for lack of gas; then the whole call must fail too.
library TreeHash {
    bytes32 internal constant EMPTY_ROOT = sha256("");

    function node(bytes32 left, bytes32 right) internal view returns (bytes32 result) {
        assembly ("memory-safe") {
            let buffer := mload(0x40) // scratch beyond the free pointer
            mstore8(buffer, 0x01)
            mstore(add(buffer, 1), left)
            mstore(add(buffer, 33), right)
            if iszero(staticcall(gas(), 2, buffer, 65, 0, 32)) { revert(0, 0) }
            result := mload(0)
        }
    }

    /// @dev Puts the parents of the nodes (from, from + 1), (from + 2, from + 3), … at position `to` and after; returns where the last one ended.
    ///      `to` is at most `from`, so a parent never overwrites a node that is still to be read.
    function pairUp(bytes32[] memory nodes, uint256 from, uint256 end, uint256 to) internal view returns (uint256) {
        assembly ("memory-safe") {
            let buffer := mload(0x40) // scratch beyond the free pointer
            mstore8(buffer, 0x01)
            let first := add(nodes, 32)
            let last := add(first, mul(end, 32))
            let result := add(first, mul(to, 32))
            for { let pair := add(first, mul(from, 32)) } lt(add(pair, 32), last) { pair := add(pair, 64) } {
                mstore(add(buffer, 1), mload(pair))
                mstore(add(buffer, 33), mload(add(pair, 32)))
                if iszero(staticcall(gas(), 2, buffer, 65, result, 32)) { revert(0, 0) }
                result := add(result, 32)
            }
            to := div(sub(result, first), 32)
        }
        return to;
    }
}
