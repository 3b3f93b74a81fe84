"""Do the papers of one consignment say the same?

Payment instrument, invoice, bill of lading, declaration and a partner's export declaration are compared field by
field and line by line, by rules that are data (`rules/`). What differs is a *finding*: it names papers, fields, values,
rule and severity, can be answered with a reason, and is never a verdict. A paper that is not held here cannot be
compared; a report says so, and never calls anything clean.
"""
