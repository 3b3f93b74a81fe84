"""Writes docs/reference/settings.md from the settings' classes.

python scripts/generate_settings_reference.py
"""

import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from sanad_api.settings import Settings
from sanad_node.store.settings import ALLOWED, SECONDS, ServerSettings

PAGE = Path(__file__).parents[1] / "docs/reference/settings.md"
HEAD = """# Settings of the service

`sanad up` reads `service.toml` in the data directory, if there is one. The environment overrides it
(`SANAD_SERVER__PORT=9000` sets `port` under `[server]`; a list is written with commas), the command line both.
A name that does not exist, or a value that cannot be, ends the start with `SETTINGS_INVALID` and the setting's name.
Secrets are never settings: they are files in the data directory.

Written from the classes by `python scripts/generate_settings_reference.py`; a test fails when it is out of date.
"""
STORE = """## The store

`store.toml` in the data directory says where the databases are; without it they are files there.
`sanad store migrate` writes it ([guide](../howto/use-postgresql.md)). Every command reads it, not only the service;
nothing in the environment overrides it.

| setting | default | meaning |
|---|---|---|
"""
STORE_MEANINGS = {
    "url": "`postgresql://ROLE@HOST[:PORT][,HOST…]/DATABASE`, as libpq takes it, never with a password. "
    "May have: {allowed}.",
    "connect_seconds": "How long one attempt to connect may take.",
    "statement_seconds": "How long one statement may take on the server.",
    "lock_seconds": "How long it may wait for a lock.",
}
STORE_TAIL = """
The password is the one line of `secrets/store-password` (mode 600), or comes from where libpq looks: `PGPASSFILE`,
`PGPASSWORD`, a client certificate.
"""
EXAMPLE = """
## An example

```toml
[server]
port = 8080
proxies = ["127.0.0.1"]
origins = ["https://sanad.customs.example"]

[limits]
upload_bytes = 536870912
verify = "1200/minute"

[webhooks]
hosts = ["hooks.customs.example"]
```
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for name, section in Settings.model_fields.items():
        inside: Any = section.annotation
        lines += [f"## `[{name}]`", "", str(inside.__doc__).strip(), ""]
        lines += ["| setting | default | environment | meaning |", "|---|---|---|---|"]
        for key, field in inside.model_fields.items():
            variable = f"SANAD_{name.upper()}__{key.upper()}"
            lines.append(f"| `{key}` | `{_shown(field.default)}` | `{variable}` | {field.description} |")
        lines.append("")
    return "\n".join(lines) + EXAMPLE + _store()


def _store() -> str:
    """What is said of `store.toml`."""
    allowed = ", ".join(f"`{one}`" for one in sorted(ALLOWED - {"host", "user", "dbname", "port"}))
    rows = []
    for one in fields(ServerSettings):
        default = "–" if one.default is MISSING else f"`{one.default}`"
        bounds = " {} to {}.".format(*SECONDS[one.name]) if one.name in SECONDS else ""
        rows.append(
            f"| `{one.name}` | {default} | {STORE_MEANINGS[one.name].format(allowed=allowed)}{bounds} |\n"
        )
    return "\n" + STORE + "".join(rows) + STORE_TAIL


def _shown(value: object) -> str:
    match value:
        case tuple():
            return "[]" if not value else str(list(value))
        case str():
            return f'"{value}"'
    return str(value)


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
