"""A network of several administrations: who takes part with which nodes, how it is founded, joined and left."""
