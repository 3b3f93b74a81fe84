// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {IObserving} from "./interfaces/IObserving.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {Terms} from "./libraries/Terms.sol";
import {Words} from "./libraries/Words.sol";

/// @title What is seen of cargo between its hand-overs
/// @dev Part of `Custody`, which knows the consignments.
abstract contract Observing is IObserving, EIP712 {
    bytes32 private constant READINGS_TYPE =
        keccak256("Readings(bytes32 consignment,uint32 sequence,uint32 count,uint64 from,uint64 to,bytes32 root)");
    bytes32 private constant DEVICE = "DEVICE";
    /// @dev Seconds by which a device's clock may be ahead of the block's.
    uint256 private constant AHEAD = 300;
    uint16 private constant INCORRECT_DATA = 2;

    address public immutable formations;
    address public immutable ledger;

    mapping(address device => Device) private _devices;

    constructor(address formations_, address ledger_) EIP712("Sanad Custody", "1") {
        formations = formations_;
        ledger = ledger_;
    }

    /// @inheritdoc IObserving
    function observe(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index) {
        bytes32 kind = _kindUnderCustody(consignment);
        if (Terms.taker(terms) != 0 || !Terms.isValid(terms)) revert CustodyBadTerms();
        uint32 formation = _authorise(msg.sender, kind, Kinds.OBSERVE);
        return _append(Kinds.OBSERVE, msg.sender, formation, kind, consignment, terms, evidence);
    }

    /// @inheritdoc IObserving
    function registerDevice(address device, bytes32 serial, uint64 from, uint64 to) external returns (uint256 index) {
        uint32 formation = _authorise(msg.sender, DEVICE, Kinds.DEVICE);
        // what signs by itself must not be able to hand cargo over
        if (device == address(0) || IFormations(formations).keyOf(device).formation != 0) {
            revert CustodyBadDevice(device);
        }
        uint32 taken = _devices[device].formation;
        if (taken != 0) revert CustodyDeviceTaken(device, taken);
        if ((to != 0 && to <= from) || from > type(uint40).max || to > type(uint40).max) {
            revert CustodyBadWindow(from, to);
        }

        _devices[device] = Device(formation, uint40(from), uint40(to), 0, 0);
        bytes32 window = bytes32((uint256(from) << 64) | to);
        return _append(Kinds.DEVICE, msg.sender, formation, DEVICE, _subject(device), uint256(serial), window);
    }

    /// @inheritdoc IObserving
    function closeDevice(address device, uint16 reason) external returns (uint256 index) {
        uint32 formation = _authorise(msg.sender, DEVICE, Kinds.DEVICE);
        if (reason == 0) revert CustodyReasonMissing();
        Device memory known = _known(device);
        if (!IFormations(formations).standsFor(formation, known.formation)) {
            revert CustodyNotYourDevice(device, known.formation);
        }
        if (_hasEnded(known)) revert CustodyDeviceNotInForce(device, known.from, known.to);

        _devices[device].to = uint40(block.timestamp);
        return
            _append(Kinds.DEVICE_CLOSED, msg.sender, formation, DEVICE, _subject(device), 0, bytes32(uint256(reason)));
    }

    /// @inheritdoc IObserving
    function observeBatch(bytes32 consignment, address device, Readings calldata readings, bytes calldata signature)
        external
        returns (uint256 index)
    {
        bytes32 kind = _kindUnderCustody(consignment);
        uint32 formation = _authorise(msg.sender, kind, Kinds.OBSERVE_BATCH);
        _takeReadings(formation, consignment, device, readings, signature);
        bytes32 data = bytes32(
            (uint256(uint160(device)) << 96) | (uint256(readings.sequence) << 64) | (uint256(readings.count) << 32)
        );
        return _append(Kinds.OBSERVE_BATCH, msg.sender, formation, kind, consignment, uint256(readings.root), data);
    }

    /// @inheritdoc IObserving
    function declareError(bytes32 consignment, uint256 index, uint16 reason, bytes32 evidence)
        external
        returns (uint256 declared)
    {
        bytes32 kind = _kindUnderCustody(consignment);
        uint32 formation = _authorise(msg.sender, kind, Kinds.ERROR_DECLARED);
        if (reason == 0 || reason > INCORRECT_DATA) revert CustodyBadErrorReason(reason);
        if (index >= ILedger(ledger).size()) revert CustodyUnknownEntry(index);
        uint256 related = (uint256(reason) << 64) | index;
        return _append(Kinds.ERROR_DECLARED, msg.sender, formation, kind, consignment, related, evidence);
    }

    /// @inheritdoc IObserving
    function deviceOf(address device) external view returns (Device memory) {
        return _devices[device];
    }

    /// @dev The kind of a consignment; reverts if there is none of this identifier.
    function _kindUnderCustody(bytes32 consignment) internal view virtual returns (bytes32);

    function _authorise(address key, bytes32 kind, uint256 act) internal view returns (uint32 formation) {
        return IFormations(formations).authorise(key, kind, act);
    }

    /// @dev Whether `formation` is `original` or has its place. Itself nearly always, which needs no question.
    function _tookOver(uint32 formation, uint32 original) internal view returns (bool) {
        return formation == original || IFormations(formations).tookOver(formation, original);
    }

    function _append(
        uint256 act,
        address key,
        uint32 formation,
        bytes32 docType,
        bytes32 subject,
        uint256 related,
        bytes32 data
    ) internal returns (uint256 index) {
        return ILedger(ledger).append(act, Words.by(key, formation), docType, subject, bytes32(related), data);
    }

    /// @dev Checks a batch of the formation's device, and that it comes next.
    function _takeReadings(
        uint32 formation,
        bytes32 consignment,
        address device,
        Readings calldata readings,
        bytes calldata signature
    ) private {
        Device memory known = _known(device);
        if (!_tookOver(formation, known.formation)) revert CustodyNotYourDevice(device, known.formation);
        if (block.timestamp < known.from || _hasEnded(known)) {
            revert CustodyDeviceNotInForce(device, known.from, known.to);
        }
        if (readings.root == 0 || readings.count == 0) revert CustodyBadReadings();
        if (readings.sequence != known.sequence + 1) revert CustodyWrongBatch(readings.sequence, known.sequence + 1);
        if (
            readings.from <= known.last || readings.from < known.from || readings.to < readings.from
                || readings.to > block.timestamp + AHEAD
        ) revert CustodyBadReadingTime(readings.from, readings.to);
        bytes32 structHash = keccak256(
            abi.encode(
                READINGS_TYPE, consignment, readings.sequence, readings.count, readings.from, readings.to, readings.root
            )
        );
        if (ECDSA.recover(_hashTypedDataV4(structHash), signature) != device) revert CustodyNotSignedByDevice(device);

        _devices[device].sequence = readings.sequence;
        _devices[device].last = uint40(readings.to); // at most AHEAD beyond the block's time
    }

    function _known(address device) private view returns (Device memory known) {
        known = _devices[device];
        if (known.formation == 0) revert CustodyUnknownDevice(device);
    }

    function _hasEnded(Device memory known) private view returns (bool) {
        return known.to != 0 && block.timestamp >= known.to;
    }

    function _subject(address device) private pure returns (bytes32) {
        return bytes32(uint256(uint160(device)));
    }
}
