"""What happened, as it happens: the entries of the log, streamed to whoever listens and sent to webhooks.

An event's identifier is its entry's index, which has no gaps: who knows the last one they saw misses nothing. Only
final entries are told, so an event is never taken back.
"""
