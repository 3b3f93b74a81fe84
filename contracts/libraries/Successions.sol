// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One-word records of who takes the place of a formation
/// @dev Bits 0-39 when it gives way, then up to six successors of 32 bits each, in ascending order; the rest zero. Zero: it has not given way.
library Successions {
    uint256 internal constant MOST = 6;
    uint256 private constant FIRST = 40;
    uint256 private constant WIDTH = 32;

    /// @dev The caller has checked that there are at most six, that none is 0, and that `time_` has at most 40 bits.
    function pack(uint256 time_, uint32[] memory successors) internal pure returns (uint256 record) {
        record = time_;
        for (uint256 i = 0; i < successors.length; ++i) {
            record |= uint256(successors[i]) << (FIRST + WIDTH * i);
        }
    }

    function time(uint256 record) internal pure returns (uint40) {
        return uint40(record);
    }

    /// @dev Whether the successors have taken its place already.
    function isInEffect(uint256 record) internal view returns (bool) {
        return record != 0 && block.timestamp >= time(record);
    }

    /// @dev The successor at place `i`; 0 beyond the last.
    function successor(uint256 record, uint256 i) internal pure returns (uint32) {
        return uint32(record >> (FIRST + WIDTH * i));
    }
}
