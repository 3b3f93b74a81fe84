"""The vault on real IPFS nodes: two of them, that exchange blobs over loopback; and nodes that are absent or hang."""

import io
import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sanad_api.accounts.operator import operator_token
from sanad_node.datadir import DataDirectory
from sanad_node.ipfs.errors import IpfsTimeout
from sanad_node.ipfs.settings import holders
from sanad_node.ipfs.transport import client
from sanad_node.node import Node
from sanad_testkit import ipfs_cases
from sanad_testkit.faulty_ipfs import faulty_node
from sanad_testkit.ipfs_node import RealNode, real_node
from sanad_testkit.office import Office, office, open_office  # noqa: F401 - a fixture
from sanad_testkit.twins import served
from sanad_verifier.digests import Digest

pytestmark = [pytest.mark.engine, pytest.mark.slow]
WITHIN = 60
SCRIPT = Path(__file__).parents[2] / "scripts" / "accept_ipfs.py"


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealNode, RealNode]]:
    folder = tmp_path_factory.mktemp("ipfs")
    with real_node(folder / "ours") as ours, real_node(folder / "theirs") as theirs:
        theirs.join(ours)
        yield ours, theirs


def set_up(one: Office, own: str, *members: str, **more: object) -> None:
    """Name IPFS nodes in the settings of an office."""
    lines = [f"rpc = {json.dumps(own)}", f"members = {json.dumps(members)}"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in more.items()]
    (one.data / "service.toml").write_text("[ipfs]\n" + "\n".join(lines) + "\n")


def digest_of(one: Office, number: str) -> str:
    return str(one.call("verify", one.folder / f"{number}.json", code=0).told["digest"])


def lose_blobs(one: Office) -> None:
    lost = list((one.data / "vault").rglob("*.blob"))
    assert lost
    for path in lost:
        path.unlink()


def pins(one: Office, identifier: str) -> dict[str, str]:
    told = one.call("vault", "status", identifier, code=0).told
    return {pin["holder"]: pin["state"] for pin in told["pins"]}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_blob_put_into_one_node_is_pinned_and_read_at_another(peers: tuple[RealNode, RealNode]) -> None:
    ours, theirs = (one.client() for one in peers)
    content = ipfs_cases.content(3 * ipfs_cases.MIB + 77)
    cid = ours.add(content)
    assert not theirs.is_pinned(cid)
    theirs.pin(cid)
    assert theirs.is_pinned(cid)
    assert theirs.read(cid, len(content)) == content
    theirs.unpin(cid)
    theirs.unpin(cid)
    assert not theirs.is_pinned(cid)
    assert ours.is_pinned(cid)


def test_the_acceptance_script_finds_that_a_real_node_gives_every_cid_of_the_vectors_and_accepts_no_other(
    peers: tuple[RealNode, RealNode],
) -> None:
    def accept(url: str) -> subprocess.CompletedProcess[str]:
        asked = [sys.executable, str(SCRIPT), url]
        return subprocess.run(asked, capture_output=True, text=True, timeout=300, check=False)

    told = accept(peers[0].url)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.splitlines()[-1] == "accepted"
    added = [line.split() for line in told.stdout.splitlines() if " add " in line]
    assert {(line[2], line[5]) for line in added if line[0] == "ok"} == {
        (str(size), cid) for size, cid in ipfs_cases.given().items()
    }
    assert not peers[0].client().is_pinned(ipfs_cases.given()[1182])
    with faulty_node("lying") as url:
        assert accept(url).returncode == 1
    assert accept("http://ipfs.example:5001").returncode == 3


def test_a_blob_that_nobody_has_is_looked_for_until_the_time_is_over(
    peers: tuple[RealNode, RealNode],
) -> None:
    nowhere = ipfs_cases.slowly(b"nobody has this")
    with pytest.raises(IpfsTimeout):
        peers[0].client(call_seconds=1).read(nowhere, 15)


def test_a_blob_that_is_a_part_of_another_pinned_one_is_let_go_by_itself(
    peers: tuple[RealNode, RealNode],
) -> None:
    node = peers[0].client()
    part, whole = (node.add(ipfs_cases.content(size)) for size in (ipfs_cases.MIB, 2 * ipfs_cases.MIB))
    node.unpin(part)
    node.unpin(part)
    assert not node.is_pinned(part)
    assert node.is_pinned(whole)


