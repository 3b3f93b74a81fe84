"""Acts by the identifier that was given for them."""

from typing import Any

import orjson
from sqlalchemy import bindparam, select

from sanad_node.asking import act_id
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Act, UnknownAct
from sanad_node.store.office_tables import outbox
from sanad_node.store.questions import Question
from sanad_node.store.service_tables import asked
from sanad_node.wire import ActView

PAGE_AT_MOST = 200
_JOINED = select(
    asked.c.id.label("public"),
    asked.c.key,
    asked.c.formation,
    asked.c.user,
    asked.c.what,
    asked.c.about,
    asked.c.at,
    outbox.c.id,
    outbox.c.state,
    outbox.c.entry,
    outbox.c.block,
    outbox.c.tx,
    outbox.c.code,
    outbox.c.message,
).select_from(asked.join(outbox, outbox.c.key == asked.c.key))
_ONE = Question(_JOINED.where(asked.c.id == bindparam("identifier")))


def act_of(node: Node, identifier: str) -> ActView:
    """The act of an identifier; `UnknownAct` if there is none."""
    row = _ONE.first(node.office, identifier=identifier)
    if row is None:
        raise UnknownAct("there is no such act", field="act")
    return _view(row)


def acts_of(
    node: Node, *, formation: str | None, before: int | None, limit: int
) -> tuple[list[ActView], int | None]:
    """The latest acts (of a formation), newest first, and the cursor of the next page."""
    query = _JOINED.order_by(outbox.c.id.desc()).limit(min(limit, PAGE_AT_MOST) + 1)
    if formation is not None:
        query = query.where(asked.c.formation == formation)
    if before is not None:
        query = query.where(outbox.c.id < before)
    with node.office.connect() as connection:
        rows = list(connection.execute(query))
    more = len(rows) > min(limit, PAGE_AT_MOST)
    rows = rows[: min(limit, PAGE_AT_MOST)]
    return [_view(row) for row in rows], rows[-1].id if more else None


def view_of(node: Node, act: Act) -> ActView:
    """An act just done, as it stands."""
    view = act_of(node, act_id(node.directory.secret("vault"), act.key))
    return view.model_copy(update={"replayed": act.replayed})


def _view(row: Any) -> ActView:
    return ActView(
        act=row.public,
        what=row.what,
        state=row.state,
        formation=row.formation,
        about=orjson.loads(row.about),
        entry=row.entry,
        block=row.block,
        tx=None if row.tx is None else row.tx.hex(),
        code=row.code,
        message=row.message,
        at=row.at,
        idempotency_key=row.key.partition("/")[2] if row.user else row.key,  # without whose it is
    )
