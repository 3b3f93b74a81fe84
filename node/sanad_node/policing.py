"""The policies members decide: proposals made from the table of policies, and how the table and the ledger differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sanad_node.governance import Decision, propose_all
from sanad_node.node import Node
from sanad_node.register_reading import PolicyRecord
from sanad_node.types.policies import CONDITIONS, FREES, TWO, UNIQUE, Policy, policies, policy
from sanad_verifier.entries import Kind
from sanad_verifier.errors import InputError
from sanad_verifier.register_words import PolicyParent, PolicyRules, pack_kinds, unpack_kinds

PAST_REGISTER = sum(1 << kind for kind in (Kind.ISSUE, Kind.ISSUE_BATCH, Kind.SUPERSEDE, Kind.REVOKE))
"""Acts on the ledger itself that a scope of a controlled type cannot allow."""
IN_REGISTER = {
    Kind.ISSUE: Kind.ENTER,
    Kind.ISSUE_BATCH: Kind.ENTER,
    Kind.SUPERSEDE: Kind.ENTER,
    Kind.REVOKE: Kind.WITHDRAW,
}
"""What takes the place of each of them."""


class PolicyUnknown(InputError):
    """The table has no policy of this type."""

    code = "POLICY_UNKNOWN"


@dataclass(frozen=True, slots=True)
class PolicyState:
    """A policy of the table, and whether members decided the same, another, or none."""

    policy: Policy
    decided: PolicyRecord | None

    @property
    def in_force(self) -> str:
        if self.decided is None:
            return "none"
        return "same" if _same(self.policy, self.decided) else "another"


def states(node: Node) -> list[PolicyState]:
    """Every policy of the table, each after those that it rests on."""
    return [PolicyState(one, node.register.policy(name)) for name, one in policies().items()]


def as_members(state: PolicyState) -> dict[str, Any]:
    """A policy of the table as the members of a JSON object, in the words of the table."""
    told, rules = state.policy, state.policy.rules
    return {
        "type": told.doc_type,
        "decided": state.in_force,
        "issuers": list(told.issuers),
        "consumers": list(told.consumers),
        "unique": next(word for word, value in UNIQUE.items() if value is rules.unique),
        "freedBy": [word for word, flag in FREES.items() if flag in rules.frees],
        "twoOfficers": [word for word, flag in TWO.items() if flag in rules.two],
        "validFrom": rules.window.start,
        "validTo": rules.window.end,
        "parents": [_parent(parent) for parent in told.parents],
    }


def _parent(parent: PolicyParent) -> dict[str, Any]:
    known = policies()[parent.doc_type].outcome
    return {
        "type": parent.doc_type,
        "conditions": [word for word, flag in CONDITIONS.items() if flag in parent.condition],
        "outcomes": [str(code) if known is None else known.name(code) for code in parent.outcomes],
    }


def propose(node: Node, wanted: Sequence[str] = (), *, key: str | None = None) -> list[Decision]:
    """Propose what is not decided yet of the table (or of these types), in an order in which it can be carried out.

    A type that formations may still issue past the register gets no policy: the same proposals first replace those
    scopes, `issue` by `enter` and `revoke` by `withdraw`, in the same windows.
    """
    node.catch_up()
    for name in wanted:
        if policy(name) is None:
            raise PolicyUnknown("the table has no policy of this type", field="TYPE")
    calls: list[tuple[str, str, tuple[Any, ...]]] = []
    for state in states(node):
        name = state.policy.doc_type
        if (wanted and name not in wanted) or state.in_force == "same":
            continue
        if state.decided is None:
            calls += _scopes(node, name)
        calls.append(("Register", "setPolicy", state.policy.arguments()))
    return propose_all(node, calls, key=key, about={"what": "policies"}) if calls else []


def _scopes(node: Node, doc_type: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    padded = doc_type.encode("ascii").ljust(32, b"\0")
    return [
        ("Formations", "setScope", (formation, padded, _in_register(acts), valid_from, valid_to))
        for formation, acts, valid_from, valid_to in node.register.plain_scopes(doc_type, PAST_REGISTER)
    ]


def _in_register(acts: int) -> int:
    """The acts of a scope with those that go past the register replaced."""
    kept = acts & ~PAST_REGISTER
    for kind, instead in IN_REGISTER.items():
        if acts >> kind & 1:
            kept |= 1 << instead
    return kept


def _same(table: Policy, decided: PolicyRecord) -> bool:
    rules = decided.rules
    counted_off = PolicyRules(rules.unique, rules.frees, rules.two, rules.window)
    return (
        table.rules == counted_off
        and unpack_kinds(pack_kinds(table.issuers)) == decided.issuers
        and unpack_kinds(pack_kinds(table.consumers)) == decided.consumers
        and table.parents == decided.parents
    )
