"""The office's first schema, as it was: the tables of `office_tables` go on, a migration does not."""

import sqlalchemy as sa
from alembic import op

revision = "office_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "cargo",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reference", sa.String(length=256), nullable=False),
        sa.Column("normal", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cargo_by_normal", "cargo", ["normal"], unique=False)
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "evidence",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signer", sa.LargeBinary(length=20), nullable=False),
        sa.Column("contract", sa.String(length=31), nullable=False),
        sa.Column("calldata", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tx", sa.LargeBinary(length=32), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Integer(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("block", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,  # a number is never used twice, even after a deletion
    )
    op.create_index("outbox_by_state", "outbox", ["state", "id"], unique=False)
    op.create_index("outbox_by_tx", "outbox", ["tx"], unique=False)
    op.create_table(
        "papers",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("number", sa.String(length=256), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "doc_type", "formation"),
    )
    op.create_index("papers_by_number", "papers", ["number"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signer", sa.LargeBinary(length=20), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
        sa.UniqueConstraint("signer", "nonce"),
    )
    op.create_index("transactions_by_settled", "transactions", ["settled"], unique=False)


def downgrade() -> None:
    op.drop_index("transactions_by_settled", table_name="transactions")
    op.drop_table("transactions")
    op.drop_index("papers_by_number", table_name="papers")
    op.drop_table("papers")
    op.drop_index("outbox_by_tx", table_name="outbox")
    op.drop_index("outbox_by_state", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("evidence")
    op.drop_table("checkpoints")
    op.drop_index("cargo_by_normal", table_name="cargo")
    op.drop_table("cargo")
