"""Groups of formations: one formation, those beneath it, and those whose place they have taken."""

from collections.abc import Sequence

from sanad_node.reading import FormationRecord


def inside(formations: Sequence[FormationRecord], region: FormationRecord | None) -> list[FormationRecord]:
    """The formations of a group; all of them if `region` is None."""
    if region is None:
        return list(formations)
    found = {region.number}
    while True:
        more = {f.number for f in formations if f.parent in found}
        more |= {f.predecessor for f in formations if f.number in found and f.predecessor}
        if more <= found:
            return [f for f in formations if f.number in found]
        found |= more
