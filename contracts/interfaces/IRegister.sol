// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "./ILedger.sol";

/// @title Controlled documents: what has to be there before one may exist, and what uses it up
/// @notice Members set a policy for a type (k of n). From then on documents of that type are entered here and nowhere else: by a kind of
///         formation the policy names, resting on parents that are on record and in force, with a number or a thing that no other one in
///         force has, approved by a second officer where the policy says so. A document is consumed at most once, for ever.
/// @dev Byte layouts: docs/spec/entry.md. The contract cannot read documents: that number, thing and outcome are those in the document
///      is what its issuer answers for, and what whoever has the document can check against the log.
interface IRegister {
    /// @notice What is entered. `key` is the blinded number, `thing` the blinded number of the thing it is about (zero: of none),
    ///         `outcome` a code below 4 that the type gives meaning to. `replaces` is the document it supersedes, for `reason`, or zero.
    ///         `parents` are digests in the order of the policy.
    struct Paper {
        bytes32 digest;
        bytes32 fields;
        bytes32 key;
        bytes32 thing;
        uint8 outcome;
        uint16 reason;
        bytes32 replaces;
        bytes32[] parents;
    }

    /// @notice A second officer's word for an act: an EIP-712 signature by another key of the same formation. Empty where none is given.
    struct Approval {
        uint64 deadline;
        bytes signature;
    }

    /// @notice A controlled document as the register has it. `consumer` is the place in the log of what consumed it.
    struct Filing {
        uint32 issuer;
        uint64 index;
        bool consumed;
        uint64 consumer;
        uint8 outcome;
        uint32 version;
        bytes32 thing;
    }

    error RegisterOnlyConsortium(address caller);
    /// @notice The policy says something that cannot be carried out, or rests on a type that has no policy.
    error RegisterBadPolicy(bytes32 docType);
    /// @notice The type has no policy: its documents are issued on the ledger itself.
    error RegisterNotControlled(bytes32 docType);
    error RegisterBadDigest();
    error RegisterReasonMissing();
    /// @notice The policy is not in force at this time.
    error RegisterOutsideDates(bytes32 docType, uint64 from, uint64 to);
    /// @notice The policy names other kinds of formations as issuers.
    error RegisterWrongIssuer(bytes32 docType, uint32 formation);
    /// @notice The document was entered already, at `index` of the log.
    error RegisterExists(uint64 index);
    /// @notice No such document of the type was entered.
    error RegisterUnknown(bytes32 docType);
    error RegisterNumberMissing(bytes32 docType);
    error RegisterThingMissing(bytes32 docType);
    error RegisterBadOutcome(uint8 outcome);
    /// @notice Another document with this number is in force, entered at `index`.
    error RegisterNumberInUse(bytes32 docType, uint64 index);
    /// @notice Another document about this very thing is in force, entered at `index`.
    error RegisterThingInUse(bytes32 docType, uint64 index);
    /// @notice A document that this one has to rest on was not named.
    error RegisterParentMissing(bytes32 parentType);
    /// @notice More parents were named than the policy has.
    error RegisterSurplusParents(uint256 most);
    /// @notice The document named as a parent was never entered.
    error RegisterParentUnknown(bytes32 parentType);
    /// @notice The document, a parent or what is to be used up, is suspended, superseded or revoked.
    error RegisterNotInForce(bytes32 docType, ILedger.State state);
    /// @notice The parent was used up already, by entry `index`.
    error RegisterParentConsumed(bytes32 parentType, uint64 index);
    /// @notice The parent must have been used up first.
    error RegisterParentNotConsumed(bytes32 parentType);
    /// @notice The parent must be issued by another formation than this document.
    error RegisterParentOwn(bytes32 parentType, uint32 formation);
    /// @notice The parent is about another thing.
    error RegisterParentOfOtherThing(bytes32 parentType);
    /// @notice What the parent found forbids this document.
    error RegisterParentForbids(bytes32 parentType, uint8 outcome);
    /// @notice The policy asks for a second officer, and none has approved.
    error RegisterApprovalMissing(bytes32 docType);
    error RegisterApprovalExpired(uint64 deadline);
    /// @notice The approval is by the very key that acts.
    error RegisterSameOfficer(address key);
    /// @notice The approval is by a key of another formation.
    error RegisterApproverElsewhere(uint32 formation);
    /// @notice The document was used up already, by entry `index`.
    error RegisterConsumed(uint64 index);
    /// @notice The policy names other kinds of formations as those who use up the document.
    error RegisterMayNotConsume(bytes32 docType, uint32 formation);
    error RegisterNotTheIssuer(uint32 formation, uint32 issuer);

    /// @notice By proposal: sets (replaces) the policy of a type. It binds what is entered from now on. Words: docs/spec/entry.md;
    ///         `rules` without version and number of parents, which are counted here. Every parent's type needs a policy first.
    function setPolicy(bytes32 docType, uint256 rules, bytes32 issuers, bytes32 consumers, bytes32[] calldata parents)
        external;
    /// @notice By proposal: documents of the type are no longer entered here; what was entered stays on record.
    function removePolicy(bytes32 docType) external;

    /// @notice Enters a document, and supersedes the one it replaces. Everything is judged now: what its parents become later
    ///         leaves it standing.
    function enter(bytes32 docType, Paper calldata paper, Approval calldata approval) external returns (uint256 index);
    /// @notice Uses a document up. `evidence` is a digest, or zero.
    function consume(bytes32 docType, bytes32 digest, bytes32 evidence) external returns (uint256 index);
    /// @notice Revokes a document that `issuer` entered, or issued before the type had a policy.
    function withdraw(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason, Approval calldata approval)
        external
        returns (uint256 index);

    /// @notice What a second officer signs (EIP-712, domain "Sanad Register" 1): `act` is the kind of entry (ENTER or WITHDRAW), `terms`
    ///         the hash of everything else in the act.
    function approvalDigest(uint256 act, bytes32 docType, bytes32 digest, bytes32 terms, uint64 deadline)
        external
        view
        returns (bytes32);

    function consortium() external view returns (address);
    function formations() external view returns (address);
    function ledger() external view returns (address);
    /// @notice The policy of a type; `rules` is zero where it has none.
    function policyOf(bytes32 docType)
        external
        view
        returns (uint256 rules, bytes32 issuers, bytes32 consumers, bytes32[] memory parents);
    /// @notice The record of a document; its issuer is zero where it was never entered.
    function filingOf(bytes32 docType, bytes32 digest) external view returns (Filing memory);
}
