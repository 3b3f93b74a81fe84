"""The vault's blobs on IPFS: encrypted, pinned by the members that should hold them, found again by their CID.

The disk stays the vault. What an IPFS node does or does not do is never in the way of an act: blobs are pinned later,
from a queue in the office database (docs/adr/0032, docs/spec/ipfs.md).
"""
