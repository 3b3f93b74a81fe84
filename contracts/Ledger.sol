// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Entries, EntryList} from "./libraries/Entries.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {Words} from "./libraries/Words.sol";
import {MerkleLog} from "./MerkleLog.sol";

/// @title The log, and the acts on documents
/// @dev What is said in docs/spec/entry.md about an entry is done here; authority is Formations' answer.
contract Ledger is ILedger, MerkleLog {
    using Entries for EntryList;

    /// @dev Where in calldata the words of `append` and `appendPair` stand, as they will in the entry.
    uint256 private constant AFTER_SELECTOR = 4;
    uint256 private constant SIX_WORDS = 192;

    address public immutable consortium;
    address public immutable formations;

    mapping(address account => bool) public isAppender;
    mapping(uint32 issuer => mapping(bytes32 docType => mapping(bytes32 digest => Status))) private _statusOf;

    constructor(address consortium_, address formations_) {
        consortium = consortium_;
        formations = formations_;
    }

    modifier onlyAppender() {
        // the contract admitted last is kept beside the size, which is read anyway: it saves a cold read an act
        if (msg.sender != _companion() && !isAppender[msg.sender]) revert LedgerNotAnAppender(msg.sender);
        _;
    }

    /// @inheritdoc ILedger
    function issue(bytes32 docType, bytes32 digest, bytes32 fields, bytes32 key) external returns (uint256 index) {
        if (digest == 0) revert LedgerBadDigest();
        return _record(Kinds.ISSUE, _authorise(docType, Kinds.ISSUE), docType, digest, fields, key);
    }

    /// @inheritdoc ILedger
    function issueMany(bytes32 docType, Document[] calldata documents) external returns (uint256 firstIndex) {
        if (documents.length == 0) revert LedgerBadCount(0);
        uint256 by = _authorise(docType, Kinds.ISSUE);

        EntryList entries = Entries.allocate(documents.length);
        for (uint256 i = 0; i < documents.length; ++i) {
            Document calldata document = documents[i];
            if (document.digest == 0) revert LedgerBadDigest();
            entries.write(i, Kinds.ISSUE, by, docType, document.digest, document.fields, document.key);
        }
        firstIndex = _appendAll(entries.leaves());
        entries.emitMany(AppendedMany.selector, firstIndex);
    }

    /// @inheritdoc ILedger
    function issueBatch(bytes32 docType, bytes32 root_, uint256 count, bytes32 manifest)
        external
        returns (uint256 index)
    {
        if (root_ == 0) revert LedgerBadDigest();
        if (count == 0 || count > type(uint32).max) revert LedgerBadCount(count);
        uint256 by = _authorise(docType, Kinds.ISSUE_BATCH);
        return _record(Kinds.ISSUE_BATCH, by, docType, root_, manifest, bytes32(count));
    }

    /// @inheritdoc ILedger
    function suspend(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason) external returns (uint256 index) {
        uint256 by = _authoriseFor(docType, Kinds.SUSPEND, issuer);
        State state = _statusOf[issuer][docType][digest].state;
        if (state != State.NONE) revert LedgerWrongState(state);
        return _setStatus(Kinds.SUSPEND, by, docType, digest, issuer, 0, reason, State.SUSPENDED);
    }

    /// @inheritdoc ILedger
    function reinstate(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason) external returns (uint256 index) {
        uint256 by = _authoriseFor(docType, Kinds.REINSTATE, issuer);
        State state = _statusOf[issuer][docType][digest].state;
        if (state != State.SUSPENDED) revert LedgerWrongState(state);
        return _setStatus(Kinds.REINSTATE, by, docType, digest, issuer, 0, reason, State.NONE);
    }

    /// @inheritdoc ILedger
    function supersede(bytes32 docType, bytes32 digest, uint32 issuer, bytes32 replacement, uint16 reason)
        external
        returns (uint256 index)
    {
        return _supersede(_authoriseFor(docType, Kinds.SUPERSEDE, issuer), docType, digest, issuer, replacement, reason);
    }

    /// @inheritdoc ILedger
    function revoke(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason) external returns (uint256 index) {
        return _revoke(_authoriseFor(docType, Kinds.REVOKE, issuer), docType, digest, issuer, reason);
    }

    /// @inheritdoc ILedger
    function conclude(
        uint256 kind,
        uint256 by,
        bytes32 docType,
        bytes32 digest,
        uint32 issuer,
        bytes32 replacement,
        uint16 reason
    ) external onlyAppender returns (uint256 index) {
        if (kind == Kinds.SUPERSEDE) {
            return _supersede(by, docType, digest, issuer, replacement, reason);
        }
        return _revoke(by, docType, digest, issuer, reason);
    }

    /// @inheritdoc ILedger
    function checkpoint() external returns (uint256 size_, bytes32 root_) {
        size_ = _size();
        root_ = _root();
        emit Checkpoint(size_, root_);
    }

    /// @inheritdoc ILedger
    function append(uint256, uint256, bytes32, bytes32, bytes32, bytes32)
        external
        onlyAppender
        returns (uint256 index)
    {
        EntryList entries = Entries.allocate(1);
        entries.copy(0, AFTER_SELECTOR);
        return _appendOnly(entries);
    }

    /// @inheritdoc ILedger
    function appendPair(uint256[6] calldata, uint256[6] calldata) external onlyAppender returns (uint256 firstIndex) {
        EntryList entries = Entries.allocate(2);
        entries.copy(0, AFTER_SELECTOR);
        entries.copy(1, AFTER_SELECTOR + SIX_WORDS);
        firstIndex = _appendTwo(entries.leaf(0), entries.leaf(1));
        entries.emitMany(AppendedMany.selector, firstIndex);
    }

    /// @inheritdoc ILedger
    function admit(address appender) external {
        if (msg.sender != consortium) revert LedgerOnlyConsortium(msg.sender);
        isAppender[appender] = true;
        _setCompanion(appender);
    }

    /// @inheritdoc ILedger
    function size() external view returns (uint256) {
        return _size();
    }

    /// @inheritdoc ILedger
    function root() external view returns (bytes32) {
        return _root();
    }

    /// @inheritdoc ILedger
    function frontier() external view returns (bytes32[] memory) {
        return _valid();
    }

    /// @inheritdoc ILedger
    function statusOf(uint32 issuer, bytes32 docType, bytes32 digest) external view returns (Status memory) {
        return _statusOf[issuer][docType][digest];
    }

    function _authorise(bytes32 docType, uint256 kind) private view returns (uint256 by) {
        return Words.by(msg.sender, IFormations(formations).authorise(msg.sender, docType, kind));
    }

    /// @dev As `_authorise`, for an act on what `issuer` issued.
    function _authoriseFor(bytes32 docType, uint256 kind, uint32 issuer) private view returns (uint256 by) {
        uint32 formation = IFormations(formations).authorise(msg.sender, docType, kind);
        if (!IFormations(formations).standsFor(formation, issuer)) revert LedgerNotTheIssuer(formation, issuer);
        return Words.by(msg.sender, formation);
    }

    function _supersede(uint256 by, bytes32 docType, bytes32 digest, uint32 issuer, bytes32 replacement, uint16 reason)
        private
        returns (uint256 index)
    {
        if (replacement == 0 || replacement == digest) revert LedgerBadDigest();
        State state = _statusOf[issuer][docType][digest].state;
        if (state != State.NONE && state != State.SUSPENDED) revert LedgerWrongState(state);
        return _setStatus(Kinds.SUPERSEDE, by, docType, digest, issuer, replacement, reason, State.SUPERSEDED);
    }

    function _revoke(uint256 by, bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason)
        private
        returns (uint256 index)
    {
        State state = _statusOf[issuer][docType][digest].state;
        if (state == State.REVOKED) revert LedgerWrongState(state);
        return _setStatus(Kinds.REVOKE, by, docType, digest, issuer, 0, reason, State.REVOKED);
    }

    function _setStatus(
        uint256 kind,
        uint256 by,
        bytes32 docType,
        bytes32 digest,
        uint32 issuer,
        bytes32 related,
        uint16 reason,
        State state
    ) private returns (uint256 index) {
        if (digest == 0) revert LedgerBadDigest();
        if (reason == 0) revert LedgerReasonMissing();
        index = _record(kind, by, docType, digest, related, bytes32((uint256(issuer) << 32) | reason));
        _statusOf[issuer][docType][digest] = Status(state, reason, uint64(index), uint64(block.timestamp));
    }

    function _record(uint256 kind, uint256 by, bytes32 docType, bytes32 subject, bytes32 related, bytes32 data)
        private
        returns (uint256 index)
    {
        EntryList entries = Entries.allocate(1);
        entries.write(0, kind, by, docType, subject, related, data);
        return _appendOnly(entries);
    }

    /// @dev Appends and emits the only entry of a list.
    function _appendOnly(EntryList entries) private returns (uint256 index) {
        index = _append(entries.leaf(0));
        entries.emitOne(Appended.selector, index);
    }
}
