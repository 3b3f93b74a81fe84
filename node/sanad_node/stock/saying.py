"""What the held papers of a thing say: its case, what it is, and what it is worth.

A paper that cannot be read says why not. Numbers are sums of decimals, exact; nothing is converted between currencies,
and a value whose currency the paper does not say is no value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any
from weakref import WeakKeyDictionary

from sanad_node import types
from sanad_node.findings.facts import decimal
from sanad_node.node import Node
from sanad_node.stock.filed import DEPOSIT, LOT, RECEIPT, SEIZURE, Filed
from sanad_node.vault import VaultCorrupt, VaultErased, VaultMissing
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EvidenceError, InputError

NOT_HELD, UNREADABLE, WITHHELD, NOT_SAID = "not-held", "unreadable", "withheld", "not-said"
VALUED = (RECEIPT, LOT, DEPOSIT, SEIZURE)
"""The papers that say what a thing is worth: what it was sold for, what it is offered for, what it was taken for."""
_PRICE = {RECEIPT: "saleAmount", LOT: "openingValue", DEPOSIT: "value", SEIZURE: "value"}
DATED = {SEIZURE: "seizedOn", DEPOSIT: "depositedOn", RECEIPT: "auctionDate"}
"""Where a paper says on what day that was done which it reports."""
_EXACT = Context(prec=120)
REMEMBERED = 100_000
Sees = Callable[[int], bool]
"""Whether the reader may know what papers of a formation (by its number) say."""


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods besides the vehicle; `quantity` and `unit` (UN/ECE Recommendation 20) as written."""

    description: str
    quantity: str
    unit: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a paper says; `why` is a reason for which it says nothing here, empty if it was read. `day` is when
    that was which it reports (2026-10-14), `latitude` and `longitude` are where, in decimal degrees.
    """

    number: str = ""
    case: str = ""
    description: str = ""
    chassis: str = ""
    amount: str = ""
    currency: str = ""
    location: str = ""
    goods: tuple[Goods, ...] = ()
    day: str = ""
    latitude: str = ""
    longitude: str = ""
    why: str = ""


_remembered: WeakKeyDictionary[Node, dict[bytes, Said]] = WeakKeyDictionary()
"""What papers said when they were read: a paper never says anything else. Told only while the vault has them."""


@dataclass(slots=True)
class Reading:
    """Reads papers for one reader. `held` are the digests of those that were read."""

    node: Node
    sees: Sees
    held: set[str] = field(default_factory=set)

    def of(self, one: Filed) -> Said:
        """What a paper says to this reader."""
        if not self.sees(one.issuer):
            return Said(why=WITHHELD)
        known = _remembered.setdefault(self.node, {})
        told = known.get(one.digest)
        if told is None:
            told = _said(self.node, one)
            if not told.why and len(known) < REMEMBERED:
                known[one.digest] = told
        elif not self.node.vault.has(Digest(one.digest)):  # it was erased since
            known.pop(one.digest, None)
            told = Said(why=NOT_HELD)
        if not told.why:
            self.held.add(one.digest.hex())
        return told


def _said(node: Node, one: Filed) -> Said:
    try:
        content = node.vault.get(Digest(one.digest))
        checked = types.check(types.get(one.doc_type), content)
    except (VaultMissing, VaultErased):
        return Said(why=NOT_HELD)
    except (VaultCorrupt, InputError, EvidenceError):  # a fault of the disk is not the paper's: it is raised
        return Said(why=UNREADABLE)
    return said_by(one.doc_type, checked.value or {}, checked.key_text)


def said_by(doc_type: str, value: Mapping[str, Any], number: str) -> Said:
    """What a document of one of the types says."""
    vehicle, where = value.get("vehicle", {}), value.get("coordinates", {})
    goods = value.get("goods", ())
    amounts = [decimal(text) for text in _amounts(doc_type, value, goods)]
    known = [one for one in amounts if one is not None]
    currency = str(value.get("currency", ""))
    return Said(
        number=number,
        case=number
        if doc_type == SEIZURE
        else str(value.get("caseNumber", value.get("seizureCaseNumber", ""))),
        description=" ".join(str(vehicle[name]) for name in ("make", "model", "year") if name in vehicle),
        chassis=str(vehicle.get("chassisNumber", "")),
        amount=total(known) if known and currency else "",
        currency=currency if known else "",
        location=str(value.get("location", "")),
        goods=tuple(Goods(one["description"], one["quantity"], one["unit"]) for one in goods),
        day=str(value.get(DATED.get(doc_type, ""), "")),
        latitude=str(where.get("latitude", "")),
        longitude=str(where.get("longitude", "")),
    )


def _amounts(doc_type: str, value: Mapping[str, Any], goods: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    if (name := _PRICE.get(doc_type)) is not None and name in value:
        yield value[name]
    yield from (one["value"] for one in goods if "value" in one)


def total(amounts: Iterable[Decimal]) -> str:
    """The exact sum as a decimal string, with as many decimals as the longest summand."""
    summed = Decimal(0)
    for one in amounts:
        summed = _EXACT.add(summed, one)
    return format(summed, "f")
