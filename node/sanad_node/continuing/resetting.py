"""Beginning a network's chain again, when it is lost at all members or has become two.

One member draws the next version of the network bundle up: a new block 0 that has the state of the old chain, which its
record leads to. The others carry the same record out themselves before they sign. Each then takes it over at its own
node. The log goes on where it was, under its name: nothing that was certified changes, no bundle or checkpoint of
before loses its worth, and acts that waited are sent to the new chain with the same bytes (docs/adr/0049).
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from sanad_node.consortium.beginning import must_begin_so, network_of, own_member
from sanad_node.consortium.bundle import (
    BundleUnfit,
    Continued,
    NetworkBundle,
    SignedBundle,
    read_bundle,
    sign_bundle,
)
from sanad_node.consortium.chain import bundle_in
from sanad_node.consortium.genesis import clique_genesis, genesis_hash
from sanad_node.continuing import record
from sanad_node.continuing.record import RecordInvalid
from sanad_node.continuing.replaying import Replayed, lay_down, replayed, replayed_file
from sanad_node.durable import flush_folder, write_file
from sanad_node.engines.geth import DATA, public_id
from sanad_node.engines.geth import NAME as GETH
from sanad_node.engines.wanted import node_id
from sanad_node.node import Node
from sanad_node.pipeline.submitter import settle_by_record
from sanad_node.store.ledger_tables import entries
from sanad_node.store.office_tables import checkpoints, outbox
from sanad_verifier.chain.keccak import keccak
from sanad_verifier.errors import EvidenceError, InputError

ROWS = 2000
LEFT_BEHIND = (DATA, "councils.json", "hashes", "network-bundle.next", "genesis.json")
Clock = Callable[[], float]


class ResetUnfit(InputError):
    """The chain of this network cannot be begun again by this program: geth has to be making its blocks."""

    code = "RESET_UNFIT"


class RecordIncomplete(EvidenceError):
    """The record kept here does not lead to the log that this node has."""

    code = "RECORD_INCOMPLETE"


class ResetTooShort(EvidenceError):
    """This node has more of the log than the chain would go on from."""

    code = "RESET_TOO_SHORT"


class ResetContradicts(EvidenceError):
    """This node has another log, or has signed one, than the chain would go on from."""

    code = "RESET_CONTRADICTS"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What beginning again comes to at this node: the log's size and root, how many transactions lead there, how
    many were passed over, and when the last of them was made; the root of the state; how many entries this node has of
    that log, and how many of its acts wait to be sent to the new chain.
    """

    size: int
    root: str
    transactions: int
    passed_over: int
    last: int
    state_root: str
    here: int
    waiting: int


def rehearse(path: Path, file: Path | None = None) -> Rehearsed:
    """Carry out the record kept here, or the one in a file, and compare; nothing is changed."""
    with _opened(path) as node, _from_here(node, file) as found:
        return _told(node, found)


def draw_up(
    path: Path,
    out: Path,
    record_out: Path,
    *,
    without: frozenset[int] = frozenset(),
    file: Path | None = None,
    clock: Clock = time.time,
) -> Rehearsed:
    """Write the next version, on a new block 0, signed by this member, and the record that leads to it. `without` are
    members whose nodes are gone.
    """
    with _opened(path) as node, _from_here(node, file) as found:
        known = bundle_in(node.directory.chain).bundle
        digest = record.write(record_out, record.kept(node.ledger) if file is None else record.read(file))
        for number in without:
            known.member(number)
        following = _following(known, found, digest, without, max(int(clock()), found.last))
        signed = sign_bundle(following, *own_member(node.directory, following), int(clock()))
        read = read_bundle(signed)
        read.must_begin_anew(bundle_in(node.directory.chain))
        write_file(out, signed)
        return _told(node, found)


def _following(
    known: NetworkBundle, found: Replayed, digest: str, without: frozenset[int], at: int
) -> NetworkBundle:
    nodes = [one for one in known.nodes if one.member not in without]
    validators = [bytes.fromhex(one.validator) for one in nodes if one.validator]
    if not validators:
        raise BundleUnfit("nobody would be left who seals", field="--without")
    genesis = clique_genesis(known.chain_id, validators, known.period, at)
    return known.model_copy(
        update={
            "version": known.version + 1,
            "previous": known.digest().hex(),
            "nodes": nodes,
            "genesis": genesis,
            "genesis_hash": genesis_hash(genesis, found.state).hex(),
            "continues": Continued(
                genesis_hash=known.genesis_hash,
                first_genesis=known.continues.first_genesis if known.continues else known.genesis_hash,
                size=found.size,
                root=found.root().hex(),
                state_root=found.state.hex(),
                record=digest,
            ),
        }
    )


def sign(path: Path, data: bytes, file: Path, *, clock: Clock = time.time) -> tuple[bytes, Rehearsed]:
    """The version with this member's signature too, after carrying out the record and comparing it with this node's own
    log.
    """
    with _opened(path) as node:
        read = read_bundle(data)
        _must_follow(node, read)
        with _from(node, read.bundle, file) as found:
            told = _told(node, found)
        return sign_bundle(read.bundle, *own_member(node.directory, read.bundle), int(clock()), data), told


