"""A chain that is begun again: the record of what the old one was told, and what the new one takes over from it.

record    the signed transactions, with the times of their blocks: as a file, and kept by every node
replaying the record carried out again, exactly: the same entries, the same root, and the state they lead to
carried   what lies in the engine's folder of a chain that goes on from another
resetting the next version of the network, on a new block 0, and taking it over
"""
