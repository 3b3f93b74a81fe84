"""What the service keeps: people and service clients, their sessions and tokens, remembered answers, batch
jobs, webhooks.
"""

import sqlalchemy as sa
from alembic import op

revision = "office_0002"
down_revision = "office_0001"


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("roles", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,  # a number is never used twice: keys of acts begin with it
    )
    op.create_table(
        "sessions",
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("secret"),
    )
    op.create_index("sessions_by_user", "sessions", ["user"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=128), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("secret"),
    )
    op.create_index("tokens_by_user", "tokens", ["user"], unique=False)
    op.create_table(
        "answers",
        sa.Column("caller", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    op.create_table(
        "asked",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("asked_by_key", "asked", ["key"], unique=True)
    op.create_index("asked_by_formation", "asked", ["formation", "at"], unique=False)
    op.create_table(
        "batch_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("doc_type", sa.String(length=31), nullable=False),
        sa.Column("source", sa.String(length=256), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("keep", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("batch_jobs_by_formation", "batch_jobs", ["formation", "created_at"], unique=False)
    op.create_table(
        "batch_rows",
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=256), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("number", sa.String(length=256), nullable=False),
        sa.Column("leaf", sa.Integer(), nullable=True),
        sa.Column("act_key", sa.String(length=256), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("field", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("job", "place"),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user", sa.Integer(), nullable=False),
        sa.Column("formation", sa.String(length=31), nullable=False),
        sa.Column("url", sa.String(length=512), nullable=False),
        sa.Column("kinds", sa.String(length=512), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("last_failure", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("webhooks")
    op.drop_table("batch_rows")
    op.drop_index("batch_jobs_by_formation", table_name="batch_jobs")
    op.drop_table("batch_jobs")
    op.drop_index("asked_by_formation", table_name="asked")
    op.drop_index("asked_by_key", table_name="asked")
    op.drop_table("asked")
    op.drop_table("answers")
    op.drop_index("tokens_by_user", table_name="tokens")
    op.drop_table("tokens")
    op.drop_index("sessions_by_user", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("users")
