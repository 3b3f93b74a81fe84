// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {IRegister} from "../../../contracts/interfaces/IRegister.sol";
import {AuctionChain} from "./support/AuctionChain.sol";
import {Vm} from "./support/Vm.sol";

contract RegisterTest is AuctionChain {
    bytes32 private constant OTHER_CAR = keccak256("another car");

    bytes32 private seizure;
    bytes32 private forensic;
    bytes32 private payment;

    function setUp() public override {
        super.setUp();
        seizure = keccak256("seizure");
        forensic = keccak256("forensic");
        payment = keccak256("payment");
        enter(customs, SEIZURE, paper("seizure", CAR, 0, none));
        enter(laboratory, FORENSIC, paper("forensic", CAR, GENUINE, list(seizure)));
        enter(bank, PAYMENT, paper("payment", 0, 0, none));
    }

    function honest() private view returns (IRegister.Paper memory) {
        return receiptFor(CAR, seizure, forensic, payment);
    }

    function refused(IRegister.Paper memory p, bytes memory reason) private {
        IRegister.Approval memory approval = second(cell, RECEIPT, p);
        vm.prank(keyOf(cell));
        vm.expectRevert(reason);
        register.enter(RECEIPT, p, approval);
    }

    function registration(string memory name, bytes32 thing, bytes32 receipt)
        private
        pure
        returns (IRegister.Paper memory)
    {
        return paper(name, thing, 0, list(receipt));
    }

    // -- what is entered

    function test_entering_puts_the_issue_the_register_entry_and_each_parent_on_the_log() public {
        IRegister.Paper memory p = honest();
        IRegister.Approval memory approval = second(cell, RECEIPT, p);
        vm.recordLogs();
        vm.prank(keyOf(cell));
        uint256 index = register.enter(RECEIPT, p, approval);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 by = byWord(keyOf(cell), cell);
        bytes memory issued = abi.encode(1, by, RECEIPT, p.digest, p.fields, p.key, block.timestamp);
        uint256 data = (uint256(uint160(secondOf(cell))) << 96) | (uint256(1) << 32) | 3;
        bytes memory entered = abi.encode(7, by, RECEIPT, p.digest, CAR, data, block.timestamp);
        equal(logs.length, 4, "events");
        equal(uint256(logs[0].topics[1]), index, "the index is that of the ISSUE entry");
        equal(logs[0].data, abi.encode(bytes.concat(issued, entered)), "issue and register entry");
        parentsAre(logs, p, by, index);
        IRegister.Filing memory filing = register.filingOf(RECEIPT, p.digest);
        require(filing.issuer == cell && filing.index == index && !filing.consumed && filing.thing == CAR, "filed");
        filing = register.filingOf(PAYMENT, payment);
        require(filing.consumed && filing.consumer == index, "the payment is used up by the receipt");
    }

    function parentsAre(Vm.Log[] memory logs, IRegister.Paper memory p, uint256 by, uint256 index) private view {
        bytes32[3] memory types = [SEIZURE, FORENSIC, PAYMENT];
        uint32[3] memory issuers = [customs, laboratory, bank];
        uint256[3] memory conditions = [ANOTHER | SAME, ANOTHER | SAME | ONLY_GENUINE, ANOTHER | CONSUMES];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 word = (conditions[i] << 128) | (index << 64) | issuers[i];
            equal(
                logs[1 + i].data,
                abi.encode(8, by, types[i], p.digest, p.parents[i], word, block.timestamp),
                "a parent's entry"
            );
        }
    }

    function test_a_receipt_without_one_of_its_parents_is_refused() public {
        bytes32[3] memory types = [SEIZURE, FORENSIC, PAYMENT];
        for (uint256 i = 0; i < 3; ++i) {
            IRegister.Paper memory p = honest();
            p.parents[i] = 0;
            refused(p, abi.encodeWithSelector(IRegister.RegisterParentMissing.selector, types[i]));
            p.parents[i] = keccak256("never entered");
            refused(p, abi.encodeWithSelector(IRegister.RegisterParentUnknown.selector, types[i]));
        }
        IRegister.Paper memory short = honest();
        short.parents = list(seizure);
        refused(short, abi.encodeWithSelector(IRegister.RegisterParentMissing.selector, FORENSIC));
        enterReceipt(honest());
    }

    function test_more_parents_than_the_policy_has_are_refused() public {
        IRegister.Paper memory p = paper("second seizure", CAR, 0, list(seizure));
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterSurplusParents.selector, 0));
        register.enter(SEIZURE, p, unapproved());
    }

    function test_a_parent_out_of_force_supports_nothing() public {
        vm.prank(keyOf(customs));
        ledger.suspend(SEIZURE, seizure, customs, REASON);
        bytes4 notInForce = IRegister.RegisterNotInForce.selector;
        refused(honest(), abi.encodeWithSelector(notInForce, SEIZURE, ILedger.State.SUSPENDED));
        vm.prank(keyOf(customs));
        ledger.reinstate(SEIZURE, seizure, customs, REASON);
        vm.prank(keyOf(laboratory));
        register.withdraw(FORENSIC, forensic, laboratory, REASON, unapproved());
        refused(honest(), abi.encodeWithSelector(notInForce, FORENSIC, ILedger.State.REVOKED));
    }

    function test_a_parent_about_another_thing_is_refused() public {
        enter(customs, SEIZURE, paper("other seizure", OTHER_CAR, 0, none));
        IRegister.Paper memory p = honest();
        p.parents[0] = keccak256("other seizure");
        refused(p, abi.encodeWithSelector(IRegister.RegisterParentOfOtherThing.selector, SEIZURE));
        p = honest();
        p.thing = OTHER_CAR;
        refused(p, abi.encodeWithSelector(IRegister.RegisterParentOfOtherThing.selector, SEIZURE));
        p.thing = 0;
        refused(p, abi.encodeWithSelector(IRegister.RegisterParentOfOtherThing.selector, SEIZURE));
    }

    function test_a_tampered_chassis_forbids_the_sale() public {
        enter(laboratory, FORENSIC, paper("second report", CAR, TAMPERED, list(seizure)));
        IRegister.Paper memory p = honest();
        p.parents[1] = keccak256("second report");
        refused(p, abi.encodeWithSelector(IRegister.RegisterParentForbids.selector, FORENSIC, TAMPERED));
    }

    function test_a_parent_of_the_same_formation_is_refused_where_the_policy_says_another() public {
        policy(SEIZURE, NUMBER_OF_ISSUER, kinds("CUSTOMS", "AUCTION"), 0, none);
        enter(cell, SEIZURE, paper("own seizure", CAR, 0, none));
        IRegister.Paper memory p = honest();
        p.parents[0] = keccak256("own seizure");
        refused(p, abi.encodeWithSelector(IRegister.RegisterParentOwn.selector, SEIZURE, cell));
    }

    function test_one_payment_pays_for_one_receipt() public {
        uint256 first = enterReceipt(honest());
        IRegister.Paper memory p = honest();
        (p.digest, p.key) = (keccak256("second receipt"), keccak256("its number"));
        refused(p, abi.encodeWithSelector(IRegister.RegisterParentConsumed.selector, PAYMENT, first));
    }

    function test_another_kind_of_formation_and_another_collectorate_are_refused() public {
        IRegister.Paper memory p = paper("forged", CAR, 0, none);
        vm.prank(keyOf(bank));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterWrongIssuer.selector, SEIZURE, bank));
        register.enter(SEIZURE, p, unapproved());

        uint32 faisalabad = office("AFU-FSD", "AUCTION");
        setScope(faisalabad, RECEIPT, 0, NOW, 0);
        p = honest();
        IRegister.Approval memory approval = second(faisalabad, RECEIPT, p);
        vm.prank(keyOf(faisalabad));
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, faisalabad, RECEIPT, 7));
        register.enter(RECEIPT, p, approval);
    }

    function test_a_number_belongs_to_one_document_in_force() public {
        IRegister.Paper memory p = paper("seizure again", CAR, 0, none);
        p.key = keccak256(abi.encode("number", "seizure"));
        uint64 first = register.filingOf(SEIZURE, seizure).index;
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNumberInUse.selector, SEIZURE, first));
        register.enter(SEIZURE, p, unapproved());
        vm.prank(keyOf(customs));
        register.withdraw(SEIZURE, seizure, customs, REASON, unapproved());
        enter(customs, SEIZURE, p); // the policy frees the number of a revoked one
    }

    function test_a_number_that_the_policy_does_not_free_stays_taken() public {
        vm.prank(keyOf(laboratory));
        register.withdraw(FORENSIC, forensic, laboratory, REASON, unapproved());
        IRegister.Paper memory p = paper("forensic again", CAR, GENUINE, list(seizure));
        p.key = keccak256(abi.encode("number", "forensic"));
        uint64 first = register.filingOf(FORENSIC, forensic).index;
        vm.prank(keyOf(laboratory));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNumberInUse.selector, FORENSIC, first));
        register.enter(FORENSIC, p, unapproved());
    }

    function test_a_number_of_the_network_is_one_bank_s_only() public {
        uint32 other = office("MCB-0002", "BANK");
        IRegister.Paper memory p = paper("same PSID", 0, 0, none);
        p.key = keccak256(abi.encode("number", "payment"));
        uint64 first = register.filingOf(PAYMENT, payment).index;
        vm.prank(keyOf(other));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNumberInUse.selector, PAYMENT, first));
        register.enter(PAYMENT, p, unapproved());
        p.key = 0;
        vm.prank(keyOf(other));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNumberMissing.selector, PAYMENT));
        register.enter(PAYMENT, p, unapproved());
    }

    function test_a_document_is_entered_once() public {
        uint64 first = register.filingOf(SEIZURE, seizure).index;
        IRegister.Paper memory p = paper("seizure", CAR, 0, none);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterExists.selector, first));
        register.enter(SEIZURE, p, unapproved());
        p.digest = 0;
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterBadDigest.selector));
        register.enter(SEIZURE, p, unapproved());
        (p.digest, p.outcome) = (keccak256("fresh"), 4);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterBadOutcome.selector, 4));
        register.enter(SEIZURE, p, unapproved());
    }

    // -- the registration

    function test_the_second_registration_shows_the_first() public {
        enterReceipt(honest());
        bytes32 receipt = honest().digest;
        uint256 first = enter(excise, REGISTRATION, registration("first", CAR, receipt));
        uint32 punjab = office("PUNJAB-EXCISE", "EXCISE");
        IRegister.Paper memory again = registration("second", CAR, receipt);
        vm.prank(keyOf(punjab));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterThingInUse.selector, REGISTRATION, first));
        register.enter(REGISTRATION, again, unapproved());

        vm.prank(keyOf(excise));
        register.withdraw(REGISTRATION, keccak256("first"), excise, REASON, unapproved());
        vm.prank(keyOf(punjab)); // the car is free again, the receipt is not
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterParentConsumed.selector, RECEIPT, first));
        register.enter(REGISTRATION, again, unapproved());
    }

    function test_a_registration_of_another_car_on_a_genuine_receipt_is_refused() public {
        enterReceipt(honest());
        IRegister.Paper memory p = registration("another", OTHER_CAR, honest().digest);
        vm.prank(keyOf(excise));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterParentOfOtherThing.selector, RECEIPT));
        register.enter(REGISTRATION, p, unapproved());
        p.thing = 0;
        vm.prank(keyOf(excise));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterThingMissing.selector, REGISTRATION));
        register.enter(REGISTRATION, p, unapproved());
    }

    // -- replacing

    function test_a_replacement_takes_over_the_number_and_what_was_used_up() public {
        enterReceipt(honest());
        IRegister.Paper memory p = honest();
        (p.digest, p.replaces, p.reason) = (keccak256("corrected"), honest().digest, 2);
        uint256 index = enterReceipt(p);
        require(
            ledger.statusOf(cell, RECEIPT, honest().digest).state == ILedger.State.SUPERSEDED, "the first is superseded"
        );
        IRegister.Filing memory paid = register.filingOf(PAYMENT, payment);
        require(paid.consumed && paid.consumer == index, "the payment is the replacement's");
        enter(excise, REGISTRATION, registration("first", CAR, p.digest));
    }

    function test_only_what_is_not_used_up_and_in_force_can_be_replaced_and_with_a_reason() public {
        enterReceipt(honest());
        IRegister.Paper memory p = honest();
        (p.digest, p.replaces) = (keccak256("corrected"), honest().digest);
        refused(p, abi.encodeWithSelector(IRegister.RegisterReasonMissing.selector));
        p.reason = 2;
        p.replaces = p.digest;
        refused(p, abi.encodeWithSelector(IRegister.RegisterBadDigest.selector));
        p.replaces = honest().digest;
        uint256 registered = enter(excise, REGISTRATION, registration("first", CAR, p.replaces));
        refused(p, abi.encodeWithSelector(IRegister.RegisterConsumed.selector, registered));
    }

    function test_what_was_issued_before_the_policy_is_replaced_and_withdrawn_in_the_register() public {
        uint32 port = addOffice("PORT");
        vm.prank(keyOf(port));
        ledger.issue(GD, "old", 0, 0);
        vm.prank(keyOf(port));
        ledger.issue(GD, "older", 0, 0);
        setScope(port, GD, REGISTER_ACTS, NOW, 0);
        policy(GD, 0, kinds("CUSTOMS", 0), 0, none);
        IRegister.Paper memory p = paper("new", 0, 0, none);
        (p.replaces, p.reason) = ("old", 2);
        enter(port, GD, p);
        require(ledger.statusOf(port, GD, "old").state == ILedger.State.SUPERSEDED, "replaced");
        vm.prank(keyOf(port));
        register.withdraw(GD, "older", port, REASON, unapproved());
        require(ledger.statusOf(port, GD, "older").state == ILedger.State.REVOKED, "withdrawn");
    }

    function test_another_formation_replaces_and_withdraws_nothing() public {
        enterReceipt(honest());
        uint32 other = office("FSD-AUC", "AUCTION");
        IRegister.Paper memory p = honest();
        (p.digest, p.replaces, p.reason) = (keccak256("corrected"), honest().digest, 2);
        IRegister.Approval memory approval = second(other, RECEIPT, p);
        vm.prank(keyOf(other));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNotTheIssuer.selector, other, cell));
        register.enter(RECEIPT, p, approval);
        vm.prank(keyOf(other));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNotTheIssuer.selector, other, cell));
        register.withdraw(RECEIPT, honest().digest, cell, REASON, unapproved());
    }

    // -- the second officer

    function test_without_the_second_officer_nothing_is_entered() public {
        IRegister.Paper memory p = honest();
        vm.prank(keyOf(cell));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterApprovalMissing.selector, RECEIPT));
        register.enter(RECEIPT, p, unapproved());
        enterReceipt(p);
    }

    function test_an_approval_is_another_key_s_of_the_formation_for_this_very_act() public {
        IRegister.Paper memory p = honest();
        uint64 now_ = uint64(block.timestamp);
        bytes32 terms_ = termsOf(p);
        approvalRefused(
            p,
            approved(1000 + cell, 7, RECEIPT, p.digest, terms_, now_),
            abi.encodeWithSelector(IRegister.RegisterSameOfficer.selector, keyOf(cell))
        );
        approvalRefused(
            p,
            approved(2000 + bank, 7, RECEIPT, p.digest, terms_, now_),
            abi.encodeWithSelector(IRegister.RegisterApproverElsewhere.selector, bank)
        );
        approvalRefused(
            p,
            approved(2000 + cell, 7, RECEIPT, p.digest, terms_, now_ - 1),
            abi.encodeWithSelector(IRegister.RegisterApprovalExpired.selector, now_ - 1)
        );
        // a good signature for something else recovers a key that nobody has
        IRegister.Approval[4] memory others = [
            approved(2000 + cell, 10, RECEIPT, p.digest, terms_, now_),
            approved(2000 + cell, 7, SEIZURE, p.digest, terms_, now_),
            approved(2000 + cell, 7, RECEIPT, keccak256("another"), terms_, now_),
            approved(2000 + cell, 7, RECEIPT, p.digest, keccak256("other terms"), now_)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            (bool accepted, bytes memory reason) = attempt(p, others[i]);
            require(
                !accepted && bytes4(reason) == IFormations.FormationsUnknownKey.selector, "an approval of another act"
            );
        }
        vm.prank(ana);
        formations.suspendKey(secondOf(cell), REASON);
        (bool done, bytes memory why) = attempt(p, second(cell, RECEIPT, p));
        require(!done && bytes4(why) == IFormations.FormationsKeySuspended.selector, "a suspended officer approves");
    }

    function approvalRefused(IRegister.Paper memory p, IRegister.Approval memory approval, bytes memory reason)
        private
    {
        vm.prank(keyOf(cell));
        vm.expectRevert(reason);
        register.enter(RECEIPT, p, approval);
    }

    function attempt(IRegister.Paper memory p, IRegister.Approval memory approval)
        private
        returns (bool accepted, bytes memory reason)
    {
        vm.prank(keyOf(cell));
        return address(register).call(abi.encodeCall(IRegister.enter, (RECEIPT, p, approval)));
    }

    function test_a_revocation_that_needs_two_has_two_and_both_are_on_the_log() public {
        enterReceipt(honest());
        bytes32 receipt = honest().digest;
        vm.prank(keyOf(cell));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterApprovalMissing.selector, RECEIPT));
        register.withdraw(RECEIPT, receipt, cell, REASON, unapproved());
        bytes32 terms_ = keccak256(abi.encode(cell, REASON));
        IRegister.Approval memory approval =
            approved(2000 + cell, 10, RECEIPT, receipt, terms_, uint64(block.timestamp));
        vm.recordLogs();
        vm.prank(keyOf(cell));
        register.withdraw(RECEIPT, receipt, cell, REASON, approval);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 by = byWord(keyOf(cell), cell);
        uint256 status = (uint256(cell) << 32) | REASON;
        equal(logs[0].data, abi.encode(6, by, RECEIPT, receipt, 0, status, block.timestamp), "the revocation");
        bytes32 who = bytes32(bytes20(secondOf(cell)));
        equal(logs[1].data, abi.encode(10, by, RECEIPT, receipt, 0, who, block.timestamp), "its second officer");
    }

    // -- consuming by an act

    function test_a_document_is_consumed_once_by_a_kind_of_formation_that_the_policy_names() public {
        enterReceipt(honest());
        bytes32 receipt = honest().digest;
        vm.prank(keyOf(bank));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterMayNotConsume.selector, RECEIPT, bank));
        register.consume(RECEIPT, receipt, 0);
        vm.prank(keyOf(customs));
        uint256 index = register.consume(RECEIPT, receipt, "evidence");
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterConsumed.selector, index));
        register.consume(RECEIPT, receipt, 0);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterUnknown.selector, RECEIPT));
        register.consume(RECEIPT, keccak256("never entered"), 0);
    }

    function test_what_is_out_of_force_is_not_consumed() public {
        enterReceipt(honest());
        vm.prank(keyOf(cell));
        ledger.suspend(RECEIPT, honest().digest, cell, REASON);
        vm.prank(keyOf(customs));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNotInForce.selector, RECEIPT, ILedger.State.SUSPENDED));
        register.consume(RECEIPT, honest().digest, 0);
    }

    function test_a_parent_that_must_be_used_up_first_is_wanted_so() public {
        enterReceipt(honest());
        policy(REGISTRATION, 0, kinds("EXCISE", 0), 0, list(on(RECEIPT, BEFORE)));
        IRegister.Paper memory p = registration("first", CAR, honest().digest);
        vm.prank(keyOf(excise));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterParentNotConsumed.selector, RECEIPT));
        register.enter(REGISTRATION, p, unapproved());
        vm.prank(keyOf(customs));
        register.consume(RECEIPT, honest().digest, 0);
        enter(excise, REGISTRATION, p);
    }

    // -- no way past

    function test_a_controlled_type_is_not_issued_on_the_ledger() public {
        bytes4 outOfScope = IFormations.FormationsOutOfScope.selector;
        vm.prank(keyOf(cell));
        vm.expectRevert(abi.encodeWithSelector(outOfScope, cell, RECEIPT, 1));
        ledger.issue(RECEIPT, keccak256("forged"), 0, 0);
        vm.prank(keyOf(cell));
        vm.expectRevert(abi.encodeWithSelector(outOfScope, cell, RECEIPT, 2));
        ledger.issueBatch(RECEIPT, keccak256("forged"), 1, 0);
        uint64[4] memory past = [uint64(1) << 1, 1 << 2, 1 << 5, 1 << 6];
        for (uint256 i = 0; i < 4; ++i) {
            decideRefused(
                address(formations),
                abi.encodeCall(IFormations.setScope, (cell, RECEIPT, REGISTER_ACTS | past[i], NOW, 0)),
                abi.encodeWithSelector(IFormations.FormationsControlledType.selector, RECEIPT, past[i])
            );
        }
    }

    function test_a_type_that_somebody_may_still_issue_gets_no_policy() public {
        uint32 port = addOffice("PORT");
        uint32 quay = addOffice("QUAY");
        equal(formations.plainIssuers(GD), 2, "two offices issue declarations");
        bytes memory call = policyCall(GD, 0, kinds("CUSTOMS", 0), 0, none);
        decideRefused(
            address(register), call, abi.encodeWithSelector(IFormations.FormationsPlainlyIssued.selector, GD, 2)
        );
        setScope(port, GD, REGISTER_ACTS, NOW, 0);
        setScope(port, GD, REGISTER_ACTS, NOW, 0);
        setScope(quay, GD, 0, NOW, 0);
        equal(formations.plainIssuers(GD), 0, "none does");
        decide(address(register), call);
        require(formations.isControlled(GD), "controlled");
        decide(address(register), abi.encodeCall(IRegister.removePolicy, (GD)));
        setScope(quay, GD, ALL_ACTS, NOW, 0);
        decideRefused(
            address(register),
            abi.encodeCall(IRegister.removePolicy, (GD)),
            abi.encodeWithSelector(IRegister.RegisterNotControlled.selector, GD)
        );
        vm.prank(keyOf(quay));
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterNotControlled.selector, GD));
        register.enter(GD, paper("a declaration", 0, 0, none), unapproved());
    }

    function test_only_the_consortium_decides_policies_and_only_the_register_controls_types() public {
        vm.prank(ana);
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterOnlyConsortium.selector, ana));
        register.setPolicy(GD, 0, kinds("CUSTOMS", 0), 0, none);
        vm.prank(ana);
        vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterOnlyConsortium.selector, ana));
        register.removePolicy(RECEIPT);
        vm.prank(ana);
        vm.expectRevert(abi.encodeWithSelector(IFormations.FormationsOnlyRegister.selector, ana));
        formations.setControlled(RECEIPT, false);
    }

    function test_a_policy_that_cannot_be_carried_out_is_refused() public {
        bytes32 t = "NEW_TYPE";
        bytes32 k = kinds("CUSTOMS", 0);
        badPolicy(t, 0, 0, none); // nobody would issue it
        badPolicy("bad name", 0, k, none);
        badPolicy(t, uint256(4) << 184, k, none);
        badPolicy(t, uint256(4) << 176, k, none);
        badPolicy(t, uint256(4) << 168, k, none);
        badPolicy(t, uint256(1) << 160, k, none);
        badPolicy(t, uint256(1) << 128, k, none);
        badPolicy(t, uint256(1) << 192, k, none);
        badPolicy(t, (uint256(NOW) << 64) | NOW, k, none);
        badPolicy(t, 0, k, list(on(t, 0)));
        badPolicy(t, 0, k, list(on("NOBODY_S_TYPE", 0)));
        badPolicy(t, 0, k, list(on(RECEIPT, CONSUMES | BEFORE)));
        badPolicy(t, 0, k, list(on(RECEIPT, 0), on(SEIZURE, 0), on(RECEIPT, SAME)));
        badPolicy(t, 0, k, new bytes32[](9));
        policy(t, 0, k, 0, list(on(RECEIPT, 0)));
        (uint256 rules,,, bytes32[] memory parents) = register.policyOf(t);
        equal(rules, (uint256(1) << 160) | (uint256(1) << 128), "one parent, version 1");
        equal(parents[0], on(RECEIPT, 0), "the parent");
    }

    function badPolicy(bytes32 docType, uint256 rules, bytes32 issuers, bytes32[] memory parents) private {
        decideRefused(
            address(register),
            policyCall(docType, rules, issuers, 0, parents),
            abi.encodeWithSelector(IRegister.RegisterBadPolicy.selector, docType)
        );
    }

    function test_a_policy_is_on_the_log_whole() public {
        bytes32[] memory parents = list(on(RECEIPT, SAME));
        vm.recordLogs();
        policy("NEW_TYPE", THING, kinds("EXCISE", 0), kinds("BANK", 0), parents);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 by = byWord(bilal, 0);
        uint256 rules = THING | (uint256(1) << 160) | (uint256(1) << 128);
        // 0 proposed, 1 approved, 2 executed
        equal(
            logs[3].data,
            abi.encode(42, by, bytes32("NEW_TYPE"), rules, kinds("EXCISE", 0), kinds("BANK", 0), block.timestamp),
            "the policy"
        );
        equal(
            logs[4].data,
            abi.encode(43, by, bytes32("NEW_TYPE"), parents[0], 0, uint256(1) << 32, block.timestamp),
            "its parent"
        );
    }

    function testFuzz_a_policy_binds_in_its_dates(uint32 at) public {
        uint64 from = NOW + 1000;
        uint64 to = NOW + 100_000;
        uint256 time = NOW + (at % 200_000);
        policy(SEIZURE, (uint256(from) << 64) | to, kinds("CUSTOMS", 0), 0, none);
        vm.warp(time);
        IRegister.Paper memory p = paper("later", CAR, 0, none);
        vm.prank(keyOf(customs));
        if (time < from || time >= to) {
            vm.expectRevert(abi.encodeWithSelector(IRegister.RegisterOutsideDates.selector, SEIZURE, from, to));
        }
        register.enter(SEIZURE, p, unapproved());
    }

    function testFuzz_a_signature_by_anybody_else_approves_nothing(uint256 key) public {
        key = 1 + (key % (2 ** 128));
        IRegister.Paper memory p = honest();
        if (vm.addr(key) == secondOf(cell)) return;
        (bool accepted,) = attempt(p, approved(key, 7, RECEIPT, p.digest, termsOf(p), uint64(block.timestamp)));
        require(!accepted, "somebody else approved");
    }
}
