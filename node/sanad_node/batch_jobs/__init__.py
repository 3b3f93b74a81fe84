"""Batches that outlive the request that brought them: a job for each upload, an outcome for each row."""
