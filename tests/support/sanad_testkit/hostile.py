"""Requests that no honest client sends, as bytes: made from a seed, each with a mark by which an echo is known."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

MARK = "XmArKeR7f3a"
MARKUP = f"<{MARK} onerror='\">"
DIGEST = "ab" * 32
BODIES: dict[str, dict[str, object]] = {
    "/v1/verify": {"digest": DIGEST},
    "/v1/documents": {"type": "AUCTION_RECEIPT", "as": "CELL", "document": {"receiptNumber": "R-1"}},
    "/v1/documents/{identifier}/status": {"change": "revoke", "reason": "ISSUED_IN_ERROR"},
    "/v1/consignments": {"kind": "CONTAINER", "reference": "BOX 9", "quantity": -1, "place": "nowhere"},
    "/v1/handovers": {
        "act": "ship",
        "consignment": "BOX 1",
        "to": "PORT",
        "quantity": -1,
        "place": "nowhere",
    },
    "/v1/bills": {"as": "CELL", "holder": "NOBODY", "beneficiary": "PORT", "document": {"isToOrder": True}},
    "/v1/bills/{identifier}/acts": {"act": "pledge", "to": "NOBODY", "why": "NONE", "sequence": -1},
    "/v1/holds": {"act": "hold", "consignment": "BOX 1", "reason": "COURT_ORDER"},
    "/v1/observations": {"act": "inspect", "consignment": "BOX 1", "place": "nowhere", "quantity": -1},
    "/v1/epcis/capture": {"document": "{", "dryRun": False, "as": "CELL"},
    "/v1/devices": {"serial": "ELOCK-7", "address": "0x" + "1" * 40, "validFrom": 2, "validTo": 1},
    "/v1/formations": {"code": "NEW", "kind": "AGENCY", "parent": "NOWHERE", "predecessor": "NOBODY"},
    "/v1/formations/{code}/suspension": {"reason": "INQUIRY"},
    "/v1/formations/{code}/closure": {"at": 4_000_000_000},
    "/v1/keys/{address}/compromise": {"since": 1},
    "/v1/successions": {"predecessors": ["PORT", "PORT"], "successors": ["NOBODY"], "at": 4_000_000_000},
    "/v1/proposals": {"what": "threshold", "threshold": 2},
    "/v1/users": {"name": "somebody", "kind": "robot", "roles": ["squad"], "language": "xx"},
    "/v1/users/{name}/tokens": {"label": "x", "lifetimeSeconds": 600},
    "/v1/users/{name}/password": {"password": "a long enough password"},
}
"""A body for a route, to be spoilt in one place. Where every value of a member could be honest, another is wrong."""
SPOILT = json.dumps({f"unknown{MARKUP}": 1}).encode()
"""A body that no route takes."""

BAD_VALUES = (
    "NaN", "-Infinity", "1e999", "1" * 5000, "-0", "0.1", "9223372036854775808", "-9223372036854775809",
    '"\\ud800"', '"\\u0000"', '"\\u202e' + MARK + '"', f'"{MARK}"', json.dumps(MARKUP), '"' + "a" * 70_000 + '"',
    "[" * 2000 + "]" * 2000, '{"a":' * 900 + "1" + "}" * 900, "null", "true", "{}", "[]", '[{"$ref":"#"}]', '""',
    '"' + "a\u0301" * 50 + '"', '"../../etc/passwd"', '"\'; DROP TABLE users; --"',
)  # fmt: skip
BAD_BODIES = (
    b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b'{"a":1}garbage', b"\x00" * 100,
    b"{" + b'"k":1,' * 20_000 + b'"k":1}', b"[" * 100_000, f'{{"{MARK}":1}}'.encode(), b'{"a":1,"a":2}', b"NaN",
    f"--x\r\nContent-Disposition: form-data; name=\"{MARK}\"\r\n\r\n".encode(),
)  # fmt: skip
BAD_PARTS = (
    "%00", "%ff%fe", "..%2f..%2fetc", "%2e%2e", "a" * 300, "%F0%9F%9A%97", "%ED%A0%80", MARK, f"%3C{MARK}%3E",
    "-1", "0x",
    "99999999999999999999999", "%0d%0aX-Evil:%201", "%25", " ", "", "ab" * 32, "abababab", ";a=b", "%E2%80%AE" + MARK,
)  # fmt: skip
BAD_QUERIES = (
    "limit=0", "limit=99999999999999999999", "limit=NaN", f"before={MARK}", "before=-1",
    "before=99999999999999999999",
    "after=99999999999999999999", f"type={MARK}", f"issuer={MARK}", f"holder=%00{MARK}", "wait=1e9", "wait=-1",
    "follow=maybe",
    f"find={MARK}", "find=%00", "find=" + "a" * 5000, f"outcome={MARK}", f"next=//{MARK}.example/", "&&&===", "%",
    "limit=1&limit=2",
    f"type=%3C{MARK}%3E", "cursor=%ff", "as=PORT", "before=9223372036854775808", "after=-99999999999999999999",
)  # fmt: skip
BAD_HEADERS = (
    f"Authorization: Bearer {MARK}", "Authorization: Basic eDp5", "Authorization: Bearer",
    "Authorization: Bearer snd_" + "A" * 51,
    f"Cookie: __Host-sanad={MARK}", "Cookie: " + "a=b; " * 500, f"Idempotency-Key: {MARK}" + "k" * 200,
    "Idempotency-Key: \x7f",
    "Idempotency-Key: ", f"Accept-Language: {MARK};q=2,*;q=x", "Accept-Language: " + "ur," * 2000,
    f"If-None-Match: {MARK}", "If-None-Match: W/\"",
    f"Origin: https://{MARK}.example", "Origin: null", f"Host: {MARK}.example", f"X-Forwarded-For: {MARK}",
    "Content-Type: application/json; charset=utf-7",
    f"Content-Type: {MARK}/{MARK}", "Content-Type: multipart/form-data",
    "Content-Type: multipart/form-data; boundary=", "Content-Encoding: gzip",
    "Content-Type: application/x-www-form-urlencoded", f"Last-Event-ID: {MARK}",
    "Last-Event-ID: 99999999999999999999", "Expect: 100-continue",
    "Transfer-Encoding: gzip, chunked", f"Slug: %ff%00{MARK}", "Range: bytes=0-18446744073709551616",
    "Accept: text/html", "X-Long: " + "a" * 20_000,
    "Connection: upgrade\r\nUpgrade: websocket", f"X-Request-Id: {MARK}", "Content-Length: abc",
    "X-HTTP-Method-Override: DELETE",
)  # fmt: skip
FORMS = (
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "text/csv",
    "application/zip",
    "text/plain",
    "",
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """`whole` is false where the request ends in its middle: then no answer is owed."""

    kind: str
    request: bytes
    whole: bool = True


class Maker:
    """Makes hostile requests for the routes of a service."""

    def __init__(self, seed: int, routes: list[tuple[str, str]], tokens: list[str]) -> None:
        self._choose = random.Random(seed)
        self._routes = routes
        self._posts = [route for route in routes if route[0] == "POST"]
        self._tokens = ["", *tokens]
        self._kinds: list[Callable[[], Hostile]] = [
            self._body, self._value, self._value, self._path, self._query, self._header, self._form, self._chunked,
            self._truncated, self._method,
        ]  # fmt: skip

    def __call__(self) -> Hostile:
        return self._choose.choice(self._kinds)()

    def _path(self) -> Hostile:
        method, template = self._choose.choice([route for route in self._routes if "{" in route[1]])
        start, _, rest = template.partition("{")
        path = start + self._choose.choice(BAD_PARTS) + rest.partition("}")[2]
        return self._made("path", method, path, SPOILT)

    def _query(self) -> Hostile:
        method, template = self._choose.choice(self._routes)
        return self._made("query", method, f"{_filled(template)}?{self._choose.choice(BAD_QUERIES)}", SPOILT)

    def _header(self) -> Hostile:
        method, template = self._choose.choice(self._routes)
        return self._made("header", method, _filled(template), SPOILT, self._choose.choice(BAD_HEADERS))

    def _body(self) -> Hostile:
        method, template = self._choose.choice(self._posts)
        return self._made("body", method, _filled(template), self._choose.choice(BAD_BODIES))

    def _value(self) -> Hostile:
        template = self._choose.choice(list(BODIES))
        body = BODIES[template]
        spoilt = self._choose.choice([*body, f"unknown{MARKUP}"])
        bad = self._choose.choice(BAD_VALUES)
        members = [
            f"{json.dumps(name)}:{json.dumps(value)}" for name, value in body.items() if name != spoilt
        ]
        members.append(f"{json.dumps(spoilt)}:{bad}")
        return self._made("value", "POST", _filled(template), f"{{{','.join(members)}}}".encode())

    def _form(self) -> Hostile:
        method, template = self._choose.choice(self._posts)
        kind = self._choose.choice(FORMS)
        body = self._choose.choice([*BAD_BODIES, *(_part(value) for value in BAD_VALUES), _url(self._choose)])
        return self._made("form", method, _filled(template), body, f"Content-Type: {kind}")

    def _method(self) -> Hostile:
        _, template = self._choose.choice(self._routes)
        method = self._choose.choice(["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", MARK.upper()])
        return self._made("method", method, _filled(template), b"")

    def _chunked(self) -> Hostile:
        method, template = self._choose.choice(self._posts)
        size = self._choose.choice([b"zz", b"-1", b"ffffffffffffffffff", b"5", b""])
        head = self._head(
            method, _filled(template), ["Content-Type: application/json", "Transfer-Encoding: chunked"]
        )
        return Hostile("chunked", head + size + b"\r\n{}\r\n0\r\n\r\n", whole=False)

    def _truncated(self) -> Hostile:
        method, template = self._choose.choice(self._posts)
        body = json.dumps(BODIES.get(template, {"a": MARK})).encode()
        head = self._head(
            method, _filled(template), ["Content-Type: application/json", f"Content-Length: {len(body) + 9}"]
        )
        return Hostile("truncated", head + body, whole=False)

    def _made(self, kind: str, method: str, path: str, body: bytes, *headers: str) -> Hostile:
        told = list(headers)
        names = {header.partition(":")[0] for header in headers}
        if "Content-Type" not in names:
            told.append("Content-Type: application/json")
        if "Content-Length" not in names:
            told.append(f"Content-Length: {len(body) if method != 'HEAD' else 0}")
        return Hostile(kind, self._head(method, path, told) + (body if method != "HEAD" else b""))

    def _head(self, method: str, path: str, headers: list[str]) -> bytes:
        names = {header.partition(":")[0] for header in headers}
        told = list(headers)
        token = self._choose.choice(self._tokens)
        if token and "Authorization" not in names:
            told.append(f"Authorization: Bearer {token}")
        if "Idempotency-Key" not in names:
            told.append(f"Idempotency-Key: h-{self._choose.getrandbits(64):x}")
        if "Host" not in names:
            told.append("Host: 127.0.0.1")
        if "Accept" not in names and self._choose.random() < 0.2:
            told.append("Accept: text/html")
        return "\r\n".join([f"{method} {path} HTTP/1.1", *told, "", ""]).encode("utf-8", "surrogatepass")


def _filled(template: str) -> str:
    """A route's path with something of the right form in it."""
    for name, value in {
        "identifier": "K-1",
        "code": "CELL",
        "job": DIGEST[:32],
        "act": DIGEST[:32],
        "number": "1",
    }.items():
        template = template.replace(f"{{{name}}}", value)
    return (
        template.replace("{name}", "FILE")
        .replace("{address}", "0x" + "1" * 40)
        .replace("{hook}", "1")
        .partition("{")[0]
    )


def _part(value: str) -> bytes:
    """A form of one field and one file."""
    disposition = "Content-Disposition: form-data; name="
    return "\r\n".join([
        "--x", f'{disposition}"identifier"', "", value,
        "--x", f'{disposition}"file"; filename="{MARK}.csv"', f"Content-Type: {MARK}", "", value,
        "--x--", "",
    ]).encode()  # fmt: skip


def _url(choose: random.Random) -> bytes:
    names = (
        "identifier",
        "digests",
        "subject",
        "type",
        "issuer",
        "name",
        "password",
        "next",
        "language",
        "key",
        "csrf",
        "act",
    )
    told = [f"{name}={choose.choice([MARK, 'a' * 3000, '%00', '%ff', '%3C' + MARK])}" for name in names]
    return "&".join(choose.sample(told, 4)).encode()
