// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IDrawdown} from "../../../contracts/interfaces/IDrawdown.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IRegister} from "../../../contracts/interfaces/IRegister.sol";
import {ITitles} from "../../../contracts/interfaces/ITitles.sol";
import {Deployer, Network} from "./support/Network.sol";
import {Vm} from "./support/Vm.sol";

contract Probe {
    error ProbeRefused(uint256 why);

    address public actor;
    uint256 public calls;

    function note(IConsortium consortium) external {
        actor = consortium.actingMember();
        ++calls;
    }

    function refuse() external pure {
        revert ProbeRefused(42);
    }
}

contract ConsortiumTest is Network {
    address private dina = vm.addr(14);
    bytes32 private constant DINAS_KEY = keccak256("dina's cosigning key");
    Probe private probe = new Probe();

    function self(bytes memory callData) private {
        decide(address(consortium), callData);
    }

    function refused(bytes memory callData, bytes memory reason) private {
        decideRefused(address(consortium), callData, reason);
    }

    function entries() private returns (bytes[] memory data) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        data = new bytes[](logs.length);
        for (uint256 i = 0; i < logs.length; ++i) {
            data[i] = logs[i].data;
        }
    }

    function entry(uint256 kind, address actor, bytes32 subject, bytes32 related, uint256 data)
        private
        view
        returns (bytes memory)
    {
        return abi.encode(kind, byWord(actor, 0), bytes32(0), subject, related, data, block.timestamp);
    }

    function word(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    function noting() private view returns (bytes memory) {
        return abi.encodeCall(Probe.note, (consortium));
    }

    function test_founding_puts_contracts_members_and_threshold_on_the_log() public {
        deploy();
        vm.recordLogs();
        vm.prank(founder);
        consortium.found(
            address(ledger),
            address(formations),
            address(register),
            address(drawdown),
            address(titles),
            address(custody)
        );
        bytes[] memory data = entries();
        bytes32[7] memory roles =
            [bytes32("CONSORTIUM"), "LEDGER", "FORMATIONS", "REGISTER", "DRAWDOWN", "TITLES", "CUSTODY"];
        address[7] memory accounts = [
            address(consortium),
            address(ledger),
            address(formations),
            address(register),
            address(drawdown),
            address(titles),
            address(custody)
        ];
        equal(data.length, 11, "entries");
        for (uint256 i = 0; i < 7; ++i) {
            equal(data[i], entry(54, founder, word(accounts[i]), accounts[i].codehash, uint256(roles[i])), "contract");
            equal(consortium.contractOf(roles[i]), accounts[i], "role");
            require(ledger.isAppender(accounts[i]), "may append");
        }
        address[3] memory members = [ana, bilal, chen];
        for (uint256 i = 0; i < 3; ++i) {
            equal(data[7 + i], entry(48, founder, word(members[i]), cosigningKeys(3)[i], i + 1), "member");
        }
        equal(data[10], entry(50, founder, bytes32(uint256(2)), 0, 3), "threshold");
        equal(consortium.actingMember(), address(0), "nobody acts afterwards");
        equal(consortium.ledger(), address(ledger), "ledger");
    }

    function test_only_the_founder_founds_and_only_once() public {
        vm.prank(founder);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumAlreadyFounded.selector));
        consortium.found(
            address(ledger),
            address(formations),
            address(register),
            address(drawdown),
            address(titles),
            address(custody)
        );
        deploy();
        vm.prank(ana);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumOnlyFounder.selector, ana));
        consortium.found(
            address(ledger),
            address(formations),
            address(register),
            address(drawdown),
            address(titles),
            address(custody)
        );
    }

    function test_founding_refuses_contracts_of_another_consortium() public {
        (IConsortium oldConsortium, IFormations oldFormations, ILedger oldLedger, ICustody oldCustody) =
            (consortium, formations, ledger, custody);
        deploy();
        IFormations mine = newFormations(consortium);
        ILedger[3] memory ledgers = [oldLedger, ledger, newLedger(consortium, mine)];
        for (uint256 i = 0; i < 3; i += 2) {
            foundRefused(address(ledgers[i]), address(formations), address(custody), address(ledgers[i]));
        }
        ILedger crossed = newLedger(consortium, oldFormations);
        foundRefused(address(crossed), address(oldFormations), address(custody), address(oldFormations));
        foundRefused(address(ledger), address(formations), address(oldCustody), address(oldCustody));
        ICustody[3] memory custodies = [
            newCustody(oldConsortium, formations, ledger),
            newCustody(consortium, mine, ledger),
            newCustody(consortium, formations, oldLedger)
        ];
        for (uint256 i = 0; i < 3; ++i) {
            foundRefused(address(ledger), address(formations), address(custodies[i]), address(custodies[i]));
        }
        IRegister[3] memory registers = [
            newRegister(oldConsortium, formations, ledger),
            newRegister(consortium, mine, ledger),
            newRegister(consortium, formations, oldLedger)
        ];
        for (uint256 i = 0; i < 3; ++i) {
            register = registers[i];
            foundRefused(address(ledger), address(formations), address(custody), address(register));
        }
        register = newRegister(consortium, formations, ledger);
        foundRefused(address(ledger), address(formations), address(custody), address(custody)); // another register's orders
        custody = newCustody(consortium, formations, ledger);
        IDrawdown[3] memory drawdowns = [
            newDrawdown(oldConsortium, formations, ledger),
            newDrawdown(consortium, mine, ledger),
            newDrawdown(consortium, formations, oldLedger)
        ];
        for (uint256 i = 0; i < 3; ++i) {
            drawdown = drawdowns[i];
            foundRefused(address(ledger), address(formations), address(custody), address(drawdown));
        }
        drawdown = newDrawdown(consortium, formations, ledger);
        ITitles[3] memory others = [
            newTitles(oldConsortium, formations, ledger),
            newTitles(consortium, mine, ledger),
            newTitles(consortium, formations, oldLedger)
        ];
        for (uint256 i = 0; i < 3; ++i) {
            titles = others[i];
            foundRefused(address(ledger), address(formations), address(custody), address(titles));
        }
        address[5] memory none = [stranger, address(formations), address(register), address(drawdown), address(custody)];
        vm.prank(founder);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAContract.selector, stranger));
        consortium.found(none[0], none[1], none[2], none[3], address(titles), none[4]);
    }

    function foundRefused(address ledger_, address formations_, address custody_, address foreign) private {
        vm.prank(founder);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumForeignContract.selector, foreign));
        consortium.found(ledger_, formations_, address(register), address(drawdown), address(titles), custody_);
    }

    function test_a_consortium_begins_with_sound_members() public {
        address[] memory two = new address[](2);
        (two[0], two[1]) = (ana, bilal);
        bytes32[] memory keys = cosigningKeys(2);
        Deployer deployer = new Deployer();
        for (uint256 k = 0; k <= 3; k += 3) {
            vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumBadThreshold.selector, k, 2));
            deployer.create(consortiumCode(two, keys, k));
        }
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumListsDiffer.selector, 2, 3));
        deployer.create(consortiumCode(two, cosigningKeys(3), 2));
        keys[1] = keys[0];
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumCosigningKeyTaken.selector, keys[0]));
        deployer.create(consortiumCode(two, keys, 2));
        keys[1] = 0;
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumBadMember.selector, bilal));
        deployer.create(consortiumCode(two, keys, 2));
        two[1] = ana;
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumMemberExists.selector, ana));
        deployer.create(consortiumCode(two, cosigningKeys(2), 2));
        two[1] = address(0);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumBadMember.selector, address(0)));
        deployer.create(consortiumCode(two, cosigningKeys(2), 2));
    }

    function test_k_approvals_execute_once_and_not_fewer() public {
        vm.recordLogs();
        vm.prank(ana);
        uint256 number = consortium.propose(address(probe), noting());
        equal(probe.calls(), 0, "one of two is not enough");
        vm.prank(chen);
        consortium.approve(number, noting());
        equal(probe.calls(), 1, "executed");
        equal(probe.actor(), chen, "in the name of who made it k");
        bytes[] memory data = entries();
        bytes32 digest =
            sha256(abi.encode(block.chainid, address(consortium), number, address(probe), keccak256(noting())));
        equal(data.length, 3, "entries");
        equal(data[0], entry(51, ana, digest, word(address(probe)), number), "proposed");
        equal(data[1], entry(52, chen, digest, 0, number), "approved");
        equal(data[2], entry(53, chen, digest, 0, number), "executed");
        IConsortium.Proposal memory proposal = consortium.proposalOf(number);
        require(proposal.proposer == ana && proposal.target == address(probe) && proposal.executed, "record");
        require(proposal.approvals == 2 && proposal.expires == NOW + 30 days, "record");
        vm.prank(bilal);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumAlreadyExecuted.selector, number));
        consortium.approve(number, noting());
    }

    function test_with_k_of_one_a_proposal_executes_at_once() public {
        self(abi.encodeCall(IConsortium.setThreshold, (1)));
        vm.prank(bilal);
        consortium.propose(address(probe), noting());
        equal(probe.actor(), bilal, "the proposer acted");
        equal(consortium.actingMember(), address(0), "nobody acts afterwards");
    }

    function test_one_member_approves_once() public {
        vm.startPrank(ana);
        uint256 number = consortium.propose(address(probe), noting());
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumAlreadyApproved.selector, number, ana));
        consortium.approve(number, noting());
        vm.stopPrank();
    }

    function test_an_approval_is_for_exactly_the_call_proposed() public {
        vm.prank(ana);
        uint256 number = consortium.propose(address(probe), noting());
        vm.prank(bilal);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumWrongCall.selector, number));
        consortium.approve(number, abi.encodeCall(Probe.refuse, ()));
    }

    function test_a_proposal_lives_thirty_days() public {
        vm.prank(ana);
        uint256 number = consortium.propose(address(probe), noting());
        vm.warp(NOW + 30 days);
        vm.prank(bilal);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumProposalExpired.selector, number, NOW + 30 days));
        consortium.approve(number, noting());
        vm.warp(NOW + 30 days - 1);
        vm.prank(bilal);
        consortium.approve(number, noting());
        equal(probe.calls(), 1, "executed in its last second");
    }

    function test_a_failing_call_undoes_the_approval_and_says_why() public {
        refusedBy(
            address(probe), abi.encodeCall(Probe.refuse, ()), abi.encodeWithSelector(Probe.ProbeRefused.selector, 42)
        );
        equal(consortium.approvalsOf(1), 1, "only the proposer's");
        require(!consortium.proposalOf(1).executed, "not executed");
        equal(consortium.actingMember(), address(0), "nobody acts");
    }

    function refusedBy(address target, bytes memory callData, bytes memory reason) private {
        decideRefused(target, callData, reason);
    }

    function test_unknown_proposals_are_refused() public {
        for (uint256 number = 0; number < 2; ++number) {
            bytes memory reason = abi.encodeWithSelector(IConsortium.ConsortiumUnknownProposal.selector, number);
            vm.prank(ana);
            vm.expectRevert(reason);
            consortium.approve(number, "");
            vm.expectRevert(reason);
            consortium.proposalOf(number);
            vm.expectRevert(reason);
            consortium.approvalsOf(number);
        }
    }

    function test_who_is_no_member_proposes_and_approves_nothing() public {
        vm.prank(ana);
        consortium.propose(address(probe), noting());
        bytes memory reason = abi.encodeWithSelector(IConsortium.ConsortiumOnlyMember.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        consortium.propose(address(probe), noting());
        vm.expectRevert(reason);
        consortium.approve(1, noting());
        vm.expectRevert(reason);
        consortium.setCosigningKey(DINAS_KEY, NOW);
        vm.stopPrank();
    }

    function test_before_the_founding_nothing_is_decided() public {
        deploy();
        bytes memory reason = abi.encodeWithSelector(IConsortium.ConsortiumNotFounded.selector);
        vm.startPrank(ana);
        vm.expectRevert(reason);
        consortium.propose(address(probe), noting());
        vm.expectRevert(reason);
        consortium.setCosigningKey(DINAS_KEY, NOW);
        vm.stopPrank();
    }

    function test_a_proposal_calls_a_contract_and_never_the_ledger() public {
        vm.startPrank(ana);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAContract.selector, stranger));
        consortium.propose(stranger, "");
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumForbiddenTarget.selector, address(ledger)));
        consortium.propose(address(ledger), "");
        vm.stopPrank();
    }

    function test_what_needs_a_proposal_is_done_by_nobody_alone() public {
        bytes[5] memory calls = [
            abi.encodeCall(IConsortium.addMember, (dina, DINAS_KEY)),
            abi.encodeCall(IConsortium.removeMember, (chen)),
            abi.encodeCall(IConsortium.setThreshold, (1)),
            abi.encodeCall(IConsortium.recordContract, ("PROBE", address(probe))),
            abi.encodeCall(IConsortium.recordNetwork, (DINAS_KEY, 1))
        ];
        address[3] memory callers = [ana, founder, stranger];
        for (uint256 i = 0; i < 15; ++i) {
            vm.prank(callers[i % 3]);
            (bool succeeded, bytes memory reason) = address(consortium).call(calls[i / 3]);
            require(!succeeded, "refused");
            equal(
                reason, abi.encodeWithSelector(IConsortium.ConsortiumOnlyByProposal.selector, callers[i % 3]), "reason"
            );
        }
    }

    function test_a_member_is_added_and_votes() public {
        vm.recordLogs();
        self(abi.encodeCall(IConsortium.addMember, (dina, DINAS_KEY)));
        equal(entries()[3], entry(48, bilal, word(dina), DINAS_KEY, 4), "entry");
        IConsortium.Member memory member = consortium.memberOf(dina);
        require(member.number == 4 && member.cosigningKey == DINAS_KEY && member.since == NOW, "record");
        equal(consortium.members().length, 4, "members");
        vm.prank(dina);
        uint256 number = consortium.propose(address(probe), noting());
        equal(consortium.approvalsOf(number), 1, "counts");
    }

    function test_a_removed_member_does_nothing_and_its_approval_counts_no_more() public {
        vm.prank(chen);
        uint256 number = consortium.propose(address(probe), noting());
        vm.recordLogs();
        self(abi.encodeCall(IConsortium.removeMember, (chen)));
        equal(entries()[3], entry(49, bilal, word(chen), 0, 3), "entry");
        require(!consortium.isMember(chen), "no member");
        equal(consortium.approvalsOf(number), 0, "its approval is gone");
        vm.prank(ana);
        consortium.approve(number, noting());
        equal(probe.calls(), 0, "one present member of two");
        bytes memory reason = abi.encodeWithSelector(IConsortium.ConsortiumOnlyMember.selector, chen);
        vm.startPrank(chen);
        vm.expectRevert(reason);
        consortium.propose(address(probe), noting());
        vm.expectRevert(reason);
        consortium.approve(number, noting());
        vm.expectRevert(reason);
        consortium.setCosigningKey(DINAS_KEY, NOW);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, chen));
        consortium.memberOf(chen);
    }

    function test_who_comes_back_has_a_new_number_and_no_old_approvals() public {
        vm.prank(chen);
        uint256 number = consortium.propose(address(probe), noting());
        self(abi.encodeCall(IConsortium.removeMember, (chen)));
        self(abi.encodeCall(IConsortium.addMember, (chen, DINAS_KEY)));
        equal(consortium.memberOf(chen).number, 4, "a new number");
        equal(consortium.approvalsOf(number), 0, "no approval");
    }

    function test_no_member_is_removed_below_the_threshold() public {
        self(abi.encodeCall(IConsortium.removeMember, (chen)));
        refused(
            abi.encodeCall(IConsortium.removeMember, (ana)),
            abi.encodeWithSelector(IConsortium.ConsortiumBadThreshold.selector, 2, 1)
        );
        refused(
            abi.encodeCall(IConsortium.removeMember, (stranger)),
            abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, stranger)
        );
    }

    function test_every_member_but_the_removed_one_stays() public {
        self(abi.encodeCall(IConsortium.removeMember, (ana)));
        address[] memory left = consortium.members();
        require(left.length == 2 && left[0] == chen && left[1] == bilal, "the others");
        require(consortium.isMember(bilal) && consortium.isMember(chen), "are members");
    }

    function test_an_unsound_member_is_refused() public {
        refused(
            abi.encodeCall(IConsortium.addMember, (ana, DINAS_KEY)),
            abi.encodeWithSelector(IConsortium.ConsortiumMemberExists.selector, ana)
        );
        refused(
            abi.encodeCall(IConsortium.addMember, (address(consortium), DINAS_KEY)),
            abi.encodeWithSelector(IConsortium.ConsortiumBadMember.selector, address(consortium))
        );
        refused(
            abi.encodeCall(IConsortium.addMember, (dina, cosigningKeys(1)[0])),
            abi.encodeWithSelector(IConsortium.ConsortiumCosigningKeyTaken.selector, cosigningKeys(1)[0])
        );
    }

    function test_the_threshold_stays_between_one_and_all() public {
        for (uint256 k = 0; k <= 4; k += 4) {
            refused(
                abi.encodeCall(IConsortium.setThreshold, (k)),
                abi.encodeWithSelector(IConsortium.ConsortiumBadThreshold.selector, k, 3)
            );
        }
        vm.recordLogs();
        self(abi.encodeCall(IConsortium.setThreshold, (3)));
        equal(entries()[3], entry(50, bilal, bytes32(uint256(3)), 0, 3), "entry");
        equal(consortium.threshold(), 3, "threshold");
    }

    function test_a_member_replaces_its_cosigning_key_and_a_past_time_means_now() public {
        vm.recordLogs();
        vm.prank(chen);
        consortium.setCosigningKey(DINAS_KEY, 5);
        equal(entries()[0], entry(55, chen, word(chen), DINAS_KEY, NOW), "entry");
        equal(consortium.memberOf(chen).cosigningKey, DINAS_KEY, "record");
        vm.recordLogs();
        vm.prank(chen);
        consortium.setCosigningKey(keccak256("later"), NOW + 7);
        equal(entries()[0], entry(55, chen, word(chen), keccak256("later"), NOW + 7), "entry");
        vm.prank(bilal);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumCosigningKeyTaken.selector, DINAS_KEY));
        consortium.setCosigningKey(DINAS_KEY, NOW);
    }

    function test_a_recorded_contract_may_append() public {
        vm.recordLogs();
        self(abi.encodeCall(IConsortium.recordContract, ("PROBE", address(probe))));
        equal(
            entries()[3],
            entry(54, bilal, word(address(probe)), address(probe).codehash, uint256(bytes32("PROBE"))),
            "entry"
        );
        require(ledger.isAppender(address(probe)), "may append");
        equal(consortium.contractOf("PROBE"), address(probe), "role");
        bytes32[4] memory wrong = [bytes32("LEDGER"), "CONSORTIUM", "lower", 0];
        for (uint256 i = 0; i < 4; ++i) {
            refused(
                abi.encodeCall(IConsortium.recordContract, (wrong[i], address(probe))),
                abi.encodeWithSelector(IConsortium.ConsortiumBadRole.selector, wrong[i])
            );
        }
        refused(
            abi.encodeCall(IConsortium.recordContract, ("OTHER", stranger)),
            abi.encodeWithSelector(IConsortium.ConsortiumNotAContract.selector, stranger)
        );
    }

    function test_versions_of_the_network_bundle_only_grow() public {
        vm.recordLogs();
        self(abi.encodeCall(IConsortium.recordNetwork, (DINAS_KEY, 7)));
        equal(entries()[3], entry(56, bilal, DINAS_KEY, 0, 7), "entry");
        (bytes32 digest, uint64 version) = consortium.networkBundle();
        require(digest == DINAS_KEY && version == 7, "record");
        for (uint64 older = 6; older <= 7; ++older) {
            refused(
                abi.encodeCall(IConsortium.recordNetwork, (DINAS_KEY, older)),
                abi.encodeWithSelector(IConsortium.ConsortiumBadVersion.selector, older)
            );
        }
    }
}
