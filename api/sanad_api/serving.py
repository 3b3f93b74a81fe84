"""Serving: a socket of our own, uvicorn on it, an address in the data directory for who looks for the service.

`service.json` names the address and process while the service runs; who finds one whose process is gone knows
that it was killed.
"""

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from sanad_api import logs
from sanad_api.app import create_app
from sanad_api.service import Service
from sanad_api.settings import Settings, load_settings
from sanad_node.datadir import DataDirectory
from sanad_node.durable import write_file
from sanad_verifier.errors import EnvironmentFault

BACKLOG = 512
STATE_FILE = "service.json"


class PortTaken(EnvironmentFault):
    """Another program listens at this address."""

    code = "PORT_TAKEN"


class _Server(uvicorn.Server):
    """Ends event streams as soon as it is told to stop, since they never end by themselves; and ends by itself, where
    uvicorn would raise the signal again and leave nobody to clean up. A second Ctrl-C does not wait for requests.
    """

    def handle_exit(self, sig: int, _frame: object) -> None:
        service: Service | None = getattr(self.config.app.state, "service", None)  # type: ignore[union-attr]
        if service is not None:
            service.stop_streams()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def serve(path: Path, *, host: str | None, port: int | None, say: Callable[[str], None]) -> None:
    """Serve a data directory until SIGINT or SIGTERM. `say` is told the address once requests are taken."""
    directory = DataDirectory.at(path)
    settings = load_settings(path, server={"host": host, "port": port})
    logs.configure(settings.log.level)
    listening = _listen(settings)
    address = _address(listening, settings)
    app = create_app(path, settings)
    app.state.announce = lambda: _announce(directory, address, say)
    config = uvicorn.Config(
        app,
        ws="none",  # we have none; a request that asks for one is answered as any other
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.server.proxies),
        forwarded_allow_ips=list(settings.server.proxies),
        timeout_graceful_shutdown=settings.server.shutdown_seconds,
        timeout_keep_alive=75,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=64 << 10,
    )
    try:
        _Server(config).run(sockets=[listening])
    finally:
        listening.close()
        (path / STATE_FILE).unlink(missing_ok=True)
    if app.state.failure is not None:
        raise app.state.failure


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.server.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.server.host, settings.server.port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            "this address cannot be listened on; choose another --port", field="--port"
        ) from error
    return listening


def _address(listening: socket.socket, settings: Settings) -> str:
    host = settings.server.host
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"


def _announce(directory: DataDirectory, address: str, say: Callable[[str], None]) -> None:
    told = {"url": address, "pid": os.getpid()}
    write_file(directory.root / STATE_FILE, json.dumps(told).encode() + b"\n", mode=0o600)
    say(address)
