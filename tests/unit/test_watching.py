"""Stalls are told apart by their cause; clocks are compared as most have them; programs are started with pauses."""

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from sanad_api.consortium import Agreement
from sanad_api.settings import Watchdog as Settings
from sanad_api.watchdog import Watchdog
from sanad_node import checkpointing, watching
from sanad_node.consortium.cosigning import collect
from sanad_node.engines.pulse import LASTED, LONGEST_PAUSE, Backoff, Pulse
from sanad_node.watching import CLOCK_WITHIN, SILENT_AFTER, STUCK_AFTER, Seen, Stall, Watch, clock_ahead

LEAST = 1 << 20
PULSE = Pulse(alive=True, period=1.0, head_time=1_000_000, final=90, peers=3, peers_expected=3)
WELL = Seen(at=0.0, clock=1_000_001.0, pulse=PULSE, indexed=90, waiting=2, oldest=7, free=LEAST)


def later(seen: Seen, by: float, **pulse: Any) -> Seen:
    """The same, so many seconds later: blocks have come and acts have gone, unless it is said otherwise."""
    assert seen.pulse is not None
    told = replace(seen.pulse, **{"final": seen.pulse.final + 50, **pulse})
    return replace(
        seen, at=seen.at + by, clock=seen.clock + by, pulse=told, indexed=told.final, oldest=seen.oldest + 1
    )


def test_a_node_that_does_its_work_has_no_stall() -> None:
    watch = Watch(LEAST)
    assert watch.look(WELL) == ()
    assert watch.look(later(WELL, 2 * STUCK_AFTER)) == ()
    assert watch.look(replace(WELL, pulse=None)) == ()


@pytest.mark.parametrize(
    ("stall", "change"),
    [
        (Stall.ENGINE_GONE, lambda s: replace(s, pulse=replace(s.pulse, alive=False))),
        (Stall.ENGINE_SILENT, lambda s: replace(s, pulse=replace(s.pulse, silent_for=SILENT_AFTER + 1))),
        (Stall.CHAIN_HALTED, lambda s: replace(s, pulse=replace(s.pulse, still_for=10.5))),
        (Stall.INDEXER_STUCK, lambda s: replace(s, indexed=WELL.indexed)),
        (Stall.INDEXER_STUCK, lambda s: replace(s, round_for=2 * STUCK_AFTER + 1)),
        (Stall.SUBMITTER_STUCK, lambda s: replace(s, oldest=WELL.oldest)),
        (Stall.DISK_LOW, lambda s: replace(s, free=LEAST - 1)),
        (Stall.CLOCK_DIFFERS, lambda s: replace(s, clock_ahead=CLOCK_WITHIN + 1)),
        (Stall.CLOCK_DIFFERS, lambda s: replace(s, clock_ahead=-CLOCK_WITHIN - 1)),
        (Stall.CLOCK_DIFFERS, lambda s: replace(s, clock=s.pulse.head_time - CLOCK_WITHIN - 1)),
    ],
)
def test_what_stands_still_is_named_and_nothing_else_is(stall: Stall, change: Callable[[Seen], Seen]) -> None:
    watch, then = Watch(LEAST), later(WELL, STUCK_AFTER + 1)
    assert watch.look(WELL) == ()
    assert watch.look(change(then)) == (stall,)
    assert watch.look(later(then, 1)) == ()


def test_only_the_cause_is_named_not_what_it_holds_up() -> None:
    watch, then = Watch(LEAST), later(WELL, STUCK_AFTER + 1)
    assert watch.look(WELL) == ()
    stuck = replace(then, indexed=WELL.indexed, oldest=WELL.oldest)
    assert watch.look(stuck) == (Stall.INDEXER_STUCK,)
    assert stuck.pulse is not None
    halted = replace(stuck, pulse=replace(stuck.pulse, still_for=99.0))
    assert watch.look(halted) == (Stall.CHAIN_HALTED,)
    silent = replace(halted, pulse=replace(halted.pulse, silent_for=99.0))  # type: ignore[type-var]
    assert watch.look(silent) == (Stall.ENGINE_SILENT,)
    gone = replace(silent, pulse=replace(silent.pulse, alive=False), free=0)  # type: ignore[type-var]
    assert watch.look(gone) == (Stall.ENGINE_GONE, Stall.DISK_LOW)


