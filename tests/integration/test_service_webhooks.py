"""Events reach a real receiver from a real service, none skipped, over kills of both; and only who may is asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sanad_api.callers import Role
from sanad_node.client import Client
from sanad_node.wire import IssueRequest
from sanad_testkit.service import Prepared, copy_of, prepared, running

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
SECONDS = 60


@dataclass
class Inbox:
    """What a receiver got; `refuse` of the next deliveries are answered with 503."""

    got: list[tuple[str, int]] = field(default_factory=list)
    refuse: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, message: str, index: int) -> int:
        with self.changed:
            refused, self.refuse = self.refuse > 0, max(0, self.refuse - 1)
            self.got.append((message, index))
            self.changed.notify_all()
        return 503 if refused else 204

    def wait_for(self, index: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: index in {one for _, one in self.got}, SECONDS), self.got


@contextmanager
def receiver(inbox: Inbox) -> Iterator[int]:
    """A receiver on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(inbox.take(self.headers["webhook-id"], body["data"]["index"]))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_no_event_is_skipped_though_the_service_is_killed_and_the_receiver_refuses(
    prepared: Prepared, tmp_path: Path
) -> None:
    inbox = Inbox()
    data = copy_of(prepared, tmp_path)
    with receiver(inbox) as port:
        allowed = {"SANAD_WEBHOOKS__HOSTS": f"127.0.0.1:{port}"}
        with running(data, prepared, allowed) as service:
            admin, issuer = prepared.client(Role.ADMIN), prepared.client(Role.ISSUER)
            url = f"http://127.0.0.1:{port}/inbox"
            with service.asks(issuer) as client:
                refused = client.post("/v1/webhooks", json={"url": url}, headers={"Idempotency-Key": "x"})
                assert refused.status_code == 403
            with service.asks(admin) as client:
                for wrong in (f"http://127.0.0.1:{port + 1}/", "https://elsewhere.example/"):
                    answer = client.post(
                        "/v1/webhooks", json={"url": wrong}, headers={"Idempotency-Key": wrong}
                    )
                    assert (answer.status_code, answer.json()["code"]) == (400, "WEBHOOK_URL_INVALID")
                made = client.post("/v1/webhooks", json={"url": url}, headers={"Idempotency-Key": "y"})
                again = client.post("/v1/webhooks", json={"url": url}, headers={"Idempotency-Key": "y"})
                assert made.status_code == again.status_code == 201
                assert made.json()["secret"].startswith("whsec_")
                assert again.json() == {**made.json(), "secret": ""}
                start = made.json()["delivered"]
            inbox.refuse = 1
            for number in range(3):
                with Client(service.url, issuer.token) as client:
                    client.issue(IssueRequest(type="FILE", number=f"W-{number}"), b"paper %d" % number)
                if number == 1:
                    service.kill()
                    service.start()
            inbox.wait_for(start + 2)
            with service.asks(admin) as client:
                (hook,) = client.get("/v1/webhooks").json()["webhooks"]
                assert hook["secret"] == ""
                metrics = client.get("/metrics")
                assert metrics.status_code == 403
                gone = client.delete(f"/v1/webhooks/{hook['hook']}", headers={"Idempotency-Key": "z"})
                assert gone.status_code == 204
                assert client.get("/v1/webhooks").json() == {"webhooks": []}
    seen = list(dict.fromkeys(index for _, index in inbox.got))
    assert seen == [start, start + 1, start + 2]
    assert len({message for message, _ in inbox.got}) == 3
    assert len(inbox.got) > 3


def test_without_a_list_of_hosts_nothing_can_be_sent_anywhere(prepared: Prepared, tmp_path: Path) -> None:
    data = copy_of(prepared, tmp_path)
    with running(data, prepared) as service:
        with service.asks(prepared.client(Role.ADMIN)) as client:
            answer = client.post(
                "/v1/webhooks", json={"url": "https://hooks.example/"}, headers={"Idempotency-Key": "a"}
            )
        assert answer.json()["code"] == "WEBHOOK_URL_INVALID"
        assert answer.json()["errors"][0]["pointer"] == "/url"
