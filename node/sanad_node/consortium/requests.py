"""The request to take part: what an administration's node says of itself, with a proof for every key it names.

Keys are made where they are used and never leave. A request names their public halves, and each of them has signed
it: the node's key among its peers, the member's and the validator's chain keys, and the cosigning key. Whoever takes a
request in still has to know by other means that it is that administration's: by telephone, or by its certificate.
"""

from typing import Literal

from coincurve import PrivateKey, PublicKey
from eth_hash.auto import keccak
from pydantic import Field

from sanad_node.consortium.form import (
    ADDRESS,
    ENODE,
    HEX32,
    NAME_OF_OFFICE,
    Form,
    read_form,
    typed_digest,
    typed_form,
)
from sanad_node.engines.wanted import node_id
from sanad_node.signing import Signer
from sanad_verifier.chain.keccak import ADDRESS_SIZE
from sanad_verifier.errors import EvidenceError
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import KeyInvalid, NoteInvalid, NoteSigner, NoteUntrusted, VerifierKey

Role = Literal["validator", "observer"]
PROOF_NAME = "sanad-join-request"


class RequestInvalid(EvidenceError):
    """The file is no request to take part, or one of its keys has not signed it."""

    code = "JOIN_REQUEST_INVALID"


class Asked(Form):
    """What is asked for. Keys are public ones: the member's and validator's addresses, Ed25519 keys for cosigning, the
    log and status statements, and the X25519 key to which the network's secret is sealed (RFC 9180).
    """

    schema_: Literal["urn:sanad:join-request:1"] = Field(alias="schema")
    organisation: str = Field(pattern=NAME_OF_OFFICE)
    role: Role
    enode: str = Field(pattern=ENODE)
    member: str = Field(pattern=ADDRESS)
    validator: str = Field(pattern=f"({ADDRESS})?")
    cosigning_key: str = Field(pattern=HEX32)
    log_key: str = Field(pattern=HEX32)
    status_key: str = Field(pattern=HEX32)
    sealing_key: str = Field(pattern=HEX32)
    url: str = Field(max_length=200)


class Proofs(Form):
    """A signature by each key: over the EIP-712 form of the request's digest (member, validator), its Keccak-256 (node:
    r ‖ s ‖ v), and as a note's line (cosigning).
    """

    node: str = Field(pattern=r"[0-9a-f]{130}")
    member: str = Field(pattern=r"[0-9a-f]{130}")
    validator: str = Field(pattern=r"([0-9a-f]{130})?")
    cosigning_key: str = Field(pattern=r"[0-9a-f]{128}")


class JoinRequest(Form):
    """The file."""

    asked: Asked
    proofs: Proofs

    def encode(self) -> bytes:
        return canonicalise(self.told()) + b"\n"


def make_request(
    asked: Asked, *, node_key: bytes, member: Signer, validator: Signer | None, cosigner: bytes
) -> JoinRequest:
    """The request with its proofs; `node_key` and `cosigner` are the secret halves, 32 bytes."""
    content = canonicalise(asked.told())
    typed = typed_form("JoinRequest", content)
    return JoinRequest(
        asked=asked,
        proofs=Proofs(
            node=PrivateKey(node_key).sign_recoverable(keccak(content), hasher=None).hex(),
            member=member.sign_typed_data(typed).hex(),
            validator="" if validator is None else validator.sign_typed_data(typed).hex(),
            cosigning_key=NoteSigner(PROOF_NAME, cosigner).sign(_line(content)).body.hex(),
        ),
    )


def read_request(data: bytes) -> JoinRequest:
    """The request in a file, every proof checked; `RequestInvalid`."""
    request = read_form(JoinRequest, data, RequestInvalid)
    asked, proofs = request.asked, request.proofs
    content = canonicalise(asked.told())
    digest = typed_digest("JoinRequest", content)
    if node_id(asked.enode) != _public(proofs.node, keccak(content), "node").hex():
        raise RequestInvalid("the node's key has not signed the request", field="/proofs/node")
    for name, address, proof in (
        ("member", asked.member, proofs.member),
        ("validator", asked.validator, proofs.validator),
    ):
        if bool(address) != bool(proof):
            raise RequestInvalid("a key has no proof, or a proof no key", field=f"/proofs/{name}")
        if address and keccak(_public(proof, digest, name))[-ADDRESS_SIZE:].hex() != address:
            raise RequestInvalid("a key has not signed the request", field=f"/proofs/{name}")
    if (asked.role == "validator") != bool(asked.validator):
        raise RequestInvalid(
            "a validator names its sealing key, and nobody else does", field="/asked/validator"
        )
    try:
        key = VerifierKey(PROOF_NAME, 1, bytes.fromhex(asked.cosigning_key))
        key.check(_line(content).encode(), bytes.fromhex(proofs.cosigning_key))
    except (KeyInvalid, NoteInvalid, NoteUntrusted) as error:
        raise RequestInvalid(
            "the cosigning key has not signed the request", field="/proofs/cosigning_key"
        ) from error
    keys = (asked.cosigning_key, asked.log_key, asked.status_key, asked.sealing_key)
    if len(set(keys)) != len(keys) or asked.member == asked.validator:
        raise RequestInvalid("a key stands for two purposes", field="/asked")
    return request


def _line(content: bytes) -> str:
    return content.decode() + "\n"


def _public(proof: str, digest: bytes, name: str) -> bytes:
    """The 64 bytes of the public key that signed a digest."""
    raw = bytes.fromhex(proof)
    seal = raw[:64] + bytes([raw[64] - 27 if raw[64] >= 27 else raw[64]])
    try:
        return PublicKey.from_signature_and_message(seal, digest, hasher=None).format(compressed=False)[1:]
    except Exception as error:  # the library raises plain exceptions for whatever libsecp256k1 refuses
        raise RequestInvalid("a proof is no signature", field=f"/proofs/{name}") from error
