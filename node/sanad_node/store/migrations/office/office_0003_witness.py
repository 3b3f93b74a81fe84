"""What this node has cosigned of other logs, and proofs that one of them has shown two faces."""

import sqlalchemy as sa
from alembic import op

revision = "office_0003"
down_revision = "office_0002"


def upgrade() -> None:
    op.create_table(
        "witnessed",
        sa.Column("origin", sa.String(length=256), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "equivocations",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("origin", sa.String(length=256), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_table("equivocations")
    op.drop_table("witnessed")
