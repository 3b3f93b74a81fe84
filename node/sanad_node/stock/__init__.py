"""What lies in state warehouses: stock as of a block, stocktakes against it, and the returns made from the register.

What is counted are the acts of the register (seizure report, deposit, lot, receipt, delivery order, gate pass), which
every node has. What a paper says is added where this node holds it; where it does not, that is told.
"""
