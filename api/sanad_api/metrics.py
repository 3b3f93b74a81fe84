"""What Prometheus is told: requests by route and status, how long they took, and how the pipeline stands.

Labels are route templates and status codes only: no identifier, name or address ever becomes one.
"""

from math import nan
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select

from sanad_api.consortium import Agreement
from sanad_node.alarms import lies_counted
from sanad_node.exchange.journal import counted
from sanad_node.store.office_tables import outbox
from sanad_node.store.vault_tables import erasures
from sanad_node.watching import Stall
from sanad_verifier.errors import EnvironmentFault

if TYPE_CHECKING:
    from sanad_api.service import Service
    from sanad_api.watchdog import Watchdog

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAITING = ("accepted", "signed", "anchored")


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "sanad_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "sanad_request_seconds",
            "Time to answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._deliveries = Counter(
            "sanad_webhook_deliveries_total",
            "Events sent to webhooks, by what became of them.",
            ("outcome",),
            registry=self._registry,
        )
        self._pin_failures_told: dict[str, int] = {}
        self._pin_failures = Counter(
            "sanad_vault_pin_failures_total",
            "Calls of IPFS nodes that failed, by code.",
            ("code",),
            registry=self._registry,
        )
        self._stalls = Gauge(
            "sanad_stalled", "1 while this has come to a stand.", ("code",), registry=self._registry
        )
        self._gauges = {
            name: Gauge(f"sanad_{name}", words, registry=self._registry)
            for name, words in (
                ("outbox_waiting", "Acts promised and not yet final."),
                ("outbox_oldest_seconds", "Age of the oldest of them."),
                ("log_entries", "Entries in the log as read."),
                ("head_block", "Height of the chain as read."),
                ("head_age_seconds", "Age of that block."),
                ("carrier_failing", "1 while acts do not reach the chain."),
                (
                    "known_age_seconds",
                    "Age of what the node knows: of the block read last, or of the mirrored checkpoint.",
                ),
                ("mirrors_failing", "Mirrors that could not be followed when they were asked last."),
                ("mirrors_lying", "Those of them that have shown another log under its name."),
                ("event_streams", "Event streams open."),
                ("equivocations", "Proofs that a witnessed log has signed two roots for one size."),
                ("witnesses_failing", "Witnesses that gave no cosignature when they were asked last."),
                ("witnesses_disagreeing", "Those of them that have seen another log under our name."),
                (
                    "status_lists_failing",
                    "Status lists that could not be published when they were tried last.",
                ),
                ("members_asked", "Other members whose nodes were asked for their cosignatures last."),
                ("members_cosigned", "Those of them whose cosignature stands under our checkpoint."),
                ("members_disagreeing", "Those of them that have signed another log."),
                ("cosignature_age_seconds", "Age of the oldest of these cosignatures."),
                ("trust_paths_differ", "1 if seals and log were not the same when they were compared last."),
                ("trust_paths_checked_seconds", "When they were compared last, since 1970; 0 for never."),
                ("messages_waiting", "Messages that wait to be sent to partners."),
                ("requests_overdue", "Requests, theirs and ours, past their deadline without an answer."),
                ("peers", "Other nodes of the chain that ours is connected to."),
                ("peers_expected", "Those that it should be connected to."),
                ("head_still_seconds", "Time in which no other newest block was seen."),
                ("head_round", "Round in which the newest block was agreed on; 0 for the first."),
                ("lag_blocks", "Blocks that stand and are not read yet."),
                ("engine_starts", "How often the chain's program was started by this process."),
                ("engine_ended_silent", "How often it was ended because it did not answer."),
                ("accounts_reading_in_bulk", "Accounts that were shown more things than the setting allows."),
                ("disk_free_bytes", "Bytes that are free where the data directory is."),
                ("clock_ahead_seconds", "Our clock, ahead of those of most other members."),
                ("store_failing", "1 while the databases cannot be read: what they know has no number."),
                ("webhooks_failing", "Webhooks whose next event was refused at least once."),
                ("vault_pins_waiting", "Blobs that an IPFS node has yet to pin or to let go."),
                ("vault_pins_oldest_seconds", "Age of the oldest of them."),
                ("vault_holders_failing", "IPFS nodes that failed when they were asked last."),
                ("vault_erasures_unfinished", "Erasures that were interrupted."),
            )
        }

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def delivered(self, outcome: str) -> None:
        """Count one delivery to a webhook."""
        self._deliveries.labels(outcome).inc()

    def render(self, service: "Service") -> bytes:
        """Everything in Prometheus' text form."""
        told: dict[str, float] = {
            "carrier_failing": int(service.carrier.health.failing),
            "mirrors_failing": service.follower.failing,
            "mirrors_lying": service.follower.lying,
            "event_streams": service.events.open_streams,
            "witnesses_failing": service.collector.last.failing,
            "witnesses_disagreeing": service.collector.last.disagreeing,
            "status_lists_failing": service.publisher.failing,
            "store_failing": 0,
            **dict(_agreement(service.consortium.agreement, service.node.clock())),
        }
        told |= _watched(service.watchdog)
        for stall in Stall:
            self._stalls.labels(stall.value).set(int(stall in service.watchdog.stalls))
        for code, count in service.node.pins.failures().items():
            self._pin_failures.labels(code).inc(count - self._pin_failures_told.get(code, 0))
            self._pin_failures_told[code] = count
        try:
            told |= _stored(service)
        except EnvironmentFault:  # what the store knows is not known now: no number, rather than the last one
            told |= {**dict.fromkeys(self._gauges.keys() - told.keys(), nan), "store_failing": 1}
        for name, value in told.items():
            self._gauges[name].set(value)
        return generate_latest(self._registry)


