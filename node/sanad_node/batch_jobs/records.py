"""What is on record of batch jobs: the jobs themselves, and what became of each row.

A row that was promised has no state of its own: it is as far as the act that issues it, which the outbox
knows. The rows on record are always the first ones of the source, without a gap: a job goes on behind them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Engine, Select, and_, case, func, insert, or_, select, update
from sqlalchemy import Row as Record
from sqlalchemy.exc import IntegrityError

from sanad_node.asking import act_id
from sanad_node.pipeline.outbox import Fact
from sanad_node.store.office_tables import outbox
from sanad_node.store.service_tables import batch_jobs, batch_rows
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError

JobState = Literal["waiting", "running", "done", "failed"]
RowState = Literal["accepted", "anchored", "final", "refused", "already", "failed"]
"""A promised row is `accepted`, `anchored` and `final` with its act, or `refused` by the contracts; `already`
was issued before, `failed` is no document that could be issued.
"""
PAGE_AT_MOST = 1000
MESSAGE_AT_MOST = 2000
UNFINISHED_AT_MOST = 32
"""Jobs of one formation that have not ended: bounds what their uploads take on the disk."""


class UnknownJob(InputError):
    """There is no batch job of this identifier."""

    code = "UNKNOWN_JOB"


class JobExists(InputError):
    """The identifier belongs to another batch job, or the answer to be remembered to another request."""

    code = "JOB_EXISTS"


class TooManyJobs(InputError):
    """The formation has too many batch jobs that have not ended; wait for one of them."""

    code = "TOO_MANY_JOBS"


@dataclass(frozen=True, slots=True)
class Job:
    """A batch job. `code` and `message` say why one `failed` as a whole; times in seconds, 0 for not yet."""

    id: str
    formation: str
    user: int
    doc_type: str
    source: str
    form: str
    keep: bool
    state: JobState = "waiting"
    checked: int = 0
    code: str = ""
    message: str = ""
    created_at: int = 0
    ended_at: int = 0

    @property
    def ended(self) -> bool:
        return self.state in {"done", "failed"}

    @property
    def asked(self) -> tuple[object, ...]:
        """What was asked for, to tell a repeated request from another one."""
        return (self.formation, self.user, self.doc_type, self.source, self.form, self.keep)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a row. `act` is the identifier of the act that issues it, `entry` its number in the log
    once it is anchored, `leaf` the document's place under that entry's root.
    """

    place: int
    source: str
    state: RowState
    digest: Digest | None
    number: str
    leaf: int | None
    act: str
    entry: int | None
    code: str
    message: str
    field: str
    warnings: str
    """What to look at again in an issued document: a JSON list, empty for nothing."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows are in each state."""

    accepted: int = 0
    anchored: int = 0
    final: int = 0
    refused: int = 0
    already: int = 0
    failed: int = 0

    @property
    def rows(self) -> int:
        return self.accepted + self.anchored + self.final + self.refused + self.already + self.failed


def _state_of(outcome: Any) -> Any:
    act = case((outbox.c.state == "signed", "accepted"), else_=func.coalesce(outbox.c.state, "accepted"))
    return case((outcome != "issued", outcome), else_=act)


_row_state = _state_of(batch_rows.c.outcome)
_ROWS = (
    select(
        batch_rows,
        _row_state.label("state"),
        outbox.c.entry,
        outbox.c.code.label("refusal"),
        outbox.c.message.label("why"),
    )
    .select_from(batch_rows.outerjoin(outbox, outbox.c.key == batch_rows.c.act_key))
    .order_by(batch_rows.c.place)
)
_UNFINISHED = batch_jobs.c.state.in_(("running", "waiting"))


