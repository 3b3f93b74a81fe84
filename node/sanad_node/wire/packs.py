"""Packs: what squads take along for a shift."""

from pydantic import Field

from sanad_node.wire.base import Asked, Code, TypeName

CONTENTS_AT_MOST = 4 << 20


class SinceRequest(Asked):
    """An older pack, by what it says of itself: the members `contents.json` and `pack.note` of its file, as text."""

    contents: str = Field(min_length=1, max_length=CONTENTS_AT_MOST)
    note: str = Field(min_length=1, max_length=4096)


class PackRequest(Asked):
    """Which documents a pack is to list."""

    types: list[TypeName] = Field(min_length=1, max_length=64, description="Types of documents.")
    region: Code | None = Field(
        None, description="Only those issued by this formation and everything beneath it; without it, by all."
    )
    codes: bool = Field(
        True, description="With what the short form of printed codes is checked by, 8 bytes a document."
    )
    since: SinceRequest | None = Field(
        None, description="Make the pack one that this older one can be brought up to by an update."
    )
