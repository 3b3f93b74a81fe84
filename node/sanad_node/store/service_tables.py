"""Tables of the office database that the service keeps: who may ask, what was answered, what runs on.

They lie beside the outbox on purpose: an act, the answer that was given for it and the row of the job it
belongs to are written in one transaction.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from sanad_node.store.office_tables import metadata

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False, unique=True),  # what one signs in with, in lower case
    Column("kind", String(8), nullable=False),  # person, client
    Column("formation", String(31), nullable=False),  # code; empty for the node's own people
    Column("roles", String(128), nullable=False),  # names with commas between
    Column("password", String(256), nullable=False),  # Argon2id, encoded; empty for a service client
    Column("language", String(8), nullable=False),  # en, ur; empty: the browser's
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger, nullable=False),  # 0 while in use
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("secret", LargeBinary(32), primary_key=True),  # SHA-256 of the cookie's secret
    Column("user", Integer, nullable=False),
    Column("csrf", LargeBinary(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
Index("sessions_by_user", sessions.c.user)

tokens = Table(
    "tokens",
    metadata,
    Column("secret", LargeBinary(32), primary_key=True),  # SHA-256 of the token
    Column("user", Integer, nullable=False),
    Column("audience", String(128), nullable=False),  # log origin of the network it is for
    Column("label", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
)
Index("tokens_by_user", tokens.c.user)

answers = Table(
    "answers",
    metadata,
    Column("caller", String(32), primary_key=True),  # whose key it is: keys of two callers never meet
    Column("key", String(128), primary_key=True),  # the Idempotency-Key
    Column("fingerprint", LargeBinary(32), nullable=False),  # SHA-256 of method, path and body
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

asked = Table(
    "asked",
    metadata,
    Column("id", String(32), primary_key=True),  # of the act, to outsiders: random
    Column("key", String(256), nullable=False),  # of the act in the outbox
    Column("formation", String(31), nullable=False),  # that acts; empty for a member's act
    Column("user", Integer, nullable=False),  # 0 for the operator at the command line
    Column("what", String(32), nullable=False),  # issue, revoke, ship, …
    Column(
        "about", Text, nullable=False
    ),  # JSON object: digest, type, consignment, … as the caller named them
    Column("at", BigInteger, nullable=False),
)
Index("asked_by_key", asked.c.key, unique=True)
Index("asked_by_formation", asked.c.formation, asked.c.at)

batch_jobs = Table(
    "batch_jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("formation", String(31), nullable=False),
    Column("user", Integer, nullable=False),
    Column("doc_type", String(31), nullable=False),
    Column("source", String(256), nullable=False),  # file name as the caller gave it
    Column("form", String(8), nullable=False),  # csv, zip
    Column("keep", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # waiting, running, done, failed
    Column("checked", Integer, nullable=False),  # rows read so far
    Column("code", String(64), nullable=False),  # why it failed as a whole
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
)
Index("batch_jobs_by_formation", batch_jobs.c.formation, batch_jobs.c.created_at)

batch_rows = Table(
    "batch_rows",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # of the row in its source, from 0
    Column("source", String(256), nullable=False),  # file name or line
    Column("outcome", String(8), nullable=False),  # issued, already, failed
    Column("digest", LargeBinary(32)),
    Column("number", String(256), nullable=False),
    Column("leaf", Integer),
    Column("act_key", String(256), nullable=False),  # of the act that issued it
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("field", String(256), nullable=False),
    Column("warnings", Text, nullable=False, server_default=""),  # JSON list of what to look at again
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user", Integer, nullable=False),
    Column("formation", String(31), nullable=False),
    Column("url", String(512), nullable=False),
    Column("kinds", String(512), nullable=False),  # kinds of entries with commas between; empty for all
    Column("secret", LargeBinary, nullable=False),  # of the signature, encrypted under the vault's key
    Column("delivered", BigInteger, nullable=False),  # entries 0..delivered-1 are done with
    Column("tries", Integer, nullable=False),  # of the entry that is next
    Column("next_try_at", BigInteger, nullable=False),
    Column("last_failure", String(256), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger, nullable=False),
)
