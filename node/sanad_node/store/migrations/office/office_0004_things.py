"""The things that kept documents are about, to find a document by the number on a car or a container."""

import sqlalchemy as sa
from alembic import op

revision = "office_0004"
down_revision = "office_0003"


def upgrade() -> None:
    op.add_column("papers", sa.Column("named", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("papers_by_named", "papers", ["named", "digest"])
    op.create_table(
        "things",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("digest", "kind", "number"),
    )
    op.create_index("things_by_number", "things", ["number"])


def downgrade() -> None:
    op.drop_table("things")
    op.drop_index("papers_by_named", table_name="papers")
    op.drop_column("papers", "named")
