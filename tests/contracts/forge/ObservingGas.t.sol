// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Tracked} from "./support/Tracked.sol";

/// @notice What is seen of cargo costs this, measured as in Gas.t.sol. The log is where an append carries nothing.
/// forge-config: default.isolate = true
contract ObservingGasTest is Tracked {
    function setSize(uint256 size) private {
        vm.store(address(ledger), 0, bytes32((uint256(vm.load(address(ledger), 0)) >> 64 << 64) | size));
    }

    function bar(string memory name, uint256 limit) private {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("observing", name, gas);
        require(gas <= limit, string.concat(name, " is above its bar"));
    }

    function test_no_sight_of_cargo_costs_more_than_its_bar() public {
        setSize(1_000_000);
        vm.prank(keyOf(carrier));
        custody.observe(BOX, terms(0, 98), EVIDENCE);
        bar("observe", 60_000);
        setSize(1_000_000);
        take(batch(1, NOW, NOW + 900));
        bar("observe a device's first batch", 80_000);
        setSize(1_000_000);
        take(batch(2, NOW + 901, NOW + 950));
        bar("observe a device's batch", 80_000);
        setSize(1_000_000);
        vm.prank(keyOf(port));
        custody.declareError(BOX, 0, 2, EVIDENCE);
        bar("declare an error", 60_000);
    }
}
