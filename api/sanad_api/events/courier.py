"""The courier: carries events to webhooks, each in the log's order, at least once, for as long as it takes.

Every webhook has a task of its own, so a receiver that is slow or away holds up nobody else. What is acknowledged
(2xx) is done with; everything else is tried again, later and later. A lost answer is an event sent twice, under the
same `webhook-id`.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import structlog
from fastapi.concurrency import run_in_threadpool

from sanad_api.events import signing
from sanad_api.events.destinations import Destination, Resolve, look_up, pinned
from sanad_api.events.hub import PAGE, Event, EventHub
from sanad_api.events.webhooks import Webhook, Webhooks
from sanad_verifier.errors import SanadError

log = structlog.get_logger("sanad.webhooks")
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
IDLE = 60.0
WHOLE = 30.0
"""Seconds for one delivery, from resolving the name to the status."""
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
DONE = "done"
Transport = Callable[[], httpx.AsyncBaseTransport | None]


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that was not taken: why, in a few words of ours, and when the receiver wants to be asked again."""

    why: str
    after: float = 0.0
    gone: bool = False


class Courier:
    """Belongs to the event loop that serves; `begin` and `end` may be called from any thread."""

    def __init__(
        self,
        webhooks: Webhooks,
        hub: EventHub,
        *,
        private: bool,
        count: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        resolve: Resolve = look_up,
        transport: Transport = lambda: None,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._webhooks = webhooks
        self._hub = hub
        self._private = private
        self._count = count
        self._clock = clock
        self._resolve = resolve
        self._transport = transport
        self._jitter = jitter
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Go on where every webhook stands."""
        for hook in self._webhooks.all():
            if not hook.disabled_at:
                self._begin(hook.id)

    def stop(self) -> None:
        """Let go of everything under way: it is sent again after the next start."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def begin(self, hook: str) -> None:
        """A webhook was added."""
        self._loop.call_soon_threadsafe(self._begin, hook)

    def end(self, hook: str) -> None:
        """A webhook was removed."""
        self._loop.call_soon_threadsafe(self._end, hook)

    def _begin(self, hook: str) -> None:
        self._tasks[hook] = self._loop.create_task(self.carry(hook), name=f"webhook {hook}")

    def _end(self, hook: str) -> None:
        task = self._tasks.pop(hook, None)
        if task is not None:
            task.cancel()

    async def carry(self, identifier: str) -> None:
        """Deliver to one webhook until it is removed or wants nothing more."""
        headers = {"User-Agent": "sanad", "Accept-Encoding": "identity"}
        async with httpx.AsyncClient(
            headers=headers,
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            transport=self._transport(),
        ) as http:
            while True:
                try:
                    hook = await run_in_threadpool(self._webhooks.find, identifier)
                    if hook is None or hook.disabled_at:
                        return
                    await self._round(hook, http)
                except SanadError as error:  # the disk or the tables: the receiver has no part in it
                    log.error("webhook", hook=identifier, code=error.code)
                    await asyncio.sleep(FIRST_PAUSE)

    async def _round(self, hook: Webhook, http: httpx.AsyncClient) -> None:
        """Wait for when something is to be done, and do it."""
        early = hook.next_try_at - self._clock()
        if early > 0:
            await asyncio.sleep(
                min(early, 2 * LONGEST_PAUSE)
            )  # a clock that was set back must not stop it for ever
            return
        found, at = await run_in_threadpool(self._hub.page, hook.delivered - 1, hook.wanted, PAGE)
        for event in found:
            refused = await self._deliver(hook, event, http)
            if refused is not None:
                await run_in_threadpool(self._refused, hook, refused)
                return
            await run_in_threadpool(self._webhooks.done, hook.id, event.index + 1)
            hook = hook.after(event.index + 1)
        if at + 1 > hook.delivered:  # what is left of the page is not wanted
            await run_in_threadpool(self._webhooks.done, hook.id, at + 1)
        elif not found:
            await self._hub.more_than(hook.delivered, IDLE)

    async def _deliver(self, hook: Webhook, event: Event, http: httpx.AsyncClient) -> Refused | None:
        """Send one event; None if it was taken."""
        refused = await self._send(hook, event, http)
        self._count(DONE if refused is None else refused.why.partition(" ")[0])
        return refused

    async def _send(self, hook: Webhook, event: Event, http: httpx.AsyncClient) -> Refused | None:
        try:
            async with asyncio.timeout(WHOLE):
                to = self._webhooks.destination(hook.url)
                address = await run_in_threadpool(pinned, to, self._resolve, private=self._private)
                request = self._request(hook, event, to, address, http)
                answer = await http.send(request, stream=True)
                await answer.aclose()  # whatever it says besides its status is not read
        except SanadError as error:
            return Refused(error.code)
        except (TimeoutError, httpx.TimeoutException):
            return Refused("TIMEOUT")
        except httpx.HTTPError:
            return Refused("NOT_REACHED")
        if answer.is_success:
            return None
        return Refused(
            f"HTTP {answer.status_code}",
            _seconds(answer.headers.get("Retry-After")),
            answer.status_code == 410,
        )

    def _request(
        self, hook: Webhook, event: Event, to: Destination, address: str, http: httpx.AsyncClient
    ) -> httpx.Request:
        """The delivery, to exactly this address, under the host's name (also in TLS)."""
        now = int(self._clock())
        body = message(event, now)
        signed = signing.headers(self._webhooks.secret(hook), f"{hook.id}.{event.index}", now, body)
        where = f"[{address}]" if ":" in address else address
        return http.build_request(
            "POST",
            f"{to.scheme}://{where}:{to.port}{to.target}",
            content=body,
            headers={"Host": to.authority, "Content-Type": "application/json", **signed},
            extensions={"sni_hostname": to.host},
        )

    def _refused(self, hook: Webhook, refused: Refused) -> None:
        if refused.gone:
            self._webhooks.gone(hook.id)
            return
        bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(hook.tries, 20))
        pause = max(1.0, self._jitter(0.0, bound), min(refused.after, LONGEST_PAUSE))
        self._webhooks.failed(hook.id, hook.tries + 1, int(self._clock() + pause) + 1, refused.why)
        log.warning(
            "webhook", hook=hook.id, event_index=hook.delivered, why=refused.why, tries=hook.tries + 1
        )


def message(event: Event, now: int) -> bytes:
    """The body of a delivery (Standard Webhooks: type, timestamp, data)."""
    when = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return b'{"type":"ledger.%s","timestamp":"%s","data":%s}' % (
        event.kind.encode(),
        when.encode(),
        event.data,
    )


def _seconds(text: str | None) -> float:
    with suppress(TypeError, ValueError):
        return max(0.0, float(int(text or "0")))
    return 0.0
