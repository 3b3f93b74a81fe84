"""Seizures on a map: GeoJSON (RFC 7946) of the seizure reports that were entered in some months, as of a block.

Each seizure that stands is one Feature, also one whose report is not held here or names no place: its geometry is null
and `why` says so, so that none is missing without a word. Of what reports say, only where, when and under which case
number is told: no person, no vehicle, no words.
"""

import hashlib
from decimal import Decimal
from typing import Any

import rfc8785

from sanad_node.drawdown.reading import Moment
from sanad_node.node import Node
from sanad_node.stock.filed import SEIZURE, filed_at
from sanad_node.stock.returns import Period, acts
from sanad_node.stock.saying import NOT_SAID, Reading, Said

FORMAT = "urn:sanad:seizures:1"
MEDIA_TYPE = "application/geo+json"
_LATITUDE, _LONGITUDE = Decimal(90), Decimal(180)
OUT_OF_RANGE = "out-of-range"


def seizures(node: Node, when: Moment, period: Period, formation: str | None = None) -> tuple[bytes, int]:
    """The FeatureCollection's bytes (RFC 8785, so that the same block, months and papers held give the same), and how
    many Features it has. Coordinates are longitude, latitude in decimal degrees of WGS 84. Raises what `monthly` does.
    """
    months = period.months()
    only = None if formation is None else node.reader.formation(formation, field="--formation")
    since, before = period.window()
    reading = Reading(node, lambda _: True)
    codes = node.reader.formation_codes()
    features = [
        _feature(
            reading.of(one.paper),
            one.paper.digest.hex(),
            {
                "formation": codes[one.formation],
                "entered": one.time,
                "entry": one.paper.entry,
                "state": one.paper.state,
            },
        )
        for one in acts([filed for filed in filed_at(node, when.size) if filed.doc_type == SEIZURE])
        if one.stands and since <= one.time < before and (only is None or one.formation == only.number)
    ]
    held = hashlib.sha256("\n".join(sorted(reading.held)).encode()).hexdigest()
    about = {
        "format": FORMAT,
        "origin": node.network.origin,
        "block": when.block,
        "time": when.time,
        "size": when.size,
        "formation": "" if only is None else only.code,
        "month": months[0],
        "until": months[-1],
        "offset": period.offset,
        "held": held,
        "unlocated": sum(one["geometry"] is None for one in features),
    }
    whole: dict[str, Any] = {"type": "FeatureCollection", "features": features, "sanad": about}
    return rfc8785.dumps(whole), len(features)


def _feature(said: Said, digest: str, known: dict[str, Any]) -> dict[str, Any]:
    point, why = _point(said)
    told = {**known, "case": said.case, "seizedOn": said.day, **({"why": why} if why else {})}
    return {"type": "Feature", "id": digest, "geometry": point, "properties": told}


def _point(said: Said) -> tuple[dict[str, Any] | None, str]:
    if said.why or not (said.latitude and said.longitude):
        return None, said.why or NOT_SAID
    longitude, latitude = Decimal(said.longitude), Decimal(said.latitude)
    if abs(longitude) > _LONGITUDE or abs(latitude) > _LATITUDE:
        return None, OUT_OF_RANGE
    return {"type": "Point", "coordinates": [float(longitude), float(latitude)]}, ""
