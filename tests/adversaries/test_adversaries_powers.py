"""Adversaries who have power, or somebody else's (A9 to A11, A21 to A23): stolen keys, insiders, expired powers,
officers who read what is not theirs, records that are to be laundered.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_node import finding, governance, standing, tracing
from sanad_node.asking import Asking, asking
from sanad_node.wire import ActView, IssueRequest, StandingRequest
from sanad_node.wire.oversight import AttestRequest
from sanad_testkit.adversary_stage import Stage, extract, refused
from sanad_testkit.service import Prepared, Running, copy_of, prepared, running
from sanad_verifier.entries import Reason
from sanad_verifier.verdict import Is, Overall

__all__ = ["prepared"]
pytestmark = pytest.mark.engine


def test_a09_what_a_stolen_key_did_since_the_theft_is_suspect_and_what_it_did_before_stays(
    stage: Stage,
) -> None:
    before = stage.file("BEFORE-1")
    stage.pass_time(1)
    theft = stage.now
    stolen = stage.file("STOLEN-1")
    assert [stage.verdict(one).overall for one in (before, stolen)] == [Overall.AUTHENTIC] * 2

    (key,) = stage.node.reader.keys_of(stage.node.reader.formation("PASSES-ON").number)
    governance.declare_compromised(stage.node, key.address, theft)
    told = stage.verdict(stolen)
    assert (told.overall, told.state.reason, told.in_force) == (Overall.REFUSED, "KEY_COMPROMISED", "suspect")
    assert told.state.sentence == "the key that issued it was declared compromised from before then"
    assert stage.verdict(before).overall is Overall.AUTHENTIC
    assert refused(lambda: stage.file("STOLEN-2")).code == "FORMATIONS_KEY_COMPROMISED"


def test_a10_a_misused_login_of_another_collectorate_is_out_of_scope_and_new_keys_and_accounts_are_told(
    stage: Stage,
) -> None:
    foreign = refused(lambda: stage.car.issue("AUCTION_RECEIPT", by="FSDP-AUC"))
    assert foreign.code == "FORMATIONS_OUT_OF_SCOPE"
    assert foreign.message

    accounts = Accounts(stage.node.office, audience=stage.node.network.origin, clock=stage.clock)
    accounts.add("old.client", kind="client", formation="PASSES-ON", roles=[Role.ISSUER])
    assert (
        stage.verdict(stage.file("OLD-1", "ATTESTS-1")).notices == ()
    )  # in a new network nobody is told to be new

    stage.pass_time(60)
    (first,) = stage.node.reader.keys_of(stage.node.reader.formation("ATTESTS-1").number)
    governance.rotate_key(stage.node, "ATTESTS-1", old=first.address, at=stage.now)
    stage.pass_time(2)
    (notice,) = stage.verdict(stage.file("NEW-1", "ATTESTS-1")).notices
    assert (notice.code, notice.sentence) == (
        "NEW_KEY",
        "the key that issued it had been registered for 2 days",
    )
    user = accounts.add("new.client", kind="client", formation="PASSES-ON", roles=[Role.ISSUER])
    with asking(Asking(user.id, f"u{user.id}", "PASSES-ON", "k-1")):
        content = stage.file("NEW-2")
    assert stage.verdict(content).notices == ()  # who works here is not for everybody
    listed = {one.digest: one.notices for one in stage.desk.notices().documents}
    told = listed[finding.document(stage.node, "NEW-2").digest.hex()]
    assert [(one.code, one.sentence) for one in told] == [
        ("NEW_ACCOUNT", "the account that asked for it had existed for 0 days")
    ]
    assert finding.document(stage.node, "OLD-1").digest.hex() not in listed


def test_a11_a_revocation_to_extort_needs_a_second_officer_and_the_history_shows_all_of_it(
    stage: Stage,
) -> None:
    stage.car.issue("AUCTION_RECEIPT")
    receipt = finding.document(stage.node, stage.car.digests["AUCTION_RECEIPT"].hex())
    alone = refused(lambda: standing.change_standing(stage.node, receipt, "revoke", reason=Reason.FRAUD))
    assert (alone.code, alone.field) == ("REGISTER_APPROVAL_MISSING", "ID")
    assert "second officer" in alone.message
    assert stage.verdict(stage.car.made["AUCTION_RECEIPT"]).overall is Overall.AUTHENTIC

    standing.approve_withdrawal(stage.node, receipt, reason=Reason.FRAUD)
    standing.change_standing(stage.node, receipt, "revoke", reason=Reason.FRAUD)
    again = refused(
        lambda: standing.change_standing(stage.node, receipt, "reinstate", reason=Reason.INQUIRY_CLOSED)
    )
    assert again.code in {"LEDGER_REVOKED", "LEDGER_WRONG_STATE"}
    history = tracing.trace_document(stage.node, receipt)
    assert [(step.act, step.by, step.reason) for step in history.steps][-1] == ("revoke", "KAPW-AUC", "fraud")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Running]:
    environment = {"SANAD_READS__BULK": "5"}
    with running(copy_of(prepared, tmp_path_factory.mktemp("reading")), prepared, environment) as started:
        yield started


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a21_an_officer_who_looks_for_a_rival_s_papers_finds_none_and_is_on_record(
    service: Running, prepared: Prepared
) -> None:
    rival, auditor = prepared.client(Role.ISSUER, "PORT"), prepared.client(Role.AUDITOR)
    own = prepared.client(Role.ISSUER, "CELL")
    with service.asks(own) as client:
        digest = client.get("/v1/documents/K-1").json()["document"]["digest"]
        assert client.get("/v1/reads").status_code == 403
    with service.asks(rival) as client:
        answer = client.get(f"/v1/documents/{digest}")
        assert told(answer) == (404, "UNKNOWN_DOCUMENT")
        assert answer.json()["detail"] == "the ledger has no such document"
        assert told(client.get("/v1/documents/K-1")) == (404, "UNKNOWN_DOCUMENT")
    with service.asks(auditor) as client:
        page = client.get("/v1/reads", params={"about": "K-1"}).json()
        seen = [(one["name"], one["what"], one["things"]) for one in page["reads"]]
        template = "GET /v1/documents/{identifier}"
        assert (own.name, template, 1) in seen
        assert seen.count((rival.name, template, 0)) == 2
        for _ in range(3):
            client.get("/v1/documents")
        (bulk,) = [one for one in client.get("/v1/reads").json()["bulk"] if one["name"] == auditor.name]
        assert bulk["things"] > 5
        assert "BULK_READING" in client.get("/v1/node").json()["alarms"]
        head = client.get("/v1/reads/check").json()["mark"]
        assert client.get("/v1/reads/check", params={"head": head}).status_code == 200
        gone = client.get("/v1/reads/check", params={"head": "ab" * 32})
        assert told(gone) == (422, "READ_LOG_BROKEN")
    (alert,) = [
        json.loads(line) for line in Path(service.log).read_text().splitlines() if "bulk_reading" in line
    ]
    assert (alert["code"], alert["account"]) == ("BULK_READING", auditor.name)
    assert digest not in Path(service.log).read_text()


def test_a22_an_older_record_is_never_green_until_two_other_offices_attest_it(stage: Stage) -> None:
    content = extract("OLD-77")
    stage.desk.issue(IssueRequest(type="DECLARATION_EXTRACT", formation="PASSES-ON"), content)
    alone = stage.verdict(content)
    assert (alone.overall, alone.in_force, alone.state.reason) == (Overall.CANNOT_TELL, "legacy", "LEGACY")
    assert alone.state.sentence.endswith("not issued through the ledger; attested by nobody")

    def attest(by: str) -> ActView:
        return stage.desk.attest(alone.digest, AttestRequest(formation=by))

    itself = refused(lambda: attest("PASSES-ON"))
    assert (itself.code, itself.message) == (
        "ATTESTS_ITSELF",
        "the office that passed a record on does not attest it",
    )
    attest("ATTESTS-1")
    assert attest("ATTESTS-1").replayed  # saying it twice is saying it once
    one = stage.verdict(content)
    assert one.overall is Overall.CANNOT_TELL
    assert one.state.sentence.endswith("attested by ATTESTS-1, and one more office has to")
    second = str(attest("ATTESTS-2").about["digest"])
    both = stage.verdict(content)
    assert (both.overall, both.state.reason) == (Overall.AUTHENTIC, "RE_ATTESTED")
    assert both.state.sentence.endswith("and attested by ATTESTS-1 and ATTESTS-2")

    stage.desk.change_standing(
        second, StandingRequest(change="revoke", reason="issued-in-error", formation="ATTESTS-2")
    )
    assert stage.verdict(content).overall is Overall.CANNOT_TELL


def test_a23_an_office_whose_power_has_ended_issues_nothing_and_what_it_issued_in_time_stays(
    stage: Stage,
) -> None:
    governance.set_scope(stage.node, "ATTESTS-1", "FILE", ["issue"], valid_to=stage.now + 3600)
    in_time = stage.file("IN-TIME", by="ATTESTS-1")
    assert stage.verdict(in_time).overall is Overall.AUTHENTIC

    stage.pass_time(1)
    late = refused(lambda: stage.file("TOO-LATE", by="ATTESTS-1"))
    assert late.code == "FORMATIONS_OUT_OF_SCOPE"
    assert late.message
    old = stage.verdict(in_time)
    assert (old.overall, old.authority.answer) == (Overall.AUTHENTIC, Is.YES)
    assert "ATTESTS-1 had the power to issue it" in old.authority.sentence
