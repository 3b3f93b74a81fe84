"""Where kept documents are: here, on which IPFS nodes, or erased."""

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Hex32, Identifier


class HolderView(Answer):
    """An IPFS node of the settings, and how far it is. `here` is the office's own."""

    holder: str
    waiting: int = Field(description="Blobs that it is to pin and has not.")
    pinned: int
    leaving: int = Field(description="Blobs that it is to let go and has not.")
    oldest: int = Field(description="Since when the oldest of those waits; 0 for none.")
    code: str = Field(description="What went wrong when it was asked last; empty for nothing.")


class VaultView(Answer):
    """The vault as a whole."""

    documents: int = Field(description="Documents that this office keeps, by its own records.")
    unseen: int = Field(
        description="Those of them that were not queued for IPFS yet; 0 where it is not set up."
    )
    erased: int
    unfinished: int = Field(description="Erasures that were interrupted and will be gone on with.")
    address: str = Field(description="The address to which other members grant documents.")
    holders: list[HolderView]


class PinView(Answer):
    """One blob at one IPFS node: `waiting`, `pinned`, `leaving` or `gone`."""

    holder: str
    cid: str
    state: str
    since: int
    code: str = Field(description="Of the last failure; empty for none.")


class ErasureView(Answer):
    """An erasure as recorded; `erasedAt` is 0 while a key remains."""

    digest: str
    reason: str
    asked_at: int
    erased_at: int


class KeptView(Answer):
    """Where one document is. `here`: `held`, `damaged`, `erased` or `missing`."""

    digest: str
    here: str
    cid: str = Field(description="Of its encrypted blob; empty where none was queued.")
    length: int
    pins: list[PinView]
    erasure: ErasureView | None = None


class ScrubRequest(Asked):
    """`heal` brings damaged documents back over IPFS."""

    heal: bool = False


class ProblemView(Answer):
    """Something wrong with the vault; `outcome` is what healing came to: `healed`, or the code of why not."""

    code: str
    digest: str = Field(description="Of the document; empty where it cannot be told.")
    file: str
    message: str
    outcome: str


class ScrubView(Answer):
    problems: list[ProblemView]


class FetchRequest(Asked):
    """A document of this office whose blob was lost, or a grant of another member's, as hex."""

    document: Identifier | None = None
    grant: str | None = Field(None, pattern="^([0-9a-f]{2}){1,512}$")


class FetchView(Answer):
    """`held`: it was here. `restored`: its blob came back. `taken`: another member's, kept here from now on."""

    digest: str
    outcome: str


class GrantRequest(Asked):
    document: Identifier
    to: Hex32 = Field(description="The address of the member's vault.")


class GrantView(Answer):
    """The grant's file as hex. Only the member it is for can open it."""

    digest: str
    grant: str


class EraseRequest(Asked):
    """`confirm` is the document's whole digest: nothing else is certain enough for what cannot be undone."""

    document: Identifier
    confirm: Hex32
    reason: str = Field(
        min_length=1, max_length=256, description="Why; kept in this office, never on the chain."
    )
