"""A network that changes: a node or a member joins or leaves, by a next version of the network bundle.

The next version is drawn up by one member and signed by others. It is in force on a node when enough of the members
before have signed it *and* the Consortium contract has recorded its digest; until then it waits beside the one in
force. So no node lets anybody in whom the members have not voted for.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sanad_node.consortium.beginning import member_told, node_told, own_member, sign
from sanad_node.consortium.bundle import (
    BundleUnfit,
    MemberTold,
    NetworkBundle,
    NodeTold,
    SignedBundle,
    read_bundle,
    sign_bundle,
)
from sanad_node.consortium.chain import bundle_in, wanted
from sanad_node.consortium.requests import JoinRequest
from sanad_node.datadir import DataDirectory
from sanad_node.durable import flush_folder, write_file
from sanad_node.engines.geth import GethEngine
from sanad_node.engines.remote import RemoteEngine
from sanad_node.node import Node
from sanad_verifier.errors import EvidenceError

NEXT = "network-bundle.next"
Clock = Callable[[], float]


def admit(path: Path, requests: Sequence[JoinRequest], *, clock: Clock = time.time) -> bytes:
    """The next version, in which these administrations are members, signed by this one. The numbers they will have are
    the next that the contract gives.
    """
    directory = DataDirectory(path)
    bundle = bundle_in(directory.chain).bundle
    members, nodes, ever = list(bundle.members), list(bundle.nodes), bundle.members_ever
    for request in requests:
        if any(
            request.asked.organisation == one.name or request.asked.member == one.address for one in members
        ):
            raise BundleUnfit("the administration of a request is a member already", field="REQUEST")
        ever += 1
        members.append(member_told(request, ever))
        nodes.append(node_told(request, ever, directory.secret("network"), bundle.origin))
    return _next(directory, bundle, members, nodes, ever, clock)


def release(path: Path, member: int, *, clock: Clock = time.time) -> bytes:
    """The next version, without a member and its node, signed by this one."""
    directory = DataDirectory(path)
    bundle = bundle_in(directory.chain).bundle
    bundle.member(member)
    members = [one for one in bundle.members if one.number != member]
    nodes = [one for one in bundle.nodes if one.member != member]
    if not any(one.validator for one in nodes):
        raise BundleUnfit("nobody would be left who seals", field="MEMBER")
    return _next(directory, bundle, members, nodes, bundle.members_ever, clock)


def _next(
    directory: DataDirectory,
    bundle: NetworkBundle,
    members: list[MemberTold],
    nodes: list[NodeTold],
    ever: int,
    clock: Clock,
) -> bytes:
    following = bundle.model_copy(
        update={
            "version": bundle.version + 1,
            "previous": bundle.digest().hex(),
            "members": members,
            "members_ever": ever,
            "nodes": nodes,
            "threshold": min(bundle.threshold, len(members)),
        }
    )
    return read_bundle(sign_bundle(following, *own_member(directory, following), int(clock()))).note


def sign_following(path: Path, data: bytes, *, clock: Clock = time.time) -> bytes:
    """The next version with this member's signature too, after seeing that it follows the one in force here."""
    known, read = bundle_in(DataDirectory(path).chain), read_bundle(data)
    _must_lead_on(known, read)
    return sign(path, data, clock=clock)


def _must_lead_on(known: SignedBundle, read: SignedBundle) -> None:
    """Raise unless `read` is the version after `known`, whoever has signed it so far."""
    if read.bundle.continues != known.bundle.continues:
        raise BundleUnfit(
            "the bundle begins the chain again: sign it with the record it came with, then `sanad network restart`",
            field="--record",
        )
    if read.bundle.version != known.bundle.version + 1 or read.bundle.previous != known.bundle.digest().hex():
        raise BundleUnfit(f"version {known.bundle.version + 1} follows", field="version")
    if read.bundle.genesis_hash != known.bundle.genesis_hash or read.bundle.origin != known.bundle.origin:
        raise BundleUnfit("the network bundle is of another network", field="genesisHash")


def offer(path: Path, data: bytes) -> SignedBundle:
    """Leave the next version for the node on this data directory to take over; raises unless enough have signed it."""
    directory = DataDirectory(path)
    read = read_bundle(data)
    read.must_follow(bundle_in(directory.chain))
    write_file(directory.chain / NEXT, data)
    return read


def waiting(directory: DataDirectory) -> SignedBundle | None:
    """The version that waits to be taken over, if there is one that is whole."""
    try:
        return read_bundle((directory.chain / NEXT).read_bytes())
    except (OSError, EvidenceError):
        return None


def take_over(node: Node) -> bool:
    """Take over the version that waits, if the contract has recorded it; says whether it did."""
    following = waiting(node.directory)
    if following is None or node.bundle is None:
        return False
    digest, version = node.reader.network_bundle()
    if (digest, version) != (following.bundle.digest(), following.bundle.version):
        return False
    following.must_follow(node.bundle)
    write_file(node.directory.network_bundle, following.note)
    (node.directory.chain / NEXT).unlink()
    flush_folder(node.directory.chain)
    node.forget_bundle()
    if isinstance(node.chain, GethEngine | RemoteEngine):
        node.chain.adopt(wanted(following.bundle))
    return True
