"""Status lists from the node that publishes them to the device that uses them, and the mirror that checks them."""

import contextlib
import io
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sanad_api.accounts.operator import operator_token
from sanad_api.callers import Role
from sanad_api.publisher import Publisher, PublishSettingInvalid, Series
from sanad_node import issuing
from sanad_node.datadir import DataDirectory
from sanad_node.mirror.copying import copy
from sanad_node.mirror.own import OwnLog
from sanad_node.mirror.replaying import Replayed, replay
from sanad_node.mirror.sources import Folder
from sanad_node.node import Node
from sanad_node.status_lists import held, publishing
from sanad_node.status_lists.history import StatusListWrong
from sanad_node.status_lists.present import BatchLeavesMissing
from sanad_node.status_lists.publishing import DELTAS_AT_MOST, Wanted, ready_to_publish
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, prepared, running, service, shared_service
from sanad_testkit.waiting import until
from sanad_verifier.cli import main
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.entries import Kind
from sanad_verifier.status_lists.document import ListDocument, parse_list
from sanad_verifier.status_lists.state import ListState
from sanad_verifier.trust import Trust, parse_trust

__all__ = ["prepared", "service", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture
def office(tmp_path: Path, prepared: Prepared) -> Office:
    """An office with a batch of four receipts, two receipts by themselves, and a trust file."""
    shutil.copytree(prepared.data, tmp_path / "data")
    made = Office(tmp_path / "data", tmp_path)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(4):
        shutil.copy(made.receipt(f"B-{number}"), folder / f"{number}.json")
    made.call("issue-batch", folder, "--type", "AUCTION_RECEIPT", "--as", "CELL", code=0)
    made.issued("S-1")
    made.issued("S-2")
    made.call("trust", "-o", "trust.json", code=0)
    return made


def published(office: Office, *more: str, code: int = 0) -> Any:
    return office.call("status-list", "publish", "--as", "CELL", "--group", "CELL", *more, code=code).told


def verified(office: Office, given: str, *lists: Path) -> dict[str, Any]:
    """What `sanad-verify` says with these lists."""
    out, options = io.StringIO(), [part for path in lists for part in ("--status", str(path))]
    with contextlib.chdir(office.folder), contextlib.redirect_stdout(out):
        main([given, "--trust", "trust.json", "--json", *options])
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def taken(office: Office, folder: str = "lists") -> list[Path]:
    told = office.call("status-list", "get", "-o", folder, code=0).told
    return [office.folder / name for name in told["files"]]


def mirrored(office: Office) -> tuple[Path, Trust]:
    office.call("log", "mirror", "mirror", code=0)
    return office.folder / "mirror", parse_trust((office.folder / "trust.json").read_bytes())


def checked(office: Office) -> Replayed:
    mirror, trust = mirrored(office)
    return replay(Folder(mirror), trust)


# -- what a squad has of it -----------------------------------------------------------------------------------------


def test_old_bundles_meet_what_has_become_of_their_documents_since(office: Office) -> None:
    for number in ("S-1", "S-2", "B-0", "B-1"):
        office.call("bundle", number, "-o", f"{number}.sanad", code=0)
    first = published(office)
    assert first["number"] == "CELL/1"
    office.call("revoke", "S-1", "--reason", "fraud", code=0)
    office.call("suspend", "B-1", "--reason", "under-inquiry", code=0)
    second = published(office)
    lists = taken(office)
    assert [path.name for path in lists] == ["cell-cell-1.sanad", "cell-cell-2.sanad"]
    for number, before, after in (
        ("S-1", "ACTIVE", "REVOKED"),
        ("S-2", "ACTIVE", "ACTIVE"),
        ("B-0", "ACTIVE", "ACTIVE"),
        ("B-1", "ACTIVE", "SUSPENDED"),
    ):
        said = [
            verified(office, f"{number}.sanad", *given)["answers"]["state"]["reason"] for given in ((), lists)
        ]
        assert said == [before, after], number
    told = office.call("status-list", "list", "--group", "cell", code=0).told["publications"]
    assert [(one["kind"], one["digest"]) for one in told] == [
        ("list", first["digest"]),
        ("delta", second["digest"]),
    ]
    shown = office.call("status-list", "show", *lists, "--trust", "trust.json", code=0).told["lists"]
    assert [(one["sequence"], one["standings"]) for one in shown] == [(2, {"revoked": 1, "suspended": 1})]


def test_a_reinstated_document_is_in_force_again_in_the_next_delta(office: Office) -> None:
    office.call("bundle", "S-1", "-o", "S-1.sanad", code=0)
    office.call("suspend", "S-1", "--reason", "under-inquiry", code=0)
    published(office)
    assert verified(office, "S-1.sanad", *taken(office))["answers"]["state"]["reason"] == "SUSPENDED"
    office.call("reinstate", "S-1", "--reason", "inquiry-closed", code=0)
    published(office)
    assert verified(office, "S-1.sanad", *taken(office))["answers"]["state"]["reason"] == "ACTIVE"
    assert checked(office).lists[0].sequence == 2


def test_what_a_compromised_key_issued_from_then_on_is_suspect_and_what_it_issued_before_is_not(
    office: Office,
) -> None:
    for number in ("S-1", "S-2", "B-2"):
        office.call("bundle", number, "-o", f"{number}.sanad", code=0)
    with Node(office.data) as node:
        (key,) = node.reader.keys_of(node.reader.formation("CELL").number)
        log = node.reader.entries(0, node.reader.position().size)
    batch, first, last = [one.entry for one in log if one.entry.kind in {Kind.ISSUE, Kind.ISSUE_BATCH}][-3:]
    assert (batch.kind, first.kind, last.kind) == (Kind.ISSUE_BATCH, Kind.ISSUE, Kind.ISSUE)
    since = datetime.fromtimestamp(last.time, UTC).isoformat()
    office.call("formation", "rotate-key", "CELL", code=0)
    office.call("formation", "compromised", key.address.hex(), "--since", since, code=0)
    published(office)
    lists = taken(office)
    for number, entry in (("B-2", batch), ("S-1", first), ("S-2", last)):
        said = verified(office, f"{number}.sanad", *lists)["answers"]["state"]["reason"]
        assert said == ("SUSPECT" if entry.time >= last.time else "ACTIVE"), number
    assert verified(office, "S-2.sanad", *lists)["answers"]["state"]["reason"] == "SUSPECT"
    assert checked(office).lists[0].sequence == 1


# -- publishing -----------------------------------------------------------------------------------------------------


def test_a_list_comes_again_after_thirty_deltas_or_when_it_is_asked_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "DELTAS_AT_MOST", 2)
    assert DELTAS_AT_MOST == 30
    kinds = []
    with Node(office.data) as node:
        for whole in (False, False, False, False, True, False):
            ready = ready_to_publish(node, Wanted("CELL", "CELL", whole))
            issuing.issue(node, ready)
            kinds.append(isinstance(parse_list(node.vault.get(ready.digest)).told, ListState))
        assert kinds == [True, False, False, True, True, False]
        assert [one.document.sequence for one in held.needed(node)] == [5, 6]


