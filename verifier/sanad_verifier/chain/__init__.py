"""Chain proofs: did the network's own consensus seal this? The second way to trust a root (docs/spec/chain-proof.md).

A receipt's place in its block's receipt trie, the block's header, and the seals of enough validators of a set that
the trust root names. Nothing here asks a node.
"""
