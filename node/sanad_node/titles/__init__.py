"""Documents of title: who holds one, who is entitled to the goods, and how it came there.

`record` says what each entry does to a title, `reading` asks the projections, `acting` asks the contract, `pint` tells
the chain of a title in DCSA's words.
"""
