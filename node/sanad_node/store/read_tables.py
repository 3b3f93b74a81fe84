"""Tables of the office database for the read log: who looked up what (docs/spec/read-log.md)."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from sanad_node.store.office_tables import metadata

reads = Table(
    "reads",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, … without a gap
    Column("at", BigInteger, nullable=False),
    Column("user", Integer, nullable=False),  # 0 for the operator at the command line
    Column("name", String(64), nullable=False),  # of the account; nothing else of the person
    Column("formation", String(31), nullable=False),
    Column("what", String(96), nullable=False),  # method and template of the address
    Column("about", String(64), nullable=False),  # digest, consignment or blinded number; empty for a list
    Column("things", BigInteger, nullable=False),  # how many were shown; 0: there was no such thing
    Column("mark", LargeBinary(32), nullable=False),  # over the mark before it and this row
)
Index("reads_by_user", reads.c.user, reads.c.at)
Index("reads_by_about", reads.c.about, reads.c.seq)
Index("reads_by_time", reads.c.at)

read_log = Table(
    "read_log",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, id 1
    Column("forgotten", BigInteger, nullable=False),  # rows 1..forgotten are no longer here
    Column("mark", LargeBinary(32), nullable=False),  # of the last of them
)
