"""The ledger projection's first schema, as it was: the tables of `ledger_tables` go on, a migration does not."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", sa.LargeBinary(length=20), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "member"),
    )
    op.create_table(
        "batches",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaves", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_table(
        "blocks",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "consignments",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=31), nullable=False),
        sa.Column("holder", sa.BigInteger(), nullable=False),
        sa.Column("taker", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=5), nullable=False),
        sa.Column("condition", sa.Integer(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "consortium",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("network_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("network_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "contracts",
        sa.Column("address", sa.LargeBinary(length=20), nullable=False),
        sa.Column("role", sa.String(length=31), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("final", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "documents",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("fields", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "leaf"),
    )
    op.create_index("documents_by_digest", "documents", ["digest"], unique=False)
    op.create_index("documents_by_key", "documents", ["key"], unique=False)
    op.create_table(
        "entries",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("tx", sa.LargeBinary(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(length=224), nullable=False),
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("idx"),
    )
    op.create_index("entries_by_subject", "entries", ["subject", "idx"], unique=False)
    op.create_index("entries_by_tx", "entries", ["tx"], unique=False)
    op.create_table(
        "formations",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=31), nullable=False),
        sa.Column("kind", sa.String(length=31), nullable=False),
        sa.Column("parent", sa.BigInteger(), nullable=False),
        sa.Column("predecessor", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("suspended_at", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "holds",
        sa.Column("consignment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("formation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consignment", "formation"),
    )
    op.create_table(
        "keys",
        sa.Column("address", sa.LargeBinary(length=20), nullable=False),
        sa.Column("formation", sa.BigInteger(), nullable=False),
        sa.Column("officer", sa.LargeBinary(length=32), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("suspended_at", sa.BigInteger(), nullable=False),
        sa.Column("compromised_from", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_index("keys_by_formation", "keys", ["formation"], unique=False)
    op.create_table(
        "members",
        sa.Column("address", sa.LargeBinary(length=20), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cosigning_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "proposals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("target", sa.LargeBinary(length=20), nullable=False),
        sa.Column("proposer", sa.LargeBinary(length=20), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("executed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "scopes",
        sa.Column("formation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("acts", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("formation", "doc_type"),
    )
    op.create_table(
        "statuses",
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("replacement", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "doc_type", "digest"),
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx"),
    )


def downgrade() -> None:
    op.drop_table("tiles")
    op.drop_table("statuses")
    op.drop_table("scopes")
    op.drop_table("proposals")
    op.drop_table("members")
    op.drop_index("keys_by_formation", table_name="keys")
    op.drop_table("keys")
    op.drop_table("holds")
    op.drop_table("formations")
    op.drop_index("entries_by_tx", table_name="entries")
    op.drop_index("entries_by_subject", table_name="entries")
    op.drop_table("entries")
    op.drop_index("documents_by_key", table_name="documents")
    op.drop_index("documents_by_digest", table_name="documents")
    op.drop_table("documents")
    op.drop_table("cursor")
    op.drop_table("contracts")
    op.drop_table("consortium")
    op.drop_table("consignments")
    op.drop_table("blocks")
    op.drop_table("batches")
    op.drop_table("approvals")
