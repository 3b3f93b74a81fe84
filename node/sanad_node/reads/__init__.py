"""Who looked up what: the read log of this member's own service, and what is remarkable about it.

A record says which account asked for which kind of thing, about which digest or blinded number, and how many things
were shown. It says nothing else of the person and nothing of what was read. It never leaves the office's database.
"""