def test_another_chunk_size_would_give_another_cid(peers: tuple[RealNode, RealNode]) -> None:
    """So the parameters are sent with every call, and what a node is set up for does not matter."""
    content = ipfs_cases.content(2 * ipfs_cases.MIB)
    settings = peers[0].settings()
    with client(holders(settings, Path("/nowhere"))[0], settings) as node:
        told = node.add(io.BytesIO(content), cid_version=1, raw_leaves=True, opts={"cid-base": "base32"})
    assert told["Hash"] != ipfs_cases.given()[2 * ipfs_cases.MIB]


def test_a_document_is_pinned_lost_healed_and_erased(
    office: Office,  # noqa: F811
    peers: tuple[RealNode, RealNode],
) -> None:
    ours, theirs = peers
    set_up(office, ours.url, f"lk {theirs.url}")
    path = office.issued("V-1")
    digest = digest_of(office, "V-1")
    assert office.call("vault", "status", digest, code=0).told["here"] == "held"
    assert pins(office, digest) == {}

    office.call("vault", "pin", code=0)
    assert pins(office, "V-1") == {"here": "pinned", "lk": "pinned"}
    told = office.call("vault", "status", "V-1", code=0).told
    cid, length = told["cid"], told["length"]
    blob = theirs.client().read(cid, length)
    assert b"NZE141" not in blob
    assert b"NZE141" in path.read_bytes()
    words = office.call("vault", "status", "V-1", words=True).out
    assert "held here" in words
    assert "pinned by here" in words
    assert "pinned by lk" in words

    office.call("vault", "scrub", code=0)
    lose_blobs(office)
    assert office.call("vault", "status", digest, code=0).told["here"] == "damaged"
    found = office.call("vault", "scrub", code=1).told["problems"]
    assert {one["code"] for one in found} == {"VAULT_CORRUPT"}
    assert digest in {one["digest"] for one in found}
    healed = office.call("vault", "scrub", "--heal", code=0).told["problems"]
    assert {one["outcome"] for one in healed} == {"healed"}
    office.call("vault", "scrub", code=0)
    with Node(office.data) as node:
        assert node.vault.get(Digest(bytes.fromhex(digest))) == path.read_bytes()

    ran = office.call("vault", "erase", digest, "--reason", "order of the court", code=3)
    assert ran.error == ("ERASURE_UNCONFIRMED", "--yes")
    done = office.call("vault", "erase", digest, "--reason", "order of the court", "--yes", code=0).told
    assert (done["digest"], done["reason"]) == (digest, "order of the court")
    assert done["erasedAt"] >= done["askedAt"] > 0
    assert pins(office, digest) == {"here": "leaving", "lk": "leaving"}
    office.call("vault", "pin", code=0)
    assert pins(office, digest) == {"here": "gone", "lk": "gone"}
    assert not ours.client().is_pinned(cid)
    assert not theirs.client().is_pinned(cid)
    assert office.call("vault", "fetch", digest, code=3).error[0] == "VAULT_ERASED"
    assert office.call("vault", "status", digest, code=0).told["erasure"]["reason"] == "order of the court"
    office.call("vault", "scrub", code=0)
    office.call("verify", path, code=0)  # the ledger knows the paper that somebody still has


