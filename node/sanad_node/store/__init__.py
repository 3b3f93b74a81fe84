"""The SQL databases: `office` (what cannot be rebuilt) and `ledger` (a projection of the chain)."""
