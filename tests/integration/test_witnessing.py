"""One administration's node cosigns another's log, over HTTP, both of them real; a log with two faces is found out."""

import base64
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from sanad_api.accounts.operator import operator_token
from sanad_node.datadir import DataDirectory
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, prepared, running
from sanad_testkit.waiting import until
from sanad_verifier.checkpoints import verify_checkpoint
from sanad_verifier.cli import main as sanad_verify
from sanad_verifier.digests import Digest
from sanad_verifier.examine import examine_bundle
from sanad_verifier.notes import parse_note
from sanad_verifier.trust import Trust, parse_trust
from sanad_verifier.verdict import Overall
from sanad_verifier.witnessing import AddCheckpoint

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
MEMBER = "5b38da6a701c568545dcfcb03fcb875f56beddc4"


@dataclass(frozen=True, slots=True)
class Pair:
    """A log with an office that acts, and the service of another network that witnesses it."""

    office: Office
    witness: Running
    trust: Trust

    def fork(self, folder: Path) -> Office:
        """A copy of the log's node, as somebody has it who leads two."""
        shutil.copytree(self.office.data, folder / "fork")
        return Office(folder / "fork", folder)

    def statuses(self, *bodies: bytes) -> list[int]:
        """How the witness answers these requests."""
        with self.witness.asks() as http:
            return [http.post("/add-checkpoint", content=body).status_code for body in bodies]


@pytest.fixture
def pair(tmp_path: Path, prepared: Prepared) -> Iterator[Pair]:
    shutil.copytree(prepared.data, tmp_path / "data")
    office = Office(tmp_path / "data", tmp_path)
    partner = Office(tmp_path / "partner", tmp_path)
    partner.call("node", "init", "--name", "partner", code=0)
    key = _trust(partner).cosigners[0].public.hex()
    office.call("member", "propose", "add", MEMBER, "--cosigning-key", key, code=0)
    trust = _trust(office)
    logs = {"SANAD_WITNESS__LOGS": f"{trust.log_keys[0].encode()} {trust.cosigners[1].name}"}
    with running(partner.data, environment=logs) as witness:
        yield Pair(office, witness, trust)


def _trust(office: Office) -> Trust:
    file = office.folder / f"{office.data.name}-trust.json"
    office.call("trust", "-o", file, code=0)
    return parse_trust(file.read_bytes())


def _names(trust: Trust, note: str, quorum: int) -> set[str]:
    found = verify_checkpoint(note.encode(), trust.origin, trust.log_keys, trust.cosigners, quorum)
    return set(found.cosigners)


def _of_the_log(trust: Trust, note: str) -> bytes:
    """A checkpoint with the log's own signature alone."""
    whole = parse_note(note.encode())
    own = whole.by(trust.log_keys[0])
    assert own is not None
    return replace(whole, signatures=(own,)).encode()


def test_a_cosigned_checkpoint_satisfies_a_quorum_of_two_and_goes_into_bundles(pair: Pair) -> None:
    both = {key.name for key in pair.trust.cosigners}
    alone = pair.office.call("log", "checkpoint", code=0).told["note"]
    assert _names(pair.trust, alone, 1) < both
    told = pair.office.call("log", "cosign", pair.witness.url, code=0).told
    assert _names(pair.trust, told["note"], 2) == both
    assert [(one["name"], one["code"]) for one in told["witnesses"]] == [(pair.trust.cosigners[1].name, "")]
    bundle = pair.office.folder / "p-1.sanad"
    pair.office.call("bundle", "P-1", "-o", bundle, code=0)
    report = examine_bundle(bundle.read_bytes(), replace(pair.trust, quorum=2), told["witnesses"][0]["time"])
    assert report.overall is Overall.AUTHENTIC


def test_a_log_is_cosigned_again_as_it_grows_and_through_a_service_that_runs_on_it(pair: Pair) -> None:
    first = pair.office.call("log", "cosign", pair.witness.url, code=0).told
    pair.office.issued("later-1")
    with running(pair.office.data):
        second = pair.office.call("log", "cosign", pair.witness.url, code=0).told
    assert second["size"] == first["size"] + 1
    assert len(_names(pair.trust, second["note"], 2)) == 2


def test_a_node_that_was_put_back_is_told_that_the_witness_knows_more(pair: Pair, tmp_path: Path) -> None:
    before = pair.fork(tmp_path)
    pair.office.issued("later-1")
    pair.office.call("log", "cosign", pair.witness.url, code=0)
    told = before.call("log", "cosign", pair.witness.url, code=1).told
    assert [one["code"] for one in told["witnesses"]] == ["WITNESS_DISAGREES"]
    assert len(_names(pair.trust, told["note"], 1)) == 1


