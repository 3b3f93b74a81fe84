"""The errors of the vault. Messages name no document: the `field` is its digest, which is public on the
chain.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sanad_verifier.errors import EnvironmentFault, InputError


class VaultMissing(InputError):
    """The vault never kept this document."""

    code = "VAULT_MISSING"


class VaultErased(InputError):
    """The document was kept and then erased on purpose: nobody can bring it back."""

    code = "VAULT_ERASED"


class VaultDigestWrong(InputError):
    """What is to be kept does not have the digest it is to be kept under."""

    code = "VAULT_DIGEST_WRONG"


class VaultTooLarge(InputError):
    """The document, its note or its secret is larger than the vault takes."""

    code = "VAULT_TOO_LARGE"


class VaultSecretDiffers(InputError):
    """The document is kept already, with another secret. Ask for that one: replacing it would orphan
    proofs.
    """

    code = "VAULT_SECRET_DIFFERS"


class VaultCorrupt(EnvironmentFault):
    """What is on the disk is not what was put there."""

    code = "VAULT_CORRUPT"


class VaultKeyWrong(EnvironmentFault):
    """The master key is not the one this vault was made with."""

    code = "VAULT_KEY_WRONG"


class VaultFull(EnvironmentFault):
    """No room is left for the vault. Nothing was acknowledged."""

    code = "VAULT_FULL"


class VaultFault(EnvironmentFault):
    """The disk refused to read or write. Nothing was acknowledged; the call may be repeated."""

    code = "VAULT_UNAVAILABLE"


@contextmanager
def disk_faults(what: str) -> Iterator[None]:
    """Turn the operating system's errors into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise VaultFull("no space is left for the vault", field=what) from error
        why = os.strerror(error.errno) if error.errno else "input or output failed"
        raise VaultFault(f"the vault's disk failed: {why}", field=what) from error
