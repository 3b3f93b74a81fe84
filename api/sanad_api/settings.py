"""How a service is set up: one TOML file, overridden by the environment; a name that does not exist is an error.

`SANAD_SERVER__PORT=9000` overrides `port` under `[server]`. Secrets are never settings: they are files in the
data directory. docs/reference/settings.md is tested against these classes.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sanad_node.ipfs.settings import IpfsSettings
from sanad_node.reads.asking import BULK, WINDOW
from sanad_verifier.errors import InputError

PREFIX = "SANAD_"
FILE = "service.toml"


class SettingsInvalid(InputError):
    """A setting is unknown or has a value it cannot have."""

    code = "SETTINGS_INVALID"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(_Section):
    """Where the service listens."""

    host: str = Field(
        "127.0.0.1", description="Address to listen on. TLS is a reverse proxy's work: keep it on loopback."
    )
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    proxies: tuple[str, ...] = Field(
        (), description="Addresses of reverse proxies whose X-Forwarded-For and -Proto are believed."
    )
    origins: tuple[str, ...] = Field(
        (),
        description="Origins under which browsers reach the service through a proxy, as https://sanad.example.",
    )
    shutdown_seconds: int = Field(5, ge=1, le=300, description="How long requests under way may take to end.")
    stalled_seconds: int = Field(
        60, ge=1, le=3600, description="How long a reader may take nothing of an answer before it is cut off."
    )


class Limits(_Section):
    """Bounds on what one request or caller may use."""

    body_bytes: int = Field(1 << 20, ge=1024, description="Largest JSON body.")
    document_bytes: int = Field(
        64 << 20, ge=1024, description="Largest document, issued or verified by upload."
    )
    upload_bytes: int = Field(64 << 20, ge=1024, description="Largest file of a batch.")
    streams: int = Field(256, ge=1, description="Event streams open at once.")
    sign_in: str = Field(
        default="10/minute", description="Attempts to sign in, for each name and for each address."
    )
    verify: str = Field(
        default="600/minute", description="Verifications by one address that has not signed in."
    )
    act: str = Field(default="60000/minute", description="Acts by one caller.")
    read: str = Field(default="120000/minute", description="Other requests by one caller.")


class Webhooks(_Section):
    """Where events may be sent."""

    hosts: tuple[str, ...] = Field(
        (), description="Hosts that webhooks may name, as host or host:port; no other is ever contacted."
    )
    private: bool = Field(
        default=False,
        description="Whether these hosts may be in a private network (RFC 1918, RFC 4193). This machine and its "
        "link are refused either way, unless a host is given as a literal address.",
    )


class Witness(_Section):
    """Other logs whose checkpoints this node cosigns, and who cosigns its own (C2SP tlog-witness)."""

    logs: tuple[str, ...] = Field(
        (),
        description="Each as `VKEY NAME`: the log's verifier key, and the name under which this node cosigns it.",
    )
    ask: tuple[str, ...] = Field(
        (), description="Addresses of witnesses that are asked to cosign this node's own checkpoints."
    )
    ask_every_seconds: int = Field(60, ge=1, le=86400, description="How often they are asked.")


class StatusLists(_Section):
    """The status lists that the service publishes by itself."""

    publish: tuple[str, ...] = Field(
        (),
        description="Each as `FORMATION GROUP`: who publishes, and the formation whose documents and those beneath it "
        "the list is of; `*` for all.",
    )
    every_seconds: int = Field(
        86400, ge=60, le=604800, description="How often: once in each period of so many seconds since 1970."
    )


class Consortium(_Section):
    """What this node does in a network of several administrations."""

    cosign_every_seconds: int = Field(
        10, ge=1, le=3600, description="How often the other members are asked for their cosignatures."
    )
    cross_check_every_seconds: int = Field(
        86400,
        ge=60,
        le=604800,
        description="How often what the validators sealed is compared with what the log commits to.",
    )


class Mirror(_Section):
    """Of a node that follows a mirror of the log (`sanad node init --mirror`)."""

    every_seconds: int = Field(
        60, ge=5, le=86400, description="How often its mirrors are asked for what is new."
    )


class Log(_Section):
    """What the service writes about itself, as JSON lines on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is written."
    )


class Portal(_Section):
    """The pages."""

    language: Literal["en", "ur"] = Field(
        "en", description="For people whose browser asks for no language we have."
    )
    formations_expected: int = Field(
        0,
        ge=0,
        le=100_000,
        description="How many offices are meant to join, for the page of formations; 0 says nothing of it.",
    )


class ExchangeSettings(_Section):
    """Messages to partners."""

    every_seconds: float = Field(10, ge=0.1, le=3600, description="How often what waits for them is sent.")


class Reads(_Section):
    """The read log: who looked up what."""

    bulk: int = Field(
        BULK,
        ge=1,
        le=10**9,
        description="Things shown to one account within the window, above which `BULK_READING` is told.",
    )
    window_seconds: int = Field(WINDOW, ge=60, le=86400, description="The window.")


class Watchdog(_Section):
    """What is looked at by itself, and from when on somebody is told."""

    every_seconds: float = Field(5, ge=0.1, le=300, description="Seconds between two looks.")
    disk_free_mb: int = Field(
        512,
        ge=0,
        description="MiB that have to be free where the data directory is; with less, `DISK_LOW` is told.",
    )


class Settings(_Section):
    """Everything that can be set."""

    server: Server = Server()
    limits: Limits = Limits()
    webhooks: Webhooks = Webhooks()
    witness: Witness = Witness()
    status_lists: StatusLists = StatusLists()
    consortium: Consortium = Consortium()
    ipfs: IpfsSettings = IpfsSettings()
    mirror: Mirror = Mirror()
    exchange: ExchangeSettings = ExchangeSettings()
    watchdog: Watchdog = Watchdog()
    reads: Reads = Reads()
    log: Log = Log()
    portal: Portal = Portal()


def load_settings(folder: Path, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings of a data directory: its `service.toml` if there is one, then the environment, then what the
    command line gave (`server={"port": 0}`).
    """
    told: dict[str, dict[str, Any]] = {}
    path = folder / FILE
    if path.is_file():
        try:
            told = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsInvalid("the settings file cannot be read as TOML", field=FILE) from error
    for name, value in (os.environ if environment is None else environment).items():
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        if name.startswith(PREFIX) and key:
            told.setdefault(section, {})[key] = _listed(section, key, value)
    for section, members in given.items():
        told.setdefault(section, {}).update({k: v for k, v in members.items() if v is not None})
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise SettingsInvalid(
            "there is no such setting, or it cannot have this value", field=where
        ) from error


def _listed(section: str, key: str, value: str) -> Any:
    """A list is written with commas in the environment."""
    field = Settings.model_fields.get(section)
    inside = getattr(field.annotation, "model_fields", {}) if field else {}
    if key in inside and isinstance(inside[key].default, tuple):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value
