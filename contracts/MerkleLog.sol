// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TreeHash} from "./libraries/TreeHash.sol";

/// @title An append-only RFC 9162 tree kept by its frontier
/// @dev Slot i of the frontier holds the root of the complete subtree of 2^i leaves, valid where bit i of the size is set.
///      Every slot is non-zero from the start, so that no append ever pays for a fresh one.
abstract contract MerkleLog {
    uint256 private constant LEVELS = 40;

    /// @dev Bits 0-63 the size, 64-223 a companion, bit 255 set: a slot that held zero would make the first append dearer than the others.
    uint256 private _head = 1 << 255;
    bytes32[LEVELS] private _frontier;

    constructor() {
        for (uint256 level = 0; level < LEVELS; ++level) {
            _frontier[level] = TreeHash.EMPTY_ROOT;
        }
    }

    function _size() internal view returns (uint256) {
        return uint64(_head);
    }

    /// @dev An address kept beside the size, so that whoever appends may read it for nothing.
    function _companion() internal view returns (address) {
        return address(uint160(_head >> 64));
    }

    function _setCompanion(address account) internal {
        _head = (_head & ~(uint256(type(uint160).max) << 64)) | (uint256(uint160(account)) << 64);
    }

    function _append(bytes32 leaf) internal returns (uint256 index) {
        uint256 head = _head;
        index = uint64(head);
        _head = head + 1; // the frontier ends long before the size's 64 bits
        _carry(0, index, leaf);
    }

    function _appendTwo(bytes32 left, bytes32 right) internal returns (uint256 first) {
        uint256 head = _head;
        first = uint64(head);
        _head = head + 2;
        if (first & 1 == 0) {
            _carry(1, first >> 1, TreeHash.node(left, right));
        } else {
            _carry(0, first, left);
            _frontier[0] = right;
        }
    }

    /// @dev Appends several leaves, level by level: what completes a subtree moves up, a node left over at a level is written there.
    ///      `nodes` is used up.
    function _appendAll(bytes32[] memory nodes) internal returns (uint256 first) {
        uint256 head = _head;
        first = uint64(head);
        _head = head + nodes.length;

        uint256 level = 0;
        uint256 count = nodes.length;
        for (uint256 position = first; count != 0; position >>= 1) {
            uint256 paired = position & 1; // a node at an odd position completes the subtree to its left
            if (paired == 1) nodes[0] = TreeHash.node(_frontier[level], nodes[0]);
            uint256 above = TreeHash.pairUp(nodes, paired, count, paired);
            if ((position + count) & 1 == 1) _frontier[level] = nodes[count - 1];
            count = above;
            ++level;
        }
    }

    /// @dev Puts a node at `position` of `level`: it moves up through the trailing one bits of the position, then one slot is written.
    function _carry(uint256 level, uint256 position, bytes32 node) private {
        for (; position & 1 == 1; position >>= 1) {
            node = TreeHash.node(_frontier[level], node);
            ++level;
        }
        _frontier[level] = node;
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
