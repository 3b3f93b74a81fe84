"""From keys to a network: preparing a node, founding a network with others, joining one.

prepare   at each administration: keys, and a request to take part
found     at one of them: block 0, contracts, everybody's nodes, as a network bundle
sign      at each: the bundle names what I asked for, and I agree
join      at each: the bundle is signed by enough; from here on the data directory is of that network
"""

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eth_hash.auto import keccak

from sanad_node.consortium.bundle import (
    BundleUnfit,
    ContractTold,
    MemberTold,
    NetworkBundle,
    NodeTold,
    read_bundle,
    sign_bundle,
)
from sanad_node.consortium.genesis import genesis_hash
from sanad_node.consortium.requests import Asked, JoinRequest, Role, make_request
from sanad_node.consortium.sealing import seal, sealing_public, unseal
from sanad_node.consortium.start import Start
from sanad_node.continuing.replaying import carry
from sanad_node.datadir import DataDirectory, DataDirectoryExists, DataDirectoryMissing, Lock
from sanad_node.durable import write_file
from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.block_facts import EMPTY_TRIE
from sanad_node.engines.endpoints import Endpoint
from sanad_node.engines.endpoints import save as save_endpoints
from sanad_node.engines.geth import NAME as GETH
from sanad_node.engines.geth import Place, lay_out, public_id
from sanad_node.engines.remote import NAME as RPC
from sanad_node.founding import deploy, log_origin, must_be_name
from sanad_node.keyring import Keyring
from sanad_node.local_signer import create as create_signer
from sanad_node.local_signer import of_key
from sanad_node.network import ContractAt, Network
from sanad_node.service_address import must_be_address
from sanad_verifier.errors import InputError
from sanad_verifier.notes import public_key

REQUEST = "join-request.json"
BESU = "besu"
Clock = Callable[[], float]


class ListenInvalid(InputError):
    """Where a node's peers find it is written host:port."""

    code = "LISTEN_INVALID"


class NodeRoleInvalid(InputError):
    """A node seals blocks, or observes."""

    code = "NODE_ROLE_INVALID"


