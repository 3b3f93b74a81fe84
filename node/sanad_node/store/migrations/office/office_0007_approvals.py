"""Second officers' approvals that wait for their acts."""

import sqlalchemy as sa
from alembic import op

revision = "office_0007"
down_revision = "office_0006"


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("kind", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("terms", sa.LargeBinary(length=32), nullable=False),
        sa.Column("approver", sa.LargeBinary(length=20), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "doc_type", "digest", "formation"),
    )


def downgrade() -> None:
    op.drop_table("approvals")
