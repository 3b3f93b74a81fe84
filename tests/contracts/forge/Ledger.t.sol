// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {Network} from "./support/Network.sol";
import {Reference} from "./support/Reference.sol";
import {Vm} from "./support/Vm.sol";

contract LedgerTest is Network {
    bytes32 private constant A = keccak256("a document");
    bytes32 private constant B = keccak256("another document");

    uint32 private office;
    uint32 private parent;
    uint32 private successor;
    uint32 private other;
    bytes32[] private leaves;

    function setUp() public override {
        super.setUp();
        parent = addOffice("KHI");
        office = addOffice("KHI-PORT", parent, 0);
        successor = addOffice("KHI-PORT-2");
        other = addOffice("LHE");
    }

    function issue(bytes32 digest) private returns (uint256) {
        vm.prank(keyOf(office));
        return ledger.issue(GD, digest, B, A);
    }

    function document(uint256 i) private pure returns (ILedger.Document memory) {
        return ILedger.Document(keccak256(abi.encode(i)), bytes32(i), bytes32(uint256(7)));
    }

    function test_issue_emits_exactly_the_entry_and_appends_its_leaf() public {
        uint256 size = ledger.size();
        bytes32[] memory before = ledger.frontier();
        vm.recordLogs();
        equal(issue(A), size, "the index is the old size");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes memory entry = abi.encode(uint256(1), byWord(keyOf(office), office), GD, A, B, A, block.timestamp);
        equal(logs.length, 1, "one event");
        equal(logs[0].topics[0], ILedger.Appended.selector, "the event");
        equal(uint256(logs[0].topics[1]), size, "its index");
        equal(logs[0].data, entry, "its data is the entry");
        equal(entry.length, 224, "the entry's length");
        bytes32 node = Reference.leafHash(entry);
        for (uint256 level = 0; (size >> level) & 1 == 1; ++level) {
            node = sha256(bytes.concat(hex"01", before[level], node));
        }
        bytes32[] memory afterwards = ledger.frontier();
        equal(afterwards[0], node, "the new smallest subtree");
    }

    function test_issueMany_equals_issuing_one_by_one() public {
        vm.recordLogs();
        ILedger.Document[] memory documents = new ILedger.Document[](5);
        for (uint256 i = 0; i < 5; ++i) {
            documents[i] = document(i);
        }
        uint256 size = ledger.size();
        vm.prank(keyOf(office));
        equal(ledger.issueMany(GD, documents), size, "first index");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes memory entries;
        for (uint256 i = 0; i < 5; ++i) {
            entries = bytes.concat(
                entries,
                abi.encode(
                    uint256(1),
                    byWord(keyOf(office), office),
                    GD,
                    documents[i].digest,
                    documents[i].fields,
                    documents[i].key,
                    block.timestamp
                )
            );
        }
        equal(logs.length, 1, "one event");
        equal(logs[0].topics[0], ILedger.AppendedMany.selector, "the event");
        equal(uint256(logs[0].topics[1]), size, "its index");
        equal(logs[0].data, abi.encode(entries), "the entries one after another");
        equal(ledger.size(), size + 5, "size");
    }

    function test_issueBatch_puts_the_count_on_the_log() public {
        vm.recordLogs();
        vm.prank(keyOf(office));
        ledger.issueBatch(GD, A, type(uint32).max, B);
        bytes memory entry =
            abi.encode(uint256(2), byWord(keyOf(office), office), GD, A, B, uint256(type(uint32).max), block.timestamp);
        equal(vm.getRecordedLogs()[0].data, entry, "the entry");
    }

    function test_a_document_without_a_digest_is_refused() public {
        vm.prank(keyOf(office));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadDigest.selector));
        ledger.issue(GD, 0, B, A);
        vm.prank(keyOf(office));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadDigest.selector));
        ledger.issueBatch(GD, 0, 1, 0);
        ILedger.Document[] memory documents = new ILedger.Document[](2);
        documents[0] = document(1);
        vm.prank(keyOf(office));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadDigest.selector));
        ledger.issueMany(GD, documents);
        vm.prank(keyOf(office));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadDigest.selector));
        ledger.revoke(GD, 0, office, REASON);
    }

    function test_a_count_outside_its_range_is_refused() public {
        vm.startPrank(keyOf(office));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadCount.selector, 0));
        ledger.issueMany(GD, new ILedger.Document[](0));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadCount.selector, 0));
        ledger.issueBatch(GD, A, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadCount.selector, uint256(1) << 32));
        ledger.issueBatch(GD, A, uint256(1) << 32, 0);
        vm.stopPrank();
    }

    function test_a_stranger_issues_nothing() public {
        bytes memory unknown = abi.encodeWithSelector(IFormations.FormationsUnknownKey.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(unknown);
        ledger.issue(GD, A, 0, 0);
        ILedger.Document[] memory documents = new ILedger.Document[](1);
        documents[0] = document(1);
        vm.expectRevert(unknown);
        ledger.issueMany(GD, documents);
        vm.expectRevert(unknown);
        ledger.issueBatch(GD, A, 1, 0);
        vm.stopPrank();
    }

    /// @dev 0 suspend, 1 reinstate, 2 supersede, 3 revoke.
    function act(uint256 which, uint32 formation, uint32 issuer) private returns (uint256 index) {
        vm.prank(keyOf(formation));
        if (which == 0) return ledger.suspend(GD, A, issuer, REASON);
        if (which == 1) return ledger.reinstate(GD, A, issuer, REASON);
        if (which == 2) return ledger.supersede(GD, A, issuer, B, REASON);
        return ledger.revoke(GD, A, issuer, REASON);
    }

    function refused(uint256 which, uint32 formation, uint32 issuer, bytes memory reason) private {
        vm.prank(keyOf(formation));
        vm.expectRevert(reason);
        if (which == 0) ledger.suspend(GD, A, issuer, REASON);
        else if (which == 1) ledger.reinstate(GD, A, issuer, REASON);
        else if (which == 2) ledger.supersede(GD, A, issuer, B, REASON);
        else ledger.revoke(GD, A, issuer, REASON);
    }

    /// @dev The whole state machine: from each state (row), what each act (column) leads to; 9 is a refusal.
    function test_every_act_starts_only_from_its_states() public {
        uint8[4][4] memory next = [[1, 9, 2, 3], [9, 0, 2, 3], [9, 9, 9, 3], [9, 9, 9, 9]];
        for (uint32 i = 0; i < 16; ++i) {
            uint256 from = i / 4;
            uint256 which = i % 4;
            uint32 issuer = addOffice(bytes32(bytes.concat("OFFICE-", bytes1(uint8(0x41 + i)))));
            if (from == 1) act(0, issuer, issuer);
            if (from == 2) act(2, issuer, issuer);
            if (from == 3) act(3, issuer, issuer);
            ILedger.Status memory before = ledger.statusOf(issuer, GD, A);
            equal(uint256(before.state), from, "the state to start from");
            if (next[from][which] == 9) {
                refused(which, issuer, issuer, abi.encodeWithSelector(ILedger.LedgerWrongState.selector, before.state));
                equal(uint256(ledger.statusOf(issuer, GD, A).state), from, "unchanged");
            } else {
                uint256 index = act(which, issuer, issuer);
                ILedger.Status memory status = ledger.statusOf(issuer, GD, A);
                equal(uint256(status.state), next[from][which], "the new state");
                equal(status.reason, REASON, "its reason");
                equal(status.index, index, "its index");
                equal(status.time, block.timestamp, "its time");
            }
        }
    }

    function test_a_status_act_is_an_entry_about_the_issuers_document() public {
        uint8[4] memory kinds = [3, 4, 5, 6];
        for (uint256 which = 0; which < 4; ++which) {
            vm.recordLogs();
            act(which, office, office);
            bytes memory entry = abi.encode(
                uint256(kinds[which]),
                byWord(keyOf(office), office),
                GD,
                A,
                which == 2 ? B : bytes32(0),
                (uint256(office) << 32) | REASON,
                block.timestamp
            );
            equal(vm.getRecordedLogs()[0].data, entry, "the entry");
        }
    }

    function test_successor_and_parent_act_for_the_issuer_and_nobody_else() public {
        bytes memory notIssuer = abi.encodeWithSelector(ILedger.LedgerNotTheIssuer.selector, other, office);
        for (uint256 which = 0; which < 4; ++which) {
            refused(which, other, office, notIssuer);
        }
        refused(3, office, parent, abi.encodeWithSelector(ILedger.LedgerNotTheIssuer.selector, office, parent));
        refused(3, office, 0, abi.encodeWithSelector(ILedger.LedgerNotTheIssuer.selector, office, 0));
        refused(0, successor, office, abi.encodeWithSelector(ILedger.LedgerNotTheIssuer.selector, successor, office));
        succeed(office, successor, NOW);
        act(0, successor, office);
        act(1, parent, office);
    }

    function test_the_same_digest_of_another_issuer_or_type_is_untouched() public {
        act(3, office, office);
        equal(uint256(ledger.statusOf(other, GD, A).state), 0, "another issuer's");
        equal(uint256(ledger.statusOf(office, CARGO, A).state), 0, "another type's");
    }

    function test_a_status_act_needs_scope_for_that_act() public {
        for (uint256 which = 0; which < 4; ++which) {
            uint256 kind = 3 + which;
            setScope(office, GD, ALL_ACTS & ~(uint64(1) << uint64(kind)), NOW, 0);
            refused(
                which,
                office,
                office,
                abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, office, GD, kind)
            );
        }
    }

    function test_a_status_act_needs_a_reason() public {
        vm.prank(keyOf(office));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerReasonMissing.selector));
        ledger.revoke(GD, A, office, 0);
    }

    function test_a_replacement_must_be_another_document() public {
        bytes32[2] memory wrong = [bytes32(0), A];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(keyOf(office));
            vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerBadDigest.selector));
            ledger.supersede(GD, A, office, wrong[i], REASON);
        }
    }

    function test_a_checkpoint_says_size_and_root_and_changes_nothing() public {
        (uint256 size, bytes32 root) = (ledger.size(), ledger.root());
        vm.recordLogs();
        (uint256 told, bytes32 toldRoot) = ledger.checkpoint();
        Vm.Log memory seen = vm.getRecordedLogs()[0];
        equal(seen.topics[0], ILedger.Checkpoint.selector, "the event");
        equal(uint256(seen.topics[1]), size, "its size");
        equal(seen.data, abi.encode(root), "its root");
        equal(told, size, "size told");
        equal(toldRoot, root, "root told");
        equal(ledger.size(), size, "size after");
    }

    function appendSix() private {
        ledger.append(1, 2, bytes32(uint256(3)), bytes32(uint256(4)), bytes32(uint256(5)), bytes32(uint256(6)));
    }

    function test_only_recorded_contracts_append() public {
        uint256[6] memory words;
        address[4] memory callers = [stranger, keyOf(office), ana, address(ledger)];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory reason = abi.encodeWithSelector(ILedger.LedgerNotAnAppender.selector, callers[i]);
            if (callers[i] != address(ledger)) {
                vm.prank(callers[i]);
                vm.expectRevert(reason);
                appendSix();
                vm.prank(callers[i]);
                vm.expectRevert(reason);
                ledger.appendPair(words, words);
            }
        }
    }

    function test_recorded_contracts_append_what_they_say_now() public {
        address[3] memory appenders = [address(consortium), address(formations), address(custody)];
        uint256[6] memory first = [uint256(11), 12, 13, 14, 15, 16];
        uint256[6] memory second = [uint256(21), 22, 23, 24, 25, 26];
        for (uint256 i = 0; i < 3; ++i) {
            vm.recordLogs();
            vm.prank(appenders[i]);
            appendSix();
            equal(vm.getRecordedLogs()[0].data, abi.encode(1, 2, 3, 4, 5, 6, block.timestamp), "one");
            uint256 size = ledger.size();
            vm.recordLogs();
            vm.prank(appenders[i]);
            equal(ledger.appendPair(first, second), size, "first index");
            bytes memory entries = bytes.concat(abi.encode(first, block.timestamp), abi.encode(second, block.timestamp));
            equal(vm.getRecordedLogs()[0].data, abi.encode(entries), "two");
            equal(ledger.size(), size + 2, "size");
        }
    }

    function test_only_the_consortium_admits() public {
        vm.prank(ana);
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerOnlyConsortium.selector, ana));
        ledger.admit(ana);
        vm.prank(address(consortium));
        ledger.admit(stranger);
        require(ledger.isAppender(stranger) && ledger.isAppender(address(custody)), "both may append");
        vm.prank(address(custody)); // no longer the one admitted last
        appendSix();
    }

    function test_the_root_covers_everything_from_the_founding_on() public {
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
        office = addOffice("KHI-PORT");
        issue(A);
        issue(B);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(ledger) && logs[i].topics[0] == ILedger.Appended.selector) {
                equal(uint256(logs[i].topics[1]), leaves.length, "no index is missing or repeated");
                leaves.push(Reference.leafHash(logs[i].data));
            }
        }
        equal(ledger.size(), leaves.length, "size");
        equal(ledger.root(), Reference.root(leaves), "root");
    }
}
