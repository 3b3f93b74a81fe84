// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The words of a type's policy, and of a register entry (docs/spec/entry.md)
/// @dev Rules: byte 8 what is unique, 9 what frees it, 10 what needs a second officer, 11 the number of parents, 12-15 the version,
///      16-23 `from`, 24-31 `to` (0: no end). The other bytes are zero. No policy: the word zero.
///      A parent: bytes 0-30 the name of its type, 31 its conditions.
///      Kinds of formations: four times the eight characters that Formations keeps of one; zero words name nobody.
library Policies {
    uint8 internal constant UNIQUE_NOT = 0;
    uint8 internal constant UNIQUE_NUMBER_OF_ISSUER = 1;
    uint8 internal constant UNIQUE_NUMBER = 2;
    uint8 internal constant UNIQUE_THING = 3;

    uint8 internal constant FREED_BY_SUPERSEDING = 1;
    uint8 internal constant FREED_BY_REVOKING = 2;

    uint8 internal constant TWO_TO_ENTER = 1;
    uint8 internal constant TWO_TO_WITHDRAW = 2;

    uint8 internal constant OF_ANOTHER = 1;
    uint8 internal constant SAME_THING = 2;
    uint8 internal constant CONSUMES = 4;
    uint8 internal constant CONSUMED_BEFORE = 8;

    uint256 internal constant MOST_PARENTS = 8;
    uint8 internal constant MOST_OUTCOMES = 4;

    function unique(uint256 rules) internal pure returns (uint8) {
        return uint8(rules >> 184);
    }

    function freedBy(uint256 rules) internal pure returns (uint8) {
        return uint8(rules >> 176);
    }

    function two(uint256 rules) internal pure returns (uint8) {
        return uint8(rules >> 168);
    }

    function parents(uint256 rules) internal pure returns (uint8) {
        return uint8(rules >> 160);
    }

    function version(uint256 rules) internal pure returns (uint32) {
        return uint32(rules >> 128);
    }

    function from(uint256 rules) internal pure returns (uint64) {
        return uint64(rules >> 64);
    }

    function to(uint256 rules) internal pure returns (uint64) {
        return uint64(rules);
    }

    /// @dev The rules with their number of parents and their version, which the register counts itself.
    function complete(uint256 rules, uint256 parents_, uint32 version_) internal pure returns (uint256) {
        return rules | (parents_ << 160) | (uint256(version_) << 128);
    }

    /// @dev Whether rules as proposed can be read back: known choices, an orderly window, nothing in the spare bytes.
    function areValid(uint256 rules) internal pure returns (bool) {
        return rules >> 192 == 0 && unique(rules) <= UNIQUE_THING
            && freedBy(rules) <= FREED_BY_SUPERSEDING | FREED_BY_REVOKING
            && two(rules) <= TWO_TO_ENTER | TWO_TO_WITHDRAW && parents(rules) == 0 && version(rules) == 0
            && (to(rules) == 0 || to(rules) > from(rules));
    }

    function typeOf(bytes32 parent) internal pure returns (bytes32) {
        return parent & ~bytes32(uint256(0xff));
    }

    function has(bytes32 parent, uint8 condition) internal pure returns (bool) {
        return uint8(uint256(parent)) & condition != 0;
    }

    /// @dev Whether a parent of this outcome will do; where the policy names no outcome, any.
    function allows(bytes32 parent, uint8 outcome) internal pure returns (bool) {
        uint8 allowed = uint8(uint256(parent)) >> 4;
        return allowed == 0 || (allowed >> outcome) & 1 == 1;
    }

    /// @dev Whether one of four kinds is `kind`.
    function names(bytes32 kinds, bytes8 kind) internal pure returns (bool) {
        return kind != 0
            && (bytes8(kinds) == kind
                || bytes8(kinds << 64) == kind
                || bytes8(kinds << 128) == kind
                || bytes8(kinds << 192) == kind);
    }
}
