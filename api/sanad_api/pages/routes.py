"""Every page, and who may see it: the portal's half of the policy."""

from fastapi import APIRouter

from sanad_api.pages.authority import authority
from sanad_api.pages.batches import batches
from sanad_api.pages.bills import bills
from sanad_api.pages.cargo import cargo
from sanad_api.pages.entry import entry
from sanad_api.pages.exchange import exchange
from sanad_api.pages.findings import findings
from sanad_api.pages.instruments import instruments
from sanad_api.pages.issuing import issuing
from sanad_api.pages.oversight import oversight
from sanad_api.pages.papers import papers
from sanad_api.pages.people import people
from sanad_api.pages.returns import returns
from sanad_api.pages.stock import stock
from sanad_api.pages.verifying import verifying
from sanad_api.policy import (
    ADMINS,
    APPROVERS,
    AUDITOR,
    CUSTODIANS,
    DRAWERS,
    ISSUERS,
    OVERSIGHT,
    SIGNED_IN,
    STAFF,
    Rule,
)

SEE = Rule()
PAGES: dict[tuple[str, str], Rule] = {
    ("GET", "/"): SEE,
    ("GET", "/sign-in"): SEE,
    ("POST", "/sign-in"): Rule(act=True, local=True, budget="read"),
    ("POST", "/sign-out"): Rule(act=True, local=True, budget="read"),
    ("POST", "/language"): Rule(act=True, local=True, budget="read"),
    ("GET", "/verify"): SEE,
    ("POST", "/verify"): Rule(budget="verify", body="document_bytes"),
    ("GET", "/documents"): Rule(SIGNED_IN),
    ("GET", "/documents/{identifier}"): Rule(SIGNED_IN),
    ("GET", "/documents/{identifier}/print"): Rule(SIGNED_IN),
    ("POST", "/documents/{identifier}/standing"): Rule(APPROVERS, act=True, budget="act"),
    ("POST", "/documents/{identifier}/way"): Rule(ISSUERS, act=True, budget="act"),
    ("GET", "/issue"): Rule(ISSUERS),
    ("GET", "/issue/{name}"): Rule(ISSUERS),
    ("POST", "/issue/{name}"): Rule(ISSUERS, act=True, budget="act", body="document_bytes"),
    ("GET", "/consignments"): Rule(STAFF),
    ("POST", "/consignments"): Rule(CUSTODIANS, act=True, budget="act"),
    ("GET", "/consignments/{identifier}"): Rule(STAFF),
    ("POST", "/consignments/{identifier}"): Rule(CUSTODIANS, act=True, budget="act"),
    ("GET", "/instruments"): Rule(DRAWERS),
    ("POST", "/instruments"): Rule(ISSUERS, act=True, budget="act"),
    ("GET", "/instruments/{identifier}"): Rule(DRAWERS),
    ("POST", "/instruments/{identifier}"): Rule(ISSUERS, act=True, budget="act"),
    ("GET", "/bills"): Rule(STAFF),
    ("POST", "/bills"): Rule(ISSUERS, act=True, budget="act", body="document_bytes"),
    ("GET", "/bills/{identifier}"): Rule(STAFF),
    ("POST", "/bills/{identifier}"): Rule(ISSUERS, act=True, budget="act"),
    ("GET", "/warehouse"): Rule(ISSUERS | OVERSIGHT),
    ("POST", "/warehouse"): Rule(ISSUERS | {AUDITOR}, budget="verify", body="document_bytes"),
    ("GET", "/warehouse/returns"): Rule(ISSUERS | {AUDITOR}),
    ("GET", "/findings"): Rule(ISSUERS | OVERSIGHT),
    ("POST", "/findings"): Rule(ISSUERS | {AUDITOR}, act=True, budget="act"),
    ("GET", "/exchange"): Rule(APPROVERS | {AUDITOR}),
    ("POST", "/exchange"): Rule(APPROVERS, act=True, budget="act"),
    ("GET", "/exchange/{message}"): Rule(APPROVERS | {AUDITOR}),
    ("POST", "/exchange/{message}"): Rule(APPROVERS, act=True, budget="act"),
    ("GET", "/agreements"): Rule(APPROVERS | OVERSIGHT),
    ("POST", "/agreements"): Rule(ADMINS, act=True, budget="act"),
    ("GET", "/reads"): Rule(frozenset({AUDITOR})),
    ("GET", "/notices"): Rule(frozenset({AUDITOR})),
    ("GET", "/traders"): Rule(frozenset({AUDITOR})),
    ("GET", "/attest"): Rule(ISSUERS),
    ("POST", "/attest"): Rule(ISSUERS, act=True, budget="act"),
    ("GET", "/batches"): Rule(ISSUERS | OVERSIGHT),
    ("POST", "/batches"): Rule(ISSUERS, act=True, budget="act", body="upload_bytes"),
    ("GET", "/batches/{job}"): Rule(ISSUERS | OVERSIGHT),
    ("GET", "/formations"): Rule(SIGNED_IN),
    ("POST", "/formations"): Rule(ADMINS, act=True, budget="act"),
    ("GET", "/formations/{code}"): Rule(SIGNED_IN),
    ("POST", "/formations/{code}"): Rule(ADMINS, act=True, budget="act"),
    ("GET", "/users"): Rule(ADMINS),
    ("POST", "/users"): Rule(ADMINS, act=True, local=True, budget="act"),
    ("GET", "/acts/{act}"): Rule(STAFF),
}

pages = APIRouter()
for part in (
    entry,
    verifying,
    papers,
    issuing,
    cargo,
    instruments,
    bills,
    batches,
    findings,
    exchange,
    oversight,
    stock,
    returns,
    authority,
    people,
):
    pages.include_router(part)
