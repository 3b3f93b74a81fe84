"""Who acts in whose place, as this node's ledger has it now (`sanad_node.successions`)."""

from dataclasses import dataclass

from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_verifier.errors import InputError


class SuccessorAmbiguous(InputError):
    """The office gave way to several others: name the one that acts."""

    code = "SUCCESSOR_AMBIGUOUS"


@dataclass(frozen=True, slots=True)
class NowPartOf:
    """Codes of the formations that have an office's place now, and since when all of them have (seconds)."""

    codes: tuple[str, ...]
    since: int


def numbers_of(node: Node, formation: int) -> frozenset[int]:
    """The formations whose place this one has now, itself included."""
    return node.reader.successions().places_of(formation, int(node.clock()))


def codes_of(node: Node, formation: str) -> frozenset[str]:
    """The same by codes; empty if there is no such formation."""
    known = node.reader.successions()
    codes = node.reader.formation_codes()
    number = next((one for one, code in codes.items() if code == formation.upper()), None)
    if number is None:
        return frozenset()
    return frozenset(codes[one] for one in known.places_of(number, int(node.clock())))


def now_part_of(node: Node, formation: int) -> NowPartOf | None:
    """What has become of an office; None if it has given way to nobody yet."""
    present = node.reader.successions().present(formation, int(node.clock()))
    if not present:
        return None
    codes = node.reader.formation_codes()
    return NowPartOf(tuple(codes.get(one.number, "?") for one in present), max(one.since for one in present))


def acting_for(node: Node, formation: int) -> FormationRecord:
    """Who acts on what an office issued, if nobody is named: itself, or who has its place now. Of several, the one
    whose key is held here; `SuccessorAmbiguous` if that is not one.
    """
    reader = node.reader
    present = reader.successions().present(formation, int(node.clock()))
    if not present:
        return reader.formation(formation)
    if len(present) > 1:
        held = set(node.keyring.addresses())
        present = tuple(
            one for one in present if any(key.address in held for key in reader.keys_of(one.number))
        )
    if len(present) != 1:
        raise SuccessorAmbiguous(
            "the office gave way to several: name the one that acts in its place", field="--as"
        )
    return reader.formation(present[0].number)
