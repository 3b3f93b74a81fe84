// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice RFC 9162 §2.1.1 word for word, slow: what the ledger's root must equal.
library Reference {
    function leafHash(bytes memory entry) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"00", entry));
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return leaves.length == 0 ? sha256("") : root(leaves, 0, leaves.length);
    }

    function root(bytes32[] memory leaves, uint256 first, uint256 end) internal pure returns (bytes32) {
        uint256 count = end - first;
        if (count == 1) return leaves[first];
        uint256 half = 1;
        while (half * 2 < count) {
            half *= 2;
        }
        return sha256(bytes.concat(hex"01", root(leaves, first, first + half), root(leaves, first + half, end)));
    }
}
