"""The `sanad` command. Exit codes: 0 done or authentic, 1 refused, 2 cannot tell or stale, 3 usage, input or
I/O.
"""

import gc
import sys

USAGE = 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    gc.disable()  # importing makes a hundred thousand objects, and no garbage to look for among them
    try:
        from sanad_node.cli.app import main as run  # noqa: PLC0415 - a missing extra is told in words
    except ModuleNotFoundError as missing:
        if missing.name is not None and missing.name.startswith("sanad"):
            raise
        print(
            f"error NODE_NOT_INSTALLED: only the verifier is installed ({missing.name} is missing); "
            "install sanad[node]",
            file=sys.stderr,
        )
        return USAGE
    finally:
        gc.enable()
    return run(arguments)
