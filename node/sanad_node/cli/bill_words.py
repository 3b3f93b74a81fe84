"""Bills of lading in words: what an act did, and a bill with every act so far."""

from sanad_node.cli.answers import moment
from sanad_node.wire.bills import BillView

WORDS = {
    "transfer": "offered to {to}, who has yet to accept",
    "endorse": "endorsed to {to}, who has yet to accept",
    "endorse-to-order": "endorsed to the order of {to}, who has yet to accept",
    "blank-endorse": "endorsed in blank and offered to {to}, who has yet to accept",
    "hand-back": "offered back to the one who gave it",
    "accept": "accepted: held by {by}",
    "reject": "turned down",
    "retract": "the offer is taken back",
    "sign": "signed by its holder",
    "pledge": "pledged to {to}: it does not move before {to} releases it",
    "unpledge": "released",
    "surrender-for-delivery": "surrendered for delivery: the carrier has yet to answer",
    "surrender-for-amendment": "surrendered for amendment: the carrier has yet to answer",
    "accept-surrender": "the surrender is accepted (SACC)",
    "reject-surrender": "the surrender is rejected (SREJ): the bill is its holder's again",
}
FROM = frozenset({"accept", "reject", "accept-surrender", "reject-surrender"})
"""Acts whose other party is the one it comes from."""
STATES = {
    "active": "in its holder's hands",
    "surrendered-for-delivery": "surrendered for delivery: it gives no claim to the goods any more",
    "surrendered-for-amendment": "surrendered for amendment: it gives no claim to the goods any more",
    "delivered": "delivered: it is spent",
    "amended": "taken back to be replaced",
    "replaced": "replaced by another bill",
}


def bill_lines(told: BillView) -> list[str]:
    """A bill in words, a line for each act."""
    entitled = told.beneficiary or "whoever holds it"
    lines = [
        f"{told.type} {told.number}".strip(),
        f"issued by {told.issuer}; {STATES[told.state]}",
        f"digest {told.digest}",
        f"held by {told.holder}; entitled to the goods: {entitled}",
    ]
    if not told.to_order:
        lines.append("not to order: it cannot be endorsed")
    if told.taker:
        lines.append(f"offered to {told.taker} ({told.offer}), who has not answered")
    if told.pledgee:
        lines.append(f"pledged to {told.pledgee}: it does not move before {told.pledgee} releases it")
    if told.standing in {"suspended", "revoked"}:
        lines.append(f"{told.standing}: it does not move")
    if told.replaced_by:
        lines.append(f"replaced by {told.replaced_by}")
    if told.replaces:
        lines.append(f"takes the place of {told.replaces}")
    lines.append("")
    for step in told.steps:
        said = [moment(step.time), f"{step.act:<23}", step.by]
        if step.party and step.party != step.by:
            said.append(f"to {step.party}" if step.act not in FROM else f"from {step.party}")
        if step.entitled and step.entitled != step.party:
            said.append(f"for {step.entitled}")
        lines.append("  " + "  ".join([*said, *(p for p in (step.reason, step.why) if p)]))
    if told.next:
        lines += ["", "next: " + ", ".join(told.next)]
    return lines
