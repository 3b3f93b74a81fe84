// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The members and what they decide together
/// @notice k of n members decide by proposals: a call to a contract, made by this contract once k present members approve.
/// @dev There is no owner. The deployer may call `found` once, to name the first contracts; after that only proposals change anything.
///      Functions marked "by proposal" are called by this contract on itself.
interface IConsortium {
    struct Member {
        uint32 number;
        bytes32 cosigningKey;
        uint64 since;
    }

    struct Proposal {
        address proposer;
        address target;
        bytes32 callHash;
        uint64 expires;
        uint32 approvals;
        bool executed;
    }

    error ConsortiumOnlyFounder(address caller);
    error ConsortiumAlreadyFounded();
    error ConsortiumNotFounded();
    error ConsortiumOnlyMember(address caller);
    error ConsortiumOnlyByProposal(address caller);
    error ConsortiumBadMember(address member);
    error ConsortiumMemberExists(address member);
    error ConsortiumUnknownMember(address member);
    error ConsortiumBadThreshold(uint256 threshold, uint256 members);
    error ConsortiumUnknownProposal(uint256 number);
    error ConsortiumProposalExpired(uint256 number, uint64 expired);
    error ConsortiumAlreadyExecuted(uint256 number);
    error ConsortiumAlreadyApproved(uint256 number, address member);
    error ConsortiumWrongCall(uint256 number);
    error ConsortiumNotAContract(address account);
    error ConsortiumBadVersion(uint64 version);
    /// @notice Each founding member needs exactly one cosigning key.
    error ConsortiumListsDiffer(uint256 members, uint256 cosigningKeys);
    /// @notice A cosigning key belongs to one member, for ever: two members with one key would count as two witnesses.
    error ConsortiumCosigningKeyTaken(bytes32 cosigningKey);
    /// @notice The contract was deployed for another consortium, or with other contracts than those given.
    error ConsortiumForeignContract(address account);
    /// @notice A proposal may not call the ledger: the consortium may append there, so it could write anybody's acts.
    error ConsortiumForbiddenTarget(address target);
    /// @notice The role is not a name, or one whose contract never changes (`LEDGER`, `CONSORTIUM`).
    error ConsortiumBadRole(bytes32 role);

    /// @notice Names the first ledger, formations, register, drawdown, titles and custody contracts, and puts members, threshold and contracts on the log.
    function found(
        address ledger,
        address formations,
        address register,
        address drawdown,
        address titles,
        address custody
    ) external;

    /// @notice Proposes that this contract call `target` with `callData`. The proposer approves by proposing; with k = 1 it executes at once.
    function propose(address target, bytes calldata callData) external returns (uint256 number);

    /// @notice Approves a proposal; the approval that makes k present members executes it. `callData` is given again and must be the proposed one.
    function approve(uint256 number, bytes calldata callData) external;

    /// @notice By proposal: adds a member (an Ethereum address that votes, an Ed25519 key that cosigns).
    function addMember(address member, bytes32 cosigningKey) external;
    /// @notice By proposal: removes a member. Refused if the threshold could no longer be met.
    function removeMember(address member) external;
    /// @notice By proposal: 1 <= k <= n.
    function setThreshold(uint256 threshold) external;
    /// @notice A member replaces its own cosigning key, from `from` on; a time already past means now.
    function setCosigningKey(bytes32 cosigningKey, uint64 from) external;
    /// @notice By proposal: records a contract under a role and lets it append to the log.
    /// @dev Warning: whoever may append is trusted to write honest entries. Members must read the code they vote for.
    function recordContract(bytes32 role, address account) external;
    /// @notice By proposal: records the digest of the signed network bundle; versions only grow.
    function recordNetwork(bytes32 digest, uint64 version) external;

    /// @notice The member whose approval is being executed; zero outside of an execution. Contracts name it as the actor of what the proposal does.
    function actingMember() external view returns (address);
    function isMember(address account) external view returns (bool);
    function memberOf(address account) external view returns (Member memory);
    function members() external view returns (address[] memory);
    function threshold() external view returns (uint256);
    function ledger() external view returns (address);
    function contractOf(bytes32 role) external view returns (address);
    function proposalCount() external view returns (uint256);
    /// @notice `approvals` counts present members only, as `approvalsOf`.
    function proposalOf(uint256 number) external view returns (Proposal memory);
    /// @notice How many present members have approved.
    function approvalsOf(uint256 number) external view returns (uint256);
    function networkBundle() external view returns (bytes32 digest, uint64 version);
}