def test_the_same_key_publishes_once_whatever_happened_since(office: Office) -> None:
    first = published(office, "--key", "monday")
    office.call("revoke", "S-1", "--reason", "fraud", code=0)
    again = published(office, "--key", "monday")
    assert (again["digest"], again["act"]) == (first["digest"], first["act"])
    assert published(office, "--key", "tuesday")["number"] == "CELL/2"


def test_a_list_whose_document_is_gone_is_not_shown_and_none_is_built_on_it(office: Office) -> None:
    digest = published(office)["digest"]
    office.call("status-list", "publish", "--as", "CELL", code=0)
    with Node(office.data) as node:
        node.vault.erase(Digest(bytes.fromhex(digest)))
        assert [one.document.group for one in held.needed(node)] == ["*"]
        with pytest.raises(held.StatusListMissing):
            ready_to_publish(node, Wanted("CELL", "CELL"))
        assert ready_to_publish(node, Wanted("*", "CELL")).number == "*/2"


def test_who_may_not_issue_status_lists_publishes_none(office: Office) -> None:
    refused = office.call("status-list", "publish", "--as", "PORT", "--group", "PORT", code=1)
    assert refused.error == ("FORMATIONS_OUT_OF_SCOPE", "--as")
    office.call("status-list", "publish", "--as", "CELL", "--group", "NOBODY", code=3)


def test_a_status_list_is_not_issued_by_hand(office: Office) -> None:
    published(office)
    (path,) = taken(office)
    sample = office.file("mine.json", b"{}")
    for command in (("issue", sample), ("issue-batch", office.folder / "many")):
        ran = office.call(*command, "--type", "STATUS_LIST", "--as", "CELL", code=3)
        assert "PUBLISHED_ONLY" in ran.out + ran.err
    assert path.exists()


