// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What was done with a declaration between filing and gate, one bit for each
/// @dev Filing is its ISSUE entry, out of charge its RELEASE entry, an amendment SUPERSEDE, a cancellation REVOKE.
library Stages {
    uint8 internal constant ASSESSED = 1;
    uint8 internal constant PAID = 2;
    uint8 internal constant EXAMINED = 3;
    /// @dev Said by RELEASE, and by nothing else; its number is kept.
    uint8 internal constant OUT_OF_CHARGE = 4;
    uint8 internal constant GATE_OUT = 5;

    function with(uint256 record, uint8 stage) internal pure returns (uint256) {
        return record | (uint256(1) << stage);
    }

    function has(uint256 record, uint8 stage) internal pure returns (bool) {
        return (record >> stage) & 1 == 1;
    }
}
