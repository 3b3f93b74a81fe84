"""What papers name and declare, answers to findings, and warnings of batch rows."""

import sqlalchemy as sa
from alembic import op

revision = "office_0006"
down_revision = "office_0005"


def upgrade() -> None:
    op.add_column("batch_rows", sa.Column("warnings", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "noted_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "noted_papers",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("digest", "doc_type", "issuer"),
    )
    op.create_index("noted_papers_by_entry", "noted_papers", ["entry", "leaf"])
    op.create_index("noted_papers_by_number", "noted_papers", ["number"])
    op.create_table(
        "noted_names",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("named", sa.String(length=31), nullable=False),
        sa.Column("number", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("digest", "doc_type", "issuer", "named", "number"),
    )
    op.create_index("noted_names_by_number", "noted_names", ["number"])
    op.create_table(
        "declared_prices",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("hs6", sa.String(length=6), nullable=False),
        sa.Column("origin", sa.String(length=2), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "doc_type", "issuer", "line"),
    )
    op.create_index(
        "declared_prices_by_goods", "declared_prices", ["hs6", "origin", "unit", "currency", "price"]
    )
    op.create_table(
        "finding_answers",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("finding", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("finding", "mark"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for name in ("finding_answers", "declared_prices", "noted_names", "noted_papers", "noted_entries"):
        op.drop_table(name)
    op.drop_column("batch_rows", "warnings")
