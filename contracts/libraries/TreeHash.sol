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
}
