"""Sending what waits to the partners' services, until each has given its receipt.

What is sent is the same bytes each time, under the same id: a partner that took a message in and whose answer was lost
gives the same receipt again. A receipt is kept after its signature was checked; without one a message is not delivered.

What will not arrive is told from what may later: a partner's own word on the message is final, unless it is one of
those that heal by themselves. Where only this message's document is not there yet, messages about other things go on.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import structlog

from sanad_node.exchange import journal
from sanad_node.exchange.forms import MessageInvalid, Ourselves, Receipt, must_be_from, ourselves, read
from sanad_node.exchange.journal import OF_ITS_SUBJECT, Kept, Waiting
from sanad_node.node import Node
from sanad_node.service_address import must_be_address
from sanad_verifier.errors import EnvironmentFault, SanadError

log = structlog.get_logger("sanad.exchange")
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
PLACE = "/v1/exchange/messages"
ANSWER_AT_MOST = 64 << 10
LATER = {408, 425, 429}
HEALING = frozenset({"SIGNER_UNKNOWN", "NO_PARTNERS", "NOT_FOUND", *OF_ITS_SUBJECT})
"""A partner's words that may be others tomorrow, though the message is the same: its network bundle is older than the
key that signed; its node is not in the network yet; its service is of a version that takes no messages; its log is
behind.
"""
BATCH = 200
"""Messages that are looked at before the store is asked again."""
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,63}")


class PartnerUnreachable(EnvironmentFault):
    """The partner's service has no address, does not answer, or not with a receipt."""

    code = "PARTNER_UNREACHABLE"


class _Later(Exception):
    """The partner does not take the message now; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Refused(Exception):
    """The partner will not take the message; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one round: messages delivered, refused by their recipients, and those that wait."""

    delivered: int = 0
    refused: int = 0
    waiting: int = 0


def carry(
    node: Node,
    go_on: Callable[[], bool] = lambda: True,
    transport: httpx.BaseTransport | None = None,
) -> Carried:
    """Send what is due, of each partner in order up to the first that fails; one that waits for the partner's log holds
    up those about its own subject only.
    """
    us = ourselves(node)
    done = turned_down = 0
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False, transport=transport) as http:
        more = True
        while more:
            batch = journal.waiting(node.office, node.clock(), BATCH)
            more = (
                len(batch) == BATCH
            )  # what failed is not due in the next one, and what it holds up is not either
            stopped: set[int] = set()
            held: set[tuple[int, str]] = set()
            for one in batch:
                if not go_on():
                    more = False
                    break
                if one.partner in stopped or (one.partner, one.subject) in held:
                    continue
                try:
                    receipt = _send(http, us, one, journal.note_of(node.office, one.place))
                except _Refused as refused:
                    journal.refused(node.office, one.place, refused.code)
                    log.warning("message_refused", member=one.partner, kind=one.kind, code=refused.code)
                    turned_down += 1
                except (_Later, SanadError) as error:
                    journal.failed(node.office, one, error.code, node.clock())
                    log.warning("message_waits", member=one.partner, code=error.code, tries=one.tries + 1)
                    if error.code in OF_ITS_SUBJECT:
                        held.add((one.partner, one.subject))
                    else:
                        stopped.add(one.partner)
                else:
                    journal.delivered(node.office, one.place, receipt)
                    done += 1
    return Carried(done, turned_down, journal.counted(node.office, node.clock()).waiting)


def _send(http: httpx.Client, us: Ourselves, kept: Kept | Waiting, note: bytes) -> bytes:
    """The recipient's receipt."""
    member = next((one for one in us.bundle.members if one.number == kept.partner), None)
    if member is None:
        raise _Refused("NO_MEMBER")
    if not member.url:
        raise PartnerUnreachable("the partner's node has no address for others", field="partner")
    try:
        url = must_be_address(member.url, "url") + PLACE
        with http.stream("POST", url, content=note, headers={"Content-Type": "text/plain"}) as answer:
            told = bytearray()
            for piece in answer.iter_bytes(1 << 12):
                told += piece
                if len(told) > ANSWER_AT_MOST:
                    break
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise PartnerUnreachable("the partner's service does not answer", field="partner") from error
    _must_be_taken(answer.status_code, _code_in(bytes(told)))
    if answer.status_code != httpx.codes.OK or len(told) > ANSWER_AT_MOST:
        raise PartnerUnreachable("the partner's service gives no receipt", field="partner")
    receipt = read(Receipt, bytes(told), us.bundle)
    must_be_from(receipt, kept.partner)
    if (receipt.form.message, receipt.form.digest) != (kept.id.hex(), kept.digest.hex()):
        raise MessageInvalid("the receipt is of another message", field="message")
    return bytes(told)


def _must_be_taken(status: int, code: str) -> None:
    """Raise what a partner's answer without a receipt comes to. A 4xx without a code of ours is not the partner's word
    on the message but that of something in front of it; only too large is too large whoever says so.
    """
    if status == httpx.codes.OK:
        return
    if code in HEALING:
        raise _Later(code)
    final = 400 <= status < 500 and status not in LATER
    if final and (code or status == httpx.codes.REQUEST_ENTITY_TOO_LARGE):
        raise _Refused(code or "REFUSED")


def _code_in(told: bytes) -> str:
    """The code of a problem (RFC 9457), empty if there is none; what is no code is not kept."""
    found = re.search(rb'"code"\s*:\s*"([A-Z0-9_]{2,64})"', told)
    code = found.group(1).decode() if found else ""
    return code if _CODE.fullmatch(code) else ""
