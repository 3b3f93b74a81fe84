"""The sample network as a service, for the guides: a token for each job, in files like those a reader makes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_api.demo.__main__ import prepare
from sanad_node.durable import write_file
from sanad_node.node import Node
from sanad_testkit.service import running

CLIENTS: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    "issuer": ("KAPW-AUC", (Role.ISSUER,)),
    "approver": ("KAPW-AUC", (Role.ISSUER, Role.APPROVER)),
    "line": ("SMPL-LINE", (Role.ISSUER,)),
    "terminal": ("KSCT", (Role.ISSUER,)),
    "squad": ("FSDP", (Role.SQUAD,)),
    "auditor": ("", (Role.AUDITOR,)),
    "admin": ("", (Role.ADMIN,)),
    "partner": ("INDUS-BOND", (Role.PARTNER,)),
}
A_DAY = 86400


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Where it serves, and the tokens of its clients by name."""

    url: str
    tokens: Mapping[str, str]

    def give_tokens(self, folder: Path) -> None:
        """Put every token into a file of its name."""
        for name, token in self.tokens.items():
            write_file(folder / f"{name}.token", f"{token}\n".encode(), mode=0o600)


@contextmanager
def demonstrating(place: Path) -> Iterator[Demonstration]:
    """The service of `make run` with a client for each job, until the end of the block."""
    data = place / "run-data"
    prepare(data)
    tokens = {}
    with Node(data) as node:
        accounts = Accounts(node.office, audience=node.network.origin, clock=node.clock)
        for name, (formation, roles) in CLIENTS.items():
            accounts.add(f"{name}-system", kind="client", formation=formation, roles=roles)
            tokens[name] = accounts.make_token(f"{name}-system", label="guide", lifetime_seconds=A_DAY)
    with running(data) as service:
        yield Demonstration(service.url, tokens)