def test_acts_that_do_not_wait_long_and_chains_that_wait_for_acts_are_no_stall() -> None:
    watch = Watch(LEAST)
    assert watch.look(WELL) == ()
    soon = replace(later(WELL, STUCK_AFTER - 1), oldest=WELL.oldest, indexed=WELL.indexed)
    assert watch.look(soon) == ()
    none = replace(later(WELL, STUCK_AFTER + 1), oldest=0, waiting=0)
    assert watch.look(replace(none, at=none.at + 9 * STUCK_AFTER)) == ()
    embedded = later(WELL, 10, period=0.0, still_for=10**6)
    assert watch.look(embedded) == ()


# -- clocks ------------------------------------------------------------------------------------------------------------

WRONG = st.integers(CLOCK_WITHIN + 1, 10**6) | st.integers(-(10**6), -CLOCK_WITHIN - 1)
RIGHT = st.integers(-CLOCK_WITHIN, CLOCK_WITHIN)


@given(st.lists(WRONG, max_size=8), st.lists(RIGHT, max_size=8))
def test_our_clock_is_wrong_where_more_of_the_others_differ_from_it_than_agree(
    wrong: list[int], right: list[int]
) -> None:
    told = clock_ahead([*right, *wrong])
    if len(wrong) > len(right):
        assert -told in wrong
        assert abs(told) > CLOCK_WITHIN
    else:
        assert told == 0


def test_a_clock_two_hours_ahead_of_the_three_others_is_told_by_how_much() -> None:
    assert clock_ahead([-7200, -7199, -7201]) == 7200
    assert clock_ahead([7200, 0, 1]) == 0  # another's clock is wrong, not ours
    assert clock_ahead([]) == 0


THREE = datetime(2026, 11, 29, 3, tzinfo=UTC).timestamp()


