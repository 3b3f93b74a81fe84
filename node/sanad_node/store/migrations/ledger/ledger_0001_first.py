"""The ledger projection's first schema."""

from alembic import op

from sanad_node.store.ledger_tables import metadata

revision = "ledger_0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
