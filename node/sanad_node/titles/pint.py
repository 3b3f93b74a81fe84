"""The chain of a bill in DCSA's words: the `endorsementChain` of the surrender standard, whose transactions are those
of a PINT transfer chain entry.

An offer that was not accepted moved nothing, so it is no transaction; an endorsement here moves the bill too, so it is
told as two. What the standard has no code for (a pledge, its release, an endorsement undone) is told beside the chain,
never as something else. Nothing here is signed as PINT's envelopes are: it is a view of the log, and each transaction
names the entry that proves it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sanad_node.node import Node
from sanad_node.reading import LoggedEntry
from sanad_node.titles.record import OFFERS, Title
from sanad_verifier.entries import Kind
from sanad_verifier.errors import InputError
from sanad_verifier.title_words import TitleTerms, TitleWord, Why

LIST_NAME = " formation"
NOBODYS = frozenset({"SIGN", "BLANK_ENDORSE"})
"""Transactions that have no recipient."""
ACTIONS = frozenset(
    {
        "ISSUE",
        "TRANSFER",
        "ENDORSE",
        "ENDORSE_TO_ORDER",
        "BLANK_ENDORSE",
        "SIGN",
        "SURRENDER_FOR_DELIVERY",
        "SURRENDER_FOR_AMENDMENT",
        "SACC",
        "SREJ",
    }
)
LINKS_AT_MOST = 10_000
_SAME = {"SURRENDERED": "SACC"}
"""Codes of the surrender standard for what PINT calls otherwise."""


class ChainInvalid(InputError):
    """What was given is no endorsement chain."""

    code = "ENDORSEMENT_CHAIN_INVALID"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One link: what was done, by whom and to whom (codes of formations, empty for nobody), when, and which entry of
    the log says so.
    """

    action: str
    actor: str
    recipient: str
    time: int
    entry: int
    why: str = ""

    def as_members(self, origin: str) -> dict[str, Any]:
        """As an `EndorsementChainLink`."""
        told: dict[str, Any] = {
            "actionCode": self.action,
            "actionDateTime": _moment(self.time),
            "actor": _party(self.actor, origin),
            "auditReference": f"{origin}/entry/{self.entry}",
        }
        if self.recipient:
            told["recipient"] = _party(self.recipient, origin)
        if self.why:
            told["reasonCode"] = self.why
        return told


