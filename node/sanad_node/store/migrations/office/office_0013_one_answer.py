"""A request has one answer, whoever asks at once.

Of several that a race has left, the first stays the answer. The others are kept as they are, with their signatures, but
are found as answers no more.
"""

import sqlalchemy as sa
from alembic import op

revision = "office_0013"
down_revision = "office_0011"


def upgrade() -> None:
    messages = sa.table("messages", sa.column("place"), sa.column("reply"))
    first = (
        sa.select(sa.func.min(messages.c.place))
        .where(messages.c.reply.is_not(None))
        .group_by(messages.c.reply)
    )
    later = sa.select(messages.c.place).where(messages.c.reply.is_not(None), messages.c.place.not_in(first))
    op.execute(sa.update(messages).where(messages.c.place.in_(later)).values(reply=None))
    op.drop_index("messages_by_reply", table_name="messages")
    op.create_index("messages_by_reply", "messages", ["reply"], unique=True)


def downgrade() -> None:
    op.drop_index("messages_by_reply", table_name="messages")
    op.create_index("messages_by_reply", "messages", ["reply"], unique=False)
