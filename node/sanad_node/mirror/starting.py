"""Making a data directory that follows a mirror: for a partner that runs no chain node.

Its secrets are its own. Whom it believes is given once, by hand; where the mirrors are decides nothing, since none of
them is believed. As with a founding, it is made beside the final place and moved there whole.
"""

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from sanad_node.datadir import DataDirectory, DataDirectoryExists
from sanad_node.durable import flush_folder
from sanad_node.engines.mirror import MIRROR
from sanad_node.mirror.knowledge import FETCHED, HEADS, Knowledge, believed
from sanad_node.network import ContractAt, Network
from sanad_node.service_address import must_be_address
from sanad_verifier.errors import InputError
from sanad_verifier.roots import Root, RootUnfit, is_root, verify_next, verify_root
from sanad_verifier.trust import Trust, parse_trust


class TrustDiffers(InputError):
    """The trust file is of another network than the one that this node follows."""

    code = "TRUST_DIFFERS"


def start(path: Path, places: Sequence[str], trust: bytes) -> Network:
    """Make a data directory at `path` that follows a network's log from these mirrors, believing this trust file or
    trust root. Nothing is fetched yet. Raises the errors of a trust that is none.
    """
    told, root = believed(trust)
    sources = as_sources(places)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataDirectoryExists("the folder is not empty; choose another", field="--data")
    path.parent.mkdir(parents=True, exist_ok=True)
    workshop = path.with_name(f".{path.name}.{secrets.token_hex(4)}.starting")
    try:
        directory = DataDirectory.create(workshop)
        for folder in (HEADS, FETCHED):
            (directory.mirror / folder).mkdir(parents=True)
        knowledge = Knowledge(directory.mirror)
        knowledge.keep_trust(trust)
        knowledge.keep_sources(sources)
        network = _network(told, root)
        network.save(directory.network_file)
        if path.exists():
            path.rmdir()  # it is empty, or this fails
        workshop.rename(path)
        flush_folder(path.parent)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return network


def as_sources(places: Sequence[str]) -> tuple[str, ...]:
    """Addresses as they are, folders by their whole path; `ServiceAddressInvalid` for an address that is none."""
    return tuple(
        must_be_address(one, "--mirror") if "://" in one else str(Path(one).absolute()) for one in places
    )


def _network(trust: Trust, root: Root | None) -> Network:
    contracts = {"Ledger": ContractAt(trust.ledger, "")}
    if root is not None:
        contracts |= {one.role: ContractAt(one.address, one.code_hash) for one in root.contracts}
    return Network(
        name=trust.origin.partition("/")[0],
        engine=MIRROR,
        chain_id=trust.chain_id,
        genesis=trust.genesis,
        origin=trust.origin,
        contracts=contracts,
    )


def believe(knowledge: Knowledge, data: bytes) -> Trust:
    """Believe another trust from now on: the root that follows the one at hand, by the signatures of the old holders
    and the new; or, where a bare trust file was given, another of the same network, since whoever may write here is
    believed as much as when it was given first.

    Raises `RootUnfit` for a root that does not follow, `TrustDiffers` for another network.
    """
    known, old = knowledge.trust, knowledge.root
    if old is not None:
        if not is_root(data):
            raise RootUnfit(
                "a trust root is replaced by the one that follows it, not by a trust file", field="FILE"
            )
        new = verify_next(old, data).trusted()
    else:
        new = verify_root(data).trusted() if is_root(data) else parse_trust(data)
    if _identity(new) != _identity(known):
        raise TrustDiffers("this is of another network than the one that this node follows", field="FILE")
    knowledge.keep_trust(data)
    return new


def _identity(trust: Trust) -> tuple[str, int, str]:
    return trust.origin, trust.chain_id, trust.genesis
