"""Two final blocks at one height: the proof is kept, and nothing goes on until a person has looked.

Each header stands with its seals, so whoever has the file can check that validators sealed both: more than a third of
them have signed two blocks, or the keys of so many are in one hand.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sanad_node.durable import write_file
from sanad_node.engines.base import ConsensusViolation
from sanad_node.engines.consensus import Council
from sanad_verifier.chain import qbft
from sanad_verifier.chain.headers import Header
from sanad_verifier.chain.rlp import encode
from sanad_verifier.chain.validators import Consensus
from sanad_verifier.errors import EvidenceError

PATTERN = "equivocation-*.json"


@dataclass(frozen=True, slots=True)
class Shown:
    """A header that an endpoint showed, and its hash."""

    url: str
    header: Header
    hash: bytes


def keep(folder: Path, kind: Consensus | None, council: Council, shown: tuple[Shown, Shown]) -> Path:
    """Write both headers down, with the validators as this node knows them; returns the file."""
    height = shown[0].header.height
    told = {
        "version": 1,
        "height": height,
        "consensus": "none" if kind is None else kind.value.decode(),
        "validators": [one.hex() for one in council.validators.addresses],
        "blocks": [
            {"url": one.url, "hash": one.hash.hex(), "header": encode(one.header.item()).hex()}
            for one in shown
        ],
    }
    path = folder / f"equivocation-{height}-{min(one.hash for one in shown).hex()[:8]}.json"
    write_file(path, json.dumps(told, indent=2).encode() + b"\n")
    return path


def must_have_none(folder: Path) -> None:
    """Raise `ConsensusViolation` while there is such a file."""
    found = sorted(folder.glob(PATTERN))
    if found:
        raise ConsensusViolation(
            f"two final blocks were shown at one height; both are in {found[0].name}: move that file away once it is "
            "known which chain the network goes on with",
            field="block",
        )


def is_sealed_twin(header: Header, council: Council) -> bool:
    """Whether a header is another block than the final one of its height, sealed by the same validators (QBFT)."""
    try:
        block = qbft.sealed(header)
        qbft.committers(block)
    except EvidenceError:
        return False
    return (
        header.height == council.height
        and block.hash != council.hash
        and block.validators == council.validators
    )
