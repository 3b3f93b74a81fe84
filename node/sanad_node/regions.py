"""Groups of formations: one formation, those beneath it, and those whose place they take."""

from collections.abc import Iterable, Sequence

from sanad_node.reading import FormationRecord
from sanad_node.successions import Succession, predecessors_in


def inside(
    formations: Sequence[FormationRecord], region: FormationRecord | None, successions: Iterable[Succession]
) -> list[FormationRecord]:
    """The formations of a group; all of them if `region` is None. Who takes a place later has it for this already: what
    a list covers follows from the entries of the log, not from the hour at which it is made.
    """
    if region is None:
        return list(formations)
    found, before = {region.number}, predecessors_in(successions)
    while True:
        more = {f.number for f in formations if f.parent in found}
        more |= {one for number in found for one in before.get(number, ())}
        if more <= found:
            return [f for f in formations if f.number in found]
        found |= more
