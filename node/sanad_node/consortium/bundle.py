"""The network bundle: which chain, which contracts, which administrations and nodes (docs/spec/network-bundle.md).

One signed note (C2SP) whose text is a line of canonical JSON, signed by members with their cosigning keys. Its digest
is what the Consortium contract records, so that members vote on exactly these bytes.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError

from sanad_node.consortium.form import ADDRESS, ENODE, HEX32, NAME_OF_OFFICE, Form, whole
from sanad_node.engines.consensus import Clique, Confirmed, Qbft, Rule
from sanad_verifier.checkpoints import in_order
from sanad_verifier.cosignatures import CosignatureSigner, cosignature_time
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse
from sanad_verifier.notes import COSIGNATURE_V1, Note, VerifierKey, parse_note

MOST_MEMBERS, MOST_NODES = 64, 256
FIXED = (
    "name", "origin", "chain_id", "consensus", "period", "epoch", "confirmations", "genesis", "genesis_hash",
    "contracts", "founding", "continues",
)  # fmt: skip
"""What no later version changes, unless it begins the chain again."""
BEGUN_AGAIN = ("genesis", "genesis_hash", "continues")
"""What a version that begins the chain again changes, besides the nodes that are left."""


class BundleInvalid(EvidenceError):
    """The file is no network bundle in its one encoding."""

    code = "NETWORK_BUNDLE_INVALID"


class BundleUnsigned(EvidenceError):
    """Too few members have signed the network bundle."""

    code = "NETWORK_BUNDLE_UNSIGNED"


class BundleUnfit(InputError):
    """The network bundle is genuine, but not for this node, or does not follow the one it has."""

    code = "NETWORK_BUNDLE_UNFIT"


class ContractTold(Form):
    """A contract: its address and the Keccak-256 of its code."""

    role: str = Field(pattern=r"[A-Z][A-Za-z]{0,30}")
    address: str = Field(pattern=ADDRESS)
    code_hash: str = Field(pattern=HEX32)


class MemberTold(Form):
    """An administration that votes and cosigns; `number` is the contract's. Keys as in its request to take part."""

    number: int = Field(ge=1, le=2**31)
    name: str = Field(pattern=NAME_OF_OFFICE)
    address: str = Field(pattern=ADDRESS)
    cosigning_key: str = Field(pattern=HEX32)
    log_key: str = Field(pattern=HEX32)
    status_key: str = Field(pattern=HEX32)
    url: str = Field(max_length=200)


class NodeTold(Form):
    """A node of a member: where its peers find it, whether it seals, and the network's secret sealed to it."""

    member: int = Field(ge=1, le=2**31)
    role: Literal["validator", "observer"]
    enode: str = Field(pattern=ENODE)
    validator: str = Field(pattern=f"({ADDRESS})?")
    sealing_key: str = Field(pattern=HEX32)
    secret: str = Field(pattern=r"[0-9a-f]{64,400}")


class Continued(Form):
    """What a chain that was begun again goes on from: the hashes of block 0 of the chain before it and of the network's
    first, the size and root of the log then, the root of the state that block 0 has (32 bytes each, hex), and the
    SHA-256 of the record that leads to them.
    """

    genesis_hash: str = whole(HEX32)
    first_genesis: str = whole(HEX32)
    size: int = Field(ge=1, le=2**53 - 1)
    root: str = whole(HEX32)
    state_root: str = whole(HEX32)
    record: str = whole(HEX32)


