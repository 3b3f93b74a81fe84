// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrawdown} from "../../../../contracts/interfaces/IDrawdown.sol";
import {Network} from "./Network.sol";

/// @notice A bank that opens payment instruments, and a collectorate whose declarations draw them down.
abstract contract Instruments is Network {
    bytes32 internal constant FI = "PSW_FI";
    uint64 internal constant EXPIRY = NOW + 90 days;
    bytes4 internal constant DOLLARS = hex"12555344"; // currency with two decimals, USD
    bytes4 internal constant EUROS = hex"12455552";
    uint256 internal constant TOTAL = 1000;

    uint32 internal bank;
    uint32 internal customs;
    uint40 internal instrument;

    function setUp() public virtual override {
        super.setUp();
        bank = addFormation("SNB-KHI", 0, 0);
        addKey(bank, keyOf(bank), NOW, 0);
        setScope(bank, FI, (1 << 1) | (1 << 3) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 11) | (1 << 15), NOW, 0);
        customs = addOffice("KAPW");
        instrument = open("SNB-IMP-000214", TOTAL, EXPIRY);
    }

    function measured(uint256 amount, bytes4 measure, uint256 last) internal pure returns (uint256) {
        return (amount << 80) | (uint256(uint32(measure)) << 48) | last;
    }

    function open(string memory number, uint256 total, uint64 expiry) internal returns (uint40) {
        vm.prank(keyOf(bank));
        drawdown.open(FI, keccak256(bytes(number)), documentOf(number), measured(total, DOLLARS, expiry));
        return drawdown.instrumentCount();
    }

    function documentOf(string memory number) internal pure returns (bytes32) {
        return keccak256(abi.encode("document", number));
    }

    function declaration(string memory number, uint256 version) internal pure returns (IDrawdown.Declaration memory) {
        bytes32 key = keccak256(bytes(number));
        return IDrawdown.Declaration(GD, key, keccak256(abi.encode(number, version)));
    }

    function draw(IDrawdown.Declaration memory of_, uint256 amount) internal returns (uint256 index) {
        vm.prank(keyOf(customs));
        return drawdown.draw(of_, measured(amount, DOLLARS, instrument));
    }

    function drawRefused(IDrawdown.Declaration memory of_, uint256 amount, bytes memory reason) internal {
        vm.prank(keyOf(customs));
        vm.expectRevert(reason);
        drawdown.draw(of_, measured(amount, DOLLARS, instrument));
    }

    function giveBack(IDrawdown.Declaration memory of_) internal returns (uint256 index) {
        vm.prank(keyOf(customs));
        return drawdown.returnDraw(instrument, of_, customs, 6);
    }

    function giveBackRefused(IDrawdown.Declaration memory of_, bytes memory reason) internal {
        vm.prank(keyOf(customs));
        vm.expectRevert(reason);
        drawdown.returnDraw(instrument, of_, customs, 6);
    }

    function release(IDrawdown.Declaration memory of_) internal returns (uint256 index) {
        vm.prank(keyOf(customs));
        return drawdown.release(of_, customs);
    }

    function cancel(IDrawdown.Declaration memory of_) internal {
        vm.prank(keyOf(customs));
        ledger.revoke(GD, of_.digest, customs, 6);
    }

    function replace(IDrawdown.Declaration memory of_, IDrawdown.Declaration memory by) internal {
        vm.prank(keyOf(customs));
        ledger.supersede(GD, of_.digest, customs, by.digest, 12);
    }

    function drawn() internal view returns (uint256) {
        return drawdown.instrumentOf(instrument).drawn;
    }

    function expired(uint64 at) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IDrawdown.DrawdownExpired.selector, at);
    }

    function overdrawn(uint256 left) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IDrawdown.DrawdownOverdrawn.selector, left);
    }
}
