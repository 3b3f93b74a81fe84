// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "./ILedger.sol";

/// @title Documents of title: who may claim the goods
/// @notice A document of title (a bill of lading) exists once for its issuer and reference. Whoever *holds* it may pass it on; whoever is its *beneficiary* is entitled
///         to the goods. It moves when the named taker accepts. Acts bear the names of the DCSA interoperability standard (PINT 3.0).
/// @dev Words of the entries: docs/spec/entry.md. A title is named by its type, the number of the formation that issued it, and the digest of the document.
///      Scope bits asked for, as in `ICustody`, under the document's type: REGISTER (issue, reissue, answer a surrender), SHIP (everything the holder
///      does), RECEIVE (accept, reject), HOLD (release a pledge). A carrier whose scope allows REGISTER and not ISSUE cannot issue the type past this contract.
///      Who stands for a party (its successor, or a formation above it) may act as that party, as everywhere.
///      A document that the ledger says is suspended, superseded or revoked does not move, and is neither pledged nor surrendered; it can be offered, an offer turned down, and a pledge released.
interface ITitles {
    enum State {
        NONE,
        ACTIVE,
        SURRENDERED_FOR_DELIVERY,
        SURRENDERED_FOR_AMENDMENT,
        /// @notice The surrender for delivery was accepted: the document is spent.
        DELIVERED,
        /// @notice The surrender for amendment was accepted: nothing but a replacement may follow.
        AMENDED,
        REPLACED
    }

    /// @notice The words of a document: its digest, the commitment to its fields (or zero), and its reference, blinded.
    struct Original {
        bytes32 digest;
        bytes32 fields;
        bytes32 key;
    }

    /// @notice Whom a document is issued to: the first holder, who is entitled (0: whoever holds it, only if to order), and whether it can be endorsed.
    struct Terms {
        uint32 holder;
        uint32 beneficiary;
        bool toOrder;
    }

    struct Title {
        State state;
        uint32 holder;
        uint32 beneficiary;
        /// @notice Who was offered the document and has not answered; 0 if nobody.
        uint32 taker;
        /// @notice The kind of the offer; 0 if there is none.
        uint8 offer;
        /// @notice Who would be entitled once the offer is accepted.
        uint32 offered;
        /// @notice To whom it is pledged; 0 if it is not.
        uint32 pledgee;
        bool toOrder;
        uint32 sequence;
        uint32 holderBefore;
    }

    /// @notice A digest or reference is missing, or a replacement equals the document it replaces.
    error TitlesBadDigest();
    /// @notice This very document is under title control already (PINT: DUPE).
    error TitlesDuplicate(bytes32 docType, uint32 issuer);
    /// @notice The reference belongs to a document of other contents (PINT: DISE, a risk of double spending).
    error TitlesDisputed(bytes32 docType, uint32 issuer);
    error TitlesUnknown(bytes32 docType, uint32 issuer);
    error TitlesUnknownParty(uint32 party);
    /// @notice A document to a named party only has a beneficiary from the beginning.
    error TitlesBeneficiaryMissing();
    error TitlesReasonMissing();
    /// @notice The kind given is not one of the acts this function does.
    error TitlesWrongAct(uint256 kind);
    /// @notice The document is in a state this act does not start from.
    error TitlesWrongState(State standing);
    /// @notice The ledger says the document is not in force.
    error TitlesNotInForce(ILedger.State state);
    error TitlesNotTheHolder(uint32 formation, uint32 holder);
    /// @notice The holder is not entitled to the goods: it may hand the document on, not endorse, pledge or surrender it for delivery.
    error TitlesNotTheBeneficiary(uint32 formation, uint32 beneficiary);
    /// @notice The caller's formation is not the taker named in the offer.
    error TitlesNotTheTaker(uint32 formation, uint32 taker);
    /// @notice The caller's formation is neither the pledgee nor entitled to act for it.
    error TitlesNotThePledgee(uint32 formation, uint32 pledgee);
    /// @notice The caller's formation is neither the issuer nor entitled to act for it.
    error TitlesNotTheIssuer(uint32 formation, uint32 issuer);
    /// @notice The document names its consignee and cannot be endorsed.
    error TitlesNotToOrder();
    /// @notice The holder can neither offer nor pledge the document to itself.
    error TitlesSelf(uint32 holder);
    /// @notice This kind of offer has no endorsee, or lacks one.
    error TitlesBadEndorsee(uint256 kind);
    /// @notice Only the one who handed the document over last can be given it back.
    error TitlesNotWhoGaveIt(uint32 taker, uint32 giver);
    /// @notice The document is offered to somebody who has not answered.
    error TitlesOffered(uint32 taker);
    error TitlesNotOffered();
    /// @notice The document is pledged: it neither moves nor is pledged again before the pledgee releases it.
    error TitlesPledged(uint32 pledgee);
    error TitlesNotPledged();
    /// @notice The offer that was answered is not the present one.
    error TitlesWrongSequence(uint32 answered, uint32 present);

