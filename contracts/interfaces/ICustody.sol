// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IObserving} from "./IObserving.sol";

/// @title Who holds the cargo
/// @notice Custody moves in two signed halves: the holder ships to a named taker, the taker receives or refuses. It moves on receipt.
/// @dev `terms` packs taker, place, condition, quantity and blinded seal (docs/spec/entry.md); the contract never sees more.
///      Scope bits asked for: REGISTER, SHIP (also for `recall`), RECEIVE (also for `refuse`), HOLD (also for `lift`); who may bring goods into a
///      state may undo it. The scope's type is the consignment's kind, at most 10 characters.
///      Who has taken a formation's place (`IFormations.tookOver`) acts in its stead with what it held or was to receive, and is the holder from then on;
///      a formation above it is not.
///      `sequence` grows by one with every ship, receive, refuse and recall (so by two with a hand-over, which is a ship and a receive): a
///      signature over a sequence is good for one half, once.
///      Where consortium and formation named officers for their keys (`Formations.addKey`), the officer who ships and the one who receives differ.
///      A hold stops `ship` and `handOver`; what was shipped before the hold can still be received, refused or recalled, because somebody must be
///      answerable for goods that are on the road.
///      A hold may rest on a court order: a paper of the type COURT_ORDER that a court has entered in the register. Such a hold is lifted on a later
///      order of that court only. A formation of the kind COURT holds in no other way.
interface ICustody is IObserving {
    enum State {
        NONE,
        HELD_BY_HOLDER,
        IN_TRANSIT
    }

    struct Consignment {
        State state;
        uint32 holder;
        uint32 taker;
        uint32 sequence;
        uint8 holds;
        uint64 quantity;
    }

    error CustodyExists(bytes32 consignment);
    error CustodyBadId();
    /// @notice The kind has more than 10 characters.
    error CustodyBadKind(bytes32 kind);
    /// @notice The caller's formation does not hold the consignment, nor has it taken the place of the one that does.
    error CustodyNotTheHolder(uint32 formation, uint32 holder);
    /// @notice The caller's formation is not the taker named by the holder, nor has it taken that one's place.
    error CustodyNotTheTaker(uint32 formation, uint32 taker);
    /// @notice A formation cannot take over from itself.
    error CustodySelfHandOver(uint32 formation);
    /// @notice The officer who shipped holds the receiving key, too: nobody signs for both sides.
    error CustodySamePerson(bytes8 officer);
    error CustodyNotInTransit(bytes32 consignment);
    error CustodyInTransit(bytes32 consignment, uint32 taker);
    error CustodyOnHold(bytes32 consignment, uint8 holds);
    error CustodyAlreadyHeldBy(uint32 formation);
    error CustodyNoHoldBy(uint32 formation);
    /// @notice The caller's formation is neither the one that placed the hold nor entitled to act for it.
    error CustodyMayNotLift(uint32 formation, uint32 holder);
    /// @notice A court's hold, and its end, rest on a court order; so does the end of any hold by order.
    error CustodyOrderMissing(uint32 formation);
    /// @notice No court has entered this order in the register.
    error CustodyOrderUnknown(bytes32 order);
    /// @notice The order is suspended, superseded or revoked.
    error CustodyOrderNotInForce(bytes32 order);
    /// @notice The order is not of the court (its successor, or a court above it) on whose order the hold rests.
    error CustodyOrderOfAnotherCourt(uint32 court, uint32 ordering);
    /// @notice The order was entered before the hold was placed: it cannot be about it.
    error CustodyOrderTooEarly(uint64 entered, uint64 held);
    /// @notice The hold rests on no court order: `lift` ends it.
    error CustodyNotByOrder(uint32 formation);
    error CustodyUnknownTaker(uint32 taker);
    error CustodySignatureExpired(uint64 deadline);
    /// @notice The sequence signed is not the consignment's present one: signed for another hand-over.
    error CustodyWrongSequence(uint32 signed, uint32 present);

    /// @notice Brings a consignment under custody; the caller's formation is its first holder. `terms` names no taker.
    function register(bytes32 consignment, bytes32 kind, uint256 terms, bytes32 evidence)
        external
        returns (uint256 index);
    /// @notice First half: the holder hands over to the taker named in `terms`.
    function ship(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index);
    /// @notice Second half: the named taker takes over, stating what it found.
    function receiveCustody(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index);
    /// @notice Second half: the named taker declines; the holder stays answerable.
    function refuseCustody(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index);
    /// @notice `receiveCustody` by anyone who brings the taker's EIP-712 signature:
    /// `Receive(bytes32 consignment,uint32 sequence,uint256 terms,bytes32 evidence,uint64 deadline)`.
    function receiveFor(
        bytes32 consignment,
        uint32 sequence,
        uint256 terms,
        bytes32 evidence,
        uint64 deadline,
        bytes calldata signature
    ) external returns (uint256 index);
    /// @notice `refuseCustody` by anyone who brings the taker's EIP-712 signature:
    /// `Refuse(bytes32 consignment,uint32 sequence,uint256 terms,bytes32 evidence,uint64 deadline)`.
    function refuseFor(
        bytes32 consignment,
        uint32 sequence,
        uint256 terms,
        bytes32 evidence,
        uint64 deadline,
        bytes calldata signature
    ) external returns (uint256 index);
    /// @notice Both halves at one place and time: the holder calls, the taker has signed
    /// `HandOver(bytes32 consignment,uint32 sequence,uint256 terms,bytes32 evidence,uint64 deadline)` over the same terms. Appends SHIP and RECEIVE.
    function handOver(
        bytes32 consignment,
        uint32 sequence,
        uint256 terms,
        bytes32 evidence,
        uint64 deadline,
        bytes calldata signature
    ) external returns (uint256 firstIndex);
    /// @notice The holder takes back what the taker has not yet received.
    function recall(bytes32 consignment, uint16 reason) external returns (uint256 index);
    /// @notice A formation in scope (court, seizing formation) forbids moving the consignment. Several may hold it at once.
    function hold(bytes32 consignment, uint16 reason) external returns (uint256 index);
    /// @notice The same on a court order, by the court or whoever carries it out. `order` is the order's digest.
    function holdByOrder(bytes32 consignment, uint16 reason, bytes32 order) external returns (uint256 index);
    /// @notice Lifts the hold of `holder`: by itself, its successor or a formation above it.
    function lift(bytes32 consignment, uint32 holder, uint16 reason) external returns (uint256 index);
    /// @notice Lifts a hold that rests on a court order, on a later order of that court: by who may `lift` it, or by the court.
    function liftByOrder(bytes32 consignment, uint32 holder, uint16 reason, bytes32 order)
        external
        returns (uint256 index);

    function consortium() external view returns (address);
    function orders() external view returns (address);
    function consignmentOf(bytes32 consignment) external view returns (Consignment memory);
    function kindOf(bytes32 consignment) external view returns (bytes32);
    function isHeldBy(bytes32 consignment, uint32 formation) external view returns (bool);
    /// @notice The court on whose order a formation holds the consignment, and the entry of that hold; zeros where it holds on none.
    function orderedHold(bytes32 consignment, uint32 formation) external view returns (uint32 court, uint64 index);
}
