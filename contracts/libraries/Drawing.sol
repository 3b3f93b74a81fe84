// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The words of draw-downs (docs/spec/entry.md), and the two packed records of an instrument
/// @dev An amount is 176 bits wherever it stands: what it means is known only to whoever has the network key, but amounts of one instrument
///      compare and add up as what they mean does. A measure is 32 bits: what is counted (a currency or a unit) and with how many decimals.
///      Words: bytes 0-21 amount; then of OPEN 22-25 measure, 26 zero, 27-31 expiry; of DRAW 22-25 measure, 26 zero, 27-31 instrument;
///      of RETURN 22-24 zero, 25-26 reason, 27-31 instrument; of AMEND 22-26 instrument, 27-31 expiry.
///      Records: of the terms bits 0-31 issuer, 32-71 expiry, 72-247 total; of the balance 0-31 measure, 32-207 drawn.
library Drawing {
    uint256 private constant AMOUNT = 80;
    uint256 private constant MEASURE = 48;
    uint256 private constant REASON = 40;
    uint256 private constant FIVE_BYTES = type(uint40).max;
    uint256 private constant MOST_DECIMALS = 9;
    /// @dev Sets of characters, one bit for each.
    uint256 private constant LETTERS = ((1 << 26) - 1) << 0x41;
    uint256 private constant LETTERS_AND_DIGITS = LETTERS | (((1 << 10) - 1) << 0x30);

    // -- words of entries

    function amount(uint256 word) internal pure returns (uint256) {
        return word >> AMOUNT;
    }

    function measure(uint256 word) internal pure returns (uint32) {
        return uint32(word >> MEASURE);
    }

    /// @dev The last five bytes: an expiry, or the number of an instrument.
    function last(uint256 word) internal pure returns (uint40) {
        return uint40(word);
    }

    /// @dev Whether a word of OPEN or DRAW can be read back: a known class of measure, a code that is one, a zero byte where one stands.
    function isMeasured(uint256 word) internal pure returns (bool) {
        uint256 class = uint8(word >> 76) & 15; // high half of byte 22
        uint256 decimals = uint8(word >> 72) & 15;
        return (class == 1 || class == 2) && decimals <= MOST_DECIMALS && uint8(word >> 40) == 0
            && _isCode(uint24(word >> MEASURE));
    }

    function returned(uint256 amount_, uint16 reason, uint40 instrument) internal pure returns (uint256) {
        return (amount_ << AMOUNT) | (uint256(reason) << REASON) | instrument;
    }

    function amended(uint256 amount_, uint40 instrument, uint40 expiry_) internal pure returns (uint256) {
        return (amount_ << AMOUNT) | (uint256(instrument) << 40) | expiry_;
    }

    /// @dev Two or three characters A-Z and 0-9, the first a letter or a digit; two are padded with a zero.
    function _isCode(uint24 code) private pure returns (bool) {
        uint256 third = uint8(code);
        uint256 inSets = (LETTERS_AND_DIGITS >> (code >> 16)) & (LETTERS_AND_DIGITS >> uint8(code >> 8))
            & (third == 0 ? 1 : LETTERS_AND_DIGITS >> third);
        return inSets & 1 == 1;
    }

    // -- the record of the terms

    function terms(uint256 total_, uint40 expiry_, uint32 issuer_) internal pure returns (uint256) {
        return (total_ << 72) | (uint256(expiry_) << 32) | issuer_;
    }

    function total(uint256 record) internal pure returns (uint256) {
        return record >> 72;
    }

    function expiry(uint256 record) internal pure returns (uint40) {
        return uint40(record >> 32);
    }

    function issuer(uint256 record) internal pure returns (uint32) {
        return uint32(record);
    }

    // -- the record of the balance

    function balance(uint256 drawn_, uint32 measure_) internal pure returns (uint256) {
        return (drawn_ << 32) | measure_;
    }

    function drawn(uint256 record) internal pure returns (uint256) {
        return record >> 32;
    }

    function measureOf(uint256 record) internal pure returns (uint32) {
        return uint32(record);
    }
}
