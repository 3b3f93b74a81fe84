"""Who may ask for what: one table, and nothing outside it.

A route that is not in the table is answered as if it did not exist, so a new one is denied until somebody has
thought about it. What a role may see of a particular document or act is decided where it is found
(`sanad_api.seeing`): this table knows routes only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sanad_api.callers import Caller, Role

Budget = Literal["read", "verify", "act", "sign_in"]

ISSUER, APPROVER, SQUAD, AUDITOR, ADMIN, PARTNER = Role
SIGNED_IN = frozenset(Role)
READERS = SIGNED_IN
STAFF = frozenset({ISSUER, APPROVER, SQUAD, AUDITOR, ADMIN})
ISSUERS = frozenset({ISSUER, APPROVER})
APPROVERS = frozenset({APPROVER})
CUSTODIANS = frozenset({ISSUER, APPROVER, SQUAD})
ADMINS = frozenset({ADMIN})
OVERSIGHT = frozenset({AUDITOR, ADMIN})
DRAWERS = ISSUERS | {AUDITOR}
SEARCHERS = OVERSIGHT | {SQUAD}
ANYBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """`roles` empty: anybody, signed in or not. `act`: it changes something, and needs an Idempotency-Key (or, for
    a page, a form's own key). `operator`: only whoever can read the data directory's secrets. `body`: which limit
    bounds the body.
    """

    roles: frozenset[Role] = ANYBODY
    act: bool = False
    budget: Budget = "read"
    operator: bool = False
    body: Literal["body_bytes", "document_bytes", "upload_bytes"] = "body_bytes"
    local: bool = False
    """The act changes what this service keeps by itself, nothing on the ledger: a node that follows a mirror can do it.
    """
    streamed: bool = False
    """The route reads the body itself, piece by piece, and answers for its idempotency."""
    password: bool = False
    """The body may hold a password. A plain hash of it would be as good as a weak hash of the password, so what is
    kept to know the request again is keyed."""

    def allows(self, caller: Caller) -> bool:
        if self.operator:
            return caller.user == 0 and caller.known
        return not self.roles or bool(self.roles & caller.roles)


def _read(roles: Iterable[Role] = ANYBODY) -> Rule:
    return Rule(frozenset(roles))


def _act(roles: Iterable[Role], **more: object) -> Rule:
    return Rule(frozenset(roles), act=True, budget="act", **more)  # type: ignore[arg-type]


API: dict[tuple[str, str], Rule] = {
    ("GET", "/healthz"): _read(),
    ("GET", "/readyz"): _read(),
    ("GET", "/metrics"): Rule(operator=True),
    ("GET", "/openapi.json"): _read(),
    ("GET", "/checkpoint"): _read(),
    ("GET", "/tile/{place:path}"): _read(),
    ("GET", "/batch/{root}"): _read(),
    ("GET", "/status-list/{digest}"): _read(),
    ("POST", "/add-checkpoint"): Rule(budget="verify"),
    ("GET", "/v1/me"): _read(SIGNED_IN),
    ("GET", "/v1/types"): _read(),
    ("GET", "/v1/types/{name}"): _read(),
    ("GET", "/v1/reasons"): _read(),
    ("GET", "/v1/trust"): _read(),
    ("POST", "/v1/verify"): Rule(budget="verify", body="document_bytes"),
    ("POST", "/v1/packs"): Rule(SEARCHERS, budget="verify", body="document_bytes"),
    ("GET", "/v1/status-lists"): _read(SIGNED_IN),
    ("POST", "/v1/status-lists"): _act(ISSUERS),
    ("GET", "/v1/documents"): _read(SIGNED_IN),
    ("POST", "/v1/documents"): _act(ISSUERS, body="document_bytes"),
    ("GET", "/v1/documents/{identifier}"): _read(SIGNED_IN),
    ("GET", "/v1/documents/{identifier}/status"): _read(SIGNED_IN),
    ("POST", "/v1/documents/{identifier}/status"): _act(APPROVERS),
    ("GET", "/v1/documents/{identifier}/bundle"): _read(SIGNED_IN),
    ("GET", "/v1/documents/{identifier}/receipt"): _read(SIGNED_IN),
    ("GET", "/v1/documents/{identifier}/credential"): _read(SIGNED_IN),
    ("POST", "/v1/documents/{identifier}/presentation"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/documents/{identifier}/content"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/documents/{identifier}/certificate.pdf"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/documents/{identifier}/qr.svg"): _read(ISSUERS | OVERSIGHT),
    ("POST", "/v1/checks"): Rule(ISSUERS, budget="verify", body="document_bytes"),
    ("GET", "/v1/findings"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/findings/report"): _read({AUDITOR}),
    ("POST", "/v1/findings/answers"): _act(ISSUERS | {AUDITOR}),
    ("POST", "/v1/documents/{identifier}/approval"): Rule(APPROVERS, budget="act"),
    ("POST", "/v1/documents/{identifier}/consumption"): _act(CUSTODIANS),
    ("POST", "/v1/approvals"): Rule(APPROVERS, budget="act", body="document_bytes"),
    ("GET", "/v1/batches"): _read(ISSUERS | OVERSIGHT),
    ("POST", "/v1/batches"): _act(ISSUERS, body="upload_bytes", streamed=True),
    ("POST", "/v1/batches/dry-run"): Rule(ISSUERS, budget="verify", body="document_bytes"),
    ("GET", "/v1/batches/{job}"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/batches/{job}/rows"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/batches/{job}/outcomes.csv"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/consignments"): _read(STAFF),
    ("POST", "/v1/consignments"): _act(CUSTODIANS),
    ("GET", "/v1/consignments/{identifier}"): _read(STAFF),
    ("GET", "/v1/consignments/{identifier}/trace"): _read(STAFF),
    ("POST", "/v1/handovers"): _act(CUSTODIANS),
    ("POST", "/v1/holds"): _act(CUSTODIANS),
    ("POST", "/v1/observations"): _act(CUSTODIANS, body="document_bytes"),
    ("GET", "/v1/consignments/{identifier}/epcis"): _read(STAFF),
    ("GET", "/v1/consignments/{identifier}/readings/{entry}/{number}"): _read(STAFF),
    ("POST", "/v1/epcis/capture"): Rule(CUSTODIANS, budget="act", body="document_bytes"),
    ("GET", "/v1/devices"): _read(STAFF),
    ("POST", "/v1/devices"): _act(APPROVERS),
    ("POST", "/v1/devices/{address}/closure"): _act(APPROVERS),
    ("GET", "/v1/instruments"): _read(DRAWERS),
    ("POST", "/v1/instruments"): _act(ISSUERS),
    ("GET", "/v1/instruments/{identifier}"): _read(DRAWERS),
    ("POST", "/v1/instruments/{identifier}/draws"): _act(ISSUERS),
    ("POST", "/v1/instruments/{identifier}/returns"): _act(APPROVERS),
    ("POST", "/v1/instruments/{identifier}/amendments"): _act(APPROVERS),
    ("POST", "/v1/documents/{identifier}/stages"): _act(ISSUERS),
    ("GET", "/v1/documents/{identifier}/life"): _read(STAFF),
    ("POST", "/v1/documents/{identifier}/release"): _act(ISSUERS),
    ("GET", "/v1/stock"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/stock/report"): _read(ISSUERS | {AUDITOR}),
    ("GET", "/v1/reports/monthly"): _read(ISSUERS | {AUDITOR}),
    ("GET", "/v1/reports/monthly/file"): _read(ISSUERS | {AUDITOR}),
    ("GET", "/v1/reports/seizures"): _read(ISSUERS | {AUDITOR}),
    ("POST", "/v1/stocktakes"): Rule(ISSUERS | {AUDITOR}, budget="verify", body="document_bytes"),
    ("GET", "/v1/bills"): _read(STAFF),
    ("POST", "/v1/bills"): _act(ISSUERS, body="document_bytes"),
    ("GET", "/v1/bills/{identifier}"): _read(STAFF),
    ("GET", "/v1/bills/{identifier}/chain"): _read(STAFF),
    ("POST", "/v1/bills/{identifier}/acts"): _act(ISSUERS),
    ("GET", "/v1/formations"): _read(SIGNED_IN),
    ("POST", "/v1/formations"): _act(ADMINS),
    ("GET", "/v1/formations/{code}"): _read(SIGNED_IN),
    ("POST", "/v1/formations/{code}/keys"): _act(ADMINS),
    ("POST", "/v1/formations/{code}/rotation"): _act(ADMINS),
    ("POST", "/v1/formations/{code}/scopes"): _act(ADMINS),
    ("POST", "/v1/formations/{code}/suspension"): _act(ADMINS),
    ("POST", "/v1/formations/{code}/reinstatement"): _act(ADMINS),
    ("POST", "/v1/formations/{code}/closure"): _act(ADMINS),
    ("GET", "/v1/formations/{code}/line"): _read(SIGNED_IN),
    ("POST", "/v1/successions"): _act(ADMINS),
    ("POST", "/v1/keys/{address}/compromise"): _act(ADMINS),
    ("GET", "/v1/members"): _read(SIGNED_IN),
    ("POST", "/v1/proposals"): _act(ADMINS),
    ("POST", "/v1/proposals/{number}/votes"): _act(ADMINS),
    ("GET", "/v1/policies"): _read(SIGNED_IN),
    ("POST", "/v1/policies"): _act(ADMINS),
    ("GET", "/v1/agreements"): _read(APPROVERS | OVERSIGHT),
    ("POST", "/v1/agreements"): _act(ADMINS),
    ("GET", "/v1/agreements/{agreement}"): _read(APPROVERS | OVERSIGHT),
    ("POST", "/v1/agreements/{agreement}"): _act(ADMINS),
    ("GET", "/v1/exchange"): _read(APPROVERS | {AUDITOR}),
    ("GET", "/v1/exchange/{message}"): _read(APPROVERS | {AUDITOR}),
    ("POST", "/v1/exchange"): _act(APPROVERS),
    ("POST", "/v1/exchange/messages"): Rule(budget="verify"),
    ("GET", "/v1/reads"): _read({AUDITOR}),
    ("GET", "/v1/reads/check"): _read({AUDITOR}),
    ("GET", "/v1/notices"): _read({AUDITOR}),
    ("GET", "/v1/traders"): _read({AUDITOR}),
    ("POST", "/v1/documents/{identifier}/attestation"): _act(ISSUERS),
    ("GET", "/v1/acts"): _read(STAFF),
    ("GET", "/v1/acts/{act}"): _read(STAFF),
    ("GET", "/v1/events"): _read(SIGNED_IN),
    ("GET", "/v1/webhooks"): _read(ADMINS),
    ("POST", "/v1/webhooks"): _act(ADMINS, local=True),
    ("DELETE", "/v1/webhooks/{hook}"): _act(ADMINS, local=True),
    ("GET", "/v1/users"): _read(ADMINS),
    ("POST", "/v1/users"): _act(ADMINS, local=True, password=True),
    ("POST", "/v1/users/{name}/disabling"): _act(ADMINS, local=True),
    ("POST", "/v1/users/{name}/enabling"): _act(ADMINS, local=True),
    ("POST", "/v1/users/{name}/password"): _act(ADMINS, local=True, password=True),
    ("POST", "/v1/users/{name}/tokens"): _act(ADMINS, local=True),
    ("POST", "/v1/users/{name}/revocation"): _act(ADMINS, local=True),
    ("GET", "/v1/documents/{identifier}/kept"): _read(ISSUERS | OVERSIGHT),
    ("GET", "/v1/vault"): _read(OVERSIGHT),
    ("POST", "/v1/vault/pins"): Rule(operator=True, budget="act"),
    ("POST", "/v1/vault/scrub"): Rule(operator=True, budget="act"),
    ("POST", "/v1/vault/fetch"): Rule(operator=True, budget="act"),
    ("POST", "/v1/vault/grants"): Rule(operator=True, budget="act"),
    ("POST", "/v1/vault/erasures"): Rule(operator=True, act=True, local=True, budget="act"),
    ("GET", "/v1/node"): _read(OVERSIGHT),
    ("GET", "/v1/node/equivocations"): _read(OVERSIGHT),
    ("GET", "/v1/node/facts"): _read(OVERSIGHT),
    ("POST", "/v1/node/checkpoint"): Rule(OVERSIGHT, budget="act"),
    ("POST", "/v1/node/cross-check"): Rule(OVERSIGHT, budget="act"),
    ("POST", "/v1/node/sync"): Rule(operator=True, budget="act"),
    ("POST", "/v1/node/cosignatures"): Rule(operator=True, budget="act"),
    ("POST", "/v1/node/fsck"): Rule(operator=True, budget="act"),
    ("POST", "/v1/node/log"): Rule(OVERSIGHT, budget="act"),
    ("POST", "/v1/node/mirror"): Rule(operator=True, budget="act"),
    ("POST", "/v1/node/comparison"): Rule(operator=True, budget="act"),
    ("POST", "/v1/node/backup"): Rule(operator=True, budget="act"),
}
"""The API. `POST` without `act` computes something and changes nothing that can be told by asking twice; that of a
checkpoint is repeated by its own protocol, which names the size that came before, and a sync that is repeated finds
nothing new; a partner's message names itself by its id."""


DESCRIBED = {(method, path.replace(":path}", "}")): rule for (method, path), rule in API.items()}
"""The same by the paths of the OpenAPI document, which know no converters."""


def find(method: str, path: str, pages: dict[tuple[str, str], Rule]) -> Rule | None:
    """The rule of a route, by its method and path template."""
    asked = "GET" if method == "HEAD" else method
    return API.get((asked, path)) or pages.get((asked, path))
