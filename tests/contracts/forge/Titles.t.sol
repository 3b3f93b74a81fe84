// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {ITitles} from "../../../contracts/interfaces/ITitles.sol";
import {Shipping} from "./support/Shipping.sol";
import {Vm} from "./support/Vm.sol";

contract TitlesTest is Shipping {
    bytes32 private constant LAST = keccak256("not a number of this carrier");

    function word(uint32 party_, uint32 entitled, uint8 why) private view returns (bytes32) {
        return bytes32(
            (uint256(carrier) << 224) | (uint256(party_) << 192) | (uint256(entitled) << 160) | (uint256(why) << 152)
        );
    }

    /// @dev Expects the one entry that the last act appended.
    function expectEntry(uint256 kind, uint32 formation, bytes32 related, bytes32 data) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        equal(logs.length, 1, "one entry");
        bytes memory wanted =
            abi.encode(kind, byWord(keyOf(formation), formation), BILL, PAPER, related, data, block.timestamp);
        equal(logs[0].data, wanted, "the entry");
    }

    function bytesOf(bytes4 selector, uint256 first, uint256 second) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, first, second);
    }

    function state() private view returns (ITitles.State) {
        return title().state;
    }

    function test_issuing_appends_the_document_and_its_title() public {
        vm.recordLogs();
        uint256 index = issueBill();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        equal(logs.length, 1, "one event");
        (bytes memory entries) = abi.decode(logs[0].data, (bytes));
        uint256 by = byWord(keyOf(carrier), carrier);
        uint256 data = (uint256(seller) << 224) | (uint256(seller) << 192) | (uint256(1) << 184);
        bytes memory wanted = bytes.concat(
            abi.encode(1, by, BILL, PAPER, EVIDENCE, NUMBER, block.timestamp),
            abi.encode(64, by, BILL, PAPER, NUMBER, data, block.timestamp)
        );
        equal(entries, wanted, "both entries");
        equal(ledger.size(), index + 2, "size");
        ITitles.Title memory made = title();
        require(made.state == ITitles.State.ACTIVE && made.toOrder, "active");
        equal(made.holder, seller, "holder");
        equal(made.beneficiary, seller, "beneficiary");
        equal(titles.originalOf(BILL, carrier, NUMBER), PAPER, "the reference");
    }

    function test_an_unsound_original_is_refused() public {
        ITitles.Terms memory terms_ = ITitles.Terms(seller, seller, true);
        vm.startPrank(keyOf(carrier));
        refusing(abi.encodeWithSelector(ITitles.TitlesBadDigest.selector));
        titles.issue(BILL, original(0, NUMBER), terms_);
        refusing(abi.encodeWithSelector(ITitles.TitlesBadDigest.selector));
        titles.issue(BILL, original(PAPER, 0), terms_);
        terms_.holder = 0;
        refusing(abi.encodeWithSelector(ITitles.TitlesUnknownParty.selector, 0));
        titles.issue(BILL, original(PAPER, NUMBER), terms_);
        terms_.holder = 99;
        refusing(abi.encodeWithSelector(ITitles.TitlesUnknownParty.selector, 99));
        titles.issue(BILL, original(PAPER, NUMBER), terms_);
        (terms_.holder, terms_.beneficiary) = (seller, 99);
        refusing(abi.encodeWithSelector(ITitles.TitlesUnknownParty.selector, 99));
        titles.issue(BILL, original(PAPER, NUMBER), terms_);
        (terms_.beneficiary, terms_.toOrder) = (0, false);
        refusing(abi.encodeWithSelector(ITitles.TitlesBeneficiaryMissing.selector));
        titles.issue(BILL, original(PAPER, NUMBER), terms_);
        terms_.toOrder = true;
        titles.issue(BILL, original(PAPER, NUMBER), terms_);
        vm.stopPrank();
        equal(title().beneficiary, 0, "to bearer");
    }

    function test_only_who_may_register_bills_issues_one_and_cannot_go_past_title_control() public {
        vm.prank(keyOf(seller));
        refusing(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, seller, BILL, 16));
        titles.issue(BILL, original(PAPER, NUMBER), ITitles.Terms(seller, seller, true));
        vm.prank(keyOf(carrier));
        refusing(abi.encodeWithSelector(IFormations.FormationsOutOfScope.selector, carrier, BILL, 1));
        ledger.issue(BILL, PAPER, EVIDENCE, NUMBER);
    }

    function test_the_same_again_is_a_duplicate_and_other_contents_a_dispute() public {
        issueBill();
        vm.startPrank(keyOf(carrier));
        ITitles.Terms memory terms_ = ITitles.Terms(buyer, buyer, true);
        refusing(abi.encodeWithSelector(ITitles.TitlesDuplicate.selector, BILL, carrier));
        titles.issue(BILL, original(PAPER, NUMBER), terms_);
        refusing(abi.encodeWithSelector(ITitles.TitlesDuplicate.selector, BILL, carrier));
        titles.issue(BILL, original(PAPER, LAST), terms_);
        refusing(abi.encodeWithSelector(ITitles.TitlesDisputed.selector, BILL, carrier));
        titles.issue(BILL, original(OTHER, NUMBER), terms_);
        titles.issue(BILL, original(OTHER, LAST), terms_);
        vm.stopPrank();
    }

    function test_another_carrier_with_the_same_words_has_a_title_of_its_own() public {
        issueBill();
        uint32 second = party("CARRIER-2", "CARRIER", CARRIES);
        vm.prank(keyOf(second));
        titles.issue(BILL, original(PAPER, NUMBER), ITitles.Terms(buyer, buyer, true));
        equal(title().holder, seller, "ours is untouched");
        equal(titles.titleOf(BILL, second, PAPER).holder, buyer, "theirs is theirs");
    }

    function test_it_moves_when_the_taker_accepts() public {
        issueBill();
        vm.recordLogs();
        offer(ENDORSE_TO_ORDER, seller, bank, buyer);
        expectEntry(ENDORSE_TO_ORDER, seller, word(bank, buyer, 0), EVIDENCE);
        equal(title().holder, seller, "not yet");
        equal(title().taker, bank, "offered to");
        equal(title().offered, buyer, "for");
        accept(bank);
        expectEntry(71, bank, word(seller, buyer, 0), EVIDENCE);
        ITitles.Title memory now_ = title();
        equal(now_.holder, bank, "the bank holds it");
        equal(now_.beneficiary, buyer, "for the buyer");
        equal(now_.holderBefore, seller, "from the seller");
        equal(now_.taker, 0, "nothing is pending");
        pass(TRANSFER, bank, buyer, 0);
        equal(title().holder, buyer, "the buyer holds it");
        equal(title().beneficiary, buyer, "and is entitled");
    }

    function test_only_the_named_taker_answers_and_only_the_present_offer() public {
        issueBill();
        offer(TRANSFER, seller, bank, 0);
        uint32 sequence = title().sequence;
        vm.prank(keyOf(rival));
        refusing(bytesOf(ITitles.TitlesNotTheTaker.selector, rival, bank));
        titles.accept(BILL, carrier, PAPER, sequence, 0);
        vm.prank(keyOf(seller));
        titles.retract(BILL, carrier, PAPER, REASON);
        offer(BLANK_ENDORSE, seller, bank, 0);
        vm.prank(keyOf(bank));
        refusing(bytesOf(ITitles.TitlesWrongSequence.selector, sequence, sequence + 2));
        titles.accept(BILL, carrier, PAPER, sequence, 0);
        accept(bank);
        equal(title().beneficiary, 0, "to bearer");
    }

    function test_a_rejected_or_retracted_offer_changes_nothing() public {
        issueBill();
        offer(ENDORSE, seller, bank, bank);
        vm.recordLogs();
        vm.prank(keyOf(bank));
        titles.reject(BILL, carrier, PAPER, REASON);
        expectEntry(72, bank, word(seller, 0, 0), bytes32(uint256(REASON)));
        offer(ENDORSE, seller, bank, bank);
        vm.getRecordedLogs();
        vm.prank(keyOf(seller));
        titles.retract(BILL, carrier, PAPER, REASON);
        expectEntry(73, seller, word(bank, 0, 0), bytes32(uint256(REASON)));
        ITitles.Title memory now_ = title();
        require(now_.holder == seller && now_.beneficiary == seller && now_.toOrder && now_.offer == 0, "as before");
        equal(now_.sequence, 4, "four steps");
        vm.startPrank(keyOf(bank));
        refusing(abi.encodeWithSelector(ITitles.TitlesNotOffered.selector));
        titles.reject(BILL, carrier, PAPER, REASON);
        vm.stopPrank();
        offer(TRANSFER, seller, bank, 0);
        vm.prank(keyOf(bank));
        refusing(abi.encodeWithSelector(ITitles.TitlesReasonMissing.selector));
        titles.reject(BILL, carrier, PAPER, 0);
    }

    function test_who_holds_without_being_entitled_may_only_hand_on() public {
        issueBill();
        pass(TRANSFER, seller, bank, 0);
        bytes memory not = bytesOf(ITitles.TitlesNotTheBeneficiary.selector, bank, seller);
        refusing(not);
        offer(ENDORSE_TO_ORDER, bank, buyer, buyer);
        refusing(not);
        offer(BLANK_ENDORSE, bank, buyer, 0);
        refusing(not);
        pledge(bank, rival);
        refusing(not);
        surrender(FOR_DELIVERY, bank);
        refusing(bytesOf(ITitles.TitlesNotTheHolder.selector, seller, bank));
        offer(TRANSFER, seller, buyer, 0);
        pass(TRANSFER, bank, buyer, 0);
        equal(title().beneficiary, seller, "still the seller's");
    }

    function test_an_endorsement_to_a_name_ends_the_endorsing_and_giving_back_undoes_it() public {
        issueBill();
        pass(ENDORSE, seller, buyer, buyer);
        require(!title().toOrder, "not to order");
        refusing(abi.encodeWithSelector(ITitles.TitlesNotToOrder.selector));
        offer(ENDORSE_TO_ORDER, buyer, bank, bank);
        refusing(bytesOf(ITitles.TitlesNotWhoGaveIt.selector, bank, seller));
        offer(HAND_BACK, buyer, bank, 0);
        pass(HAND_BACK, buyer, seller, 0);
        ITitles.Title memory now_ = title();
        require(now_.holder == seller && now_.beneficiary == seller && now_.toOrder, "as it was before");
        refusing(bytesOf(ITitles.TitlesNotWhoGaveIt.selector, buyer, 0));
        offer(HAND_BACK, seller, buyer, 0);
    }

    function test_a_straight_bill_is_not_endorsed_and_only_its_consignee_gets_the_goods() public {
        vm.prank(keyOf(carrier));
        titles.issue(BILL, original(PAPER, NUMBER), ITitles.Terms(seller, buyer, false));
        refusing(abi.encodeWithSelector(ITitles.TitlesNotToOrder.selector));
        offer(BLANK_ENDORSE, seller, bank, 0);
        refusing(bytesOf(ITitles.TitlesNotTheBeneficiary.selector, seller, buyer));
        surrender(FOR_DELIVERY, seller);
        pass(TRANSFER, seller, buyer, 0);
        surrender(FOR_DELIVERY, buyer);
        require(state() == ITitles.State.SURRENDERED_FOR_DELIVERY, "surrendered");
    }

    function test_an_offer_of_another_kind_or_shape_is_refused() public {
        issueBill();
        refusing(abi.encodeWithSelector(ITitles.TitlesWrongAct.selector, 69));
        offer(69, seller, bank, 0);
        refusing(abi.encodeWithSelector(ITitles.TitlesBadEndorsee.selector, TRANSFER));
        offer(TRANSFER, seller, bank, buyer);
        refusing(abi.encodeWithSelector(ITitles.TitlesBadEndorsee.selector, ENDORSE));
        offer(ENDORSE, seller, bank, 0);
        refusing(abi.encodeWithSelector(ITitles.TitlesUnknownParty.selector, 99));
        offer(ENDORSE, seller, bank, 99);
        refusing(abi.encodeWithSelector(ITitles.TitlesUnknownParty.selector, 99));
        offer(TRANSFER, seller, 99, 0);
        refusing(abi.encodeWithSelector(ITitles.TitlesSelf.selector, seller));
        offer(TRANSFER, seller, seller, 0);
        refusing(abi.encodeWithSelector(ITitles.TitlesSelf.selector, seller));
        pledge(seller, seller);
        offer(TRANSFER, seller, bank, 0);
        refusing(abi.encodeWithSelector(ITitles.TitlesOffered.selector, bank));
        offer(TRANSFER, seller, rival, 0);
        refusing(abi.encodeWithSelector(ITitles.TitlesOffered.selector, bank));
        pledge(seller, bank);
        refusing(abi.encodeWithSelector(ITitles.TitlesOffered.selector, bank));
        surrender(FOR_DELIVERY, seller);
    }

    function test_a_pledged_bill_is_pledged_once_and_moves_only_when_released() public {
        issueBill();
        vm.recordLogs();
        pledge(seller, bank);
        expectEntry(74, seller, word(bank, 0, 0), EVIDENCE);
        equal(title().pledgee, bank, "pledgee");
        equal(title().taker, 0, "not an offer");
        bytes memory pledged = abi.encodeWithSelector(ITitles.TitlesPledged.selector, bank);
        refusing(pledged);
        pledge(seller, rival);
        refusing(pledged);
        offer(TRANSFER, seller, bank, 0);
        refusing(pledged);
        surrender(FOR_DELIVERY, seller);
        refusing(pledged);
        surrender(FOR_AMENDMENT, seller);
        vm.prank(keyOf(bank));
        refusing(abi.encodeWithSelector(ITitles.TitlesNotOffered.selector));
        titles.accept(BILL, carrier, PAPER, 1, 0);
        vm.prank(keyOf(seller));
        refusing(abi.encodeWithSelector(ITitles.TitlesNotOffered.selector));
        titles.retract(BILL, carrier, PAPER, REASON);
        refusing(bytesOf(ITitles.TitlesNotThePledgee.selector, seller, bank));
        unpledge(seller);
        vm.getRecordedLogs();
        unpledge(bank);
        expectEntry(75, bank, word(bank, 0, 0), EVIDENCE);
        refusing(abi.encodeWithSelector(ITitles.TitlesNotPledged.selector));
        unpledge(bank);
        pledge(seller, rival);
        equal(title().pledgee, rival, "and again");
    }

    function test_a_surrender_is_answered_by_the_carrier_and_rejected_it_is_the_holders_again() public {
        issueBill();
        vm.recordLogs();
        surrender(FOR_DELIVERY, seller);
        expectEntry(FOR_DELIVERY, seller, word(carrier, 0, 0), EVIDENCE);
        bytes memory gone =
            abi.encodeWithSelector(ITitles.TitlesWrongState.selector, ITitles.State.SURRENDERED_FOR_DELIVERY);
        refusing(gone);
        offer(TRANSFER, seller, bank, 0);
        refusing(gone);
        pledge(seller, bank);
        refusing(gone);
        surrender(FOR_AMENDMENT, seller);
        refusing(gone);
        reissue(OTHER, NUMBER);
        vm.getRecordedLogs();
        rejectSurrender();
        expectEntry(79, carrier, word(seller, 0, 0), bytes32(uint256(REASON)));
        require(state() == ITitles.State.ACTIVE && title().holder == seller, "the seller's again");
        surrender(FOR_DELIVERY, seller);
        vm.getRecordedLogs();
        acceptSurrender();
        expectEntry(78, carrier, word(seller, 0, 0), EVIDENCE);
        require(state() == ITitles.State.DELIVERED, "spent");
        bytes memory spent = abi.encodeWithSelector(ITitles.TitlesWrongState.selector, ITitles.State.DELIVERED);
        refusing(spent);
        rejectSurrender();
        refusing(spent);
        acceptSurrender();
        refusing(spent);
        surrender(FOR_DELIVERY, seller);
        refusing(spent);
        reissue(OTHER, NUMBER);
        vm.prank(keyOf(carrier));
        refusing(abi.encodeWithSelector(ITitles.TitlesDisputed.selector, BILL, carrier));
        titles.issue(BILL, original(OTHER, NUMBER), ITitles.Terms(seller, seller, true));
    }

    function test_only_who_stands_for_the_carrier_answers_with_a_reason() public {
        issueBill();
        surrender(FOR_DELIVERY, seller);
        uint32 second = party("CARRIER-2", "CARRIER", CARRIES);
        vm.prank(keyOf(second));
        refusing(bytesOf(ITitles.TitlesNotTheIssuer.selector, second, carrier));
        titles.acceptSurrender(BILL, carrier, PAPER, 0);
        vm.prank(keyOf(carrier));
        refusing(abi.encodeWithSelector(ITitles.TitlesReasonMissing.selector));
        titles.rejectSurrender(BILL, carrier, PAPER, 0);
        decide(
            address(formations),
            abi.encodeCall(IFormations.addFormation, ("CARRIER-NEW", "CARRIER", 0, carrier, NOW, 0))
        );
        uint32 heir = formations.formationCount();
        addKey(heir, keyOf(heir), NOW, 0);
        setScope(heir, BILL, CARRIES, NOW, 0);
        vm.prank(keyOf(heir));
        titles.acceptSurrender(BILL, carrier, PAPER, 0);
        require(state() == ITitles.State.DELIVERED, "its successor did");
    }

    function test_a_surrender_of_another_kind_is_refused() public {
        issueBill();
        refusing(abi.encodeWithSelector(ITitles.TitlesWrongAct.selector, 78));
        surrender(78, seller);
        vm.startPrank(keyOf(seller));
        refusing(abi.encodeWithSelector(ITitles.TitlesWrongAct.selector, FOR_DELIVERY));
        titles.surrender(FOR_DELIVERY, BILL, carrier, PAPER, 1, 0);
        refusing(abi.encodeWithSelector(ITitles.TitlesWrongAct.selector, FOR_AMENDMENT));
        titles.surrender(FOR_AMENDMENT, BILL, carrier, PAPER, 4, 0);
        vm.recordLogs();
        titles.surrender(FOR_AMENDMENT, BILL, carrier, PAPER, 2, 0);
        vm.stopPrank();
        expectEntry(FOR_AMENDMENT, seller, word(carrier, 0, 2), 0);
    }

    function test_a_replacement_supersedes_before_it_exists_and_the_old_one_never_moves_again() public {
        issueBill();
        surrender(FOR_AMENDMENT, seller);
        acceptSurrender();
        refusing(abi.encodeWithSelector(ILedger.LedgerBadDigest.selector));
        reissue(0, NUMBER);
        vm.recordLogs();
        uint256 index = reissue(OTHER, NUMBER);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        equal(logs.length, 2, "superseding, then the pair");
        uint256 by = byWord(keyOf(carrier), carrier);
        bytes32 status = bytes32((uint256(carrier) << 32) | 12);
        equal(logs[0].data, abi.encode(5, by, BILL, PAPER, OTHER, status, block.timestamp), "the old one ends");
        equal(uint256(logs[1].topics[1]), index, "then the new one begins");
        equal(titles.originalOf(BILL, carrier, NUMBER), OTHER, "the reference is the new one's");
        require(state() == ITitles.State.REPLACED, "replaced");
        require(titles.titleOf(BILL, carrier, OTHER).state == ITitles.State.ACTIVE, "active");
        bytes memory gone = abi.encodeWithSelector(ITitles.TitlesWrongState.selector, ITitles.State.REPLACED);
        refusing(gone);
        offer(TRANSFER, seller, bank, 0);
        refusing(gone);
        surrender(FOR_DELIVERY, seller);
        refusing(gone);
        reissue(keccak256("a third"), NUMBER);
        refusing(gone);
        rejectSurrender();
    }

    function test_a_switch_takes_another_number_and_leaves_the_old_one_used() public {
        issueBill();
        surrender(FOR_AMENDMENT, seller);
        acceptSurrender();
        reissue(OTHER, LAST);
        equal(titles.originalOf(BILL, carrier, LAST), OTHER, "the new number");
        equal(titles.originalOf(BILL, carrier, NUMBER), PAPER, "the old number");
        vm.prank(keyOf(carrier));
        refusing(abi.encodeWithSelector(ITitles.TitlesDisputed.selector, BILL, carrier));
        titles.issue(BILL, original(keccak256("a third"), NUMBER), ITitles.Terms(seller, seller, true));
    }

    function test_a_replacement_by_itself_or_by_a_known_document_is_refused() public {
        issueBill();
        vm.prank(keyOf(carrier));
        titles.issue(BILL, original(OTHER, LAST), ITitles.Terms(buyer, buyer, true));
        surrender(FOR_AMENDMENT, seller);
        refusing(abi.encodeWithSelector(ITitles.TitlesWrongState.selector, ITitles.State.SURRENDERED_FOR_AMENDMENT));
        reissue(keccak256("a third"), NUMBER);
        acceptSurrender();
        refusing(abi.encodeWithSelector(ILedger.LedgerBadDigest.selector));
        reissue(PAPER, NUMBER);
        refusing(abi.encodeWithSelector(ITitles.TitlesDuplicate.selector, BILL, carrier));
        reissue(OTHER, NUMBER);
        refusing(abi.encodeWithSelector(ITitles.TitlesDisputed.selector, BILL, carrier));
        reissue(keccak256("a third"), LAST);
        uint32 second = party("CARRIER-2", "CARRIER", CARRIES);
        vm.prank(keyOf(second));
        refusing(bytesOf(ITitles.TitlesNotTheIssuer.selector, second, carrier));
        titles.reissue(BILL, carrier, PAPER, original("a", "b"), ITitles.Terms(seller, seller, true), 12);
        vm.prank(keyOf(carrier));
        refusing(abi.encodeWithSelector(ILedger.LedgerReasonMissing.selector));
        titles.reissue(BILL, carrier, PAPER, original("a", "b"), ITitles.Terms(seller, seller, true), 0);
    }

    function test_what_the_ledger_holds_back_does_not_move() public {
        issueBill();
        offer(TRANSFER, seller, bank, 0);
        vm.prank(keyOf(carrier));
        ledger.suspend(BILL, PAPER, carrier, REASON);
        bytes memory held = abi.encodeWithSelector(ITitles.TitlesNotInForce.selector, ILedger.State.SUSPENDED);
        uint32 sequence = title().sequence;
        vm.prank(keyOf(bank));
        refusing(held);
        titles.accept(BILL, carrier, PAPER, sequence, 0);
        vm.prank(keyOf(bank));
        titles.reject(BILL, carrier, PAPER, REASON);
        refusing(held);
        pledge(seller, bank);
        refusing(held);
        surrender(FOR_DELIVERY, seller);
        vm.prank(keyOf(seller));
        refusing(held);
        titles.sign(BILL, carrier, PAPER, EVIDENCE);
        vm.prank(keyOf(carrier));
        ledger.reinstate(BILL, PAPER, carrier, REASON);
        pass(TRANSFER, seller, bank, 0);
        equal(title().holder, bank, "in force again, it moves");
    }

    function test_the_holder_signs_and_nothing_changes() public {
        issueBill();
        vm.recordLogs();
        vm.prank(keyOf(seller));
        titles.sign(BILL, carrier, PAPER, EVIDENCE);
        expectEntry(69, seller, word(0, 0, 0), EVIDENCE);
        equal(title().sequence, 0, "no step");
        vm.prank(keyOf(bank));
        refusing(bytesOf(ITitles.TitlesNotTheHolder.selector, bank, seller));
        titles.sign(BILL, carrier, PAPER, EVIDENCE);
    }

    function test_who_succeeds_the_holder_acts_as_the_holder() public {
        issueBill();
        decide(address(formations), abi.encodeCall(IFormations.addFormation, ("HEIR", "TRADER", 0, seller, NOW, 0)));
        uint32 heir = formations.formationCount();
        addKey(heir, keyOf(heir), NOW, 0);
        setScope(heir, BILL, PARTY, NOW, 0);
        pass(TRANSFER, heir, bank, 0);
        pass(TRANSFER, bank, heir, 0);
        equal(title().beneficiary, seller, "entitled is its predecessor");
        surrender(FOR_DELIVERY, heir);
        require(state() == ITitles.State.SURRENDERED_FOR_DELIVERY, "and so it is itself");
    }

    function test_an_unknown_title_is_unknown_to_every_act() public {
        bytes memory unknown = abi.encodeWithSelector(ITitles.TitlesUnknown.selector, BILL, carrier);
        refusing(unknown);
        offer(TRANSFER, seller, bank, 0);
        vm.prank(keyOf(bank));
        refusing(unknown);
        titles.accept(BILL, carrier, PAPER, 0, 0);
        refusing(unknown);
        pledge(seller, bank);
        refusing(unknown);
        unpledge(bank);
        refusing(unknown);
        surrender(FOR_DELIVERY, seller);
        refusing(unknown);
        acceptSurrender();
        refusing(unknown);
        reissue(OTHER, NUMBER);
        require(state() == ITitles.State.NONE && titles.originalOf(BILL, carrier, NUMBER) == 0, "none");
    }

    /// @dev Whatever is packed into one word comes back as it was put in.
    function testFuzz_the_words_of_a_title_do_not_touch_each_other(uint8 first, uint8 second, uint8 third, bool order)
        public
    {
        uint32[4] memory who = [seller, bank, rival, buyer];
        uint32 holder = who[first % 4];
        uint32 taker = who[second % 4];
        uint32 endorsee = who[third % 4];
        vm.assume(holder != taker);
        vm.prank(keyOf(carrier));
        titles.issue(BILL, original(PAPER, NUMBER), ITitles.Terms(holder, holder, true));
        pass(order ? ENDORSE_TO_ORDER : ENDORSE, holder, taker, endorsee);
        ITitles.Title memory now_ = title();
        require(now_.state == ITitles.State.ACTIVE && now_.toOrder == order, "state");
        require(now_.holder == taker && now_.beneficiary == endorsee && now_.holderBefore == holder, "parties");
        require(now_.sequence == 2 && now_.taker == 0 && now_.offered == 0 && now_.pledgee == 0, "nothing pending");
    }
}