class RequestsInvalid(InputError):
    """These requests cannot make a network together."""

    code = "REQUESTS_UNFIT"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a node is to take part."""

    organisation: str
    role: Role
    listen: str
    url: str = ""
    engine: str = GETH
    """What takes part for it: geth or besu; or `rpc`, for one that has no chain node of its own."""


def role_of(text: str) -> Role:
    """The role of that name; `NodeRoleInvalid`."""
    if text == "validator":
        return "validator"
    if text == "observer":
        return "observer"
    raise NodeRoleInvalid("a node is a validator or an observer", field="--role")


def prepare(path: Path, wish: Wish) -> JoinRequest:
    """Make a data directory with fresh keys, and the request that names them. The directory is of no network yet."""
    place = _place(wish)
    if wish.url:
        must_be_address(wish.url, "--public-url")
    directory = DataDirectory.create(path)
    keyring = Keyring(directory)
    member = keyring.signer(keyring.create())
    passphrase = directory.secret("passphrase").hex()
    node_key = secrets.token_bytes(32)
    validator, stored = None, None
    if wish.role == "validator":
        # Besu seals with the key of the node; geth with one in a keystore.
        validator, stored = (of_key(node_key), None) if wish.engine == BESU else create_signer(passphrase)
        place = Place(place.listen, validator.address.hex())
    lay_out(directory.chain, place, node_key, stored, passphrase)
    directory.write_secret("sealing", secrets.token_bytes(32))
    secret = directory.secret
    request = make_request(
        Asked(
            schema_="urn:sanad:join-request:1",
            organisation=wish.organisation,
            role=wish.role,
            enode=f"enode://{public_id(directory.chain)}@{place.listen}",
            member=member.address.hex(),
            validator=place.validator,
            cosigning_key=public_key(secret("cosigner")).hex(),
            log_key=public_key(secret("log")).hex(),
            status_key=public_key(secret("status")).hex(),
            sealing_key=sealing_public(secret("sealing")).hex(),
            url=wish.url,
        ),
        node_key=node_key,
        member=member,
        validator=validator,
        cosigner=secret("cosigner"),
    )
    write_file(path / REQUEST, request.encode())
    return request


def _place(wish: Wish) -> Place:
    host, colon, port = wish.listen.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ListenInvalid("write where the node's peers find it as host:port", field="--listen")
    return Place(wish.listen)


def found(
    path: Path,
    name: str,
    requests: Sequence[JoinRequest],
    *,
    threshold: int,
    start: Start,
    clock: Clock = time.time,
) -> bytes:
    """Draw up a network of these administrations on a chain, signed by the one whose data directory is at `path`.

    The contracts are tried on an embedded chain first: their addresses and code follow from the founding
    transactions, whatever chain takes them.
    """
    must_be_name(name)
    directory = waiting_directory(path)
    _must_fit(requests, threshold)
    origin = log_origin(name, start.chain_id)
    members = _members(requests)
    contracts, founding = _contracts(members, threshold, start.chain_id, clock)
    bundle = NetworkBundle(
        schema_="urn:sanad:network-bundle:1",
        version=1,
        previous="",
        name=name,
        origin=origin,
        chain_id=start.chain_id,
        consensus=start.consensus,
        period=start.period,
        epoch=start.epoch,
        confirmations=start.confirmations,
        genesis=start.genesis,
        genesis_hash=start.genesis_hash.hex(),
        threshold=threshold,
        members_ever=len(members),
        members=members,
        nodes=[
            node_told(one, number, directory.secret("network"), origin)
            for number, one in enumerate(requests, start=1)
        ],
        contracts=contracts,
        founding=[raw.hex() for raw in founding],
    )
    own_node(directory, bundle)
    return sign_bundle(bundle, *own_member(directory, bundle), int(clock()))


def _must_fit(requests: Sequence[JoinRequest], threshold: int) -> None:
    if len({one.asked.organisation for one in requests}) != len(requests):
        raise RequestsInvalid(
            "two requests are of one organisation: a member has one node", field="--request"
        )
    if not 1 <= threshold <= len(requests):
        raise RequestsInvalid("as many members decide as there are, or fewer", field="--threshold")


def _members(requests: Sequence[JoinRequest]) -> list[MemberTold]:
    return [member_told(one, number) for number, one in enumerate(requests, start=1)]


def member_told(request: JoinRequest, number: int) -> MemberTold:
    """The member that a request makes."""
    asked = request.asked
    return MemberTold(
        number=number,
        name=asked.organisation,
        address=asked.member,
        cosigning_key=asked.cosigning_key,
        log_key=asked.log_key,
        status_key=asked.status_key,
        url=asked.url,
    )


def node_told(request: JoinRequest, number: int, secret: bytes, origin: str) -> NodeTold:
    """The node that a request makes, with the network's secret sealed to it."""
    asked = request.asked
    return NodeTold(
        member=number,
        role=asked.role,
        enode=asked.enode,
        validator=asked.validator,
        sealing_key=asked.sealing_key,
        secret=seal(secret, bytes.fromhex(asked.sealing_key), origin).hex(),
    )


def _contracts(
    members: Sequence[MemberTold], threshold: int, chain_id: int, clock: Clock
) -> tuple[list[ContractTold], tuple[bytes, ...]]:
    """What the founding transactions lead to. The key that signs them is thrown away: it has no power afterwards."""
    founder, _ = create_signer(secrets.token_bytes(32).hex())
    folder = Path(tempfile.mkdtemp(prefix="sanad-founding-"))
    try:
        engine = AnvilEngine.create(folder / "chain", chain_id=chain_id, clock=clock)
        try:
            made = deploy(
                engine,
                founder,
                [bytes.fromhex(one.address) for one in members],
                [bytes.fromhex(one.cosigning_key) for one in members],
                threshold,
            )
        finally:
            engine.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    told = [
        ContractTold(role=role, address=at.address, code_hash=at.code_hash)
        for role, at in made.contracts.items()
    ]
    return told, made.raw


def sign(path: Path, data: bytes, *, clock: Clock = time.time) -> bytes:
    """The bundle with this administration's signature too, after seeing that it names what this node asked for."""
    directory = DataDirectory(path)
    read = read_bundle(data)
    own_node(directory, read.bundle)
    return sign_bundle(read.bundle, *own_member(directory, read.bundle), int(clock()), data)


