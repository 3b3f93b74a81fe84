"""Tables of the office database for matching papers: what the papers held here name, what prices they declare, and
what people answered to findings.

All but the answers follow from the ledger and the vault and are made again when they are missing
(`sanad_node.findings.noting`). A paper stands from its `entry` until the entry that `ended` it (superseded or revoked),
so that every question can be asked as of any size of the log.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from sanad_node.store.office_tables import metadata

noted_entries = Table(
    "noted_entries",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, id 1
    Column("size", BigInteger, nullable=False),  # entries 0..size-1 are looked at
)

noted_papers = Table(
    "noted_papers",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("doc_type", String(31), primary_key=True),
    Column("issuer", BigInteger, primary_key=True, autoincrement=False),  # number of the formation
    Column("entry", BigInteger, nullable=False),
    Column("leaf", BigInteger, nullable=False),
    Column("ended", BigInteger),  # entry that superseded or revoked it
    Column("held", Integer, nullable=False),  # 1: the vault had it
    Column("number", String(256), nullable=False),  # normalised; empty if it is not held
)
Index("noted_papers_by_entry", noted_papers.c.entry, noted_papers.c.leaf)
Index("noted_papers_by_number", noted_papers.c.number)

noted_names = Table(
    "noted_names",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("doc_type", String(31), primary_key=True),
    Column("issuer", BigInteger, primary_key=True, autoincrement=False),
    Column("named", String(31), primary_key=True),  # type of the paper that it names
    Column("number", String(256), primary_key=True),
)
Index("noted_names_by_number", noted_names.c.number)

declared_prices = Table(
    "declared_prices",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("doc_type", String(31), primary_key=True),
    Column("issuer", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("hs6", String(6), nullable=False),
    Column("origin", String(2), nullable=False),
    Column("unit", String(3), nullable=False),
    Column("currency", String(3), nullable=False),  # empty where the paper does not say
    Column("price", BigInteger, nullable=False),  # of one unit, in ten-thousandths of the currency
)
Index(
    "declared_prices_by_goods",
    declared_prices.c.hs6,
    declared_prices.c.origin,
    declared_prices.c.unit,
    declared_prices.c.currency,
    declared_prices.c.price,
)

noted_totals = Table(
    "noted_totals",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("doc_type", String(31), primary_key=True),
    Column("issuer", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("trader", String(64), nullable=False),  # tax number, as numbers are compared; stays in this office
    Column("role", String(16), nullable=False),  # instrument, declaration
    Column("exports", Integer, nullable=False),  # 1: goods go out
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),  # in ten-thousandths of the currency
    Column("day", String(10), nullable=False),  # ISO 8601, that the paper bears
)
Index("noted_totals_by_day", noted_totals.c.day, noted_totals.c.trader)
Index("noted_totals_by_trader", noted_totals.c.trader, noted_totals.c.day)

finding_answers = Table(
    "finding_answers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("finding", String(32), nullable=False),
    Column("mark", LargeBinary(32), nullable=False),  # SHA-256 of who, reason and note: the same answer again
    Column("reason", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("user", Integer, nullable=False),  # 0 for the operator at the command line
    Column("name", String(64), nullable=False),
    Column("formation", String(31), nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("finding", "mark"),
    sqlite_autoincrement=True,
)
