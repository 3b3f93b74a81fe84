"""This node's checkpoints: signing the log's head, telling others what to trust, and checking what was
signed before.

A checkpoint is signed only after the root recomputed here was compared with the contract's: one flipped bit
in a leaf must not be signed into the tree.
"""

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, func, select, update

from sanad_node import types
from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_result, encode_call
from sanad_node.node import Node
from sanad_node.store.dialects import upsert
from sanad_node.store.ledger_tables import entries, keys
from sanad_node.store.office_tables import checkpoints
from sanad_node.store.questions import Question
from sanad_node.waiting import may_wait
from sanad_verifier.checkpoints import Checkpoint, CosignatureSigner, in_order, parse_checkpoint
from sanad_verifier.digests import Digest, hash_leaf
from sanad_verifier.errors import EvidenceError
from sanad_verifier.merkle import Levels
from sanad_verifier.notes import (
    COSIGNATURE_V1,
    ED25519,
    Note,
    NoteSigner,
    Signature,
    VerifierKey,
    parse_note,
    public_key,
)
from sanad_verifier.status_statement import status_key_name
from sanad_verifier.trust import SubjectField, Trust, TrustedFormation, encode_trust

FRESH_FOR = 24 * 3600
USABLE_FOR = 7 * 24 * 3600
"""Green for a day, usable for a week (docs/explanation/verdict.md); a type's definition may say otherwise."""
RENEW_AFTER = 60
"""Seconds after which a checkpoint of an unchanged log is cosigned again, so that evidence never looks
older than it is.
"""
ROWS = 5000
COSIGNED_WITHIN, LAST_FEW = 3600, 20
"""How old, in seconds, and how many sizes back a checkpoint may be that is taken for its cosignatures."""


class RootDiffers(EvidenceError):
    """The log recomputed here is not the one the contract keeps, or not one that was signed before."""

    code = "ROOT_DIFFERS"


_NEWEST = Question(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1))
_OF_SIZE = Question(select(checkpoints).where(checkpoints.c.size == bindparam("size")))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as signed and cosigned here."""

    size: int
    root: Digest
    note: bytes
    time: int


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """The log's size and root (hex) as recomputed, how many signed checkpoints agree with it, and the time
    of the first.
    """

    size: int
    root: str
    checkpoints: int
    since: int


@dataclass(frozen=True, slots=True)
class Signers:
    """The keys this node signs with: the log's, its cosigning key, and the one for status statements."""

    log: NoteSigner
    cosigner: CosignatureSigner
    status: NoteSigner


def signers(node: Node) -> Signers:
    """This node's signing keys under the names they have now."""
    return node.remembered("signers", lambda: _signers(node))


def _signers(node: Node) -> Signers:
    origin, secret = node.network.origin, node.directory.secret
    ours = public_key(secret("cosigner"))
    number = next((int(m.number) for m in node.reader.members() if m.cosigning_key == ours), 0)
    return Signers(
        NoteSigner(origin, secret("log")),
        CosignatureSigner(_cosigner_name(node, number), secret("cosigner")),
        NoteSigner(status_key_name(origin), secret("status")),
    )


def _cosigner_name(node: Node, number: int) -> str:
    return f"{node.network.origin}/member-{number}"


def covering_checkpoint(node: Node, entry: int) -> SignedCheckpoint:
    """The newest signed checkpoint that has this entry, at most a minute old; the log's present one is signed
    where there is none.
    """
    if node.mirrors:
        return _mirrored(node)
    row = _NEWEST.first(node.office)
    if row is not None and row.size > entry and 0 <= node.clock() - row.time < RENEW_AFTER:
        return SignedCheckpoint(row.size, Digest(row.root), row.note, row.time)
    return current_checkpoint(node)


def current_checkpoint(node: Node) -> SignedCheckpoint:
    """A signed checkpoint of the log as indexed, at most a minute old.

    A size that was signed before was compared with the contract then, and is only cosigned again; a new one is
    compared first, so this raises `ChainUnavailable` when the log has grown and the chain cannot be asked. A node that
    mirrors signs nothing: it has the checkpoint that the members cosigned, as old as it is.
    """
    if node.mirrors:
        return _mirrored(node)
    size = node.reader.position().size
    row = _OF_SIZE.first(node.office, size=size)
    if row is not None and 0 <= node.clock() - row.time < RENEW_AFTER:
        return SignedCheckpoint(row.size, Digest(row.root), row.note, row.time)
    may_wait()
    if row is None:
        return sign_checkpoint(node)
    return _sign(node, size, node.reader.root(size))


