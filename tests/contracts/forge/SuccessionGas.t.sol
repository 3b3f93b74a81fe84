// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Network} from "./support/Network.sol";

/// @notice What a succession costs, and what acting for a predecessor costs more than acting for oneself. Measured as in Gas.t.sol; a decision of two members,
///         so the approval that carries it out is measured. The log is where an append carries nothing.
/// forge-config: default.isolate = true
contract SuccessionGasTest is Network {
    bytes32 private constant A = keccak256("a document");

    function setSize() private {
        vm.store(address(ledger), 0, bytes32((uint256(vm.load(address(ledger), 0)) >> 64 << 64) | 1_000_000));
    }

    function bar(string memory name, uint256 limit) private {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("succession", name, gas);
        require(gas <= limit, string.concat(name, " is above its bar"));
        setSize();
    }

    function test_no_act_of_a_successor_costs_more_than_its_bar() public {
        uint32 one = addOffice("ONE");
        uint32 two = addOffice("TWO");
        uint32 merged = addOffice("MERGED");
        uint32 renamed = addOffice("RENAMED");
        setSize();
        decide(address(formations), succession(both(one, two), only(merged), 0));
        bar("merge two offices", 330_000);
        decide(address(formations), succession(only(merged), only(renamed), 0));
        bar("rename an office", 220_000);
        vm.prank(keyOf(renamed));
        ledger.revoke(GD, A, renamed, REASON);
        bar("revoke one's own", 90_000);
        vm.prank(keyOf(renamed));
        ledger.revoke(GD, A, one, REASON);
        bar("revoke for an office two successions back", 105_000);
    }
}
