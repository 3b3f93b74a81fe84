"""Tables of the office database about the vault: where its blobs are pinned, and what was erased from it and why."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from sanad_node.store.office_tables import metadata

ipfs_blobs = Table(
    "ipfs_blobs",
    metadata,
    Column("cid", String(64), primary_key=True),  # computed here, of the encrypted blob
    Column("digest", LargeBinary(32), nullable=False),  # of the document in it
    Column("length", BigInteger, nullable=False),  # bytes of the blob
    Column("wanted", Integer, nullable=False),  # 0: erased, or sealed anew under another CID
    Column("at", BigInteger, nullable=False),
)
Index("ipfs_blobs_by_digest", ipfs_blobs.c.digest)

ipfs_pins = Table(
    "ipfs_pins",
    metadata,
    Column("cid", String(64), primary_key=True),
    Column("holder", String(31), primary_key=True),  # `here`, or a member as the settings name it
    Column("state", String(8), nullable=False),  # waiting, pinned, leaving, gone
    Column("since", BigInteger, nullable=False),  # when it came into this state
    Column("due", BigInteger, nullable=False),  # when it is to be tried, or looked after, next
    Column("tries", Integer, nullable=False),  # that failed in this state
    Column("code", String(64), nullable=False),  # of the last failure; empty for none
)
Index("ipfs_pins_by_due", ipfs_pins.c.holder, ipfs_pins.c.state, ipfs_pins.c.due)

erasures = Table(
    "erasures",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("reason", String(256), nullable=False),  # as the one who asked put it
    Column("user", Integer, nullable=False),  # 0 for the operator at the command line
    Column("asked_at", BigInteger, nullable=False),
    Column("erased_at", BigInteger, nullable=False),  # 0 until every key is overwritten
)
