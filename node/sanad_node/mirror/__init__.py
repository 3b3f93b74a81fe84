"""Mirrors: the log as files that anybody can carry, copied and checked without asking whom they came from.

A mirror is a folder, a web server or a service: `checkpoint`, tiles and entry bundles (C2SP tlog-tiles), and the leaves
of the batches beside them (`batch/<root>`, docs/spec/mirror.md).
"""
