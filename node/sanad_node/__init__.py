"""A node of the network: runs or joins a chain, keeps what an office keeps, and answers from its projections."""

import os

os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")  # the backend found first otherwise is ten times slower
