"""Data agreements, and messages between members."""

import sqlalchemy as sa
from alembic import op

revision = "office_0011"
down_revision = "office_0007"


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("partner", sa.Integer(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("end_note", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "messages",
        sa.Column("place", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("way", sa.String(length=3), nullable=False),
        sa.Column("partner", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("agreement", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reply", sa.LargeBinary(length=32), nullable=True),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("messages_by_state", "messages", ["state", "place"], unique=False)
    op.create_index("messages_by_reply", "messages", ["reply"], unique=False)
    op.create_index("messages_by_subject", "messages", ["subject"], unique=False)


def downgrade() -> None:
    for index in ("messages_by_subject", "messages_by_reply", "messages_by_state"):
        op.drop_index(index, table_name="messages")
    op.drop_table("messages")
    op.drop_table("agreements")
