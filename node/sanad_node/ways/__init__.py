"""Ways in: files and messages of other systems as documents that can be issued.

A reader turns bytes into rows, in an order that never changes; each row is a document or what is wrong with it. What
becomes of rows is decided elsewhere (`sanad_node.batching`, `sanad_node.batch_jobs`), the same for every reader.
"""
