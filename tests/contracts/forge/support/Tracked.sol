// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IObserving} from "../../../../contracts/interfaces/IObserving.sol";
import {Network} from "./Network.sol";

/// @notice A box with its port and carrier, and the port's device that rides along with it.
abstract contract Tracked is Network {
    bytes32 internal constant BOX = keccak256("a consignment");
    bytes32 internal constant EVIDENCE = keccak256("evidence");
    bytes32 internal constant ROOT = keccak256("readings");
    uint256 internal constant TRACKER = 77;

    uint32 internal port;
    uint32 internal carrier;
    address internal tracker = vm.addr(TRACKER);

    function setUp() public virtual override {
        super.setUp();
        port = addOffice("PORT");
        carrier = addOffice("CARRIER");
        setScope(port, "DEVICE", ALL_ACTS, NOW, 0);
        setScope(carrier, "DEVICE", ALL_ACTS, NOW, 0);
        vm.prank(keyOf(port));
        custody.register(BOX, CARGO, terms(0, 100), EVIDENCE);
        vm.prank(keyOf(port));
        custody.registerDevice(tracker, "serial", NOW, NOW + 10_000);
        vm.warp(NOW + 1000);
    }

    function batch(uint32 sequence, uint64 from, uint64 to) internal pure returns (IObserving.Readings memory) {
        return IObserving.Readings(sequence, 3, from, to, ROOT);
    }

    /// @dev What a device signs, computed from the standard and not from the contract.
    function signed(uint256 key, bytes32 consignment, IObserving.Readings memory readings)
        internal
        view
        returns (bytes memory)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Sanad Custody"),
                keccak256("1"),
                block.chainid,
                address(custody)
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Readings(bytes32 consignment,uint32 sequence,uint32 count,uint64 from,uint64 to,bytes32 root)"
                ),
                consignment,
                readings.sequence,
                readings.count,
                readings.from,
                readings.to,
                readings.root
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
        return abi.encodePacked(r, s, v);
    }

    function take(IObserving.Readings memory readings) internal returns (uint256) {
        bytes memory signature = signed(TRACKER, BOX, readings);
        vm.prank(keyOf(port));
        return custody.observeBatch(BOX, tracker, readings, signature);
    }
}
