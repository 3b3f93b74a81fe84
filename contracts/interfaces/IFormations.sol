// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Formations (offices with authority), their keys and their scopes
/// @notice Answers one question for every other contract: which formation does this key act for, and may it do this now?
/// @dev Additions and widenings come from the consortium (k of n). Any single member may suspend at once; lifting needs the consortium.
///      Every accepted change appends an entry to the ledger. Times are seconds; an end of 0 means no end; windows are [from, to).
interface IFormations {
    struct Formation {
        bytes32 code;
        bytes8 kind;
        uint32 parent;
        uint32 predecessor;
        uint64 from;
        uint64 to;
        uint64 suspendedAt;
    }

    struct Key {
        uint32 formation;
        uint64 from;
        uint64 to;
        uint64 suspendedAt;
        uint64 compromisedFrom;
    }

    struct Scope {
        uint64 acts;
        uint64 from;
        uint64 to;
    }

    error FormationsOnlyConsortium(address caller);
    error FormationsOnlyMember(address caller);
    error FormationsUnknownFormation(uint32 formation);
    error FormationsDuplicateCode(bytes32 code);
    error FormationsBadCode(bytes32 code);
    error FormationsBadWindow(uint64 from, uint64 to);
    error FormationsReasonMissing();
    /// @notice The address is the key of a formation already: a key acts for one formation, for ever.
    error FormationsKeyTaken(address key, uint32 formation);
    error FormationsBadKey(address key);
    error FormationsBadActs(uint64 acts);
    error FormationsBadType(bytes32 docType);
    /// @notice Documents of a controlled type are entered and withdrawn in the register: a scope may not allow `acts` that go past it.
    error FormationsControlledType(bytes32 docType, uint64 acts);
    /// @notice So many formations may still issue, supersede or revoke documents of the type past the register.
    error FormationsPlainlyIssued(bytes32 docType, uint32 formations);
    /// @notice Only the contract that the consortium recorded as the register may do this.
    error FormationsOnlyRegister(address caller);
    error FormationsNotSuspended();
    error FormationsAlreadySuspended(uint64 since);
    /// @notice The time given is in the future, before the key's window, or would shorten an earlier declaration.
    error FormationsBadTime(uint64 time);

    /// @notice A succession names at least one predecessor and one to six successors, these in ascending order.
    error FormationsBadSuccession();
    /// @notice The formation gave way to others, or will, from `since` on: it can do so only once, and take over nothing any more.
    error FormationsGaveWay(uint32 formation, uint64 since);

    /// @notice No formation has this key.
    error FormationsUnknownKey(address key);
    error FormationsKeyNotYetValid(address key, uint64 from);
    error FormationsKeyExpired(address key, uint64 to);
    error FormationsKeySuspended(address key, uint64 since);
    error FormationsKeyCompromised(address key, uint64 since);
    error FormationsNotYetValid(uint32 formation, uint64 from);
    error FormationsExpired(uint32 formation, uint64 to);
    error FormationsSuspended(uint32 formation, uint64 since);
    /// @notice The formation has no scope for this act on this type at this time.
    error FormationsOutOfScope(uint32 formation, bytes32 docType, uint256 kind);

    /// @notice The formation `key` may act for now, for `kind` on `docType`; reverts with the reason if it may not.
    function authorise(address key, bytes32 docType, uint256 kind) external view returns (uint32 formation);

    /// @notice Whether `actor` may act on what `original` issued: itself, who took its place, a formation above it, or who is any of these to one
    /// of these. Who takes a place later does not yet.
    /// @dev Looks at the 64 formations that are nearest to `original`.
    function standsFor(uint32 actor, uint32 original) external view returns (bool);

    /// @notice Whether `actor` is `original`, or has taken its place, in however many steps. Who is above it has not.
    /// @dev Looks at the 64 formations that are nearest to `original`.
    function tookOver(uint32 actor, uint32 original) external view returns (bool);

    /// @notice By proposal: adds an office. `kind` and `code` are names (docs/spec/entry.md); the code is taken for ever.
    /// If `predecessor` is not 0, that one gives way to the new office at `from`, as by `succeed`.
    function addFormation(bytes32 code, bytes32 kind, uint32 parent, uint32 predecessor, uint64 from, uint64 to)
        external
        returns (uint32 formation);
    /// @notice Ends a formation at `to`, never later than it would have ended; a time already past means now.
    function closeFormation(uint32 formation, uint64 to) external;
    /// @notice By proposal: at `since` (a time already past means now) each of `predecessors` ends, where it has not ended before, and each of
    /// `successors` takes the place of all of them: one and one is a new name, several and one a merger, one and several a division.
    /// @dev Each formation gives way once, to formations that have not given way and are in office at `since`; so there are no circles. It cannot be undone.
    function succeed(uint32[] calldata predecessors, uint32[] calldata successors, uint64 since) external;
    /// @notice Any single member: nobody acts for the formation until the consortium reinstates it.
    function suspendFormation(uint32 formation, uint16 reason) external;
    function reinstateFormation(uint32 formation, uint16 reason) external;

    /// @notice By proposal: lets `key` act for `formation`. `officer` is the blinded identity of who holds it, or zero.
    function addKey(uint32 formation, address key, bytes32 officer, uint64 from, uint64 to) external;
    /// @notice Ends a key at `to`, never later than it would have ended; a time already past means now.
    function closeKey(address key, uint64 to) external;
    /// @notice Any single member: the key does not act until the consortium reinstates it.
    function suspendKey(address key, uint16 reason) external;
    function reinstateKey(address key, uint16 reason) external;
    /// @notice By proposal: distrusts everything the key did from `since` on (not in the future, not before its window, at least 1).
    /// It never acts again. A later declaration may only move `since` back.
    function declareCompromised(address key, uint64 since) external;

    /// @notice By proposal: sets (replaces) what `formation` may do with `docType`. `acts` = 0 takes the scope away.
    /// Bits 1 to 31 may be set: acts on documents and custody, and the kinds kept for them.
    function setScope(uint32 formation, bytes32 docType, uint64 acts, uint64 from, uint64 to) external;

    /// @notice The register controls a type, or no longer does. Refused while a scope allows what goes past it.
    function setControlled(bytes32 docType, bool controlled) external;

    function consortium() external view returns (address);
    /// @notice Whether documents of the type are entered in the register only.
    function isControlled(bytes32 docType) external view returns (bool);
    /// @notice How many formations have a scope that allows to issue, supersede or revoke documents of the type on the ledger itself.
    function plainIssuers(bytes32 docType) external view returns (uint32);
    /// @notice The first eight characters of the formation's kind.
    function kindOf(uint32 formation) external view returns (bytes8);
    function formationCount() external view returns (uint32);
    function formationOf(uint32 formation) external view returns (Formation memory);
    function formationByCode(bytes32 code) external view returns (uint32);
    /// @notice Who takes the place of a formation, and from when; nobody and 0 if it has not given way.
    function successionOf(uint32 formation) external view returns (uint64 since, uint32[] memory successors);
    function keyOf(address key) external view returns (Key memory);
    /// @notice The first eight bytes of the blinded identity of the officer who holds the key; zero where none was named.
    function officerOf(address key) external view returns (bytes8);
    function scopeOf(uint32 formation, bytes32 docType) external view returns (Scope memory);
}
