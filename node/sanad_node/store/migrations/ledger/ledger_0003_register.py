"""The register of controlled documents: policies, what was entered under them, and what it rests on."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0003"
down_revision = "ledger_0002"


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("rules", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issuers", sa.LargeBinary(length=32), nullable=False),
        sa.Column("consumers", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("doc_type"),
    )
    op.create_table(
        "policy_parents",
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wanted", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("doc_type", "place"),
    )
    op.create_table(
        "filings",
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("thing", sa.LargeBinary(length=32), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("approver", sa.LargeBinary(length=20), nullable=False),
        sa.Column("consumed_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("doc_type", "digest"),
    )
    op.create_index("filings_by_entry", "filings", ["entry"], unique=False)
    op.create_index("filings_by_thing", "filings", ["thing", "entry"], unique=False)
    op.create_table(
        "parents",
        sa.Column("child", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("conditions", sa.Integer(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("child", "doc_type"),
    )
    op.create_index("parents_by_digest", "parents", ["digest", "child"], unique=False)


def downgrade() -> None:
    for index, table in (
        ("parents_by_digest", "parents"),
        ("filings_by_thing", "filings"),
        ("filings_by_entry", "filings"),
    ):
        op.drop_index(index, table_name=table)
    for table in ("parents", "filings", "policy_parents", "policies"):
        op.drop_table(table)