def take_over(path: Path, data: bytes, file: Path, *, rehearsal: bool = False) -> Rehearsed:
    """Let this node go on from the record, on the chain of the bundle; with `rehearsal` only say what would come of it.

    The old chain's files are laid aside, not deleted. Interrupted, it is done again from the start and comes to the
    same: the network descriptor, by which the node knows its chain, is written last.
    """
    with _opened(path) as node:
        read = read_bundle(data)
        chain, bundle = node.directory.chain, read.bundle
        if bundle_in(chain).bundle != bundle:
            _must_follow(node, read)
            must_be_signed_by_those_before(bundle_in(chain), read)
        with _from(node, bundle, file) as found:
            told = _told(node, found)
            if rehearsal or node.network.genesis == bundle.genesis_hash:
                return told
            lay_down(chain, bundle, found, file)
            settle_by_record(node.office, *_outcomes(found, file))
        _lay_aside(chain, node.network.genesis)
        node.ledger.dispose()
        node.store.open_rebuilt().dispose()
        node.store.put_rebuilt_in_place()
        write_file(node.directory.network_bundle, data)
        network_of(bundle, GETH).save(node.directory.network_file)
        return told


def must_be_signed_by_those_before(known: SignedBundle, read: SignedBundle) -> None:
    """Raise `BundleUnsigned` unless as many have signed as decide together; who they are has not changed."""
    read.must_begin_anew(known)
    read.must_be_signed()


# -- what it rests on ---------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[Node]:
    with Node(path) as node:
        if node.network.engine != GETH:
            raise ResetUnfit("only a network whose blocks geth makes is begun again so", field="engine")
        yield node


def _must_follow(node: Node, read: SignedBundle) -> None:
    read.must_begin_anew(bundle_in(node.directory.chain))
    must_begin_so(read.bundle)
    identity = public_id(node.directory.chain)
    if not any(node_id(one.enode) == identity for one in read.bundle.nodes):  # otherwise it is as it was
        raise BundleUnfit("the chain is begun again without this node", field="nodes")


@contextmanager
def _from_here(node: Node, file: Path | None) -> Iterator[Replayed]:
    """The record that this node has kept, or that of a file, carried out and compared with this node's log."""
    transactions = record.kept(node.ledger) if file is None else record.read(file)
    try:
        with replayed(node.network, transactions) as found:
            if file is None and found.size != node.reader.position().size:
                raise RecordIncomplete(
                    f"the record leads to {found.size} entries, and this node has {node.reader.position().size}",
                    field="record",
                )
            _must_have_what_is_here(node, found)
            yield found
    except RecordInvalid as error:
        if file is not None:
            raise
        raise RecordIncomplete(
            "the record kept here is not whole: `sanad reindex` makes it while there is a chain; another member's "
            "will do (`--record`)",
            field="record",
        ) from error


@contextmanager
def _from(node: Node, bundle: NetworkBundle, file: Path) -> Iterator[Replayed]:
    """The record in a file, as the bundle names it, carried out and compared with this node's log."""
    with replayed_file(bundle, file) as found:
        _must_have_what_is_here(node, found)
        yield found


def _must_have_what_is_here(node: Node, found: Replayed) -> None:
    """Raise unless this node's entries, and every checkpoint signed here, are of the log that the record leads to."""
    here = node.reader.position().size
    if here > found.size:
        raise ResetTooShort(
            f"this node has {here} entries, {here - found.size} more than the record leads to: draw it up here",
            field="size",
        )
    query = select(entries.c.idx, entries.c.raw).order_by(entries.c.idx)
    with node.ledger.connect() as one, found.ledger.connect() as other:
        ours = one.execution_options(yield_per=ROWS).execute(query)
        theirs = other.execution_options(yield_per=ROWS).execute(query.where(entries.c.idx < here))
        for mine, made in zip(ours, theirs, strict=True):
            if mine.raw != made.raw:
                raise ResetContradicts("this node has another log", field=f"entry {mine.idx}")
    with node.office.connect() as connection:
        signed = connection.execute(select(checkpoints.c.size, checkpoints.c.root)).all()
    for checkpoint in signed:
        if checkpoint.size > found.size:
            raise ResetTooShort(
                f"this node has signed a checkpoint of {checkpoint.size} entries",
                field=f"size {checkpoint.size}",
            )
        if found.root(checkpoint.size) != checkpoint.root:
            raise ResetContradicts("this node has signed another log", field=f"size {checkpoint.size}")


def _told(node: Node, found: Replayed) -> Rehearsed:
    with node.office.connect() as connection:
        waiting = connection.execute(
            select(func.count()).where(outbox.c.state.in_(("accepted", "signed", "anchored")))
        ).scalar_one()
    return Rehearsed(
        size=found.size,
        root=found.root().hex(),
        transactions=found.transactions,
        passed_over=found.passed_over,
        last=found.last,
        state_root=found.state.hex(),
        here=node.reader.position().size,
        waiting=int(waiting),
    )


# -- taking over --------------------------------------------------------------------------------------------------


def _outcomes(found: Replayed, file: Path) -> tuple[dict[bytes, int], set[bytes]]:
    """The first entry of each transaction that appended any, and the hashes of all others in the record."""
    with found.ledger.connect() as connection:
        rows = connection.execute(select(entries.c.tx, func.min(entries.c.idx)).group_by(entries.c.tx)).all()
    done = {bytes(tx): int(first) for tx, first in rows}
    return done, {keccak(one.raw) for one in record.read(file)} - done.keys()


def _lay_aside(chain: Path, genesis: str) -> None:
    """Put the old chain's files into a folder of their own, named after its block 0."""
    aside = chain / f"before-{genesis[:16]}"
    aside.mkdir(mode=0o700, exist_ok=True)
    for name in LEFT_BEHIND:
        if (chain / name).exists():
            place = aside / name
            if place.exists():  # of an attempt that was interrupted, after which a node was started
                shutil.rmtree(place) if place.is_dir() else place.unlink()
            (chain / name).rename(place)
    flush_folder(aside)
    flush_folder(chain)
