"""Requests to a witness and proofs of a log with two faces, to be taken and to be refused."""

from dataclasses import replace

from sanad_verifier.checkpoints import Checkpoint
from sanad_verifier.digests import hash_leaf
from sanad_verifier.merkle import Levels
from sanad_verifier.notes import Note, NoteSigner
from sanad_verifier.witnessing import AddCheckpoint, Equivocation, equivocation

ORIGIN = "log.example/customs"
LOG = NoteSigner(ORIGIN, b"l" * 32)
STRANGER = NoteSigner(ORIGIN, b"x" * 32)


def leaves(count: int, fork: bytes = b"") -> list[bytes]:
    """Leaves of a log, and of one that differs from it after the first."""
    return [b"%d" % n + (fork if n else b"") for n in range(count)]


def log(*texts: bytes) -> Levels:
    return Levels([hash_leaf(leaf) for leaf in texts])


def checkpoint(tree: Levels, signer: NoteSigner = LOG, origin: str = ORIGIN) -> bytes:
    """A log's head, signed."""
    text = Checkpoint(origin, tree.size, tree.root).text()
    return Note(text, (signer.sign(text),)).encode()


def asked(old: int, tree: Levels) -> AddCheckpoint:
    """What a log asks of a witness that has cosigned `old` leaves."""
    path = tree.consistency(old) if 0 < old < tree.size else ()
    return AddCheckpoint(old, path, checkpoint(tree))


GOOD = asked(0, log(b"a", b"b"))
REQUESTS: dict[str, bytes] = {
    "first": GOOD.encode(),
    "grown": asked(5, log(*leaves(300))).encode(),
    "again": asked(2, log(b"a", b"b")).encode(),
    "empty log": asked(0, log()).encode(),
}
MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "no old line": b"\n\n" + GOOD.checkpoint,
    "leading zero": GOOD.encode().replace(b"old 0", b"old 00", 1),
    "a sign": GOOD.encode().replace(b"old 0", b"old +0", 1),
    "20 digits": GOOD.encode().replace(b"old 0", b"old 10000000000000000000", 1),
    "carriage returns": GOOD.encode().replace(b"\n", b"\r\n", 1),
    "64 hashes": replace(GOOD, path=(hash_leaf(b""),) * 64).encode(),
    "a short hash": b"old 0\nAAAA\n\n" + GOOD.checkpoint,
    "a hash with spare bits": b"old 0\n" + b"A" * 42 + b"B=\n\n" + GOOD.checkpoint,
    "no checkpoint": b"old 0\n\n",
    "an extension line": GOOD.encode().replace(b"=\n\n", b"=\nmore\n\n", 1),
}


def two_faces() -> tuple[bytes, bytes]:
    """Two checkpoints of one log that contradict each other."""
    return checkpoint(log(*leaves(5))), checkpoint(log(*leaves(5, b"forged")))


def rewritten(old: int, size: int) -> Equivocation:
    """The proof that the log of `size` entries is not the one of which `old` were signed."""
    longer = log(*leaves(size, b"forged"))
    notes = checkpoint(log(*leaves(old))), checkpoint(longer)
    return Equivocation(notes, log(*leaves(old, b"forged")).root, longer.consistency(old))


def lies() -> dict[str, bytes]:
    """A proof, and what proves nothing: one thing is changed in each."""
    one, other = two_faces()
    good = equivocation(one, other)
    first, second = good.notes
    stranger = checkpoint(log(*leaves(5, b"forged")), STRANGER)
    past = rewritten(5, 9)
    return {
        "two roots": good.encode(),
        "another order": replace(good, notes=(second, first)).encode(),
        "one root": replace(good, notes=(first, first)).encode(),
        "two sizes": equivocation(one, checkpoint(log(*leaves(6)))).encode(),
        "a stranger's signature": equivocation(one, stranger).encode(),
        "a changed root": replace(good, notes=(first, second.replace(b"\n5\n", b"\n6\n"))).encode(),
        "two logs": equivocation(one, checkpoint(log(*leaves(5, b"x")), LOG, "log.example/other")).encode(),
        "a blank": good.encode().replace(b'":', b'": ', 1),
        "another schema": good.encode().replace(b"equivocation/1", b"equivocation/2"),
        "a past that was rewritten": past.encode(),
        "a past that was rewritten, of a power of two": rewritten(4, 7).encode(),
        "a past that is what was signed": replace(
            past, notes=(checkpoint(log(*leaves(5, b"forged"))), past.notes[1])
        ).encode(),
        "a past that the path does not lead from": replace(past, root=log(*leaves(5, b"x")).root).encode(),
        "a past with a hash too few": replace(past, path=past.path[:-1]).encode(),
        "a past with the longer log first": replace(past, notes=(past.notes[1], past.notes[0])).encode(),
        "a past of another log": replace(
            past, notes=(checkpoint(log(*leaves(5)), LOG, "log.example/other"), past.notes[1])
        ).encode(),
        "a past without a root": past.encode().replace(b'"root":', b'"rood":'),
        "three notes": good.encode().replace(b'"notes":[', b'"notes":["",'),
    }
