"""Batch jobs on the simulated chain: every row comes to exactly one outcome, whatever happens and whenever."""

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from sanad_node import backup, batching, issuing
from sanad_node.batch_jobs import (
    BatchJobs,
    Job,
    JobExists,
    TooManyJobs,
    UnknownJob,
    UploadMissing,
    records,
    running,
)
from sanad_node.batch_jobs.export import harmless
from sanad_node.pipeline.outbox import Fact
from sanad_node.store.service_tables import answers, asked
from sanad_node.vault import VaultFull
from sanad_testkit.batch_office import (
    BatchOffice,
    Killed,
    copy_of,
    dying,
    found_office,
    submit,
    table,
    upload,
)
from sanad_testkit.moved import move_to
from sanad_testkit.stores import KINDS
from sanad_testkit.waiting import until
from sanad_verifier.digests import sha256
from sanad_verifier.errors import SanadError

SECONDS = 30
ANSWER = {"caller": "u7", "key": "k", "fingerprint": bytes(32), "status": 202, "body": b"{}", "at": 1}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> BatchOffice:
    path = tmp_path_factory.mktemp("founded") / "data"
    found_office(path)
    return BatchOffice(path)


@pytest.fixture
def office(founded: BatchOffice, tmp_path: Path, request: pytest.FixtureRequest) -> BatchOffice:
    """An office with its databases in files; with `on_both_stores`, once more on a PostgreSQL server."""
    made = copy_of(founded, tmp_path / "data")
    if getattr(request, "param", "sqlite") == "postgresql":
        move_to(made.path, request.getfixturevalue("postgres"))
    return made


