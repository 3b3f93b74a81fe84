"""kill -9 of the service under 32 clients: what it acknowledged is on the ledger, once; what it did not acknowledge
is asked for again under the same key, and is there once as well.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvloop
from sqlalchemy import select

from benchmarks.http_load import Answered, ConnectionGone, Line, get, issue, verify
from sanad_api.accounts.operator import operator_token
from sanad_api.callers import Role
from sanad_node import fsck
from sanad_node.datadir import DataDirectory
from sanad_node.node import Node
from sanad_node.store.ledger_tables import documents
from sanad_node.store.office_tables import outbox
from sanad_testkit.moved import move_to
from sanad_testkit.postgres import PostgresServer
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running, wait_until_ready

__all__ = ["prepared"]
ISSUES, CLIENTS, KILLS = 1_500, 32, 5
WITHIN = 120
LATER = {409, 429, 503}
"""In flight, too many, not just now: asked again under the same key."""


def digest(number: int) -> str:
    return hashlib.sha256(content(number)).hexdigest()


def content(number: int) -> bytes:
    return f"paper {number} of the crash test".encode()


@dataclass
class Storm:
    """The clients, and who kills the service under them."""

    service: Running
    token: str
    issues: int = ISSUES
    kills: int = KILLS
    acts: dict[int, str] = field(default_factory=dict)
    interrupted: int = 0
    up: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Issue everything, through all the kills."""
        self.up.set()
        left = iter(range(self.issues))
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(self.kill(), *(self.issue_while(left) for _ in range(CLIENTS)))

    async def kill(self) -> None:
        for number in range(1, self.kills + 1):
            while len(self.acts) < number * self.issues // (self.kills + 1):
                await asyncio.sleep(0.001)
            await self.kill_one()

    async def kill_one(self) -> None:
        self.up.clear()
        await asyncio.to_thread(self.service.kill)
        await asyncio.to_thread(self.service.start)
        self.up.set()

    async def issue_while(self, left: Iterator[int]) -> None:
        line: Line | None = None
        for number in left:
            line, answer = await self.ask_until_answered(line, self.request(number))
            told = json.loads(answer.body)
            assert answer.status == 202, told
            self.acts[number] = told["act"]

    async def each(self, requests: list[bytes]) -> list[Answered]:
        """The answers to requests, in their order, asked by all clients."""
        answers: dict[int, Answered] = {}
        left = iter(enumerate(requests))

        async def client() -> None:
            line: Line | None = None
            for place, request in left:
                line, answers[place] = await self.ask_until_answered(line, request)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        return [answers[place] for place in range(len(requests))]

    async def ask_until_answered(self, line: Line | None, request: bytes) -> tuple[Line, Answered]:
        while True:
            await self.up.wait()
            try:
                line = line or await Line.to(self.service.url)
                answer = await line.ask(request)
            except ConnectionGone:
                line = None
                self.interrupted += 1
                await asyncio.sleep(0.01)  # the kill is seen here before the killer is back
                continue
            if answer.status not in LATER:
                return line, answer
            await asyncio.sleep(0.01)

    def request(self, number: int) -> bytes:
        members = {"type": "FILE", "number": f"CRASH-{number}"}
        return issue(content(number), members, self.token, f"crash-{number}")


@pytest.mark.engine
@pytest.mark.slow
def test_five_kills_under_32_clients_lose_nothing_acknowledged_and_do_nothing_twice(
    tmp_path: Path, prepared: Prepared
) -> None:
    with running(copy_of(prepared, tmp_path), prepared) as service:
        storm = Storm(service, prepared.client(Role.ISSUER).token)
        uvloop.run(through_kills(storm))
        assert storm.interrupted >= KILLS, "nobody was interrupted: the kills proved nothing"
    everything_is_there_once(service.data, ISSUES)


@dataclass
class StoreStorm(Storm):
    """It is the service's PostgreSQL server that is killed; nobody is cut off from the service."""

    server: PostgresServer | None = None

    async def kill_one(self) -> None:
        assert self.server is not None
        await asyncio.to_thread(self.server.kill)
        await asyncio.to_thread(self.server.start)


@pytest.mark.engine
@pytest.mark.slow
def test_kills_of_the_postgresql_server_under_32_clients_lose_nothing_and_do_nothing_twice(
    tmp_path: Path, prepared: Prepared
) -> None:
    issues, kills = 300, 2
    server = PostgresServer()
    try:
        server.start()
        data = copy_of(prepared, tmp_path)
        move_to(data, server)
        with running(data, prepared) as service:
            token = prepared.client(Role.ISSUER).token
            storm = StoreStorm(service, token, issues, kills, server=server)
            uvloop.run(through_kills(storm))
            server.stop()
            headers = {"Authorization": f"Bearer {operator_token(DataDirectory.at(data))}"}
            with service.asks() as operator:
                unready = operator.get("/readyz")
                assert (unready.status_code, unready.json()["code"]) == (503, "STORE_UNREACHABLE")
                assert "sanad_store_failing 1.0" in operator.get("/metrics", headers=headers).text
            server.start()
            wait_until_ready(service.url)
            assert server.password not in service.log.read_text()
        everything_is_there_once(data, issues)
        assert server.log.count("automatic recovery in progress") == kills
    finally:
        server.close()


def everything_is_there_once(data: Path, issues: int) -> None:
    with Node(data) as node:
        with node.office.connect() as connection:
            found = connection.execute(select(outbox.c.state).where(outbox.c.key.like("%/crash-%")))
            assert Counter(found.scalars()) == {"final": issues}
        with node.ledger.connect() as connection:
            issued = Counter(
                bytes(one).hex() for one in connection.execute(select(documents.c.digest)).scalars()
            )
        assert {issued[digest(number)] for number in range(issues)} == {1}
        assert fsck.examine(node).findings == ()


async def through_kills(storm: Storm) -> None:
    await storm.run()
    assert len(storm.acts) == len(set(storm.acts.values())) == storm.issues
    numbers = range(storm.issues)
    for answer in await storm.each([get(f"/v1/acts/{storm.acts[n]}?wait=30", storm.token) for n in numbers]):
        assert (answer.status, json.loads(answer.body)["state"]) == (200, "final")
    for number, answer in enumerate(await storm.each([storm.request(n) for n in numbers])):
        assert (answer.status, json.loads(answer.body)["act"]) == (202, storm.acts[number])
        assert b"idempotency-replayed: true" in answer.head.lower()
    for answer in await storm.each([verify(digest(n)) for n in numbers]):
        assert (answer.status, json.loads(answer.body)["verdict"]) == (200, "authentic")
