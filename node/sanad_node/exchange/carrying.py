"""Sending what waits to the partners' services, until each has given its receipt.

What is sent is the same bytes each time, under the same id: a partner that took a message in and whose answer was lost
gives the same receipt again. A receipt is kept after its signature was checked; without one a message is not delivered.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import structlog

from sanad_node.exchange import journal
from sanad_node.exchange.forms import MessageInvalid, Ourselves, Receipt, must_be_signed_by, ourselves, read
from sanad_node.exchange.journal import Kept
from sanad_node.node import Node
from sanad_node.service_address import must_be_address
from sanad_verifier.errors import EnvironmentFault, SanadError

log = structlog.get_logger("sanad.exchange")
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
PLACE = "/v1/exchange/messages"
ANSWER_AT_MOST = 64 << 10
LATER = {408, 425, 429}
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,63}")


class PartnerUnreachable(EnvironmentFault):
    """The partner's service has no address, does not answer, or not with a receipt."""

    code = "PARTNER_UNREACHABLE"


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
    """Send what is due, of each partner in order up to the first that fails."""
    us = ourselves(node)
    done = turned_down = 0
    stopped: set[int] = set()
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False, transport=transport) as http:
        for kept in journal.waiting(node.office, node.clock()):
            if kept.partner in stopped or not go_on():
                continue
            try:
                receipt = _send(http, us, kept)
            except _Refused as refused:
                journal.refused(node.office, kept.place, refused.code)
                log.warning("message_refused", member=kept.partner, kind=kept.kind, code=refused.code)
                turned_down += 1
            except SanadError as error:
                journal.failed(node.office, kept, error.code, node.clock())
                log.warning("message_waits", member=kept.partner, code=error.code, tries=kept.tries + 1)
                stopped.add(kept.partner)
            else:
                journal.delivered(node.office, kept.place, receipt)
                done += 1
    return Carried(done, turned_down, journal.counted(node.office, node.clock()).waiting)


def _send(http: httpx.Client, us: Ourselves, kept: Kept) -> bytes:
    """The recipient's receipt."""
    member = next((one for one in us.bundle.members if one.number == kept.partner), None)
    if member is None:
        raise _Refused("NO_MEMBER")
    if not member.url:
        raise PartnerUnreachable("the partner's node has no address for others", field="partner")
    try:
        url = must_be_address(member.url, "url") + PLACE
        with http.stream("POST", url, content=kept.note, headers={"Content-Type": "text/plain"}) as answer:
            told = bytearray()
            for piece in answer.iter_bytes(1 << 12):
                told += piece
                if len(told) > ANSWER_AT_MOST:
                    break
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise PartnerUnreachable("the partner's service does not answer", field="partner") from error
    if answer.is_client_error and answer.status_code not in LATER:
        raise _Refused(_code_in(bytes(told)))
    if answer.status_code != httpx.codes.OK or len(told) > ANSWER_AT_MOST:
        raise PartnerUnreachable("the partner's service gives no receipt", field="partner")
    receipt = read(Receipt, bytes(told), us.bundle)
    must_be_signed_by(receipt, kept.partner)
    if (receipt.form.message, receipt.form.digest) != (kept.id.hex(), kept.digest.hex()):
        raise MessageInvalid("the receipt is of another message", field="message")
    return bytes(told)


def _code_in(told: bytes) -> str:
    """The code of a problem (RFC 9457); what is no code is not kept."""
    found = re.search(rb'"code"\s*:\s*"([A-Z0-9_]{2,64})"', told)
    code = found.group(1).decode() if found else ""
    return code if _CODE.fullmatch(code) else "REFUSED"