def _mirrored(node: Node) -> SignedCheckpoint:
    kept = node.knowledge.kept(node.reader.position().size)
    return SignedCheckpoint(kept.size, kept.root, kept.note, kept.time)


def sign_checkpoint(node: Node) -> SignedCheckpoint:
    """Sign the log's head after comparing it with the contract's."""
    node.must_act()
    size, root = node.reader.position().size, node.reader.root(node.reader.position().size)
    must_equal_contract(node, size, root)
    return _sign(node, size, root)


def must_equal_contract(node: Node, size: int, root: Digest) -> None:
    """Raise `RootDiffers` unless the contract has this size and root at the block that was read last; of a node that
    mirrors, unless the members cosigned them.
    """
    if node.mirrors:
        kept = node.knowledge.kept(size)
        if (kept.size, kept.root) != (size, root):
            raise RootDiffers("the cosigned checkpoint has another root than these entries", field="root")
        return
    block = node.reader.position().block
    for function, ours in (("size", size), ("root", root)):
        call = encode_call(load("Ledger"), function)
        told = decode_result(
            load("Ledger"), function, node.engine.call(node.network.address("Ledger"), call, block=block)
        )[0]
        if told != ours:
            raise RootDiffers(f"the contract's {function} is not the one recomputed here", field=function)


def _sign(node: Node, size: int, root: Digest) -> SignedCheckpoint:
    ours = signers(node)
    time = int(node.clock())
    text = Checkpoint(node.network.origin, size, root).text()
    lines = (ours.log.sign(text), ours.cosigner.sign(text, time))
    with node.office.begin() as connection:
        known = connection.execute(select(checkpoints).where(checkpoints.c.size == size)).first()
        if known is not None and known.root != root:
            raise RootDiffers("another root was signed for this size before", field="root")
        note = Note(text, lines).encode() if known is None else _with(known.note, *lines)
        statement = upsert(connection, checkpoints).values(size=size, root=root, note=note, time=time)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["size"], set_={"note": note, "time": time})
        )
    return SignedCheckpoint(size, root, note, time)


def keep_cosignature(node: Node, signed: SignedCheckpoint, line: Signature) -> SignedCheckpoint:
    """The checkpoint with a witness's line, which is checked, in the place of an earlier one of the same key."""
    with node.office.begin() as connection:
        row = connection.execute(select(checkpoints).where(checkpoints.c.size == signed.size)).one()
        note = _with(row.note, line)
        connection.execute(update(checkpoints).where(checkpoints.c.size == signed.size).values(note=note))
    return replace(signed, note=note)


def cosigned_checkpoint(node: Node, entry: int) -> SignedCheckpoint:
    """The newest checkpoint that has this entry and as many cosignatures as others ask for, if one of the last few has;
    else the newest there is.
    """
    wanted = 1 if node.bundle is None else node.bundle.bundle.threshold
    if wanted > 1:
        with node.office.connect() as connection:
            rows = connection.execute(
                select(checkpoints)
                .where(checkpoints.c.size > entry, checkpoints.c.time > int(node.clock()) - COSIGNED_WITHIN)
                .order_by(checkpoints.c.size.desc())
                .limit(LAST_FEW)
            ).all()
        for row in rows:
            members = sum(
                one.name.startswith(f"{node.network.origin}/") for one in parse_note(row.note).signatures
            )
            if members >= wanted:
                return SignedCheckpoint(row.size, Digest(row.root), row.note, row.time)
    return current_checkpoint(node)


def signed_at(node: Node, size: int) -> SignedCheckpoint | None:
    """The checkpoint of that size as signed here, if one was."""
    row = _OF_SIZE.first(node.office, size=size)
    return None if row is None else SignedCheckpoint(row.size, Digest(row.root), row.note, row.time)


def _with(note: bytes, *lines: Signature) -> bytes:
    """A note with more signature lines, each in the place of an earlier one of the same key."""
    known = parse_note(note)
    kept = {(one.name, one.key_id): one for one in (*known.signatures, *lines)}
    origin = parse_checkpoint(known.text).origin
    return Note(known.text, in_order(origin, kept.values())).encode()


