"""Which formation takes the place of which. A registration that named a predecessor was the only way to say it."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0011_successions"
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
    with op.batch_alter_table("formations") as formations:
        formations.drop_column("predecessor")


def downgrade() -> None:
    with op.batch_alter_table("formations") as formations:
        formations.add_column(sa.Column("predecessor", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE formations SET predecessor = COALESCE((SELECT MIN(predecessor) FROM successions "
        "WHERE successor = formations.number), 0)"
    )
    with op.batch_alter_table("formations") as formations:
        formations.alter_column("predecessor", server_default=None)
    op.drop_table("successions")
