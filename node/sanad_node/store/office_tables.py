"""Tables of the office database: what this node knows that no chain can tell it again. Backed up, never
rebuilt.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(256), nullable=False, unique=True),  # idempotency key
    Column(
        "fingerprint", LargeBinary(32), nullable=False
    ),  # SHA-256 of what was asked, to refuse another body
    Column("signer", LargeBinary(20), nullable=False),
    Column("contract", String(31), nullable=False),
    Column("calldata", LargeBinary, nullable=False),
    Column("state", String(8), nullable=False),  # accepted, signed, anchored, final, refused
    Column("tx", LargeBinary(32)),
    Column("place", Integer, nullable=False, default=0),  # of the act within its transaction
    Column("alone", Integer, nullable=False, default=0),  # 1: never again grouped with others
    Column("entry", BigInteger),
    Column("block", BigInteger),
    Column("code", String(64)),
    Column("message", Text),
    Column("accepted_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
Index("outbox_by_state", outbox.c.state, outbox.c.id)
Index("outbox_by_tx", outbox.c.tx)
Index("outbox_by_entry", outbox.c.entry)

transactions = Table(
    "transactions",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("signer", LargeBinary(20), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("settled", Integer, nullable=False),  # 1 once its receipt is final
    UniqueConstraint("signer", "nonce"),
)
Index("transactions_by_settled", transactions.c.settled)

papers = Table(
    "papers",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("doc_type", String(31), primary_key=True),
    Column("formation", String(31), primary_key=True),  # code of the issuing formation
    Column("number", String(256), nullable=False),  # the business number in clear; stays in this office
    Column("name", String(256), nullable=False),  # file name as the office knew it
    Column("kept", Integer, nullable=False),  # 1: the vault has the document
    Column("named", Integer, nullable=False, server_default="0"),  # 1: what it is about is in `things`
    Column(
        "queued", Integer, nullable=False, server_default="0"
    ),  # 1: looked at for IPFS; 2: not readable then
)
Index("papers_by_number", papers.c.number)
Index("papers_by_named", papers.c.named, papers.c.digest)
Index("papers_by_queued", papers.c.queued, papers.c.digest)

things = Table(
    "things",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", String(16), primary_key=True),  # chassis, engine, container
    Column("number", String(256), primary_key=True),  # as readings are compared; stays in this office
)
Index("things_by_number", things.c.number)

approvals = Table(
    "approvals",
    metadata,
    Column("kind", Integer, primary_key=True, autoincrement=False),  # of the act: ENTER or WITHDRAW
    Column("doc_type", String(31), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("formation", String(31), primary_key=True),  # code of the formation that acts
    Column("terms", LargeBinary(32), nullable=False),  # hash of everything else in the act
    Column("approver", LargeBinary(20), nullable=False),  # the second officer's key
    Column("deadline", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("person", BigInteger, nullable=False),  # who approved; 0 at the data directory itself
)

cargo = Table(
    "cargo",
    metadata,
    Column("id", LargeBinary(32), primary_key=True),
    Column("reference", String(256), nullable=False),  # as people write it: container number, chassis, lot
    Column("normal", String(256), nullable=False),  # without blanks and dashes, to find it again
)
Index("cargo_by_normal", cargo.c.normal)

evidence = Table(
    "evidence",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column(
        "record", LargeBinary, nullable=False
    ),  # canonical JSON: its SHA-256, or its readings' root, is on the chain
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),
)
