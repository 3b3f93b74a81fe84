// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Words of an entry: who acted, and what counts as a name
/// @dev A reader of the log refuses malformed entries, so nothing malformed may get in.
library Words {
    /// @dev Sets of characters, one bit for each.
    uint256 private constant LETTERS = ((1 << 26) - 1) << 0x41;
    uint256 private constant DIGITS = ((1 << 10) - 1) << 0x30;

    /// @dev The `by` word: the key in bytes 0-19, the formation's number in bytes 28-31.
    function by(address key, uint32 formation) internal pure returns (uint256) {
        return (uint256(uint160(key)) << 96) | formation;
    }

    /// @dev Whether `name` is `[A-Z][A-Z0-9_]{0,30}`, zero-padded: a document type, a kind or a role.
    function isName(bytes32 name) internal pure returns (bool) {
        return _in(LETTERS, name[0]) && _consistsOf(LETTERS | DIGITS | (1 << 0x5f), name);
    }

    /// @dev Whether `code` is `[A-Z0-9][A-Z0-9-]{0,30}`, zero-padded: the code of a formation.
    function isCode(bytes32 code) internal pure returns (bool) {
        return _in(LETTERS | DIGITS, code[0]) && _consistsOf(LETTERS | DIGITS | (1 << 0x2d), code);
    }

    /// @dev At most 31 characters of the set, then zeros only.
    function _consistsOf(uint256 set, bytes32 word) private pure returns (bool) {
        uint256 length = 0;
        while (length < 32 && _in(set, word[length])) {
            ++length;
        }
        return length < 32 && uint256(word) << (8 * length) == 0;
    }

    function _in(uint256 set, bytes1 character) private pure returns (bool) {
        return (set >> uint8(character)) & 1 == 1;
    }
}