def _agreement(held: Agreement, now: float) -> tuple[tuple[str, float], ...]:
    return (
        ("members_asked", held.members),
        ("members_cosigned", held.cosigned),
        ("members_disagreeing", held.disagreeing),
        ("cosignature_age_seconds", now - held.oldest if held.oldest else 0),
        ("trust_paths_differ", int(not held.paths_agree)),
        ("trust_paths_checked_seconds", held.checked_at),
    )


def _watched(watchdog: "Watchdog") -> dict[str, float]:
    """What the last look saw; no number for what was not there to see."""
    seen = watchdog.seen
    pulse = None if seen is None else seen.pulse
    told: dict[str, float] = {
        "engine_ended_silent": watchdog.revived.total(),
        "disk_free_bytes": nan if seen is None else seen.free,
        "clock_ahead_seconds": nan if seen is None else seen.clock_ahead,
    }
    if seen is None or pulse is None:
        names = ("peers", "peers_expected", "head_still_seconds", "head_round", "lag_blocks", "engine_starts")
        return told | dict.fromkeys(names, nan)
    return told | {
        "peers": nan if pulse.peers is None else pulse.peers,
        "peers_expected": nan if pulse.peers is None else pulse.peers_expected,
        "head_still_seconds": pulse.still_for,
        "head_round": pulse.round,
        "lag_blocks": max(0, pulse.final - seen.indexed),
        "engine_starts": pulse.starts,
    }


def _stored(service: "Service") -> dict[str, float]:
    """The gauges that the store knows; raises its faults."""
    with service.node.office.connect() as connection:
        waiting, oldest = connection.execute(
            select(func.count(), func.min(outbox.c.accepted_at)).where(outbox.c.state.in_(WAITING))
        ).one()
        unfinished = connection.execute(
            select(func.count()).select_from(erasures).where(erasures.c.erased_at == 0)
        ).scalar_one()
    pins = service.node.pins
    standing = pins.standing()
    since = [one.tally.oldest for one in standing if one.tally.oldest]
    now, position = service.node.clock(), service.node.reader.position()
    exchanged = counted(service.node.office, now)
    return {
        "messages_waiting": exchanged.waiting,
        "requests_overdue": exchanged.overdue,
        "outbox_waiting": waiting,
        "outbox_oldest_seconds": now - oldest if oldest is not None else 0,
        "log_entries": position.size,
        "head_block": position.block,
        "head_age_seconds": now - position.time,
        "known_age_seconds": now - position.time,
        "accounts_reading_in_bulk": len(service.recorder.in_bulk()),
        "equivocations": lies_counted(service.node.office),
        "vault_pins_waiting": sum(one.tally.waiting + one.tally.leaving for one in standing)
        + (pins.queue.unseen_count() if pins.active else 0),
        "vault_pins_oldest_seconds": now - min(since) if since else 0,
        "vault_holders_failing": sum(one.code != "" for one in standing),
        "vault_erasures_unfinished": unfinished,
        "webhooks_failing": sum(one.tries > 0 for one in service.webhooks.all()),
    }
