"""Publishing: what the ledger says now of a group's documents, issued as the next list or delta of a formation."""

from dataclasses import dataclass

import orjson
from sqlalchemy import select

from sanad_node import checkpointing, issuing
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.regions import inside
from sanad_node.status_lists.held import needed, said_by, withdrawn
from sanad_node.status_lists.present import present_state
from sanad_node.store.dialects import one_state
from sanad_node.store.ledger_tables import cursor
from sanad_node.store.service_tables import asked
from sanad_verifier.digests import Digest
from sanad_verifier.errors import EnvironmentFault
from sanad_verifier.status_lists.document import (
    CHANGES_AT_MOST,
    DOC_TYPE,
    EVERYONE,
    MEMBERS_AT_MOST,
    Delta,
    ListDocument,
    parse_list,
)
from sanad_verifier.status_lists.state import ENTRIES_AT_MOST, ListState

DELTAS_AT_MOST = 30
"""Deltas after a list, before the next list: what a device has to take along stays small."""


class StatusListTooLarge(EnvironmentFault):
    """The log, or what is not simply active in it, is more than one list can hold: publish for smaller groups."""

    code = "STATUS_LIST_TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Wanted:
    """For which group (the code of a formation, or `*`), as which formation; `whole`: a list, even if a delta would
    do.
    """

    group: str
    formation: str
    whole: bool = False


def ready_to_publish(node: Node, wanted: Wanted, *, key: str | None = None) -> issuing.Ready:
    """The next publication, ready to be promised. Nothing is stored.

    A key that was used before is answered with what was published then, whatever has happened since.
    """
    digest = None if key is None else _published_under(node, key)
    if digest is not None:
        content = node.vault.get(digest)
    else:
        node.catch_up_if_possible()
        content = _next(node, wanted).encode()
    document = parse_list(content)  # what nobody could read is not published
    return issuing.ready_to_issue(
        node,
        content,
        doc_type=DOC_TYPE,
        formation=wanted.formation,
        name=f"status-list-{document.sequence}.json",
        key=key,
        published=True,
    )


def _published_under(node: Node, key: str) -> Digest | None:
    """What was published under an idempotency key; None if nothing was."""
    with node.office.connect() as connection:
        about = connection.execute(select(asked.c.about).where(asked.c.key == key)).scalar()
    told = {} if about is None else orjson.loads(about)
    return Digest(bytes.fromhex(told["digest"])) if told.get("type") == DOC_TYPE else None


def _next(node: Node, wanted: Wanted) -> ListDocument:
    publisher, region = node.reader.formation(wanted.formation), _region(node, wanted.group)
    group = EVERYONE if region is None else region.code
    series = needed(node, publisher.number, group)  # first: who publishes meanwhile has taken our number
    before = said_by(series)
    with node.ledger.connect() as ledger:
        with node.still():  # the checkpoint and what is read below are of one size
            checkpoint = checkpointing.current_checkpoint(node)
            steps = node.reader.successions().steps
            covered = sorted(one.number for one in inside(node.reader.formations(), region, steps))
            one_state(ledger)
            ledger.execute(select(cursor.c.size)).scalar()
        must_fit(checkpoint.size)
        state = present_state(ledger, checkpoint.size, covered)
    told: ListState | Delta = state
    whole = wanted.whole or len(series) > DELTAS_AT_MOST or any(withdrawn(node, one) for one in series)
    if before is not None and not whole:
        told = _delta(before.state, state) or state
    if len(state.members) > MEMBERS_AT_MOST:
        raise StatusListTooLarge("more documents of batches are not active than a list can hold")
    return ListDocument(
        origin=node.network.origin,
        group=group,
        formations=tuple(covered),
        sequence=1 if before is None else before.published.document.sequence + 1,
        size=checkpoint.size,
        root=checkpoint.root,
        time=int(node.clock()),
        previous=None if before is None else before.published.digest,
        state=state.digest(),
        told=told,
    )


def must_fit(size: int) -> None:
    """Raise if a log of so many entries is more than a list can speak of."""
    if size > ENTRIES_AT_MOST:
        raise StatusListTooLarge("the log has more entries than a list can speak of")


def _region(node: Node, group: str) -> FormationRecord | None:
    return None if group == EVERYONE else node.reader.formation(group, field="group")


def _delta(before: ListState, now: ListState) -> Delta | None:
    """The changes, if they are few enough to be worth it."""
    entries, members = before.changes_to(now)
    if len(entries) + len(members) > CHANGES_AT_MOST:
        return None
    return Delta(tuple(entries), tuple(members))
