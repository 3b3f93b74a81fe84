"""Whose turn is it with a document of title, and for what? What a page offers, and why something is not to be had.

An offer, not a promise: the contract decides, by the same rules.
"""

from collections.abc import Collection, Iterable

from sanad_node.titles.acting import NAMES, OFFERS
from sanad_node.titles.record import Title

SCOPES = {
    "accept": "receive",
    "reject": "receive",
    "unpledge": "hold",
    "accept-surrender": "register",
    "reject-surrender": "register",
    "reissue": "register",
}
"""The act that a scope has to allow, where it is not `ship`."""
TURNS = (*NAMES, "reissue")


def obstacle(title: Title, formation: int, act: str, places: Collection[int] = ()) -> str:
    """The code that the contract would refuse the act with, empty if nothing is in the way. `places` are the formations
    whose place this one has, who may act as they might.
    """
    whose = {formation, *places}
    entitled = title.beneficiary == 0 or title.beneficiary in whose
    holder = {
        "TITLES_WRONG_STATE": title.state != "active",
        "TITLES_NOT_THE_HOLDER": title.holder not in whose,
    }
    free = {"TITLES_PLEDGED": bool(title.pledgee), "TITLES_OFFERED": bool(title.taker)}
    mine = {"TITLES_NOT_THE_BENEFICIARY": not entitled}
    rules: dict[str, bool]
    if act in OFFERS:
        rules = holder | free
        if act in {"endorse", "endorse-to-order", "blank-endorse"}:
            rules |= {"TITLES_NOT_TO_ORDER": not title.to_order} | mine
        if act == "hand-back":
            rules |= {"TITLES_NOT_WHO_GAVE_IT": not title.holder_before}
    elif act in {"accept", "reject"}:
        rules = {
            "TITLES_NOT_OFFERED": not title.taker,
            "TITLES_NOT_THE_TAKER": title.taker not in whose,
        }
    elif act == "retract":
        rules = holder | {"TITLES_NOT_OFFERED": not title.taker}
    elif act == "sign":
        rules = holder
    elif act == "pledge":
        rules = holder | free | mine
    elif act == "unpledge":
        rules = {
            "TITLES_NOT_PLEDGED": not title.pledgee,
            "TITLES_NOT_THE_PLEDGEE": title.pledgee not in whose,
        }
    elif act.startswith("surrender-for-"):
        rules = holder | free | (mine if act == "surrender-for-delivery" else {})
    else:
        wanted = {"reissue": {"amended"}}.get(act, {"surrendered-for-delivery", "surrendered-for-amendment"})
        rules = {
            "TITLES_WRONG_STATE": title.state not in wanted,
            "TITLES_NOT_THE_ISSUER": title.issuer not in whose,
        }
    return next((code for code, stands in rules.items() if stands), "")


def turns(
    title: Title, formation: int, scopes: Iterable[str], places: Collection[int] = ()
) -> tuple[str, ...]:
    """What a formation, whose scopes for this type allow these acts, may do with the title now (`obstacle`)."""
    allowed = set(scopes)
    return tuple(
        act
        for act in TURNS
        if SCOPES.get(act, "ship") in allowed and not obstacle(title, formation, act, places)
    )