@dataclass(frozen=True, slots=True)
class Unspoken:
    """Something the standard has no code for: what, by whom, to whom, when, and which entry."""

    act: str
    by: str
    party: str
    time: int
    entry: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A bill's transactions in order, and what they leave out."""

    transactions: tuple[Transaction, ...]
    unspoken: tuple[Unspoken, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a platform's chain and the log part: the place of the first link that differs, and both links in words."""

    place: int
    theirs: str
    ours: str


def chain_of(node: Node, title: Title, size: int | None = None) -> Chain:
    """The chain of a bill, as of a size of the log if one is given."""
    codes = node.reader.formation_codes()
    return told(node.titles.entries(title, size), codes)


def told(entries: Iterable[LoggedEntry], codes: Mapping[int, str]) -> Chain:
    """The chain that entries about one bill make, in their order."""
    links: list[Transaction] = []
    unspoken: list[Unspoken] = []
    offered: LoggedEntry | None = None
    for one in entries:
        kind, by, time = one.entry.kind, codes.get(one.entry.formation, "?"), one.entry.time
        if kind is Kind.TITLE:
            holder = codes.get(TitleTerms.unpack(one.entry.data).holder, "?")
            links.append(Transaction("ISSUE", by, holder, time, one.index))
            continue
        word = TitleWord.unpack(one.entry.related)
        party = codes.get(word.party, "")
        if kind in OFFERS:
            offered = one
        elif kind is Kind.ACCEPT and offered is not None:
            links += _moved(offered, one, codes)
            if offered.entry.kind is Kind.HAND_BACK:
                unspoken.append(Unspoken("hand-back", party, by, time, one.index))
            offered = None
        elif kind in {Kind.PLEDGE, Kind.UNPLEDGE}:
            unspoken.append(Unspoken(kind.name.lower(), by, party, time, one.index))
        elif kind.name in ACTIONS:
            why = word.why.name if word.why is not Why.NOT_STATED else ""
            recipient = "" if kind is Kind.SIGN else party
            links.append(Transaction(kind.name, by, recipient, time, one.index, why))
    return Chain(tuple(links), tuple(unspoken))


def _moved(offered: LoggedEntry, accepted: LoggedEntry, codes: Mapping[int, str]) -> list[Transaction]:
    """What an accepted offer is in the standard's words: the endorsement, if it was one, and the transfer."""
    word, kind, time = TitleWord.unpack(offered.entry.related), offered.entry.kind, accepted.entry.time
    giver, taker = codes.get(offered.entry.formation, "?"), codes.get(word.party, "?")
    links = []
    if kind in {Kind.ENDORSE, Kind.ENDORSE_TO_ORDER, Kind.BLANK_ENDORSE}:
        endorsee = "" if kind is Kind.BLANK_ENDORSE else codes.get(word.entitled, "?")
        links.append(Transaction(kind.name, giver, endorsee, time, offered.index))
    return [*links, Transaction("TRANSFER", giver, taker, time, accepted.index)]


def document(node: Node, title: Title, size: int | None = None) -> dict[str, Any]:
    """The chain as a JSON document: the links, the checksum of the bill they are about, and what they leave out."""
    chain, origin = chain_of(node, title, size), node.network.origin
    return {
        "transportDocumentChecksum": title.digest.hex(),
        "controlTrackingRegistry": f"urn:sanad:log:{origin}",
        "endorsementChain": [link.as_members(origin) for link in chain.transactions],
        "notExpressed": [
            {
                "act": one.act,
                "actor": _party(one.by, origin),
                **({"party": _party(one.party, origin)} if one.party else {}),
                "actionDateTime": _moment(one.time),
                "auditReference": f"{origin}/entry/{one.entry}",
            }
            for one in chain.unspoken
        ],
    }


def compare(theirs: Any, ours: Any) -> Difference | None:
    """Where a platform's chain of a bill parts from one of ours (`document`); None where every link is the same act by
    the same parties. Times are not compared: each system has its own. Raises `ChainInvalid` for what is no chain.
    """
    links, known = _links(theirs), _links(ours)
    for place in range(max(len(links), len(known))):
        given = links[place] if place < len(links) else None
        have = known[place] if place < len(known) else None
        if given != have:
            return Difference(place + 1, _words(given), _words(have))
    return None


def _links(chain: Any) -> list[tuple[str, str, str]]:
    """Action, actor and recipient of each link."""
    links = chain.get("endorsementChain") if isinstance(chain, Mapping) else None
    if not isinstance(links, list):
        raise ChainInvalid("this has no endorsementChain", field="/endorsementChain")
    if len(links) > LINKS_AT_MOST:
        raise ChainInvalid(f"a chain has at most {LINKS_AT_MOST} links", field="/endorsementChain")
    return [_link(one, f"/endorsementChain/{place}") for place, one in enumerate(links)]


def _link(one: Any, where: str) -> tuple[str, str, str]:
    if not isinstance(one, Mapping):
        raise ChainInvalid("a link is an object", field=where)
    code = one.get("actionCode")
    action = _SAME.get(code, code) if isinstance(code, str) else None
    if action not in ACTIONS:
        raise ChainInvalid("the link's action is none of the standard's", field=f"{where}/actionCode")
    actor = _code_in(one.get("actor"), f"{where}/actor")
    if "recipient" not in one or action in NOBODYS:
        return action, actor, ""
    return action, actor, _code_in(one["recipient"], f"{where}/recipient")


def _code_in(party: Any, where: str) -> str:
    """What a party is called on the list of a network's formations."""
    codes = party.get("identifyingCodes") if isinstance(party, Mapping) else None
    for one in codes if isinstance(codes, list) else ():
        listed = one.get("codeListName") if isinstance(one, Mapping) else None
        if isinstance(listed, str) and listed.endswith(LIST_NAME) and isinstance(one.get("partyCode"), str):
            return f"{one['partyCode']} ({listed.removesuffix(LIST_NAME)})"
    raise ChainInvalid("the party has no code that names a formation of a network", field=where)


def _party(code: str, origin: str) -> dict[str, Any]:
    """A formation as a DCSA party: `ZZZ`, a list that the two sides have agreed upon, is the only provider's code there
    is for a list that DCSA does not know.
    """
    named = {"codeListProvider": "ZZZ", "codeListName": f"{origin}{LIST_NAME}", "partyCode": code}
    return {"partyName": code, "identifyingCodes": [named]}


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _words(link: tuple[str, str, str] | None) -> str:
    if link is None:
        return "nothing"
    action, actor, recipient = link
    return f"{action} by {actor}" + (f" to {recipient}" if recipient else "")
