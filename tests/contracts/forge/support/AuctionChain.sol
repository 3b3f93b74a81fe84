// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "../../../../contracts/interfaces/IFormations.sol";
import {IRegister} from "../../../../contracts/interfaces/IRegister.sol";
import {Network} from "./Network.sol";

/// @notice A network in which a vehicle may be auctioned: seizure, forensic report and payment, then the receipt, then one registration.
abstract contract AuctionChain is Network {
    bytes32 internal constant SEIZURE = "SEIZURE_REPORT";
    bytes32 internal constant FORENSIC = "FORENSIC_REPORT";
    bytes32 internal constant PAYMENT = "BID_PAYMENT";
    bytes32 internal constant RECEIPT = "AUCTION_RECEIPT";
    bytes32 internal constant REGISTRATION = "VEHICLE_REGISTRATION";

    uint8 internal constant GENUINE = 1;
    uint8 internal constant TAMPERED = 2;

    uint64 internal constant REGISTER_ACTS = (1 << 3) | (1 << 4) | (1 << 7) | (1 << 9) | (1 << 10);

    // conditions of a parent
    uint256 internal constant ANOTHER = 1;
    uint256 internal constant SAME = 2;
    uint256 internal constant CONSUMES = 4;
    uint256 internal constant BEFORE = 8;
    uint256 internal constant ONLY_GENUINE = uint256(1) << (4 + GENUINE);

    // rules
    uint256 internal constant NUMBER_OF_ISSUER = uint256(1) << 184;
    uint256 internal constant NUMBER = uint256(2) << 184;
    uint256 internal constant THING = uint256(3) << 184;
    uint256 internal constant FREED_BY_SUPERSEDING = uint256(1) << 176;
    uint256 internal constant FREED_BY_REVOKING = uint256(2) << 176;
    uint256 internal constant TWO_TO_ENTER = uint256(1) << 168;
    uint256 internal constant TWO_TO_WITHDRAW = uint256(2) << 168;

    uint32 internal customs;
    uint32 internal laboratory;
    uint32 internal bank;
    uint32 internal cell;
    uint32 internal excise;

    bytes32 internal constant CAR = keccak256("a car");
    bytes32[] internal none;

    function setUp() public virtual override {
        super.setUp();
        customs = office("KAPW", "CUSTOMS");
        laboratory = office("LAB", "LABORATORY");
        bank = office("HBL-0001", "BANK");
        cell = office("KAPW-AUC", "AUCTION");
        excise = office("SINDH-EXCISE", "EXCISE");
        policy(SEIZURE, NUMBER_OF_ISSUER | FREED_BY_REVOKING, kinds("CUSTOMS", 0), 0, none);
        policy(FORENSIC, NUMBER_OF_ISSUER, kinds("LABORATO", 0), 0, list(on(SEIZURE, ANOTHER | SAME)));
        policy(PAYMENT, NUMBER, kinds("BANK", 0), kinds("AUCTION", 0), none);
        policy(
            RECEIPT,
            NUMBER_OF_ISSUER | FREED_BY_SUPERSEDING | TWO_TO_ENTER | TWO_TO_WITHDRAW,
            kinds("AUCTION", 0),
            kinds("EXCISE", "CUSTOMS"),
            list(
                on(SEIZURE, ANOTHER | SAME),
                on(FORENSIC, ANOTHER | SAME | ONLY_GENUINE),
                on(PAYMENT, ANOTHER | CONSUMES)
            )
        );
        policy(
            REGISTRATION, THING | FREED_BY_REVOKING, kinds("EXCISE", 0), 0, list(on(RECEIPT, ANOTHER | SAME | CONSUMES))
        );
    }

    /// @dev A formation with two officers' keys, its scope on all types of the chain.
    function office(bytes32 code, bytes32 kind) internal returns (uint32 formation) {
        decide(address(formations), abi.encodeCall(IFormations.addFormation, (code, kind, 0, 0, NOW, 0)));
        formation = formations.formationCount();
        addKey(formation, keyOf(formation), NOW, 0);
        addKey(formation, secondOf(formation), NOW, 0);
        bytes32[5] memory types = [SEIZURE, FORENSIC, PAYMENT, RECEIPT, REGISTRATION];
        for (uint256 i = 0; i < types.length; ++i) {
            setScope(formation, types[i], REGISTER_ACTS, NOW, 0);
        }
    }

    function secondOf(uint32 formation) internal pure returns (address) {
        return vm.addr(2000 + formation);
    }

    function kinds(bytes8 first, bytes8 second) internal pure returns (bytes32) {
        return bytes32(first) | (bytes32(second) >> 64);
    }

    function on(bytes32 parentType, uint256 conditions) internal pure returns (bytes32) {
        return parentType | bytes32(conditions);
    }

    function list(bytes32 first) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](1);
        all[0] = first;
    }

    function list(bytes32 first, bytes32 second, bytes32 third) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](3);
        (all[0], all[1], all[2]) = (first, second, third);
    }

    function policyCall(bytes32 docType, uint256 rules, bytes32 issuers, bytes32 consumers, bytes32[] memory parents)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IRegister.setPolicy, (docType, rules, issuers, consumers, parents));
    }

    function policy(bytes32 docType, uint256 rules, bytes32 issuers, bytes32 consumers, bytes32[] memory parents)
        internal
    {
        decide(address(register), policyCall(docType, rules, issuers, consumers, parents));
    }

    function paper(string memory name, bytes32 thing, uint8 outcome, bytes32[] memory parents)
        internal
        pure
        returns (IRegister.Paper memory)
    {
        bytes32 digest = keccak256(bytes(name));
        return IRegister.Paper(digest, "fields", keccak256(abi.encode("number", name)), thing, outcome, 0, 0, parents);
    }

    function unapproved() internal pure returns (IRegister.Approval memory) {}

    function termsOf(IRegister.Paper memory p) internal pure returns (bytes32) {
        return keccak256(abi.encode(p.fields, p.key, p.thing, p.outcome, p.reason, p.replaces, p.parents));
    }

    /// @dev The word of the officer with this private key, computed from the standard and not from the contract.
    function approved(uint256 privateKey, uint256 act, bytes32 docType, bytes32 digest, bytes32 terms_, uint64 deadline)
        internal
        view
        returns (IRegister.Approval memory)
    {
        bytes32 kind = keccak256("Approve(uint256 act,bytes32 docType,bytes32 digest,bytes32 terms,uint64 deadline)");
        bytes32 message = keccak256(abi.encode(kind, act, docType, digest, terms_, deadline));
        return IRegister.Approval(deadline, signed(privateKey, message));
    }

    function signed(uint256 privateKey, bytes32 message) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Sanad Register"),
                keccak256("1"),
                block.chainid,
                address(register)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, keccak256(abi.encodePacked(hex"1901", domain, message)));
        return abi.encodePacked(r, s, v);
    }

    function second(uint32 formation, bytes32 docType, IRegister.Paper memory p)
        internal
        view
        returns (IRegister.Approval memory)
    {
        return approved(2000 + formation, 7, docType, p.digest, termsOf(p), uint64(block.timestamp));
    }

    function enter(uint32 formation, bytes32 docType, IRegister.Paper memory p) internal returns (uint256) {
        vm.prank(keyOf(formation));
        return register.enter(docType, p, unapproved());
    }

    function receiptFor(bytes32 thing, bytes32 seizure, bytes32 forensic, bytes32 payment)
        internal
        pure
        returns (IRegister.Paper memory)
    {
        return paper("receipt", thing, 0, list(seizure, forensic, payment));
    }

    function enterReceipt(IRegister.Paper memory p) internal returns (uint256) {
        IRegister.Approval memory approval = second(cell, RECEIPT, p);
        vm.prank(keyOf(cell));
        return register.enter(RECEIPT, p, approval);
    }
}
