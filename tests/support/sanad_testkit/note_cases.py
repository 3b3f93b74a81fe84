"""Signed checkpoints and status statements, right and wrong: the cases behind `tests/vectors/notes.json`."""

from base64 import b64encode
from typing import Any

from sanad_testkit.evidence import NOW, ORIGIN, Scene, seed
from sanad_verifier.checkpoints import CosignatureSigner, verify_checkpoint
from sanad_verifier.notes import Note, NoteSigner, Signature
from sanad_verifier.status_statement import sign_status, verify_status

SCENE = Scene()
TEXT = SCENE.checkpoint_text()
LOG = SCENE.log.sign(TEXT)
MEMBERS = tuple(cosigner.sign(TEXT, SCENE.time) for cosigner in SCENE.cosigners)
ROOT = b64encode(SCENE.tree.root).decode()


def signed(text: str) -> bytes:
    """A text under the signatures of the log and all members."""
    lines = [SCENE.log.sign(text), *(cosigner.sign(text, SCENE.time) for cosigner in SCENE.cosigners)]
    return Note(text, tuple(lines)).encode()


def _under(*lines: Signature) -> bytes:
    return Note(TEXT, lines).encode()


def _retimed(line: Signature) -> Signature:
    return line._replace(body=(SCENE.time + 1).to_bytes(8) + line.body[8:])


def _checkpoints() -> dict[str, dict[str, bytes]]:
    """By outcome: what it is refused for, or nothing."""
    stranger = CosignatureSigner("stranger.example", seed("stranger"))
    honest = _under(LOG, *MEMBERS)
    return {
        "": {
            "signed by all": honest,
            "signed by a quorum": _under(LOG, *MEMBERS[:2]),
            "cosigned at different times": SCENE.checkpoint((NOW - 30, NOW - 20, NOW - 10)),
            "one member's clock ahead": SCENE.checkpoint((NOW - 30, NOW - 20, NOW + 10**6)),
            "cosigned by a stranger too": _under(LOG, *MEMBERS, stranger.sign(TEXT, NOW)),
            "signed in another order": _under(*MEMBERS, LOG),
        },
        "QUORUM_MISSING": {
            "too few members": _under(LOG, MEMBERS[0]),
            "a stranger in a member's place": _under(LOG, MEMBERS[0], stranger.sign(TEXT, NOW)),
            "the log's signature alone": _under(LOG),
        },
        "NOTE_UNTRUSTED": {"cosignatures alone": _under(*MEMBERS)},
        "NOTE_INVALID": {
            "a cosignature moved in time": _under(LOG, _retimed(MEMBERS[0]), *MEMBERS[1:]),
            "a cosignature of another text": _under(LOG, SCENE.cosigners[0].sign("x\n", NOW), *MEMBERS[1:]),
            "a plain signature for a cosignature": _under(
                LOG, MEMBERS[0]._replace(body=MEMBERS[0].body[:8] + LOG.body), *MEMBERS[1:]
            ),
            "the log's signature of another text": _under(SCENE.log.sign("x\n"), *MEMBERS),
            "a member's line twice": honest + honest.split(b"\n")[-2] + b"\n",
            "CR LF": honest.replace(b"\n", b"\r\n"),
            "no line end at the end": honest[:-1],
            "a blank line at the end": honest + b"\n",
            "a signature without padding": honest.replace(b"=\n\xe2", b"\n\xe2", 1),
            "a hyphen for the dash": honest.replace("\u2014 ".encode(), b"- "),
            "nothing": b"",
        },
        "CHECKPOINT_INVALID": {
            "an extension line": signed(TEXT + "extension\n"),
            "a leading zero in the size": signed(f"{ORIGIN}\n021\n{ROOT}\n"),
            "no root": signed(f"{ORIGIN}\n21\n"),
            "a root of 31 bytes": signed(f"{ORIGIN}\n21\n{b64encode(bytes(31)).decode()}\n"),
            "a root without padding": signed(f"{ORIGIN}\n21\n{ROOT[:-1]}\n"),
            "another origin": signed(f"{ORIGIN}0\n21\n{ROOT}\n"),
        },
    }


