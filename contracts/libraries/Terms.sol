// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The terms of a custody act, one word (docs/spec/entry.md)
/// @dev Bytes 0-3 taker, 4-8 place, 9 condition, 10-17 quantity, 18-29 blinded seal, 30-31 zero.
library Terms {
    uint256 private constant LAST_CONDITION = 8;
    /// @dev Sets of characters, one bit for each.
    uint256 private constant LETTERS = ((1 << 26) - 1) << 0x41;
    uint256 private constant LETTERS_AND_2_TO_9 = LETTERS | (((1 << 8) - 1) << 0x32);

    function taker(uint256 terms) internal pure returns (uint32) {
        return uint32(terms >> 224);
    }

    function quantity(uint256 terms) internal pure returns (uint64) {
        return uint64(terms >> 112);
    }

    /// @dev Whether the word can be read back: a place that is one, a known condition, and nothing in the spare bytes.
    function isValid(uint256 terms) internal pure returns (bool) {
        return uint16(terms) == 0 && uint8(terms >> 176) <= LAST_CONDITION && _isPlace(uint40(terms >> 184));
    }

    /// @dev UN/LOCODE `[A-Z]{2}[A-Z2-9]{3}`, or zero where no place is stated.
    function _isPlace(uint256 place) private pure returns (bool) {
        if (place == 0) return true;
        uint256 inSets = (LETTERS >> (place >> 32)) & (LETTERS >> uint8(place >> 24))
            & (LETTERS_AND_2_TO_9 >> uint8(place >> 16)) & (LETTERS_AND_2_TO_9 >> uint8(place >> 8))
            & (LETTERS_AND_2_TO_9 >> uint8(place));
        return inSets & 1 == 1;
    }
}
