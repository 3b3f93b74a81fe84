"""Status lists: published, and what a device needs of them."""

from typing import Literal

from pydantic import Field

from sanad_node.wire.base import Answer, Asked, Code


class PublishRequest(Asked):
    """The next status list of a formation, for a group."""

    group: str = Field(
        "*",
        pattern=r"\*|[A-Za-z0-9][A-Za-z0-9-]{0,30}",
        description="The code of a formation, with everything beneath it; `*` for all.",
    )
    formation: Code | None = Field(
        None, alias="as", description="The formation that publishes it; the caller's own."
    )
    whole: bool = Field(False, description="A list, even if a delta to the one before would do.")


class PublicationView(Answer):
    """A published list, or a delta to the one before. Its bundle is what a device takes along."""

    group: str
    publisher: str
    sequence: int
    kind: Literal["list", "delta"]
    digest: str
    entry: int = Field(description="Its place in the log.")
    size: int = Field(description="How many entries it speaks of.")
    time: int = Field(description="As of when, in seconds.")


class PublicationsView(Answer):
    """For each publisher and group its last list and the deltas since."""

    publications: list[PublicationView]