@pytest.fixture
def stranger() -> Iterator[str]:
    """A service that says what time it is there, and nothing else that makes sense."""

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", "Sun, 29 Nov 2026 05:00:00 GMT")
            self.end_headers()
            self.wfile.write(b"no checkpoint")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Says)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_members_clock_is_known_although_its_checkpoint_is_of_no_use(
    stranger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = SimpleNamespace(cosigner=SimpleNamespace(key=SimpleNamespace(public=b"\1" * 32)))
    monkeypatch.setattr(checkpointing, "signers", lambda _node: keys)
    member = SimpleNamespace(number=2, cosigning_key="02" * 32, log_key="03" * 32, url=stranger)
    bundle = SimpleNamespace(members=[member], origin="pk/sanad/7", key_of=lambda _member: None)
    node = SimpleNamespace(bundle=SimpleNamespace(bundle=bundle), clock=lambda: THREE)
    (heard,) = collect(cast(Any, node))
    assert (heard.merged, heard.ahead) == (False, 7200)
    assert heard.code


# -- starting again ----------------------------------------------------------------------------------------------------


def test_a_program_that_ends_again_and_again_is_started_after_ever_longer_pauses_up_to_the_longest() -> None:
    now = 0.0
    backoff = Backoff(lambda: now)
    pauses = []
    for _ in range(9):
        assert backoff.wait() == 0
        backoff.started()
        pauses.append(backoff.wait())
        now += pauses[-1]
    assert pauses == [0, 1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE]


def test_one_that_has_lasted_is_started_at_once_when_it_ends() -> None:
    now = 0.0
    backoff = Backoff(lambda: now)
    for _ in range(3):
        now += backoff.wait()
        backoff.started()
    assert backoff.wait() == 2
    now += LASTED + 3
    assert backoff.wait() == 0
    backoff.started()
    assert backoff.wait() == 0


# -- the watchdog ------------------------------------------------------------------------------------------------------


class Silent:
    """A chain program that hangs until it is ended."""

    def __init__(self) -> None:
        self.starts = 1
        self.ended = threading.Event()

    def pulse(self) -> Pulse:
        return replace(PULSE, silent_for=0.0 if self.ended.is_set() else 99.0, starts=self.starts)

    def end_silent(self, number: int) -> None:
        assert number == self.starts
        self.ended.set()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> tuple[Watchdog, dict[str, Any]]:
    """A watchdog over what a test says there is to see, whose looks the test makes."""
    world: dict[str, Any] = {"seen": WELL, "kicked": 0, "ahead": 0}

    def observe(*_: Any, ahead: int) -> Seen:
        seen: Seen = world["seen"]
        return replace(seen, clock_ahead=ahead)

    def kick() -> None:
        world["kicked"] += 1

    monkeypatch.setattr("sanad_api.watchdog.observe", observe)
    agreement = Agreement(clock_ahead=7200)
    world["consortium"] = SimpleNamespace(agreement=Agreement())
    world["wrong"] = agreement
    world["engine"] = Silent()
    node = SimpleNamespace(chain=world["engine"])
    carrier = SimpleNamespace(kick=kick)
    return Watchdog(cast(Any, node), cast(Any, carrier), world["consortium"], Settings()), world


def look(watchdog: Watchdog) -> tuple[Stall, ...]:
    watchdog._look(lambda: True)
    return watchdog.stalls


def test_a_silent_program_is_ended_once_for_each_time_it_was_started(scene: Any) -> None:
    watchdog, world = scene
    world["seen"] = replace(WELL, free=1 << 40)
    assert look(watchdog) == ()
    engine = world["engine"]
    world["seen"] = replace(world["seen"], pulse=engine.pulse())
    assert look(watchdog) == (Stall.ENGINE_SILENT,)
    assert engine.ended.wait(5)
    assert look(watchdog) == (Stall.ENGINE_SILENT,)  # it takes a while to be gone, and is not ended twice
    assert watchdog.revived.total() == 1
    engine.ended.clear()
    engine.starts = 2
    world["seen"] = replace(world["seen"], pulse=engine.pulse())
    look(watchdog)
    assert engine.ended.wait(5)
    assert watchdog.revived.total() == 2


def test_who_asks_the_chain_is_woken_when_its_program_is_gone_and_a_wrong_clock_is_told(scene: Any) -> None:
    watchdog, world = scene
    world["seen"] = replace(WELL, free=1 << 40, pulse=replace(PULSE, alive=False))
    assert look(watchdog) == (Stall.ENGINE_GONE,)
    assert (world["kicked"], watchdog.code) == (1, "ENGINE_GONE")
    world["seen"] = replace(WELL, free=1 << 40)
    world["consortium"].agreement = world["wrong"]
    assert look(watchdog) == (Stall.CLOCK_DIFFERS,)
    world["consortium"].agreement = Agreement()
    assert look(watchdog) == ()
    assert watchdog.code == ""


def test_a_program_that_is_gone_is_tried_again_after_ever_longer_pauses_and_told_of_once(scene: Any) -> None:
    watchdog, world = scene
    gone = replace(WELL, free=1 << 40, waiting=0, pulse=replace(PULSE, alive=False))
    tried = []
    with structlog.testing.capture_logs() as told:
        for second in range(0, 400, 5):
            before = world["kicked"]
            world["seen"] = replace(gone, at=float(second))
            look(watchdog)
            if world["kicked"] > before:
                tried.append(second)
        world["seen"] = replace(WELL, free=1 << 40, waiting=0, at=400.0)
        look(watchdog)
        world["seen"] = replace(gone, at=405.0)
        look(watchdog)
    pauses = [after - before for before, after in itertools.pairwise(tried)]
    assert pauses == sorted(pauses)  # 0 s, and 1, 2, 4 … 60 s, as far as it is looked every five
    assert max(pauses) <= LONGEST_PAUSE
    assert len(tried) < 15
    assert world["kicked"] == len(tried) + 1  # gone anew, it is tried at once
    assert [one["event"] for one in told] == ["stall_began", "stall_ended", "stall_began"]


def test_there_is_nothing_to_end_where_others_run_the_chain() -> None:
    assert not watching.revive(cast(Any, SimpleNamespace(chain=object())), 1)
    assert not watching.revive(cast(Any, SimpleNamespace()), 1)
