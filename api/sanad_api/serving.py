"""Serving: a socket of our own, uvicorn on it, an address in the data directory for who looks for the service."""

import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sanad_api import logs
from sanad_api.app import create_app
from sanad_api.heads import BoundedHeads
from sanad_api.service import Service
from sanad_api.settings import Settings, load_settings
from sanad_node import served
from sanad_node.datadir import DataDirectory, DataDirectoryLocked, Lock
from sanad_verifier.errors import EnvironmentFault

BACKLOG = 512


class PortTaken(EnvironmentFault):
    """Another program listens at this address."""

    code = "PORT_TAKEN"


class _Server(uvicorn.Server):
    """Ends event streams as soon as it is told to stop, since they never end by themselves; and ends by itself, where
    uvicorn would raise the signal again and leave nobody to clean up. A second Ctrl-C does not wait for requests.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, _frame: object) -> None:
        service: Service | None = getattr(self._app.state, "service", None)
        if service is not None:
            service.stop_streams()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def serve(path: Path, *, host: str | None, port: int | None, say: Callable[[str], None]) -> None:
    """Serve a data directory until SIGINT or SIGTERM. `say` is told the address once requests are taken."""
    directory = DataDirectory.at(path)
    settings = load_settings(path, server={"host": host, "port": port})
    logs.configure(settings.log.level)
    _must_be_free(directory)
    listening = _listen(settings)
    address = _address(listening, settings)
    app = create_app(path, settings)
    app.state.announced = lambda: _announced(directory, address, say)
    config = uvicorn.Config(
        _quiet(app),
        http=BoundedHeads,
        ws="none",  # we have none; a request that asks for one is answered as any other
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.server.proxies),
        forwarded_allow_ips=list(settings.server.proxies),
        timeout_graceful_shutdown=settings.server.shutdown_seconds,
        timeout_keep_alive=75,
        backlog=BACKLOG,
    )
    try:
        _Server(config, app).run(sockets=[listening])
    except SystemExit:  # uvicorn's word for a service that could not start
        if app.state.failure is None:
            raise
    finally:
        listening.close()
    if app.state.failure is not None:
        raise app.state.failure


def _quiet(app: FastAPI) -> ASGIApp:
    """The application; an error of ours that keeps it from starting is told by who called, not logged as a fault."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            known = message["type"] == "lifespan.startup.failed" and app.state.failure is not None
            await send({**message, "message": ""} if known else message)

        await app(scope, receive, answer if scope["type"] == "lifespan" else send)

    return told


def _must_be_free(directory: DataDirectory) -> None:
    """`DataDirectoryLocked` with the address, if a service has the directory: told before its port is missed."""
    try:
        with Lock(directory):
            pass
    except DataDirectoryLocked as error:
        address = served.address_of(directory)
        if address is None:
            raise
        raise DataDirectoryLocked(
            f"the data directory is served already, at {address}", field="--data"
        ) from error


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.server.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; connections have it from here
        stalled = settings.server.stalled_seconds * 1000
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stalled)
    try:
        listening.bind((settings.server.host, settings.server.port))
        listening.listen(BACKLOG)  # who comes while the service starts waits, and nobody else gets the port
    except OSError as error:
        listening.close()
        raise PortTaken(
            "this address cannot be listened on; choose another --port", field="--port"
        ) from error
    return listening


def _address(listening: socket.socket, settings: Settings) -> str:
    host = settings.server.host
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"


def _settle_memory() -> None:
    """Leave out of every later search for garbage what was made to start, and search less often: most of what a
    request makes is gone when it is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@contextmanager
def _announced(directory: DataDirectory, address: str, say: Callable[[str], None]) -> Iterator[None]:
    _settle_memory()
    with served.announced(directory, address):
        say(address)
        yield
