"""The read log; acts by their entry; what each trader's papers are worth. What was noted of papers before is noted
again, since it lacks that.
"""

import sqlalchemy as sa
from alembic import op

revision = "office_0012"
down_revision = "office_0013"


def upgrade() -> None:
    op.create_table(
        "reads",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("what", sa.String(length=96), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("things", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("reads_by_user", "reads", ["user", "at"], unique=False)
    op.create_index("reads_by_about", "reads", ["about", "seq"], unique=False)
    op.create_index("reads_by_time", "reads", ["at"], unique=False)
    op.create_table(
        "read_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

    op.create_index("outbox_by_entry", "outbox", ["entry"], unique=False)
    op.create_table(
        "noted_totals",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("trader", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("exports", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("digest", "doc_type", "issuer"),
    )
    op.create_index("noted_totals_by_day", "noted_totals", ["day", "trader"], unique=False)
    op.create_index("noted_totals_by_trader", "noted_totals", ["trader", "day"], unique=False)
    op.execute("DELETE FROM noted_papers")
    op.execute("DELETE FROM noted_names")
    op.execute("DELETE FROM declared_prices")
    op.execute("DELETE FROM noted_entries")


def downgrade() -> None:
    for index in ("noted_totals_by_trader", "noted_totals_by_day"):
        op.drop_index(index, table_name="noted_totals")
    op.drop_table("noted_totals")
    op.drop_index("outbox_by_entry", table_name="outbox")
    op.drop_table("read_log")
    for index in ("reads_by_time", "reads_by_about", "reads_by_user"):
        op.drop_index(index, table_name="reads")
    op.drop_table("reads")
