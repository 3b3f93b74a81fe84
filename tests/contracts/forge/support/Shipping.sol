// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "../../../../contracts/interfaces/IFormations.sol";
import {ITitles} from "../../../../contracts/interfaces/ITitles.sol";
import {Network} from "./Network.sol";

/// @notice A carrier, a seller, two banks and a buyer, with the scopes a bill of lading needs.
abstract contract Shipping is Network {
    bytes32 internal constant BILL = "BILL_OF_LADING";
    uint64 internal constant CARRIES = 1 << 16;
    uint64 internal constant PARTY = (1 << 17) | (1 << 18) | (1 << 20);

    uint256 internal constant TRANSFER = 65;
    uint256 internal constant ENDORSE = 66;
    uint256 internal constant ENDORSE_TO_ORDER = 67;
    uint256 internal constant BLANK_ENDORSE = 68;
    uint256 internal constant HAND_BACK = 70;
    uint256 internal constant FOR_DELIVERY = 76;
    uint256 internal constant FOR_AMENDMENT = 77;

    bytes32 internal constant NUMBER = keccak256("the carrier's number, blinded");
    bytes32 internal constant PAPER = keccak256("the bill");
    bytes32 internal constant OTHER = keccak256("another bill");
    bytes32 internal constant EVIDENCE = keccak256("evidence");

    uint32 internal carrier;
    uint32 internal seller;
    uint32 internal bank;
    uint32 internal rival;
    uint32 internal buyer;

    function setUp() public virtual override {
        super.setUp();
        carrier = party("CARRIER", "CARRIER", CARRIES | (1 << 3) | (1 << 4) | (1 << 6));
        seller = party("SELLER", "TRADER", PARTY);
        bank = party("BANK-A", "BANK", PARTY);
        rival = party("BANK-B", "BANK", PARTY);
        buyer = party("BUYER", "TRADER", PARTY);
    }

    function party(bytes32 code, bytes32 kind, uint64 acts) internal returns (uint32 formation) {
        decide(address(formations), abi.encodeCall(IFormations.addFormation, (code, kind, 0, 0, NOW, 0)));
        formation = formations.formationCount();
        addKey(formation, keyOf(formation), NOW, 0);
        setScope(formation, BILL, acts, NOW, 0);
    }

    function original(bytes32 digest, bytes32 key) internal pure returns (ITitles.Original memory) {
        return ITitles.Original(digest, EVIDENCE, key);
    }

    /// @dev The bill of the story: to the order of the seller, who holds it.
    function issueBill() internal returns (uint256 index) {
        vm.prank(keyOf(carrier));
        return titles.issue(BILL, original(PAPER, NUMBER), ITitles.Terms(seller, seller, true));
    }

    function offer(uint256 kind, uint32 giver, uint32 taker, uint32 endorsee) internal {
        vm.prank(keyOf(giver));
        titles.offer(kind, BILL, carrier, PAPER, taker, endorsee, EVIDENCE);
    }

    function accept(uint32 taker) internal {
        uint32 sequence = title().sequence;
        vm.prank(keyOf(taker));
        titles.accept(BILL, carrier, PAPER, sequence, EVIDENCE);
    }

    function pass(uint256 kind, uint32 giver, uint32 taker, uint32 endorsee) internal {
        offer(kind, giver, taker, endorsee);
        accept(taker);
    }

    function pledge(uint32 holder, uint32 pledgee) internal {
        vm.prank(keyOf(holder));
        titles.pledge(BILL, carrier, PAPER, pledgee, EVIDENCE);
    }

    function unpledge(uint32 pledgee) internal {
        vm.prank(keyOf(pledgee));
        titles.unpledge(BILL, carrier, PAPER, EVIDENCE);
    }

    function surrender(uint256 kind, uint32 holder) internal {
        vm.prank(keyOf(holder));
        titles.surrender(kind, BILL, carrier, PAPER, kind == FOR_AMENDMENT ? 3 : 0, EVIDENCE);
    }

    function acceptSurrender() internal {
        vm.prank(keyOf(carrier));
        titles.acceptSurrender(BILL, carrier, PAPER, EVIDENCE);
    }

    function rejectSurrender() internal {
        vm.prank(keyOf(carrier));
        titles.rejectSurrender(BILL, carrier, PAPER, REASON);
    }

    function reissue(bytes32 digest, bytes32 key) internal returns (uint256) {
        vm.prank(keyOf(carrier));
        return titles.reissue(BILL, carrier, PAPER, original(digest, key), ITitles.Terms(seller, seller, true), 12);
    }

    function title() internal view returns (ITitles.Title memory) {
        return titles.titleOf(BILL, carrier, PAPER);
    }

    function refusing(bytes memory reason) internal {
        vm.expectRevert(reason);
    }
}
