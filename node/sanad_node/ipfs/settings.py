"""Which IPFS nodes keep a vault's blobs: the section `[ipfs]` of service.toml, or SANAD_IPFS__… in the environment.

Addresses are those of an HTTP RPC, which can do everything with a node: so only this machine, or a host that is named
on purpose, and that by TLS. Tokens are never settings: `secrets/ipfs-NAME` in the data directory.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sanad_node.ipfs.errors import IpfsSettingInvalid

FILE = "service.toml"
PREFIX = "SANAD_IPFS__"
OWN = "here"
"""The name of this office's own node."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_TOKEN = re.compile(rb"[\x21-\x7e]{1,1024}")


class IpfsSettings(BaseModel):
    """Where encrypted blobs are pinned. Without `rpc` nothing is: the disk is the vault."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rpc: str = Field(
        "", description="HTTP RPC of this office's own IPFS node, as http://127.0.0.1:5001; empty for none."
    )
    members: tuple[str, ...] = Field(
        (),
        description="Other members' nodes that are to pin this office's blobs, each as `NAME URL`. A token for one is "
        "the file `secrets/ipfs-NAME`.",
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="Hosts outside this machine that `rpc` and `members` may name; they are spoken to by https only.",
    )
    connect_seconds: float = Field(5, gt=0, le=60, description="How long a node may take to be reached.")
    read_seconds: float = Field(30, gt=0, le=600, description="How long a node may be silent.")
    call_seconds: float = Field(
        300, gt=0, le=3600, description="How long one call may take in all, however it drips."
    )
    retry_seconds: int = Field(
        3600, ge=1, le=86400, description="The longest pause before what failed is tried again."
    )
    recheck_seconds: int = Field(
        86400,
        ge=60,
        le=2592000,
        description="How often a node is asked whether it still pins what it has pinned.",
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """An IPFS node that is to pin blobs: `here` is this office's own, which the others fetch from."""

    name: str
    host: str
    port: int
    tls: bool
    token: str = ""

    def __repr__(self) -> str:
        return f"Holder({self.name!r})"

    @property
    def own(self) -> bool:
        return self.name == OWN

    @property
    def multiaddr(self) -> str:
        """The address as IPFS clients write it."""
        return f"/{_kind(self.host)}/{self.host}/tcp/{self.port}/{'https' if self.tls else 'http'}"


def load(folder: Path, environment: Mapping[str, str] | None = None) -> IpfsSettings:
    """The section of the data directory's service.toml, overridden by the environment. Raises `IpfsSettingInvalid`."""
    told: dict[str, object] = {}
    try:
        whole = tomllib.loads((folder / FILE).read_text("utf-8"))
    except FileNotFoundError:
        whole = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise IpfsSettingInvalid("the settings file cannot be read as TOML", field=FILE) from error
    if isinstance(whole.get("ipfs"), dict):
        told.update(whole["ipfs"])
    for name, value in (os.environ if environment is None else environment).items():
        if name.startswith(PREFIX):
            key = name.removeprefix(PREFIX).lower()
            listed = key in ("members", "hosts")
            told[key] = [one.strip() for one in value.split(",") if one.strip()] if listed else value
    try:
        return IpfsSettings.model_validate(told)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise IpfsSettingInvalid(
            "there is no such setting, or it cannot have this value", field=f"ipfs.{where}"
        ) from error


def holders(settings: IpfsSettings, secrets: Path) -> tuple[Holder, ...]:
    """The nodes that are to pin, this office's own first; none if IPFS is not set up. Raises `IpfsSettingInvalid`."""
    if not settings.rpc:
        if settings.members:
            raise IpfsSettingInvalid("members fetch from this office's own node: name it", field="ipfs.rpc")
        return ()
    found = [_holder(OWN, settings.rpc, settings.hosts, secrets, "ipfs.rpc")]
    for one in settings.members:
        name, blank, url = one.strip().partition(" ")
        if not blank or not _NAME.fullmatch(name):
            raise IpfsSettingInvalid(
                "write the member's name (a-z, 0-9, dash), a blank, and the address", field="ipfs.members"
            )
        if name in {holder.name for holder in found}:
            raise IpfsSettingInvalid("two nodes have one name, or one is called `here`", field="ipfs.members")
        found.append(_holder(name, url.strip(), settings.hosts, secrets, "ipfs.members"))
    return tuple(found)


def _holder(name: str, url: str, hosts: tuple[str, ...], secrets: Path, field: str) -> Holder:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise IpfsSettingInvalid("this is not an address", field=field) from error
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.:-]{1,253}", host) or not plain:
        raise IpfsSettingInvalid(
            "an address is written as http://127.0.0.1:5001, without a path", field=field
        )
    tls = parts.scheme == "https"
    if not _is_loopback(host):
        if host not in hosts:
            raise IpfsSettingInvalid("the host is neither this machine nor named in `hosts`", field=field)
        if not tls:
            raise IpfsSettingInvalid("outside this machine a node is spoken to by https only", field=field)
    return Holder(name, host, port or (443 if tls else 5001), tls, _token(secrets / f"ipfs-{name}", field))


def _token(path: Path, field: str) -> str:
    try:
        token = path.read_bytes().strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise IpfsSettingInvalid("the token file cannot be read", field=field) from error
    if not _TOKEN.fullmatch(token):
        raise IpfsSettingInvalid("the token file holds no token: one line of visible ASCII", field=field)
    return token.decode()


def _kind(host: str) -> str:
    try:
        return f"ip{ip_address(host).version}"
    except ValueError:
        return "dns"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
