"""What was compiled: the ABI and bytecode of the seven contracts, as committed and shipped with the package.

Loading needs neither a compiler nor a checkout. `build` makes these files, `abi` speaks the ABI they hold.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sanad_verifier.errors import EnvironmentFault, InputError

CONTRACTS = ("Consortium", "Custody", "Drawdown", "Formations", "Ledger", "Register", "Titles")


class UnknownContract(InputError):
    """There is no contract of this name."""

    code = "CONTRACT_UNKNOWN"


class ArtifactDamaged(EnvironmentFault):
    """An artefact that ships with the package is missing or unreadable: the installation is broken."""

    code = "ARTIFACT_DAMAGED"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract. `source_digest` is the SHA-256 over all sources it was compiled from."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes
    deployed_bytecode: bytes
    compiler: str
    settings: dict[str, Any]
    source_digest: str


@cache
def load(name: str) -> Artifact:
    """The artefact of contract `name`, one of `CONTRACTS`."""
    if name not in CONTRACTS:
        raise UnknownContract(
            f"there is no such contract; there are {', '.join(CONTRACTS)}", field="contract"
        )
    file = f"artifacts/{name}.json"
    try:
        content = json.loads(files(__package__).joinpath(file).read_text("utf-8"))
        return Artifact(
            name=content["name"],
            abi=tuple(content["abi"]),
            bytecode=bytes.fromhex(content["bytecode"]),
            deployed_bytecode=bytes.fromhex(content["deployedBytecode"]),
            compiler=content["compiler"],
            settings=content["settings"],
            source_digest=content["sourceDigest"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactDamaged(
            "the contract artefact cannot be read; reinstall the package", field=file
        ) from error
