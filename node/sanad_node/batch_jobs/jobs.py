"""Batch jobs of a service: accepted at once, run one after the other, taken up again after a crash.

A job is promised when `submit` returns: its upload and its row are on the disk. One worker thread runs
jobs in the order they came; a fault of the surroundings (disk, database) makes it try again, ever more
slowly, while a fault of the job ends the job.
"""

import threading
from collections.abc import Callable, Iterator, Sequence

from sanad_node import types
from sanad_node.acting import acting_key
from sanad_node.batch_jobs.export import outcomes_csv
from sanad_node.batch_jobs.records import Counts, Job, JobExists, JobState, Records, Row, RowState
from sanad_node.batch_jobs.running import TEXT_AT_MOST, run_job
from sanad_node.batch_jobs.spool import Spool
from sanad_node.issuing import must_be_issuable
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Fact
from sanad_node.registering import must_be_plain
from sanad_node.ways.forms import check_source
from sanad_verifier.errors import EnvironmentFault, SanadError

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
JOB_FAULT = "JOB_FAULT"
"""Code of a job that ended by a mistake of ours; the log has more."""


class BatchJobs:
    """Start with `start`, end with `stop`; between, any thread may call. `told` is called in the worker's
    thread with a job's identifier whenever the job is further.
    """

    def __init__(self, node: Node, told: Callable[[str], None] = lambda _job: None) -> None:
        self._node = node
        self._told = told
        self._records = Records(node.office, node.directory.secret("vault"))
        self._submitting = threading.Lock()  # or the loser of two would remove the winner's upload
        self._kicked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="batch-jobs", daemon=True)
        self.spool = Spool(node.directory.uploads)
        self.trouble: EnvironmentFault | None = None
        """What keeps the worker from going on, as long as it does."""

    # -- asking for a job -----------------------------------------------------------------------------------------

    def submit(
        self,
        *,
        id: str,  # noqa: A002 - what it is called everywhere else
        formation: str,
        user: int,
        doc_type: str,
        source_name: str,
        form: str,
        keep: bool = True,
        extra_facts: Sequence[Fact] = (),
    ) -> Job:
        """Make a committed upload a job; `id` is the upload's. Returns when the job is on the disk, together
        with `extra_facts`.

        What can be told before a row is checked is told now: an unknown type or formation, no key to act
        with, a file that is none. The upload of a refused job is removed. Submitted again, a job is returned
        as it stands.
        """
        asked = Job(
            id,
            formation,
            user,
            doc_type,
            source_name[:TEXT_AT_MOST],
            form,
            keep,
            created_at=int(self._node.clock()),
        )
        with self._submitting:
            known = self._records.find(id)
            if known is None:
                self._add(asked, extra_facts)
            elif known.asked != asked.asked:
                raise JobExists("the upload belongs to another batch job", field="file")
        self._kicked.set()
        return known or asked

    def _add(self, job: Job, facts: Sequence[Fact]) -> None:
        path = self.spool.path(job.id)
        try:
            must_be_issuable(job.doc_type)
            must_be_plain(
                self._node, job.doc_type.upper(), "issue them one by one, each with what it rests on"
            )
            acting_key(self._node, self._node.reader.formation(job.formation))
            check_source(path, job.form, types.get(job.doc_type))
            self._records.add(job, facts)
        except EnvironmentFault:
            raise  # nothing was decided: the same may be asked again
        except SanadError:
            self.spool.remove(job.id)
            raise

    # -- following jobs -------------------------------------------------------------------------------------------

    def job(self, id: str) -> Job:  # noqa: A002
        """The job; `UnknownJob` if there is none."""
        return self._records.job(id)

    def jobs(self, formation: str | None = None, after: str | None = None, limit: int = 100) -> list[Job]:
        """Jobs, the newest first, of a formation or all; `after` is the identifier of the last one seen."""
        return self._records.jobs(formation, after, limit)

    def rows(
        self,
        id: str,  # noqa: A002
        *,
        outcome: RowState | None = None,
        after: int = -1,
        limit: int = 100,
    ) -> list[Row]:
        """Rows that have an outcome, in order of place, behind place `after`; of one outcome or all."""
        return self._records.rows(id, outcome, after, limit)

    def counts(self, id: str) -> Counts:  # noqa: A002
        """How many rows came to what."""
        return self._records.counts(id)

    def outcomes_csv(self, id: str) -> Iterator[bytes]:  # noqa: A002
        """The rows as a table for a spreadsheet."""
        return outcomes_csv(self._records, id)

    # -- running jobs ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Forget uploads that became no job, and take up what is unfinished. Uploads begin after this."""
        self.spool.remove_all_but({job.id for job in self._records.unfinished()})
        self._thread.start()
        self._kicked.set()

    def stop(self) -> None:
        """End after the rows that are being checked or stored. A job stays `running` and goes on at the next
        start.
        """
        self._stopping.set()
        self._kicked.set()
        if self._thread.ident is not None:
            self._thread.join()

    def run_waiting(self) -> None:
        """Run unfinished jobs in this thread until there are none, or `stop` is called."""
        while not self._stopping.is_set() and (waiting := self._records.unfinished()):
            self._run(waiting[0])

    def _work(self) -> None:
        pause: float | None = None
        while not self._stopping.is_set():
            self._kicked.wait(pause)
            self._kicked.clear()
            try:
                self.run_waiting()
            except EnvironmentFault as error:
                self.trouble = error
                pause = min(2 * (pause or FIRST_PAUSE / 2), LONGEST_PAUSE)
            else:
                self.trouble, pause = None, None

    def _run(self, job: Job) -> None:
        try:
            path = self.spool.path(job.id)
            self._records.begin(job.id)
            self._told(job.id)
            if not run_job(
                self._node,
                self._records,
                path,
                job,
                interrupted=self._stopping.is_set,
                told=lambda: self._told(job.id),
            ):
                return
        except EnvironmentFault:
            raise
        except SanadError as error:
            self._end(job, "failed", error.code, error.message)
        except Exception as error:  # noqa: BLE001 - the jobs behind it must not wait for ever
            self._end(job, "failed", JOB_FAULT, f"this node failed to run the job: {type(error).__name__}")
        else:
            self._end(job, "done")

    def _end(self, job: Job, state: JobState, code: str = "", message: str = "") -> None:
        self._records.end(job.id, state, int(self._node.clock()), code, message)
        self.spool.remove(job.id)
        self._told(job.id)
