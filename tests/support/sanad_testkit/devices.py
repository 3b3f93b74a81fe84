"""A device that rides along: its readings, and its batches as a gateway hands them on."""

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from sanad_verifier.readings import SCHEMA


def salt(seed: object) -> str:
    """Sixteen bytes that look random, the same for the same seed."""
    return base64.urlsafe_b64encode(sha256(str(seed).encode()).digest()[:16]).rstrip(b"=").decode()


def reading(time: int, lat: str = "", lon: str = "", seal: str = "locked", **more: Any) -> dict[str, Any]:
    """One reading as JSON."""
    where = {"lat": lat, "lon": lon} if lat else {}
    return {"time": time, "salt": salt(time), **where, **({"seal": seal} if seal else {}), **more}


def batch(consignment: str, device: str, sequence: int, readings: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch that is not signed yet."""
    return {
        "schema": SCHEMA,
        "consignment": consignment,
        "device": device,
        "sequence": sequence,
        "readings": readings,
    }


def write(path: Path, told: dict[str, Any]) -> Path:
    """The batch's file."""
    path.write_text(json.dumps(told), "utf-8")
    return path
