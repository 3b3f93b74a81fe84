"""The peer of the service's figures: a route that says hello, on the same server and framework and nothing else, so
that figures from other machines compare.

    python -m benchmarks.service_hello

prints its address and serves until it is interrupted.
"""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.service_process import ended, wait_until

PATH = "/hello"


async def hello(_request: Request) -> Response:
    return Response(b'{"hello":"world"}', media_type="application/json")


@contextlib.contextmanager
def peer() -> Iterator[str]:
    """The address of a peer that runs until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.service_hello"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with ended(process):
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        wait_until(url + PATH)
        yield url


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        config = uvicorn.Config(Starlette(routes=[Route(PATH, hello)]), log_config=None, access_log=False)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
