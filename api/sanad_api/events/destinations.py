"""Where an event may be sent: hosts that the operator named, at the addresses that such hosts may have.

The name is resolved once for each delivery and the connection goes to exactly that address, so a name that changes
its mind between the check and the connection (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sanad_verifier.errors import InputError

Resolve = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookUrlInvalid(InputError):
    """A webhook's address is an `https` one, without login or fragment, of a host that the settings allow."""

    code = "WEBHOOK_URL_INVALID"


class AddressRefused(InputError):
    """The host is at an address to which nothing is sent: this machine, its neighbours, or no host at all."""

    code = "WEBHOOK_ADDRESS_REFUSED"


@dataclass(frozen=True, slots=True)
class Destination:
    """A parsed address. `host` is a name or a literal address; `literal` if the operator named that very address."""

    scheme: str
    host: str
    port: int
    target: str
    literal: bool

    @property
    def authority(self) -> str:
        """The host as the request names it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == 443 and self.scheme == "https" else f"{shown}:{self.port}"


def destination(url: str, allowed: Sequence[str]) -> Destination:
    """Where a URL leads; `WebhookUrlInvalid` unless it is one that may be sent to.

    An allowed host is a name or address, with a port if only that one is meant. Plain http is for literal addresses of
    this machine, which an operator names for a receiver beside the service.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _wrong("this is no address") from error
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not plain or not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise _wrong("an address is written https://host/path, without login and fragment")
    if parts.scheme not in {"https", "http"}:
        raise _wrong("an address begins with https")
    port = port or (443 if parts.scheme == "https" else 80)
    if not {host, f"{host}:{port}", f"[{host}]:{port}"} & set(allowed):
        raise _wrong("this host is not among those that the settings allow ([webhooks] hosts)")
    address = _literal(host)
    if parts.scheme == "http" and not (address is not None and address.is_loopback):
        raise _wrong("an address begins with https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port, target, address is not None)


def pinned(to: Destination, resolve: Resolve, *, private: bool) -> str:
    """The one address to connect to; `AddressRefused` if the host has none that may be sent to.

    A literal address was named by the operator and is taken. A name must not lead to this machine or its link; to a
    private network only if the settings say so.
    """
    if to.literal:
        return to.host
    for text in resolve(to.host, to.port):
        address = _literal(text)
        if address is not None and _may_be(address, private=private):
            return str(address)
    raise AddressRefused("the host is at no address to which events are sent", field="/url")


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order the system prefers; none if there is no such name now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(one[4][0]) for one in found]


def _may_be(address: Address, *, private: bool) -> bool:
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if mapped is not None:
        return _may_be(mapped, private=private)
    if getattr(address, "teredo", None) is not None or getattr(address, "scope_id", None):
        return False
    if address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if address.is_reserved:
        return False
    return address.is_global or (private and address.is_private and _in_private_network(address))


def _in_private_network(address: Address) -> bool:
    """RFC 1918 and RFC 4193; not the other blocks that are called private, such as 0.0.0.0/8."""
    return any(address in network for network in _PRIVATE if network.version == address.version)


_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


def _literal(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _wrong(words: str) -> WebhookUrlInvalid:
    return WebhookUrlInvalid(words, field="/url")
