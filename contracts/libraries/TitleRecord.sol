// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The one-word record of a document of title
/// @dev Bits 0-31 holder, 32-63 beneficiary (0: whoever holds it), 64-95 the other party (taker of an offer, or pledgee), 96-127 beneficiary once the
///      offer is accepted, 128-159 the holder before, 160-191 the beneficiary before, 192-223 sequence, 224-231 state (0: no such title),
///      232-239 what is pending: the kind of the offer, PLEDGE, or 0; 240 to order, 241 to order before the last transfer.
///      Packed by hand, because Solidity reads and writes a packed struct field by field.
library TitleRecord {
    uint256 private constant BENEFICIARY = 32;
    uint256 private constant OTHER = 64;
    uint256 private constant NEXT = 96;
    uint256 private constant BEFORE = 128;
    uint256 private constant ENTITLED_BEFORE = 160;
    uint256 private constant SEQUENCE = 192;
    uint256 private constant STATE = 224;
    uint256 private constant PENDING = 232;
    uint256 private constant TO_ORDER = 240;
    uint256 private constant TO_ORDER_BEFORE = 241;
    uint256 private constant WORD32 = type(uint32).max;
    /// @dev Where what is pending stands: the other party, the beneficiary it leads to, and its kind.
    uint256 private constant OFFERED = (WORD32 << OTHER) | (WORD32 << NEXT) | (uint256(type(uint8).max) << PENDING);

    function create(uint32 holder_, uint32 beneficiary_, bool toOrder_, uint8 state_) internal pure returns (uint256) {
        return (uint256(toOrder_ ? 1 : 0) << TO_ORDER) | (uint256(state_) << STATE)
            | (uint256(beneficiary_) << BENEFICIARY) | holder_;
    }

    function holder(uint256 record) internal pure returns (uint32) {
        return uint32(record);
    }

    function beneficiary(uint256 record) internal pure returns (uint32) {
        return uint32(record >> BENEFICIARY);
    }

    function other(uint256 record) internal pure returns (uint32) {
        return uint32(record >> OTHER);
    }

    /// @dev The beneficiary once the offer is accepted.
    function next(uint256 record) internal pure returns (uint32) {
        return uint32(record >> NEXT);
    }

    function holderBefore(uint256 record) internal pure returns (uint32) {
        return uint32(record >> BEFORE);
    }

    function beneficiaryBefore(uint256 record) internal pure returns (uint32) {
        return uint32(record >> ENTITLED_BEFORE);
    }

    function sequence(uint256 record) internal pure returns (uint32) {
        return uint32(record >> SEQUENCE);
    }

    function state(uint256 record) internal pure returns (uint8) {
        return uint8(record >> STATE);
    }

    function pending(uint256 record) internal pure returns (uint8) {
        return uint8(record >> PENDING);
    }

    function toOrder(uint256 record) internal pure returns (bool) {
        return (record >> TO_ORDER) & 1 == 1;
    }

    function toOrderBefore(uint256 record) internal pure returns (bool) {
        return (record >> TO_ORDER_BEFORE) & 1 == 1;
    }

    /// @dev The same one step on, with this pending.
    function waiting(uint256 record, uint8 kind, uint32 party, uint32 next_) internal pure returns (uint256) {
        return (stepped(record) & ~OFFERED) | (uint256(kind) << PENDING) | (uint256(next_) << NEXT)
            | (uint256(party) << OTHER);
    }

    /// @dev The same one step on, with nothing pending.
    function settled(uint256 record) internal pure returns (uint256) {
        return stepped(record) & ~OFFERED;
    }

    /// @dev The same one step on, in another state.
    function turned(uint256 record, uint8 state_) internal pure returns (uint256) {
        return (stepped(record) & ~(uint256(type(uint8).max) << STATE)) | (uint256(state_) << STATE);
    }

    /// @dev In the taker's hands: what was is remembered, and nothing is pending.
    function taken(uint256 record, bool toOrder_) internal pure returns (uint256) {
        uint256 before = (uint256(toOrder(record) ? 1 : 0) << TO_ORDER_BEFORE)
            | (uint256(beneficiary(record)) << ENTITLED_BEFORE) | (uint256(holder(record)) << BEFORE);
        return before | moved(record, toOrder_);
    }

    /// @dev In the hands of the one who gave it: nothing before that is remembered, and nothing is pending.
    function moved(uint256 record, bool toOrder_) internal pure returns (uint256) {
        return
            create(other(record), next(record), toOrder_, state(record))
                | (uint256(sequence(stepped(record))) << SEQUENCE);
    }

    function stepped(uint256 record) private pure returns (uint256) {
        uint32 after_ = sequence(record) + 1; // checked: the 2^32nd step is refused
        return (record & ~(WORD32 << SEQUENCE)) | (uint256(after_) << SEQUENCE);
    }
}
