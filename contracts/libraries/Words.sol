// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Words of an entry: who acted, and what counts as a name
/// @dev A reader of the log refuses malformed entries, so nothing malformed may get in.
library Words {
    /// @dev The `by` word: the key in bytes 0-19, the formation's number in bytes 28-31.
    function by(address key, uint32 formation) internal pure returns (uint256) {
        return (uint256(uint160(key)) << 96) | formation;
    }

    /// @dev Whether `name` is `[A-Z][A-Z0-9_]{0,30}`, zero-padded: a document type, a kind or a role.
    function isName(bytes32 name) internal pure returns (bool) {
        return _isUpper(name[0]) && _isPadded(name, "_");
    }

    /// @dev Whether `code` is `[A-Z0-9][A-Z0-9-]{0,30}`, zero-padded: the code of a formation.
    function isCode(bytes32 code) internal pure returns (bool) {
        return (_isUpper(code[0]) || _isDigit(code[0])) && _isPadded(code, "-");
    }

    function _isPadded(bytes32 word, bytes1 joint) private pure returns (bool) {
        uint256 length = 1;
        while (length < 32 && word[length] != 0) {
            if (!_isUpper(word[length]) && !_isDigit(word[length]) && word[length] != joint) return false;
            ++length;
        }
        return length < 32 && uint256(word) << (8 * length) == 0;
    }

    function _isUpper(bytes1 character) private pure returns (bool) {
        return character >= "A" && character <= "Z";
    }

    function _isDigit(bytes1 character) private pure returns (bool) {
        return character >= "0" && character <= "9";
    }
}
