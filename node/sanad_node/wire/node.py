"""A node looked at and looked after: its state, its log, its checks, its backups."""

from typing import Annotated, Any

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Hex32


class NodeView(Answer):
    """What a node is and how far it has come. `code` says what keeps acts from the chain, empty for nothing;
    `chain` is what the engine tells of itself, empty while it cannot be asked; `alarms` what somebody has to look at
    though everything works: `EQUIVOCATION`, `WITNESS_DISAGREES`, `MEMBER_DISAGREES`, `TRUST_PATHS_DIFFER`.
    """

    name: str
    origin: str
    chain_id: int
    block: int
    entries: int
    waiting: int = Field(description="Acts that are promised and in no block yet.")
    code: str
    chain: dict[str, Any]
    alarms: list[str]
    mirror: "FollowingView | None" = Field(
        default=None, description="How a node that follows a mirror stands; null for one with a chain."
    )


class CameView(Answer):
    """What a mirror came to when it was asked last: its checkpoint's size and time (seconds), 0 where it told none that
    can be believed; code, message and file of what was wrong, empty for nothing.
    """

    source: str
    size: int
    time: int
    code: str
    message: str
    field: str


class FollowingView(Answer):
    """How far a node that follows a mirror has come. Times in seconds, 0 for never; `age` of its checkpoint in seconds;
    `behind` is how many entries more a mirror has told of than this node has.
    """

    as_of: int
    age: int
    behind: int
    source: str
    tried: int
    done: int
    sources: list[str]
    mirrors: list[CameView]


class SyncRequest(Asked):
    """Folders and addresses of mirrors, those the node was given if there are none; `stale` takes a checkpoint however
    old it is; `keep` makes these the node's mirrors from now on.
    """

    mirrors: Annotated[
        list[Annotated[str, Field(max_length=1024)]], Field(max_length=32, default_factory=list)
    ]
    stale: bool = False
    keep: bool = False


class SyncView(Answer):
    """Where a node that follows a mirror is after a sync: entries, root, time of the checkpoint (seconds), how many
    entries were taken, whether a mirror has shown another log, and what each came to.
    """

    size: int
    root: str
    time: int
    taken: int
    forked: bool
    mirrors: list[CameView]


class ContractView(Answer):
    """A contract's address and the keccak256 of its code (hex); empty where it is not known."""

    address: str
    code_hash: str


class FactsView(Answer):
    """What two nodes of one network must agree on: its names, the log's size and root, the checkpoint's time (seconds),
    the height of the chain as read (0 for a node that follows a mirror), contracts by role, and the digest of the
    tables that the entries make.
    """

    origin: str
    chain_id: int
    genesis: str
    engine: str
    size: int
    root: str
    time: int
    block: int
    contracts: dict[str, ContractView]
    digest: str


class CheckpointView(Answer):
    """A checkpoint as signed here."""

    size: int
    root: str
    time: int
    note: str


class CrossCheckView(Answer):
    """How many entries of a log of `size` were found sealed as the log has them, up to which block."""

    entries: int
    size: int
    block: int
    time: int


class LogView(Answer):
    """The log as recomputed, and how many signed checkpoints agree with it."""

    size: int
    root: str
    checkpoints: int
    since: int


class FsckRequest(Asked):
    """`deep` computes the whole chain again too."""

    deep: bool = False


class FindingView(Answer):
    """Something that is not as it must be."""

    check: str
    code: str
    what: str
    message: str


class ExaminationView(Answer):
    """The checks that ran, how many things each looked at, and everything found."""

    looked_at: dict[str, int]
    findings: list[FindingView]


class TableView(Answer):
    """A table's digest here and as rebuilt from the chain."""

    table: str
    live: str
    rebuilt: str


class ComparisonView(Answer):
    same: bool
    tables: list[TableView]


class MirrorRequest(Asked):
    """What the replay of a mirror led to: its size, its root, the digest of the tables its entries make."""

    size: Annotated[int, Field(ge=0, lt=2**63)]
    root: Hex32
    digest: Hex32


class MirrorView(Answer):
    """Whether the node could compare itself with a mirror: not if the mirror is ahead of it."""

    compared: bool
    size: int


class CosignRequest(Asked):
    """Addresses of witnesses (https, or http on this machine)."""

    witnesses: Annotated[list[Annotated[str, Field(max_length=512)]], Field(min_length=1, max_length=32)]


class CosignedView(Answer):
    """What a witness said: the member whose signature it gave and its time (seconds), or why it gave none."""

    witness: str
    name: str
    time: int
    code: str
    message: str


class CosigningView(Answer):
    """A checkpoint with all its signatures, and what each witness said of it."""

    size: int
    root: str
    note: str
    witnesses: list[CosignedView]


class EquivocationView(Answer):
    """A proof that a log has signed two roots for one size, and when (seconds) it was found out."""

    origin: str
    size: int
    proof: str
    at: int


class EquivocationsView(Answer):
    """Every such proof, the oldest first."""

    equivocations: list[EquivocationView]


class BackupView(Answer):
    """How much a backup holds."""

    files: int
    bytes: int
