"""Payment instruments and quotas: what they stand at, and what declarations drew from them; blocks by their times."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0004_drawdown"
down_revision = "ledger_0003"


def upgrade() -> None:
    op.create_index("blocks_by_time", "blocks", ["time", "number"], unique=False)
    op.create_table(
        "instruments",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("measure", sa.LargeBinary(length=4), nullable=False),
        sa.Column("total", sa.LargeBinary(length=22), nullable=False),
        sa.Column("drawn", sa.LargeBinary(length=22), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("instruments_by_key", "instruments", ["key"], unique=False)
    op.create_index("instruments_by_issuer", "instruments", ["issuer", "number"], unique=False)
    op.create_table(
        "instrument_steps",
        sa.Column("instrument", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("total", sa.LargeBinary(length=22), nullable=False),
        sa.Column("drawn", sa.LargeBinary(length=22), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instrument", "entry"),
    )
    op.create_table(
        "draws",
        sa.Column("instrument", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("amount", sa.LargeBinary(length=22), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("instrument", "entry"),
    )
    op.create_index("draws_by_digest", "draws", ["digest", "entry"], unique=False)
    op.create_table(
        "releases",
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "doc_type", "key"),
    )


def downgrade() -> None:
    op.drop_index("blocks_by_time", table_name="blocks")
    op.drop_index("draws_by_digest", table_name="draws")
    for index in ("instruments_by_issuer", "instruments_by_key"):
        op.drop_index(index, table_name="instruments")
    for table in ("releases", "draws", "instrument_steps", "instruments"):
        op.drop_table(table)
