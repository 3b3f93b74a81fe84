// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {Network} from "./support/Network.sol";

/// @notice What a transaction costs, all included: 21,000, calldata, cold reads, refunds. Every call here runs as a transaction of its own.
/// @dev The worst documents: digests, fields and keys without a zero byte. Sizes are set by writing the ledger's storage.
/// forge-config: default.isolate = true
contract GasTest is Network {
    bytes32 private constant A = keccak256("a document");
    bytes32 private constant B = keccak256("its fields");
    bytes32 private constant C = keccak256("its key");

    uint32 private office;
    uint32 private taker;

    function setUp() public override {
        super.setUp();
        office = addOffice("KHI-PORT");
        taker = addOffice("LHE-DRY");
    }

    function setSize(uint256 size) private {
        vm.store(address(ledger), 0, bytes32((uint256(vm.load(address(ledger), 0)) >> 64 << 64) | size));
        equal(ledger.size(), size, "the size is not where this test writes it");
    }

    function used() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function issueOne(uint256 salt) private returns (uint256) {
        vm.prank(keyOf(office));
        ledger.issue(GD, keccak256(abi.encode(A, salt)), B, C);
        return used();
    }

    function many(uint256 count) private pure returns (ILedger.Document[] memory documents) {
        documents = new ILedger.Document[](count);
        for (uint256 i = 0; i < count; ++i) {
            documents[i] =
                ILedger.Document(keccak256(abi.encode(A, i)), keccak256(abi.encode(B, i)), keccak256(abi.encode(C, i)));
        }
    }

    function bar(string memory name, uint256 gas, uint256 limit) private {
        vm.snapshotValue("sanad", name, gas);
        require(gas <= limit, string.concat(name, " is above its bar"));
    }

    function test_no_act_costs_more_than_its_bar_whatever_the_history() public {
        uint256[2] memory sizes = [uint256(0), 1_000_000];
        string[2] memory when = [" at 0", " at 1000000"];
        for (uint256 i = 0; i < 2; ++i) {
            setSize(sizes[i]);
            bar(string.concat("issue", when[i]), issueOne(i), 50_000);
            setSize(sizes[i]);
            vm.prank(keyOf(office));
            ledger.issueMany(GD, many(100));
            bar(string.concat("issueMany of 100, each", when[i]), used() / 100, 5_000);
            setSize(sizes[i]);
            vm.prank(keyOf(office));
            ledger.issueBatch(GD, A, type(uint32).max, B);
            bar(string.concat("issueBatch", when[i]), used(), 50_000);
            setSize(sizes[i]);
            ledger.checkpoint();
            bar(string.concat("checkpoint", when[i]), used(), 60_000);
            setSize(sizes[i]);
            custodyBars(keccak256(abi.encode("cargo", i)), sizes[i], when[i]);
        }
    }

    function custodyBars(bytes32 cargo, uint256 size, string memory when) private {
        vm.prank(keyOf(office));
        custody.register(cargo, CARGO, terms(0, 1000), A);
        bar(string.concat("register", when), used(), 100_000);
        setSize(size);
        vm.prank(keyOf(office));
        custody.ship(cargo, terms(taker, 1000), A);
        uint256 shipped = used();
        vm.prank(keyOf(taker));
        custody.receiveCustody(cargo, terms(taker, 1000), A);
        vm.snapshotValue("sanad", string.concat("receive", when), used());
        vm.snapshotValue("sanad", string.concat("ship", when), shipped);
        bar(string.concat("ship and receive", when), shipped + used(), 120_000);
        setSize(size);
        uint64 deadline = NOW + 3600;
        bytes memory signature = sign(office, relayDigest("HandOver", cargo, 2, terms(office, 1000), A, deadline));
        vm.prank(keyOf(taker));
        custody.handOver(cargo, 2, terms(office, 1000), A, deadline, signature);
        bar(string.concat("handOver", when), used(), 80_000);
    }

    /// @dev Not bars but facts for docs/explanation/gas.md: what an append costs on average and at worst.
    function test_the_cost_of_an_append_varies_only_with_the_carry() public {
        uint256 sum = 0;
        setSize(1_000_000);
        for (uint256 i = 0; i < 64; ++i) {
            sum += issueOne(i);
        }
        bar("issue, average from 1000000 on", sum / 64, 51_000);
        setSize((1 << 20) - 1);
        bar("issue, worst at 1048575", issueOne(64), 100_000);
        setSize((1 << 20) - 1);
        ledger.checkpoint();
        bar("checkpoint, worst at 1048575", used(), 80_000);
        setSize(1_000_000);
        vm.prank(keyOf(office));
        ledger.issueMany(GD, many(1000));
        bar("issueMany of 1000, each at 1000000", used() / 1000, 5_000);
        vm.prank(keyOf(office));
        ledger.revoke(GD, A, office, REASON);
        bar("revoke at 1000000", used(), 75_000);
    }
}
