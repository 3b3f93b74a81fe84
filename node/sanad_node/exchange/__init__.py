"""What two members of a network tell each other beside the log: data agreements, and the messages they allow.

forms     the signed files: agreement, its end, message, receipt (docs/spec/exchange.md)
journal   what was sent and received, each with the other's signature
asking    as people ask, and what they see
agreeing  proposing, accepting, ending an agreement; what it allows
composing the contents of messages, and what may be sent
carrying  sending what waits, until it is receipted
receiving taking in what a partner sends
arriving  what a mirrored export declaration is compared with
"""
