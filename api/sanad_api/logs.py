"""Logs as JSON lines on standard error: our own and the libraries', one form, no secrets.

Ours, of which there is one for every request, are written as they are made; those of libraries go through the
standard library's handler. Members whose name says that they hold a secret are replaced, whoever logs them.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, BinaryIO, cast

import orjson
import structlog

SECRET = re.compile(r"password|passphrase|secret|token|cookie|authorization|csrf|key$", re.IGNORECASE)
HIDDEN = "…"


def without_secrets(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of members that hold secrets."""
    for name in event:
        if _is_secret(name):
            event[name] = HIDDEN
    return event


@lru_cache(maxsize=1024)  # the names are our own, and few
def _is_secret(name: str) -> bool:
    return SECRET.search(name) is not None


def _as_json(event: Any, default: Callable[[Any], Any]) -> bytes:
    """A line of the log; whatever is to be said, it is written."""
    try:
        return orjson.dumps(event, default)
    except TypeError:  # a lone surrogate, a number beyond 64 bits
        return json.dumps(event, default=default).encode()


class Enduring:
    """A file of which a line that cannot be written (the disk is full, nobody reads) is lost, and nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, line: bytes) -> int:
        with suppress(OSError):
            self._file.write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()


def configure(level: str) -> None:
    """Set up logging for this process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_as_json),
        ],
        logger_factory=structlog.BytesLoggerFactory(cast(BinaryIO, Enduring(sys.stderr.buffer))),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger(
        "uvicorn.access"
    ).disabled = True  # it logs addresses asked for; `Envelope` logs templates
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    for name in ("httpx", "alembic"):  # the one logs whole addresses, the other its own start
        logging.getLogger(name).setLevel(logging.WARNING)
