// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The one-word record of a consignment
/// @dev Bits 0-31 holder, 32-63 taker (0: not in transit), 64-95 sequence, 96-103 number of holds, 104-167 quantity, 168 whether
///      the officer who shipped is known, 176-255 kind.
///      Packed by hand, because Solidity reads and writes a packed struct field by field.
library Holding {
    uint256 private constant TAKER = 32;
    uint256 private constant SEQUENCE = 64;
    uint256 private constant HOLDS = 96;
    uint256 private constant QUANTITY = 104;
    uint256 private constant SENT_BY_OFFICER = 1 << 168;
    /// @dev Where the taker, the sequence and the mark of the officer stand.
    uint256 private constant STEP = (uint256(type(uint64).max) << TAKER) | SENT_BY_OFFICER;
    /// @dev Where the quantity and the holder stand.
    uint256 private constant HELD = (uint256(type(uint64).max) << QUANTITY) | type(uint32).max;

    function create(uint32 holder_, uint64 quantity_, bytes10 kind_) internal pure returns (uint256) {
        return uint256(bytes32(kind_)) | (uint256(quantity_) << QUANTITY) | holder_;
    }

    function holder(uint256 record) internal pure returns (uint32) {
        return uint32(record);
    }

    function taker(uint256 record) internal pure returns (uint32) {
        return uint32(record >> TAKER);
    }

    function sequence(uint256 record) internal pure returns (uint32) {
        return uint32(record >> SEQUENCE);
    }

    function holds(uint256 record) internal pure returns (uint8) {
        return uint8(record >> HOLDS);
    }

    function quantity(uint256 record) internal pure returns (uint64) {
        return uint64(record >> QUANTITY);
    }

    /// @dev Whether the officer who shipped what is in transit is known.
    function isSentByOfficer(uint256 record) internal pure returns (bool) {
        return record & SENT_BY_OFFICER != 0;
    }

    function sentByOfficer(uint256 record) internal pure returns (uint256) {
        return record | SENT_BY_OFFICER;
    }

    function kind(uint256 record) internal pure returns (bytes32) {
        return bytes10(bytes32(record));
    }

    /// @dev The same with another taker (0: nobody), `steps` further in sequence.
    function toward(uint256 record, uint32 taker_, uint32 steps) internal pure returns (uint256) {
        uint32 next = sequence(record) + steps; // checked: the 2^32nd step is refused
        return (record & ~STEP) | (uint256(next) << SEQUENCE) | (uint256(taker_) << TAKER);
    }

    /// @dev The same in the hands of `holder_`, who found `quantity_`.
    function heldBy(uint256 record, uint32 holder_, uint64 quantity_) internal pure returns (uint256) {
        return (record & ~HELD) | (uint256(quantity_) << QUANTITY) | holder_;
    }

    function withHolds(uint256 record, uint8 holds_) internal pure returns (uint256) {
        return (record & ~(uint256(type(uint8).max) << HOLDS)) | (uint256(holds_) << HOLDS);
    }
}
