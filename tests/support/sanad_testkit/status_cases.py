"""Status lists and what is asked with them; publications that are none."""

import json
from collections.abc import Callable
from typing import Any

from sanad_testkit.evidence import DAY, Scene
from sanad_testkit.status_scene import PUBLISHED_AT, StatusScene, Step

STEPS: tuple[Step, ...] = (
    ({}, {}),
    ({5: "revoked", 11: "suspended"}, {3: "suspended"}),
    ({5: "revoked", 20: "suspect"}, {3: "suspended", 4: "consumed"}),
    ({5: "revoked", 20: "suspect", 13: "suspect"}, {}),
)
SCENE = StatusScene(steps=STEPS, whole=frozenset({1, 3}))
LISTS = dict(zip(("first list", "first delta", "second list", "second delta"), SCENE.lists(), strict=True))
OLD = Scene(time=PUBLISHED_AT - DAY)
"""The log as it was when the bundles were made."""
BUNDLES = {
    "receipt": OLD.bundle(5),
    "scan": OLD.bundle(11),
    "bill of lading": OLD.bundle(20),
    "invoice 3": OLD.bundle(13, 3),
    "invoice 4": OLD.bundle(13, 4),
    "invoice 5": OLD.bundle(13, 5),
}
TAKEN = (
    (),
    ("first list",),
    ("first list", "first delta"),
    ("second list",),
    ("second delta", "second list"),
    ("first delta",),
    ("first list", "first delta", "second delta"),
)


def _told(place: int, change: Callable[[dict[str, Any]], object]) -> bytes:
    told = json.loads(SCENE.published[place].encode())
    change(told)
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


MALFORMED: dict[str, bytes] = {
    "another schema": _told(0, lambda told: told.update(schema="urn:sanad:STATUS_LIST:2")),
    "an unknown member": _told(0, lambda told: told.update(more=1)),
    "another number": _told(0, lambda told: told.update(number="KAPW/7")),
    "formations out of order": _told(0, lambda told: told.update(formations=[4, 3])),
    "a first one with another before it": _told(0, lambda told: told.update(previous="ab" * 32)),
    "a delta with none before it": _told(1, lambda told: told.pop("previous")),
    "two bits": _told(0, lambda told: told["status_list"].update(bits=2)),
    "standings of fewer entries": _told(0, lambda told: told.update(size=30)),
    "standings that do not end": _told(
        0, lambda told: told["status_list"].update(lst=told["status_list"]["lst"][:-6])
    ),
    "base64 with padding": _told(
        0, lambda told: told["status_list"].update(lst=told["status_list"]["lst"] + "=")
    ),
    "members out of order": _told(0, lambda told: told.update(members="_" * 34 + "8B" + "A" * 34 + "AB")),
    "a list and a delta": _told(0, lambda told: told.update(delta={"entries": [], "members": []})),
    "changes out of order": _told(1, lambda told: told["delta"]["entries"].reverse()),
    "a change beyond the log": _told(1, lambda told: told["delta"]["entries"].append([99, 1])),
    "a standing of five bits": _told(1, lambda told: told["delta"]["entries"][0].__setitem__(1, 16)),
    "another spelling": SCENE.published[0].encode().replace(b":", b": ", 1),
    "nothing": b"",
}
