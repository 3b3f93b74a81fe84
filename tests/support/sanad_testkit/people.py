"""Accounts on an office database of their own, at a time that a test decides; passwords are hashed cheaply."""

from dataclasses import dataclass, field

import pytest
from argon2 import PasswordHasher

from sanad_api.accounts import Accounts, passwords
from sanad_testkit.stores import Databases

HERE, ELSEWHERE = "log.here.example", "log.elsewhere.example"
WORD = "a password of many words"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Register:
    """`accounts` of the network HERE in `databases`; `others` of ELSEWHERE on the same database."""

    databases: Databases
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.office = self.databases.open("office")
        self.accounts = self.opened()

    def opened(self, audience: str = HERE) -> Accounts:
        """The accounts as a service that starts now finds them: it remembers nothing."""
        return Accounts(self.office, audience=audience, clock=self.clock)

    def person(self, name: str = "rashida", role: str = "issuer", formation: str = "CELL") -> None:
        self.accounts.add(name, roles=[role], formation=formation, password=WORD)

    def client(self, name: str = "bridge", label: str = "first", lifetime: int = 3600) -> str:
        """Add a service client; returns a token of theirs."""
        self.accounts.add(name, kind="client", roles=["issuer"], formation="CELL")
        return self.accounts.make_token(name, label=label, lifetime_seconds=lifetime)

    def bytes(self) -> bytes:
        """All that is stored."""
        return self.databases.bytes()


@pytest.fixture
def register(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Register:
    monkeypatch.setattr(passwords, "HASHER", CHEAP)
    return Register(databases)