def own_member(directory: DataDirectory, bundle: NetworkBundle) -> tuple[int, bytes]:
    """This administration's number in a bundle, and the seed it signs with."""
    seed = directory.secret("cosigner")
    ours = public_key(seed).hex()
    found = next((one.number for one in bundle.members if one.cosigning_key == ours), None)
    if found is None:
        raise BundleUnfit("this node's member is not in the network bundle", field="members")
    return found, seed


def own_node(directory: DataDirectory, bundle: NetworkBundle) -> NodeTold:
    """This node in a bundle; `BundleUnfit` if it is not in it, or not as it asked."""
    place, identity = Place.load(directory.chain), public_id(directory.chain)
    enode = f"enode://{identity}@{place.listen}"
    found = next((one for one in bundle.nodes if one.enode.startswith(f"enode://{identity}@")), None)
    if found is None:
        raise BundleUnfit("this node is not in the network bundle", field="nodes")
    sealing = sealing_public(directory.secret("sealing")).hex()
    if (found.enode, found.validator, found.sealing_key) != (enode, place.validator, sealing):
        raise BundleUnfit("the network bundle does not name this node as it asked", field="nodes")
    return found


def join(path: Path, data: bytes, endpoints: Sequence[Endpoint] = (), record: Path | None = None) -> Network:
    """Make the data directory at `path` one of this network; the bundle must be signed by enough of its members.
    The chain is reached through the endpoints, or, without any, by a geth of this node's own. Of a chain that was begun
    again, `record` is what it goes on from.
    """
    directory = waiting_directory(path)
    with Lock(directory):
        read = read_bundle(data)
        read.must_be_signed()
        must_begin_so(read.bundle)
        _must_have_record(read.bundle, record)
        node = own_node(directory, read.bundle)
        secret = unseal(bytes.fromhex(node.secret), directory.secret("sealing"), read.bundle.origin)
        network = network_of(read.bundle, RPC if endpoints else GETH)
        if endpoints:
            save_endpoints(directory.chain, endpoints)
        elif read.bundle.consensus != "clique" or not read.bundle.genesis:
            raise BundleUnfit(
                "geth takes part in Clique networks only: name this chain's endpoints", field="--rpc"
            )
        if record is not None and read.bundle.continues is not None:
            carry(directory.chain, read.bundle, record)
        directory.write_secret("network", secret)
        write_file(directory.network_bundle, data)
        network.save(directory.network_file)  # last: with it the directory is of that network
    return network


def waiting_directory(path: Path) -> DataDirectory:
    """A directory that `prepare` has made and that has joined no network yet."""
    directory = DataDirectory(path)
    if directory.network_file.exists():
        raise DataDirectoryExists("the data directory is of a network already", field="--data")
    if not (path / REQUEST).is_file():
        raise DataDirectoryMissing(
            "no request was made here; begin with `sanad node init --engine geth`", field="--data"
        )
    return directory


def must_begin_so(bundle: NetworkBundle) -> None:
    """Raise `BundleUnfit` unless block 0 has the hash that the bundle says."""
    state = bytes.fromhex(bundle.continues.state_root) if bundle.continues else EMPTY_TRIE
    if bundle.genesis and genesis_hash(bundle.genesis, state).hex() != bundle.genesis_hash:
        raise BundleUnfit("the network bundle's block 0 has another hash than it says", field="genesisHash")


def _must_have_record(bundle: NetworkBundle, record: Path | None) -> None:
    if (bundle.continues is None) != (record is None):
        raise BundleUnfit(
            "the record goes with a bundle whose chain was begun again, and with no other", field="--record"
        )


def network_of(bundle: NetworkBundle, engine: str) -> Network:
    """The descriptor of a bundle's network."""
    return Network(
        name=bundle.name,
        engine=engine,
        chain_id=bundle.chain_id,
        genesis=bundle.genesis_hash,
        origin=bundle.origin,
        contracts={one.role: ContractAt(one.address, one.code_hash) for one in bundle.contracts},
        first=bundle.continues.first_genesis if bundle.continues else "",
    )


def request_digest(request: JoinRequest) -> str:
    """What is read out over the telephone: the first sixteen hex digits of the request's Keccak-256, in fours."""
    text = keccak(request.encode()).hex()[:16]
    return " ".join(text[at : at + 4] for at in range(0, 16, 4))
