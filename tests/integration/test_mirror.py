"""A mirror of a real node: copied, carried on, checked by a stranger; what is wrong with it is named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from sanad_node.mirror import sources
from sanad_node.mirror.copying import MirrorOlder, copy
from sanad_node.mirror.extending import LogForked
from sanad_node.mirror.own import OwnLog, tile_of
from sanad_node.mirror.replaying import Replayed, must_agree, replay
from sanad_node.mirror.sources import TRIES, Folder, MirrorUnreachable, opened
from sanad_node.node import Node
from sanad_node.reindexing import ProjectionsDiffer
from sanad_testkit.office import Office
from sanad_testkit.service import Prepared, Running, prepared, service, shared_service
from sanad_verifier.digests import sha256
from sanad_verifier.errors import EvidenceError
from sanad_verifier.notes import NoteUntrusted
from sanad_verifier.tiles import MirrorInvalid, tiles_of
from sanad_verifier.trust import Trust, parse_trust

__all__ = ["prepared", "service", "shared_service"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
Made = tuple[Office, Path, Trust]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Made:
    """An office with a batch on its log, a mirror of it, and its trust file."""
    folder = tmp_path_factory.mktemp("mirrored")
    shutil.copytree(prepared.data, folder / "data")
    office = Office(folder / "data", folder)
    papers = folder / "papers"
    papers.mkdir()
    for number in range(300):
        (papers / f"{number}.txt").write_text(f"paper {number}")
    office.call("issue-batch", papers, "--type", "FILE", "--as", "PORT", code=0)
    assert office.call("log", "mirror", folder / "mirror", code=0).told["files"] == 3
    office.call("trust", "-o", folder / "trust.json", code=0)
    return office, folder / "mirror", parse_trust((folder / "trust.json").read_bytes())


def test_a_stranger_with_the_trust_file_finds_the_log_that_the_node_has(made: Made) -> None:
    office, mirror, trust = made
    alone = office.call("log", "verify", mirror, "--trust", mirror.parent / "trust.json", code=0).told
    beside = office.call("log", "verify", mirror, code=0).told
    assert (alone["compared"], beside["compared"]) == (False, True)
    assert alone["root"] == beside["root"]
    with Node(office.data) as node:
        found = replay(Folder(mirror), trust)
        assert (found.size, found.root.hex()) == (node.reader.position().size, alone["root"])
        assert must_agree(found, node)
        assert copy(OwnLog(node), mirror, trust).files == 0


def test_a_mirror_is_carried_on_and_holds_no_part_that_its_checkpoint_does_not_name(
    made: Made, tmp_path: Path
) -> None:
    office, mirror, trust = made
    later = tmp_path / "mirror"
    shutil.copytree(mirror, later)
    before = replay(Folder(later), trust).size
    with Node(office.data) as node:
        assert node.reader.position().size == before
    office.issued("later-1")
    office.call("log", "mirror", later, code=0)
    found = replay(Folder(later), trust)
    assert found.size == before + 1
    named = {tile.path for tile in tiles_of(found.size)}
    assert {str(path.relative_to(later)) for path in (later / "tile").rglob("*") if path.is_file()} == named
    with Node(office.data) as node:
        assert must_agree(replay(Folder(mirror), trust), node)  # the earlier one is a part of the same log
    second = tmp_path / "second"
    office.call("log", "mirror", second, "--from", later, "--trust", mirror.parent / "trust.json", code=0)
    assert replay(Folder(second), trust) == found
    with pytest.raises(MirrorOlder):
        copy(Folder(mirror), later, trust)


def test_every_file_of_a_mirror_that_is_changed_missing_or_longer_is_named(
    made: Made, tmp_path: Path
) -> None:
    _, mirror, trust = made
    files = sorted(path.relative_to(mirror) for path in mirror.rglob("*") if path.is_file())
    assert any(str(path).startswith("batch/") for path in files)
    for number, path in enumerate(files):
        whole = (mirror / path).read_bytes()
        for change, content in enumerate((None, whole[:-1], whole + b"x", bytes([whole[0] ^ 1]) + whole[1:])):
            wrong = tmp_path / f"{number}-{change}"
            shutil.copytree(mirror, wrong)
            (wrong / path).unlink()
            if content is not None:
                (wrong / path).write_bytes(content)
            with pytest.raises(EvidenceError) as refused:
                replay(Folder(wrong), trust)
            if str(path) != "checkpoint" and not str(path).startswith("tile/entries"):
                assert refused.value.field == str(path)


def test_a_mirror_of_another_network_and_a_node_with_another_log_are_noticed(
    made: Made, tmp_path: Path
) -> None:
    office, mirror, trust = made
    (tmp_path / "elsewhere").mkdir()
    elsewhere = Office(tmp_path / "elsewhere" / "data", tmp_path)
    elsewhere.call("node", "init", "--name", "elsewhere", code=0)
    elsewhere.call("trust", "-o", tmp_path / "other.json", code=0)
    with pytest.raises(EvidenceError):
        replay(Folder(mirror), parse_trust((tmp_path / "other.json").read_bytes()))
    found = replay(Folder(mirror), trust)
    with Node(office.data) as node:
        forked = Replayed(found.size, sha256(b"another root"), found.time, found.digest)
        with pytest.raises(LogForked):
            must_agree(forked, node)
        size = node.reader.position().size
        present = Replayed(size, node.reader.root(size), found.time, "00" * 32)
        with pytest.raises(ProjectionsDiffer):
            must_agree(present, node)
        assert must_agree(Replayed(size + 1, forked.root, 0, ""), node) is False
    refused = elsewhere.call("log", "mirror", mirror, code=1)
    assert refused.error[0] in {"CHECKPOINT_INVALID", NoteUntrusted.code}
    assert replay(Folder(mirror), trust) == found


def test_a_service_is_a_mirror_for_anybody(shared_service: Running, tmp_path: Path) -> None:
    trust = parse_trust(shared_service.asks().get("/v1/trust").content)
    with opened(shared_service.url) as source:
        copied = copy(source, tmp_path / "mirror", trust)
        assert replay(source, trust).root.hex() == copied.root
    assert replay(Folder(tmp_path / "mirror"), trust).size == copied.size
    with shared_service.asks() as anybody:
        answer = anybody.get(f"/{next(iter(tiles_of(copied.size))).path}")
        assert answer.headers["Cache-Control"].endswith("immutable")
        for absent in (
            "tile/0/999", "tile/0/000.p/256", "tile/0/000.p/0", "tile/8/000", "tile/0/0", "tile/entries/x000/000",
            "tile/0/..%2f..%2fcheckpoint", "batch/" + "ab" * 32, "batch/x", "tile/",
        ):  # fmt: skip
            assert anybody.get(f"/{absent}").status_code == 404, absent
    told = Office(shared_service.data, tmp_path).call("log", "verify", tmp_path / "mirror", code=0).told
    assert told["compared"] is True


def test_a_folder_s_links_pipes_and_large_files_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "checkpoint").symlink_to(secret)
    with pytest.raises(MirrorUnreachable):
        Folder(mirror).read("checkpoint", 10)
    (mirror / "large").write_bytes(bytes(11))
    for path in ("large", "absent", "large/below"):
        with pytest.raises(MirrorInvalid):
            Folder(mirror).read(path, 10)
    with pytest.raises(MirrorInvalid):
        Folder(tmp_path / "nowhere")


def served(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(answer)


def always(answer: httpx.Response) -> httpx.MockTransport:
    return served(lambda _: answer)


def test_an_address_that_does_not_answer_redirects_or_never_ends_is_no_mirror(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[str] = []

    def gone(request: httpx.Request) -> httpx.Response:
        tries.append(request.url.path)
        raise httpx.ConnectError("gone")

    def again(request: httpx.Request) -> httpx.Response:
        tries.append(request.url.path)
        if len(tries) < TRIES:
            raise httpx.ReadTimeout("slow")
        return httpx.Response(200, content=b"a note")

    with opened("https://mirror.example", served(gone)) as source, pytest.raises(MirrorUnreachable):
        source.read("checkpoint", 10)
    assert len(tries) == TRIES
    tries.clear()
    with opened("https://mirror.example", served(again)) as source:
        assert source.read("checkpoint", 10) == b"a note"
    for status, refusal in ((404, MirrorInvalid), (302, MirrorUnreachable), (500, MirrorUnreachable)):
        answer = httpx.Response(status, headers={"Location": "https://elsewhere.example"})
        with opened("https://mirror.example", always(answer)) as source, pytest.raises(refusal):
            source.read("checkpoint", 10)
    encoded = httpx.Response(200, headers={"Content-Encoding": "br"}, content=b"x")
    with opened("https://mirror.example", always(encoded)) as source, pytest.raises(MirrorInvalid):
        source.read("checkpoint", 10)
    endless = httpx.Response(200, content=bytes(11))
    with opened("https://mirror.example", always(endless)) as source, pytest.raises(MirrorInvalid):
        source.read("checkpoint", 10)
    assert sources.TIMEOUT.connect


def test_a_path_has_one_spelling() -> None:
    for tile in tiles_of(70_000):
        assert tile_of(tile.path) == tile
    for path in ("tile/0/1", "tile/0/x000/001", "tile/0/001.p/256", "tile/entries/001/", "tile/-1/000", "x"):
        assert tile_of(path) is None
