"""The `sanad` command. Exit codes: 0 done or authentic, 1 refused, 2 cannot tell or stale, 3 usage, input
or I/O.
"""

from sanad_node.cli.app import main

__all__ = ["main"]
