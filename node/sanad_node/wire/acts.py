"""Acts as those who asked for them follow them."""

from typing import Literal

from pydantic import Field

from sanad_node.wire.base import Answer

ActState = Literal["accepted", "signed", "anchored", "final", "refused"]


class AcceptedAct(Answer):
    """The answer to an act that was promised: it is on the disk, and will be brought to the chain."""

    act: str = Field(description="Follow it at `/v1/acts/{act}`.")
    what: str
    state: Literal["accepted"]
    digest: str = ""
    type: str = ""
    number: str = ""
    formation: str = ""
    consignment: str = ""
    contract: str = ""
    call: str = ""
    proposal: str = ""
    instrument: str = ""


class AcceptedActs(Answer):
    """The answer to a request that took several acts, in their order: where the last one is final, all are."""

    acts: list[AcceptedAct]


class ActView(Answer):
    """An act as it stands. `entry` is the number of its entry in the log, once it has one."""

    act: str
    what: str
    state: ActState
    formation: str
    about: dict[str, str]
    entry: int | None
    block: int | None
    tx: str | None
    code: str | None = Field(description="Why it was refused.")
    message: str | None
    at: int
    idempotency_key: str
    replayed: bool = False


class ActPage(Answer):
    acts: list[ActView]
    next: int | None = Field(None, description="Cursor of the next page.")
