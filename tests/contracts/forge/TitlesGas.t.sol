// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "../../../contracts/interfaces/ITitles.sol";
import {Shipping} from "./support/Shipping.sol";

/// @notice What acts on documents of title cost, measured as in Gas.t.sol. The log is where an append carries nothing.
/// forge-config: default.isolate = true
contract TitlesGasTest is Shipping {
    function setSize(uint256 size) private {
        vm.store(address(ledger), 0, bytes32((uint256(vm.load(address(ledger), 0)) >> 64 << 64) | size));
    }

    function bar(string memory name, uint256 limit) private {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("titles", name, gas);
        require(gas <= limit, string.concat(name, " is above its bar"));
        setSize(1_000_000);
    }

    function test_no_act_on_a_title_costs_more_than_its_bar() public {
        setSize(1_000_000);
        issueBill();
        bar("issue a bill with its title", 120_000);
        offer(ENDORSE_TO_ORDER, seller, bank, buyer);
        bar("offer an endorsement", 66_000);
        acceptAt(bank, 1);
        bar("accept it", 66_000);
        offer(TRANSFER, bank, buyer, 0);
        bar("offer a transfer", 66_000);
        acceptAt(buyer, 3);
        bar("accept a transfer", 66_000);
        pledge(buyer, rival);
        bar("pledge", 66_000);
        unpledge(rival);
        bar("unpledge", 66_000);
        surrender(FOR_AMENDMENT, buyer);
        bar("surrender", 66_000);
        acceptSurrender();
        bar("accept a surrender", 66_000);
        reissue(OTHER, NUMBER);
        bar("replace a surrendered bill", 160_000);
    }

    function acceptAt(uint32 taker, uint32 sequence) private {
        vm.prank(keyOf(taker));
        titles.accept(BILL, carrier, PAPER, sequence, EVIDENCE);
    }
}
