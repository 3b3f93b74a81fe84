"""A vault and a journal that another program wrote from the specification are read as their vectors say."""

import json
import sqlite3
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sanad_node.engines.journal import Journal, Origin, extend_prefix, pack_transactions
from sanad_node.vault import Vault, VaultErased
from sanad_testkit.vectors import FOLDER
from sanad_verifier.digests import Digest
from sanad_verifier.errors import SanadError

VAULT = json.loads((FOLDER / "vault.json").read_text("utf-8"))
JOURNAL = json.loads((FOLDER / "journal.json").read_text("utf-8"))


def written(folder: Path, changes: dict[str, tuple[int, bytes]] | None = None) -> Vault:
    """The vectors' vault on the disk, as documents put together, with bytes of a file exchanged."""
    many = folder / "many"
    many.mkdir(parents=True)
    (folder / "check").write_bytes(b64decode(VAULT["check"]))
    for kind in ("blob", "key"):
        data = bytearray(b64decode(VAULT[kind]))
        at, put = (changes or {}).get(kind, (0, b""))
        data[at : at + len(put)] = put
        (many / f"{'ab' * 16}.{kind}").write_bytes(data)
    return Vault(folder, bytes.fromhex(VAULT["masterKey"]))


def digest_in(slot: int) -> Digest:
    return Digest(bytes.fromhex(VAULT["documents"][slot]["digest"]))


def test_every_document_of_the_vault_is_found_as_it_was_put(tmp_path: Path) -> None:
    kept = written(tmp_path / "vault")
    for slot, told in enumerate(VAULT["documents"]):
        if told.get("erased"):
            with pytest.raises(VaultErased):
                kept.get(digest_in(slot))
            continue
        assert kept.get(digest_in(slot)) == b64decode(told["document"])
        secret = kept.secret(digest_in(slot))
        assert (None if secret is None else secret.hex()) == told["secret"]
    assert list(kept.scrub()) == []


@pytest.mark.parametrize("case", VAULT["damaged"], ids=lambda case: case["name"])
def test_a_damaged_vault_gives_no_document_and_says_so(tmp_path: Path, case: dict[str, Any]) -> None:
    kept = written(tmp_path / "vault", {case["file"]: (case["at"], bytes.fromhex(case["put"]))})
    assert case["code"] in {one.code for one in kept.scrub()}
    with pytest.raises(SanadError):
        kept.get(digest_in(case["slot"]))


def begun(path: Path) -> Journal:
    meta = JOURNAL["meta"]
    told = Origin(meta["chain_id"], meta["genesis_time"], tuple(meta["flags"]), meta["anvil"], meta["binary"])
    made = Journal.create(path, told)
    for block in JOURNAL["blocks"]:
        made.append(block["time"], [bytes.fromhex(raw) for raw in block["transactions"]])
    return made


def test_a_journal_with_these_blocks_has_these_rows_and_this_digest(tmp_path: Path) -> None:
    with closing(begun(tmp_path / "journal.db")) as made:
        assert made.origin.prefix().hex() == JOURNAL["prefix"]
        read = [(one.number, one.time, one.prefix.hex()) for one in made.blocks(1)]
        assert read == [(one["number"], one["time"], one["prefix"]) for one in JOURNAL["blocks"]]
    with closing(sqlite3.connect(tmp_path / "journal.db")) as rows:
        kept = {name: json.loads(value) for name, value in rows.execute("SELECT name, value FROM meta")}
        packed = [row[0].hex() for row in rows.execute("SELECT transactions FROM blocks ORDER BY number")]
    assert kept == JOURNAL["meta"]
    assert packed == [one["packed"] for one in JOURNAL["blocks"]]


def test_the_digest_of_each_block_follows_from_the_one_before() -> None:
    prefix = bytes.fromhex(JOURNAL["prefix"])
    for block in JOURNAL["blocks"]:
        packed = pack_transactions([bytes.fromhex(raw) for raw in block["transactions"]])
        prefix = extend_prefix(prefix, block["number"], block["time"], packed)
        assert prefix.hex() == block["prefix"]


@pytest.mark.parametrize("case", JOURNAL["refused"], ids=lambda case: case["name"])
def test_a_journal_with_other_rows_is_refused(tmp_path: Path, case: dict[str, str]) -> None:
    begun(tmp_path / "journal.db").close()
    with closing(sqlite3.connect(tmp_path / "journal.db")) as rows, rows:
        rows.execute(case["sql"])
    with pytest.raises(SanadError) as refused, closing(Journal(tmp_path / "journal.db")) as read:
        list(read.blocks(1))
    assert refused.value.code == case["code"]
