// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The log of every accepted act, and the acts on documents
/// @notice Keeps an append-only RFC 9162 Merkle tree (SHA-256) whose leaves are 224-byte entries built from the caller's authority.
/// @dev Byte layouts: docs/spec/entry.md, docs/spec/log.md. Nothing is ever removed; there is no owner, pause or upgrade.
///      Warning: the contract does not store what was issued, only that it was (the log). So a status act may name a document its issuer
///      never issued; it then says nothing about anything, and costs only its sender.
interface ILedger {
    /// @notice One document of several issued together: the words a single ISSUE entry carries.
    struct Document {
        bytes32 digest;
        bytes32 fields;
        bytes32 key;
    }

    /// @notice State of a document as issued by one formation. `NONE` means no status act: it is active if it was issued.
    enum State {
        NONE,
        SUSPENDED,
        SUPERSEDED,
        REVOKED
    }

    /// @notice What the latest status act on a document said, and where in the log it stands.
    struct Status {
        State state;
        uint16 reason;
        uint64 index;
        uint64 time;
    }

    /// @notice Entry number `index` was appended. The data of this event is exactly the entry's 224 bytes.
    event Appended(
        uint256 indexed index,
        uint256 kind,
        uint256 by,
        bytes32 docType,
        bytes32 subject,
        bytes32 related,
        bytes32 data,
        uint256 time
    );
    /// @notice Entries `firstIndex`, `firstIndex + 1`, … were appended in one call; `entries` is their concatenation.
    event AppendedMany(uint256 indexed firstIndex, bytes entries);
    /// @notice The log had `size` entries and this `root`. Emitted by whoever asks.
    event Checkpoint(uint256 indexed size, bytes32 root);

    /// @notice The caller is not a contract recorded by the consortium.
    error LedgerNotAnAppender(address caller);
    /// @notice Only the consortium may record appenders.
    error LedgerOnlyConsortium(address caller);
    /// @notice A digest, root or replacement is zero where a value is required, or a replacement equals the document it replaces.
    error LedgerBadDigest();
    /// @notice A list is empty, or a count is zero or more than 2^32 - 1.
    error LedgerBadCount(uint256 count);
    /// @notice The reason code 0 is never valid.
    error LedgerReasonMissing();
    /// @notice The caller's formation is neither the issuer nor entitled to act for it.
    error LedgerNotTheIssuer(uint32 formation, uint32 issuer);
    /// @notice The document is in a state this act does not start from.
    error LedgerWrongState(State state);

    /// @notice Issues one document. Authority is judged now: losing it later leaves the entry standing.
    function issue(bytes32 docType, bytes32 digest, bytes32 fields, bytes32 key) external returns (uint256 index);

    /// @notice Issues several documents of one type; each becomes an entry of its own.
    function issueMany(bytes32 docType, Document[] calldata documents) external returns (uint256 firstIndex);

    /// @notice Issues every document under the batch tree `root` of `count` leaves, in one entry.
    function issueBatch(bytes32 docType, bytes32 root, uint256 count, bytes32 manifest) external returns (uint256 index);

    /// @notice Takes a document out of force for the time being.
    function suspend(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason) external returns (uint256 index);

    /// @notice Puts a suspended document in force again.
    function reinstate(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason) external returns (uint256 index);

    /// @notice Replaces a document by another of the same type; the old one stays on record.
    function supersede(bytes32 docType, bytes32 digest, uint32 issuer, bytes32 replacement, uint16 reason)
        external
        returns (uint256 index);

    /// @notice Withdraws a document for ever.
    function revoke(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason) external returns (uint256 index);

    /// @notice Computes and emits the size and root of the log. Anyone may call it.
    function checkpoint() external returns (uint256 size, bytes32 root);

    /// @notice Appends an entry for a recorded contract, which vouches for `by`.
    function append(uint256 kind, uint256 by, bytes32 docType, bytes32 subject, bytes32 related, bytes32 data)
        external
        returns (uint256 index);

    /// @notice Appends two entries that happen together (the halves of a hand-over). Each is the first six words of an entry.
    function appendPair(uint256[6] calldata first, uint256[6] calldata second) external returns (uint256 firstIndex);

    /// @notice Supersedes or revokes (`kind`) a document for a recorded contract, which vouches for `by`: the same states, the same entry.
    function conclude(
        uint256 kind,
        uint256 by,
        bytes32 docType,
        bytes32 digest,
        uint32 issuer,
        bytes32 replacement,
        uint16 reason
    ) external returns (uint256 index);

    /// @notice Lets `appender` append. Only the consortium; there is no way to take it back, a replaced contract simply loses its authority there.
    function admit(address appender) external;

    function consortium() external view returns (address);
    function formations() external view returns (address);
    function size() external view returns (uint256);
    function root() external view returns (bytes32);
    /// @notice The roots of the complete subtrees that make up the log, from the lowest set bit of the size upwards.
    function frontier() external view returns (bytes32[] memory);
    function statusOf(uint32 issuer, bytes32 docType, bytes32 digest) external view returns (Status memory);
    function isAppender(address account) external view returns (bool);
}
