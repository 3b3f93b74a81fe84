// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What is seen of cargo between its hand-overs
/// @notice Officers look at it, devices ride along with it, and who recorded something wrong says so. None of it moves custody.
/// @dev `terms` are those of a hand-over with no taker (docs/spec/entry.md). Scope bits asked for: OBSERVE, OBSERVE_BATCH and ERROR_DECLARED on the
///      consignment's kind; DEVICE (also for `closeDevice`) on the type `DEVICE`.
///      A device is a key that signs readings and nothing else; it belongs to one formation for ever. Its batches are numbered from 1 without a
///      gap, and each begins after the last reading of the one before: so none is taken twice, in another order, or with a time set back.
interface IObserving {
    /// @notice What a device signs, as `Readings(bytes32 consignment,uint32 sequence,uint32 count,uint64 from,uint64 to,bytes32 root)`:
    /// `count` readings taken from second `from` to second `to`, under the batch tree `root`.
    struct Readings {
        uint32 sequence;
        uint32 count;
        uint64 from;
        uint64 to;
        bytes32 root;
    }

    /// @notice A device: whose it is, when its batches are taken, the number of its last batch and the time of its last reading.
    struct Device {
        uint32 formation;
        uint40 from;
        uint40 to;
        uint32 sequence;
        uint40 last;
    }

    error CustodyUnknown(bytes32 consignment);
    error CustodyBadTerms();
    error CustodyReasonMissing();
    /// @notice The address cannot be a device: it is zero, or a formation's key.
    error CustodyBadDevice(address device);
    error CustodyDeviceTaken(address device, uint32 formation);
    error CustodyUnknownDevice(address device);
    /// @notice The device is another formation's than the caller's.
    error CustodyNotYourDevice(address device, uint32 formation);
    /// @notice The device's window has not begun, or has ended.
    error CustodyDeviceNotInForce(address device, uint64 from, uint64 to);
    error CustodyBadWindow(uint64 from, uint64 to);
    /// @notice The signature is not the device's over these readings of this consignment.
    error CustodyNotSignedByDevice(address device);
    /// @notice The device's next batch has another number: this one was taken already, or one before it is missing.
    error CustodyWrongBatch(uint32 sequence, uint32 expected);
    /// @notice The readings begin before the device's last one or its window, end before they begin, or lie in the future.
    error CustodyBadReadingTime(uint64 from, uint64 to);
    error CustodyBadReadings();
    /// @notice The log has no entry of this number yet.
    error CustodyUnknownEntry(uint256 index);
    error CustodyBadErrorReason(uint16 reason);

    /// @notice An officer says what they saw of a consignment: how many, in which condition, under which seal.
    function observe(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index);
    /// @notice Lets `device` sign readings for the caller's formation within a window. `serial` is its blinded serial number, or zero.
    function registerDevice(address device, bytes32 serial, uint64 from, uint64 to) external returns (uint256 index);
    /// @notice No batch of the device is taken from now on. For its formation, that formation's successor or one above it.
    function closeDevice(address device, uint16 reason) external returns (uint256 index);
    /// @notice Records a batch of readings that the device has signed; its formation sends it.
    function observeBatch(bytes32 consignment, address device, Readings calldata readings, bytes calldata signature)
        external
        returns (uint256 index);
    /// @notice The caller's formation says that an entry about this consignment is wrong: 1 it did not happen, 2 its data are incorrect.
    /// @dev Entries are not kept here, so the one named is not read. A reader takes a declaration into account if the entry is about
    ///      the same consignment and is of a formation that the declaring one stands for; any other says nothing, and costs only its sender.
    function declareError(bytes32 consignment, uint256 index, uint16 reason, bytes32 evidence)
        external
        returns (uint256 declared);

    function formations() external view returns (address);
    function ledger() external view returns (address);
    function deviceOf(address device) external view returns (Device memory);
}
