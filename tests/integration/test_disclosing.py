"""Fields of an issued document, shown by its office to a stranger with the trust file, with and without a service."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sanad_api.callers import Role
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, prepared, shared_service
from sanad_verifier.bundle import unpack

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
VERIFY = Path(sys.executable).parent / "sanad-verify"
CHASSIS, ENGINE = "/vehicle/chassisNumber", "/vehicle/engineNumber"


def stranger(bundle: Path, trust: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """The verdict of a process that has nothing but the two files."""
    done = subprocess.run(
        [VERIFY, bundle, "--trust", trust, "--json", *more], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Office:
    folder = tmp_path_factory.mktemp("disclosing")
    shutil.copytree(prepared.data, folder / "data")
    made = Office(folder / "data", folder)
    made.call("trust", "-o", "trust.json", code=0)
    return made


def test_a_stranger_sees_the_fields_shown_and_nothing_else(office: Office) -> None:
    office.call("disclose", "K-1", "--fields", CHASSIS, "-o", "shown.sanad", code=0)
    shown, trust = office.folder / "shown.sanad", office.folder / "trust.json"
    code, told = stranger(shown, trust)
    assert (code, told["verdict"], told["answers"]["intact"]["reason"]) == (0, "authentic", "FIELDS_SHOWN")
    ((pointer, chassis),) = [(one["pointer"], one["value"]) for one in told["fields"]]
    assert pointer == CHASSIS
    assert stranger(shown, trust, "--subject", chassis)[0] == 0
    assert (
        stranger(shown, trust, "--subject", "OTHER-1")[0] == 2
    )  # it may be the engine's, which is not shown
    office.call("disclose", "K-1", "--fields", CHASSIS, "--fields", ENGINE, "-o", "both.sanad", code=0)
    assert stranger(office.folder / "both.sanad", trust, "--subject", "OTHER-1")[0] == 1
    whole = json.loads(office.receipt("K-1").read_text())
    hidden = [value for value in whole["vehicle"].values() if isinstance(value, str) and value != chassis]
    assert hidden
    assert not any(value.encode() in shown.read_bytes() for value in hidden)


def test_what_cannot_be_shown_is_refused_and_leaves_no_file(office: Office) -> None:
    for arguments, code, field in (
        (["K-1", "--fields", "/nothing"], "FIELD_UNKNOWN", "/fields/0"),
        (["K-1", "--fields", "vehicle"], "USAGE", "--fields"),
        (["P-1", "--fields", "/x"], "FIELDS_HIDDEN", "ID"),
        (["K-9", "--fields", "/x"], "UNKNOWN_DOCUMENT", "ID"),
    ):
        refused = office.call("disclose", *arguments, "-o", "none.sanad")
        assert refused.code == 3
        assert refused.error == (code, field)
        assert not (office.folder / "none.sanad").exists()


def test_the_service_shows_fields_to_the_issuing_office_and_auditors_only(shared_service: Running) -> None:
    people = shared_service.people
    assert people is not None
    asked = {"fields": [CHASSIS]}
    for who, status in (
        (people.client(Role.ISSUER), 200), (people.client(Role.AUDITOR), 200),
        (people.client(Role.ISSUER, "PORT"), 404),
        (people.client(Role.SQUAD), 403), (people.client(Role.PARTNER), 403), (None, 401),
    ):  # fmt: skip
        with shared_service.asks(who) as client:
            answer = client.post("/v1/documents/K-1/presentation", json=asked)
            assert answer.status_code == status, (who, answer.text)
            if status == 200:
                assert unpack(answer.content).fields
    with shared_service.asks(people.client(Role.ISSUER)) as client:
        wrong: dict[str, Any]
        for wrong in ({"fields": []}, {"fields": ["x"]}, {"fields": [CHASSIS], "more": 1}, {}):
            assert client.post("/v1/documents/K-1/presentation", json=wrong).status_code == 400
