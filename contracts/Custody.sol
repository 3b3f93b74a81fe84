// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ICustody} from "./interfaces/ICustody.sol";
import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {IRegister} from "./interfaces/IRegister.sol";
import {Holding} from "./libraries/Holding.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {Terms} from "./libraries/Terms.sol";
import {Words} from "./libraries/Words.sol";
import {Observing} from "./Observing.sol";

/// @title Who holds the cargo
/// @dev A consignment is one word of storage. It is in transit exactly while it has a taker.
contract Custody is ICustody, Observing {
    using Holding for uint256;

    bytes32 private constant RECEIVE_TYPE =
        keccak256("Receive(bytes32 consignment,uint32 sequence,uint256 terms,bytes32 evidence,uint64 deadline)");
    bytes32 private constant REFUSE_TYPE =
        keccak256("Refuse(bytes32 consignment,uint32 sequence,uint256 terms,bytes32 evidence,uint64 deadline)");
    bytes32 private constant HAND_OVER_TYPE =
        keccak256("HandOver(bytes32 consignment,uint32 sequence,uint256 terms,bytes32 evidence,uint64 deadline)");

    bytes32 private constant COURT_ORDER = "COURT_ORDER";
    bytes8 private constant COURT = "COURT";

    struct Ordered {
        uint32 court;
        uint64 index;
    }

    address public immutable consortium;
    /// @notice The register in which courts enter their orders.
    address public immutable orders;

    mapping(bytes32 consignment => uint256 record) private _records;
    mapping(bytes32 consignment => mapping(uint32 formation => bool)) public isHeldBy;
    /// @dev Who shipped what is in transit, where that officer is known (`Holding.isSentByOfficer`).
    mapping(bytes32 consignment => bytes8 officer) private _sender;

    /// @inheritdoc ICustody
    mapping(bytes32 consignment => mapping(uint32 formation => Ordered)) public orderedHold;

    constructor(address consortium_, address formations_, address ledger_, address register_)
        Observing(formations_, ledger_)
    {
        consortium = consortium_;
        orders = register_;
    }

    /// @inheritdoc ICustody
    function register(bytes32 consignment, bytes32 kind, uint256 terms, bytes32 evidence)
        external
        returns (uint256 index)
    {
        if (consignment == 0) revert CustodyBadId();
        if (_records[consignment] != 0) revert CustodyExists(consignment);
        if (bytes10(kind) != kind) revert CustodyBadKind(kind);
        if (Terms.taker(terms) != 0 || !Terms.isValid(terms)) revert CustodyBadTerms();
        uint32 formation = _authorise(msg.sender, kind, Kinds.REGISTER);

        _records[consignment] = Holding.create(formation, Terms.quantity(terms), bytes10(kind));
        return _append(Kinds.REGISTER, msg.sender, formation, kind, consignment, terms, evidence);
    }

    /// @inheritdoc ICustody
    function ship(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index) {
        uint256 record = _known(consignment);
        uint32 formation = _asShipper(record, consignment, terms);
        uint32 taker = Terms.taker(terms);
        if (taker == 0 || taker > IFormations(formations).formationCount()) revert CustodyUnknownTaker(taker);

        record = record.toward(taker, 1).heldBy(formation, record.quantity());
        bytes8 officer = IFormations(formations).officerOf(msg.sender);
        if (officer != 0) {
            _sender[consignment] = officer;
            record = record.sentByOfficer();
        }
        _records[consignment] = record;
        return _append(Kinds.SHIP, msg.sender, formation, record.kind(), consignment, terms, evidence);
    }

    /// @inheritdoc ICustody
    function receiveCustody(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index) {
        return _receive(_known(consignment), msg.sender, consignment, terms, evidence);
    }

    /// @inheritdoc ICustody
    function refuseCustody(bytes32 consignment, uint256 terms, bytes32 evidence) external returns (uint256 index) {
        return _refuse(_known(consignment), msg.sender, consignment, terms, evidence);
    }

    /// @inheritdoc ICustody
    function receiveFor(
        bytes32 consignment,
        uint32 sequence,
        uint256 terms,
        bytes32 evidence,
        uint64 deadline,
        bytes calldata signature
    ) external returns (uint256 index) {
        uint256 record = _known(consignment);
        _requireCurrent(record, sequence, deadline);
        address signer = _signer(RECEIVE_TYPE, consignment, sequence, terms, evidence, deadline, signature);
        return _receive(record, signer, consignment, terms, evidence);
    }

    /// @inheritdoc ICustody
    function refuseFor(
        bytes32 consignment,
        uint32 sequence,
        uint256 terms,
        bytes32 evidence,
        uint64 deadline,
        bytes calldata signature
    ) external returns (uint256 index) {
        uint256 record = _known(consignment);
        _requireCurrent(record, sequence, deadline);
        address signer = _signer(REFUSE_TYPE, consignment, sequence, terms, evidence, deadline, signature);
        return _refuse(record, signer, consignment, terms, evidence);
    }

    /// @inheritdoc ICustody
    function handOver(
        bytes32 consignment,
        uint32 sequence,
        uint256 terms,
        bytes32 evidence,
        uint64 deadline,
        bytes calldata signature
    ) external returns (uint256 firstIndex) {
        uint256 record = _known(consignment);
        _requireCurrent(record, sequence, deadline);
        uint256 shipper = Words.by(msg.sender, _asShipper(record, consignment, terms));
        address signer = _signer(HAND_OVER_TYPE, consignment, sequence, terms, evidence, deadline, signature);
        uint32 taker = _authorise(signer, record.kind(), Kinds.RECEIVE);
        if (taker != Terms.taker(terms)) revert CustodyNotTheTaker(taker, Terms.taker(terms));
        _requireTwoPeople(IFormations(formations).officerOf(msg.sender), signer);

        _records[consignment] = record.toward(0, 2).heldBy(taker, Terms.quantity(terms));
        return _appendHalves(shipper, Words.by(signer, taker), record.kind(), consignment, terms, evidence);
    }

    /// @inheritdoc ICustody
    function recall(bytes32 consignment, uint16 reason) external returns (uint256 index) {
        uint256 record = _known(consignment);
        if (reason == 0) revert CustodyReasonMissing();
        uint32 formation = _authorise(msg.sender, record.kind(), Kinds.SHIP);
        _requireHolder(record, formation);
        if (record.taker() == 0) revert CustodyNotInTransit(consignment);

        _records[consignment] = record.toward(0, 1).heldBy(formation, record.quantity());
        return _append(Kinds.RECALL, msg.sender, formation, record.kind(), consignment, 0, bytes32(uint256(reason)));
    }

    /// @inheritdoc ICustody
    function hold(bytes32 consignment, uint16 reason) external returns (uint256 index) {
        uint32 formation;
        (formation, index) = _hold(consignment, reason, 0);
        if (IFormations(formations).kindOf(formation) == COURT) revert CustodyOrderMissing(formation);
    }

    /// @inheritdoc ICustody
    function holdByOrder(bytes32 consignment, uint16 reason, bytes32 order) external returns (uint256 index) {
        (uint32 court,) = _orderOf(order);
        uint32 formation;
        (formation, index) = _hold(consignment, reason, order);
        orderedHold[consignment][formation] = Ordered(court, uint64(index));
    }

    /// @inheritdoc ICustody
    function lift(bytes32 consignment, uint32 holder, uint16 reason) external returns (uint256 index) {
        uint256 record = _known(consignment);
        if (reason == 0) revert CustodyReasonMissing();
        uint32 formation = _authorise(msg.sender, record.kind(), Kinds.HOLD);
        if (!isHeldBy[consignment][holder]) revert CustodyNoHoldBy(holder);
        if (orderedHold[consignment][holder].court != 0) revert CustodyOrderMissing(holder);
        if (!IFormations(formations).standsFor(formation, holder)) revert CustodyMayNotLift(formation, holder);

        _release(record, consignment, holder);
        return _append(Kinds.LIFT, msg.sender, formation, record.kind(), consignment, holder, bytes32(uint256(reason)));
    }

    /// @inheritdoc ICustody
    function liftByOrder(bytes32 consignment, uint32 holder, uint16 reason, bytes32 order)
        external
        returns (uint256 index)
    {
        uint256 record = _known(consignment);
        if (reason == 0) revert CustodyReasonMissing();
        uint32 formation = _authorise(msg.sender, record.kind(), Kinds.HOLD);
        if (!isHeldBy[consignment][holder]) revert CustodyNoHoldBy(holder);
        Ordered memory ordered = orderedHold[consignment][holder];
        if (ordered.court == 0) revert CustodyNotByOrder(holder);
        (uint32 court, uint64 entered) = _orderOf(order);
        if (!IFormations(formations).standsFor(court, ordered.court)) {
            revert CustodyOrderOfAnotherCourt(court, ordered.court);
        }
        if (entered <= ordered.index) revert CustodyOrderTooEarly(entered, ordered.index);
        if (
            !IFormations(formations).standsFor(formation, holder)
                && !IFormations(formations).standsFor(formation, ordered.court)
        ) revert CustodyMayNotLift(formation, holder);

        delete orderedHold[consignment][holder];
        _release(record, consignment, holder);
        uint256 related = (uint256(reason) << 32) | holder;
        return _append(Kinds.LIFT, msg.sender, formation, record.kind(), consignment, related, order);
    }

    /// @inheritdoc ICustody
    function consignmentOf(bytes32 consignment) external view returns (Consignment memory) {
        uint256 record = _records[consignment];
        State state = record.holder() == 0 ? State.NONE : record.taker() == 0 ? State.HELD_BY_HOLDER : State.IN_TRANSIT;
        return Consignment(state, record.holder(), record.taker(), record.sequence(), record.holds(), record.quantity());
    }

    /// @inheritdoc ICustody
    function kindOf(bytes32 consignment) external view returns (bytes32) {
        return _records[consignment].kind();
    }

    function _hold(bytes32 consignment, uint16 reason, bytes32 order)
        private
        returns (uint32 formation, uint256 index)
    {
        uint256 record = _known(consignment);
        if (reason == 0) revert CustodyReasonMissing();
        formation = _authorise(msg.sender, record.kind(), Kinds.HOLD);
        if (isHeldBy[consignment][formation]) revert CustodyAlreadyHeldBy(formation);

        isHeldBy[consignment][formation] = true;
        _records[consignment] = record.withHolds(record.holds() + 1); // checked: a 256th hold at one time is refused
        index = _append(
            Kinds.HOLD, msg.sender, formation, record.kind(), consignment, uint256(order), bytes32(uint256(reason))
        );
    }

    function _release(uint256 record, bytes32 consignment, uint32 holder) private {
        isHeldBy[consignment][holder] = false;
        _records[consignment] = record.withHolds(record.holds() - 1);
    }

    /// @dev The court that entered an order, and at which entry; the order is in force.
    function _orderOf(bytes32 order) private view returns (uint32 court, uint64 entered) {
        IRegister.Filing memory filing = IRegister(orders).filingOf(COURT_ORDER, order);
        if (filing.issuer == 0) revert CustodyOrderUnknown(order);
        if (ILedger(ledger).statusOf(filing.issuer, COURT_ORDER, order).state != ILedger.State.NONE) {
            revert CustodyOrderNotInForce(order);
        }
        return (filing.issuer, filing.index);
    }

    function _receive(uint256 record, address key, bytes32 consignment, uint256 terms, bytes32 evidence)
        private
        returns (uint256 index)
    {
        uint32 formation = _asTaker(record, key, consignment, terms);
        if (record.isSentByOfficer()) _requireTwoPeople(_sender[consignment], key);
        _records[consignment] = record.toward(0, 1).heldBy(formation, Terms.quantity(terms));
        return _append(Kinds.RECEIVE, key, formation, record.kind(), consignment, terms, evidence);
    }

    function _refuse(uint256 record, address key, bytes32 consignment, uint256 terms, bytes32 evidence)
        private
        returns (uint256 index)
    {
        uint32 formation = _asTaker(record, key, consignment, terms);
        _records[consignment] = record.toward(0, 1);
        return _append(Kinds.REFUSE, key, formation, record.kind(), consignment, terms, evidence);
    }

    /// @dev The caller's formation, if it may send the consignment off under these terms. The caller checks that the taker exists.
    function _asShipper(uint256 record, bytes32 consignment, uint256 terms) private view returns (uint32 formation) {
        formation = _authorise(msg.sender, record.kind(), Kinds.SHIP);
        _requireHolder(record, formation);
        if (record.taker() != 0) revert CustodyInTransit(consignment, record.taker());
        if (record.holds() != 0) revert CustodyOnHold(consignment, record.holds());
        if (!Terms.isValid(terms)) revert CustodyBadTerms();
        if (Terms.taker(terms) == formation) revert CustodySelfHandOver(formation);
    }

    /// @dev The formation of `key`, if it is the taker the holder named and the terms say so.
    function _asTaker(uint256 record, address key, bytes32 consignment, uint256 terms)
        private
        view
        returns (uint32 formation)
    {
        if (record.taker() == 0) revert CustodyNotInTransit(consignment);
        formation = _authorise(key, record.kind(), Kinds.RECEIVE);
        if (!_tookOver(formation, record.taker())) revert CustodyNotTheTaker(formation, record.taker());
        if (Terms.taker(terms) != formation || !Terms.isValid(terms)) revert CustodyBadTerms();
    }

    function _requireHolder(uint256 record, uint32 formation) private view {
        if (!_tookOver(formation, record.holder())) revert CustodyNotTheHolder(formation, record.holder());
    }

    /// @dev One person at two offices is no hand-over. Where either office named no officer for its key, nothing can be told.
    function _requireTwoPeople(bytes8 sender, address receiver) private view {
        if (sender != 0 && sender == IFormations(formations).officerOf(receiver)) revert CustodySamePerson(sender);
    }

    /// @dev See `Observing`.
    function _kindUnderCustody(bytes32 consignment) internal view override returns (bytes32) {
        return _known(consignment).kind();
    }

    function _known(bytes32 consignment) private view returns (uint256 record) {
        record = _records[consignment];
        if (record.holder() == 0) revert CustodyUnknown(consignment);
    }

    function _requireCurrent(uint256 record, uint32 sequence, uint64 deadline) private view {
        if (block.timestamp > deadline) revert CustodySignatureExpired(deadline);
        if (sequence != record.sequence()) revert CustodyWrongSequence(sequence, record.sequence());
    }

    function _signer(
        bytes32 structType,
        bytes32 consignment,
        uint32 sequence,
        uint256 terms,
        bytes32 evidence,
        uint64 deadline,
        bytes calldata signature
    ) private view returns (address) {
        bytes32 structHash = keccak256(abi.encode(structType, consignment, sequence, terms, evidence, deadline));
        return ECDSA.recover(_hashTypedDataV4(structHash), signature);
    }

    /// @dev SHIP by the one, RECEIVE by the other, in one go.
    function _appendHalves(
        uint256 shipper,
        uint256 receiver,
        bytes32 kind,
        bytes32 consignment,
        uint256 terms,
        bytes32 evidence
    ) private returns (uint256 firstIndex) {
        uint256[6] memory first = [Kinds.SHIP, shipper, uint256(kind), uint256(consignment), terms, uint256(evidence)];
        uint256[6] memory second =
            [Kinds.RECEIVE, receiver, uint256(kind), uint256(consignment), terms, uint256(evidence)];
        return ILedger(ledger).appendPair(first, second);
    }
}
