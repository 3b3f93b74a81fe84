"""Why a contract refused, in words and as a stable code.

A custom error `LedgerNotTheIssuer` becomes the code `LEDGER_NOT_THE_ISSUER`; a test walks the contracts'
ABIs and fails for an error without a sentence here. Values shown are public chain facts (numbers, times),
never document contents.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sanad_node.contracts.abi import decode_error
from sanad_verifier.entries import Kind
from sanad_verifier.errors import InputError

WORDS: dict[str, str] = {
    "LedgerNotAnAppender": "the calling contract is not recorded by the consortium",
    "LedgerOnlyConsortium": "only the consortium may do this",
    "LedgerBadDigest": "a digest is missing, or a replacement equals the document it replaces",
    "LedgerBadCount": "a batch has 1 to 4,294,967,295 documents",
    "LedgerReasonMissing": "a reason is needed",
    "LedgerNotTheIssuer": "only the issuing formation, its successor or a formation above it may do this",
    "LedgerWrongState": "the document is in a state that this act does not start from",
    "FormationsOnlyConsortium": "only the consortium may do this",
    "FormationsOnlyMember": "only a member of the consortium may do this",
    "FormationsUnknownFormation": "there is no such formation",
    "FormationsDuplicateCode": "another formation has this code",
    "FormationsBadCode": "a formation's code is 1 to 31 characters A-Z, 0-9 and dash",
    "FormationsBadWindow": "the end of a window must be after its beginning",
    "FormationsReasonMissing": "a reason is needed",
    "FormationsKeyTaken": "this key belongs to a formation already",
    "FormationsBadKey": "this address cannot be a key",
    "FormationsBadActs": "the scope names an act that does not exist",
    "FormationsBadType": "a document type's name is A-Z, 0-9 and underscore, at most 31 characters",
    "FormationsNotSuspended": "it is not suspended",
    "FormationsAlreadySuspended": "it is suspended already",
    "FormationsBadSuccession": "a succession names formations that give way, and one to six that take their place",
    "FormationsGaveWay": "the formation has given way to another already, or is to: it does so once, and then takes"
    " over nothing",
    "FormationsBadTime": "the time lies outside what this declaration allows",
    "FormationsUnknownKey": "no formation has this key",
    "FormationsKeyNotYetValid": "the key is not valid yet",
    "FormationsKeyExpired": "the key has expired",
    "FormationsKeySuspended": "the key is suspended",
    "FormationsKeyCompromised": "the key was declared compromised",
    "FormationsNotYetValid": "the formation has no authority yet",
    "FormationsExpired": "the formation's authority has ended",
    "FormationsSuspended": "the formation is suspended",
    "FormationsOutOfScope": "the formation has no authority for this act on this type of document",
    "ConsortiumOnlyFounder": "only the founder may do this, once",
    "ConsortiumAlreadyFounded": "the consortium is founded already",
    "ConsortiumNotFounded": "the consortium is not founded yet",
    "ConsortiumOnlyMember": "only a member of the consortium may do this",
    "ConsortiumOnlyByProposal": "this needs a proposal that enough members approve",
    "ConsortiumBadMember": "this cannot be a member's address or cosigning key",
    "ConsortiumMemberExists": "this address is a member already",
    "ConsortiumUnknownMember": "there is no such member",
    "ConsortiumBadThreshold": "the threshold must be at least 1 and at most the number of members",
    "ConsortiumUnknownProposal": "there is no such proposal",
    "ConsortiumProposalExpired": "the proposal has expired",
    "ConsortiumAlreadyExecuted": "the proposal was carried out already",
    "ConsortiumAlreadyApproved": "this member has approved the proposal already",
    "ConsortiumWrongCall": "this is not the call that was proposed",
    "ConsortiumNotAContract": "there is no contract at this address, or it belongs to another consortium",
    "ConsortiumBadVersion": "versions of the network bundle only grow",
    "CustodyUnknown": "no consignment has this identifier",
    "CustodyExists": "the consignment is under custody already",
    "CustodyBadId": "a consignment needs an identifier",
    "CustodyBadTerms": "the terms of the hand-over are malformed",
    "CustodyReasonMissing": "a reason is needed",
    "CustodyNotTheHolder": "only the present holder may do this",
    "CustodyNotTheTaker": "only the taker named by the holder may do this",
    "CustodySelfHandOver": "a formation cannot take over from itself",
    "CustodyNotInTransit": "nothing is on its way: there is no hand-over to receive, refuse or recall",
    "CustodyInTransit": "the consignment is on its way to a taker already",
    "CustodyOnHold": "the consignment is on hold",
    "CustodyAlreadyHeldBy": "this formation holds it already",
    "CustodyNoHoldBy": "this formation has no hold on it",
    "CustodyOrderMissing": "a court's hold, and the end of a hold that a court ordered, rest on a court order: name it",
    "CustodyOrderUnknown": "no court has entered this order in the register",
    "CustodyOrderNotInForce": "the court order is suspended, superseded or revoked",
    "CustodyOrderOfAnotherCourt": "the hold rests on another court's order: only that court, its successor or a court"
    " above it orders its end",
    "CustodyOrderTooEarly": "the court order was entered before the hold was placed: only a later one ends it",
    "CustodyNotByOrder": "the hold rests on no court order: lift it without one",
    "CustodyUnknownTaker": "the named taker is not a formation",
    "CustodySignatureExpired": "the signature's time has passed",
    "CustodySamePerson": "one person cannot sign for both sides of a hand-over",
    "CustodyBadDevice": "a device is an address of its own: not zero, and no formation's key",
    "CustodyDeviceTaken": "the device is registered already",
    "CustodyUnknownDevice": "no device of this address is registered",
    "CustodyNotYourDevice": "the device is another formation's",
    "CustodyDeviceNotInForce": "the device is not in force now",
    "CustodyBadWindow": "the device's time ends before it begins",
    "CustodyNotSignedByDevice": "the device has not signed these readings of this consignment",
    "CustodyWrongBatch": "the device's batches are taken once and in order; its next one has another number",
    "CustodyBadReadingTime": "the readings lie before the device's last one, or in the future",
    "CustodyBadReadings": "a batch has readings, and a root",
    "CustodyUnknownEntry": "the log has no entry of this number",
    "CustodyBadErrorReason": "an error is that it did not occur, or that its data are incorrect",
    "CustodyWrongSequence": "the signature was given for another hand-over",
    "ConsortiumListsDiffer": "each founding member needs one cosigning key",
    "ConsortiumCosigningKeyTaken": "another member has this cosigning key",
    "ConsortiumForeignContract": "the contract belongs to another consortium",
    "ConsortiumForbiddenTarget": "a proposal may not call this contract",
    "ConsortiumBadRole": "contracts are not recorded under this role",
    "CustodyBadKind": "a kind of consignment has at most 10 characters",
    "CustodyMayNotLift": "only who put the hold, its successor or a formation above it may lift it",
    "FormationsControlledType": "documents of this type are entered in the register: allow `enter` and `withdraw`, not"
    " `issue`, `issue-batch`, `supersede` or `revoke`",
    "FormationsPlainlyIssued": "formations may still issue documents of this type past the register; replace their"
    " scopes first",
    "FormationsOnlyRegister": "only the register may do this",
    "RegisterOnlyConsortium": "only the consortium may do this",
    "RegisterBadPolicy": "the policy cannot be carried out, or rests on a type that has none",
    "RegisterNotControlled": "this type has no policy: its documents are not entered in the register",
    "RegisterBadDigest": "a digest is missing, or a replacement equals the document it replaces",
    "RegisterReasonMissing": "a reason is needed",
    "RegisterOutsideDates": "documents of this type are not entered at this time",
    "RegisterWrongIssuer": "this kind of formation may not enter documents of this type",
    "RegisterExists": "this very document was entered before",
    "RegisterUnknown": "no such document of this type was entered",
    "RegisterNumberMissing": "documents of this type need a number",
    "RegisterThingMissing": "documents of this type name the thing they are about",
    "RegisterBadOutcome": "this outcome has no code",
    "RegisterNumberInUse": "another document of this number is in force",
    "RegisterThingInUse": "another document about this very thing is in force",
    "RegisterParentMissing": "a document that this one has to rest on was not named",
    "RegisterSurplusParents": "more documents were named than this one rests on",
    "RegisterParentUnknown": "the document that this one is to rest on was never entered",
    "RegisterNotInForce": "the document is suspended, superseded or revoked",
    "RegisterParentConsumed": "the document that this one is to rest on was used up already",
    "RegisterParentNotConsumed": "the document that this one is to rest on must have been used up first",
    "RegisterParentOwn": "the document that this one is to rest on must be another formation's",
    "RegisterParentOfOtherThing": "the document that this one is to rest on is about another thing",
    "RegisterParentForbids": "what that document found forbids this one",
    "RegisterApprovalMissing": "a second officer of the formation has to approve this first",
    "RegisterApprovalExpired": "the second officer's approval has lapsed",
    "RegisterSameOfficer": "the second officer must be another one than the first",
    "RegisterApproverElsewhere": "the second officer must be of the same formation",
    "RegisterConsumed": "the document was used up already",
    "RegisterMayNotConsume": "this kind of formation does not use up documents of this type",
    "RegisterNotTheIssuer": "only the issuing formation, its successor or a formation above it may do this",
    "DrawdownBadDigest": "a digest or a number is missing",
    "DrawdownBadAmount": "an amount is zero, or of no currency or unit",
    "DrawdownBadExpiry": "the expiry is not after now",
    "DrawdownReasonMissing": "a reason is needed",
    "DrawdownExists": "the formation has opened this instrument before",
    "DrawdownUnknown": "no instrument of this number was opened",
    "DrawdownWrongMeasure": "the instrument is of another currency or unit",
    "DrawdownExpired": "the instrument has expired: nothing is drawn from it, and it is not amended",
    "DrawdownNotInForce": "the instrument's document is suspended, superseded or revoked",
    "DrawdownDeclarationNotInForce": "the declaration is suspended, superseded or revoked",
    "DrawdownOverdrawn": "the instrument has less left than the declaration draws",
    "DrawdownBelowDrawn": "more has been drawn than the new total",
    "DrawdownDrawnAlready": "this version of the declaration has drawn from the instrument before",
    "DrawdownNotDrawn": "the declaration has drawn nothing from the instrument",
    "DrawdownReturnedAlready": "what the declaration drew went back before",
    "DrawdownNotCancelled": "the declaration is in force: what it drew goes back once it is revoked or superseded",
    "DrawdownReleased": "the goods are out of charge: what was drawn for them stays drawn",
    "DrawdownBadStage": "a declaration is assessed, paid, examined, and passes the gate; out of charge is `release`",
    "DrawdownStagePassed": "this was recorded of the declaration before",
    "DrawdownStageMissing": "what comes before was not recorded: a declaration is assessed, then paid, then out of"
    " charge, and only then passes the gate",
    "DrawdownNotTheIssuer": "only the issuing formation, its successor or a formation above it may do this",
    "TitlesBadDigest": "a digest or reference is missing, or a replacement equals the document it replaces",
    "TitlesDuplicate": "this very bill is under title control already (PINT: DUPE)",
    "TitlesDisputed": "a bill of other contents has this reference (PINT: DISE): the goods would be promised twice",
    "TitlesUnknown": "there is no such bill under title control",
    "TitlesUnknownParty": "the named party is not a formation",
    "TitlesBeneficiaryMissing": "a bill that is not to order names its consignee",
    "TitlesReasonMissing": "a reason is needed",
    "TitlesWrongAct": "there is no such act on a bill",
    "TitlesWrongState": "the bill is in a state that this act does not start from",
    "TitlesNotInForce": "the bill is not in force: it does not move",
    "TitlesNotTheHolder": "only who holds the bill may do this",
    "TitlesNotTheBeneficiary": "the holder is not entitled to the goods: it may hand the bill on, no more",
    "TitlesNotTheTaker": "only the taker named in the offer may do this",
    "TitlesNotThePledgee": "only who has the bill in pledge, its successor or a formation above it may do this",
    "TitlesNotTheIssuer": "only the carrier that issued the bill, its successor or a formation above it may do this",
    "TitlesNotToOrder": "the bill is not to order: it cannot be endorsed",
    "TitlesSelf": "the holder cannot offer or pledge the bill to itself",
    "TitlesBadEndorsee": "an endorsement to a name has an endorsee, another act has none",
    "TitlesNotWhoGaveIt": "a bill is returned to the one who gave it last",
    "TitlesOffered": "the bill is offered to somebody who has not answered",
    "TitlesNotOffered": "the bill is not offered to anybody",
    "TitlesPledged": "the bill is pledged: it neither moves nor is pledged again before the pledgee releases it",
    "TitlesNotPledged": "the bill is not pledged",
    "TitlesWrongSequence": "the bill was offered again since: look at the present offer first",
    "InvalidShortString": "a name kept by a contract is malformed",
    "StringTooLong": "a name kept by a contract is too long",
    "ECDSAInvalidSignature": "the signature is not valid",
    "ECDSAInvalidSignatureLength": "the signature is not valid",
    "ECDSAInvalidSignatureS": "the signature is not valid",
}

TIMES = {"from", "to", "since", "until", "expired", "deadline", "time"}
LAST_SHOWN = 253_402_300_800
"""The year 10000, which no calendar of ours can write."""
MASKED = {"left", "drawn"}
"""Amounts of instruments as the chain has them: they say nothing to a person (`drawdown.accounts` reads them)."""
STATES = {1: "suspended", 2: "superseded", 3: "revoked"}
"""`ILedger.State`; 0 is active."""
TITLE_STATES = {
    1: "with its holder",
    2: "surrendered for delivery",
    3: "surrendered for amendment",
    4: "delivered",
    5: "accepted for amendment",
    6: "replaced",
}
"""`ITitles.State`; 0 is no title."""


class ActRefused(InputError):
    """The contracts refuse the act; `code` says which rule."""

    code = "ACT_REFUSED"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stable code and a sentence."""

    code: str
    message: str

    def error(self, field: str | None = None) -> ActRefused:
        """The refusal as an error to raise."""
        return ActRefused(self.message, code=self.code, field=field)


