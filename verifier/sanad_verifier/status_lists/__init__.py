"""Status lists: the standings of all documents of a group of formations, as of a size of the log, each list an entry of
that log itself (docs/spec/status-list.md).
"""
