"""Sample documents to change one thing in."""

import copy
import json
from collections.abc import Callable
from typing import Any

from sanad_node.types import get

Change = Callable[[dict[str, Any]], object]


def sample(name: str) -> dict[str, Any]:
    """The sample of a JSON type, to be changed freely."""
    value: dict[str, Any] = json.loads(get(name).read_sample())
    return copy.deepcopy(value)


def changed(name: str, change: Change) -> bytes:
    """The sample of a type with one change, as bytes."""
    value = sample(name)
    change(value)
    return encode(value)


def encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def put(*path: str | int, to: Any) -> Change:
    """The change that sets the member at `path`."""

    def change(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = to

    return change


def drop(*path: str | int) -> Change:
    """The change that removes the member at `path`."""

    def change(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]

    return change
