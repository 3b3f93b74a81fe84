// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One-word records of formations, keys and scopes
/// @dev Every record begins with its validity: bits 0-39 `from`, 40-79 `to` (0: no end), 80-119 `suspendedAt` (0: not suspended).
///      Above it a key has its formation (120-151), `compromisedFrom` (152-191) and the first eight bytes of its officer's mark (192-255), a formation its parent (120-151), its predecessor (152-183)
///      and the first eight characters of its kind (192-255), a scope its acts (192-255).
///      Packed by hand, because Solidity reads and writes a packed struct field by field, and authority is asked for with every act.
library Packed {
    uint256 private constant TO = 40;
    uint256 private constant SUSPENDED = 80;
    uint256 private constant FIRST = 120;
    uint256 private constant SECOND = 152;
    uint256 private constant TOP = 192;

    function key(uint32 formation_, bytes32 officer_, uint64 from_, uint64 to_) internal pure returns (uint256) {
        return uint256(bytes32(bytes8(officer_))) | (uint256(formation_) << FIRST) | (uint256(to_) << TO) | from_;
    }

    function office(bytes32 kind_, uint32 parent_, uint32 predecessor_, uint64 from_, uint64 to_)
        internal
        pure
        returns (uint256)
    {
        uint256 place = (uint256(predecessor_) << SECOND) | (uint256(parent_) << FIRST);
        return uint256(bytes32(bytes8(kind_))) | place | (uint256(to_) << TO) | from_;
    }

    function scope(uint64 acts_, uint64 from_, uint64 to_) internal pure returns (uint256) {
        return (uint256(acts_) << TOP) | (uint256(to_) << TO) | from_;
    }

    function withEnd(uint256 record, uint40 to_) internal pure returns (uint256) {
        return (record & ~(uint256(type(uint40).max) << TO)) | (uint256(to_) << TO);
    }

    function withSuspension(uint256 record, uint256 time) internal pure returns (uint256) {
        return (record & ~(uint256(type(uint40).max) << SUSPENDED)) | (uint256(uint40(time)) << SUSPENDED);
    }

    function withCompromise(uint256 record, uint64 since) internal pure returns (uint256) {
        return (record & ~(uint256(type(uint40).max) << SECOND)) | (uint256(uint40(since)) << SECOND);
    }

    function from(uint256 record) internal pure returns (uint40) {
        return uint40(record);
    }

    function to(uint256 record) internal pure returns (uint40) {
        return uint40(record >> TO);
    }

    function suspendedAt(uint256 record) internal pure returns (uint40) {
        return uint40(record >> SUSPENDED);
    }

    /// @dev Of a key.
    function formation(uint256 record) internal pure returns (uint32) {
        return uint32(record >> FIRST);
    }

    /// @dev Of a key.
    function compromisedFrom(uint256 record) internal pure returns (uint40) {
        return uint40(record >> SECOND);
    }

    /// @dev Of a key.
    function officer(uint256 record) internal pure returns (bytes8) {
        return bytes8(uint64(record >> TOP));
    }

    /// @dev Of a formation.
    function parent(uint256 record) internal pure returns (uint32) {
        return uint32(record >> FIRST);
    }

    /// @dev Of a formation.
    function predecessor(uint256 record) internal pure returns (uint32) {
        return uint32(record >> SECOND);
    }

    /// @dev Of a formation.
    function kind(uint256 record) internal pure returns (bytes8) {
        return bytes8(uint64(record >> TOP));
    }

    /// @dev Of a scope.
    function acts(uint256 record) internal pure returns (uint64) {
        return uint64(record >> TOP);
    }

    function hasEnded(uint256 record) internal view returns (bool) {
        uint256 end = to(record);
        return end != 0 && block.timestamp >= end;
    }
}
