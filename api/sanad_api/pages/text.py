"""Text from documents and people, as a page may show it.

Templates escape markup; this takes care of what escaping does not see: characters that hide, reorder or imitate.
"""

from sanad_node.types.visible import visible

_FIRST_STRONG, _POP = "\u2068", "\u2069"
SHORTENED_TO = 12


def plain(value: object) -> str:
    """A value as text in which every character is seen: controls, direction marks and the like are spelled out."""
    return visible(str(value))


def isolated(text: str) -> str:
    """The text as a unit of its own direction, for a sentence that is not markup (where `<bdi>` does this)."""
    return f"{_FIRST_STRONG}{text}{_POP}"


def short(digest: str) -> str:
    """The beginning of a digest, for where the whole would not fit."""
    return digest if len(digest) <= SHORTENED_TO else f"{digest[:SHORTENED_TO]}…"
