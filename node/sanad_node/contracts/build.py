"""Compiling: do the committed artefacts come from these sources?

Works on a checkout (contracts/, node_modules/, tools/solc/), through py-solc-x and the compiler wrapper. The
result is deterministic, so artefacts are compared byte for byte.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sanad_node.contracts import CONTRACTS
from sanad_verifier.errors import EnvironmentFault, SanadError

EVM_VERSION = "berlin"  # the oldest rules among the engines supported (docs/adr)
OPTIMIZER_RUNS = 10_000
COMPILER = Path("tools/solc/solc")
SOURCES = Path("contracts")
LIBRARIES = Path("node_modules/@openzeppelin")
SETTINGS: dict[str, Any] = {
    "evmVersion": EVM_VERSION,
    "metadata": {
        "appendCBOR": False,
        "bytecodeHash": "none",
    },  # bytecode must not depend on comments and paths
    "optimizer": {"enabled": True, "runs": OPTIMIZER_RUNS},
    "remappings": ["@openzeppelin/=node_modules/@openzeppelin/"],
    "viaIR": True,
}


class NotACheckout(EnvironmentFault):
    """Compiling needs the sources and the compiler, which an installed package does not carry."""

    code = "NOT_A_CHECKOUT"


class CompilationFailed(EnvironmentFault):
    """The compiler refused the sources or could not be run."""

    code = "COMPILATION_FAILED"


class ArtifactsDiffer(SanadError):
    """A committed artefact is not what the sources compile to."""

    code = "ARTIFACTS_DIFFER"


@dataclass(frozen=True, slots=True)
class Compilation:
    """The artefact files by name (`Ledger.json`), as they must stand in the tree."""

    files: dict[str, bytes]


def compile_contracts(root: Path) -> Compilation:
    """Compile the contracts of the checkout at `root`."""
    import solcx  # noqa: PLC0415 - slow to import, and only operators with a checkout compile

    missing = [
        path
        for path in (COMPILER, SOURCES, LIBRARIES, Path("node_modules/solc"))
        if not (root / path).exists()
    ]
    if missing:
        raise NotACheckout(
            "compiling needs a checkout with its npm packages (npm ci); this is missing",
            field=str(missing[0]),
        )
    sources = {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted((root / SOURCES).rglob("*.sol"))
    }
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": {
            **SETTINGS,
            "outputSelection": {
                "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata"]}
            },
        },
    }
    try:
        result = solcx.compile_standard(
            request, base_path=str(root), allow_paths=str(root), solc_binary=(root / COMPILER).resolve()
        )
    except (solcx.exceptions.SolcError, OSError, ValueError) as error:
        raise CompilationFailed(
            "the compiler failed: " + str(error).strip()[:2000], field=str(SOURCES)
        ) from error
    digest = _digest_of(sources)
    return Compilation(
        {
            f"{name}.json": _artifact(name, result["contracts"][f"contracts/{name}.sol"][name], digest)
            for name in CONTRACTS
        }
    )


def write_artifacts(root: Path) -> list[str]:
    """Compile and write the artefacts into the checkout; return the names of those that changed."""
    folder = root / "node/sanad_node/contracts/artifacts"
    changed = []
    for name, content in compile_contracts(root).files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(name)
    return changed


def check_artifacts(root: Path) -> None:
    """Compile and compare with the installed artefacts; raise `ArtifactsDiffer` at the first that differs."""
    with as_file(files("sanad_node.contracts") / "artifacts") as folder:
        for name, content in compile_contracts(root).files.items():
            path = folder / name
            if not path.is_file() or path.read_bytes() != content:
                raise ArtifactsDiffer(
                    "the artefact is not what the sources compile to; run `sanad contracts compile`",
                    field=name,
                )


def _artifact(name: str, compiled: dict[str, Any], source_digest: str) -> bytes:
    metadata = json.loads(compiled["metadata"])
    content = {
        "name": name,
        "abi": compiled["abi"],
        "bytecode": compiled["evm"]["bytecode"]["object"],
        "deployedBytecode": compiled["evm"]["deployedBytecode"]["object"],
        "compiler": metadata["compiler"]["version"],
        "settings": SETTINGS,
        "sourceDigest": source_digest,
    }
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=True).encode() + b"\n"


def _digest_of(sources: dict[str, str]) -> str:
    """SHA-256 over (name, length, text) of every source, in the order of their names."""
    digest = hashlib.sha256()
    for name, text in sorted(sources.items()):
        content = text.encode()
        digest.update(f"{name}\x00{len(content)}\x00".encode() + content)
    return digest.hexdigest()
