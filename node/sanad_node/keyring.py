"""The chain keys a node holds: keystore v3 files, opened only when something must be signed.

The passphrase is 256 random bits made by the machine, so the work factor of the key derivation protects
nothing: the files use the standard's light scrypt parameters and open in milliseconds (docs/adr/0006).
"""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sanad_node.datadir import DataDirectory
from sanad_node.durable import write_file
from sanad_node.signing import Signer
from sanad_verifier.errors import EnvironmentFault, InputError

if TYPE_CHECKING:  # eth-account takes a quarter of a second to import, and most commands sign nothing
    from sanad_node.local_signer import LocalSigner


class KeyNotHeld(InputError):
    """This node does not hold the private key that would have to sign."""

    code = "KEY_NOT_HELD"


class KeyDamaged(EnvironmentFault):
    """A keystore file cannot be opened with this node's passphrase."""

    code = "KEY_DAMAGED"


def _local_signer() -> ModuleType:
    """The module that signs, imported when first needed."""
    return import_module("sanad_node.local_signer")


NAME = re.compile(r"([0-9a-f]{40})\.json")


class Keyring:
    """Keystore files of one data directory, by address."""

    def __init__(self, directory: DataDirectory) -> None:
        self._folder: Path = directory.keys
        self._passphrase = directory.secret("passphrase").hex()
        self._open: dict[bytes, LocalSigner] = {}
        self._addresses: list[bytes] | None = None

    def load(self) -> None:
        """Load what signs: it takes a moment, for which the first act would have to wait."""
        _local_signer()

    def addresses(self) -> list[bytes]:
        """Addresses of all keys held, in order of file name. Nobody but this keyring makes or takes away one while
        its data directory is open.
        """
        if self._addresses is None:
            names = sorted(path.name for path in self._folder.iterdir())
            self._addresses = [bytes.fromhex(m[1]) for name in names if (m := NAME.fullmatch(name))]
        return list(self._addresses)

    def create(self) -> bytes:
        """Make a key, store it durably, and return its address."""
        signer: LocalSigner
        signer, stored = _local_signer().create(self._passphrase)
        write_file(self._folder / f"{signer.address.hex()}.json", stored, mode=0o600)
        self._open[signer.address] = signer
        self._addresses = None
        return signer.address

    def signer(self, address: bytes) -> Signer:
        """The signer for an address; `KeyNotHeld` if its key is elsewhere."""
        if address not in self._open:
            path = self._folder / f"{address.hex()}.json"
            try:
                self._open[address] = _local_signer().unlock(path.read_bytes(), self._passphrase)
            except FileNotFoundError as error:
                raise KeyNotHeld("this node does not hold that key", field="key") from error
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise KeyDamaged("a keystore file cannot be opened", field=path.name) from error
        return self._open[address]
