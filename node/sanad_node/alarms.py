"""What somebody has to look at though everything works: somebody lied, and it was found out, or reads what one person
does not read.

Stable codes, told wherever the state of a node is. What stops the node's own work is no alarm: that has a code of its
own.
"""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Engine, func, select

from sanad_node.store.witness_tables import equivocations


class Alarm(StrEnum):
    """`EQUIVOCATION`: a log that this node witnesses has signed two roots for one size, and the proof is kept here.
    `WITNESS_DISAGREES`: a witness has seen another log under our name; `MEMBER_DISAGREES`: another member of this
    network has. `TRUST_PATHS_DIFFER`: what the validators sealed is not what the log says.
    `BULK_READING`: an account of this service was shown more than somebody works with (`sanad reads`).
    """

    EQUIVOCATION = "EQUIVOCATION"
    WITNESS_DISAGREES = "WITNESS_DISAGREES"
    MEMBER_DISAGREES = "MEMBER_DISAGREES"
    TRUST_PATHS_DIFFER = "TRUST_PATHS_DIFFER"
    BULK_READING = "BULK_READING"


def lies_counted(office: Engine) -> int:
    """How many proofs are kept that a witnessed log has signed two roots for one size."""
    with office.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(equivocations)).scalar_one())


def alarms(office: Engine, *, witnesses_disagreeing: int = 0, reading_in_bulk: int = 0) -> list[str]:
    """The codes of those that are to be raised now."""
    raised: Iterable[tuple[Alarm, int]] = (
        (Alarm.EQUIVOCATION, lies_counted(office)),
        (Alarm.WITNESS_DISAGREES, witnesses_disagreeing),
        (Alarm.BULK_READING, reading_in_bulk),
    )
    return [alarm.value for alarm, count in raised if count]
