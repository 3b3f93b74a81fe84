// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "./ILedger.sol";

/// @title Payment instruments and quotas, and what declarations have drawn from them
/// @notice An instrument is opened by the formation that issued its document, with a total and an expiry. Declarations draw it down, never
///         below zero. What a declaration drew goes back only once the declaration is cancelled on the ledger, and only while the goods are not
///         out of charge: that closes the way back for ever.
/// @dev Amounts are masked (docs/spec/entry.md): the contract adds and compares them without knowing them. That an amount is the one in the
///      document is what the acting formation answers for, and what whoever has document and network key can check against the log.
///      Scopes: OPEN and AMEND on the instrument's type; DRAW, RETURN and RELEASE (also for `advance`) on the declaration's.
interface IDrawdown {
    /// @notice An instrument as it stands. `issuer` is zero where there is none of this number.
    struct Instrument {
        uint32 issuer;
        uint40 expiry;
        uint32 measure;
        uint256 total;
        uint256 drawn;
        bytes32 docType;
        bytes32 digest;
    }

    /// @notice A declaration: its type, its blinded number, and the digest of the version of it that is meant.
    struct Declaration {
        bytes32 docType;
        bytes32 key;
        bytes32 digest;
    }

    /// @notice A digest or a blinded number is missing.
    error DrawdownBadDigest();
    /// @notice The word of an amount cannot be read back, or the amount is zero.
    error DrawdownBadAmount();
    /// @notice The expiry is not after now.
    error DrawdownBadExpiry(uint64 expired);
    error DrawdownReasonMissing();
    /// @notice The formation has opened an instrument of this type and number before: `instrument` is its number here.
    error DrawdownExists(uint40 instrument);
    error DrawdownUnknown(uint40 instrument);
    /// @notice The instrument counts something else: another currency or unit, or with other decimals.
    error DrawdownWrongMeasure(uint40 instrument);
    /// @notice The instrument expired: nothing is drawn from it, and it is not amended.
    error DrawdownExpired(uint64 expired);
    /// @notice The instrument's document is suspended, superseded or revoked.
    error DrawdownNotInForce(ILedger.State state);
    /// @notice The declaration is suspended, superseded or revoked.
    error DrawdownDeclarationNotInForce(ILedger.State state);
    /// @notice Less is left than is asked for. `left` is masked, as all amounts.
    error DrawdownOverdrawn(uint256 left);
    /// @notice The total would be below what is drawn.
    error DrawdownBelowDrawn(uint256 drawn);
    /// @notice This version of the declaration has drawn from the instrument before; if it was given back, a new version may draw.
    error DrawdownDrawnAlready(uint40 instrument);
    /// @notice The declaration has drawn nothing from the instrument.
    error DrawdownNotDrawn(uint40 instrument);
    /// @notice What the declaration drew went back before.
    error DrawdownReturnedAlready(uint40 instrument);
    /// @notice The declaration is in force: what it drew goes back only once it is revoked or superseded on the ledger.
    error DrawdownNotCancelled(ILedger.State state);
    /// @notice The goods are out of charge, by entry `index`: what was drawn for them stays drawn.
    error DrawdownReleased(uint64 index);
    /// @notice There is no such stage, or it is said by another act: 1 assessed, 2 paid, 3 examined, 5 gate-out; 4, out of charge, by `release`.
    error DrawdownBadStage(uint8 stage);
    /// @notice The declaration has passed this stage before.
    error DrawdownStagePassed(uint8 stage);
    /// @notice The declaration has not passed `stage`, which comes before what is asked for.
    error DrawdownStageMissing(uint8 stage);
    error DrawdownNotTheIssuer(uint32 formation, uint32 issuer);

    /// @notice Opens an instrument with the caller's formation as its issuer. `key` is its blinded number, `digest` its document, `terms` the
    ///         word of an OPEN entry: total, measure, expiry.
    function open(bytes32 docType, bytes32 key, bytes32 digest, uint256 terms) external returns (uint256 index);
    /// @notice Sets another total and expiry, and the document that says so (the same, or the one that superseded it).
    ///         Never below what is drawn, never after expiry.
    function amend(uint40 instrument, bytes32 digest, uint256 total, uint40 expiry) external returns (uint256 index);
    /// @notice Draws for a declaration that the caller's formation issued. `terms` is the word of a DRAW entry: amount, measure, instrument.
    function draw(Declaration calldata declaration, uint256 terms) external returns (uint256 index);
    /// @notice Gives back what a cancelled declaration of `issuer` drew.
    function returnDraw(uint40 instrument, Declaration calldata declaration, uint32 issuer, uint16 reason)
        external
        returns (uint256 index);
    /// @notice A version of a declaration of `issuer` was assessed (1), paid (2) or examined (3), or its goods have passed the gate (5). Each once;
    ///         paid after assessed; all before out of charge, but for the gate, which comes after. An amended version begins again.
    function advance(Declaration calldata declaration, uint32 issuer, uint8 stage) external returns (uint256 index);
    /// @notice The goods of a declaration of `issuer` are out of charge. What its number drew, under whichever version, stays drawn for ever.
    ///         A version of which a stage was said has to be assessed and paid.
    function release(Declaration calldata declaration, uint32 issuer) external returns (uint256 index);

    function consortium() external view returns (address);
    function formations() external view returns (address);
    function ledger() external view returns (address);
    /// @notice How many instruments were opened; they are numbered from 1.
    function instrumentCount() external view returns (uint40);
    function instrumentOf(uint40 instrument) external view returns (Instrument memory);
    /// @notice The number here of an issuer's instrument, zero if it has not opened it.
    function numberOf(uint32 issuer, bytes32 docType, bytes32 key) external view returns (uint40);
    /// @notice What a declaration of `issuer` drew, and whether it is still drawn.
    function drawOf(uint40 instrument, uint32 issuer, Declaration calldata declaration)
        external
        view
        returns (uint256 amount, bool live);
    /// @notice Whether the goods under a declaration's number are out of charge, and by which entry.
    function releaseOf(uint32 issuer, bytes32 docType, bytes32 key) external view returns (bool released, uint64 index);
    /// @notice Whether a version of a declaration has passed a stage; of stages 4 and 5, whether the goods under its number have.
    function hasPassed(uint32 issuer, Declaration calldata declaration, uint8 stage) external view returns (bool);
}
