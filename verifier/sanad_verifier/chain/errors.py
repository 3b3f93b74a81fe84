"""Why a chain proof does not prove what it should."""

from sanad_verifier.errors import EvidenceError


class ChainProofInvalid(EvidenceError):
    """Bytes that are no chain proof in their one encoding, or whose parts do not fit each other."""

    code = "CHAIN_PROOF_INVALID"


class SealsMissing(EvidenceError):
    """Too few validators of the trusted set have sealed the block, or the blocks after it."""

    code = "SEALS_MISSING"


class ValidatorsUnknown(EvidenceError):
    """The block was sealed by a set of validators that does not follow from the trusted one."""

    code = "VALIDATORS_UNKNOWN"