def test_without_the_leaves_of_a_batch_nothing_is_published(office: Office) -> None:
    (batch,) = (office.data / "batches").iterdir()
    batch.rename(office.folder / "away")
    office.call("reindex", code=0)
    with Node(office.data) as node, pytest.raises(BatchLeavesMissing) as refused:
        ready_to_publish(node, Wanted("CELL", "CELL"))
    assert refused.value.field == batch.name


# -- what a mirror finds out ----------------------------------------------------------------------------------------


def test_a_mirror_says_how_far_the_lists_of_each_group_agree_with_the_log(office: Office) -> None:
    published(office)
    office.call("revoke", "B-3", "--reason", "fraud", code=0)
    published(office)
    office.call("status-list", "publish", "--as", "CELL", code=0)
    found = checked(office)
    assert [(one.publisher, one.group, one.sequence) for one in found.lists] == [
        ("CELL", "*", 1),
        ("CELL", "CELL", 2),
    ]
    told = office.call("log", "verify", "mirror", code=0).told
    assert [one["sequence"] for one in told["statusLists"]] == [1, 2]


def test_a_mirror_notices_a_list_that_is_hidden_or_exchanged_for_an_older_one(office: Office) -> None:
    published(office)
    office.call("revoke", "S-1", "--reason", "fraud", code=0)
    published(office)
    mirror, trust = mirrored(office)
    first, second = sorted(
        (mirror / "status-list").iterdir(), key=lambda path: b"previous" in path.read_bytes()
    )
    kept = second.read_bytes()
    for content in (None, first.read_bytes(), kept + b"\n", b""):
        second.unlink()
        if content is not None:
            second.write_bytes(content)
        with pytest.raises(StatusListWrong) as refused:
            replay(Folder(mirror), trust)
        assert refused.value.field == f"status-list/{second.name}"
        second.write_bytes(kept)
    assert replay(Folder(mirror), trust).lists


def lied(node: Node, **changes: Any) -> Digest:
    """Publish, as a node that lies: what comes next with these changes, in the log like any other list."""
    wanted = Wanted("CELL", "CELL", whole=True)
    document = replace(publishing._next(node, wanted), **changes)
    ready = issuing.ready_to_issue(
        node, document.encode(), doc_type="STATUS_LIST", formation="CELL", published=True
    )
    issuing.issue(node, ready)
    return ready.digest


Told = Callable[[ListDocument], dict[str, Any]]


