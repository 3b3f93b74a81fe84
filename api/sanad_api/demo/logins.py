"""Logins of a demonstration: one for each role, with passwords made for this data directory alone.

They are written beside the data, readable by its owner only, so that a second start can print them again. A data
directory that was not made for a demonstration has no such file, and nothing here ever makes one in it.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_node.durable import write_file
from sanad_node.node import Node

FILE = "demo.json"
PASSWORD_BYTES = 9


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who can sign in to the demonstration."""

    name: str
    password: str
    roles: tuple[str, ...]
    formation: str
    who: str


PEOPLE: tuple[tuple[str, tuple[Role, ...], str, str], ...] = (
    ("bank", (Role.ISSUER,), "SNB-KHI-0001", "issues payment instruments for the sample bank"),
    (
        "customs",
        (Role.ISSUER, Role.APPROVER),
        "KAPW",
        "issues, suspends and revokes for the customs collectorate",
    ),
    ("auction", (Role.ISSUER, Role.APPROVER), "KAPW-AUC", "issues auction receipts"),
    ("line", (Role.ISSUER, Role.APPROVER), "SMPL-LINE", "issues bills of lading and ships containers"),
    ("terminal", (Role.ISSUER,), "KSCT", "receives and ships containers at the terminal"),
    ("warehouse", (Role.ISSUER,), "FSD-BWH", "receives containers at the bonded warehouse"),
    ("squad", (Role.SQUAD,), "FSDP", "verifies papers on the road"),
    ("auditor", (Role.AUDITOR,), "", "reads everything"),
    ("admin", (Role.ADMIN,), "", "looks after formations, keys and people"),
    ("partner", (Role.PARTNER,), "INDUS-BOND", "verifies from outside"),
)


def make(data: Path) -> tuple[Login, ...]:
    """Add the people to a demonstration's data directory."""
    made = tuple(
        Login(name, secrets.token_urlsafe(PASSWORD_BYTES), tuple(map(str, roles)), formation, who)
        for name, roles, formation, who in PEOPLE
    )
    with Node(data) as node:
        accounts = Accounts(node.office, audience=node.network.origin, clock=node.clock)
        for login, (_, roles, _, _) in zip(made, PEOPLE, strict=True):
            accounts.add(
                login.name, kind="person", formation=login.formation, roles=roles, password=login.password
            )
    write_file(data / FILE, json.dumps([asdict(login) for login in made], indent=1).encode(), mode=0o600)
    return made


def known(data: Path) -> tuple[Login, ...]:
    """The logins made for this data directory; none if it is no demonstration's."""
    try:
        told = json.loads((data / FILE).read_bytes())
    except FileNotFoundError:
        return ()
    return tuple(Login(**{**one, "roles": tuple(one["roles"])}) for one in told)
