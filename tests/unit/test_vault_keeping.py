"""What is put is given back unchanged, alone or in a batch, now and after the vault is opened again."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_node.vault import (
    Vault,
    VaultDigestWrong,
    VaultErased,
    VaultKeyWrong,
    VaultMissing,
    VaultSecretDiffers,
    VaultTooLarge,
    vault,
)
from sanad_testkit.vaults import MASTER, everything_in, item, items, open_vault
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.errors import SanadError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


def test_a_document_comes_back_with_its_note_and_secret(folder: Path) -> None:
    digest, data, _ = item("declaration")
    open_vault(folder).put(digest, data, note="جی ڈی.json", secret=b"s" * 32)
    again = open_vault(folder)
    assert (again.get(digest), again.note(digest), again.secret(digest)) == (data, "جی ڈی.json", b"s" * 32)
    assert again.has(digest)


def test_an_empty_document_is_a_document(folder: Path) -> None:
    kept = open_vault(folder)
    kept.put(sha256(b""), b"")
    assert (kept.get(sha256(b"")), kept.secret(sha256(b""))) == (b"", None)


def test_a_batch_comes_back_also_when_it_fills_several_segments(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "SEGMENT_COUNT", 7)
    documents = items(23)
    assert open_vault(folder).put_many(iter(documents)) == 23
    again = open_vault(folder)
    assert [(d, again.get(d), again.secret(d)) for d, _, _ in documents] == documents
    assert sorted(again.digests()) == sorted(d for d, _, _ in documents)
    assert len(list((folder / "many").glob("*.key"))) == 4
    assert list(again.scrub()) == []


def test_an_empty_batch_is_nothing(folder: Path) -> None:
    kept = open_vault(folder)
    assert kept.put_many([]) == 0
    assert list(kept.digests()) == []


def test_what_is_kept_is_not_written_again(folder: Path) -> None:
    kept, documents = open_vault(folder), items(5)
    kept.put(*documents[0][:2], secret=documents[0][2])
    assert kept.put_many([*documents, *documents]) == 4
    before = everything_in(folder / "one") + everything_in(folder / "many")
    assert kept.put_many(documents) == 0
    kept.put(*documents[3][:2], secret=documents[3][2])
    assert everything_in(folder / "one") + everything_in(folder / "many") == before


def test_a_second_secret_for_a_kept_document_is_refused_and_none_is_welcome(folder: Path) -> None:
    kept, (digest, data, secret) = open_vault(folder), items(1)[0]
    kept.put(digest, data, secret=secret)
    kept.put(digest, data)
    for put in (
        lambda: kept.put(digest, data, secret=b"x" * 32),
        lambda: kept.put_many([(digest, data, b"x" * 32)]),
        lambda: kept.put_many([(*item("new")[:2], b"x" * 32), (*item("new")[:2], b"y" * 32)]),
    ):
        with pytest.raises(VaultSecretDiffers) as refused:
            put()
        assert refused.value.code == "VAULT_SECRET_DIFFERS"
    assert kept.secret(digest) == secret
    assert not kept.has(item("new")[0])


def test_what_was_never_kept_is_missing(folder: Path) -> None:
    kept, digest = open_vault(folder), item("never")[0]
    assert not kept.has(digest)
    for ask in (kept.get, kept.note, kept.secret, kept.erase):
        with pytest.raises(VaultMissing) as refused:
            ask(digest)
        assert refused.value.code == "VAULT_MISSING"


def test_a_document_is_kept_under_its_own_digest_only(folder: Path) -> None:
    kept = open_vault(folder)
    with pytest.raises(VaultDigestWrong):
        kept.put(item("one")[0], b"other")
    with pytest.raises(VaultDigestWrong):
        kept.put_many([item("first"), (item("one")[0], b"other", None)])
    assert list(kept.digests()) == []


@pytest.mark.parametrize("digest", [b"", b"x", b"a" * 31, b"a" * 33, "a" * 32, "../" * 10 + "ab", None, 7])
def test_nothing_but_32_bytes_names_a_document(folder: Path, digest: Any) -> None:
    kept = open_vault(folder)
    put = (lambda d: kept.put(d, b""), lambda d: kept.put_many([(d, b"", None)]))
    for call in (kept.get, kept.note, kept.secret, kept.has, kept.erase, *put):
        with pytest.raises(VaultDigestWrong):
            call(digest)


def test_a_digest_that_spells_a_path_leads_nowhere(folder: Path) -> None:
    kept, digest = open_vault(folder), Digest(b"../../../../../../etc/passwd.key")
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(VaultMissing):
        kept.get(digest)
    with pytest.raises(VaultDigestWrong):
        kept.put(digest, b"")
    assert [path for path in sorted(folder.parent.rglob("*")) if path not in before] in (
        [],
        sorted(folder.glob("index.db*")),
    )


def test_a_link_in_the_place_of_a_file_is_not_followed(folder: Path, tmp_path: Path) -> None:
    kept, (digest, data, _) = open_vault(folder), item("one")
    kept.put(digest, data)
    key = folder / "one" / digest.hex()[:2] / f"{digest.hex()}.key"
    key.rename(tmp_path / "elsewhere")
    key.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SanadError) as refused:
        kept.get(digest)
    assert refused.value.code == "VAULT_UNAVAILABLE"


def test_documents_notes_and_secrets_have_bounds(folder: Path) -> None:
    kept = Vault(folder, MASTER, largest=10)
    kept.put(sha256(b"x" * 10), b"x" * 10, note="n" * 1024)
    digest = sha256(b"y")
    for put in (
        lambda: kept.put(sha256(b"x" * 11), b"x" * 11),
        lambda: kept.put(digest, b"y", note="n" * 1025),
        lambda: kept.put(digest, b"y", secret=b"short"),
        lambda: kept.put_many([(digest, b"y", b"")]),
    ):
        with pytest.raises(VaultTooLarge) as refused:
            put()
        assert refused.value.code == "VAULT_TOO_LARGE"
    assert not kept.has(digest)


def test_only_the_owner_can_read_the_files_and_they_hold_nothing_in_clear(folder: Path) -> None:
    kept = open_vault(folder)
    kept.put(*item("PLAINTEXT alone")[:2], note="PLAINTEXT note", secret=b"SECRETSECRETSECRETSECRETSECRET!!")
    kept.put_many([(*item("PLAINTEXT together")[:2], b"SECRETSECRETSECRETSECRETSECRET!!")])
    everything = everything_in(folder)
    assert b"PLAINTEXT" not in everything
    assert b"SECRET" not in everything
    assert MASTER not in everything
    for path in (*folder.glob("one/*/*"), *folder.glob("many/*"), folder / "check"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_another_master_key_does_not_open_the_vault(folder: Path) -> None:
    open_vault(folder)
    for wrong in (b"w" * 32, b"", b"short", b"w" * 33):
        with pytest.raises(VaultKeyWrong):
            Vault(folder, wrong)


def test_equal_documents_in_two_vaults_look_different(tmp_path: Path) -> None:
    digest, data, _ = item("the same text in both")
    for name in ("a", "b"):
        open_vault(tmp_path / name).put(digest, data)
    blobs = [next(p.read_bytes() for p in (tmp_path / name).rglob("*.blob")) for name in ("a", "b")]
    assert blobs[0][16:] != blobs[1][16:]


def test_many_threads_may_put_get_and_erase_at_once(folder: Path) -> None:
    kept, documents = open_vault(folder), items(40)

    def work(thread: int) -> None:
        for n, (digest, data, secret) in enumerate(documents):
            if thread == 0 and n % 10 == 0:
                kept.put_many(documents[n : n + 10])
            kept.put(digest, data, secret=secret)
            assert kept.get(digest) == data

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(6)))
    assert list(kept.scrub()) == []
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(kept.erase, [d for d, _, _ in documents] * 2))
    assert list(kept.digests()) == []


ACT = st.tuples(st.sampled_from(["put", "many", "erase", "reopen", "lose-index"]), st.integers(0, 5))


@settings(max_examples=60, deadline=None)
@given(acts=st.lists(ACT, max_size=14))
def test_the_vault_behaves_as_a_dictionary_that_remembers_what_it_forgot(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vault")
    kept, documents = open_vault(folder), items(8)
    model: dict[Digest, bytes | None] = {}
    for act, n in acts:
        batch = documents[n : n + 3]
        digest, data, secret = documents[n]
        try:
            match act:
                case "put":
                    kept.put(digest, data, secret=secret)
                    model[digest] = data
                case "many":
                    kept.put_many(batch)
                    model |= {d: content for d, content, _ in batch}
                case "erase":
                    kept.erase(digest)
                    model[digest] = None
                case "lose-index":
                    kept.close()
                    for path in folder.glob("index.db*"):
                        path.unlink()
                    kept = open_vault(folder)
                case _:
                    kept.close()
                    kept = open_vault(folder)
        except VaultErased:
            assert None in [model.get(d, b"") for d, _, _ in (batch if act == "many" else [documents[n]])]
        except VaultMissing:
            assert (act, digest in model) == ("erase", False)
        for d, _, s in documents:
            if d not in model:
                with pytest.raises(VaultMissing):
                    kept.get(d)
            elif model[d] is None:
                with pytest.raises(VaultErased):
                    kept.get(d)
            else:
                assert (kept.get(d), kept.secret(d)) == (model[d], s)
    assert [p for p in kept.scrub() if p.code != "VAULT_LEFTOVER"] == []
    kept.close()
