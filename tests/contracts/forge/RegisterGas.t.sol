// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegister} from "../../../contracts/interfaces/IRegister.sol";
import {AuctionChain} from "./support/AuctionChain.sol";

/// @notice What acts on controlled documents cost, measured as in Gas.t.sol. The log is where an append carries nothing.
/// forge-config: default.isolate = true
contract RegisterGasTest is AuctionChain {
    function setSize(uint256 size) private {
        vm.store(address(ledger), 0, bytes32((uint256(vm.load(address(ledger), 0)) >> 64 << 64) | size));
    }

    function bar(string memory name, uint256 limit) private {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("register", name, gas);
        require(gas <= limit, string.concat(name, " is above its bar"));
    }

    function test_no_act_on_a_controlled_document_costs_more_than_its_bar() public {
        IRegister.Paper memory p = paper("seizure", CAR, 0, none);
        p.fields = keccak256("its fields");
        setSize(1_000_000);
        enter(customs, SEIZURE, p);
        bar("enter without parents", 170_000);
        enter(laboratory, FORENSIC, paper("forensic", CAR, GENUINE, list(p.digest)));
        enter(bank, PAYMENT, paper("payment", 0, 0, none));
        IRegister.Paper memory r = receiptFor(CAR, p.digest, keccak256("forensic"), keccak256("payment"));
        r.fields = p.fields;
        setSize(1_000_000);
        enterReceipt(r);
        bar("enter with three parents and a second officer", 292_000);
        setSize(1_000_000);
        vm.prank(keyOf(customs));
        register.consume(RECEIPT, r.digest, p.fields);
        bar("consume", 90_000);
        IRegister.Approval memory approval =
            approved(2000 + cell, 10, RECEIPT, r.digest, keccak256(abi.encode(cell, REASON)), uint64(block.timestamp));
        setSize(1_000_000);
        vm.prank(keyOf(cell));
        register.withdraw(RECEIPT, r.digest, cell, REASON, approval);
        bar("withdraw with a second officer", 150_000);
    }
}