def test_a_member_fetches_what_it_was_granted_and_nobody_else_can(
    office: Office,  # noqa: F811
    peers: tuple[RealNode, RealNode],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    ours, theirs = peers
    set_up(office, ours.url)
    member, stranger = (_other_office(tmp_path / name, tmp_path_factory) for name in ("member", "stranger"))
    for one in (member, stranger):
        set_up(one, theirs.url)
    path = office.issued("G-1")
    digest = digest_of(office, "G-1")
    address = member.call("vault", "status", code=0).told["address"]

    office.call("vault", "grant", digest, "--to", address, "-o", "g.grant", code=0)
    office.call("vault", "pin", code=0)
    grant = office.folder / "g.grant"
    assert member.call("vault", "status", digest, code=0).told["here"] == "missing"
    assert stranger.call("vault", "fetch", "--grant", grant, code=1).error[0] == "VAULT_GRANT_INVALID"
    assert member.call("vault", "fetch", "--grant", grant, code=0).told == {
        "digest": digest,
        "outcome": "taken",
    }
    assert member.call("vault", "status", digest, code=0).told["here"] == "held"
    with Node(member.data) as node:
        assert node.vault.get(Digest(bytes.fromhex(digest))) == path.read_bytes()
    member.call("vault", "fetch", "--grant", grant, code=0)  # again


def _other_office(place: Path, factory: pytest.TempPathFactory) -> Office:
    """An office with a vault of its own."""
    place.mkdir()
    made = open_office(place, factory)
    shutil.rmtree(made.data / "vault")
    (made.data / "vault").mkdir(mode=0o700)
    made_of = DataDirectory.at(made.data)
    made_of.write_secret("vault", secrets.token_bytes(32))
    return made


def test_a_fetch_that_fails_says_why_and_changes_nothing(office: Office) -> None:  # noqa: F811
    office.issued("F-1")
    digest = digest_of(office, "F-1")
    assert office.call("vault", "fetch", digest, code=0).told["outcome"] == "held"
    assert office.call("vault", "pin", code=3).error == ("IPFS_NOT_SET_UP", "ipfs.rpc")
    assert office.call("vault", "fetch", code=3).error == ("USAGE", "ID")
    assert office.call("vault", "fetch", "--grant", "F-1.json", code=1).error[0] == "VAULT_GRANT_INVALID"
    refused = office.call("vault", "grant", "F-1", "--to", "x", "-o", "g", code=3)
    assert refused.error == ("VAULT_ADDRESS_INVALID", "--to")
    nobody = office.call("vault", "erase", "no-such", "--reason", "r", "--yes", code=3)
    assert nobody.error[0] == "UNKNOWN_DOCUMENT"
    never = office.call("vault", "erase", "ab" * 32, "--reason", "r", "--yes", code=3)
    assert never.error[0] == "VAULT_MISSING"
    lose_blobs(office)
    assert office.call("vault", "fetch", digest, code=3).error[0] == "IPFS_NOT_SET_UP"
    with faulty_node("closing") as gone:
        pass
    set_up(office, gone)
    assert office.call("vault", "fetch", digest, code=3).error[0] == "IPFS_NEVER_QUEUED"


def test_a_queued_document_whose_node_is_gone_cannot_be_told(office: Office) -> None:  # noqa: F811
    with faulty_node("closing") as gone:
        pass
    set_up(office, gone)
    office.issued("Q-1")
    digest = digest_of(office, "Q-1")
    told = office.call("vault", "pin", code=2).told
    assert told["holders"][0]["code"] == "IPFS_UNREACHABLE"
    lose_blobs(office)
    assert office.call("vault", "fetch", digest, code=2).error[0] == "IPFS_UNREACHABLE"
    healed = office.call("vault", "scrub", "--heal", code=1).told["problems"]
    assert "IPFS_UNREACHABLE" in {one["outcome"] for one in healed}


def test_a_service_pins_by_itself_and_its_health_is_its_own(
    office: Office,  # noqa: F811
    peers: tuple[RealNode, RealNode],
) -> None:
    ours, theirs = peers
    with faulty_node("silent") as hanging:
        set_up(office, ours.url, f"lk {theirs.url}", f"ae {hanging}", read_seconds=60, call_seconds=60)
        with served(office) as url:
            began = time.monotonic()
            office.issued("S-1")
            assert time.monotonic() - began < WITHIN
            digest = digest_of(office, "S-1")
            until(lambda: pins(office, digest).get("lk") == "pinned")
            assert pins(office, digest) == {"here": "pinned", "lk": "pinned", "ae": "waiting"}
            for path in ("/healthz", "/readyz"):
                assert httpx.get(url + path).status_code == 200
            metrics = _metrics(office, url)
            assert metrics["sanad_vault_pins_waiting"] >= 1
            assert metrics["sanad_vault_pins_oldest_seconds"] >= 0
            office.call("vault", "erase", digest, "--reason", "kept by mistake", "--yes", code=0)
            until(lambda: pins(office, digest).get("lk") == "gone")
            assert httpx.get(f"{url}/v1/documents/{digest}/kept").status_code == 401


def test_a_service_whose_only_node_is_absent_issues_as_ever_and_counts_its_failures(office: Office) -> None:  # noqa: F811
    with faulty_node("closing") as gone:
        pass
    set_up(office, gone)
    with served(office) as url:
        office.issued("A-1")
        digest = digest_of(office, "A-1")
        until(
            lambda: (
                _metrics(office, url).get('sanad_vault_pin_failures_total{code="IPFS_UNREACHABLE"}', 0) > 0
            )
        )
        assert pins(office, digest) == {"here": "waiting"}
        metrics = _metrics(office, url)
        assert metrics["sanad_vault_holders_failing"] == 1
        assert metrics["sanad_vault_pins_waiting"] > 0
        assert httpx.get(url + "/readyz").status_code == 200
        ran = office.call("vault", "pin", code=2)
        assert ran.told["holders"][0]["code"] == "IPFS_UNREACHABLE"


def _metrics(one: Office, url: str) -> dict[str, float]:
    token = operator_token(DataDirectory.at(one.data))
    told = httpx.get(url + "/metrics", headers={"Authorization": f"Bearer {token}"}).text
    lines = [line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}
