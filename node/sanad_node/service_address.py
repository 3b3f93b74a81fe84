"""Addresses of services: where a token, and a question about evidence, may be sent."""

import ipaddress
from urllib.parse import urlsplit

from sanad_verifier.errors import InputError


class ServiceAddressInvalid(InputError):
    """The address of a service is `https://host`, or `http://` to this machine itself."""

    code = "SERVICE_ADDRESS_INVALID"


def must_be_address(url: str, field: str = "--url") -> str:
    """The address without a slash at its end; `ServiceAddressInvalid` if a token must not be sent there."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    plain = parts.username is None and parts.password is None and not parts.query and not parts.fragment
    if not host or not plain or not url.isascii() or not url.isprintable():
        raise ServiceAddressInvalid("an address is written https://host or https://host:port", field=field)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise ServiceAddressInvalid("another machine is asked over https only", field=field)
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
