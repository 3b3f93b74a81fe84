"""Tables of the office database for what members tell each other: agreements and messages, with the other's
signatures.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from sanad_node.store.office_tables import metadata

agreements = Table(
    "agreements",
    metadata,
    Column("id", LargeBinary(32), primary_key=True),
    Column("partner", Integer, nullable=False),  # number of the other member
    Column("note", LargeBinary, nullable=False),  # as signed so far
    Column("ended_at", BigInteger, nullable=False, server_default="0"),
    Column("end_note", LargeBinary),  # who ended it, signed
    Column("at", BigInteger, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=True),
    Column("id", LargeBinary(32), nullable=False, unique=True),
    Column("way", String(3), nullable=False),  # in, out
    Column("partner", Integer, nullable=False),
    Column("kind", String(9), nullable=False),
    Column("agreement", LargeBinary(32), nullable=False),
    Column("reply", LargeBinary(32)),  # the message that it answers
    Column("deadline", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # of its line
    Column("note", LargeBinary, nullable=False),  # as the sender signed it
    Column("content", LargeBinary, nullable=False),  # canonical JSON, unsealed; stays in this office
    Column("subject", String(300), nullable=False),  # what it is about, to find it by
    Column("receipt", LargeBinary),  # as the recipient signed it
    Column("state", String(9), nullable=False),  # in: received; out: queued, delivered, refused
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_at", BigInteger, nullable=False, server_default="0"),
    Column("code", Text),  # why it was not delivered
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
Index("messages_by_state", messages.c.state, messages.c.place)
Index("messages_by_reply", messages.c.reply, unique=True)  # a request has one answer
Index("messages_by_subject", messages.c.subject)
