"""Messages as they are put in: named, sealed, signed and on the disk in one transaction, before anything is sent."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from sanad_node.exchange import journal
from sanad_node.exchange.forms import CONTENT_AT_MOST, Message, Ourselves, read, seal_to, sign
from sanad_node.node import Node
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import canonicalise


class ContentTooLarge(InputError):
    """The message says more than one message may."""

    code = "CONTENT_TOO_LARGE"


def put_in(
    connection: Connection,
    node: Node,
    us: Ourselves,
    partner: int,
    kind: str,
    agreement: str,
    content: Mapping[str, Any],
    *,
    subject: str = "",
    reply: str = "",
    deadline: int = 0,
    key: str | None = None,
) -> str:
    """Put a message in for a partner; returns its id (hex). With a `key` the same key is the same message."""
    identifier = secrets.token_hex(32) if key is None else named_by(node, key)
    said = canonicalise(dict(content))
    if len(said) > CONTENT_AT_MOST:
        raise ContentTooLarge("the message says more than one message may", field="content")
    message = Message(
        schema_="urn:sanad:message:2",
        id=identifier,
        origin=us.bundle.origin,
        sender=us.number,
        recipient=partner,
        kind=kind,  # type: ignore[arg-type]
        agreement=agreement,
        reply=reply,
        deadline=deadline,
        content=seal_to(us, partner, identifier, said),
    )
    now = int(node.clock())
    signed = read(Message, sign(us, message, now), us.bundle)
    journal.put(connection, signed, said, subject, way="out", partner=partner, state="queued", at=now)
    return identifier


def named_by(node: Node, key: str) -> str:
    """The id of the message that a caller's key names; nobody else can guess it."""
    secret = node.directory.secret("status")
    return hashlib.blake2b(key.encode(), key=secret, person=b"sanad-message", digest_size=32).hexdigest()
