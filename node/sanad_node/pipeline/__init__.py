"""From an accepted act to a final entry: outbox, submitter, indexer (DESIGN §4.4)."""
