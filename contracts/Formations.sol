// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsortium} from "./interfaces/IConsortium.sol";
import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {Packed} from "./libraries/Packed.sol";
import {Successions} from "./libraries/Successions.sol";
import {Words} from "./libraries/Words.sol";

/// @title Offices with authority, their keys and their scopes
/// @dev Each record that `authorise` reads is one word: authority costs three cold reads, whatever the history.
contract Formations is IFormations {
    using Packed for uint256;
    using Successions for uint256;

    /// @dev How many formations are looked at to find out whether one stands for another.
    uint256 private constant FARTHEST = 64;
    /// @dev Kinds 1 to 31 are acts on documents and custody; those above are never done under a scope.
    uint64 private constant SCOPED_KINDS = 0xFFFFFFFE;
    /// @dev ISSUE, ISSUE_BATCH, SUPERSEDE and REVOKE: what the register does in the ledger's stead for a controlled type.
    uint64 private constant PAST_REGISTER = 0x66;
    bytes32 private constant REGISTER = "REGISTER";

    address public immutable consortium;

    uint32 public formationCount;
    mapping(uint32 formation => uint256 record) private _offices;
    mapping(uint32 formation => bytes32) private _codes;
    mapping(bytes32 code => uint32) public formationByCode;
    mapping(address key => uint256 record) private _keys;
    mapping(uint32 formation => mapping(bytes32 docType => uint256 record)) private _scopes;
    mapping(uint32 formation => uint256 record) private _successions;
    mapping(bytes32 docType => bool) public isControlled;
    mapping(bytes32 docType => uint32) public plainIssuers;

    constructor(address consortium_) {
        consortium = consortium_;
    }

    modifier onlyConsortium() {
        if (msg.sender != consortium) revert FormationsOnlyConsortium(msg.sender);
        _;
    }

    modifier onlyMember() {
        if (!IConsortium(consortium).isMember(msg.sender)) revert FormationsOnlyMember(msg.sender);
        _;
    }

    /// @inheritdoc IFormations
    function authorise(address key, bytes32 docType, uint256 kind) external view returns (uint32 formation) {
        uint256 held = _keys[key];
        formation = held.formation();
        if (formation == 0) revert FormationsUnknownKey(key);
        if (held.compromisedFrom() != 0) revert FormationsKeyCompromised(key, held.compromisedFrom());
        if (held.suspendedAt() != 0) revert FormationsKeySuspended(key, held.suspendedAt());
        if (block.timestamp < held.from()) revert FormationsKeyNotYetValid(key, held.from());
        if (held.hasEnded()) revert FormationsKeyExpired(key, held.to());

        uint256 office = _offices[formation];
        if (office.suspendedAt() != 0) revert FormationsSuspended(formation, office.suspendedAt());
        if (block.timestamp < office.from()) revert FormationsNotYetValid(formation, office.from());
        if (office.hasEnded()) revert FormationsExpired(formation, office.to());

        uint256 scope = _scopes[formation][docType];
        // a kind of 64 or more shifts every bit out
        if ((scope.acts() >> kind) & 1 == 0 || block.timestamp < scope.from() || scope.hasEnded()) {
            revert FormationsOutOfScope(formation, docType, kind);
        }
    }

    /// @inheritdoc IFormations
    function standsFor(uint32 actor, uint32 original) external view returns (bool) {
        return _leadsTo(original, actor, true);
    }

    /// @inheritdoc IFormations
    function tookOver(uint32 actor, uint32 original) external view returns (bool) {
        return _leadsTo(original, actor, false);
    }

    /// @inheritdoc IFormations
    function addFormation(bytes32 code, bytes32 kind, uint32 parent, uint32 predecessor, uint64 from, uint64 to)
        external
        onlyConsortium
        returns (uint32 formation)
    {
        if (!Words.isCode(code)) revert FormationsBadCode(code);
        if (!Words.isName(kind)) revert FormationsBadType(kind);
        if (formationByCode[code] != 0) revert FormationsDuplicateCode(code);
        if (parent != 0) _requireFormation(parent);
        if (predecessor != 0) _requireFormation(predecessor);
        _requireWindow(from, to);

        formation = ++formationCount;
        formationByCode[code] = formation;
        _codes[formation] = code;
        _offices[formation] = Packed.office(kind, parent, predecessor, from, to);
        uint256 word = (uint256(parent) << 160) | (uint256(predecessor) << 128) | _window(from, to);
        _append(Kinds.FORMATION, kind, bytes32(uint256(formation)), code, word);
        if (predecessor != 0) {
            uint32[] memory one = new uint32[](1);
            uint32[] memory other = new uint32[](1);
            (one[0], other[0]) = (predecessor, formation);
            _giveWay(one, other, from);
        }
    }

    /// @inheritdoc IFormations
    function succeed(uint32[] calldata predecessors, uint32[] calldata successors, uint64 since)
        external
        onlyConsortium
    {
        _giveWay(predecessors, successors, since);
    }

    /// @inheritdoc IFormations
    function closeFormation(uint32 formation, uint64 to) external onlyConsortium {
        _requireFormation(formation);
        _close(formation, to);
    }

    /// @inheritdoc IFormations
    function suspendFormation(uint32 formation, uint16 reason) external onlyMember {
        _requireFormation(formation);
        if (reason == 0) revert FormationsReasonMissing();
        uint256 office = _offices[formation];
        if (office.suspendedAt() != 0) revert FormationsAlreadySuspended(office.suspendedAt());
        _offices[formation] = office.withSuspension(block.timestamp);
        _append(Kinds.FORMATION_SUSPENDED, 0, bytes32(uint256(formation)), 0, reason);
    }

    /// @inheritdoc IFormations
    function reinstateFormation(uint32 formation, uint16 reason) external onlyConsortium {
        _requireFormation(formation);
        if (reason == 0) revert FormationsReasonMissing();
        uint256 office = _offices[formation];
        if (office.suspendedAt() == 0) revert FormationsNotSuspended();
        _offices[formation] = office.withSuspension(0);
        _append(Kinds.FORMATION_REINSTATED, 0, bytes32(uint256(formation)), 0, reason);
    }

    /// @inheritdoc IFormations
    function addKey(uint32 formation, address key, bytes32 officer, uint64 from, uint64 to) external onlyConsortium {
        _requireFormation(formation);
        if (key == address(0)) revert FormationsBadKey(key);
        uint32 taken = _keys[key].formation();
        if (taken != 0) revert FormationsKeyTaken(key, taken);
        _requireWindow(from, to);

        _keys[key] = Packed.key(formation, officer, from, to);
        _append(Kinds.KEY, 0, _subject(key), officer, (uint256(formation) << 128) | _window(from, to));
    }

    /// @inheritdoc IFormations
    function closeKey(address key, uint64 to) external onlyConsortium {
        uint256 held = _requireKey(key);
        uint40 end = _end(held, to);
        _keys[key] = held.withEnd(end);
        _append(Kinds.KEY_CLOSED, 0, _subject(key), 0, end);
    }

    /// @inheritdoc IFormations
    function suspendKey(address key, uint16 reason) external onlyMember {
        uint256 held = _requireKey(key);
        if (reason == 0) revert FormationsReasonMissing();
        if (held.suspendedAt() != 0) revert FormationsAlreadySuspended(held.suspendedAt());
        _keys[key] = held.withSuspension(block.timestamp);
        _append(Kinds.KEY_SUSPENDED, 0, _subject(key), 0, reason);
    }

    /// @inheritdoc IFormations
    function reinstateKey(address key, uint16 reason) external onlyConsortium {
        uint256 held = _requireKey(key);
        if (reason == 0) revert FormationsReasonMissing();
        if (held.suspendedAt() == 0) revert FormationsNotSuspended();
        _keys[key] = held.withSuspension(0);
        _append(Kinds.KEY_REINSTATED, 0, _subject(key), 0, reason);
    }

    /// @inheritdoc IFormations
    function declareCompromised(address key, uint64 since) external onlyConsortium {
        uint256 held = _requireKey(key);
        uint40 declared = held.compromisedFrom();
        if (since == 0 || since < held.from() || since > block.timestamp || (declared != 0 && since >= declared)) {
            revert FormationsBadTime(since);
        }
        _keys[key] = held.withCompromise(since);
        _append(Kinds.KEY_COMPROMISED, 0, _subject(key), 0, since);
    }

    /// @inheritdoc IFormations
    function setScope(uint32 formation, bytes32 docType, uint64 acts, uint64 from, uint64 to) external onlyConsortium {
        _requireFormation(formation);
        if (!Words.isName(docType)) revert FormationsBadType(docType);
        if (acts & ~SCOPED_KINDS != 0) revert FormationsBadActs(acts);
        _requireWindow(from, to);
        uint64 plain = acts & PAST_REGISTER;
        if (plain != 0 && isControlled[docType]) revert FormationsControlledType(docType, plain);

        bool wasPlain = _scopes[formation][docType].acts() & PAST_REGISTER != 0;
        if (wasPlain && plain == 0) --plainIssuers[docType];
        if (!wasPlain && plain != 0) ++plainIssuers[docType];
        _scopes[formation][docType] = Packed.scope(acts, from, to);
        _append(Kinds.SCOPE, docType, bytes32(uint256(formation)), bytes32(uint256(acts)), _window(from, to));
    }

    /// @inheritdoc IFormations
    function setControlled(bytes32 docType, bool controlled) external {
        if (msg.sender != IConsortium(consortium).contractOf(REGISTER)) revert FormationsOnlyRegister(msg.sender);
        // counted where scopes are set, so that the act itself, which happens far more often, need not ask
        if (controlled && plainIssuers[docType] != 0) revert FormationsPlainlyIssued(docType, plainIssuers[docType]);
        isControlled[docType] = controlled;
    }

    /// @inheritdoc IFormations
    function kindOf(uint32 formation) external view returns (bytes8) {
        _requireFormation(formation);
        return _offices[formation].kind();
    }

    /// @inheritdoc IFormations
    function formationOf(uint32 formation) external view returns (Formation memory) {
        _requireFormation(formation);
        uint256 office = _offices[formation];
        return Formation(
            _codes[formation],
            office.kind(),
            office.parent(),
            office.predecessor(),
            office.from(),
            office.to(),
            office.suspendedAt()
        );
    }

    /// @inheritdoc IFormations
    function successionOf(uint32 formation) external view returns (uint64 since, uint32[] memory successors) {
        uint256 given = _successions[formation];
        uint256 count = 0;
        while (given.successor(count) != 0) ++count;
        successors = new uint32[](count);
        for (uint256 i = 0; i < count; ++i) {
            successors[i] = given.successor(i);
        }
        return (given.time(), successors);
    }

    /// @inheritdoc IFormations
    function keyOf(address key) external view returns (Key memory) {
        uint256 held = _keys[key];
        return Key(held.formation(), held.from(), held.to(), held.suspendedAt(), held.compromisedFrom());
    }

    /// @inheritdoc IFormations
    function officerOf(address key) external view returns (bytes8) {
        return _keys[key].officer();
    }

    /// @inheritdoc IFormations
    function scopeOf(uint32 formation, bytes32 docType) external view returns (Scope memory) {
        uint256 scope = _scopes[formation][docType];
        return Scope(scope.acts(), scope.from(), scope.to());
    }

    /// @dev Each formation gives way once, and only to formations that have not given way: so nothing ever leads back.
    function _giveWay(uint32[] memory predecessors, uint32[] memory successors, uint64 since) private {
        uint256 time = since < block.timestamp ? block.timestamp : since;
        if (time > type(uint40).max) revert FormationsBadTime(since);
        if (predecessors.length == 0 || successors.length == 0 || successors.length > Successions.MOST) {
            revert FormationsBadSuccession();
        }
        uint256 given = Successions.pack(time, successors);
        for (uint256 i = 0; i < predecessors.length; ++i) {
            _requireFormation(predecessors[i]);
            _requireNotGivenWay(predecessors[i]);
            _successions[predecessors[i]] = given;
        }
        uint32 previous = 0;
        for (uint256 i = 0; i < successors.length; ++i) {
            uint32 successor = successors[i];
            _requireFormation(successor);
            if (successor <= previous) revert FormationsBadSuccession();
            previous = successor;
            _requireNotGivenWay(successor); // which one of the predecessors has by now
            uint256 office = _offices[successor];
            if (time < office.from()) revert FormationsNotYetValid(successor, office.from());
            if (office.to() != 0 && time >= office.to()) revert FormationsExpired(successor, office.to());
        }
        for (uint256 i = 0; i < predecessors.length; ++i) {
            uint256 end = _offices[predecessors[i]].to();
            if (end == 0 || end > time) _close(predecessors[i], uint64(time));
            for (uint256 j = 0; j < successors.length; ++j) {
                _append(Kinds.SUCCESSION, 0, bytes32(uint256(predecessors[i])), bytes32(uint256(successors[j])), time);
            }
        }
    }

    function _close(uint32 formation, uint64 to) private {
        uint256 office = _offices[formation];
        uint40 end = _end(office, to);
        _offices[formation] = office.withEnd(end);
        _append(Kinds.FORMATION_CLOSED, 0, bytes32(uint256(formation)), 0, end);
    }

    /// @dev Whether one comes from `original` to `actor` by going to who took a formation's place and, if `upwards`, to the one above it.
    ///      What leads nowhere near is found out after a few steps: it is only asked where the actor is not the original.
    function _leadsTo(uint32 original, uint32 actor, bool upwards) private view returns (bool) {
        if (actor == 0 || original == 0) return false;
        if (actor == original) return true;
        uint32[FARTHEST] memory met;
        uint256 count = _meet(met, 0, original);
        for (uint256 i = 0; i < count; ++i) {
            uint256 given = _successions[met[i]];
            if (given.isInEffect()) {
                for (uint256 j = 0; given.successor(j) != 0; ++j) {
                    count = _meet(met, count, given.successor(j));
                }
            }
            if (upwards) count = _meet(met, count, _offices[met[i]].parent());
        }
        for (uint256 i = 0; i < count; ++i) {
            if (met[i] == actor) return true;
        }
        return false;
    }

    /// @dev Adds a formation to those met, once, while there is room; returns how many there are.
    function _meet(uint32[FARTHEST] memory met, uint256 count, uint32 formation) private pure returns (uint256) {
        if (formation == 0 || count == FARTHEST) return count;
        for (uint256 i = 0; i < count; ++i) {
            if (met[i] == formation) return count;
        }
        met[count] = formation;
        return count + 1;
    }

    /// @dev The actor is the member that calls, or the one whose approval the consortium is executing.
    function _append(uint256 kind, bytes32 docType, bytes32 subject, bytes32 related, uint256 data) private {
        address actor = msg.sender == consortium ? IConsortium(consortium).actingMember() : msg.sender;
        ILedger(IConsortium(consortium).ledger())
            .append(kind, Words.by(actor, 0), docType, subject, related, bytes32(data));
    }

    function _requireFormation(uint32 formation) private view {
        if (formation == 0 || formation > formationCount) revert FormationsUnknownFormation(formation);
    }

    function _requireNotGivenWay(uint32 formation) private view {
        uint256 given = _successions[formation];
        if (given != 0) revert FormationsGaveWay(formation, given.time());
    }

    function _requireKey(address key) private view returns (uint256 held) {
        held = _keys[key];
        if (held.formation() == 0) revert FormationsUnknownKey(key);
    }

    function _requireWindow(uint64 from, uint64 to) private pure {
        if ((to != 0 && to <= from) || from > type(uint40).max || to > type(uint40).max) {
            revert FormationsBadWindow(from, to);
        }
    }

    /// @dev When what `record` describes ends if it is closed at `wanted`: not in the past, and not later than it would.
    function _end(uint256 record, uint64 wanted) private view returns (uint40) {
        uint256 end = wanted < block.timestamp ? block.timestamp : wanted;
        uint256 present = record.to();
        if (wanted == 0 || end < record.from() || end > type(uint40).max || (present != 0 && end > present)) {
            revert FormationsBadWindow(record.from(), wanted);
        }
        return uint40(end);
    }

    function _window(uint64 from, uint64 to) private pure returns (uint256) {
        return (uint256(from) << 64) | to;
    }

    function _subject(address key) private pure returns (bytes32) {
        return bytes32(uint256(uint160(key)));
    }
}