    /// @notice Issues a document and puts it under title control, in two entries: ISSUE, then TITLE.
    function issue(bytes32 docType, Original calldata original, Terms calldata terms)
        external
        returns (uint256 firstIndex);

    /// @notice Replaces a document whose surrender for amendment was accepted. Under the same reference it is a reissue, under another one a switch. The old
    ///         one is superseded before the new one exists.
    function reissue(
        bytes32 docType,
        uint32 issuer,
        bytes32 replaced,
        Original calldata original,
        Terms calldata terms,
        uint16 reason
    ) external returns (uint256 firstIndex);

    /// @notice The holder offers the document to `taker`: TRANSFER (possession), ENDORSE, ENDORSE_TO_ORDER, BLANK_ENDORSE (possession and entitlement),
    ///         HAND_BACK (to the one who gave it). Nothing changes until the taker accepts.
    /// @param endorsee Who will be entitled, for ENDORSE and ENDORSE_TO_ORDER; else 0. It need not be the taker: a bank may hold what its client owns.
    function offer(
        uint256 kind,
        bytes32 docType,
        uint32 issuer,
        bytes32 digest,
        uint32 taker,
        uint32 endorsee,
        bytes32 evidence
    ) external returns (uint256 index);

    /// @notice The taker accepts the offer of this sequence, and holds the document.
    function accept(bytes32 docType, uint32 issuer, bytes32 digest, uint32 sequence, bytes32 evidence)
        external
        returns (uint256 index);

    /// @notice The taker turns the offer down.
    function reject(bytes32 docType, uint32 issuer, bytes32 digest, uint16 reason) external returns (uint256 index);

    /// @notice The holder takes back an offer that was not answered.
    function retract(bytes32 docType, uint32 issuer, bytes32 digest, uint16 reason) external returns (uint256 index);

    /// @notice The holder confirms that it holds the document.
    function sign(bytes32 docType, uint32 issuer, bytes32 digest, bytes32 evidence) external returns (uint256 index);

    /// @notice The holder, being entitled, pledges the document.
    function pledge(bytes32 docType, uint32 issuer, bytes32 digest, uint32 pledgee, bytes32 evidence)
        external
        returns (uint256 index);

    /// @notice The pledgee (or who stands for it) lets the document go.
    function unpledge(bytes32 docType, uint32 issuer, bytes32 digest, bytes32 evidence) external returns (uint256 index);

    /// @notice The holder surrenders the document to its issuer: SURRENDER_FOR_DELIVERY (only if entitled) or SURRENDER_FOR_AMENDMENT.
    /// @param why Of an amendment: 1 switch to paper, 2 change of destination, 3 switch of the bill; 0 not stated, and for delivery.
    function surrender(uint256 kind, bytes32 docType, uint32 issuer, bytes32 digest, uint8 why, bytes32 evidence)
        external
        returns (uint256 index);

    /// @notice The issuer accepts the surrender (SACC). That is final.
    function acceptSurrender(bytes32 docType, uint32 issuer, bytes32 digest, bytes32 evidence)
        external
        returns (uint256 index);

    /// @notice The issuer rejects the surrender (SREJ): the document is the holder's again, as before.
    function rejectSurrender(bytes32 docType, uint32 issuer, bytes32 digest, uint16 reason)
        external
        returns (uint256 index);

    function titleOf(bytes32 docType, uint32 issuer, bytes32 digest) external view returns (Title memory);
    /// @notice The document that a reference belongs to, zero if to none.
    function originalOf(bytes32 docType, uint32 issuer, bytes32 key) external view returns (bytes32 digest);
    function consortium() external view returns (address);
    function formations() external view returns (address);
    function ledger() external view returns (address);
}
