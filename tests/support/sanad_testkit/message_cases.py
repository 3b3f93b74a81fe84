"""Agreements, messages and receipts between members with known keys: to be taken, and to be refused.

Contents are sealed by `sealed_with`, which does what RFC 9180 says step by step, with an ephemeral key that is given:
the same bytes come out each time. The program's own sealing takes another each time.
"""

import hmac
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sanad_node.consortium.bundle import MemberTold, NetworkBundle
from sanad_node.consortium.sealing import sealing_public
from sanad_node.exchange.forms import (
    Agreement,
    AgreementEnd,
    Grant,
    Message,
    Ourselves,
    Receipt,
    info_of,
    sign,
)
from sanad_verifier.digests import sha256 as digest_of
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import public_key

ORIGIN = "pk-example/sanad/1"
TIME = 1_790_000_000
SEEDS = {number: bytes([number]) * 32 for number in (1, 2, 3)}
SEALING = {number: bytes([0x40 + number]) * 32 for number in (1, 2, 3)}
EPHEMERAL = b"e" * 32
ID, AGREEMENT, REQUEST = "1a" * 32, "2b" * 32, "3c" * 32
SUBJECT = "4d" * 32
CONTENTS: dict[str, dict[str, Any]] = {
    "alert": {
        "about": "container", "value": "MSKU1234565", "type": "CONTAINER", "code": "DIVERTED", "text": "not at gate 4",
    },
    "request": {"digest": SUBJECT, "type": "GOODS_DECLARATION", "question": "is this yours?"},
    "answer": {"outcome": "authentic", "answers": {"state": "yes ACTIVE"}, "note": ""},
}  # fmt: skip

# -- RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305 ---------------------------------

_KEM = b"KEM" + (0x0020).to_bytes(2)
_HPKE = b"HPKE" + (0x0020).to_bytes(2) + (0x0001).to_bytes(2) + (0x0003).to_bytes(2)


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract (4)."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand (4), of at most one block."""
    labelled = length.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:length]


def sealed_with(ephemeral: bytes, secret: bytes, public: bytes, info: str) -> bytes:
    """The encapsulated key (4.1), then the one ciphertext (5.1, 5.2), which is sealed with no additional data."""
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(public))
    shared = _expand(_KEM, _extract(_KEM, b"", b"eae_prk", shared), b"shared_secret", enc + public, 32)
    context = (
        b"\x00"
        + _extract(_HPKE, b"", b"psk_id_hash", b"")
        + _extract(_HPKE, b"", b"info_hash", info.encode())
    )
    schedule = _extract(_HPKE, shared, b"secret", b"")
    key = _expand(_HPKE, schedule, b"key", context, 32)
    nonce = _expand(_HPKE, schedule, b"base_nonce", context, 12)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, secret, b"")


# -- the files ----------------------------------------------------------------------------------------------------


def bundle() -> NetworkBundle:
    """Of the network, as much as signatures need."""
    members = [
        MemberTold(
            number=number, name=f"Customs {number}", address=f"{number:040x}", cosigning_key=public_key(seed).hex(),
            log_key="00" * 32, status_key="00" * 32, url="",
        )
        for number, seed in SEEDS.items()
    ]  # fmt: skip
    return NetworkBundle.model_construct(origin=ORIGIN, members=members, nodes=[], threshold=2)  # type: ignore[call-arg]


def member(number: int) -> Ourselves:
    return Ourselves(number, SEEDS[number], bundle())


def message(kind: str, content: bytes | None = None, *, info: str | None = None, **changed: Any) -> Message:
    """A message from member 1 to member 2, with members changed after it was sealed."""
    said = canonicalise(CONTENTS[kind]) if content is None else content
    form = Message(
        schema_="urn:sanad:message:2", id=ID, origin=ORIGIN, sender=1, recipient=2, kind=kind,  # type: ignore[arg-type]
        agreement=AGREEMENT, reply=REQUEST if kind == "answer" else "",
        deadline=TIME + 86400 if kind == "request" else 0,
        content=sealed_with(
            EPHEMERAL, said, sealing_public(SEALING[2]), info_of(ORIGIN, 1, 2, ID) if info is None else info
        ).hex(),
    )  # fmt: skip
    return form.model_copy(update=changed)


def agreement() -> Agreement:
    return Agreement(
        schema_="urn:sanad:agreement:1", id=AGREEMENT, origin=ORIGIN, members=[1, 2], purpose="arrivals by sea",
        until=0,
        grants=[
            Grant(sender=1, kind="mirror", types=["GOODS_DECLARATION"], fields=["/gdType", "/containers/*/number"]),
            Grant(sender=1, kind="alert", types=["CONTAINER", "AEO"], fields=[]),
            Grant(sender=2, kind="request", types=["GOODS_DECLARATION"], fields=[]),
        ],
    )  # fmt: skip


def told() -> dict[str, Any]:
    """The vectors."""
    one, two, three = (member(number) for number in SEEDS)
    proposed = sign(one, agreement(), TIME)
    ended = AgreementEnd(schema_="urn:sanad:agreement-end:1", agreement=AGREEMENT, reason="replaced")
    alert = message("alert")
    sent = sign(one, alert, TIME)
    line = sent.partition(b"\n\n")[0] + b"\n"
    receipt = Receipt(schema_="urn:sanad:message-receipt:1", message=ID, digest=bytes(digest_of(line)).hex())
    taken_over = message("alert", sender=3)  # what 1 sealed, sent by 3 as its own
    other = {
        "for version 1, which did not say who": f"{ORIGIN}/message/{ID}",
        "by another sender": info_of(ORIGIN, 3, 2, ID),
        "for another recipient": info_of(ORIGIN, 1, 3, ID),
        "as another message": info_of(ORIGIN, 1, 2, REQUEST),
        "in another network": info_of("pk-other/sanad/1", 1, 2, ID),
    }
    return {
        "origin": ORIGIN,
        "members": [
            {
                "number": number,
                "cosigningSeed": seed.hex(),
                "cosigningKey": public_key(seed).hex(),
                "sealingSeed": SEALING[number].hex(),
                "sealingKey": sealing_public(SEALING[number]).hex(),
            }
            for number, seed in SEEDS.items()
        ],
        "ephemeralSeed": EPHEMERAL.hex(),
        "agreement": {"proposed": proposed.decode(), "file": sign(two, agreement(), TIME + 9, proposed).decode()},
        "end": sign(two, ended, TIME + 99).decode(),
        "messages": [
            {
                "kind": kind,
                "info": info_of(ORIGIN, 1, 2, ID),
                "content": content,
                "file": sign(one, message(kind), TIME).decode(),
            }
            for kind, content in CONTENTS.items()
        ],
        "receipt": sign(two, receipt, TIME + 1).decode(),
        "refused": [
            {"name": "version 1", "code": "MESSAGE_INVALID", "file": sent.decode().replace("message:2", "message:1")},
            {
                "name": "signed by another member than its sender", "code": "SIGNER_UNKNOWN",
                "file": sign(three, alert, TIME).decode(),
            },
            {
                "name": "taken over by a third member as its own", "code": "MESSAGE_UNREADABLE",
                "file": sign(three, taken_over, TIME).decode(),
            },
            {
                "name": "another deadline than was signed", "code": "MESSAGE_INVALID",
                "file": sent.decode().replace('"deadline":0', '"deadline":1'),
            },
            *(
                {
                    "name": f"sealed {name}", "code": "MESSAGE_UNREADABLE",
                    "file": sign(one, message("alert", info=info), TIME).decode(),
                }
                for name, info in other.items()
            ),
        ],
    }  # fmt: skip
