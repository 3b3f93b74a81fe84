// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The one-word record of a controlled document
/// @dev Bits 0-31 issuer, 32-79 place of its ISSUE entry in the log, 80-127 one more than the place of what consumed it (0: not consumed),
///      128-135 outcome, 136-167 version of the policy it was entered under. Places stay below 2^40, as the log does.
library Filed {
    uint256 private constant INDEX = 32;
    uint256 private constant CONSUMED = 80;
    uint256 private constant OUTCOME = 128;
    uint256 private constant VERSION = 136;
    uint256 private constant PLACE = type(uint48).max;

    function create(uint32 issuer_, uint256 index_, uint8 outcome_, uint32 version_) internal pure returns (uint256) {
        return (uint256(version_) << VERSION) | (uint256(outcome_) << OUTCOME) | (index_ << INDEX) | issuer_;
    }

    /// @dev The same, consumed by what stands at `place` in the log.
    function consumedAt(uint256 record, uint256 place) internal pure returns (uint256) {
        return (record & ~(PLACE << CONSUMED)) | ((place + 1) << CONSUMED);
    }

    function issuer(uint256 record) internal pure returns (uint32) {
        return uint32(record);
    }

    function index(uint256 record) internal pure returns (uint256) {
        return (record >> INDEX) & PLACE;
    }

    function isConsumed(uint256 record) internal pure returns (bool) {
        return (record >> CONSUMED) & PLACE != 0;
    }

    /// @dev Of a consumed document.
    function consumer(uint256 record) internal pure returns (uint256) {
        return ((record >> CONSUMED) & PLACE) - 1;
    }

    function outcome(uint256 record) internal pure returns (uint8) {
        return uint8(record >> OUTCOME);
    }

    function policyVersion(uint256 record) internal pure returns (uint32) {
        return uint32(record >> VERSION);
    }
}
