// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsortium} from "../../../../contracts/interfaces/IConsortium.sol";
import {ICustody} from "../../../../contracts/interfaces/ICustody.sol";
import {IDrawdown} from "../../../../contracts/interfaces/IDrawdown.sol";
import {IFormations} from "../../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../../contracts/interfaces/ILedger.sol";
import {IRegister} from "../../../../contracts/interfaces/IRegister.sol";
import {ITitles} from "../../../../contracts/interfaces/ITitles.sol";
import {Vm} from "./Vm.sol";

/// @notice Creates contracts from their code, so that a test can expect a constructor to refuse.
contract Deployer {
    function create(bytes memory code) public returns (address created) {
        assembly ("memory-safe") {
            created := create(0, add(code, 32), mload(code))
            if iszero(created) {
                let reason := mload(0x40)
                returndatacopy(reason, 0, returndatasize())
                revert(reason, returndatasize())
            }
        }
    }
}

/// @notice A founded network of three members (two decide), and what every test needs to act on it.
/// @dev Tests know the contracts by their interfaces and take their code from the build: so only the contracts, and not
///      the tests, go through the slower compiler pipeline.
abstract contract Network is Deployer {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint64 internal constant NOW = 1_767_225_600; // 2026-01-01
    uint64 internal constant ALL_ACTS = 0xFFFFFFFE;
    bytes32 internal constant GD = "GOODS_DECLARATION";
    bytes32 internal constant CARGO = "CARGO";
    uint16 internal constant REASON = 3;

    address internal founder = vm.addr(1);
    address internal ana = vm.addr(11);
    address internal bilal = vm.addr(12);
    address internal chen = vm.addr(13);
    address internal stranger = vm.addr(99);

    /// @dev The key of formation n is `keyOf(n)`, with private key 1000 + n.
    uint256 private constant KEYS = 1000;

    IConsortium internal consortium;
    IFormations internal formations;
    ILedger internal ledger;
    ICustody internal custody;
    IRegister internal register;
    IDrawdown internal drawdown;
    ITitles internal titles;

    function setUp() public virtual {
        vm.warp(NOW);
        deploy();
        vm.prank(founder);
        consortium.found(
            address(ledger),
            address(formations),
            address(register),
            address(drawdown),
            address(titles),
            address(custody)
        );
    }

    function deploy() internal {
        address[] memory members = new address[](3);
        (members[0], members[1], members[2]) = (ana, bilal, chen);
        vm.startPrank(founder);
        consortium = newConsortium(members, cosigningKeys(3), 2);
        formations = newFormations(consortium);
        ledger = newLedger(consortium, formations);
        register = newRegister(consortium, formations, ledger);
        custody = newCustody(consortium, formations, ledger);
        drawdown = newDrawdown(consortium, formations, ledger);
        titles = newTitles(consortium, formations, ledger);
        vm.stopPrank();
    }

    function consortiumCode(address[] memory members, bytes32[] memory keys, uint256 threshold)
        internal
        view
        returns (bytes memory)
    {
        return bytes.concat(vm.getCode("Consortium.sol:Consortium"), abi.encode(members, keys, threshold));
    }

    function newConsortium(address[] memory members, bytes32[] memory keys, uint256 threshold)
        internal
        returns (IConsortium)
    {
        return IConsortium(create(consortiumCode(members, keys, threshold)));
    }

    function newFormations(IConsortium consortium_) internal returns (IFormations) {
        return IFormations(create(bytes.concat(vm.getCode("Formations.sol:Formations"), abi.encode(consortium_))));
    }

    function newLedger(IConsortium consortium_, IFormations formations_) internal returns (ILedger) {
        return ILedger(create(bytes.concat(vm.getCode("Ledger.sol:Ledger"), abi.encode(consortium_, formations_))));
    }

    /// @dev Court orders are looked up in the present `register`.
    function newCustody(IConsortium consortium_, IFormations formations_, ILedger ledger_) internal returns (ICustody) {
        bytes memory arguments = abi.encode(consortium_, formations_, ledger_, register);
        return ICustody(create(bytes.concat(vm.getCode("Custody.sol:Custody"), arguments)));
    }

    function newRegister(IConsortium consortium_, IFormations formations_, ILedger ledger_)
        internal
        returns (IRegister)
    {
        bytes memory arguments = abi.encode(consortium_, formations_, ledger_);
        return IRegister(create(bytes.concat(vm.getCode("Register.sol:Register"), arguments)));
    }

    function newDrawdown(IConsortium consortium_, IFormations formations_, ILedger ledger_)
        internal
        returns (IDrawdown)
    {
        bytes memory arguments = abi.encode(consortium_, formations_, ledger_);
        return IDrawdown(create(bytes.concat(vm.getCode("Drawdown.sol:Drawdown"), arguments)));
    }

    function newTitles(IConsortium consortium_, IFormations formations_, ILedger ledger_) internal returns (ITitles) {
        bytes memory arguments = abi.encode(consortium_, formations_, ledger_);
        return ITitles(create(bytes.concat(vm.getCode("Titles.sol:Titles"), arguments)));
    }

    function cosigningKeys(uint256 count) internal pure returns (bytes32[] memory keys) {
        keys = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = keccak256(abi.encode("cosigning key", i));
        }
    }

    /// @dev Ana proposes, Bilal's approval carries and executes.
    function decide(address target, bytes memory callData) internal returns (uint256 number) {
        vm.prank(ana);
        number = consortium.propose(target, callData);
        vm.prank(bilal);
        consortium.approve(number, callData);
    }

    /// @dev Expects the decision to be refused by its target with `reason`.
    function decideRefused(address target, bytes memory callData, bytes memory reason) internal {
        vm.prank(ana);
        uint256 number = consortium.propose(target, callData);
        vm.prank(bilal);
        vm.expectRevert(reason);
        consortium.approve(number, callData);
    }

    function addFormation(bytes32 code, uint32 parent, uint32 predecessor) internal returns (uint32) {
        decide(
            address(formations),
            abi.encodeCall(IFormations.addFormation, (code, "CUSTOMS", parent, predecessor, NOW, 0))
        );
        return formations.formationCount();
    }

    /// @dev One takes the place of one.
    function succeed(uint32 predecessor, uint32 successor, uint64 since) internal {
        decide(address(formations), succession(only(predecessor), only(successor), since));
    }

    function succession(uint32[] memory predecessors, uint32[] memory successors, uint64 since)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IFormations.succeed, (predecessors, successors, since));
    }

    function only(uint32 formation) internal pure returns (uint32[] memory list) {
        list = new uint32[](1);
        list[0] = formation;
    }

    function both(uint32 one, uint32 other) internal pure returns (uint32[] memory list) {
        list = new uint32[](2);
        (list[0], list[1]) = (one, other);
    }

    function addKey(uint32 formation, address key, uint64 from, uint64 to) internal {
        addKey(formation, key, "officer", from, to);
    }

    function addKey(uint32 formation, address key, bytes32 officer, uint64 from, uint64 to) internal {
        decide(address(formations), abi.encodeCall(IFormations.addKey, (formation, key, officer, from, to)));
    }

    function setScope(uint32 formation, bytes32 docType, uint64 acts, uint64 from, uint64 to) internal {
        decide(address(formations), abi.encodeCall(IFormations.setScope, (formation, docType, acts, from, to)));
    }

    /// @dev A formation with its key and full scope for goods declarations and cargo.
    function addOffice(bytes32 code) internal returns (uint32 formation) {
        return addOffice(code, 0, 0);
    }

    function addOffice(bytes32 code, uint32 parent, uint32 predecessor) internal returns (uint32 formation) {
        formation = addFormation(code, parent, predecessor);
        addKey(formation, keyOf(formation), 0, NOW, 0); // nobody's by name, so that any two may hand over
        setScope(formation, GD, ALL_ACTS, NOW, 0);
        setScope(formation, CARGO, ALL_ACTS, NOW, 0);
    }

    function keyOf(uint32 formation) internal pure returns (address) {
        return vm.addr(KEYS + formation);
    }

    function sign(uint32 formation, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEYS + formation, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev What the taker signs, computed from the standard and not from the contract.
    function relayDigest(
        string memory act,
        bytes32 consignment,
        uint32 sequence,
        uint256 terms_,
        bytes32 evidence,
        uint64 deadline
    ) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Sanad Custody"),
                keccak256("1"),
                block.chainid,
                address(custody)
            )
        );
        string memory fields = "(bytes32 consignment,uint32 sequence,uint256 terms,bytes32 evidence,uint64 deadline)";
        bytes32 message = keccak256(
            abi.encode(keccak256(bytes(string.concat(act, fields))), consignment, sequence, terms_, evidence, deadline)
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function byWord(address key, uint32 formation) internal pure returns (uint256) {
        return (uint256(uint160(key)) << 96) | formation;
    }

    function terms(uint32 taker, uint64 quantity) internal pure returns (uint256) {
        bytes12 seal = bytes12(keccak256("seal"));
        return (uint256(taker) << 224) | (uint256(uint40(bytes5("PKKHI"))) << 184) | (uint256(1) << 176)
            | (uint256(quantity) << 112) | (uint256(uint96(seal)) << 16);
    }

    function equal(uint256 found, uint256 expected, string memory what) internal pure {
        require(found == expected, what);
    }

    function equal(bytes32 found, bytes32 expected, string memory what) internal pure {
        require(found == expected, what);
    }

    function equal(address found, address expected, string memory what) internal pure {
        require(found == expected, what);
    }

    function equal(bytes memory found, bytes memory expected, string memory what) internal pure {
        require(keccak256(found) == keccak256(expected), what);
    }
}
