"""Which ways does somebody see in the header? Those their roles may go; the policy decides what is answered."""

from dataclasses import dataclass

from sanad_api.callers import Caller, Role

STAFF = frozenset({Role.ISSUER, Role.APPROVER, Role.SQUAD, Role.AUDITOR, Role.ADMIN})
ISSUERS = frozenset({Role.ISSUER, Role.APPROVER})
OVERSIGHT = frozenset({Role.AUDITOR, Role.ADMIN})

WAYS: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("verify", "/verify", frozenset()),
    ("documents", "/documents", frozenset(Role)),
    ("issue", "/issue", ISSUERS),
    ("batches", "/batches", ISSUERS | OVERSIGHT),
    ("consignments", "/consignments", STAFF),
    ("instruments", "/instruments", ISSUERS | {Role.AUDITOR}),
    ("bills", "/bills", STAFF),
    ("stock", "/warehouse", ISSUERS | OVERSIGHT),
    ("findings", "/findings", ISSUERS | OVERSIGHT),
    ("exchange", "/exchange", frozenset({Role.APPROVER, Role.AUDITOR})),
    ("agreements", "/agreements", frozenset({Role.ADMIN})),
    ("notices", "/notices", frozenset({Role.AUDITOR})),
    ("traders", "/traders", frozenset({Role.AUDITOR})),
    ("reads", "/reads", frozenset({Role.AUDITOR})),
    ("formations", "/formations", OVERSIGHT),
    ("users", "/users", frozenset({Role.ADMIN})),
)
"""Name, address, and whose it is (nobody's in particular: everybody's)."""


ACTING = frozenset({"issue", "batches"})
WITH_PARTNERS = frozenset({"exchange", "agreements"})


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the header; its words are `nav.NAME`."""

    name: str
    href: str
    current: bool


def navigation(caller: Caller, path: str, *, acts: bool = True, partners: bool = True) -> tuple[Way, ...]:
    """The entries a caller sees, and which of them the page at `path` belongs to; without those that begin an act where
    the node can do none, and those about partners where it has none.
    """
    here = path.partition("?")[0]
    return tuple(
        Way(name, href, here == href or here.startswith(f"{href}/"))
        for name, href, roles in WAYS
        if (not roles or roles & caller.roles)
        and (acts or name not in ACTING)
        and (partners or name not in WITH_PARTNERS)
    )
