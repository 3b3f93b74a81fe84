"""Where the vault's blobs are pinned on IPFS, and what was erased from it and why."""

import sqlalchemy as sa
from alembic import op

revision = "office_0005"
down_revision = "office_0004"


def upgrade() -> None:
    op.add_column("papers", sa.Column("queued", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("papers_by_queued", "papers", ["queued", "digest"])
    op.create_table(
        "ipfs_blobs",
        sa.Column("cid", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cid"),
    )
    op.create_index("ipfs_blobs_by_digest", "ipfs_blobs", ["digest"])
    op.create_table(
        "ipfs_pins",
        sa.Column("cid", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=31), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("cid", "holder"),
    )
    op.create_index("ipfs_pins_by_due", "ipfs_pins", ["holder", "state", "due"])
    op.create_table(
        "erasures",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("ipfs_pins")
    op.drop_table("ipfs_blobs")
    op.drop_index("papers_by_queued", table_name="papers")
    op.drop_column("papers", "queued")