def honest_and_empty(document: ListDocument) -> dict[str, Any]:
    """The same list with everything active."""
    state = ListState(document.size, bytes((document.size + 1) // 2), {})
    return {"told": state, "state": state.digest()}


LIES: dict[str, Told] = {
    "nothing was revoked": honest_and_empty,
    "a formation is left out": lambda one: {"formations": (*one.formations[1:], 99)},
    "the one before is taken back": lambda _: {"sequence": 1, "previous": None},
    "it follows on another": lambda _: {"previous": sha256(b"another")},
    "a number is left out": lambda one: {"sequence": one.sequence + 1},
    "it is of another log": lambda _: {"root": sha256(b"another")},
    "there is no such group": lambda _: {"group": "ELSEWHERE", "sequence": 1, "previous": None},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_list_in_the_log_that_lies_is_noticed_by_any_mirror(
    office: Office, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "must_be_new", lambda *_: None)  # our own node would not use a number twice
    published(office)
    office.call("revoke", "S-1", "--reason", "fraud", code=0)
    with Node(office.data) as node:
        truth = publishing._next(node, Wanted("CELL", "CELL", whole=True))
        digest = lied(node, **LIES[lie](truth))
    mirror, trust = mirrored(office)
    with pytest.raises(StatusListWrong) as refused:
        replay(Folder(mirror), trust)
    assert refused.value.field == f"status-list/{digest.hex()}"


def test_a_wrong_list_that_its_publisher_has_revoked_is_passed_over_and_the_next_is_whole(
    office: Office,
) -> None:
    published(office)
    office.call("revoke", "S-1", "--reason", "fraud", code=0)
    with Node(office.data) as node:
        wrong = lied(node, **honest_and_empty(publishing._next(node, Wanted("CELL", "CELL", whole=True))))
    office.call("revoke", wrong.hex(), "--reason", "issued-in-error", code=0)
    assert checked(office).lists == ()
    told = published(office)
    assert told["number"] == "CELL/3"
    assert checked(office).lists[0].sequence == 3


def test_a_mirror_is_brought_up_to_date_with_the_lists_published_since(office: Office) -> None:
    published(office)
    mirror, trust = mirrored(office)
    published(office)
    with Node(office.data) as node:
        copy(OwnLog(node), mirror, trust)
    assert len(list((mirror / "status-list").iterdir())) == 2


# -- over the service -----------------------------------------------------------------------------------------------


def test_the_service_publishes_lists_and_hands_out_their_bundles_to_squads(service: Running) -> None:
    people = service.people
    assert people is not None
    with (
        service.asks(people.client(Role.ISSUER)) as issuer,
        service.asks(people.client(Role.SQUAD)) as squad,
        service.asks() as anybody,
    ):
        answer = issuer.post(
            "/v1/status-lists", json={"group": "CELL"}, headers={"Idempotency-Key": "monday-list"}
        )
        assert answer.status_code == 202
        digest = answer.json()["digest"]
        issuer.get(f"/v1/acts/{answer.json()['act']}?wait=30").raise_for_status()
        again = issuer.post(
            "/v1/status-lists", json={"group": "CELL"}, headers={"Idempotency-Key": "monday-list"}
        )
        assert again.content == answer.content
        (only,) = squad.get("/v1/status-lists").json()["publications"]
        assert (only["digest"], only["kind"], only["publisher"]) == (digest, "list", "CELL")
        bundle = squad.get(f"/v1/documents/{digest}/bundle").content
        assert b"urn:sanad:STATUS_LIST:1" in bundle
        document = anybody.get(f"/status-list/{digest}").content
        assert sha256(document).hex() == digest
        assert anybody.get(f"/status-list/{'ab' * 32}").status_code == 404
        foreign = issuer.post(
            "/v1/status-lists",
            json={"group": "CELL", "as": "PORT"},
            headers={"Idempotency-Key": "another-list"},
        )
        assert foreign.status_code == 403


def asked_to_publish(*series: str) -> dict[str, str]:
    """Settings of a service that publishes by itself, once a week."""
    return {
        "SANAD_STATUS_LISTS__PUBLISH": ",".join(series),
        "SANAD_STATUS_LISTS__EVERY_SECONDS": "604800",
    }


def test_a_service_publishes_what_its_settings_name_once_in_each_period_however_often_it_starts(
    office: Office,
) -> None:
    for _ in range(2):
        with running(office.data, environment=asked_to_publish("cell cell", "CELL *")):
            until(lambda: len(office.call("status-list", "list", code=0).told["publications"]) == 2)
    told = office.call("status-list", "list", code=0).told["publications"]
    assert sorted((one["group"], one["sequence"]) for one in told) == [("*", 1), ("CELL", 1)]
    assert {one.sequence for one in checked(office).lists} == {1}


def test_what_cannot_be_published_is_counted_and_tried_again(office: Office) -> None:
    with running(office.data, environment=asked_to_publish("NOBODY NOBODY", "CELL CELL")) as service:
        until(lambda: "sanad_status_lists_failing 1.0" in metrics_of(service))
        until(lambda: len(office.call("status-list", "list", code=0).told["publications"]) == 1)


def metrics_of(service: Running) -> str:
    token = operator_token(DataDirectory.at(service.data))
    with service.asks() as client:
        return client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).text


@pytest.mark.parametrize("text", ["", "CELL", "CELL ", "CELL KAPE KAPW"])
def test_a_setting_that_names_no_series_is_refused(text: str) -> None:
    with pytest.raises(PublishSettingInvalid):
        Series.parse(text)
    assert Series.parse(" cell  * ") == Series("CELL", "*")


def test_a_publisher_does_the_next_period_and_not_one_twice(office: Office) -> None:
    clock = FakeClock()
    with Node(office.data, clock=clock) as node:
        publisher = Publisher(node, ["CELL CELL"], 3600)
        for hour in (0, 0, 1, 1, 3):
            clock.hours = hour
            publisher.look()
        assert [one.document.sequence for one in held.needed(node)] == [1, 2, 3]
        assert publisher.failing == 0


class FakeClock:
    """Now, and some hours more."""

    hours = 0

    def __init__(self) -> None:
        self.start = time.time()

    def __call__(self) -> float:
        return self.start + 3600 * self.hours
