"""Plays recorded messages at a way in, as their sender would, and as senders do when something goes wrong.

For who tries or tests a way in without the system that writes the messages. A recording is a file with a message a
line, byte for byte as it was sent. Nothing is answered for the other system and nothing made up: what can go wrong on
the way is done to a message that was recorded.
"""

import http.client
import json
import os
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import SplitResult, urlencode, urlsplit

from sanad_node.durable import flush_folder
from sanad_node.ways.psw_envelope import MESSAGE_AT_MOST
from sanad_verifier.errors import EnvironmentFault, InputError

Fault = Literal["twice", "changed", "cut", "hang-up"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
"""`twice`: sent once more after it arrived. `changed`: a digit of its data is another, its digest is not. `cut`: the
sender dies in the middle, and sends it again. `hang-up`: the sender does not wait for the answer, and sends it again.
"""
MESSAGES_AT_MOST = 100_000
SECONDS = 30
LATER = frozenset({"409", "429", "503"})
PAUSE = 0.2


class RecordingInvalid(InputError):
    """The file is no recording: a JSON object a line, each with a `messageId` of its own."""

    code = "RECORDING_INVALID"


class NobodyAnswered(EnvironmentFault):
    """The service at the address did not answer; whether the message arrived is not known. Play it again."""

    code = "NOBODY_ANSWERED"


@dataclass(frozen=True, slots=True)
class Message:
    """A recorded message: its bytes, and the name that its sender gave it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Played:
    """One thing that was done with a message: `sent`, or the fault; and what was answered (`202`, empty for none)."""

    message: str
    what: str
    answer: str = ""
    told: str = ""


def read_recording(path: Path) -> list[Message]:
    """The messages of a recording, in their order."""
    found: list[Message] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MESSAGE_AT_MOST + 2), b""), start=1):
                if line.strip():
                    found.append(_message(line, number))
                if len(found) > MESSAGES_AT_MOST:
                    raise RecordingInvalid(
                        f"a recording has at most {MESSAGES_AT_MOST} messages", field="RECORDING"
                    )
    except OSError as error:
        raise RecordingInvalid("the recording cannot be read", field="RECORDING") from error
    if not found:
        raise RecordingInvalid("there is no message in the recording", field="RECORDING")
    return found


def _message(line: bytes, number: int) -> Message:
    where = f"line {number}"
    if len(line) > MESSAGE_AT_MOST:
        raise RecordingInvalid("a message is too long", field=where)
    try:
        told = json.loads(line)
        name = told["messageId"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordingInvalid("this is no message with a messageId", field=where) from error
    if not isinstance(name, str) or not name or not set(name) <= _NAMES or len(name) > 100:
        raise RecordingInvalid("a messageId is written in letters, digits and dashes", field=where)
    return Message(name, line.strip())


_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def changed(content: bytes) -> bytes:
    """The message with the first digit of its data another; as it is, if there is none."""
    start = content.find(b'"data"')
    for at in range(max(start, 0), len(content)):
        digit = content[at]
        if 0x30 <= digit <= 0x39:
            return content[:at] + (b"1" if digit == 0x30 else b"0") + content[at + 1 :]
    return content


def into_folder(messages: Sequence[Message], folder: Path, faults: Sequence[Fault]) -> Iterator[Played]:
    """Drop each message into a folder as a file of its own: written under another name, renamed once it is whole."""
    for one in messages:
        if "cut" in faults:
            _write(folder / f"{one.name}.json.part", one.content[: len(one.content) // 2])
            yield Played(one.name, "cut")
        content = changed(one.content) if "changed" in faults else one.content
        for what in ("sent", *(["twice"] if "twice" in faults else [])):
            part = folder / f"{one.name}.json.part"
            _write(part, content)
            part.rename(folder / f"{one.name}{'-again' if what == 'twice' else ''}.json")
            flush_folder(folder)
            yield Played(one.name, "changed" if what == "sent" and "changed" in faults else what)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class Service:
    """Where messages are sent: a service's address, a token for it, the form and the formation that issues."""

    url: str
    token: str
    form: str
    formation: str


def to_service(messages: Sequence[Message], service: Service, faults: Sequence[Fault]) -> Iterator[Played]:
    """Send each message to `POST /v1/batches`; its name is its idempotency key, so sent again it is the same batch."""
    for one in messages:
        content = changed(one.content) if "changed" in faults else one.content
        if "cut" in faults:
            with _said_whose(service, one.name, content) as connection:
                connection.send(content[: len(content) // 2])
            yield Played(one.name, "cut")
        if "hang-up" in faults:
            with _said_whose(service, one.name, content) as connection:
                connection.send(content)
            yield Played(one.name, "hang-up")
        for what in ("sent", *(["twice"] if "twice" in faults else [])):
            yield _sent(service, one.name, content, what)


def _sent(service: Service, name: str, content: bytes, what: str) -> Played:
    """Send a message, and again while the service says that it is not ready for it: the first sending is still being
    worked on, or there were too many.
    """
    deadline = time.monotonic() + SECONDS
    while True:
        with _said_whose(service, name, content) as connection:
            connection.send(content)
            answer = connection.getresponse()
            body = answer.read(1 << 20)
        if str(answer.status) not in LATER or time.monotonic() > deadline:
            return Played(name, what, str(answer.status), _known(body))
        time.sleep(PAUSE)


def _known(body: bytes) -> str:
    """The batch that an answer names, or the code of what is wrong."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    return str(told.get("batch") or told.get("code") or "") if isinstance(told, dict) else ""


@contextmanager
def _said_whose(service: Service, name: str, content: bytes) -> Iterator[http.client.HTTPConnection]:
    """A connection on which it was said whose message follows, and how long it is. It is closed at the end, whatever
    was sent or answered by then.
    """
    url = urlsplit(service.url)
    connection = _connection(url)
    try:
        asked = urlencode({"form": service.form, "as": service.formation})
        connection.putrequest("POST", f"{url.path.rstrip('/')}/v1/batches?{asked}")
        for header, value in (
            ("Authorization", f"Bearer {service.token}"),
            ("Idempotency-Key", name),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            ("Slug", f"{name}.json"),
        ):
            connection.putheader(header, value)
        connection.endheaders()
        yield connection
    except (OSError, http.client.HTTPException) as error:
        raise NobodyAnswered("the service did not answer; play the recording again", field="--url") from error
    finally:
        connection.close()


def _connection(url: SplitResult) -> http.client.HTTPConnection:
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if url.scheme not in {"http", "https"} or not host:
        raise RecordingInvalid("an address begins with http:// or https://", field="--url")
    if url.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=SECONDS)
