"""Where a chain's nodes answer: the addresses in `endpoints.json` of the engine's folder, with what is needed to ask
there.

A secret never stands in an address: a bearer token is read from a file of its own, which only its owner may read, at
each question, so that it can be renewed while the node runs.
"""

import json
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from sanad_node.datadir import DataDirectoryDamaged
from sanad_node.durable import write_file
from sanad_node.service_address import must_be_address
from sanad_verifier.errors import InputError

FILE = "endpoints.json"
VERSION = 1
MOST = 16
TOKEN_AT_MOST = 8192


class EndpointInvalid(InputError):
    """An endpoint is written URL[,token=FILE][,ca=FILE], and its files can be read."""

    code = "ENDPOINT_INVALID"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address (`https://`, or `http://` on this machine), the file of a bearer token, and that of the authority who
    has issued its certificate; empty for none, and for those that the system trusts. `own` is this organisation's own
    Besu, which is told whom to let in and whom to vote for.
    """

    url: str
    token: str = ""
    ca: str = ""
    own: bool = False

    @classmethod
    def parse(cls, text: str, *, own: bool = False) -> Self:
        """As it is written on the command line; `EndpointInvalid` or `ServiceAddressInvalid`."""
        url, *more = text.split(",")
        option = "--besu" if own else "--rpc"
        told: dict[str, str] = {}
        for part in more:
            name, equals, value = part.partition("=")
            if name not in {"token", "ca"} or name in told or not (equals and value):
                raise EndpointInvalid("write an endpoint as URL[,token=FILE][,ca=FILE]", field=option)
            told[name] = str(Path(value).absolute())
        made = cls(must_be_address(url, option), own=own, **told)
        made.context()
        made.headers()
        return made

    @property
    def name(self) -> str:
        """Host and port, as errors and logs name it."""
        return urlsplit(self.url).netloc

    def context(self) -> ssl.SSLContext:
        """How its certificate is checked; `EndpointInvalid`."""
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except OSError as error:  # ssl's own errors are among them
            raise EndpointInvalid("the certificate file cannot be read", field=self.name) from error

    def headers(self) -> dict[str, str]:
        """What goes with each question; `EndpointInvalid`."""
        if not self.token:
            return {}
        path = Path(self.token)
        try:
            if path.stat().st_mode & 0o077:
                raise EndpointInvalid("others than its owner can read the token's file", field=self.name)
            with path.open("rb") as file:
                token = file.read(TOKEN_AT_MOST + 1).decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EndpointInvalid("the token's file cannot be read", field=self.name) from error
        if not token or len(token) > TOKEN_AT_MOST or not token.isprintable() or " " in token:
            raise EndpointInvalid("the token's file holds no token", field=self.name)
        return {"Authorization": f"Bearer {token}"}


def save(folder: Path, endpoints: Sequence[Endpoint]) -> None:
    """Write them down; `EndpointInvalid` if there are none, too many, or two of one address."""
    if not 1 <= len(endpoints) <= MOST or len({one.url for one in endpoints}) != len(endpoints):
        raise EndpointInvalid(f"name 1 to {MOST} endpoints, each once", field="--rpc")
    told = {"version": VERSION, "endpoints": [asdict(one) for one in endpoints]}
    write_file(folder / FILE, json.dumps(told, indent=2).encode() + b"\n")


def load(folder: Path) -> tuple[Endpoint, ...]:
    """Those of an engine's folder; `DataDirectoryDamaged`."""
    try:
        told = json.loads((folder / FILE).read_bytes())
        if told["version"] != VERSION:
            raise ValueError(told["version"])
        found = tuple(Endpoint(**one) for one in told["endpoints"])
        for one in found:
            must_be_address(one.url)
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise DataDirectoryDamaged("the list of endpoints cannot be read", field=FILE) from error
    if not found:
        raise DataDirectoryDamaged("the list of endpoints is empty", field=FILE)
    return found
