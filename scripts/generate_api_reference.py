"""Writes docs/reference/api.md from the OpenAPI document and the policy table.

python scripts/generate_api_reference.py
"""

import sys
from pathlib import Path
from typing import Any

from sanad_api.app import create_app
from sanad_api.openapi import describe
from sanad_api.policy import DESCRIBED
from sanad_api.settings import Settings

PAGE = Path(__file__).parents[1] / "docs/reference/api.md"
HEAD = """# HTTP API

JSON over HTTP. The whole description, with every schema, is served at `/openapi.json` and printed by `sanad
openapi`.

* **Who asks**: `Authorization: Bearer TOKEN` (made by `sanad user token`), or the session of a browser that signed
  in. *Anybody* means that neither is needed; roles are those of the token's or session's user; *operator* is
  whoever can read the data directory's secrets.
* **Acts** need an `Idempotency-Key`: a name of the caller's own, 1 to 128 printable ASCII characters. The same key
  with the same request gets the same answer for ever (`Idempotency-Replayed: true`); with another request 422;
  while the first is still worked on 409. A request that was refused leaves its key free. A form is the same request
  whatever its boundary.
* An act is answered **202** when it is on the disk. Follow it at `/v1/acts/{act}?wait=30` until it is `final` or
  `refused`.
* **Errors** are problem details (RFC 9457): a stable `type` and `code` ([all of them](errors.md)), and in `errors`
  the JSON pointers of the members to correct. What was sent is never repeated.
* **Lists** end with `next`, to be sent as `before` or `after` as the parameter is called. `GET` answers have
  entity tags: `If-None-Match` gets 304.
* JSON is read strictly: `application/json` in UTF-8, not packed, no duplicate members, no floats, no unknown members,
  integers within 53 bits. A parameter of the address is given once.
* `HEAD` is taken wherever `GET` is; any other method gets 405 with `Allow`. Every answer has an `X-Request-Id`, under
  which the service's log has the request.
* Identifiers of things of other formations are answered like identifiers that do not exist: 404.

Written from the routes by `python scripts/generate_api_reference.py`; a test fails when it is out of date.
"""


def page() -> str:
    """The whole page."""
    told = describe(create_app(Path(), Settings()))
    lines = [HEAD]
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    for tag, found in by_tag.items():
        lines += [f"## {tag.capitalize()}", ""]
        for method, path, operation in found:
            lines += _operation(method, path, operation)
    return "\n".join(lines).rstrip() + "\n"


def _operation(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    rule = DESCRIBED[(method, path)]
    who = "the operator" if rule.operator else ", ".join(sorted(rule.roles)) if rule.roles else "anybody"
    lines = [
        f"### `{method} {path}`",
        "",
        f"{operation['summary']}. For {who}." + (" An act." if rule.act else ""),
        "",
    ]
    words = " ".join(str(operation.get("description", "")).split())
    if words:
        lines += [words, ""]
    parameters = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    for one in parameters:
        needed = " (needed)" if one.get("required") else ""
        lines.append(f"* `?{one['name']}`{needed}: {one.get('description', '')}")
    if parameters:
        lines.append("")
    body = operation.get("requestBody", {}).get("content", {})
    if body:
        lines += ["Body: " + ", ".join(f"`{kind}`{_named(told)}" for kind, told in body.items()) + ".", ""]
    answers = [
        f"{status} {', '.join(f'`{kind}`{_named(told)}' for kind, told in answer.get('content', {}).items())}".strip()
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]
    lines += [f"Answers {'; '.join(answers)}.", ""]
    return lines


def _named(told: dict[str, Any]) -> str:
    """The names of the schemas it may have, if they have any."""
    schema = told.get("schema", {})
    refs = [one["$ref"] for one in schema.get("anyOf", [schema]) if "$ref" in one]
    return f" {' or '.join(ref.rsplit('/', 1)[-1] for ref in refs)}" if refs else ""


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
