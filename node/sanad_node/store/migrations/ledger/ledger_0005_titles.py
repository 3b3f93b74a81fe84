"""Documents of title, and a standing whose word is longer than those before."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0005"
down_revision = "ledger_0007"


def upgrade() -> None:
    _with_states_of(16)
    op.create_table(
        "titles",
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.BigInteger(), nullable=False),
        sa.Column("beneficiary", sa.BigInteger(), nullable=False),
        sa.Column("to_order", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("offered", sa.BigInteger(), nullable=False),
        sa.Column("holder_before", sa.BigInteger(), nullable=False),
        sa.Column("beneficiary_before", sa.BigInteger(), nullable=False),
        sa.Column("to_order_before", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("replaces", sa.LargeBinary(length=32), nullable=False),
        sa.Column("replaced_by", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "doc_type", "digest"),
    )
    op.create_index("titles_by_key", "titles", ["key"], unique=False)
    op.create_index("titles_by_holder", "titles", ["holder", "latest"], unique=False)
    op.create_index("titles_by_party", "titles", ["party", "latest"], unique=False)
    op.create_index("titles_by_latest", "titles", ["latest"], unique=False)
    op.create_index("titles_by_replacement", "titles", ["replaced_by"], unique=False)


def downgrade() -> None:
    for index in ("replacement", "latest", "party", "holder", "key"):
        op.drop_index(f"titles_by_{index}", table_name="titles")
    op.drop_table("titles")
    _with_states_of(10)


def _with_states_of(length: int) -> None:
    """Make room for words of so many characters. SQLite changes no column: its table is made anew."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("statuses", "state", type_=sa.String(length=length), existing_nullable=False)
        return
    op.rename_table("statuses", "statuses_before")
    op.create_table(
        "statuses",
        sa.Column("issuer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=length), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("replacement", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "doc_type", "digest"),
    )
    op.execute("INSERT INTO statuses SELECT * FROM statuses_before")
    op.drop_table("statuses_before")
