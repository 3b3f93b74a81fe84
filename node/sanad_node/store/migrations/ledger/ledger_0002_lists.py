"""Indexes for lists: an office's documents, and consignments by who holds them, latest first."""

from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"


def upgrade() -> None:
    op.create_index("documents_by_issuer", "documents", ["issuer", "entry", "leaf"], unique=False)
    op.create_index("consignments_by_entry", "consignments", ["entry"], unique=False)
    op.create_index("consignments_by_holder", "consignments", ["holder", "entry"], unique=False)
    op.create_index("consignments_by_taker", "consignments", ["taker", "entry"], unique=False)


def downgrade() -> None:
    op.drop_index("consignments_by_taker", table_name="consignments")
    op.drop_index("consignments_by_holder", table_name="consignments")
    op.drop_index("consignments_by_entry", table_name="consignments")
    op.drop_index("documents_by_issuer", table_name="documents")
