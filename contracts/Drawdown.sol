// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrawdown} from "./interfaces/IDrawdown.sol";
import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Drawing} from "./libraries/Drawing.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {Stages} from "./libraries/Stages.sol";
import {Words} from "./libraries/Words.sol";

/// @title Payment instruments and quotas, drawn down by declarations
/// @dev A draw is kept by version of the declaration, so that an amended one may draw anew; a release by its number, so that an amendment after
///      the goods have left opens nothing.
contract Drawdown is IDrawdown {
    using Drawing for uint256;
    using Stages for uint256;

    /// @dev Beside the amount of a draw, so that one that was given back is not taken for none.
    uint256 private constant LIVE = 1;
    uint256 private constant RETURNED = 2;
    uint256 private constant AMOUNT = 8;

    address public immutable consortium;
    address public immutable formations;
    address public immutable ledger;

    uint40 public instrumentCount;
    mapping(uint40 instrument => uint256 record) private _terms;
    mapping(uint40 instrument => uint256 record) private _balances;
    mapping(uint40 instrument => bytes32) private _types;
    mapping(uint40 instrument => bytes32) private _digests;
    mapping(bytes32 place => uint40 instrument) private _numbers;
    mapping(uint40 instrument => mapping(bytes32 version => uint256 record)) private _draws;
    /// @dev One more than the place of the RELEASE entry.
    mapping(bytes32 goods => uint256) private _releases;
    /// @dev By version, so that an amended declaration is assessed anew; that the goods have left, by number.
    mapping(bytes32 versionOrGoods => uint256 record) private _stages;

    constructor(address consortium_, address formations_, address ledger_) {
        consortium = consortium_;
        formations = formations_;
        ledger = ledger_;
    }

    /// @inheritdoc IDrawdown
    function open(bytes32 docType, bytes32 key, bytes32 digest, uint256 terms) external returns (uint256 index) {
        uint32 formation = _authorise(docType, Kinds.OPEN);
        if (key == 0 || digest == 0) revert DrawdownBadDigest();
        if (!terms.isMeasured() || terms.amount() == 0) revert DrawdownBadAmount();
        _requireAhead(terms.last());
        bytes32 place = _place(formation, docType, key);
        if (_numbers[place] != 0) revert DrawdownExists(_numbers[place]);

        uint40 instrument = ++instrumentCount;
        _numbers[place] = instrument;
        _terms[instrument] = Drawing.terms(terms.amount(), terms.last(), formation);
        _balances[instrument] = Drawing.balance(0, terms.measure());
        _types[instrument] = docType;
        _digests[instrument] = digest;
        return _append(Kinds.OPEN, formation, docType, digest, key, terms);
    }

    /// @inheritdoc IDrawdown
    function amend(uint40 instrument, bytes32 digest, uint256 total, uint40 expiry) external returns (uint256 index) {
        uint256 record = _known(instrument);
        bytes32 docType = _types[instrument];
        uint32 formation = _authorise(docType, Kinds.AMEND);
        _requireStandsFor(formation, record.issuer());
        _requireNotExpired(record);
        if (digest == 0) revert DrawdownBadDigest();
        if (total == 0 || total > type(uint176).max) revert DrawdownBadAmount();
        _requireAhead(expiry);
        uint256 drawn = _balances[instrument].drawn();
        if (total < drawn) revert DrawdownBelowDrawn(drawn);

        _terms[instrument] = Drawing.terms(total, expiry, record.issuer());
        _digests[instrument] = digest;
        uint256 data = Drawing.amended(total, instrument, expiry);
        return _append(Kinds.AMEND, formation, docType, digest, 0, data);
    }

    /// @inheritdoc IDrawdown
    function draw(Declaration calldata declaration, uint256 terms) external returns (uint256 index) {
        uint40 instrument = terms.last();
        uint256 record = _known(instrument);
        uint32 formation = _authorise(declaration.docType, Kinds.DRAW);
        _requireNamed(declaration);
        if (!terms.isMeasured() || terms.amount() == 0) revert DrawdownBadAmount();
        _requireNotExpired(record);
        ILedger.State state = _stateOf(record.issuer(), _types[instrument], _digests[instrument]);
        if (state != ILedger.State.NONE) revert DrawdownNotInForce(state);
        _requireInForce(formation, declaration);
        uint256 balance = _balances[instrument];
        if (terms.measure() != balance.measureOf()) revert DrawdownWrongMeasure(instrument);
        bytes32 version = _version(formation, declaration);
        if (_draws[instrument][version] != 0) revert DrawdownDrawnAlready(instrument);
        uint256 left = record.total() - balance.drawn();
        if (terms.amount() > left) revert DrawdownOverdrawn(left);

        _balances[instrument] = Drawing.balance(balance.drawn() + terms.amount(), balance.measureOf());
        _draws[instrument][version] = (terms.amount() << AMOUNT) | LIVE;
        return _append(Kinds.DRAW, formation, declaration.docType, declaration.digest, declaration.key, terms);
    }

    /// @inheritdoc IDrawdown
    function returnDraw(uint40 instrument, Declaration calldata declaration, uint32 issuer, uint16 reason)
        external
        returns (uint256 index)
    {
        _known(instrument);
        uint32 formation = _authorise(declaration.docType, Kinds.RETURN);
        _requireStandsFor(formation, issuer);
        if (reason == 0) revert DrawdownReasonMissing();
        bytes32 version = _version(issuer, declaration);
        uint256 drawn = _draws[instrument][version];
        if (drawn == 0) revert DrawdownNotDrawn(instrument);
        if (uint8(drawn) == RETURNED) revert DrawdownReturnedAlready(instrument);
        _requireNotReleased(issuer, declaration);
        ILedger.State state = _stateOf(issuer, declaration.docType, declaration.digest);
        if (state != ILedger.State.REVOKED && state != ILedger.State.SUPERSEDED) revert DrawdownNotCancelled(state);

        uint256 amount = drawn >> AMOUNT;
        uint256 balance = _balances[instrument];
        _balances[instrument] = Drawing.balance(balance.drawn() - amount, balance.measureOf());
        _draws[instrument][version] = (amount << AMOUNT) | RETURNED;
        uint256 data = Drawing.returned(amount, reason, instrument);
        return _append(Kinds.RETURN, formation, declaration.docType, declaration.digest, declaration.key, data);
    }

    /// @inheritdoc IDrawdown
    function release(Declaration calldata declaration, uint32 issuer) external returns (uint256 index) {
        uint32 formation = _authorise(declaration.docType, Kinds.RELEASE);
        _requireStandsFor(formation, issuer);
        _requireNamed(declaration);
        _requireNotReleased(issuer, declaration);
        _requireInForce(issuer, declaration);
        uint256 done = _stages[_version(issuer, declaration)];
        if (done != 0) {
            _requireDone(done, Stages.ASSESSED);
            _requireDone(done, Stages.PAID);
        }

        index = _append(Kinds.RELEASE, formation, declaration.docType, declaration.digest, declaration.key, issuer);
        _releases[_place(issuer, declaration.docType, declaration.key)] = index + 1;
    }

    /// @inheritdoc IDrawdown
    function advance(Declaration calldata declaration, uint32 issuer, uint8 stage) external returns (uint256 index) {
        uint32 formation = _authorise(declaration.docType, Kinds.RELEASE);
        _requireStandsFor(formation, issuer);
        _requireNamed(declaration);
        _requireInForce(issuer, declaration);
        bytes32 place = _place(issuer, declaration.docType, declaration.key);
        bool leaves = stage == Stages.GATE_OUT;
        if (leaves) {
            if (_releases[place] == 0) revert DrawdownStageMissing(Stages.OUT_OF_CHARGE);
        } else {
            if (stage == 0 || stage > Stages.EXAMINED) revert DrawdownBadStage(stage);
            _requireNotReleased(issuer, declaration);
            place = _version(issuer, declaration);
            if (stage == Stages.PAID) _requireDone(_stages[place], Stages.ASSESSED);
        }
        uint256 done = _stages[place];
        if (done.has(stage)) revert DrawdownStagePassed(stage);

        _stages[place] = done.with(stage);
        uint256 data = (uint256(stage) << 32) | issuer;
        return _append(Kinds.STAGE, formation, declaration.docType, declaration.digest, declaration.key, data);
    }

    /// @inheritdoc IDrawdown
    function hasPassed(uint32 issuer, Declaration calldata declaration, uint8 stage) external view returns (bool) {
        bytes32 place = _place(issuer, declaration.docType, declaration.key);
        if (stage == Stages.OUT_OF_CHARGE) return _releases[place] != 0;
        return _stages[stage == Stages.GATE_OUT ? place : _version(issuer, declaration)].has(stage);
    }

    /// @inheritdoc IDrawdown
    function instrumentOf(uint40 instrument) external view returns (Instrument memory) {
        uint256 record = _terms[instrument];
        uint256 balance = _balances[instrument];
        return Instrument(
            record.issuer(),
            record.expiry(),
            balance.measureOf(),
            record.total(),
            balance.drawn(),
            _types[instrument],
            _digests[instrument]
        );
    }

    /// @inheritdoc IDrawdown
    function numberOf(uint32 issuer, bytes32 docType, bytes32 key) external view returns (uint40) {
        return _numbers[_place(issuer, docType, key)];
    }

    /// @inheritdoc IDrawdown
    function drawOf(uint40 instrument, uint32 issuer, Declaration calldata declaration)
        external
        view
        returns (uint256 amount, bool live)
    {
        uint256 drawn = _draws[instrument][_version(issuer, declaration)];
        return (drawn >> AMOUNT, uint8(drawn) == LIVE);
    }

    /// @inheritdoc IDrawdown
    function releaseOf(uint32 issuer, bytes32 docType, bytes32 key)
        external
        view
        returns (bool released, uint64 index)
    {
        uint256 place = _releases[_place(issuer, docType, key)];
        return (place != 0, place == 0 ? 0 : uint64(place - 1));
    }

    // -- what has to hold

    function _known(uint40 instrument) private view returns (uint256 record) {
        record = _terms[instrument];
        if (record == 0) revert DrawdownUnknown(instrument);
    }

    function _requireAhead(uint40 expiry) private view {
        if (expiry <= block.timestamp) revert DrawdownBadExpiry(expiry);
    }

    function _requireNotExpired(uint256 record) private view {
        if (block.timestamp >= record.expiry()) revert DrawdownExpired(record.expiry());
    }

    function _requireNamed(Declaration calldata declaration) private pure {
        if (declaration.key == 0 || declaration.digest == 0) revert DrawdownBadDigest();
    }

    function _requireInForce(uint32 issuer, Declaration calldata declaration) private view {
        ILedger.State state = _stateOf(issuer, declaration.docType, declaration.digest);
        if (state != ILedger.State.NONE) revert DrawdownDeclarationNotInForce(state);
    }

    function _requireNotReleased(uint32 issuer, Declaration calldata declaration) private view {
        uint256 place = _releases[_place(issuer, declaration.docType, declaration.key)];
        if (place != 0) revert DrawdownReleased(uint64(place - 1));
    }

    function _requireDone(uint256 done, uint8 stage) private pure {
        if (!done.has(stage)) revert DrawdownStageMissing(stage);
    }

    function _requireStandsFor(uint32 formation, uint32 issuer) private view {
        if (!IFormations(formations).standsFor(formation, issuer)) revert DrawdownNotTheIssuer(formation, issuer);
    }

    // -- places and words

    /// @dev Where a numbered document of an issuer is kept: an instrument, or the goods of a declaration.
    function _place(uint32 issuer, bytes32 docType, bytes32 key) private pure returns (bytes32) {
        return keccak256(abi.encode(issuer, docType, key));
    }

    function _version(uint32 issuer, Declaration calldata declaration) private pure returns (bytes32) {
        return keccak256(abi.encode(issuer, declaration.docType, declaration.key, declaration.digest));
    }

    function _stateOf(uint32 issuer, bytes32 docType, bytes32 digest) private view returns (ILedger.State) {
        return ILedger(ledger).statusOf(issuer, docType, digest).state;
    }

    function _authorise(bytes32 docType, uint256 act) private view returns (uint32 formation) {
        return IFormations(formations).authorise(msg.sender, docType, act);
    }

    function _append(uint256 kind, uint32 formation, bytes32 docType, bytes32 subject, bytes32 related, uint256 data)
        private
        returns (uint256 index)
    {
        return ILedger(ledger).append(kind, Words.by(msg.sender, formation), docType, subject, related, bytes32(data));
    }
}
