// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TreeHash} from "./libraries/TreeHash.sol";

/// @title An append-only RFC 9162 tree kept by its frontier
/// @dev Slot i of the frontier holds the root of the complete subtree of 2^i leaves, valid where bit i of the size is set.
///      Every slot is non-zero from the start, so that no append ever pays for a fresh one.
abstract contract MerkleLog {
    uint256 private constant LEVELS = 40;
    /// @dev Kept above the size in its slot: a slot that held zero would make the first append dearer than the others.
    uint256 private constant OCCUPIED = 1 << 255;

    uint256 private _head = OCCUPIED;
    bytes32[LEVELS] private _frontier;

    /// @dev Appends in progress: frontier nodes made in memory (`fresh` marks their levels) and not yet written.
    struct Growth {
        uint256 first;
        uint256 size;
        uint256 fresh;
        bytes32[LEVELS] nodes;
    }

    constructor() {
        for (uint256 level = 0; level < LEVELS; ++level) {
            _frontier[level] = TreeHash.EMPTY_ROOT;
        }
    }

    function _size() internal view returns (uint256) {
        return _head ^ OCCUPIED;
    }

    /// @dev Appends one leaf: carries upwards through the trailing one bits of its index, then writes one slot.
    function _append(bytes32 leaf) internal returns (uint256 index) {
        uint256 head = _head;
        index = head ^ OCCUPIED;
        uint256 level = 0;
        for (uint256 rest = index; rest & 1 == 1; rest >>= 1) {
            leaf = TreeHash.node(_frontier[level], leaf);
            ++level;
        }
        _frontier[level] = leaf;
        _head = head + 1;
    }

    function _grow() internal view returns (Growth memory growth) {
        growth.first = _size();
        growth.size = growth.first;
    }

    function _add(Growth memory growth, bytes32 leaf) internal view {
        uint256 fresh = growth.fresh;
        uint256 level = 0;
        for (uint256 rest = growth.size; rest & 1 == 1; rest >>= 1) {
            bytes32 left = (fresh >> level) & 1 == 1 ? growth.nodes[level] : _frontier[level];
            leaf = TreeHash.node(left, leaf);
            ++level;
        }
        growth.nodes[level] = leaf;
        growth.fresh = fresh | (1 << level);
        ++growth.size;
    }

    /// @dev Writes what changed and still counts: a level whose bit is clear at the end was carried further up.
    function _commit(Growth memory growth) internal {
        uint256 changed = growth.fresh & growth.size;
        for (uint256 level = 0; changed != 0; changed >>= 1) {
            if (changed & 1 == 1) _frontier[level] = growth.nodes[level];
            ++level;
        }
        _head = growth.size | OCCUPIED;
    }

    function _root() internal view returns (bytes32 folded) {
        uint256 rest = _size();
        if (rest == 0) return TreeHash.EMPTY_ROOT;
        bool started = false;
        for (uint256 level = 0; rest != 0; rest >>= 1) {
            if (rest & 1 == 1) {
                folded = started ? TreeHash.node(_frontier[level], folded) : _frontier[level];
                started = true;
            }
            ++level;
        }
    }

    function _valid() internal view returns (bytes32[] memory nodes) {
        uint256 count = 0;
        for (uint256 rest = _size(); rest != 0; rest &= rest - 1) {
            ++count;
        }
        nodes = new bytes32[](count);
        uint256 next = 0;
        uint256 level = 0;
        for (uint256 rest = _size(); rest != 0; rest >>= 1) {
            if (rest & 1 == 1) nodes[next++] = _frontier[level];
            ++level;
        }
    }
}
