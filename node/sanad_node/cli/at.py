"""Whom does a command ask: a service somewhere else, the one that serves this data directory, or the directory
itself?

A data directory belongs to one process. While that is a service, commands on the directory go through it, with
the secret that proves they could read the directory; so a command says the same words whether a service runs or
not. A secret is never given on a command line, where every process of the machine can read it.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sanad_node import served
from sanad_node.cli.options import DEFAULT_DATA, Data
from sanad_node.datadir import DataDirectory, DataDirectoryLocked
from sanad_node.desk import Desk, desk_of
from sanad_node.desk.base import OnlyLocal
from sanad_node.node import Node
from sanad_verifier.cli_parts import FileUnreadable

if TYPE_CHECKING:
    from sanad_node.client import Client

TOKEN_AT_MOST = 1024
OPERATOR_PREFIX = "sndop_"

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="SANAD_URL",
        help="Ask the service at this address, not the data directory.",
        show_default="none",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", envvar="SANAD_TOKEN_FILE", help="With --url: the file with your token."),
]


@dataclass(frozen=True, slots=True)
class Where:
    """What the command line said about whom to ask."""

    data: Path
    url: str | None = None
    token_file: Path | None = None

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The desk to ask. Raises `DataDirectoryLocked` while another process than a service has the directory."""
        with ExitStack() as stack:
            if self.url is not None:
                token = None if self.token_file is None else read_token(self.token_file)
                yield stack.enter_context(_client(self.url, token))
                return
            try:
                node = stack.enter_context(Node(self.data))
            except DataDirectoryLocked:
                directory = DataDirectory.at(self.data)
                address = served.address_of(directory)
                if address is None:
                    raise
                token = OPERATOR_PREFIX + directory.secret("operator").hex()
                yield stack.enter_context(_client(address, token, here=True))
            else:
                yield desk_of(node)

    @contextmanager
    def node(self, option: str = "--url") -> Iterator[Node]:
        """The data directory itself, for what no service does; `OnlyLocal` if one was named."""
        if self.url is not None:
            raise OnlyLocal("this is done on a data directory, not through a service", field=option)
        with Node(self.data) as node:
            yield node


def _client(url: str, token: str | None, *, here: bool = False) -> "Client":
    """What speaks HTTP is imported where a service is asked."""
    from sanad_node.client import Client, Timeouts  # noqa: PLC0415
    from sanad_node.client.retrying import HERE  # noqa: PLC0415

    return Client(url, token, timeouts=HERE if here else Timeouts())


BEFORE = (
    inspect.Parameter("data", inspect.Parameter.KEYWORD_ONLY, default=DEFAULT_DATA, annotation=Data),
    inspect.Parameter("url", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Url),
    inspect.Parameter("token_file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=TokenFile),
)


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes `where` takes the options that say so in its place."""
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def run(data: Path, url: str | None, token_file: Path | None, **given: Any) -> None:
        command(where=Where(data, url, token_file), **given)

    taken: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        taken += BEFORE if name == "where" else [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    run.__signature__ = signature.replace(parameters=taken)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in taken}
    return run


def read_token(path: Path) -> str:
    """The token in the first line of a file."""
    try:
        with path.open("rb") as file:
            first = file.read(TOKEN_AT_MOST).partition(b"\n")[0]
        return first.decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable("the token cannot be read", field="--token-file") from error
