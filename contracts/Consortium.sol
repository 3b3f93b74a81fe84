// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsortium} from "./interfaces/IConsortium.sol";
import {ICustody} from "./interfaces/ICustody.sol";
import {IDrawdown} from "./interfaces/IDrawdown.sol";
import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {IRegister} from "./interfaces/IRegister.sol";
import {ITitles} from "./interfaces/ITitles.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {Words} from "./libraries/Words.sol";

/// @title The members and what they decide together
/// @dev Approvals are kept by member number, not address: who was removed and comes back has a new number and no old approvals.
contract Consortium is IConsortium {
    uint64 private constant PROPOSAL_LIFETIME = 30 days;
    bytes32 private constant CONSORTIUM = "CONSORTIUM";
    bytes32 private constant LEDGER = "LEDGER";
    bytes32 private constant FORMATIONS = "FORMATIONS";
    bytes32 private constant REGISTER = "REGISTER";
    bytes32 private constant DRAWDOWN = "DRAWDOWN";
    bytes32 private constant CUSTODY = "CUSTODY";
    bytes32 private constant TITLES = "TITLES";

    struct ProposalRecord {
        address proposer;
        uint64 expires;
        bool executed;
        address target;
        bytes32 callHash;
        mapping(uint32 memberNumber => bool) approvedBy;
    }

    address private immutable _founder;

    address public ledger;
    address public actingMember;
    uint256 public threshold;
    uint256 public proposalCount;
    uint32 private _membersEver;
    uint64 private _networkVersion;
    bytes32 private _networkDigest;
    address[] private _members;
    mapping(address account => Member) private _memberOf;
    mapping(bytes32 cosigningKey => bool) private _cosigningKeyTaken;
    mapping(bytes32 role => address) public contractOf;
    mapping(uint256 number => ProposalRecord) private _proposals;

    constructor(address[] memory members_, bytes32[] memory cosigningKeys, uint256 threshold_) {
        if (members_.length != cosigningKeys.length) {
            revert ConsortiumListsDiffer(members_.length, cosigningKeys.length);
        }
        if (threshold_ == 0 || threshold_ > members_.length) {
            revert ConsortiumBadThreshold(threshold_, members_.length);
        }
        _founder = msg.sender;
        threshold = threshold_;
        for (uint256 i = 0; i < members_.length; ++i) {
            _enrol(members_[i], cosigningKeys[i]);
        }
    }

    modifier onlyMember() {
        if (!isMember(msg.sender)) revert ConsortiumOnlyMember(msg.sender);
        if (ledger == address(0)) revert ConsortiumNotFounded();
        _;
    }

    modifier byProposal() {
        if (msg.sender != address(this)) revert ConsortiumOnlyByProposal(msg.sender);
        _;
    }

    /// @inheritdoc IConsortium
    function found(
        address ledger_,
        address formations,
        address register,
        address drawdown,
        address titles,
        address custody
    ) external {
        if (msg.sender != _founder) revert ConsortiumOnlyFounder(msg.sender);
        if (ledger != address(0)) revert ConsortiumAlreadyFounded();
        _requireContract(ledger_);
        _requireContract(formations);
        _requireContract(register);
        _requireContract(drawdown);
        _requireContract(titles);
        _requireContract(custody);
        if (ILedger(ledger_).consortium() != address(this) || ILedger(ledger_).formations() != formations) {
            revert ConsortiumForeignContract(ledger_);
        }
        if (IFormations(formations).consortium() != address(this)) revert ConsortiumForeignContract(formations);
        if (
            IRegister(register).consortium() != address(this) || IRegister(register).ledger() != ledger_
                || IRegister(register).formations() != formations
        ) {
            revert ConsortiumForeignContract(register);
        }
        if (
            IDrawdown(drawdown).consortium() != address(this) || IDrawdown(drawdown).ledger() != ledger_
                || IDrawdown(drawdown).formations() != formations
        ) {
            revert ConsortiumForeignContract(drawdown);
        }
        if (
            ITitles(titles).consortium() != address(this) || ITitles(titles).ledger() != ledger_
                || ITitles(titles).formations() != formations
        ) {
            revert ConsortiumForeignContract(titles);
        }
        if (
            ICustody(custody).consortium() != address(this) || ICustody(custody).ledger() != ledger_
                || ICustody(custody).formations() != formations || ICustody(custody).orders() != register
        ) {
            revert ConsortiumForeignContract(custody);
        }

        ledger = ledger_;
        actingMember = msg.sender; // the founder answers for what is founded
        _record(CONSORTIUM, address(this));
        _record(LEDGER, ledger_);
        _record(FORMATIONS, formations);
        _record(REGISTER, register);
        _record(DRAWDOWN, drawdown);
        _record(TITLES, titles);
        _record(CUSTODY, custody); // last: it appends most often (Ledger.onlyAppender)
        for (uint256 i = 0; i < _members.length; ++i) {
            _appendMember(_members[i]);
        }
        _append(Kinds.THRESHOLD, actingMember, bytes32(threshold), 0, _members.length);
        actingMember = address(0);
    }

    /// @inheritdoc IConsortium
    function propose(address target, bytes calldata callData) external onlyMember returns (uint256 number) {
        _requireContract(target);
        if (target == ledger) revert ConsortiumForbiddenTarget(target);

        number = ++proposalCount;
        ProposalRecord storage proposal = _proposals[number];
        proposal.proposer = msg.sender;
        proposal.expires = uint64(block.timestamp) + PROPOSAL_LIFETIME;
        proposal.target = target;
        proposal.callHash = keccak256(callData);
        proposal.approvedBy[_memberOf[msg.sender].number] = true;
        bytes32 digest = _digest(number, target, proposal.callHash);
        _append(Kinds.PROPOSED, msg.sender, digest, bytes32(uint256(uint160(target))), number);
        _executeIfCarried(number, digest, callData);
    }

    /// @inheritdoc IConsortium
    function approve(uint256 number, bytes calldata callData) external onlyMember {
        ProposalRecord storage proposal = _requireProposal(number);
        if (proposal.executed) revert ConsortiumAlreadyExecuted(number);
        if (block.timestamp >= proposal.expires) revert ConsortiumProposalExpired(number, proposal.expires);
        if (keccak256(callData) != proposal.callHash) revert ConsortiumWrongCall(number);
        uint32 member = _memberOf[msg.sender].number;
        if (proposal.approvedBy[member]) revert ConsortiumAlreadyApproved(number, msg.sender);

        proposal.approvedBy[member] = true;
        bytes32 digest = _digest(number, proposal.target, proposal.callHash);
        _append(Kinds.APPROVED, msg.sender, digest, 0, number);
        _executeIfCarried(number, digest, callData);
    }

    /// @inheritdoc IConsortium
    function addMember(address member, bytes32 cosigningKey) external byProposal {
        _enrol(member, cosigningKey);
        _appendMember(member);
    }

    /// @inheritdoc IConsortium
    function removeMember(address member) external byProposal {
        if (!isMember(member)) revert ConsortiumUnknownMember(member);
        uint256 last = _members.length - 1;
        if (threshold > last) revert ConsortiumBadThreshold(threshold, last);

        uint32 number = _memberOf[member].number;
        delete _memberOf[member];
        uint256 place = 0;
        while (_members[place] != member) {
            ++place;
        }
        _members[place] = _members[last];
        _members.pop();
        _append(Kinds.MEMBER_REMOVED, actingMember, _word(member), 0, number);
    }

    /// @inheritdoc IConsortium
    function setThreshold(uint256 threshold_) external byProposal {
        if (threshold_ == 0 || threshold_ > _members.length) {
            revert ConsortiumBadThreshold(threshold_, _members.length);
        }
        threshold = threshold_;
        _append(Kinds.THRESHOLD, actingMember, bytes32(threshold_), 0, _members.length);
    }

    /// @inheritdoc IConsortium
    function setCosigningKey(bytes32 cosigningKey, uint64 from) external onlyMember {
        _takeCosigningKey(msg.sender, cosigningKey);
        _memberOf[msg.sender].cosigningKey = cosigningKey;
        uint256 effective = from < block.timestamp ? block.timestamp : from;
        _append(Kinds.COSIGNING_KEY, msg.sender, _word(msg.sender), cosigningKey, effective);
    }

    /// @inheritdoc IConsortium
    function recordContract(bytes32 role, address account) external byProposal {
        if (!Words.isName(role) || role == LEDGER || role == CONSORTIUM) revert ConsortiumBadRole(role);
        _requireContract(account);
        _record(role, account);
    }

    /// @inheritdoc IConsortium
    function recordNetwork(bytes32 digest, uint64 version) external byProposal {
        if (version <= _networkVersion) revert ConsortiumBadVersion(version);
        (_networkDigest, _networkVersion) = (digest, version);
        _append(Kinds.NETWORK, actingMember, digest, 0, version);
    }

    /// @inheritdoc IConsortium
    function memberOf(address account) external view returns (Member memory) {
        if (!isMember(account)) revert ConsortiumUnknownMember(account);
        return _memberOf[account];
    }

    /// @inheritdoc IConsortium
    function members() external view returns (address[] memory) {
        return _members;
    }

    /// @inheritdoc IConsortium
    function proposalOf(uint256 number) external view returns (Proposal memory) {
        ProposalRecord storage proposal = _requireProposal(number);
        return Proposal(
            proposal.proposer,
            proposal.target,
            proposal.callHash,
            proposal.expires,
            uint32(_approvals(proposal)),
            proposal.executed
        );
    }

    /// @inheritdoc IConsortium
    function approvalsOf(uint256 number) external view returns (uint256) {
        return _approvals(_requireProposal(number));
    }

    /// @inheritdoc IConsortium
    function networkBundle() external view returns (bytes32 digest, uint64 version) {
        return (_networkDigest, _networkVersion);
    }

    /// @inheritdoc IConsortium
    function isMember(address account) public view returns (bool) {
        return _memberOf[account].number != 0;
    }

    /// @dev Executed at most once: it is marked before the call, and a failing call undoes everything.
    function _executeIfCarried(uint256 number, bytes32 digest, bytes calldata callData) private {
        ProposalRecord storage proposal = _proposals[number];
        if (_approvals(proposal) < threshold) return;

        proposal.executed = true;
        _append(Kinds.EXECUTED, msg.sender, digest, 0, number);
        address outer = actingMember; // a member that is a contract may decide within a decision
        actingMember = msg.sender;
        (bool succeeded, bytes memory result) = proposal.target.call(callData);
        if (!succeeded) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
        actingMember = outer;
    }

    function _enrol(address member, bytes32 cosigningKey) private {
        if (member == address(0) || member == address(this)) revert ConsortiumBadMember(member);
        if (isMember(member)) revert ConsortiumMemberExists(member);
        _takeCosigningKey(member, cosigningKey);
        _memberOf[member] = Member(++_membersEver, cosigningKey, uint64(block.timestamp));
        _members.push(member);
    }

    function _takeCosigningKey(address member, bytes32 cosigningKey) private {
        if (cosigningKey == 0) revert ConsortiumBadMember(member);
        if (_cosigningKeyTaken[cosigningKey]) revert ConsortiumCosigningKeyTaken(cosigningKey);
        _cosigningKeyTaken[cosigningKey] = true;
    }

    function _record(bytes32 role, address account) private {
        contractOf[role] = account;
        ILedger(ledger).admit(account);
        _append(Kinds.CONTRACT, actingMember, _word(account), account.codehash, uint256(role));
    }

    function _appendMember(address member) private {
        Member storage enrolled = _memberOf[member];
        _append(Kinds.MEMBER, actingMember, _word(member), enrolled.cosigningKey, enrolled.number);
    }

    function _append(uint256 kind, address actor, bytes32 subject, bytes32 related, uint256 data) private {
        ILedger(ledger).append(kind, Words.by(actor, 0), 0, subject, related, bytes32(data));
    }

    function _approvals(ProposalRecord storage proposal) private view returns (uint256 count) {
        for (uint256 i = 0; i < _members.length; ++i) {
            if (proposal.approvedBy[_memberOf[_members[i]].number]) ++count;
        }
    }

    function _digest(uint256 number, address target, bytes32 callHash) private view returns (bytes32) {
        return sha256(abi.encode(block.chainid, address(this), number, target, callHash));
    }

    function _requireProposal(uint256 number) private view returns (ProposalRecord storage proposal) {
        if (number == 0 || number > proposalCount) revert ConsortiumUnknownProposal(number);
        return _proposals[number];
    }

    function _requireContract(address account) private view {
        if (account.code.length == 0) revert ConsortiumNotAContract(account);
    }

    function _word(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
