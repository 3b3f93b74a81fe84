"""Tables of the ledger database: everything here follows from the chain and the batch files.

Deleting the database loses nothing; `sanad reindex` rebuilds it. Hashes, addresses and words are raw bytes;
times are seconds. `PROJECTIONS` are the tables whose digests two nodes of one network must agree on.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

cursor = Table(
    "cursor",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, id 1
    Column("block", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),  # entries indexed so far
    Column("final", BigInteger, nullable=False, default=0),  # highest block the engine has declared final
)

blocks = Table(
    "blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),  # entries in the log after this block
)
Index("blocks_by_time", blocks.c.time, blocks.c.number)

entries = Table(
    "entries",
    metadata,
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("block", BigInteger, nullable=False),
    Column("tx", LargeBinary(32), nullable=False),
    Column("raw", LargeBinary(224), nullable=False),
    Column("subject", LargeBinary(32), nullable=False),
)
Index("entries_by_subject", entries.c.subject, entries.c.idx)
Index("entries_by_tx", entries.c.tx)

sent = Table(
    "sent",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, …: in the order of the chain
    Column("time", BigInteger, nullable=False),  # of the block
    Column("hash", LargeBinary(32), nullable=False),
    Column("raw", LargeBinary, nullable=False),  # the signed transaction, whoever sent it
)
Index("sent_by_hash", sent.c.hash)

tiles = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),  # 1..256 hashes of 32 bytes, as C2SP tlog-tiles
)

documents = Table(
    "documents",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "leaf", BigInteger, primary_key=True, autoincrement=False
    ),  # place in its batch; 0 for a single issue
    Column("digest", LargeBinary(32), nullable=False),
    Column("issuer", BigInteger, nullable=False),
    Column("doc_type", String(31), nullable=False),
    Column("fields", LargeBinary(32), nullable=False),
    Column("key", LargeBinary(32), nullable=False),
    Column("time", BigInteger, nullable=False),
)
Index("documents_by_digest", documents.c.digest)
Index("documents_by_key", documents.c.key)
Index("documents_by_issuer", documents.c.issuer, documents.c.entry, documents.c.leaf)

batches = Table(
    "batches",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("leaves", BigInteger, nullable=False),
)

statuses = Table(
    "statuses",
    metadata,
    Column("issuer", BigInteger, primary_key=True, autoincrement=False),
    Column("doc_type", String(31), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    # active (again), suspended, consumed, surrendered, superseded, revoked
    Column("state", String(16), nullable=False),
    Column("reason", Integer, nullable=False),
    Column("replacement", LargeBinary(32), nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
)

formations = Table(
    "formations",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(31), nullable=False, unique=True),
    Column("kind", String(31), nullable=False),
    Column("parent", BigInteger, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("suspended_at", BigInteger, nullable=False),
    Column("entry", BigInteger, nullable=False),
)

successions = Table(
    "successions",
    metadata,
    Column("predecessor", BigInteger, primary_key=True, autoincrement=False),
    Column("successor", BigInteger, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    Column("entry", BigInteger, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("address", LargeBinary(20), primary_key=True),
    Column("formation", BigInteger, nullable=False),
    Column("officer", LargeBinary(32), nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("suspended_at", BigInteger, nullable=False),
    Column("compromised_from", BigInteger, nullable=False),
    Column("entry", BigInteger, nullable=False),
)
Index("keys_by_formation", keys.c.formation)

scopes = Table(
    "scopes",
    metadata,
    Column("formation", BigInteger, primary_key=True, autoincrement=False),
    Column("doc_type", String(31), primary_key=True),
    Column("acts", BigInteger, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("entry", BigInteger, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("address", LargeBinary(20), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("cosigning_key", LargeBinary(32), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("removed_at", BigInteger, nullable=False),
)

consortium = Table(
    "consortium",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, id 1
    Column("threshold", BigInteger, nullable=False),
    Column("network_digest", LargeBinary(32), nullable=False),
    Column("network_version", BigInteger, nullable=False),
)

contracts = Table(
    "contracts",
    metadata,
    Column("address", LargeBinary(20), primary_key=True),
    Column("role", String(31), nullable=False),
    Column("code_hash", LargeBinary(32), nullable=False),
    Column("entry", BigInteger, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("target", LargeBinary(20), nullable=False),
    Column("proposer", LargeBinary(20), nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("executed_at", BigInteger, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("member", LargeBinary(20), primary_key=True),
    Column("time", BigInteger, nullable=False),
)

consignments = Table(
    "consignments",
    metadata,
    Column("id", LargeBinary(32), primary_key=True),
    Column("kind", String(31), nullable=False),
    Column("holder", BigInteger, nullable=False),
    Column("taker", BigInteger, nullable=False),  # 0 unless in transit
    Column("sequence", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("place", String(5), nullable=False),
    Column("condition", Integer, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),  # of the latest act
)
Index("consignments_by_entry", consignments.c.entry)
Index("consignments_by_holder", consignments.c.holder, consignments.c.entry)
Index("consignments_by_taker", consignments.c.taker, consignments.c.entry)

holds = Table(
    "holds",
    metadata,
    Column("consignment", LargeBinary(32), primary_key=True),
    Column("formation", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Integer, nullable=False),
    Column("time", BigInteger, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("address", LargeBinary(20), primary_key=True),
    Column("formation", BigInteger, nullable=False),
    Column("serial", LargeBinary(32), nullable=False),  # blinded, or zero
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # number of its last batch
    Column("entry", BigInteger, nullable=False),
)
Index("devices_by_formation", devices.c.formation, devices.c.entry)

policies = Table(
    "policies",
    metadata,
    Column("doc_type", String(31), primary_key=True),
    Column("rules", LargeBinary(32), nullable=False),  # the words of the POLICY entry
    Column("issuers", LargeBinary(32), nullable=False),
    Column("consumers", LargeBinary(32), nullable=False),
    Column("entry", BigInteger, nullable=False),
)

policy_parents = Table(
    "policy_parents",
    metadata,
    Column("doc_type", String(31), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("wanted", LargeBinary(32), nullable=False),  # the word of the POLICY_PARENT entry
)

filings = Table(
    "filings",
    metadata,
    Column("doc_type", String(31), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("issuer", BigInteger, nullable=False),
    Column("entry", BigInteger, nullable=False),  # the document's ISSUE entry
    Column("thing", LargeBinary(32), nullable=False),
    Column("outcome", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),  # of the policy it was entered under
    Column("approver", LargeBinary(20), nullable=False),  # zero: nobody
    Column("consumed_by", BigInteger),  # place in the log of what used it up
)
Index("filings_by_entry", filings.c.entry)
Index("filings_by_thing", filings.c.thing, filings.c.entry)

parents = Table(
    "parents",
    metadata,
    Column("child", BigInteger, primary_key=True, autoincrement=False),  # the document's ISSUE entry
    Column("doc_type", String(31), primary_key=True),  # of the parent
    Column("digest", LargeBinary(32), nullable=False),  # of the parent
    Column("issuer", BigInteger, nullable=False),  # of the parent
    Column("conditions", Integer, nullable=False),  # as the policy had them (docs/spec/entry.md)
    Column("entry", BigInteger, nullable=False),
)
Index("parents_by_digest", parents.c.digest, parents.c.child)

instruments = Table(
    "instruments",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # the nth OPEN entry opens number n
    Column("doc_type", String(31), nullable=False),
    Column("issuer", BigInteger, nullable=False),
    Column("key", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # of the document that says so now
    Column("measure", LargeBinary(4), nullable=False),
    Column("total", LargeBinary(22), nullable=False),  # amounts are masked (docs/spec/entry.md)
    Column("drawn", LargeBinary(22), nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),  # of the latest act
)
Index("instruments_by_key", instruments.c.key)
Index("instruments_by_issuer", instruments.c.issuer, instruments.c.number)

instrument_steps = Table(
    "instrument_steps",
    metadata,
    Column("instrument", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),  # the instrument's document after this step
    Column("total", LargeBinary(22), nullable=False),  # and its total, what is drawn, and when it expires
    Column("drawn", LargeBinary(22), nullable=False),
    Column("expires", BigInteger, nullable=False),
)

draws = Table(
    "draws",
    metadata,
    Column("instrument", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("issuer", BigInteger, nullable=False),  # of the declaration
    Column("doc_type", String(31), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # the version of the declaration that drew
    Column("key", LargeBinary(32), nullable=False),
    Column("amount", LargeBinary(22), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("returned", BigInteger),  # place of the RETURN entry
)
Index("draws_by_digest", draws.c.digest, draws.c.entry)

releases = Table(
    "releases",
    metadata,
    Column("issuer", BigInteger, primary_key=True, autoincrement=False),
    Column("doc_type", String(31), primary_key=True),
    Column("key", LargeBinary(32), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
)

titles = Table(
    "titles",
    metadata,
    Column("issuer", BigInteger, primary_key=True, autoincrement=False),
    Column("doc_type", String(31), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("key", LargeBinary(32), nullable=False),  # its reference, blinded
    Column("state", String(32), nullable=False),  # sanad_node.titles.record
    Column("holder", BigInteger, nullable=False),
    Column("beneficiary", BigInteger, nullable=False),  # 0: whoever holds it
    Column("to_order", Integer, nullable=False),
    Column("pending", Integer, nullable=False),  # kind of the offer, PLEDGE, or 0
    Column("party", BigInteger, nullable=False),  # taker or pledgee
    Column("offered", BigInteger, nullable=False),
    Column("holder_before", BigInteger, nullable=False),
    Column("beneficiary_before", BigInteger, nullable=False),
    Column("to_order_before", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("replaces", LargeBinary(32), nullable=False),
    Column("replaced_by", LargeBinary(32), nullable=False),
    Column("entry", BigInteger, nullable=False),  # the document's ISSUE entry
    Column("latest", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),  # of the latest act
)
Index("titles_by_key", titles.c.key)
Index("titles_by_holder", titles.c.holder, titles.c.latest)
Index("titles_by_party", titles.c.party, titles.c.latest)
Index("titles_by_latest", titles.c.latest)
Index("titles_by_replacement", titles.c.replaced_by)

PROJECTIONS: tuple[Table, ...] = (
    entries,
    tiles,
    batches,
    statuses,
    formations,
    successions,
    keys,
    scopes,
    members,
    consortium,
    contracts,
    proposals,
    approvals,
    consignments,
    holds,
    devices,
    policies,
    policy_parents,
    filings,
    parents,
    instruments,
    instrument_steps,
    draws,
    releases,
    titles,
)
"""Tables that follow from the chain alone. `documents` also needs the batch files a node happens to hold."""
