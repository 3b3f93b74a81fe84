"""Drafting trust roots: what this node knows of its network, to be signed by the holders of root keys
(docs/spec/root.md).
"""

from collections.abc import Sequence
from dataclasses import replace

from sanad_node import checkpointing
from sanad_node.node import Node
from sanad_verifier.cosignatures import Window
from sanad_verifier.errors import InputError
from sanad_verifier.notes import VerifierKey
from sanad_verifier.roots import Contract, Root, encode_root, parse_root

DAY = 24 * 3600


class RootFactsDiffer(InputError):
    """The trust root at hand is of another network than this node's."""

    code = "ROOT_FACTS_DIFFER"


def draft(
    node: Node,
    keys: Sequence[VerifierKey],
    *,
    threshold: int,
    quorum: int,
    days: int,
    after: Root | None = None,
) -> str:
    """The text of the trust root of this network as the node knows it now; the one that follows `after`, if that is
    given. It ends after so many `days`. Members cosign from the time they joined, or as `after` says. An
    `EvidenceError` if nobody could read it.
    """
    node.must_act()  # who follows a mirror was told whom to believe, and cannot vouch for it
    trust = checkpointing.trust(node)
    if after is not None and after.trust.origin != trust.origin:
        raise RootFactsDiffer("the trust root is of another network", field="--after")
    now = int(node.clock())
    joined = {row.cosigning_key: int(row.since) for row in node.reader.members()}
    known = {} if after is None else {one.key: one for one in after.windows}
    text = encode_root(
        Root(
            version=1 if after is None else after.version + 1,
            issued=now,
            valid_until=now + days * DAY,
            threshold=threshold,
            keys=tuple(sorted(keys, key=lambda key: key.name)),
            contracts=tuple(
                Contract(role, one.address, one.code_hash)
                for role, one in sorted(node.network.contracts.items())
            ),
            windows=tuple(known.get(key, Window(key, joined[key.public], 0)) for key in trust.cosigners),
            trust=replace(trust, quorum=quorum),
        )
    )
    parse_root(text)
    return text
