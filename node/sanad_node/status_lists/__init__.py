"""Status lists: published through the log by a formation that may, and held against the log by every mirror
(docs/spec/status-list.md).
"""
