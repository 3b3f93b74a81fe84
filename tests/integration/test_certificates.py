"""A certificate from the office's printer to a squad's phone: by command and by service, with and without a network."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from PIL.Image import Image

from sanad_api.callers import Role
from sanad_node.demo.photographs import photograph_of_page
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, prepared, shared_service
from sanad_verifier.digests import parse_digest
from sanad_verifier.qr_image import read_image
from sanad_verifier.short_code import short_code

__all__ = ["prepared", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
VERIFY = Path(sys.executable).parent / "sanad-verify"
CHASSIS, ANOTHER = "NZE141-0000001", "NZE141-0000002"


def alone() -> Sequence[str]:
    """What starts a process without any network; nothing where this machine does not allow it."""
    namespace = ["unshare", "--map-root-user", "--net"]
    allowed = subprocess.run([*namespace, "true"], capture_output=True, check=False)
    return namespace if allowed.returncode == 0 else []


ALONE = alone()


def stranger(given: str | Path, trust: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """The verdict of a process that has nothing but the two files: no network, no database."""
    done = subprocess.run(
        [*ALONE, VERIFY, given, "--trust", trust, "--json", *more],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def picture(paper: Path) -> Image:
    """The first page, at 200 dots an inch."""
    drawn: Image = pypdfium2.PdfDocument(paper.read_bytes())[0].render(scale=200 / 72).to_pil()
    return drawn


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Office:
    folder = tmp_path_factory.mktemp("certificates")
    shutil.copytree(prepared.data, folder / "data")
    made = Office(folder / "data", folder)
    made.call("certificate", "K-1", "-o", "paper.pdf", code=0)
    made.call("certificate", "K-1", "--short", "-o", "short.pdf", code=0)
    made.call("trust", "-o", "trust.json", code=0)
    return made


@pytest.fixture
def paper(office: Office) -> Path:
    return office.folder / "paper.pdf"


@pytest.fixture
def trust(office: Office) -> Path:
    return office.folder / "trust.json"


def test_a_paper_is_verified_without_a_network_about_this_car_and_no_other(paper: Path, trust: Path) -> None:
    code, told = stranger(paper, trust, "--subject", CHASSIS)
    assert (code, told["verdict"], told["answers"]["intact"]["reason"]) == (0, "authentic", "FIELDS_PRINTED")
    assert {one["pointer"]: one["value"] for one in told["fields"]}["/receiptNumber"] == "K-1"
    code, told = stranger(paper, trust, "--subject", ANOTHER)
    assert (code, told["verdict"], told["answers"]["subject"]["reason"]) == (1, "refused", "SUBJECT_DIFFERS")


def test_the_process_that_verifies_can_reach_nothing() -> None:
    if not ALONE:
        pytest.skip("this machine allows no network namespaces")
    tried = [*ALONE, sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    assert "unreachable" in done.stderr


def test_a_photograph_of_the_paper_is_as_good_as_the_paper(paper: Path, trust: Path, tmp_path: Path) -> None:
    page = picture(paper)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(photograph_of_page(page, 7))
    assert stranger(photo, trust, "--subject", CHASSIS)[0] == 0
    assert stranger(photo, trust, "--subject", ANOTHER)[0] == 1


def test_the_text_of_a_code_is_taken_as_an_argument_or_a_file(
    paper: Path, trust: Path, tmp_path: Path
) -> None:
    (text,) = read_image(paper.read_bytes())
    (tmp_path / "scanned.txt").write_text(text + "\n")
    assert stranger(text, trust)[0] == stranger(tmp_path / "scanned.txt", trust)[0] == 0
    assert stranger(text[:-1], trust)[0] == 1


def test_a_paper_grows_old(paper: Path, trust: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    code, told = stranger(paper, trust, "--at", later)
    assert (code, told["verdict"]) == (2, "stale")


def test_the_short_form_is_of_use_only_to_who_has_the_ledger(office: Office, trust: Path) -> None:
    short = office.folder / "short.pdf"
    code, told = stranger(short, trust)
    assert (code, told["answers"]["authority"]["reason"]) == (2, "QR_SHORT_FORM")
    assert len(read_image(short.read_bytes())[0]) < len(
        read_image((office.folder / "paper.pdf").read_bytes())[0]
    )
    assert office.call("verify", "short.pdf", "--subject", CHASSIS, code=0).told["verdict"] == "authentic"
    assert office.call("verify", "short.pdf", "--subject", ANOTHER, code=1).told["verdict"] == "refused"


def test_the_short_code_finds_the_document_and_a_mistyped_one_says_so(office: Office) -> None:
    code = office.call("certificate", "K-1", "-o", "again.svg", code=0).told["code"]
    told = office.call("verify", code.lower(), code=2).told
    assert (told["verdict"], told["answers"]["authority"]["answer"]) == ("cannot-tell", "yes")
    wrong = ("0" if code[0] != "0" else "1") + code[1:]
    ran = office.run("verify", wrong)
    assert ran.code == 2
    assert "mistyped" in ran.err


def test_a_paper_of_what_was_withdrawn_is_refused_where_that_is_known(office: Office, trust: Path) -> None:
    office.issued("K-2")
    office.call("certificate", "K-2", "-o", "two.pdf", code=0)
    office.call("revoke", "K-2", "--reason", "fraud", code=0)
    assert stranger(office.folder / "two.pdf", trust)[0] == 0  # it was in force on the day of print
    assert office.call("verify", "two.pdf", code=1).told["state"] == "revoked"
    refused = office.call("certificate", "K-2", "-o", "three.pdf")
    assert refused.error == ("NOT_IN_FORCE", "ID")
    assert not (office.folder / "three.pdf").exists()


def test_a_file_s_certificate_proves_its_digest_and_needs_the_file(office: Office, trust: Path) -> None:
    office.call("certificate", "P-1", "-o", "file.pdf", code=0)
    code, told = stranger(office.folder / "file.pdf", trust)
    assert (code, told["answers"]["intact"]["reason"]) == (2, "DOCUMENT_NOT_GIVEN")
    content = office.folder / "content"
    content.write_bytes(b"another file")
    assert stranger(office.folder / "file.pdf", trust, "--document", str(content))[0] == 1


def test_documents_of_a_batch_have_certificates_that_stand_alone(office: Office, trust: Path) -> None:
    folder = office.folder / "many"
    folder.mkdir()
    for number in range(5):
        shutil.copy(office.receipt(f"B-{number}", f"NZE141-000010{number}"), folder / f"{number}.json")
    office.call("issue-batch", folder, "--type", "AUCTION_RECEIPT", "--as", "CELL", code=0)
    office.call("certificate", "B-3", "-o", "b3.pdf", code=0)
    assert stranger(office.folder / "b3.pdf", trust, "--subject", "NZE141-0000103")[0] == 0
    assert stranger(office.folder / "b3.pdf", trust, "--subject", "NZE141-0000104")[0] == 1


def test_a_picture_with_a_good_and_a_bad_code_is_bad(
    office: Office, paper: Path, trust: Path, tmp_path: Path
) -> None:
    office.issued("K-5")
    office.call("certificate", "K-5", "-o", "five.pdf", code=0)
    office.call("suspend", "K-5", "--reason", "under-inquiry", code=0)
    pages = [picture(paper), picture(office.folder / "five.pdf")]
    both = tmp_path / "both.png"
    wide = pages[0].resize((pages[0].width * 2, pages[0].height))
    for place, page in enumerate(pages):
        wide.paste(page, (place * page.width, 0))
    wide.save(both)
    ran = office.call("verify", both, code=1)
    assert (ran.told["verdict"], [one["verdict"] for one in ran.told["others"]]) == ("refused", ["authentic"])


@pytest.mark.parametrize("given", ["nothing.png", "empty.pdf"])
def test_a_picture_that_cannot_be_read_is_an_error_and_no_verdict(
    given: str, trust: Path, tmp_path: Path
) -> None:
    path = tmp_path / given
    path.write_bytes({"nothing.png": b"\x89PNG\r\n\x1a\n", "empty.pdf": b"%PDF-1.7\n"}[given])
    code, told = stranger(path, trust)
    assert (code, told["error"]["code"]) == (3, "IMAGE_INVALID")


# -- by the service -------------------------------------------------------------------------------------------------


def verdict(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.post("/v1/verify", **asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_office_fetches_the_certificate_and_anybody_verifies_it(shared_service: Running) -> None:
    people = shared_service.people
    assert people is not None
    with shared_service.asks(people.client(Role.ISSUER)) as issuer, shared_service.asks() as anybody:
        answer = issuer.get("/v1/documents/K-1/certificate.pdf")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        (text,) = read_image(answer.content)
        assert verdict(anybody, json={"code": text, "subject": CHASSIS})["verdict"] == "authentic"
        assert verdict(anybody, json={"code": text, "subject": ANOTHER})["verdict"] == "refused"
        told = verdict(anybody, files={"file": ("photo.pdf", answer.content)}, data={"subject": CHASSIS})
        assert (told["verdict"], told["answers"]["intact"]["reason"]) == ("authentic", "FIELDS_PRINTED")
        assert {one["pointer"] for one in told["fields"]} >= {"/receiptNumber", "/vehicle/chassisNumber"}
        drawing = issuer.get("/v1/documents/K-1/qr.svg", params={"short": "true"})
        assert drawing.text.startswith("<svg")
        assert verdict(anybody, json={"code": text[:-1]})["verdict"] == "refused"


def test_anybody_finds_a_document_by_its_short_code_but_a_mistyped_one_is_an_error(
    shared_service: Running,
) -> None:
    people = shared_service.people
    assert people is not None
    with shared_service.asks(people.client(Role.ISSUER)) as issuer, shared_service.asks() as anybody:
        digest = issuer.get("/v1/documents/K-1").json()["document"]["digest"]
        code = short_code(parse_digest(digest))
        assert verdict(anybody, json={"code": code})["digest"] == digest
        wrong = ("0" if code[0] != "0" else "1") + code[1:]
        refused = anybody.post("/v1/verify", json={"code": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "SHORT_CODE_INVALID")
        assert anybody.post("/v1/verify", json={"code": code, "digest": digest}).status_code == 400


def test_certificates_are_for_the_issuing_office_and_auditors(shared_service: Running) -> None:
    people = shared_service.people
    assert people is not None
    for who, status in (
        (people.client(Role.ISSUER), 200), (people.client(Role.AUDITOR), 200),
        (people.client(Role.ISSUER, "PORT"), 404),
        (people.client(Role.SQUAD), 403), (people.client(Role.PARTNER), 403), (None, 401),
    ):  # fmt: skip
        with shared_service.asks(who) as client:
            for name in ("certificate.pdf", "qr.svg"):
                assert client.get(f"/v1/documents/K-1/{name}").status_code == status, (who, name)
