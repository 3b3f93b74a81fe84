"""Devices that ride along with cargo, as their formations registered them."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0006"
down_revision = "ledger_0005"


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("address", sa.LargeBinary(length=20), nullable=False),
        sa.Column("formation", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.LargeBinary(length=32), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_index("devices_by_formation", "devices", ["formation", "entry"], unique=False)


def downgrade() -> None:
    op.drop_index("devices_by_formation", table_name="devices")
    op.drop_table("devices")
