// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFormations} from "./interfaces/IFormations.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {ITitles} from "./interfaces/ITitles.sol";
import {Kinds} from "./libraries/Kinds.sol";
import {TitleRecord} from "./libraries/TitleRecord.sol";
import {Words} from "./libraries/Words.sol";

/// @title Documents of title: who may claim the goods
/// @dev A title is one word of storage beside the one that its reference has. It is offered or pledged exactly while something is pending.
contract Titles is ITitles {
    using TitleRecord for uint256;

    uint8 private constant MOST_WHY = 3;
    uint256 private constant TO_ORDER = 1;
    uint256 private constant REPLACES = 2;

    address public immutable consortium;
    address public immutable formations;
    address public immutable ledger;

    mapping(bytes32 title => uint256 record) private _records;
    mapping(bytes32 place => bytes32 digest) private _originals;

    constructor(address consortium_, address formations_, address ledger_) {
        consortium = consortium_;
        formations = formations_;
        ledger = ledger_;
    }

    /// @inheritdoc ITitles
    function issue(bytes32 docType, Original calldata original, Terms calldata terms)
        external
        returns (uint256 firstIndex)
    {
        uint32 formation = _authorise(docType, Kinds.REGISTER);
        return _issue(docType, formation, original, terms, 0);
    }

    /// @inheritdoc ITitles
    function reissue(
        bytes32 docType,
        uint32 issuer,
        bytes32 replaced,
        Original calldata original,
        Terms calldata terms,
        uint16 reason
    ) external returns (uint256 firstIndex) {
        uint32 formation = _authorise(docType, Kinds.REGISTER);
        bytes32 title = _titleId(docType, issuer, replaced);
        uint256 record = _in(State.AMENDED, title, docType, issuer);
        _requireStandsFor(formation, issuer);

        // before the new one exists, so that at no moment there are two
        _records[title] = record.turned(uint8(State.REPLACED));
        ILedger(ledger)
            .conclude(
                Kinds.SUPERSEDE, Words.by(msg.sender, formation), docType, replaced, issuer, original.digest, reason
            );
        return _issue(docType, formation, original, terms, replaced);
    }

    /// @inheritdoc ITitles
    function offer(
        uint256 kind,
        bytes32 docType,
        uint32 issuer,
        bytes32 digest,
        uint32 taker,
        uint32 endorsee,
        bytes32 evidence
    ) external returns (uint256 index) {
        // whether the ledger lets it move is asked where it moves, by `accept`
        (uint32 formation, bytes32 title, uint256 record) = _heldBy(docType, issuer, digest);
        _requireFree(record);
        _requireParty(taker);
        if (taker == record.holder()) revert TitlesSelf(taker);
        uint32 next = _entitledAfter(kind, record, formation, taker, endorsee);

        // forge-lint: disable-next-line(unsafe-typecast) -- one of five kinds below 2^8
        _records[title] = record.waiting(uint8(kind), taker, next);
        return _append(kind, formation, docType, digest, _word(issuer, taker, next, 0), evidence);
    }

    /// @inheritdoc ITitles
    function accept(bytes32 docType, uint32 issuer, bytes32 digest, uint32 sequence, bytes32 evidence)
        external
        returns (uint256 index)
    {
        (uint32 formation, bytes32 title, uint256 record) = _asTaker(docType, issuer, digest);
        if (sequence != record.sequence()) revert TitlesWrongSequence(sequence, record.sequence());
        _requireInForce(docType, issuer, digest);

        uint8 kind = record.pending();
        bool toOrder = kind == Kinds.HAND_BACK ? record.toOrderBefore() : record.toOrder() && kind != Kinds.ENDORSE;
        _records[title] = kind == Kinds.HAND_BACK ? record.moved(toOrder) : record.taken(toOrder);
        uint256 word = _word(issuer, record.holder(), record.next(), 0);
        return _append(Kinds.ACCEPT, formation, docType, digest, word, evidence);
    }

    /// @inheritdoc ITitles
    function reject(bytes32 docType, uint32 issuer, bytes32 digest, uint16 reason) external returns (uint256 index) {
        (uint32 formation, bytes32 title, uint256 record) = _asTaker(docType, issuer, digest);
        return _turnDown(Kinds.REJECT, formation, title, record, docType, issuer, digest, record.holder(), reason);
    }

    /// @inheritdoc ITitles
    function retract(bytes32 docType, uint32 issuer, bytes32 digest, uint16 reason) external returns (uint256 index) {
        (uint32 formation, bytes32 title, uint256 record) = _heldBy(docType, issuer, digest);
        _requireOffered(record);
        return _turnDown(Kinds.RETRACT, formation, title, record, docType, issuer, digest, record.other(), reason);
    }

    /// @inheritdoc ITitles
    function sign(bytes32 docType, uint32 issuer, bytes32 digest, bytes32 evidence) external returns (uint256 index) {
        (uint32 formation,,) = _asHolder(docType, issuer, digest);
        return _append(Kinds.SIGN, formation, docType, digest, _word(issuer, 0, 0, 0), evidence);
    }

    /// @inheritdoc ITitles
    function pledge(bytes32 docType, uint32 issuer, bytes32 digest, uint32 pledgee, bytes32 evidence)
        external
        returns (uint256 index)
    {
        (uint32 formation, bytes32 title, uint256 record) = _asHolder(docType, issuer, digest);
        _requireFree(record);
        _requireEntitled(record, formation);
        _requireParty(pledgee);
        if (pledgee == record.holder()) revert TitlesSelf(pledgee);

        _records[title] = record.waiting(uint8(Kinds.PLEDGE), pledgee, 0);
        return _append(Kinds.PLEDGE, formation, docType, digest, _word(issuer, pledgee, 0, 0), evidence);
    }

    /// @inheritdoc ITitles
    function unpledge(bytes32 docType, uint32 issuer, bytes32 digest, bytes32 evidence)
        external
        returns (uint256 index)
    {
        uint32 formation = _authorise(docType, Kinds.HOLD);
        bytes32 title = _titleId(docType, issuer, digest);
        uint256 record = _known(title, docType, issuer);
        if (record.pending() != Kinds.PLEDGE) revert TitlesNotPledged();
        uint32 pledgee = record.other();
        if (!_standsFor(formation, pledgee)) revert TitlesNotThePledgee(formation, pledgee);

        _records[title] = record.settled();
        return _append(Kinds.UNPLEDGE, formation, docType, digest, _word(issuer, pledgee, 0, 0), evidence);
    }

    /// @inheritdoc ITitles
    function surrender(uint256 kind, bytes32 docType, uint32 issuer, bytes32 digest, uint8 why, bytes32 evidence)
        external
        returns (uint256 index)
    {
        (uint32 formation, bytes32 title, uint256 record) = _asHolder(docType, issuer, digest);
        _requireFree(record);
        bool delivery = kind == Kinds.SURRENDER_FOR_DELIVERY;
        if ((!delivery && kind != Kinds.SURRENDER_FOR_AMENDMENT) || why > (delivery ? 0 : MOST_WHY)) {
            revert TitlesWrongAct(kind);
        }
        if (delivery) _requireEntitled(record, formation);

        State state = delivery ? State.SURRENDERED_FOR_DELIVERY : State.SURRENDERED_FOR_AMENDMENT;
        _records[title] = record.turned(uint8(state));
        return _append(kind, formation, docType, digest, _word(issuer, issuer, 0, why), evidence);
    }

    /// @inheritdoc ITitles
    function acceptSurrender(bytes32 docType, uint32 issuer, bytes32 digest, bytes32 evidence)
        external
        returns (uint256 index)
    {
        (uint32 formation, bytes32 title, uint256 record) = _asIssuer(docType, issuer, digest);
        bool delivery = record.state() == uint8(State.SURRENDERED_FOR_DELIVERY);
        _records[title] = record.turned(uint8(delivery ? State.DELIVERED : State.AMENDED));
        return _append(Kinds.SACC, formation, docType, digest, _word(issuer, record.holder(), 0, 0), evidence);
    }

    /// @inheritdoc ITitles
    function rejectSurrender(bytes32 docType, uint32 issuer, bytes32 digest, uint16 reason)
        external
        returns (uint256 index)
    {
        (uint32 formation, bytes32 title, uint256 record) = _asIssuer(docType, issuer, digest);
        if (reason == 0) revert TitlesReasonMissing();
        _records[title] = record.turned(uint8(State.ACTIVE));
        uint256 word = _word(issuer, record.holder(), 0, 0);
        return _append(Kinds.SREJ, formation, docType, digest, word, bytes32(uint256(reason)));
    }

    /// @inheritdoc ITitles
    function titleOf(bytes32 docType, uint32 issuer, bytes32 digest) external view returns (Title memory) {
        uint256 record = _records[_titleId(docType, issuer, digest)];
        bool pledged = record.pending() == Kinds.PLEDGE;
        return Title(
            State(record.state()),
            record.holder(),
            record.beneficiary(),
            pledged ? 0 : record.other(),
            pledged ? 0 : record.pending(),
            record.next(),
            pledged ? record.other() : 0,
            record.toOrder(),
            record.sequence(),
            record.holderBefore()
        );
    }

    /// @inheritdoc ITitles
    function originalOf(bytes32 docType, uint32 issuer, bytes32 key) external view returns (bytes32 digest) {
        return _originals[_titleId(docType, issuer, key)];
    }

    // -- issuing

    /// @dev Takes the reference, makes the title, and puts both entries on the log. `replaced` is zero unless a document is replaced.
    function _issue(
        bytes32 docType,
        uint32 formation,
        Original calldata original,
        Terms calldata terms,
        bytes32 replaced
    ) private returns (uint256 firstIndex) {
        bytes32 digest = original.digest;
        if (digest == 0 || original.key == 0 || digest == replaced) revert TitlesBadDigest();
        _requireParty(terms.holder);
        if (terms.beneficiary != 0) _requireParty(terms.beneficiary);
        else if (!terms.toOrder) revert TitlesBeneficiaryMissing();

        bytes32 title = _titleId(docType, formation, digest);
        if (_records[title] != 0) revert TitlesDuplicate(docType, formation);
        bytes32 place = _titleId(docType, formation, original.key);
        bytes32 present = _originals[place];
        if (present != 0 && present != replaced) revert TitlesDisputed(docType, formation);
        _originals[place] = digest;
        _records[title] = TitleRecord.create(terms.holder, terms.beneficiary, terms.toOrder, uint8(State.ACTIVE));

        uint256 by = Words.by(msg.sender, formation);
        uint256 flags = (terms.toOrder ? TO_ORDER : 0) | (replaced == 0 ? 0 : REPLACES);
        uint256 data = (uint256(terms.holder) << 224) | (uint256(terms.beneficiary) << 192) | (flags << 184);
        uint256[6] memory first =
            [Kinds.ISSUE, by, uint256(docType), uint256(digest), uint256(original.fields), uint256(original.key)];
        uint256[6] memory second = [Kinds.TITLE, by, uint256(docType), uint256(digest), uint256(original.key), data];
        return ILedger(ledger).appendPair(first, second);
    }

    // -- who may

    /// @dev The caller's formation, if it holds the document, and the document is active and in force.
    function _asHolder(bytes32 docType, uint32 issuer, bytes32 digest)
        private
        view
        returns (uint32 formation, bytes32 title, uint256 record)
    {
        (formation, title, record) = _heldBy(docType, issuer, digest);
        _requireInForce(docType, issuer, digest);
    }

    /// @dev The caller's formation, if it holds the document, and the document is active.
    function _heldBy(bytes32 docType, uint32 issuer, bytes32 digest)
        private
        view
        returns (uint32 formation, bytes32 title, uint256 record)
    {
        formation = _authorise(docType, Kinds.SHIP);
        title = _titleId(docType, issuer, digest);
        record = _in(State.ACTIVE, title, docType, issuer);
        if (!_standsFor(formation, record.holder())) revert TitlesNotTheHolder(formation, record.holder());
    }

    /// @dev The caller's formation, if it was offered the document.
    function _asTaker(bytes32 docType, uint32 issuer, bytes32 digest)
        private
        view
        returns (uint32 formation, bytes32 title, uint256 record)
    {
        formation = _authorise(docType, Kinds.RECEIVE);
        title = _titleId(docType, issuer, digest);
        record = _known(title, docType, issuer);
        _requireOffered(record);
        if (!_standsFor(formation, record.other())) revert TitlesNotTheTaker(formation, record.other());
    }

    /// @dev The caller's formation, if it stands for the issuer of a document that was surrendered and not answered.
    function _asIssuer(bytes32 docType, uint32 issuer, bytes32 digest)
        private
        view
        returns (uint32 formation, bytes32 title, uint256 record)
    {
        formation = _authorise(docType, Kinds.REGISTER);
        title = _titleId(docType, issuer, digest);
        record = _known(title, docType, issuer);
        _requireStandsFor(formation, issuer);
        uint8 state = record.state();
        if (state != uint8(State.SURRENDERED_FOR_DELIVERY) && state != uint8(State.SURRENDERED_FOR_AMENDMENT)) {
            revert TitlesWrongState(State(state));
        }
        _requireInForce(docType, issuer, digest);
    }

    /// @dev Who is entitled once an offer is accepted.
    function _entitledAfter(uint256 kind, uint256 record, uint32 formation, uint32 taker, uint32 endorsee)
        private
        view
        returns (uint32 next)
    {
        bool named = kind == Kinds.ENDORSE || kind == Kinds.ENDORSE_TO_ORDER;
        if (named != (endorsee != 0)) revert TitlesBadEndorsee(kind);
        if (named || kind == Kinds.BLANK_ENDORSE) {
            if (!record.toOrder()) revert TitlesNotToOrder();
            _requireEntitled(record, formation);
            if (named) _requireParty(endorsee);
            return endorsee;
        }
        if (kind == Kinds.HAND_BACK) {
            if (taker != record.holderBefore()) revert TitlesNotWhoGaveIt(taker, record.holderBefore());
            return record.beneficiaryBefore();
        }
        if (kind != Kinds.TRANSFER) revert TitlesWrongAct(kind);
        return record.beneficiary();
    }

    function _known(bytes32 title, bytes32 docType, uint32 issuer) private view returns (uint256 record) {
        record = _records[title];
        if (record == 0) revert TitlesUnknown(docType, issuer);
    }

    function _in(State state, bytes32 title, bytes32 docType, uint32 issuer) private view returns (uint256 record) {
        record = _known(title, docType, issuer);
        if (record.state() != uint8(state)) revert TitlesWrongState(State(record.state()));
    }

    function _requireFree(uint256 record) private pure {
        uint8 pending = record.pending();
        if (pending == Kinds.PLEDGE) revert TitlesPledged(record.other());
        if (pending != 0) revert TitlesOffered(record.other());
    }

    function _requireOffered(uint256 record) private pure {
        if (record.pending() == 0 || record.pending() == Kinds.PLEDGE) revert TitlesNotOffered();
    }

    function _requireEntitled(uint256 record, uint32 formation) private view {
        uint32 beneficiary = record.beneficiary();
        if (beneficiary != 0 && beneficiary != record.holder() && !_standsFor(formation, beneficiary)) {
            revert TitlesNotTheBeneficiary(formation, beneficiary);
        }
    }

    function _requireStandsFor(uint32 formation, uint32 issuer) private view {
        if (!_standsFor(formation, issuer)) revert TitlesNotTheIssuer(formation, issuer);
    }

    /// @dev Whether a formation may act as another one. Itself nearly always, which needs no question.
    function _standsFor(uint32 formation, uint32 party) private view returns (bool) {
        return formation == party || IFormations(formations).standsFor(formation, party);
    }

    function _requireParty(uint32 party) private view {
        if (party == 0 || party > IFormations(formations).formationCount()) revert TitlesUnknownParty(party);
    }

    function _requireInForce(bytes32 docType, uint32 issuer, bytes32 digest) private view {
        ILedger.State state = ILedger(ledger).statusOf(issuer, docType, digest).state;
        if (state != ILedger.State.NONE) revert TitlesNotInForce(state);
    }

    function _authorise(bytes32 docType, uint256 act) private view returns (uint32 formation) {
        return IFormations(formations).authorise(msg.sender, docType, act);
    }

    // -- what is written

    function _turnDown(
        uint256 kind,
        uint32 formation,
        bytes32 title,
        uint256 record,
        bytes32 docType,
        uint32 issuer,
        bytes32 digest,
        uint32 other,
        uint16 reason
    ) private returns (uint256 index) {
        if (reason == 0) revert TitlesReasonMissing();
        _records[title] = record.settled();
        return _append(kind, formation, docType, digest, _word(issuer, other, 0, 0), bytes32(uint256(reason)));
    }

    /// @dev The word of an act: bytes 0-3 the issuer, 4-7 the other party, 8-11 who is entitled after it, 12 why it is surrendered.
    function _word(uint32 issuer, uint32 party, uint32 entitled, uint8 why) private pure returns (uint256) {
        return (uint256(issuer) << 224) | (uint256(party) << 192) | (uint256(entitled) << 160) | (uint256(why) << 152);
    }

    function _append(uint256 kind, uint32 formation, bytes32 docType, bytes32 digest, uint256 related, bytes32 data)
        private
        returns (uint256 index)
    {
        return ILedger(ledger).append(kind, Words.by(msg.sender, formation), docType, digest, bytes32(related), data);
    }

    function _titleId(bytes32 docType, uint32 issuer, bytes32 digestOrKey) private pure returns (bytes32 id) {
        return keccak256(abi.encode(docType, issuer, digestOrKey));
    }
}