class NetworkBundle(Form):
    """What all nodes of a network agree on. `period` is the seconds between blocks, `genesis` the engine's own file
    (empty where the chain was there before), `confirmations` the blocks on one that is final where seals cannot be
    checked (else 0), `founding` the signed transactions that put the contracts on the chain, and `members_ever` the
    highest number a member has had.
    """

    schema_: Literal["urn:sanad:network-bundle:1"] = Field(alias="schema")
    version: int = Field(ge=1, le=2**53 - 1)
    previous: str = Field(pattern=f"({HEX32})?")
    name: str = Field(pattern=r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
    origin: str = Field(pattern=r"[a-z0-9/-]{3,120}")
    chain_id: int = Field(ge=1, le=2**31)
    consensus: Literal["clique", "qbft", "none"]
    period: int = Field(ge=1, le=600)
    epoch: int = Field(ge=1, le=2**31)
    confirmations: int = Field(ge=0, le=100_000)
    genesis: dict[str, Any]
    genesis_hash: str = Field(pattern=HEX32)
    threshold: int = Field(ge=1, le=MOST_MEMBERS)
    members_ever: int = Field(ge=1, le=2**31)
    members: list[MemberTold] = Field(min_length=1, max_length=MOST_MEMBERS)
    nodes: list[NodeTold] = Field(min_length=1, max_length=MOST_NODES)
    contracts: list[ContractTold] = Field(min_length=1, max_length=32)
    founding: list[str] = Field(max_length=32)
    continues: Continued | None = None

    def told(self) -> dict[str, Any]:
        """As JSON; a network whose chain is its first says nothing of others."""
        told = super().told()
        if self.continues is None:
            del told["continues"]
        return told

    def text(self) -> str:
        """What is signed."""
        return canonicalise(self.told()).decode() + "\n"

    def digest(self) -> Digest:
        """What the Consortium contract records."""
        return sha256(self.text().encode())

    def rule(self) -> Rule:
        """How blocks are sealed."""
        if self.consensus == "none":
            return Confirmed(self.confirmations)
        return Clique(self.epoch) if self.consensus == "clique" else Qbft()

    def member(self, number: int) -> MemberTold:
        """A member by number; `BundleUnfit` if there is none."""
        found = next((one for one in self.members if one.number == number), None)
        if found is None:
            raise BundleUnfit("the network bundle has no such member", field="member")
        return found

    def key_of(self, member: MemberTold) -> VerifierKey:
        """The key with which a member signs bundles and cosigns checkpoints."""
        name = cosigner_name(self.origin, member.number)
        return VerifierKey(name, COSIGNATURE_V1, bytes.fromhex(member.cosigning_key))


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """A bundle and the note it came in."""

    bundle: NetworkBundle
    note: bytes

    def signers(self) -> list[int]:
        """Numbers of the members who have signed it, each signature checked."""
        note = parse_note(self.note)
        found: list[int] = []
        for member in self.bundle.members:
            key = self.bundle.key_of(member)
            line = note.by(key)
            if line is not None:
                cosignature_time(note, key, line)
                found.append(member.number)
        return found

    def must_be_signed(self) -> None:
        """Raise `BundleUnsigned` unless as many of its members have signed as decide together."""
        signed = len(self.signers())
        if signed < self.bundle.threshold:
            raise BundleUnsigned(
                f"{signed} of {self.bundle.threshold} members have signed the network bundle",
                field="signature",
            )

    def must_follow(self, known: "SignedBundle") -> None:
        """Raise unless this is the next version of the network that `known` is of, and the members before agreed."""
        old, new = known.bundle, self.bundle
        if any(getattr(old, one) != getattr(new, one) for one in FIXED):
            raise BundleUnfit("the network bundle is of another network", field="genesisHash")
        if new.version != old.version + 1 or new.previous != old.digest().hex():
            raise BundleUnfit(
                f"version {old.version + 1} follows, and this is {new.version}", field="version"
            )
        before = {one.cosigning_key for one in old.members}
        signed = [n for n in self.signers() if new.member(n).cosigning_key in before]
        if len(signed) < old.threshold:
            raise BundleUnsigned(
                f"{len(signed)} of {old.threshold} members before have signed the network bundle",
                field="signature",
            )

    def must_begin_anew(self, known: "SignedBundle") -> None:
        """Raise unless this is the next version of the network that `known` is of, on a chain that goes on from its
        chain; whoever has signed it.
        """
        old, new = known.bundle, self.bundle
        told = new.continues
        if told is None or told == old.continues:
            raise BundleUnfit("the network bundle does not begin the chain again", field="continues")
        if any(getattr(old, one) != getattr(new, one) for one in FIXED if one not in BEGUN_AGAIN):
            raise BundleUnfit("the network bundle is of another network", field="origin")
        if new.version != old.version + 1 or new.previous != old.digest().hex():
            raise BundleUnfit(
                f"version {old.version + 1} follows, and this is {new.version}", field="version"
            )
        first = old.continues.first_genesis if old.continues else old.genesis_hash
        if (told.genesis_hash, told.first_genesis) != (old.genesis_hash, first):
            raise BundleUnfit("the network bundle goes on from another chain", field="continues")
        if (new.members, new.threshold, new.members_ever) != (old.members, old.threshold, old.members_ever):
            raise BundleUnfit("a chain is begun again with the members it had", field="members")
        if any(one not in old.nodes for one in new.nodes):
            raise BundleUnfit("a chain is begun again with nodes it had", field="nodes")


def cosigner_name(origin: str, number: int) -> str:
    """The name under which a member cosigns."""
    return f"{origin}/member-{number}"


def read_bundle(data: bytes) -> SignedBundle:
    """The bundle in a file, whoever has signed it; `BundleInvalid`, or an error of its signatures."""
    note = parse_note(data)
    try:
        bundle = NetworkBundle.of(parse(note.text.removesuffix("\n").encode()))
    except JsonRefused as error:
        raise BundleInvalid("the network bundle is not JSON in Sanad's profile", field=error.field) from error
    except ValidationError as error:
        where = "/".join(str(part) for part in error.errors()[0]["loc"])
        raise BundleInvalid("a member is missing, unknown or not of its form", field=f"/{where}") from error
    if bundle.text() != note.text:
        raise BundleInvalid("the network bundle is not in its one encoding", field="")
    _check(bundle)
    read = SignedBundle(bundle, data)
    read.signers()
    return read


def sign_bundle(
    bundle: NetworkBundle, number: int, seed: bytes, time: int, before: bytes | None = None
) -> bytes:
    """The bundle's note with the signature of member `number`, beside those it bears already; time in seconds."""
    lines = [] if before is None else list(parse_note(before).signatures)
    signer = CosignatureSigner(cosigner_name(bundle.origin, number), seed)
    if signer.key != bundle.key_of(bundle.member(number)):
        raise BundleUnfit("the network bundle names another key for this member", field="cosigningKey")
    kept = {(one.name, one.key_id): one for one in (*lines, signer.sign(bundle.text(), time))}
    return Note(bundle.text(), in_order(bundle.origin, kept.values())).encode()


def _check(bundle: NetworkBundle) -> None:
    """What must hold between the members of a bundle."""
    if (bundle.consensus == "none") != bool(bundle.confirmations):
        raise BundleInvalid("confirmations are for a chain without seals to check", field="/confirmations")
    numbers = [one.number for one in bundle.members]
    if (
        numbers != sorted(set(numbers))
        or bundle.threshold > len(numbers)
        or numbers[-1] > bundle.members_ever
    ):
        raise BundleInvalid(
            "members stand in the order of their numbers, at least as many as decide", field="/members"
        )
    for names in (
        [one.address for one in bundle.members],
        [key for one in bundle.members for key in (one.cosigning_key, one.log_key, one.status_key)],
        [one.enode for one in bundle.nodes],
        [one.validator for one in bundle.nodes if one.validator],
        [one.role for one in bundle.contracts],
    ):
        if len(set(names)) != len(names):
            raise BundleInvalid("a key, a node or a contract stands twice", field="/members")
    if any(
        one.member not in numbers or (one.role == "validator") != bool(one.validator) for one in bundle.nodes
    ):
        raise BundleInvalid("a node is of no member, or seals without a key", field="/nodes")
