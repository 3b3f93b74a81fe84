"""Webhooks: where events may go, how they are signed, and that none is skipped whatever the receiver does."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from sanad_api.events import courier as module
from sanad_api.events.courier import Courier
from sanad_api.events.destinations import AddressRefused, Destination, WebhookUrlInvalid, destination, pinned
from sanad_api.events.hub import Event, EventKindUnknown, Wanted
from sanad_api.events.signing import SecretBox, WebhookSecretLost, headers
from sanad_api.events.webhooks import MOST, TooManyWebhooks, UnknownWebhook, Webhooks
from sanad_api.settings import Webhooks as Settings
from sanad_node.wire import WebhookRequest
from sanad_testkit.stores import Databases

HOST = "hooks.bank.example"
URL = f"https://{HOST}/sanad?office=4"
PUBLIC = "203.0.113.9"  # documentation only, and so not global: see `anywhere`
GLOBAL = "93.184.216.34"
NOW = 1_790_000_000


# -- signatures and secrets ----------------------------------------------------------------------------------------


def test_the_signature_is_that_of_the_standard_s_vector() -> None:
    signed = headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (signed["webhook-id"], signed["webhook-timestamp"]) == (
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
    )


def test_a_secret_is_kept_so_that_only_its_webhook_in_its_directory_can_read_it() -> None:
    box = SecretBox(b"m" * 32)
    secret = box.fresh()
    sealed = box.seal("hook", secret)
    assert box.open("hook", sealed) == secret
    assert secret.encode() not in sealed
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    for other, name, kept_ in (
        (SecretBox(b"n" * 32), "hook", sealed),
        (box, "other", sealed),
        (box, "hook", sealed[:-1]),
        (box, "hook", b""),
    ):
        with pytest.raises(WebhookSecretLost):
            other.open(name, kept_)


# -- destinations --------------------------------------------------------------------------------------------------


def test_a_host_that_is_allowed_is_a_destination() -> None:
    assert destination(URL, [HOST]) == Destination("https", HOST, 443, "/sanad?office=4", False)
    assert destination(f"https://{HOST.upper()}:8443", [f"{HOST}:8443"]).authority == f"{HOST}:8443"
    assert destination("http://127.0.0.1:9000/x", ["127.0.0.1:9000"]).literal
    assert destination("https://[2001:db8::7]/x", ["2001:db8::7"]).authority == "[2001:db8::7]"


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/",
        f"ftp://{HOST}/",
        f"https://{HOST}.evil.example/",
        "https://evil.example/",
        f"https://{HOST}@evil.example/",
        f"https://user:pw@{HOST}/",
        f"https://{HOST}/#x",
        f"https://{HOST}:99999/",
        "https:///x",
        f"https://{HOST}\\@evil.example/",
        f"https://{HOST}/ x",
        f"https://{HOST}/\n",
        "https://[::1/",
        f"//{HOST}/",
        "javascript:1",
        "https://hооks.bank.example/",
        "http://localhost/",
        "http://10.0.0.7/",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlInvalid):
        destination(url, [HOST, "localhost", "10.0.0.7"])


def test_nothing_is_allowed_until_the_settings_say_so() -> None:
    with pytest.raises(WebhookUrlInvalid):
        destination(URL, Settings().hosts)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "0.0.0.0",  # noqa: S104
        "::",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.0.1",
        "240.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:0:80ff:fffe",
        "64:ff9b::7f00:1",
        "2001:db8::1",
        PUBLIC,
        "not an address",
        "",
    ],
)
def test_a_name_that_leads_to_this_machine_or_a_network_of_its_own_is_refused(address: str) -> None:
    to = destination(URL, [HOST])
    with pytest.raises(AddressRefused):
        pinned(to, lambda _host, _port: [address], private=False)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("10.1.2.3", True),
        ("192.168.1.1", True),
        ("172.31.0.1", True),
        ("fd00::7", True),
        ("::ffff:10.0.0.1", True),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104
        ("100.64.0.1", False),
        ("fe80::1", False),
    ],
)
def test_a_private_network_is_for_those_who_say_so_and_this_machine_for_nobody(
    address: str, allowed: bool
) -> None:
    to = destination(URL, [HOST])
    if allowed:
        taken = pinned(to, lambda _host, _port: [address], private=True)
        assert ip_address(taken) == ip_address(address)
    else:
        with pytest.raises(AddressRefused):
            pinned(to, lambda _host, _port: [address], private=True)


def test_the_first_address_that_may_be_is_taken() -> None:
    to = destination(URL, [HOST])
    assert pinned(to, lambda _host, _port: ["127.0.0.1", GLOBAL], private=False) == GLOBAL
    with pytest.raises(AddressRefused):
        pinned(to, lambda _host, _port: [], private=False)


# -- the table -----------------------------------------------------------------------------------------------------


@pytest.fixture
def office(databases: Databases) -> Engine:
    return databases.open("office")


def kept(office: Engine, hosts: tuple[str, ...] = (HOST,)) -> Webhooks:
    return Webhooks(office, SecretBox(b"m" * 32), Settings(hosts=hosts), lambda: NOW)


def test_a_webhook_begins_with_what_happens_next_and_its_secret_is_told_once(
    office: Engine, databases: Databases
) -> None:
    webhooks = kept(office)
    made, secret = webhooks.add(WebhookRequest(url=URL, kinds=["issue", "revoke"], formation="kapw"), 3, 41)
    assert webhooks.all() == [webhooks.find(made.id)]
    (found,) = webhooks.all()
    assert (found.delivered, found.wanted) == (41, Wanted(frozenset({"issue", "revoke"}), "KAPW"))
    assert webhooks.secret(found) == secret
    assert found.view().secret == ""
    office.dispose()
    stored = databases.bytes()
    assert secret.encode() not in stored
    assert base64.b64decode(secret.removeprefix("whsec_")) not in stored


def test_what_cannot_be_a_webhook_is_refused(office: Engine) -> None:
    webhooks = kept(office)
    with pytest.raises(EventKindUnknown):
        webhooks.add(WebhookRequest(url=URL, kinds=["party"]), 3, 0)
    with pytest.raises(WebhookUrlInvalid):
        webhooks.add(WebhookRequest(url="https://evil.example/"), 3, 0)
    for _ in range(MOST):
        made, _ = webhooks.add(WebhookRequest(url=URL), 3, 0)
    with pytest.raises(TooManyWebhooks):
        webhooks.add(WebhookRequest(url=URL), 3, 0)
    webhooks.remove(made.id)
    with pytest.raises(UnknownWebhook):
        webhooks.remove(made.id)


# -- delivering ----------------------------------------------------------------------------------------------------


@dataclass
class Log:
    """A hub with a list of events."""

    events: list[Event] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def page(self, after: int, wanted: Wanted, limit: int) -> tuple[list[Event], int]:
        found = [one for one in self.events if one.index > after and wanted.takes(one)][:limit]
        return found, len(self.events) - 1

    async def more_than(self, _size: int, _seconds: float) -> None:
        self.asked.set()
        await asyncio.Event().wait()  # nothing more happens in this test


@dataclass
class Receiver:
    """A receiver that answers as it is told, and notes what it was sent. The last answer is repeated."""

    answers: list[Any]
    sent: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(answer)

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"].partition(".")[2] for request in self.sent]


def events(count: int, kind: str = "issue") -> list[Event]:
    return [
        Event(n, kind if n % 2 == 0 else "ship", "KAPW", json.dumps({"index": n}).encode())
        for n in range(count)
    ]


class Time:
    """A clock that a sleep moves on."""

    def __init__(self) -> None:
        self.now = float(NOW)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def carried(
    webhooks: Webhooks,
    log: Log,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    resolve: Callable[[str, int], list[str]] = lambda _host, _port: [GLOBAL],
) -> tuple[Time, list[str]]:
    """Carry until everything is done with, or the webhook wants nothing more."""
    time, counted = Time(), []  # type: ignore[var-annotated]
    monkeypatch.setattr(module.asyncio, "sleep", time.sleep)  # type: ignore[attr-defined]

    async def run() -> None:
        courier = Courier(
            webhooks,
            log,  # type: ignore[arg-type]
            private=False,
            count=counted.append,
            clock=lambda: time.now,
            resolve=resolve,
            transport=lambda: httpx.MockTransport(receiver),
            jitter=lambda _low, high: high,
        )
        (hook,) = webhooks.all()
        task = asyncio.ensure_future(courier.carry(hook.id))
        asked = asyncio.ensure_future(log.asked.wait())
        await asyncio.wait({task, asked}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        assert task.done() or asked.done()
        for one in (task, asked):
            one.cancel()
        await asyncio.gather(task, asked, return_exceptions=True)

    asyncio.run(run())
    return time, counted


def test_every_event_arrives_once_in_order_signed_and_the_place_is_kept(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks, receiver = kept(office), Receiver([204])
    _, secret = webhooks.add(WebhookRequest(url=URL), 3, 2)
    carried(webhooks, Log(events(6)), receiver, monkeypatch)
    assert receiver.ids == ["2", "3", "4", "5"]
    (hook,) = webhooks.all()
    assert (hook.delivered, hook.tries, hook.last_failure) == (6, 0, "")
    for request in receiver.sent:
        assert (request.url.host, request.headers["host"]) == (GLOBAL, HOST)
        assert request.extensions["sni_hostname"] == HOST
        signed = (
            f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
            + request.content
        )
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{expected}"
        assert json.loads(request.content)["type"].startswith("ledger.")


def test_events_that_are_not_wanted_are_passed_over_for_good(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks, receiver = kept(office), Receiver([200])
    webhooks.add(WebhookRequest(url=URL, kinds=["ship"]), 3, 0)
    carried(webhooks, Log(events(7)), receiver, monkeypatch)
    assert receiver.ids == ["1", "3", "5"]
    assert webhooks.all()[0].delivered == 7


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (500, "HTTP 500"),
        (404, "HTTP 404"),
        (302, "HTTP 302"),
        (429, "HTTP 429"),
        (httpx.ConnectError("x"), "NOT_REACHED"),
        (httpx.ReadTimeout("x"), "TIMEOUT"),
        (httpx.ReadError("x"), "NOT_REACHED"),
        (httpx.RemoteProtocolError("x"), "NOT_REACHED"),
    ],
)
def test_what_was_not_taken_is_sent_again_under_the_same_identifier_before_anything_else(
    answer: Any, why: str, office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks, receiver = kept(office), Receiver([200, answer, answer, 200])
    webhooks.add(WebhookRequest(url=URL), 3, 0)
    time, counted = carried(webhooks, Log(events(3)), receiver, monkeypatch)
    assert receiver.ids == ["0", "1", "1", "1", "2"]
    assert webhooks.all()[0].delivered == 3
    assert counted == ["done", why.partition(" ")[0], why.partition(" ")[0], "done", "done"]
    assert len(time.slept) == 2
    assert time.slept[0] < time.slept[1]


def test_pauses_grow_to_an_hour_and_a_receiver_may_ask_for_longer_ones_within_it(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks = kept(office)
    webhooks.add(WebhookRequest(url=URL), 3, 0)
    busy = httpx.Response(503, headers={"Retry-After": "900"})
    for_ever = httpx.Response(503, headers={"Retry-After": "999999999"})
    receiver = Receiver(
        [busy, for_ever, httpx.Response(503, headers={"Retry-After": "soon"}), *[500] * 12, 200]
    )
    time, _ = carried(webhooks, Log(events(1)), receiver, monkeypatch)
    assert time.slept[0] >= 900
    assert all(pause <= 3602 for pause in time.slept)
    assert time.slept[2] < 60
    assert time.slept[-1] > 3000


def test_a_receiver_that_is_gone_is_sent_nothing_more(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks, receiver = kept(office), Receiver([200, 410])
    webhooks.add(WebhookRequest(url=URL), 3, 0)
    carried(webhooks, Log(events(4)), receiver, monkeypatch)
    assert receiver.ids == ["0", "1"]
    (hook,) = webhooks.all()
    assert (hook.delivered, hook.disabled_at, hook.last_failure) == (1, NOW, "HTTP 410")


def test_a_name_that_changes_its_mind_is_resolved_once_and_only_the_address_that_was_judged_is_asked(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks, receiver = kept(office), Receiver([200])
    webhooks.add(WebhookRequest(url=URL), 3, 0)
    told = iter([[GLOBAL], ["127.0.0.1"], [GLOBAL]])
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(told)

    _, counted = carried(webhooks, Log(events(2)), receiver, monkeypatch, resolve)
    assert counted == ["done", "WEBHOOK_ADDRESS_REFUSED", "done"]
    assert [request.url.host for request in receiver.sent] == [GLOBAL, GLOBAL]
    assert len(asked) == 3


def test_a_host_that_was_taken_off_the_list_is_asked_no_more(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(office).add(WebhookRequest(url=URL), 3, 0)
    receiver, seen = Receiver([200]), []
    webhooks = kept(office, hosts=())
    failed = Webhooks.failed

    def note(self: Webhooks, hook: str, tries: int, at: int, why: str) -> None:
        seen.append(why)
        failed(self, hook, tries, at, why)
        self.remove(hook)

    monkeypatch.setattr(Webhooks, "failed", note)
    time, counted = Time(), []  # type: ignore[var-annotated]

    async def run() -> None:
        courier = Courier(
            webhooks, Log(events(1)), private=False, count=counted.append, clock=lambda: time.now,  # type: ignore[arg-type]
            resolve=lambda _h, _p: [GLOBAL], transport=lambda: httpx.MockTransport(receiver),
        )  # fmt: skip
        await asyncio.wait_for(courier.carry(webhooks.all()[0].id), 20)

    asyncio.run(run())
    assert (seen, receiver.sent) == (["WEBHOOK_URL_INVALID"], [])
