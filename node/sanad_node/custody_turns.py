"""Whose turn it is with a consignment: what the contract would refuse an act with, as things stand.

An offer, a form and a dry run ask this before anybody signs. The contract decides.
"""

from collections.abc import Collection, Mapping


def obstacle(
    *,
    holder: str,
    taker: str,
    holds: Collection[str],
    formation: str,
    act: str,
    places: Collection[str] = (),
) -> str:
    """The code of the refusal; empty if nothing is in the way. Formations by code, `taker` empty where it is at
    rest; `places` are those whose place the formation has, who may act as they might.
    """
    mine = {formation, *places}
    codes: Mapping[str, bool] = {}
    match act:
        case "ship" | "hand-over":
            codes = {
                "CUSTODY_NOT_THE_HOLDER": holder not in mine,
                "CUSTODY_IN_TRANSIT": bool(taker),
                "CUSTODY_ON_HOLD": bool(holds),
            }
        case "receive" | "refuse":
            codes = {"CUSTODY_NOT_IN_TRANSIT": not taker, "CUSTODY_NOT_THE_TAKER": taker not in mine}
        case "recall":
            codes = {"CUSTODY_NOT_IN_TRANSIT": not taker, "CUSTODY_NOT_THE_HOLDER": holder not in mine}
        case "hold":
            codes = {"CUSTODY_ALREADY_HELD_BY": formation in holds}
        case "lift":
            codes = {"CUSTODY_NO_HOLD_BY": formation not in holds}
    return next((code for code, so in codes.items() if so), "")
