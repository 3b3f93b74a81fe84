"""What a chain's node has to be part of, according to the network bundle in its folder."""

from pathlib import Path

from sanad_node.consortium.bundle import NetworkBundle, SignedBundle, read_bundle
from sanad_node.datadir import DataDirectoryDamaged
from sanad_node.engines.sealed import ChainFacts
from sanad_node.engines.wanted import Wanted

BUNDLE = "network-bundle"


def bundle_in(folder: Path) -> SignedBundle:
    """The bundle in an engine's folder."""
    try:
        data = (folder / BUNDLE).read_bytes()
    except OSError as error:
        raise DataDirectoryDamaged("the network bundle cannot be read", field=BUNDLE) from error
    return read_bundle(data)


def wanted(bundle: NetworkBundle) -> Wanted:
    """What the members have agreed on, as far as it concerns the chain."""
    return Wanted(
        genesis=bundle.genesis,
        facts=ChainFacts(bundle.chain_id, bytes.fromhex(bundle.genesis_hash), float(bundle.period)),
        epoch=bundle.epoch,
        peers=tuple(one.enode for one in bundle.nodes),
        validators=tuple(sorted(bytes.fromhex(one.validator) for one in bundle.nodes if one.validator)),
        founding=tuple(bytes.fromhex(raw) for raw in bundle.founding),
        consortium=next(bytes.fromhex(one.address) for one in bundle.contracts if one.role == "Consortium"),
    )


def quiet(bundle: NetworkBundle) -> float:
    """Seconds between two blocks where nothing happens, as far as block 0 says so; else 0."""
    consensus = bundle.genesis.get("config", {}).get("qbft", {})
    return float(consensus.get("emptyblockperiodseconds", 0))
