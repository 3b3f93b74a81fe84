"""Operating one node of a running network: a clock that is hours off, a geth that hangs, a service that is killed while
it works, and what its metrics say. On the network of the drills.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from sanad_api.accounts.operator import operator_token
from sanad_api.consortium import Agreement
from sanad_api.settings import Watchdog as Settings
from sanad_api.watchdog import Watchdog
from sanad_node import governance, watching
from sanad_node.datadir import DataDirectory
from sanad_node.desk.acts import act_of
from sanad_node.exchange import agreeing, carrying
from sanad_node.exchange.forms import Grant
from sanad_node.reindexing import projection_digest
from sanad_node.watching import Stall, clock_ahead
from sanad_testkit.consortium import Administration, Consortium
from sanad_testkit.service import Running
from sanad_testkit.waiting import until
from sanad_testkit.wrong_clock import move_clock

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.xdist_group("network")]
TWO_HOURS = 7200
ACTS = 5


def clocks_compared(network: Consortium, one: Administration) -> Agreement:
    """What the members' answers come to: how far each of their clocks is ahead of this one's."""
    ours = one.open.clock()
    others = [other.open.clock() - ours for other in network.all if other is not one]
    return Agreement(clock_ahead=clock_ahead([round(ahead) for ahead in others]))


@contextmanager
def watched(network: Consortium, one: Administration) -> Iterator[Watchdog]:
    """The watchdog of a service, over a node that has none."""

    class Compared:
        @property
        def agreement(self) -> Agreement:
            return clocks_compared(network, one)

    assert one.carrier is not None
    settings = Settings(every_seconds=0.1, disk_free_mb=0)
    watchdog = Watchdog(one.open, one.carrier, cast(Any, Compared()), settings)
    watchdog.start()
    try:
        until(lambda: watchdog.seen is not None)
        yield watchdog
    finally:
        watchdog.stop()


@contextmanager
def wrong_clock(one: Administration, seconds: int) -> Iterator[None]:
    """The machine of this administration has a clock that is so many seconds ahead: node and geth go by it."""

    def moved() -> float:
        return time.time() + seconds

    pid = one.geth.status().pid
    assert pid is not None
    node, engine = one.open, one.geth
    before = (node.clock, engine._clock)
    node.clock, engine._clock = moved, moved
    move_clock(pid, seconds)
    try:
        yield
    finally:
        move_clock(pid, 0)
        node.clock, engine._clock = before


@pytest.mark.parametrize("seconds", [TWO_HOURS, -TWO_HOURS], ids=["ahead", "behind"])
def test_a_validator_whose_clock_is_two_hours_off_says_so_stops_nobody_and_loses_nothing(
    network: Consortium, seconds: int
) -> None:
    network.start()
    first, off = network.all[0], network.all[3]
    with watched(network, off) as wrong, watched(network, first) as right:
        assert (wrong.stalls, right.stalls) == ((), ())
        final = off.geth.status().final
        with wrong_clock(off, seconds):
            until(lambda: Stall.CLOCK_DIFFERS in wrong.stalls, within=30)
            mine = governance.add_formation(off.open, code=f"OFF{seconds + 9000}", kind="AUCTION").act
            other = governance.add_formation(first.open, code=f"ON{seconds + 9000}", kind="AUCTION").act
            network.grown(4, network.all[:3])  # with a majority of right clocks blocks go on
            assert first.settled(other).state == "final"
            if seconds < 0:  # it takes no block that is from the future to it
                until(lambda: off.geth.status().halted, within=60)
                until(lambda: Stall.CHAIN_HALTED in wrong.stalls, within=60)
            assert off.geth.status().final >= final
            assert Stall.CLOCK_DIFFERS in wrong.stalls
            assert right.stalls == ()  # one wrong clock among four is that one's matter
        assert off.settled(mine).state == "final"
        until(lambda: wrong.stalls == (), within=60)
    network.await_all(lambda one: one.size() >= first.size())
    assert projection_digest(off.open.ledger) == projection_digest(first.open.ledger)


def test_a_geth_that_hangs_is_ended_and_started_again_and_its_acts_are_carried_out(
    network: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.start()
    one = network.all[1]
    monkeypatch.setattr(watching, "SILENT_AFTER", 2.0)
    with watched(network, one) as watchdog:
        pid = one.geth.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        act = governance.add_formation(one.open, code="HUNG", kind="AUCTION").act
        until(lambda: watchdog.revived.total() == 1, within=60)
        until(lambda: one.geth.pulse().starts == 2, within=60)
        assert one.settled(act).state == "final"
        until(lambda: watchdog.stalls == (), within=60)
        assert one.geth.status().pid != pid


def a_proposal_arrives(one: Administration, http: httpx.Client, url: str) -> None:
    """A data agreement that is proposed is sent to the other member's service, which gives its receipt."""
    signed = one.open.bundle
    assert signed is not None
    members = [m.model_copy(update={"url": url}) if m.number == 3 else m for m in signed.bundle.members]
    placed = replace(signed, bundle=signed.bundle.model_copy(update={"members": members}))
    one.open.__dict__["bundle"] = placed  # where the service of this test happens to be
    grant = Grant(sender=1, kind="alert", types=["CONTAINER"], fields=[])
    made = agreeing.propose(one.open, 3, [grant], purpose="drill")
    assert carrying.carry(one.open) == carrying.Carried(1, 0, 0)
    (told,) = http.get("/v1/agreements").json()["agreements"]
    assert (told["id"], told["state"], told["partner"]) == (made.agreement.id, "offered", 1)
    one.open.forget_bundle()


def test_a_service_killed_with_its_geth_while_it_works_loses_nothing_it_acknowledged(
    network: Consortium,
) -> None:
    network.start()
    first, member = network.all[0], network.all[2]
    member.stop()
    service = Running(member.path, environment={"SANAD_WATCHDOG__EVERY_SECONDS": "0.2"})
    service.start()
    headers = {"Authorization": f"Bearer {operator_token(DataDirectory(member.path))}"}
    promised: set[str] = set()
    try:
        with httpx.Client(base_url=service.url, headers=headers, timeout=30, trust_env=False) as http:

            def measured() -> dict[str, str]:
                lines = http.get("/metrics").text.splitlines()
                return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

            until(lambda: measured()["sanad_peers"] == "3.0")
            told = measured()
            assert http.get("/readyz").json()["alarms"] == []
            a_proposal_arrives(first, http, service.url)
            for number in range(ACTS):
                asked = {"code": f"KILLED{number}", "kind": "AUCTION"}
                key = {"Idempotency-Key": f"killed/{number}"}
                answer = http.post("/v1/formations", json=asked, headers=key)
                assert answer.status_code == 202, answer.text
                promised.add(answer.json()["act"])
    finally:
        service.kill()
    for name in (
        "head_age_seconds", "head_still_seconds", "head_round", "peers_expected", "lag_blocks",
        "outbox_oldest_seconds", "outbox_waiting", "cosignature_age_seconds", "disk_free_bytes",
        "clock_ahead_seconds", "engine_starts",
    ):  # fmt: skip
        assert float(told[f"sanad_{name}"]) >= 0, name
    assert {told[f'sanad_stalled{{code="{one.value}"}}'] for one in Stall} == {"0.0"}
    assert len(promised) == ACTS
    member.start()
    until(lambda: {act_of(member.open, one).state for one in promised} == {"final"}, within=90)
    last = max(act_of(member.open, one).entry or 0 for one in promised)
    network.await_all(lambda one: one.size() > last)
    assert projection_digest(member.open.ledger) == projection_digest(first.open.ledger)
