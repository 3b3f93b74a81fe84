"""How a service starts and ends: cleanly on the signals a terminal and systemd send, never twice on one directory,
and never misled by what a killed one left behind.
"""

import json
import os
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from sanad_testkit.office import SANAD, Office
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running, service, wait_until_ready

__all__ = ["prepared", "service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
ENDS_WITHIN = 30


def ended(running: Running, sent: int) -> int:
    """The exit code of a service that was sent a signal."""
    process = running.process
    assert process is not None
    process.send_signal(sent)
    return process.wait(ENDS_WITHIN)


def second(data: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Another `sanad up` on a directory, which must end by itself."""
    return subprocess.run(
        [SANAD, "up", "--data", data, "--port", "0", "--json", *more],
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        check=False,
    )


def error_of(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    told = json.loads(done.stdout)["error"]
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_the_signals_of_a_terminal_and_of_systemd_end_it_cleanly(sent: int, service: Running) -> None:
    state = service.data / "service.json"
    assert json.loads(state.read_bytes())["url"] == service.url
    assert state.stat().st_mode & 0o077 == 0
    streaming = httpx.Client(timeout=ENDS_WITHIN, trust_env=False)
    assert service.people is not None
    token = service.people.people[1].token
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    with streaming, streaming.stream("GET", f"{service.url}/v1/events", headers=headers) as events:
        assert events.status_code == 200
        assert ended(service, sent) == 0, "an open stream of events must not hold it up"
    assert not state.exists()
    assert "Traceback" not in service.log.read_text()
    service.process = None


def test_a_second_service_on_the_directory_is_refused_with_the_address_of_the_first(service: Running) -> None:
    before = (service.data / "service.json").read_bytes()
    port = service.url.rpartition(":")[2]
    for more in ((), ("--port", port)):
        error = error_of(second(service.data, *more))
        assert (error["code"], error["field"]) == ("DATA_LOCKED", "--data")
        assert service.url in error["message"]
    assert (service.data / "service.json").read_bytes() == before
    office = Office(service.data, service.data.parent)
    assert office.call("formation", "list", code=0).told  # through the first, which is still found


def test_a_second_service_on_the_port_of_another_directorys_is_refused(
    service: Running, prepared: Prepared, tmp_path: Path
) -> None:
    other = copy_of(prepared, tmp_path / "other")
    error = error_of(second(other, "--port", service.url.rpartition(":")[2]))
    assert (error["code"], error["field"]) == ("PORT_TAKEN", "--port")
    assert not (other / "service.json").exists()


def test_what_a_killed_service_left_misleads_nobody_and_blocks_no_start(
    prepared: Prepared, tmp_path: Path
) -> None:
    with running(copy_of(prepared, tmp_path), prepared) as service:
        office = Office(service.data, tmp_path)
        shown = office.call("custody", "show", "BOX 1", code=0).told
        service.kill()
        left = json.loads((service.data / "service.json").read_bytes())
        assert left["url"] == service.url
        assert office.call("custody", "show", "BOX 1", code=0).told == shown
        left["pid"] = os.getppid()  # its number is another's by now
        (service.data / "service.json").write_text(json.dumps(left))
        assert office.call("custody", "show", "BOX 1", code=0).told == shown
        service.start()
        assert json.loads((service.data / "service.json").read_bytes())["url"] == service.url
        assert office.call("custody", "show", "BOX 1", code=0).told == shown


def test_a_service_that_cannot_start_says_why_and_leaves_nothing(prepared: Prepared, tmp_path: Path) -> None:
    data = copy_of(prepared, tmp_path)
    secret = data / "secrets" / "vault"
    kept = secret.read_bytes()
    secret.write_bytes(b"zz")
    error = error_of(second(data))
    assert (error["code"], error["field"]) == ("DATA_DAMAGED", "secrets/vault")
    assert not (data / "service.json").exists()
    secret.write_bytes(kept)
    with running(data, prepared) as service:
        wait_until_ready(service.url)
