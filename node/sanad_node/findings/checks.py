"""How papers are compared: the kinds of check that a rule's file can ask for.

Each looks at one paper and says what it found, or nothing. What is not said by a paper is not compared: a missing field
is its type's matter.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from sanad_node import types
from sanad_node.findings.comparing import in_unit, likeness, same_form, words
from sanad_node.findings.facts import Fact, Line, Paper, decimal
from sanad_node.findings.library import Library, marks_of
from sanad_node.findings.matching import Matched, match
from sanad_node.findings.rules import Rule
from sanad_node.identifiers import look

MOST = 200
"""Findings of one rule about one paper."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in a paper and what is written there; empty where something is missing."""

    paper: Paper
    pointer: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check found: the places, and figures that were worked out from more than them."""

    evidence: tuple[Evidence, ...]
    figures: Mapping[str, str] = field(default_factory=dict)


class Prices(Protocol):
    """What is known of prices (`sanad_node.findings.prices`)."""

    def median(
        self, hs6: str, origin: str, unit: str, currency: str, least: int = 1
    ) -> tuple[Decimal, int]: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What a paper is compared with."""

    library: Library
    prices: Prices
    others: Sequence[Paper]
    matched: tuple[list[Matched], list[Line]]


def others_of(library: Library, paper: Paper, against: str) -> list[Paper]:
    """The papers that a rule compares a paper with."""
    if against == "export":
        return library.exports_of(paper)
    if against == "declaration":
        return library.naming(paper, "declaration")
    return library.named_by(paper, against) if against else []


def around(library: Library, prices: Prices, paper: Paper, against: str) -> Around:
    """A paper's surroundings as one kind of rule sees them; worked out once for all rules of that kind."""
    others = others_of(library, paper, against)
    return Around(library, prices, others, match(paper.lines, others) if others else ([], []))


def run(rule: Rule, paper: Paper, surroundings: Around) -> list[Hit]:
    """What a rule finds about a paper, in the order of the paper."""
    hits: list[Hit] = []
    for hit in KINDS[rule.check["kind"]](rule.check, paper, surroundings):
        hits.append(hit)
        if len(hits) == MOST:
            break
    return hits


Check = Mapping[str, str]


def _at(paper: Paper, found: Fact) -> Evidence:
    return Evidence(paper, found.pointer, found.text)


def _wrong(check: Check, mine: Decimal, theirs: Decimal) -> bool:
    """Whether two amounts are further apart than the rule lets pass, in the direction it looks."""
    by = abs(theirs) * Decimal(check["by"])
    over, under = mine - theirs > by, theirs - mine > by
    return {"above": over, "below": under, "differs": over or under}[check["is"]]


