"""The record: every signed transaction of the chain, so that a chain that is lost can be begun again."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0007"
down_revision = "ledger_0004_drawdown"


def upgrade() -> None:
    op.create_table(
        "sent",
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_index("sent_by_hash", "sent", ["hash"], unique=False)


def downgrade() -> None:
    op.drop_index("sent_by_hash", table_name="sent")
    op.drop_table("sent")
