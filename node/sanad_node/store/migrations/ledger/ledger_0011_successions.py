"""Which formation takes the place of which. A registration that named a predecessor was the only way to say it."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0011"
down_revision = "ledger_0006"


def upgrade() -> None:
    op.create_table(
        "successions",
        sa.Column("predecessor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("successor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("predecessor", "successor"),
    )
    op.execute(
        "INSERT INTO successions (predecessor, successor, since, entry) "
        "SELECT predecessor, number, valid_from, entry FROM formations WHERE predecessor <> 0"
    )
    op.execute("ALTER TABLE formations DROP COLUMN predecessor")


def downgrade() -> None:
    op.execute("ALTER TABLE formations ADD COLUMN predecessor BIGINT NOT NULL DEFAULT 0")
    op.execute(
        "UPDATE formations SET predecessor = COALESCE((SELECT MIN(predecessor) FROM successions "
        "WHERE successor = formations.number), 0)"
    )
    op.drop_table("successions")