class Records:
    """The jobs and rows of one office database. `secret` makes the acts' outside identifiers."""

    def __init__(self, office: Engine, secret: bytes) -> None:
        self._office = office
        self._secret = secret

    # -- jobs -----------------------------------------------------------------------------------------------------

    def add(self, job: Job, facts: Iterable[Fact] = ()) -> None:
        """Store a job durably, together with `facts`."""
        with self._writing() as connection:
            unfinished = select(func.count()).where(_UNFINISHED, batch_jobs.c.formation == job.formation)
            if connection.execute(unfinished).scalar_one() >= UNFINISHED_AT_MOST:
                raise TooManyJobs("the formation has too many batch jobs that have not ended", field="as")
            values = {name: getattr(job, name) for name in Job.__dataclass_fields__}
            connection.execute(insert(batch_jobs), {**values, "keep": int(job.keep)})
            for fact in facts:
                connection.execute(insert(fact.table), fact.rows)

    def find(self, job: str) -> Job | None:
        """The job of an identifier, or None."""
        with self._office.connect() as connection:
            found = connection.execute(select(batch_jobs).where(batch_jobs.c.id == job)).first()
        return None if found is None else _job(found)

    def job(self, job: str) -> Job:
        """The job of an identifier; `UnknownJob` if there is none."""
        found = self.find(job)
        if found is None:
            raise UnknownJob("there is no such batch job", field="job")
        return found

    def jobs(self, formation: str | None, after: str | None, limit: int) -> list[Job]:
        """Jobs, the newest first, of one formation or all; `after` is the last job already seen."""
        query = select(batch_jobs).order_by(batch_jobs.c.created_at.desc(), batch_jobs.c.id.desc())
        if formation is not None:
            query = query.where(batch_jobs.c.formation == formation)
        if after is not None:
            seen = self.job(after)
            older = batch_jobs.c.created_at < seen.created_at
            beside = and_(batch_jobs.c.created_at == seen.created_at, batch_jobs.c.id < seen.id)
            query = query.where(or_(older, beside))
        with self._office.connect() as connection:
            return [_job(found) for found in connection.execute(query.limit(_page(limit)))]

    def unfinished(self) -> list[Job]:
        """Jobs that have not ended, in the order in which they are to run: first the interrupted one."""
        order = (
            case((batch_jobs.c.state == "running", 0), else_=1),
            batch_jobs.c.created_at,
            batch_jobs.c.id,
        )
        with self._office.connect() as connection:
            query = select(batch_jobs).where(_UNFINISHED).order_by(*order)
            return [_job(found) for found in connection.execute(query)]

    def begin(self, job: str) -> None:
        self._update(job, state="running")

    def end(self, job: str, state: JobState, at: int, code: str = "", message: str = "") -> None:
        self._update(job, state=state, ended_at=at, code=code, message=message[:MESSAGE_AT_MOST])

    def progress(self, job: str, checked: int) -> None:
        """Rows read so far; never fewer than were told before, though some are read again after a crash."""
        with self._writing() as connection:
            behind = (batch_jobs.c.id == job) & (batch_jobs.c.checked < checked)
            connection.execute(update(batch_jobs).where(behind).values(checked=checked))

    def _update(self, job: str, **values: Any) -> None:
        with self._writing() as connection:
            connection.execute(update(batch_jobs).where(batch_jobs.c.id == job).values(**values))

    # -- rows -----------------------------------------------------------------------------------------------------

    def next_place(self, job: str) -> int:
        """The first place without an outcome."""
        with self._office.connect() as connection:
            last = select(func.max(batch_rows.c.place)).where(batch_rows.c.job == job)
            found = connection.execute(last).scalar()
        return 0 if found is None else int(found) + 1

    def record(self, fact: Fact) -> None:
        """Store outcomes that no act goes with."""
        with self._writing() as connection:
            connection.execute(insert(fact.table), fact.rows)

    def rows(self, job: str, outcome: RowState | None, after: int, limit: int) -> list[Row]:
        """Rows behind place `after`, of one state or all."""
        self.job(job)
        query = _ROWS.where(batch_rows.c.job == job, batch_rows.c.place > after).limit(_page(limit))
        return self._rows(query if outcome is None else query.where(_row_state == outcome))

    def _rows(self, query: Select[Any]) -> list[Row]:
        with self._office.connect() as connection:
            return [self._row(found) for found in connection.execute(query)]

    def _row(self, found: Record[Any]) -> Row:
        return Row(
            found.place,
            found.source,
            found.state,
            None if found.digest is None else Digest(found.digest),
            found.number,
            found.leaf,
            act_id(self._secret, found.act_key) if found.act_key else "",
            found.entry,
            found.refusal or found.code,
            found.why or found.message,
            found.field,
            found.warnings,
        )

    def counts(self, job: str) -> Counts:
        """How many rows are in each state; those of one act are counted before the act is looked up."""
        self.job(job)
        together = (
            select(batch_rows.c.outcome, batch_rows.c.act_key, func.count().label("rows"))
            .where(batch_rows.c.job == job)
            .group_by(batch_rows.c.outcome, batch_rows.c.act_key)
            .subquery()
        )
        state = _state_of(together.c.outcome)
        query = (
            select(state, func.sum(together.c.rows))
            .select_from(together.outerjoin(outbox, outbox.c.key == together.c.act_key))
            .group_by(state)
        )
        with self._office.connect() as connection:
            found = {name: int(rows) for name, rows in connection.execute(query)}
        return Counts(**{name: found.get(name, 0) for name in get_args(RowState)})

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._office.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise JobExists("the batch job, or the answer given for it, is on record already") from error


def _page(limit: int) -> int:
    return max(1, min(limit, PAGE_AT_MOST))


def _job(found: Record[Any]) -> Job:
    values = {name: getattr(found, name) for name in Job.__dataclass_fields__}
    return Job(**{**values, "keep": bool(found.keep)})
