"""A data directory without a chain: it follows a log that others keep, and cannot act on it."""

from sanad_node.engines.base import ChainUnavailable
from sanad_node.pipeline.refusals import ActRefused

MIRROR = "mirror"
"""The engine's name in a network descriptor."""


class NoChainHere(ChainUnavailable):
    """This node follows a mirror of the log: there is no chain that it could ask."""

    code = "NO_CHAIN_HERE"


class NodeMirrors(ActRefused):
    """This node follows a mirror of the log; it cannot act. Nothing was stored."""

    code = "NODE_MIRRORS"