def checkpoints() -> list[dict[str, Any]]:
    """Each note with the code of its refusal, or the size, root and time a reader learns."""
    trust, told = SCENE.trust(), []
    for code, name, data in _flat(_checkpoints()):
        outcome: dict[str, Any] = {"code": code}
        if not code:
            found = verify_checkpoint(data, trust.origin, trust.log_keys, trust.cosigners, trust.quorum)
            outcome = {"size": found.checkpoint.size, "root": found.checkpoint.root.hex(), "time": found.time}
        told.append({"name": name, "note": b64encode(data).decode(), **outcome})
    return told


def _flat(cases: dict[str, dict[str, bytes]]) -> list[tuple[str, str, bytes]]:
    return [(code, name, data) for code, named in cases.items() for name, data in named.items()]


def _statements() -> dict[str, dict[str, bytes]]:
    """By outcome: what it is refused for, or nothing."""
    proof = SCENE.proof()
    statement = SCENE.statement(proof)
    text, honest = statement.text(), sign_status(statement, SCENE.status)

    def stated(changed: str, *signers: NoteSigner) -> bytes:
        lines = tuple(signer.sign(changed) for signer in signers or (SCENE.status,))
        return Note(changed, lines).encode()

    return {
        "": {
            "active": honest,
            "suspended": sign_status(SCENE.statement(proof, "suspended", 9), SCENE.status),
            "superseded": sign_status(SCENE.statement(proof, "superseded", 12), SCENE.status),
            "revoked": sign_status(SCENE.statement(proof, "revoked", 3), SCENE.status),
        },
        "STATUS_INVALID": {
            "a state nobody knows": stated(text.replace("\nactive\n", "\nfine\n")),
            "revoked without a reason": stated(text.replace("\nactive\n", "\nrevoked\n")),
            "superseded by nothing": stated(text.replace("\nactive\n0\n", "\nsuperseded\n12\n")),
            "active and replaced": stated(text.replace("\n-\n", f"\n{'cd' * 32}\n")),
            "a leading zero": stated(text.replace("\nactive\n0\n", "\nactive\n00\n")),
            "the digest in capitals": stated(
                text.replace(statement.digest.hex(), statement.digest.hex().upper())
            ),
            "a line too many": stated(text + "more\n"),
            "another version": stated(text.replace("/v1\n", "/v2\n")),
            "another log": stated(text.replace(ORIGIN, ORIGIN + "0")),
            "signed by a stranger too": stated(text, SCENE.status, NoteSigner("stranger", seed("stranger"))),
            "a checkpoint signed by the status key": stated(TEXT),
        },
        "NOTE_UNTRUSTED": {
            "signed by the log's key": stated(text, SCENE.log),
            "signed by a stranger": stated(text, NoteSigner(SCENE.status.key.name, seed("stranger"))),
        },
        "NOTE_INVALID": {
            "another time under the signature": honest.replace(b"%d\n\n" % SCENE.time, b"%d\n\n" % NOW),
            "CR LF": honest.replace(b"\n", b"\r\n"),
        },
    }


def statements() -> list[dict[str, Any]]:
    """Each note with the code of its refusal, or what a reader learns."""
    trust, told = SCENE.trust(), []
    for code, name, data in _flat(_statements()):
        outcome: dict[str, Any] = {"code": code}
        if not code:
            found = verify_status(data, trust.origin, trust.status_keys)
            outcome = {
                "state": found.state,
                "reason": found.reason,
                "digest": found.digest.hex(),
                "replacement": found.replacement,
                "size": found.size,
                "root": found.root.hex(),
                "time": found.time,
            }
        told.append({"name": name, "note": b64encode(data).decode(), **outcome})
    return told
