"""Batches that outlive the request that brought them: a job for each upload, an outcome for each row."""

from sanad_node.batch_jobs.jobs import BatchJobs
from sanad_node.batch_jobs.records import Counts, Job, JobExists, Row, RowState, TooManyJobs, UnknownJob
from sanad_node.batch_jobs.spool import Spool, Upload, UploadEmpty, UploadMissing, UploadTooLarge

__all__ = [
    "BatchJobs",
    "Counts",
    "Job",
    "JobExists",
    "Row",
    "RowState",
    "Spool",
    "TooManyJobs",
    "UnknownJob",
    "Upload",
    "UploadEmpty",
    "UploadMissing",
    "UploadTooLarge",
]
