// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Entries in the making: a place in memory that holds them one after another, as an `AppendedMany` event carries them.
type EntryList is uint256;

/// @title The bytes of entries, built once, hashed and emitted where they lie
/// @dev Memory from the list on: the word 32, the length in bytes, the entries (docs/spec/entry.md) of 224 bytes each.
///      Assembly, because Solidity would copy every entry for the leaf's prefix byte and again for the event.
library Entries {
    uint256 private constant ENTRY_BYTES = 224;
    uint256 private constant HEAD = 64;

    /// @dev Room for `count` entries; `count` is at most the length of something in calldata, so nothing overflows.
    function allocate(uint256 count) internal pure returns (EntryList list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            let length := mul(count, ENTRY_BYTES)
            mstore(list, 32)
            mstore(add(list, 32), length)
            mstore(0x40, add(add(list, HEAD), length))
        }
    }

    /// @dev Writes entry number `i` of the list; its time is now.
    function write(
        EntryList list,
        uint256 i,
        uint256 kind,
        uint256 by,
        bytes32 docType,
        bytes32 subject,
        bytes32 related,
        bytes32 data
    ) internal view {
        assembly ("memory-safe") {
            let entry := add(add(list, HEAD), mul(i, ENTRY_BYTES))
            mstore(entry, kind)
            mstore(add(entry, 32), by)
            mstore(add(entry, 64), docType)
            mstore(add(entry, 96), subject)
            mstore(add(entry, 128), related)
            mstore(add(entry, 160), data)
            mstore(add(entry, 192), timestamp())
        }
    }

    /// @dev Writes entry number `i` from six words of calldata that stand there as they stand in an entry; its time is now.
    function copy(EntryList list, uint256 i, uint256 sixWords) internal view {
        assembly ("memory-safe") {
            let entry := add(add(list, HEAD), mul(i, ENTRY_BYTES))
            calldatacopy(entry, sixWords, 192)
            mstore(add(entry, 192), timestamp())
        }
    }

    /// @dev SHA-256(0x00 ‖ entry number `i`). The byte before the entry serves as the prefix and is put back.
    ///      The precompile at address 2 fails only for lack of gas; then the whole call must fail too.
    function leaf(EntryList list, uint256 i) internal view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let before := add(add(list, 32), mul(i, ENTRY_BYTES)) // the word that ends where the entry begins
            let kept := mload(before)
            mstore8(add(before, 31), 0x00)
            if iszero(staticcall(gas(), 2, add(before, 31), add(ENTRY_BYTES, 1), 0, 32)) { revert(0, 0) }
            hash := mload(0)
            mstore(before, kept)
        }
    }

    /// @dev The leaf hashes of all entries, as `leaf` has them, in one array.
    function leaves(EntryList list) internal view returns (bytes32[] memory hashes) {
        assembly ("memory-safe") {
            let length := mload(add(list, 32))
            let count := div(length, ENTRY_BYTES)
            hashes := mload(0x40)
            mstore(hashes, count)
            let result := add(hashes, 32)
            mstore(0x40, add(result, mul(count, 32)))
            let before := add(list, 32)
            for { let end := add(before, length) } lt(before, end) { before := add(before, ENTRY_BYTES) } {
                let kept := mload(before)
                mstore8(add(before, 31), 0x00)
                if iszero(staticcall(gas(), 2, add(before, 31), add(ENTRY_BYTES, 1), result, 32)) {
                    revert(0, 0)
                }
                mstore(before, kept)
                result := add(result, 32)
            }
        }
    }

    /// @dev Emits `event(uint256 indexed index, <seven words of the only entry>)`.
    function emitOne(EntryList list, bytes32 eventTopic, uint256 index) internal {
        assembly ("memory-safe") {
            log2(add(list, HEAD), ENTRY_BYTES, eventTopic, index)
        }
    }

    /// @dev Emits `event(uint256 indexed firstIndex, bytes entries)`.
    function emitMany(EntryList list, bytes32 eventTopic, uint256 firstIndex) internal {
        assembly ("memory-safe") {
            log2(list, add(HEAD, mload(add(list, 32))), eventTopic, firstIndex)
        }
    }
}
