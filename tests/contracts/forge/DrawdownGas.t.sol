// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrawdown} from "../../../contracts/interfaces/IDrawdown.sol";
import {Instruments} from "./support/Instruments.sol";

/// @notice What draw-downs cost, measured as in Gas.t.sol. The log is where an append carries nothing.
/// forge-config: default.isolate = true
contract DrawdownGasTest is Instruments {
    function setSize(uint256 size) private {
        vm.store(address(ledger), 0, bytes32((uint256(vm.load(address(ledger), 0)) >> 64 << 64) | size));
    }

    function bar(string memory name, uint256 limit) private {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("drawdown", name, gas);
        require(gas <= limit, string.concat(name, " is above its bar"));
    }

    function test_no_act_on_an_instrument_costs_more_than_its_bar() public {
        uint176 masked = type(uint176).max;
        setSize(1_000_000);
        instrument = 2;
        open("SNB-IMP-000215", masked, EXPIRY);
        // the last call is the count's: the act again
        setSize(1_000_000);
        vm.prank(keyOf(bank));
        drawdown.open(FI, keccak256("SNB-IMP-000216"), keccak256("document"), measured(masked, DOLLARS, EXPIRY));
        bar("open", 230_000);
        IDrawdown.Declaration memory of_ = declaration("KAPW-HC-1", 1);
        setSize(1_000_000);
        draw(of_, masked / 3);
        bar("draw", 130_000);
        cancel(of_);
        setSize(1_000_000);
        giveBack(of_);
        bar("return", 90_000);
        setSize(1_000_000);
        release(declaration("KAPW-HC-2", 1));
        bar("release", 100_000);
        setSize(1_000_000);
        vm.prank(keyOf(customs));
        drawdown.advance(declaration("KAPW-HC-3", 1), customs, 1);
        bar("advance", 100_000);
        setSize(1_000_000);
        vm.prank(keyOf(bank));
        drawdown.amend(instrument, keccak256("amended"), masked, uint40(EXPIRY + 1));
        bar("amend", 90_000);
    }
}
