"""Payment instruments and quotas: opened, drawn down by declarations, given back, and closed when the goods have left.

`amounts` turns decimal strings into whole numbers and back, `masking` turns those into what stands on the chain,
`acting` are the acts, `accounts` the answers.
"""
