"""The Python client of a Sanad service.

    from pathlib import Path
    from sanad_node.client import Client
    from sanad_node.wire import IssueRequest

    token = Path("token").read_text().strip()
    with Client("https://sanad.example", token) as office:
        act = office.issue(IssueRequest(type="EIF", formation="HBL-KHI-0012"), Path("eif.json").read_bytes())
        print(act.state, act.entry)

`Client` has the methods of `sanad_node.desk.Desk` and those that only make sense over a network: pages of
lists, batches, events, users. It raises the errors of the use cases (`UnknownDocument`, `ActRefused`, …); what
only a network can do wrong is a `ServiceUnavailable`.
"""

from sanad_node.client.client import Client
from sanad_node.client.conversation import TokenInvalid
from sanad_node.client.events import Event
from sanad_node.client.faults import (
    AnswerTooLarge,
    AnswerUnreadable,
    ServiceDenied,
    ServiceRefused,
    ServiceUnavailable,
    ServiceUnreachable,
    ServiceUntrusted,
)
from sanad_node.client.retrying import Timeouts
from sanad_node.service_address import ServiceAddressInvalid

__all__ = [
    "AnswerTooLarge",
    "AnswerUnreadable",
    "Client",
    "Event",
    "ServiceAddressInvalid",
    "ServiceDenied",
    "ServiceRefused",
    "ServiceUnavailable",
    "ServiceUnreachable",
    "ServiceUntrusted",
    "Timeouts",
    "TokenInvalid",
]