def verify_log(node: Node) -> VerifiedLog:
    """Recompute the root from the entries and compare with tiles, contract and every checkpoint signed
    here; raises `RootDiffers`.
    """
    with node.ledger.connect() as connection:
        raw = connection.execution_options(yield_per=ROWS).execute(
            select(entries.c.raw).order_by(entries.c.idx)
        )
        leaves = [hash_leaf(row.raw) for row in raw]
    root = Levels(leaves).root
    if node.reader.root(len(leaves)) != root:
        raise RootDiffers("the stored tiles are not those of the entries", field="tiles")
    must_equal_contract(node, len(leaves), root)
    if node.mirrors:
        return VerifiedLog(len(leaves), root.hex(), 1, node.knowledge.kept(len(leaves)).time)
    with node.office.connect() as connection:
        signed = connection.execute(select(checkpoints.c.size, checkpoints.c.root)).all()
        since = connection.execute(select(func.min(checkpoints.c.time))).scalar()
    for row in signed:
        if row.size > len(leaves) or node.reader.root(row.size) != row.root:
            raise RootDiffers("the log does not extend a checkpoint signed before", field=f"size {row.size}")
    return VerifiedLog(len(leaves), root.hex(), len(signed), int(since or 0))


def trust(node: Node) -> Trust:
    """What a verifier has to trust of this network, as this node knows it; one cosignature, its own, is enough for what
    it examines itself.

    A node that mirrors was told whom to believe; formations and compromised keys are what its log says by now. Its own
    key for statements is added, since those who take packs from it believe it.
    """
    if node.mirrors:
        return _trust_of_mirror(node)
    return replace(node.remembered("trust", lambda: _trust(node)), chain=node.chain_trust())


def trust_of_others(node: Node) -> Trust:
    """What somebody else has to trust: any member's log key, and as many cosignatures as members decide together; of a
    node that mirrors, what it was told itself.
    """
    own = trust(node)
    signed = None if node.mirrors else node.bundle
    if signed is None:
        return own
    bundle = signed.bundle
    return replace(
        own,
        log_keys=tuple(VerifierKey(own.origin, ED25519, bytes.fromhex(m.log_key)) for m in bundle.members),
        status_keys=tuple(
            VerifierKey(status_key_name(own.origin), ED25519, bytes.fromhex(m.status_key))
            for m in bundle.members
        ),
        quorum=bundle.threshold,
    )


def _trust_of_mirror(node: Node) -> Trust:
    given, facts = node.knowledge.trust, node.remembered("facts", lambda: _facts(node))
    return replace(
        given,
        status_keys=(*given.status_keys, signers(node).status.key),
        formations={**given.formations, **facts.formations},
        distrusted={**given.distrusted, **facts.distrusted},
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the log says of authority: formations by number, and keys with the time from which they are distrusted."""

    formations: dict[int, TrustedFormation]
    distrusted: dict[bytes, int]


def _facts(node: Node) -> _Facts:
    with node.ledger.connect() as connection:
        bad = connection.execute(
            select(keys.c.address, keys.c.compromised_from).where(keys.c.compromised_from > 0)
        ).all()
    return _Facts(
        {f.number: TrustedFormation(f.number, f.code, f.kind) for f in node.reader.formations()},
        {row.address: row.compromised_from for row in bad},
    )


def _trust(node: Node) -> Trust:
    ours, network, facts = signers(node), node.network, _facts(node)
    return Trust(
        origin=network.origin,
        chain_id=network.chain_id,
        genesis=network.identity,
        ledger=network.contracts["Ledger"].address,
        log_keys=(ours.log.key,),
        status_keys=(ours.status.key,),
        cosigners=tuple(
            VerifierKey(_cosigner_name(node, m.number), COSIGNATURE_V1, m.cosigning_key)
            for m in node.reader.members()
        ),
        quorum=1,
        fresh_for=FRESH_FOR,
        usable_for=USABLE_FOR,
        formations=facts.formations,
        subjects={
            name: tuple(SubjectField(s.kind, s.pointer) for s in kind.subjects)
            for name, kind in types.registry().items()
            if kind.subjects
        },
        distrusted=facts.distrusted,
        limits={name: kind.limits for name, kind in types.registry().items() if kind.limits is not None},
    )


def trust_file(node: Node) -> bytes:
    """The trust file of this network."""
    return encode_trust(trust_of_others(node))
