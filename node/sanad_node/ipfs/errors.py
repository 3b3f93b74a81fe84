"""The errors of keeping blobs on IPFS. A blob that could not be fetched is never said not to exist: all but the first
say that nothing is known, and that the same may be asked again.
"""

from sanad_verifier.errors import EnvironmentFault, InputError


class IpfsNotSetUp(InputError):
    """No IPFS node is named in the settings (`[ipfs] rpc`)."""

    code = "IPFS_NOT_SET_UP"


class IpfsSettingInvalid(InputError):
    """The address or name of an IPFS node is not one that may be asked."""

    code = "IPFS_SETTING_INVALID"


class IpfsNeverQueued(InputError):
    """Nothing is known of this document's blob on IPFS: it was never queued here, or the record of it is gone."""

    code = "IPFS_NEVER_QUEUED"


class IpfsFault(EnvironmentFault):
    """An IPFS node did not do what it was asked. Nothing was decided; the document may be there all the same."""

    code = "IPFS_FAILED"


class IpfsNotInstalled(IpfsFault):
    """The library that speaks to IPFS nodes is not installed: `pip install 'sanad[ipfs]'`."""

    code = "IPFS_NOT_INSTALLED"


class IpfsUnreachable(IpfsFault):
    """No IPFS node answered at its address."""

    code = "IPFS_UNREACHABLE"


class IpfsTimeout(IpfsFault):
    """The IPFS node did not finish in time. It may not have found the blob yet, or be slow."""

    code = "IPFS_TIMEOUT"


class IpfsFull(IpfsFault):
    """The IPFS node has no room left."""

    code = "IPFS_FULL"


class IpfsRefused(IpfsFault):
    """The IPFS node does not do this: a wrong token, a call it does not allow, or an error of its own."""

    code = "IPFS_REFUSED"


class IpfsAnswerInvalid(IpfsFault):
    """What answered did not answer as an IPFS node does."""

    code = "IPFS_ANSWER_INVALID"


class IpfsAnswerTooLarge(IpfsFault):
    """The answer was longer than what was asked for; the rest was not read."""

    code = "IPFS_ANSWER_TOO_LARGE"


class IpfsContentWrong(IpfsFault):
    """The IPFS node gave bytes that do not have the CID that was asked for: changed, cut short, or another's."""

    code = "IPFS_CONTENT_WRONG"


class IpfsCidDiffers(IpfsFault):
    """The IPFS node put the blob under another CID than the bytes have here. It is not counted as pinned."""

    code = "IPFS_CID_DIFFERS"