def test_a_log_with_two_faces_is_found_out_and_the_proof_convinces_a_stranger(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = pair.fork(tmp_path)
    pair.office.issued("one-face")
    other.issued("other-face")
    pair.office.call("log", "cosign", pair.witness.url, code=0)
    told = other.call("log", "cosign", pair.witness.url, code=1).told
    assert [one["code"] for one in told["witnesses"]] == ["WITNESS_DISAGREES"]
    (lie,) = _as_operator(pair.witness, "/v1/node/equivocations").json()["equivocations"]
    proof = tmp_path / "proof.json"
    proof.write_text(lie["proof"], "utf-8")
    trust = pair.office.folder / "data-trust.json"
    assert sanad_verify(["equivocation", str(proof), "--trust", str(trust), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["size"] == told["size"] == lie["size"]
    partner = pair.office.folder / "partner-trust.json"
    assert sanad_verify(["equivocation", str(proof), "--trust", str(partner)]) == 1
    witness = Office(pair.witness.data, tmp_path)
    shown = witness.call("log", "equivocations", "-o", "proofs", code=1).told
    assert [Path(tmp_path / name).read_text("utf-8") for name in shown["files"]] == [lie["proof"]]
    assert (
        pair.office.call("log", "equivocations", "-o", tmp_path / "none", code=0).told["equivocations"] == []
    )
    assert not (tmp_path / "none").exists()
    assert "sanad_equivocations 1.0" in _as_operator(pair.witness, "/metrics").text
    with pair.witness.asks() as http:
        ready = http.get("/readyz")
    assert (ready.status_code, ready.json()["alarms"]) == (
        200,
        ["EQUIVOCATION"],
    )  # it works, and somebody lied
    assert _as_operator(pair.witness, "/v1/node").json()["alarms"] == ["EQUIVOCATION"]
    assert "ALARM EQUIVOCATION" in witness.call("engine", "status", words=True, code=0).out
    assert "equivocation" in pair.witness.log.read_text("utf-8")
    pair.office.issued("goes-on")
    pair.office.call("log", "cosign", pair.witness.url, code=0)


def _as_operator(service: Running, path: str) -> httpx.Response:
    token = operator_token(DataDirectory.at(service.data))
    with httpx.Client(
        base_url=service.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as http:
        answer = http.get(path)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_witness_that_is_killed_after_its_answer_remembers_it(pair: Pair) -> None:
    pair.office.call("log", "cosign", pair.witness.url, code=0)
    pair.witness.kill()
    told = pair.office.call("log", "cosign", pair.witness.url, code=2).told
    assert [one["code"] for one in told["witnesses"]] == ["WITNESS_UNREACHABLE"]
    assert len(_names(pair.trust, told["note"], 2)) == 2  # what it gave before is kept
    pair.witness.start()
    with pair.witness.asks() as http:
        body = AddCheckpoint(0, (), _of_the_log(pair.trust, told["note"])).encode()
        again = http.post("/add-checkpoint", content=body)
    assert (again.status_code, again.text) == (409, f"{told['size']}\n")
    assert again.headers["Content-Type"].startswith("text/x.tlog.size")
    pair.office.call("log", "cosign", pair.witness.url, code=0)


def test_a_service_asks_its_witnesses_by_itself_and_tells_when_one_is_silent_or_contradicts(
    pair: Pair, tmp_path: Path
) -> None:
    fork = pair.fork(tmp_path)
    asking = {"SANAD_WITNESS__ASK": pair.witness.url, "SANAD_WITNESS__ASK_EVERY_SECONDS": "1"}
    both = {key.name for key in pair.trust.cosigners}
    with running(pair.office.data, environment=asking) as service:
        pair.office.issued("while-served")

        def cosigned() -> bool:
            with service.asks() as http:
                note = http.get("/checkpoint").text
            return _names(pair.trust, note, 1) == both

        until(cosigned)
        assert "sanad_witnesses_failing 0.0" in _as_operator(service, "/metrics").text
        port = int(pair.witness.url.rpartition(":")[2])
        pair.witness.kill()
        until(lambda: "sanad_witnesses_failing 1.0" in _as_operator(service, "/metrics").text)
        pair.witness.port = port
        pair.witness.start()
        until(lambda: "sanad_witnesses_failing 0.0" in _as_operator(service, "/metrics").text)
    with running(fork.data, environment=asking) as service:
        until(lambda: "sanad_witnesses_disagreeing 1.0" in _as_operator(service, "/metrics").text)


def test_the_statuses_are_those_of_the_protocol(pair: Pair) -> None:
    note = _of_the_log(pair.trust, pair.office.call("log", "checkpoint", code=0).told["note"])
    good = AddCheckpoint(0, (), note)
    size = note.split(b"\n")[1]
    signature = base64.b64encode(bytes(68)).decode()
    unsigned = note.partition(b"\n\n")[0] + f"\n\n— {pair.trust.origin} {signature}\n".encode()
    bodies = (
        b"old x\n\n" + note,
        replace(good, old=int(size) + 1).encode(),
        good.encode().replace(pair.trust.origin.encode(), b"another.example/log", 1),
        replace(good, checkpoint=unsigned).encode(),
        replace(good, old=1).encode(),
        replace(good, path=(Digest(bytes(32)),)).encode(),
        good.encode(),
        replace(good, old=int(size)).encode(),
    )
    assert pair.statuses(*bodies) == [400, 400, 404, 403, 409, 422, 200, 200]


def test_who_does_not_witness_a_log_refuses_it(pair: Pair) -> None:
    """The log's own service witnesses nobody."""
    with running(pair.office.data) as service:
        told = pair.office.call("log", "cosign", service.url, code=2).told
    assert [one["code"] for one in told["witnesses"]] == ["WITNESS_REFUSED"]
    refused = pair.office.call("log", "cosign", "http://witness.example", code=3)
    assert refused.error[0] == "SERVICE_ADDRESS_INVALID"