def refused(code: str | None, message: str | None, *, field: str | None = None) -> ActRefused:
    """The refusal that an act ended with, as an error; `field` is what to correct if the rule does not say."""
    return ActRefused(message or "the act was refused", code=code, field=FIELDS.get(code or "", field))


def refusal_of(revert_data: bytes) -> Refusal:
    """The refusal behind a revert; `ACT_REFUSED` when the data is no custom error of ours."""
    error = decode_error(revert_data)
    if error is None or error.name not in WORDS:
        return Refusal("ACT_REFUSED", "the contract refused the act without a reason that this version knows")
    facts = [
        f"{_NAMES.get(name, name)} {told}"
        for name, value in error.args.items()
        if (told := _shown(name, value))
    ]
    detail = f" ({', '.join(facts)})" if facts else ""
    return Refusal(code_of(error.name), WORDS[error.name] + detail)


def code_of(error_name: str) -> str:
    """`LedgerNotTheIssuer` → `LEDGER_NOT_THE_ISSUER`; an acronym stays together."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", error_name).upper()


MESSAGES = {code_of(name): words for name, words in WORDS.items()}
CODES = frozenset(MESSAGES)
"""Every code that a contract's refusal can have."""
FIELDS = {
    "CONSORTIUM_BAD_THRESHOLD": "K",
    "CONSORTIUM_COSIGNING_KEY_TAKEN": "--cosigning-key",
    "FORMATIONS_BAD_ACTS": "--acts",
    "FORMATIONS_BAD_CODE": "CODE",
    "FORMATIONS_BAD_TYPE": "--type",
    "FORMATIONS_BAD_SUCCESSION": "--by",
    "FORMATIONS_GAVE_WAY": "CODE",
    "FORMATIONS_BAD_WINDOW": "--to",
    "FORMATIONS_DUPLICATE_CODE": "CODE",
    "FORMATIONS_EXPIRED": "--as",
    "FORMATIONS_KEY_TAKEN": "--address",
    "FORMATIONS_NOT_SUSPENDED": "CODE",
    "FORMATIONS_ALREADY_SUSPENDED": "CODE",
    "FORMATIONS_KEY_COMPROMISED": "--as",
    "FORMATIONS_KEY_EXPIRED": "--as",
    "FORMATIONS_KEY_NOT_YET_VALID": "--as",
    "FORMATIONS_KEY_SUSPENDED": "--as",
    "FORMATIONS_NOT_YET_VALID": "--as",
    "FORMATIONS_OUT_OF_SCOPE": "--as",
    "FORMATIONS_SUSPENDED": "--as",
    "FORMATIONS_UNKNOWN_KEY": "--as",
    "CUSTODY_EXISTS": "REFERENCE",
    "CUSTODY_NOT_THE_HOLDER": "--as",
    "CUSTODY_NOT_THE_TAKER": "--as",
    "CUSTODY_SELF_HAND_OVER": "--to",
    "CUSTODY_UNKNOWN_TAKER": "--to",
    "DRAWDOWN_BAD_AMOUNT": "--amount",
    "DRAWDOWN_BAD_STAGE": "--to",
    "DRAWDOWN_STAGE_MISSING": "DECLARATION",
    "DRAWDOWN_STAGE_PASSED": "DECLARATION",
    "DRAWDOWN_BAD_EXPIRY": "--expires",
    "DRAWDOWN_BELOW_DRAWN": "--total",
    "DRAWDOWN_DECLARATION_NOT_IN_FORCE": "DECLARATION",
    "DRAWDOWN_DRAWN_ALREADY": "DECLARATION",
    "DRAWDOWN_EXISTS": "INSTRUMENT",
    "DRAWDOWN_EXPIRED": "INSTRUMENT",
    "DRAWDOWN_NOT_CANCELLED": "DECLARATION",
    "DRAWDOWN_NOT_DRAWN": "DECLARATION",
    "DRAWDOWN_NOT_IN_FORCE": "INSTRUMENT",
    "DRAWDOWN_NOT_THE_ISSUER": "--as",
    "DRAWDOWN_OVERDRAWN": "INSTRUMENT",
    "DRAWDOWN_RELEASED": "DECLARATION",
    "DRAWDOWN_RETURNED_ALREADY": "DECLARATION",
    "DRAWDOWN_WRONG_MEASURE": "INSTRUMENT",
    "FORMATIONS_CONTROLLED_TYPE": "--acts",
    "FORMATIONS_PLAINLY_ISSUED": "--type",
    "LEDGER_BAD_DIGEST": "--by",
    "LEDGER_NOT_THE_ISSUER": "--as",
    "REGISTER_APPROVAL_EXPIRED": "FILE",
    "REGISTER_APPROVAL_MISSING": "FILE",
    "REGISTER_CONSUMED": "ID",
    "REGISTER_EXISTS": "FILE",
    "REGISTER_MAY_NOT_CONSUME": "--as",
    "REGISTER_NOT_THE_ISSUER": "--as",
    "REGISTER_NUMBER_IN_USE": "FILE",
    "REGISTER_PARENT_CONSUMED": "--parent ID",
    "REGISTER_PARENT_FORBIDS": "--parent ID",
    "REGISTER_PARENT_MISSING": "--parent ID",
    "REGISTER_PARENT_NOT_CONSUMED": "--parent ID",
    "REGISTER_PARENT_OF_OTHER_THING": "--parent ID",
    "REGISTER_PARENT_OWN": "--parent ID",
    "REGISTER_PARENT_UNKNOWN": "--parent ID",
    "REGISTER_SURPLUS_PARENTS": "--parent ID",
    "REGISTER_THING_IN_USE": "FILE",
    "REGISTER_WRONG_ISSUER": "--as",
    "TITLES_BAD_ENDORSEE": "--endorsee",
    "TITLES_BENEFICIARY_MISSING": "--beneficiary",
    "TITLES_DISPUTED": "FILE",
    "TITLES_DUPLICATE": "FILE",
    "TITLES_NOT_THE_BENEFICIARY": "--as",
    "TITLES_NOT_THE_HOLDER": "--as",
    "TITLES_NOT_THE_ISSUER": "--as",
    "TITLES_NOT_THE_PLEDGEE": "--as",
    "TITLES_NOT_THE_TAKER": "--as",
    "TITLES_NOT_WHO_GAVE_IT": "--to",
    "TITLES_SELF": "--to",
    "TITLES_UNKNOWN_PARTY": "--to",
    "TITLES_WRONG_SEQUENCE": "--sequence",
}
"""What to correct when a contract refuses, where the rule itself says it."""

_NAMES = {"docType": "type", "parentType": "type", "kind": "act", "index": "entry", "standing": "it is"}


def _shown(name: str, value: object) -> str:
    """A fact of a refusal in words; empty for what says nothing to a person (digests, addresses, zero)."""
    if name in {"docType", "parentType"} and isinstance(value, bytes):
        return value.rstrip(b"\0").decode("ascii", "replace")
    if not isinstance(value, int) or not value or name in MASKED:
        return ""
    if name in TIMES and value < LAST_SHOWN:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if name == "kind" and value in set(Kind):
        return Kind(value).name.lower().replace("_", "-")
    words = {"state": STATES, "standing": TITLE_STATES}.get(name, {})
    return words.get(value, str(value))
