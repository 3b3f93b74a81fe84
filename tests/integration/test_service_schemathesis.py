"""The service keeps to its own OpenAPI document: whatever the document allows or forbids is asked for, of every
operation, and every answer has a status, a media type, headers and a form that the document names. None is a fault.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from random import Random
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from sanad_api.accounts.operator import operator_token
from sanad_api.callers import Role
from sanad_api.policy import API, Rule
from sanad_node.datadir import DataDirectory
from sanad_testkit.service import Prepared, Running, prepared, shared_service

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
SEED = int(os.environ.get("SANAD_SEED", "20261123"))
ALLOWED, FORBIDDEN = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
ALLOWED_EXAMPLES, FORBIDDEN_EXAMPLES, STRANGERS_EXAMPLES, EXAMPLES_OF_WORK = 8, 4, 2, 2
CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]
ROLES = (Role.APPROVER, Role.ADMIN, Role.AUDITOR, Role.SQUAD)
"""Who asks, by preference, of those whom the policy lets."""
MEMBERS = {
    "as": ["CELL", "PORT"],
    "to": ["PORT", "YARD"],
    "issuer": ["CELL", "PORT"],
    "of": ["CELL", "COURT"],
    "reason": ["fraud", "court-order", "inquiry-closed", "data-corrected"],
    "condition": ["good", "damaged"],
    "place": ["PKKHI", "AEJEA"],
    "identifier": ["K-1", "P-1"],
}
"""Values that mean something here: with these an allowed request comes further than to the first check."""


Operation = APIOperation[Any, Any, Any, Any]
Request = Case[Any]
Ask = Callable[[Request, Random, str], None]


@dataclass
class Conversation:
    """With the service, about its document."""

    service: Running
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    session: requests.Session = field(default_factory=requests.Session)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @cached_property
    def operations(self) -> list[Operation]:
        self.session.trust_env = False
        document = self.session.get(f"{self.service.url}/openapi.json", timeout=30).json()
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=self.service.url)
        return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]

    @property
    def people(self) -> Prepared:
        assert self.service.people is not None
        return self.service.people

    def token_for(self, operation: Operation) -> str:
        """The token of somebody who may; none where nobody needs one."""
        rule = rule_of(operation)
        if rule.operator:
            return operator_token(DataDirectory.at(self.service.data))
        if not rule.roles:
            return ""
        return self.people.client(next(role for role in ROLES if role in rule.roles)).token

    @cached_property
    def known(self) -> dict[str, list[str]]:
        """Parts of paths that mean something here."""
        auditor = {"Authorization": f"Bearer {self.people.client(Role.AUDITOR).token}"}

        def told(path: str) -> Any:
            return self.session.get(f"{self.service.url}{path}", headers=auditor, timeout=30).json()

        digests = [one["digest"] for one in told("/v1/documents")["documents"]]
        cargo = [one["id"] for one in told("/v1/consignments")["consignments"]]
        keys = [key["address"] for one in told("/v1/formations")["formations"] for key in one["keys"]]
        return {
            "/v1/documents/{identifier}": [*digests, "K-1"],
            "/v1/consignments/{identifier}": cargo,
            "/v1/formations/{code}": ["CELL", "PORT", "COURT"],
            "/v1/keys/{address}": keys[-1:],
            "/v1/proposals/{number}": ["1"],
            "/v1/acts/{act}": [one["act"] for one in told("/v1/acts")["acts"]],
            "/v1/batches/{job}": [one["batch"] for one in told("/v1/batches")["batches"]],
            "/v1/types/{name}": ["FILE", "AUCTION_RECEIPT"],
            "/v1/users/{name}": ["squad.port.client"],
        }

    def prepare(self) -> None:
        """A batch, which the prepared directory has none of."""
        token = self.people.client(Role.ISSUER).token
        answer = self.session.post(
            f"{self.service.url}/v1/batches?type=AUCTION_RECEIPT",
            data=b"receiptNumber\nR-1\n",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "b", "Content-Type": "text/csv"},
            timeout=30,
        )
        assert answer.status_code == 202, answer.text

    def ask_with_sense(self, case: Request, choose: Random) -> None:
        """Put what means something here into an allowed request, more often than not."""
        for template, values in self.known.items():
            if case.path.startswith(template) and values and choose.random() < 0.7:
                case.path_parameters[template.partition("{")[2].rstrip("}")] = choose.choice(values)
        if isinstance(case.body, dict):
            for name, values in MEMBERS.items():
                if isinstance(case.body.get(name), str) and choose.random() < 0.8:
                    case.body[name] = choose.choice(values)
            if "consignment" in case.body and choose.random() < 0.8:
                case.body["consignment"] = choose.choice(self.known["/v1/consignments/{identifier}"])
        if "Idempotency-Key" in case.headers and choose.random() < 0.9:
            case.headers["Idempotency-Key"] = f"allowed-{next(self.numbers)}"

    def ask(self, case: Request, token: str) -> int:
        """The status of the answer, which is checked against the document."""
        case.headers.pop("Authorization", None)
        case.cookies.clear()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = case.call(session=self.session, headers=headers, timeout=30)
        self.statuses[answer.status_code] += 1
        try:
            form = (case.media_type or "").startswith(
                "multipart/"
            )  # has only text: no type in it can be wrong
            case.validate_response(answer, checks=CHECKS[:-1] if form else CHECKS)
        except FailureGroup as group:
            asked = f"{case.operation.label} {case.query} -> {answer.status_code}"
            self.wrong += [f"{asked}: {one}" for one in group.exceptions]
        return answer.status_code

    def explore(self, mode: schemathesis.GenerationMode, examples: int, ask: Ask) -> None:
        """Make requests of every operation from the seed, as the document allows or forbids."""
        for operation in self.operations:
            work = rule_of(operation).operator
            bounds = settings(
                max_examples=min(examples, EXAMPLES_OF_WORK) if work else examples,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            strategy = operation.as_strategy(generation_mode=mode)
            once = given(strategy, st.randoms(use_true_random=False))(_asking(ask, self.token_for(operation)))
            try:
                seed(SEED)(bounds(once))()
            except Unsatisfiable:
                assert mode is FORBIDDEN  # nothing about this one can be wrong
                assert not operation.body, operation.label

    def end(self) -> None:
        print(f"SANAD_SEED={SEED} {dict(self.statuses)}")
        assert not self.wrong, "\n".join(self.wrong[:20])


RULES = {(method, path.replace(":path}", "}")): rule for (method, path), rule in API.items()}
"""The policy by the paths of the document, which do not say how far a part reaches."""


def rule_of(operation: Operation) -> Rule:
    return RULES[operation.method.upper(), operation.path]


def _asking(ask: Ask, token: str) -> Callable[[Request, Random], None]:
    def once(case: Request, choose: Random) -> None:
        ask(case, choose, token)

    return once


@pytest.fixture
def conversation(shared_service: Running) -> Iterator[Conversation]:
    """About the document that is served, with its answers checked at the end."""
    made = Conversation(shared_service)
    with made.session:
        yield made
        made.end()


def test_who_has_not_signed_in_is_told_so_by_every_operation_that_is_not_for_all(
    conversation: Conversation,
) -> None:
    def ask(case: Request, _: Random, token: str) -> None:
        status = conversation.ask(case, "")
        if token:
            assert status == 401, case.operation.label

    conversation.explore(ALLOWED, STRANGERS_EXAMPLES, ask)
    assert conversation.statuses[401] > 80


def test_what_the_document_allows_is_answered_as_it_says(conversation: Conversation) -> None:
    def ask(case: Request, choose: Random, token: str) -> None:
        conversation.ask_with_sense(case, choose)
        conversation.ask(case, token)

    conversation.prepare()
    conversation.explore(ALLOWED, ALLOWED_EXAMPLES, ask)
    assert conversation.statuses[200] > 80
    assert conversation.statuses[202] > 10


def test_what_the_document_forbids_is_refused(conversation: Conversation) -> None:
    def ask(case: Request, _: Random, token: str) -> None:
        conversation.ask(case, token)

    conversation.explore(FORBIDDEN, FORBIDDEN_EXAMPLES, ask)
    assert conversation.statuses[400] > 80