def _fact(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """One fact, with the same (or the `other`) of each of the other papers."""
    mine = paper.first(check["field"])
    other_name = check.get("other", check["field"])
    for other in around.others if mine is not None else ():
        theirs = other.facts.get(other_name, ())
        form = same_form(check["field"], mine.text) if mine is not None else ""
        if (
            mine is not None
            and theirs
            and form not in {same_form(check["field"], one.text) for one in theirs}
        ):
            yield Hit((_at(paper, mine), _at(other, theirs[0])))


def _within(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """Each of a fact's values is among the other papers' (or, `from` theirs: each of theirs among mine)."""
    name = check["field"]
    mine = [(paper, one) for one in paper.facts.get(name, ())]
    theirs = [(other, one) for other in around.others for one in other.facts.get(name, ())]
    if not mine or not theirs:
        return
    ask, among = (theirs, mine) if check.get("from") == "theirs" else (mine, theirs)
    known = {same_form(name, one.text) for _, one in among}
    for owner, one in ask:
        if same_form(name, one.text) not in known:
            lacking = [paper] if owner is not paper else around.others
            yield Hit((_at(owner, one), *(Evidence(p, "", "") for p in lacking)))


def _amount(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """One amount of the paper with that of each other, in the same unit or currency."""
    name, measured = check["field"], check["in"]
    mine, unit = paper.first(name), paper.first(measured)
    amount = decimal(mine.text) if mine is not None else None
    for other in around.others:
        theirs, their_unit = other.first(name), other.first(measured)
        their_amount = decimal(theirs.text) if theirs is not None else None
        if mine is None or theirs is None or unit is None or their_unit is None:
            continue
        if amount is None or their_amount is None:
            continue
        converted = in_unit(their_amount, their_unit.text, unit.text)
        if converted is not None and _wrong(check, amount, converted):
            yield Hit((_at(paper, mine), _at(other, theirs)))


def _date(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """The paper's day is not after the `other` of each of the others. Days are ISO 8601: their order is the texts'."""
    mine = paper.first(check["field"])
    for other in around.others:
        theirs = other.first(check["other"])
        if mine is not None and theirs is not None and mine.text > theirs.text:
            yield Hit((_at(paper, mine), _at(other, theirs)))


def _line(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """A member of each line with that of the line it belongs to."""
    name = check["field"]
    differs = {
        "hs6": _other_hs6,
        "hs": _other_hs,
        "description": _other_words,
        "unit": _other_text,
        "origin": _other_text,
    }
    for pair in around.matched[0]:
        fact_name = "hs" if name == "hs6" else name
        mine, theirs = pair.line.facts.get(fact_name), pair.other.facts.get(fact_name)
        if mine is None or theirs is None:
            continue
        found = (
            differs[name](check, mine.text, theirs.text)
            if name in differs
            else _far(check, name, paper, pair)
        )
        if found:
            yield Hit((_at(paper, mine), _at(pair.paper, theirs)))


def _other_hs6(_: Check, mine: str, theirs: str) -> bool:
    return mine[:6] != theirs[:6]


def _other_hs(_: Check, mine: str, theirs: str) -> bool:
    """The same subheading, and other national digits. One without national digits says nothing about them."""
    shorter = min(len(mine), len(theirs))
    return mine[:6] == theirs[:6] and mine[:shorter] != theirs[:shorter]


def _other_text(_: Check, mine: str, theirs: str) -> bool:
    return mine != theirs


def _other_words(check: Check, mine: str, theirs: str) -> bool:
    return likeness(words(mine), words(theirs)) < Decimal(check["by"])


def _far(check: Check, name: str, paper: Paper, pair: Matched) -> bool:
    """Whether a number of two lines is too far apart; amounts of two currencies are not compared, nor measures of two
    units that cannot be told from each other.
    """
    mine, theirs = pair.line.number(name), pair.other.number(name)
    if mine is None or theirs is None:
        return False
    units = pair.line.text("unit"), pair.other.text("unit")
    if name in ("value", "price"):
        currencies = [one.first("currency") for one in (paper, pair.paper)]
        if len({one.text for one in currencies if one is not None}) != 1 or None in currencies:
            return False
    if name == "price" and units[0] != units[1]:
        return False
    if name == "quantity":
        converted = in_unit(theirs, units[1], units[0])
        if converted is None:
            return False
        theirs = converted
    return _wrong(check, mine, theirs)


def _unmatched(_: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """Lines that belong to none of the others'."""
    if not any(other.lines for other in around.others):
        return
    for line in around.matched[1]:
        told = [line.facts[name] for name in ("hs", "description") if name in line.facts]
        yield Hit((*(_at(paper, one) for one in told), *(Evidence(other, "", "") for other in around.others)))


def _listed(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """Each line's subheading is among the codes that the others list without lines."""
    theirs = {one.text[:6] for other in around.others for one in other.facts.get(check["other"], ())}
    for line in paper.lines if theirs else ():
        mine = line.facts.get("hs")
        if mine is not None and mine.text[:6] not in theirs:
            yield Hit((_at(paper, mine), *(Evidence(other, "", "") for other in around.others)))


def _drawn(_: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """What all declarations draw from an instrument is no more than it is worth."""
    limit = paper.first("total")
    worth = decimal(limit.text) if limit is not None else None
    if limit is None or worth is None:
        return
    draws = [(one, fact) for one in around.others for fact in _drawn_from(paper, one)]
    amounts = [amount for _, fact in draws if (amount := decimal(fact.text)) is not None]
    if sum(amounts) > worth:
        figures = {"drawn": format(sum(amounts), "f"), "worth": limit.text}
        yield Hit((_at(paper, limit), *(_at(one, fact) for one, fact in draws)), figures)


def _drawn_from(instrument: Paper, declaration: Paper) -> Iterator[Fact]:
    """What a declaration draws from this instrument: its amounts stand beside the instruments' numbers."""
    amounts = {one.pointer.rpartition("/")[0]: one for one in declaration.facts.get("drawn", ())}
    for number in declaration.facts.get("drawnFrom", ()):
        place = number.pointer.rpartition("/")[0]
        if place in amounts and types.normalise_number(number.text) == instrument.number:
            yield amounts[place]


def _twice(check: Check, paper: Paper, _: Around) -> Iterator[Hit]:
    """No value of a fact stands twice in one paper."""
    found = paper.facts.get(check["field"], ())
    counts = Counter(same_form(check["field"], one.text) for one in found)
    for form, count in counts.items():
        if count > 1:
            yield Hit(tuple(_at(paper, one) for one in found if same_form(check["field"], one.text) == form))


def _shared(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """No other declaration of the same direction names the same bill or invoice. Told once, about the latest."""
    name = {"bill": "billNumber", "invoice": "invoiceNumber"}[check["mark"]]
    for mark in (one for one in marks_of(paper) if one[0] == check["mark"]):
        same = [
            one
            for one in around.library.sharing(mark, exports=paper.exports)
            if (one.issuer, one.number) != (paper.issuer, paper.number) and one.entry <= paper.entry
        ]
        told = [(one, fact) for one in (*same, paper) if (fact := one.first(name)) is not None]
        if same and (paper.entry, paper.key) > max((one.entry, one.key) for one in same):
            yield Hit(tuple(_at(one, fact) for one, fact in told))


def _price(check: Check, paper: Paper, around: Around) -> Iterator[Hit]:
    """The price of a line of an import against the median of the ledger's of the same goods, origin, unit, currency."""
    currency = paper.first("currency")
    for line in () if paper.exports else paper.lines:
        price, mine = line.number("price"), line.facts.get("price")
        goods = (
            line.text("hs")[:6],
            line.text("origin"),
            line.text("unit"),
            currency.text if currency else "",
        )
        if price is None or mine is None or not all(goods[:3]):
            continue
        median, known = around.prices.median(*goods, least=int(check["least"]))
        if known < int(check["least"]):
            continue
        low, high = median * Decimal(check["low"]), median * Decimal(check["high"])
        if price < low or price > high:
            value, quantity = line.facts.get("value"), line.facts.get("quantity")
            derived = value is not None and mine.pointer == value.pointer
            places = [one for one in ((value, quantity) if derived else (mine,)) if one is not None]
            figures = {"price": mine.text, "median": format(median, "f"), "lines": str(known)}
            yield Hit(tuple(_at(paper, one) for one in places), figures)


def _product(check: Check, paper: Paper, _: Around) -> Iterator[Hit]:
    """Quantity times price is the value of a line."""
    for line in paper.lines:
        numbers = [line.number(name) for name in ("quantity", "price", "value")]
        facts = [line.facts.get(name) for name in ("quantity", "price", "value")]
        if None in numbers or None in facts or facts[1].pointer == facts[2].pointer:  # type: ignore[union-attr]
            continue
        quantity, price, value = numbers
        if _wrong({**check, "is": "differs"}, quantity * price, value):  # type: ignore[operator, arg-type]
            yield Hit(tuple(_at(paper, one) for one in facts if one is not None))


def _sum(check: Check, paper: Paper, _: Around) -> Iterator[Hit]:
    """The values of the lines are the paper's total."""
    total = paper.first("total")
    values = [line.number("value") for line in paper.lines]
    worth = decimal(total.text) if total is not None else None
    if total is None or worth is None or not values or None in values:
        return
    added = sum((one for one in values if one is not None), Decimal(0))
    if _wrong({**check, "is": "differs"}, added, worth):
        yield Hit((_at(paper, total),), {"sum": format(added, "f")})


def _identifier(_: Check, paper: Paper, __: Around) -> Iterator[Hit]:
    """Every number and code that the paper names could be a right one."""
    for one in look(types.get(paper.doc_type), paper.value).warnings:
        text = str(types.pointers.first(paper.value, one.pointer))
        yield Hit((Evidence(paper, one.pointer, text),), {"code": one.code})


def _office(check: Check, paper: Paper, _: Around) -> Iterator[Hit]:
    """A declaration's number begins with the office that it names."""
    number, office = paper.first("number"), paper.first(check["field"])
    if number is not None and office is not None and not number.text.upper().startswith(f"{office.text}-"):
        yield Hit((_at(paper, number), _at(paper, office)))


KINDS: Mapping[str, Callable[[Check, Paper, Around], Iterator[Hit]]] = {
    "amount": _amount,
    "date": _date,
    "drawn": _drawn,
    "fact": _fact,
    "identifier": _identifier,
    "line": _line,
    "listed": _listed,
    "office": _office,
    "price": _price,
    "product": _product,
    "shared": _shared,
    "sum": _sum,
    "twice": _twice,
    "unmatched": _unmatched,
    "within": _within,
}
