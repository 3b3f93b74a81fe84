// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IConsortium} from "./interfaces/IConsortium.sol";
import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {IRegister} from "./interfaces/IRegister.sol";
import {Filed} from "./libraries/Filed.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {Policies} from "./libraries/Policies.sol";
import {Words} from "./libraries/Words.sol";

/// @title Controlled documents
/// @dev A document exists once in its type, whoever entered it: its salted digest is nobody else's. Authority is asked under kinds of its own
///      (ENTER, WITHDRAW, CONSUME): that, and what Formations refuses as a scope of a controlled type, is why there is no way past.
contract Register is IRegister, EIP712 {
    using Filed for uint256;
    using Policies for uint256;
    using Policies for bytes32;

    bytes32 private constant APPROVE_TYPE =
        keccak256("Approve(uint256 act,bytes32 docType,bytes32 digest,bytes32 terms,uint64 deadline)");

    struct Policy {
        uint256 rules;
        bytes32 issuers;
        bytes32 consumers;
        bytes32[] parents;
    }

    address public immutable consortium;
    address public immutable formations;
    address public immutable ledger;

    mapping(bytes32 docType => Policy) private _policies;
    mapping(bytes32 docType => uint32) private _versions;
    mapping(bytes32 docType => mapping(bytes32 digest => uint256 record)) private _filed;
    mapping(bytes32 docType => mapping(bytes32 digest => bytes32 thing)) private _things;
    /// @dev Who has a number or a thing: the digest of the latest document that took it.
    mapping(bytes32 place => bytes32 digest) private _holders;

    constructor(address consortium_, address formations_, address ledger_) EIP712("Sanad Register", "1") {
        consortium = consortium_;
        formations = formations_;
        ledger = ledger_;
    }

    modifier onlyConsortium() {
        if (msg.sender != consortium) revert RegisterOnlyConsortium(msg.sender);
        _;
    }

    /// @inheritdoc IRegister
    function setPolicy(bytes32 docType, uint256 rules, bytes32 issuers, bytes32 consumers, bytes32[] calldata parents)
        external
        onlyConsortium
    {
        bool valid =
            Words.isName(docType) && rules.areValid() && issuers != 0 && parents.length <= Policies.MOST_PARENTS;
        for (uint256 i = 0; valid && i < parents.length; ++i) {
            bytes32 parent = parents[i];
            bytes32 parentType = parent.typeOf();
            valid = parentType != docType && _policies[parentType].rules != 0
                && !(parent.has(Policies.CONSUMES) && parent.has(Policies.CONSUMED_BEFORE));
            for (uint256 j = 0; valid && j < i; ++j) {
                valid = parents[j].typeOf() != parentType;
            }
        }
        if (!valid) revert RegisterBadPolicy(docType);

        uint32 version = ++_versions[docType];
        uint256 complete = rules.complete(parents.length, version);
        _policies[docType] = Policy(complete, issuers, consumers, parents);
        IFormations(formations).setControlled(docType, true);
        _appendDecision(Kinds.POLICY, docType, bytes32(complete), issuers, consumers);
        for (uint256 i = 0; i < parents.length; ++i) {
            _appendDecision(Kinds.POLICY_PARENT, docType, parents[i], 0, bytes32((uint256(version) << 32) | i));
        }
    }

    /// @inheritdoc IRegister
    function removePolicy(bytes32 docType) external onlyConsortium {
        if (_policies[docType].rules == 0) revert RegisterNotControlled(docType);
        delete _policies[docType];
        IFormations(formations).setControlled(docType, false);
        _appendDecision(Kinds.POLICY, docType, 0, 0, 0);
    }

    /// @inheritdoc IRegister
    function enter(bytes32 docType, Paper calldata paper, Approval calldata approval) external returns (uint256 index) {
        Policy storage policy = _policies[docType];
        uint256 rules = _inForce(docType, policy.rules);
        uint32 formation = _authorise(msg.sender, docType, Kinds.ENTER);
        if (!policy.issuers.names(_kindOf(formation))) revert RegisterWrongIssuer(docType, formation);
        _requireSound(docType, paper);
        (uint256 replaced, uint32 replacedIssuer) = _requireReplaceable(docType, paper, formation);
        _takePlace(docType, rules, formation, paper);
        address approver = _approver(
            rules.two() & Policies.TWO_TO_ENTER != 0,
            Kinds.ENTER,
            docType,
            paper.digest,
            _termsOf(paper),
            formation,
            approval
        );

        uint256 by = Words.by(msg.sender, formation);
        index = _appendIssue(by, docType, rules, paper, approver);
        _filed[docType][paper.digest] = Filed.create(formation, index, paper.outcome, rules.version());
        if (paper.thing != 0) _things[docType][paper.digest] = paper.thing;
        _restOn(policy.parents, by, index, replaced, paper);
        if (paper.replaces != 0) {
            ILedger(ledger)
                .conclude(Kinds.SUPERSEDE, by, docType, paper.replaces, replacedIssuer, paper.digest, paper.reason);
        }
    }

    /// @inheritdoc IRegister
    function consume(bytes32 docType, bytes32 digest, bytes32 evidence) external returns (uint256 index) {
        uint256 record = _known(docType, digest);
        uint32 formation = _authorise(msg.sender, docType, Kinds.CONSUME);
        _requireConsumer(docType, formation);
        _requireUnused(record);
        _requireInForce(docType, digest, record);

        uint256 by = Words.by(msg.sender, formation);
        index = ILedger(ledger).append(Kinds.CONSUME, by, docType, digest, evidence, bytes32(uint256(record.issuer())));
        _filed[docType][digest] = record.consumedAt(index);
    }

    /// @inheritdoc IRegister
    function withdraw(bytes32 docType, bytes32 digest, uint32 issuer, uint16 reason, Approval calldata approval)
        external
        returns (uint256 index)
    {
        uint32 formation = _authorise(msg.sender, docType, Kinds.WITHDRAW);
        _requireStandsFor(formation, issuer);
        bool two = _policies[docType].rules.two() & Policies.TWO_TO_WITHDRAW != 0;
        bytes32 terms = keccak256(abi.encode(issuer, reason));
        address approver = _approver(two, Kinds.WITHDRAW, docType, digest, terms, formation, approval);

        uint256 by = Words.by(msg.sender, formation);
        index = ILedger(ledger).conclude(Kinds.REVOKE, by, docType, digest, issuer, 0, reason);
        ILedger(ledger).append(Kinds.WITHDRAW, by, docType, digest, 0, bytes32(bytes20(approver)));
    }

    /// @inheritdoc IRegister
    function policyOf(bytes32 docType)
        external
        view
        returns (uint256 rules, bytes32 issuers, bytes32 consumers, bytes32[] memory parents)
    {
        Policy storage policy = _policies[docType];
        return (policy.rules, policy.issuers, policy.consumers, policy.parents);
    }

    /// @inheritdoc IRegister
    function filingOf(bytes32 docType, bytes32 digest) external view returns (Filing memory) {
        uint256 record = _filed[docType][digest];
        bool consumed = record.isConsumed();
        return Filing(
            record.issuer(),
            uint64(record.index()),
            consumed,
            consumed ? uint64(record.consumer()) : 0,
            record.outcome(),
            record.policyVersion(),
            _things[docType][digest]
        );
    }

    /// @inheritdoc IRegister
    function approvalDigest(uint256 act, bytes32 docType, bytes32 digest, bytes32 terms, uint64 deadline)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(APPROVE_TYPE, act, docType, digest, terms, deadline)));
    }

    // -- before anything is written

    function _inForce(bytes32 docType, uint256 rules) private view returns (uint256) {
        if (rules == 0) revert RegisterNotControlled(docType);
        uint64 end = rules.to();
        if (block.timestamp < rules.from() || (end != 0 && block.timestamp >= end)) {
            revert RegisterOutsideDates(docType, rules.from(), end);
        }
        return rules;
    }

    function _requireSound(bytes32 docType, Paper calldata paper) private view {
        if (paper.digest == 0 || paper.digest == paper.replaces) revert RegisterBadDigest();
        if (paper.outcome >= Policies.MOST_OUTCOMES) revert RegisterBadOutcome(paper.outcome);
        uint256 record = _filed[docType][paper.digest];
        if (record != 0) revert RegisterExists(uint64(record.index()));
    }

    /// @dev The record of the document that is replaced (zero if none is), and who issued it. One from before the policy has no record,
    ///      and is taken for the formation's own. A consumed one stays as it is: its replacement could be used again.
    function _requireReplaceable(bytes32 docType, Paper calldata paper, uint32 formation)
        private
        view
        returns (uint256 record, uint32 issuer)
    {
        if (paper.replaces == 0) return (0, 0);
        if (paper.reason == 0) revert RegisterReasonMissing();
        record = _filed[docType][paper.replaces];
        if (record == 0) return (0, formation);
        issuer = record.issuer();
        _requireStandsFor(formation, issuer);
        _requireUnused(record);
    }

    function _requireConsumer(bytes32 docType, uint32 formation) private view {
        if (!_policies[docType].consumers.names(_kindOf(formation))) revert RegisterMayNotConsume(docType, formation);
    }

    function _requireUnused(uint256 record) private pure {
        if (record.isConsumed()) revert RegisterConsumed(uint64(record.consumer()));
    }

    function _requireInForce(bytes32 docType, bytes32 digest, uint256 record) private view {
        ILedger.State state = _stateOf(docType, digest, record);
        if (state != ILedger.State.NONE) revert RegisterNotInForce(docType, state);
    }

    function _requireStandsFor(uint32 formation, uint32 issuer) private view {
        if (!IFormations(formations).standsFor(formation, issuer)) revert RegisterNotTheIssuer(formation, issuer);
    }

    /// @dev The second officer behind an approval; zero where none is given and none is needed.
    function _approver(
        bool needed,
        uint256 act,
        bytes32 docType,
        bytes32 digest,
        bytes32 terms,
        uint32 formation,
        Approval calldata approval
    ) private view returns (address approver) {
        if (approval.signature.length == 0) {
            if (needed) revert RegisterApprovalMissing(docType);
            return address(0);
        }
        if (block.timestamp > approval.deadline) revert RegisterApprovalExpired(approval.deadline);
        approver = ECDSA.recover(approvalDigest(act, docType, digest, terms, approval.deadline), approval.signature);
        if (approver == msg.sender) revert RegisterSameOfficer(approver);
        uint32 theirs = _authorise(approver, docType, act);
        if (theirs != formation) revert RegisterApproverElsewhere(theirs);
    }

    // -- what is kept

    /// @dev Takes the number or the thing that the policy wants to be one document's only.
    function _takePlace(bytes32 docType, uint256 rules, uint32 formation, Paper calldata paper) private {
        uint8 unique = rules.unique();
        if (unique == Policies.UNIQUE_NOT) return;
        bool byThing = unique == Policies.UNIQUE_THING;
        if (byThing && paper.thing == 0) revert RegisterThingMissing(docType);
        if (!byThing && paper.key == 0) revert RegisterNumberMissing(docType);

        uint32 within = unique == Policies.UNIQUE_NUMBER_OF_ISSUER ? formation : 0;
        bytes32 place = keccak256(abi.encode(docType, byThing, within, byThing ? paper.thing : paper.key));
        bytes32 holder = _holders[place];
        if (holder != 0 && holder != paper.replaces) {
            uint256 record = _filed[docType][holder];
            ILedger.State state = _stateOf(docType, holder, record);
            bool free = (state == ILedger.State.SUPERSEDED && rules.freedBy() & Policies.FREED_BY_SUPERSEDING != 0)
                || (state == ILedger.State.REVOKED && rules.freedBy() & Policies.FREED_BY_REVOKING != 0);
            if (!free) {
                if (byThing) revert RegisterThingInUse(docType, uint64(record.index()));
                revert RegisterNumberInUse(docType, uint64(record.index()));
            }
        }
        _holders[place] = paper.digest;
    }

    /// @dev Finds every parent as the policy wants it, uses up those it says, and puts each on the log.
    function _restOn(bytes32[] storage wanted, uint256 by, uint256 index, uint256 replaced, Paper calldata paper)
        private
    {
        uint256 count = wanted.length;
        if (paper.parents.length > count) revert RegisterSurplusParents(count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 condition = wanted[i];
            bytes32 parentType = condition.typeOf();
            bytes32 digest = i < paper.parents.length ? paper.parents[i] : bytes32(0);
            if (digest == 0) revert RegisterParentMissing(parentType);
            uint256 record = _requireParent(condition, digest, uint32(by), replaced, paper.thing);
            if (condition.has(Policies.CONSUMES)) {
                _requireConsumer(parentType, uint32(by));
                _filed[parentType][digest] = record.consumedAt(index);
            }
            uint256 data = (uint256(uint8(uint256(condition))) << 128) | (index << 64) | record.issuer();
            ILedger(ledger).append(Kinds.PARENT, by, parentType, paper.digest, digest, bytes32(data));
        }
    }

    function _requireParent(bytes32 condition, bytes32 digest, uint32 formation, uint256 replaced, bytes32 thing)
        private
        view
        returns (uint256 record)
    {
        bytes32 parentType = condition.typeOf();
        record = _filed[parentType][digest];
        if (record == 0) revert RegisterParentUnknown(parentType);
        ILedger.State state = _stateOf(parentType, digest, record);
        if (state != ILedger.State.NONE) revert RegisterNotInForce(parentType, state);
        if (condition.has(Policies.OF_ANOTHER) && record.issuer() == formation) {
            revert RegisterParentOwn(parentType, formation);
        }
        if (condition.has(Policies.SAME_THING) && (thing == 0 || _things[parentType][digest] != thing)) {
            revert RegisterParentOfOtherThing(parentType);
        }
        if (!condition.allows(record.outcome())) revert RegisterParentForbids(parentType, record.outcome());
        bool consumed = record.isConsumed();
        if (condition.has(Policies.CONSUMED_BEFORE)) {
            if (!consumed) revert RegisterParentNotConsumed(parentType);
        } else if (consumed) {
            // what the replaced document used up passes to its replacement
            bool passesOn = replaced != 0 && condition.has(Policies.CONSUMES) && record.consumer() == replaced.index();
            if (!passesOn) revert RegisterParentConsumed(parentType, uint64(record.consumer()));
        }
    }

    /// @dev The ISSUE entry, as the ledger itself would write it, and beside it what the register adds.
    function _appendIssue(uint256 by, bytes32 docType, uint256 rules, Paper calldata paper, address approver)
        private
        returns (uint256 index)
    {
        uint256 data = (uint256(uint160(approver)) << 96) | (uint256(paper.outcome) << 88)
            | (uint256(rules.version()) << 32) | rules.parents();
        uint256[6] memory issue =
            [Kinds.ISSUE, by, uint256(docType), uint256(paper.digest), uint256(paper.fields), uint256(paper.key)];
        uint256[6] memory entered =
            [Kinds.ENTER, by, uint256(docType), uint256(paper.digest), uint256(paper.thing), data];
        return ILedger(ledger).appendPair(issue, entered);
    }

    /// @dev The actor is the member whose approval the consortium is executing.
    function _appendDecision(uint256 kind, bytes32 docType, bytes32 subject, bytes32 related, bytes32 data) private {
        uint256 by = Words.by(IConsortium(consortium).actingMember(), 0);
        ILedger(ledger).append(kind, by, docType, subject, related, data);
    }

    // -- what is asked of the others

    function _authorise(address key, bytes32 docType, uint256 act) private view returns (uint32 formation) {
        return IFormations(formations).authorise(key, docType, act);
    }

    function _kindOf(uint32 formation) private view returns (bytes8) {
        return IFormations(formations).kindOf(formation);
    }

    function _stateOf(bytes32 docType, bytes32 digest, uint256 record) private view returns (ILedger.State) {
        return ILedger(ledger).statusOf(record.issuer(), docType, digest).state;
    }

    function _known(bytes32 docType, bytes32 digest) private view returns (uint256 record) {
        record = _filed[docType][digest];
        if (record == 0) revert RegisterUnknown(docType);
    }

    function _termsOf(Paper calldata paper) private pure returns (bytes32) {
        return keccak256(
            abi.encode(paper.fields, paper.key, paper.thing, paper.outcome, paper.reason, paper.replaces, paper.parents)
        );
    }
}
