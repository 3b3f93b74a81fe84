// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The terms of a custody act, one word (docs/spec/entry.md)
/// @dev Bytes 0-3 taker, 4-8 place, 9 condition, 10-17 quantity, 18-29 blinded seal, 30-31 zero.
library Terms {
    uint256 private constant LAST_CONDITION = 7;

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
        return place == 0
            || (_isUpper(place >> 32)
                && _isUpper(place >> 24)
                && _isPlaceCharacter(place >> 16)
                && _isPlaceCharacter(place >> 8)
                && _isPlaceCharacter(place));
    }

    function _isPlaceCharacter(uint256 shifted) private pure returns (bool) {
        uint256 character = uint8(shifted);
        return (character >= 0x41 && character <= 0x5a) || (character >= 0x32 && character <= 0x39);
    }

    function _isUpper(uint256 shifted) private pure returns (bool) {
        uint256 character = uint8(shifted);
        return character >= 0x41 && character <= 0x5a;
    }
}
