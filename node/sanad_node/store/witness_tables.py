"""Tables of the office database about other logs: what this node has cosigned of them, and lies it was told."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from sanad_node.store.office_tables import metadata

witnessed = Table(
    "witnessed",
    metadata,
    Column("origin", String(256), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),  # the checkpoint as it was signed by its log
    Column("time", BigInteger, nullable=False),  # of the cosignature
)

equivocations = Table(
    "equivocations",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # SHA-256 of the proof
    Column("origin", String(256), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("proof", LargeBinary, nullable=False),  # docs/spec/witness.md
    Column("at", BigInteger, nullable=False),
)