on_both_stores = pytest.mark.parametrize("office", KINDS, indirect=True)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of four rows, checked two at a time."""
    monkeypatch.setattr(running, "CHUNK_ROWS", 2)
    monkeypatch.setattr(running, "PART_ROWS", 4)


def states(jobs: BatchJobs, job: Job) -> list[str]:
    return [row.state for row in jobs.rows(job.id, limit=1000)]


# -- what a job comes to -----------------------------------------------------------------------------------------------


@on_both_stores
def test_a_bad_row_stops_no_other_and_every_row_is_told(office: BatchOffice) -> None:
    lines = table(["A-1", "A-2", "A-1"]).splitlines()
    lines.insert(2, lines[1].replace(b"850000.00", b"a lot"))
    lines.insert(3, b"too,few")
    lines.append(lines[1])
    with office.opened() as (_, jobs):
        job = submit(jobs, b"\n".join(lines))
        assert (job.state, jobs.rows(job.id), jobs.counts(job.id).rows) == ("waiting", [], 0)
        jobs.run_waiting()
        done, rows = jobs.job(job.id), jobs.rows(job.id)
        assert (done.state, done.checked, done.ended_at, done.code) == ("done", 6, office.now, "")
        assert [(row.place, row.source, row.state, row.code) for row in rows] == [
            (0, "line 2", "final", ""),
            (1, "line 3", "failed", "DOCUMENT_INVALID"),
            (2, "line 4", "failed", "BATCH_SOURCE_INVALID"),
            (3, "line 5", "final", ""),
            (4, "line 6", "already", "ALREADY_ISSUED"),
            (5, "line 7", "already", "ALREADY_ISSUED"),
        ]
        assert rows[1].field == "/saleAmount"
        assert [(row.number, row.entry, row.leaf) for row in rows if row.digest] == [
            ("A-1", 0, 0),
            ("A-2", 0, 1),
        ]
        counts = jobs.counts(job.id)
        assert (counts.final, counts.failed, counts.already, counts.rows) == (2, 2, 2, 6)
        assert [row.place for row in jobs.rows(job.id, outcome="already", after=4)] == [5]
        assert [row.place for row in jobs.rows(job.id, outcome="final", limit=1)] == [0]
        assert office.leaves() == Counter({row.digest: 1 for row in rows if row.digest})
        with pytest.raises(UploadMissing):
            jobs.spool.path(job.id)


def test_a_row_whose_identifiers_look_wrong_is_issued_and_says_so(office: BatchOffice) -> None:
    right = table(["A-1"])
    doubtful = table(["A-2"], **{"vehicle.chassisNumber": "1M8GDM9A1KP042788"}).splitlines()[1]
    with office.opened() as (_, jobs):
        job = submit(jobs, right + doubtful + b"\n")
        jobs.run_waiting()
        one, other = jobs.rows(job.id)
        assert (one.state, other.state) == ("final", "final")
        codes = [{told["code"] for told in json.loads(row.warnings or "[]")} for row in (one, other)]
        assert codes[1] - codes[0] == {"CHASSIS_CHECK_DIGIT"}
        assert b"CHASSIS_CHECK_DIGIT /vehicle/chassisNumber" in b"".join(jobs.outcomes_csv(job.id))


def test_another_document_of_a_number_in_the_same_upload_fails(office: BatchOffice) -> None:
    with office.opened() as (_, jobs):
        lines = table(["A-1"]).splitlines() + table(["A-1"], saleAmount="1.00").splitlines()[1:]
        job = submit(jobs, b"\n".join(lines))
        jobs.run_waiting()
        assert [(row.state, row.code) for row in jobs.rows(job.id)] == [
            ("final", ""),
            ("failed", "NUMBER_IN_USE"),
        ]


def test_an_archive_of_files_is_a_job(office: BatchOffice) -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in {"a.pdf": b"first", "b.pdf": b"", "c.pdf": b"third"}.items():
            archive.writestr(name, content)
    with office.opened() as (node, jobs):
        job = submit(jobs, buffer.getvalue(), doc_type="FILE", form="zip")
        jobs.run_waiting()
        rows = jobs.rows(job.id)
        assert [(row.source, row.state) for row in rows] == [
            ("a.pdf", "final"), ("b.pdf", "failed"), ("c.pdf", "final")
        ]  # fmt: skip
        assert rows[2].digest == sha256(b"third")
        assert node.vault.get(sha256(b"third")) == b"third"


def test_documents_that_are_not_to_be_kept_are_not(office: BatchOffice) -> None:
    with office.opened() as (node, jobs):
        job = submit(jobs, table(["A-1"]), keep=False)
        jobs.run_waiting()
        (row,) = jobs.rows(job.id)
        assert row.state == "final"
        assert row.digest is not None
        assert not node.vault.has(row.digest)


def test_a_document_that_was_erased_fails_alone(office: BatchOffice) -> None:
    documents = {name: name.encode() for name in ("a", "b", "c")}
    with office.opened() as (node, jobs):
        node.vault.put(sha256(b"b"), b"b")
        node.vault.erase(sha256(b"b"))
        buffer = io.BytesIO()
        with ZipFile(buffer, "w") as archive:
            for name, content in documents.items():
                archive.writestr(name, content)
        job = submit(jobs, buffer.getvalue(), doc_type="FILE", form="zip")
        jobs.run_waiting()
        assert [(r.state, r.code) for r in jobs.rows(job.id)] == [
            ("final", ""), ("failed", "VAULT_ERASED"), ("final", "")
        ]  # fmt: skip


@on_both_stores
def test_a_row_is_as_far_as_its_act(office: BatchOffice) -> None:
    office.chain.confirmations = 1
    with office.opened(carried=True) as (node, jobs):
        job = submit(jobs, table(["A-1", "A-2"]))
        jobs.run_waiting()
        assert jobs.job(job.id).state == "done"
        assert states(jobs, job) == ["accepted", "accepted"]
        assert {row.entry for row in jobs.rows(job.id)} == {None}
        node.pump()
        assert states(jobs, job) == ["anchored", "anchored"]
        assert jobs.counts(job.id).anchored == 2
        office.chain.mine()
        node.pump()
        assert states(jobs, job) == ["final", "final"]
        assert [row.entry for row in jobs.rows(job.id)] == [0, 0]


@pytest.mark.usefixtures("small_parts")
def test_rows_whose_act_the_contracts_refuse_say_why_and_can_be_sent_again(office: BatchOffice) -> None:
    office.chain.refusing = True
    with office.opened() as (_, jobs):
        job = submit(jobs, table(f"A-{n}" for n in range(6)))
        jobs.run_waiting()
        rows = jobs.rows(job.id)
        assert {row.state for row in rows} == {"refused"}
        assert all(row.code and row.message and row.entry is None for row in rows)
        assert (jobs.counts(job.id).refused, jobs.job(job.id).state) == (6, "done")
        office.chain.refusing = False
        again = submit(jobs, table(f"A-{n}" for n in range(6)))
        jobs.run_waiting()
        assert states(jobs, again) == ["final"] * 6
    assert set(office.leaves().values()) == {1}


def test_an_act_of_a_job_tells_who_asked_for_it(office: BatchOffice) -> None:
    with office.opened() as (node, jobs):
        job = submit(jobs, table(["A-1"]))
        jobs.run_waiting()
        with node.office.connect() as connection:
            told = connection.execute(select(asked)).one()
        assert (told.user, told.formation, told.what) == (7, "CELL", "issue-batch")
        assert jobs.rows(job.id)[0].act == told.id
        assert f'"job":"{job.id}"' in told.about


@pytest.mark.usefixtures("small_parts")
def test_a_source_that_breaks_in_the_middle_ends_the_job_and_what_came_before_stands(
    office: BatchOffice,
) -> None:
    with office.opened() as (_, jobs):
        job = submit(jobs, table(f"A-{n}" for n in range(7)) + b'"never closed')
        following = submit(jobs, table(["B-1"]))
        jobs.run_waiting()
        failed = jobs.job(job.id)
        assert (failed.state, failed.code, failed.ended_at) == ("failed", "BATCH_SOURCE_INVALID", office.now)
        assert failed.message
        assert states(jobs, job) == ["final"] * 7
        assert states(jobs, following) == ["final"]
        with pytest.raises(UploadMissing):
            jobs.spool.path(job.id)


# -- what is promised already ------------------------------------------------------------------------------------------


def test_what_another_job_has_promised_and_the_ledger_does_not_show_yet_is_not_promised_again(
    office: BatchOffice,
) -> None:
    with office.opened(carried=True) as (node, jobs):
        made = []
        for content in (table(["A-1", "A-2"]), table(["A-2", "A-3"]), table(["A-2"], saleAmount="1.00")):
            made.append(submit(jobs, content))
            office.now += 1
        jobs.run_waiting()
        assert [states(jobs, job) for job in made] == [["accepted"] * 2, ["already", "accepted"], ["failed"]]
        assert jobs.rows(made[2].id)[0].code == "NUMBER_IN_USE"
        node.pump()
    assert sorted(office.leaves().values()) == [1, 1, 1]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("carried", [False, True])
def test_what_is_forgotten_of_earlier_parts_is_known_from_ledger_and_outbox(
    office: BatchOffice, monkeypatch: pytest.MonkeyPatch, carried: bool
) -> None:
    monkeypatch.setattr(running, "SEEN_AT_MOST", 0)
    numbers = [f"A-{n}" for n in range(8)]
    with office.opened(carried=carried) as (node, jobs):
        job = submit(jobs, table([*numbers, *numbers]))
        jobs.run_waiting()
        node.pump()
        assert states(jobs, job) == ["final"] * 8 + ["already"] * 8
    assert list(office.leaves().values()) == [1] * 8


def test_a_single_issue_that_is_promised_is_not_promised_again_by_a_job(office: BatchOffice) -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("a.pdf", b"paper")
    with office.opened(carried=True) as (node, jobs):
        paper = issuing.ready_to_issue(node, b"paper", doc_type="FILE", formation="CELL", number="N-1")
        issuing.issue(node, paper)
        own = submit(jobs, buffer.getvalue(), doc_type="FILE", form="zip")
        foreign = submit(jobs, buffer.getvalue(), doc_type="FILE", form="zip", formation="PORT")
        jobs.run_waiting()
        assert states(jobs, own) == ["already"]
        assert states(jobs, foreign) == ["accepted"]  # each formation issues for itself
        node.pump()
    assert office.leaves()[sha256(b"paper")] == 2


# -- asking for a job --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "code"), [
    pytest.param({"doc_type": "NO_SUCH_TYPE"}, "UNKNOWN_TYPE", id="type"),
    pytest.param({"doc_type": "FILE"}, "BATCH_SOURCE_INVALID", id="type-of-files"),
    pytest.param({"formation": "NOWHERE"}, "UNKNOWN_FORMATION", id="formation"),
    pytest.param({"form": "tar"}, "UNKNOWN_FORM", id="form"),
    pytest.param({"form": "zip"}, "BATCH_SOURCE_INVALID", id="other-form"),
])  # fmt: skip
def test_what_can_be_told_at_once_is_told_at_once(
    office: BatchOffice, change: dict[str, Any], code: str
) -> None:
    with office.opened() as (node, jobs):
        assert submit(jobs, table(["A-1"])).state == "waiting"
        name = upload(jobs, table(["A-2"]))
        with pytest.raises(SanadError) as refused:
            submit(jobs, b"", id=name, extra_facts=[Fact(answers, (ANSWER,))], **change)
        assert (refused.value.code, bool(refused.value.field)) == (code, True)
        assert len(jobs.jobs()) == 1
        with node.office.connect() as connection:
            assert connection.execute(select(answers)).all() == []
        with pytest.raises(UploadMissing):
            jobs.spool.path(name)


def test_an_office_whose_key_is_elsewhere_is_told_at_once(office: BatchOffice) -> None:
    with office.opened() as (node, jobs):
        node.keyring.held.clear()  # type: ignore[attr-defined]
        with pytest.raises(SanadError) as refused:
            submit(jobs, table(["A-1"]))
        assert (refused.value.code, refused.value.field) == ("NO_USABLE_KEY", "--as")


def test_a_job_without_its_upload_is_refused(office: BatchOffice) -> None:
    with office.opened() as (_, jobs), pytest.raises(UploadMissing):
        submit(jobs, b"", id="0" * 32)


def test_a_job_is_stored_with_the_answer_given_for_it_and_survives(office: BatchOffice) -> None:
    with office.opened() as (_, jobs):
        job = submit(jobs, table(["A-1"]), extra_facts=[Fact(answers, (ANSWER,))])
    with office.opened() as (node, jobs):
        assert jobs.job(job.id) == job
        with node.office.connect() as connection:
            assert connection.execute(select(answers.c.body)).scalars().all() == [b"{}"]
        jobs.run_waiting()
        assert states(jobs, job) == ["final"]


@on_both_stores
def test_a_job_submitted_again_is_the_same_job_and_another_under_its_name_is_refused(
    office: BatchOffice,
) -> None:
    with office.opened() as (_, jobs):
        job = submit(jobs, table(["A-1"]))
        assert submit(jobs, b"", id=job.id) == job
        jobs.run_waiting()
        assert submit(jobs, b"", id=job.id).state == "done"
        with pytest.raises(JobExists):
            submit(jobs, b"", id=job.id, doc_type="EIF")
        assert sum(office.leaves().values()) == 1


@on_both_stores
def test_an_upload_submitted_from_many_threads_at_once_is_one_job_that_keeps_its_upload(
    office: BatchOffice,
) -> None:
    with office.opened() as (_, jobs), ThreadPoolExecutor(8) as pool:
        name = upload(jobs, table(["A-1"]))
        made = [pool.submit(submit, jobs, b"", id=name) for _ in range(16)]
        assert {future.result().id for future in made} == {name}
        assert len(jobs.jobs()) == 1
        jobs.run_waiting()
        assert [row.state for row in jobs.rows(name)] == ["final"]


@on_both_stores
def test_a_job_whose_answer_was_given_to_another_request_is_not_made(office: BatchOffice) -> None:
    with office.opened() as (_, jobs):
        first = submit(jobs, table(["A-1"]), extra_facts=[Fact(answers, (ANSWER,))])
        with pytest.raises(JobExists):
            submit(jobs, table(["A-2"]), extra_facts=[Fact(answers, (ANSWER,))])
        assert [job.id for job in jobs.jobs()] == [first.id]
        assert jobs.spool.path(first.id)


def test_a_formation_with_too_many_unfinished_jobs_waits(
    office: BatchOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "UNFINISHED_AT_MOST", 1)
    with office.opened() as (_, jobs):
        submit(jobs, table(["A-1"]))
        with pytest.raises(TooManyJobs):
            submit(jobs, table(["A-2"]))
        assert submit(jobs, table(["A-1"]), formation="PORT")
        jobs.run_waiting()
        assert submit(jobs, table(["A-2"]))


@on_both_stores
def test_jobs_are_listed_from_the_newest_of_one_formation_or_all(office: BatchOffice) -> None:
    with office.opened() as (_, jobs):
        made = []
        for n in range(5):
            office.now += n // 2  # two in the same second
            made.append(submit(jobs, table([f"A-{n}"]), formation="PORT" if n == 2 else "CELL").id)
        listed = [job.id for job in jobs.jobs()]
        assert set(listed) == set(made)
        assert set(listed[:1]) == {made[4]}
        assert set(listed[1:3]) == {made[2], made[3]}
        paged, after = [], None
        while page := jobs.jobs(after=after, limit=2):
            paged += [job.id for job in page]
            after = paged[-1]
        assert paged == listed
        assert [job.id for job in jobs.jobs("PORT")] == [made[2]]
        with pytest.raises(UnknownJob):
            jobs.jobs(after="0" * 32)


@pytest.mark.parametrize("ask", ["job", "rows", "counts", "outcomes_csv"])
def test_a_job_that_is_not_there_is_unknown(office: BatchOffice, ask: str) -> None:
    with office.opened() as (_, jobs), pytest.raises(UnknownJob):
        getattr(jobs, ask)("0" * 32)


# -- the table of outcomes ---------------------------------------------------------------------------------------------


@on_both_stores
def test_the_table_of_outcomes_has_a_line_for_each_row_over_any_number_of_pages(
    office: BatchOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.opened() as (_, jobs):
        job = submit(jobs, table(["A-1", "", "A-3"]))
        jobs.run_waiting()
        whole = b"".join(jobs.outcomes_csv(job.id))
        monkeypatch.setattr("sanad_node.batch_jobs.export.PAGE_AT_MOST", 1)
        pages = list(jobs.outcomes_csv(job.id))
        assert len(pages) == 4
        assert b"".join(pages) == whole
        rows = jobs.rows(job.id)
    assert whole.count(b"\r\n") == whole.count(b"\n") == 4
    read = list(csv.DictReader(io.StringIO(whole.decode(), newline="")))
    assert [(line["row"], line["source"], line["outcome"]) for line in read] == [
        ("1", "line 2", "final"), ("2", "line 3", "failed"), ("3", "line 4", "final")
    ]  # fmt: skip
    assert read[0]["digest"] == (rows[0].digest or b"").hex()
    assert read[1]["code"] == rows[1].code


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert harmless("A-1") == "A-1"
    assert harmless(cell) == f"'{cell}"


def test_a_hostile_file_name_reaches_the_table_as_text(office: BatchOffice) -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr('=HYPERLINK("http:","x")', b"paper")
    with office.opened() as (_, jobs):
        job = submit(jobs, buffer.getvalue(), doc_type="FILE", form="zip")
        jobs.run_waiting()
        (read,) = csv.DictReader(io.StringIO(b"".join(jobs.outcomes_csv(job.id)).decode(), newline=""))
        assert read["source"] == '\'=HYPERLINK("http:","x")'


# -- the worker --------------------------------------------------------------------------------------------------------


def test_a_worker_runs_what_comes_and_tells_of_it(office: BatchOffice) -> None:
    told: list[str] = []
    with office.opened() as (node, _):
        jobs = BatchJobs(node, told.append)
        jobs.start()
        try:
            made = [submit(jobs, table([f"A-{n}"])) for n in range(3)]
            until(lambda: all(jobs.job(job.id).ended for job in made))
        finally:
            jobs.stop()
        assert [states(jobs, job) for job in made] == [["final"]] * 3
        assert set(told) == {job.id for job in made}


def test_stopping_a_worker_that_never_started_is_no_fault(office: BatchOffice) -> None:
    with office.opened() as (_, jobs):
        jobs.stop()
        job = submit(jobs, table(["A-1"]))
        jobs.run_waiting()
        assert jobs.job(job.id).state == "waiting"


@pytest.mark.usefixtures("small_parts")
def test_a_stopped_job_stays_running_and_is_taken_up_before_others(office: BatchOffice) -> None:
    with office.opened() as (node, _):
        jobs = BatchJobs(node, lambda job: jobs.stop() if len(jobs.rows(job)) >= 4 else None)
        job = submit(jobs, table(f"A-{n}" for n in range(9)))
        jobs.run_waiting()
        assert (jobs.job(job.id).state, states(jobs, job)) == ("running", ["final"] * 4)
    office.now -= 1000
    order: list[str] = []
    with office.opened() as (node, _):
        jobs = BatchJobs(node, order.append)
        earlier = submit(jobs, table(["B-1"]))
        jobs.run_waiting()
        assert states(jobs, job) == ["final"] * 9
        assert order.index(earlier.id) > len(order) - 1 - order[::-1].index(job.id)
    assert sum(office.leaves().values()) == 10


def test_uploads_that_became_no_job_are_forgotten_at_the_start_and_those_of_jobs_are_not(
    office: BatchOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.opened() as (_, jobs):
        orphan = upload(jobs, b"nobody asked for it")
        job = submit(jobs, table(["A-1"]))
    with office.opened() as (_, jobs):
        monkeypatch.setattr(jobs, "run_waiting", lambda: None)
        jobs.start()
        jobs.stop()
        assert jobs.spool.path(job.id)
        with pytest.raises(UploadMissing):
            jobs.spool.path(orphan)


def test_a_fault_of_the_disk_is_waited_out(office: BatchOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.opened() as (node, jobs):
        job = submit(jobs, table(["A-1"]))

        def full(_items: object) -> int:
            raise VaultFull("no space is left for the vault", field="vault")

        with monkeypatch.context() as patch:
            patch.setattr(node.vault, "put_many", full)
            jobs.start()
            until(lambda: jobs.trouble is not None)
            assert jobs.job(job.id).state == "running"
        try:
            until(lambda: jobs.job(job.id).ended)
            until(lambda: jobs.trouble is None)
        finally:
            jobs.stop()
        assert (jobs.job(job.id).state, states(jobs, job)) == ("done", ["final"])


def test_a_mistake_of_ours_ends_one_job_and_not_the_next(
    office: BatchOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = issuing.prepare_paper

    def faulty(*arguments: Any, **named: Any) -> issuing.Paper:
        if arguments[1].number == "BAD":
            raise ZeroDivisionError("secret detail")
        return honest(*arguments, **named)

    monkeypatch.setattr(batching, "prepare_paper", faulty)
    with office.opened() as (_, jobs):
        bad = submit(jobs, table(["BAD"]))
        office.now += 1
        good = submit(jobs, table(["GOOD"]))
        jobs.run_waiting()
        failed = jobs.job(bad.id)
        assert (failed.state, failed.code) == ("failed", "JOB_FAULT")
        assert "secret detail" not in failed.message
        assert states(jobs, good) == ["final"]


def test_a_job_whose_upload_was_lost_fails(office: BatchOffice) -> None:
    with office.opened() as (_, jobs):
        job = submit(jobs, table(["A-1"]))
        jobs.spool.remove(job.id)
        jobs.run_waiting()
        assert (jobs.job(job.id).state, jobs.job(job.id).code) == ("failed", "UPLOAD_MISSING")


@pytest.mark.usefixtures("small_parts")
def test_a_job_goes_on_from_a_backup(office: BatchOffice, tmp_path: Path) -> None:
    with office.opened() as (node, _):
        jobs = BatchJobs(node, lambda job: jobs.stop() if jobs.rows(job) else None)
        job = submit(jobs, table(f"A-{n}" for n in range(6)))
        jobs.run_waiting()
        assert states(jobs, job) == ["final"] * 4
        backup.back_up(node, tmp_path / "backup.tar")
    restored = copy_of(office, tmp_path / "scratch")
    restored = BatchOffice(tmp_path / "restored", office.chain)
    backup.restore(tmp_path / "backup.tar", restored.path)
    (tmp_path / "scratch" / "ledger.db").rename(restored.path / "ledger.db")  # as a rebuild would make it
    with restored.opened() as (_, jobs):
        jobs.run_waiting()
        assert states(jobs, job) == ["final"] * 6
    assert sorted(restored.leaves().values()) == [1] * 6


# -- kills -------------------------------------------------------------------------------------------------------------

ROWS = 9
TROUBLED = table([f"A-{n}" for n in range(ROWS)]).replace(b"A-5,", b"A-1,").replace(b"A-6,", b",")
EXPECTED = ["final"] * 5 + ["already", "failed"] + ["final"] * 2


def killed_at(office: BatchOffice, step: int, *, carried: bool) -> tuple[bool, str]:
    """One life that ends at a step; whether it ended, and the job it had acknowledged."""
    acknowledged = ""
    try:
        with office.opened(carried=carried) as (node, jobs):
            assert node.vault
            with dying(node, step):
                acknowledged = submit(jobs, TROUBLED).id
                jobs.run_waiting()
                node.pump()
    except Killed:
        return True, acknowledged
    return False, acknowledged


def lives(founded: BatchOffice, folder: Path, *, carried: bool) -> Iterator[tuple[BatchOffice, str]]:
    """An office for each step at which a process can die, dead there."""
    for step in range(1, 500):
        office = copy_of(founded, folder / str(step))
        died, acknowledged = killed_at(office, step, carried=carried)
        if not died:
            return
        yield office, acknowledged
    raise AssertionError("the work has no end")


@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("carried", [False, True])
def test_wherever_a_process_dies_the_next_one_issues_every_row_exactly_once(
    founded: BatchOffice, tmp_path: Path, carried: bool
) -> None:
    died = 0
    for office, acknowledged in lives(founded, tmp_path, carried=carried):
        died += 1
        with office.opened() as (node, jobs):
            known = [job.id for job in jobs.jobs()]
            assert acknowledged in {"", *known}
            job = jobs.job(known[0]) if known else submit(jobs, TROUBLED)
            done_before = {row.place: row.digest for row in jobs.rows(job.id)}
            jobs.start()
            try:
                until(lambda: jobs.job(job.id).ended)  # noqa: B023 - it is over before the next round
            finally:
                jobs.stop()
            node.pump()
            rows = jobs.rows(job.id)
            assert [(row.place, row.state) for row in rows] == list(enumerate(EXPECTED)), died
            assert {place: rows[place].digest for place in done_before} == done_before
            assert list((office.path / "uploads").iterdir()) == []
        assert office.leaves() == Counter({row.digest: 1 for row in rows if row.digest}), died
    assert died > 20


@pytest.mark.usefixtures("small_parts")
def test_a_process_that_dies_again_and_again_gets_there(office: BatchOffice) -> None:
    with office.opened() as (_, jobs):
        job = submit(jobs, TROUBLED)
    choose, deaths = random.Random(20261123), 0
    for _ in range(200):
        with office.opened() as (node, jobs):
            assert node.vault
            try:
                with dying(node, choose.randint(1, 25)):
                    jobs.run_waiting()
                break
            except Killed:
                deaths += 1
    assert deaths > 2
    with office.opened() as (_, jobs):
        assert jobs.job(job.id).state == "done"
        assert states(jobs, job) == EXPECTED
    assert set(office.leaves().values()) == {1}
