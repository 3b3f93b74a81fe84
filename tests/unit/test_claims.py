"""Claims: what one has promised nobody else can, until it is settled; what was not promised is given back."""

import contextlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine, insert

from sanad_node import claims as module
from sanad_node.batch_files import write_batch
from sanad_node.claims import Claimed, Claims, scope_of
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.store.faults import StoreUnreachable
from sanad_node.store.office_tables import outbox
from sanad_testkit.stores import Databases
from sanad_verifier.digests import sha256
from sanad_verifier.entries import BatchLeaf

ONE, OTHER, NUMBER = (sha256(text) for text in (b"one", b"other", b"number"))
FILE = scope_of(4, "FILE")
SIGNER = b"s" * 20


@dataclass
class Acts:
    """An outbox in which acts are as they are told."""

    states: dict[str, str] = field(default_factory=dict)

    def find(self, key: str) -> Any:
        state = self.states.get(key)
        return None if state is None else SimpleNamespace(settled=state in {"final", "refused"})


@pytest.fixture
def office(databases: Databases) -> Engine:
    return databases.open("office")


def made(office: Engine, acts: Acts, folder: Path) -> Claims:
    reader = SimpleNamespace(key=lambda address: SimpleNamespace(formation=4) if address == SIGNER else None)
    directory = SimpleNamespace(batches=folder)
    return Claims(cast(Any, directory), office, cast(Any, acts), cast(Any, reader))


def test_a_word_that_is_promised_is_nobody_else_s_until_it_is_settled(office: Engine, tmp_path: Path) -> None:
    acts = Acts()
    claims = made(office, acts, tmp_path)
    with claims.hold(FILE, {ONE, NUMBER}, "a"):
        acts.states["a"] = "accepted"
    for word in (ONE, NUMBER):
        with pytest.raises(Claimed) as refused, claims.hold(FILE, {OTHER, word}, "b"):
            pass
        assert refused.value.word == word
    with (
        claims.hold(FILE, {ONE}, "a"),
        claims.hold(scope_of(5, "FILE"), {ONE}, "b"),
        claims.hold(FILE, {OTHER}, "c"),
    ):
        pass  # the same act; another formation; another word, which nobody got when it was asked for with a taken one
    for settled in ("final", "refused"):
        acts.states["a"] = settled
        with claims.hold(FILE, {ONE}, "d"):
            acts.states["d"] = "final"


def test_what_is_being_prepared_is_taken_and_what_failed_is_given_back(
    office: Engine, tmp_path: Path
) -> None:
    claims = made(office, Acts(), tmp_path)
    with contextlib.suppress(ZeroDivisionError), claims.hold(FILE, {ONE}, "a"):
        with pytest.raises(Claimed), claims.hold(FILE, {ONE}, "b"):
            pass
        raise ZeroDivisionError
    with claims.hold(FILE, {ONE}, "b"):
        pass


def test_nothing_is_no_word(office: Engine, tmp_path: Path) -> None:
    claims = made(office, Acts(), tmp_path)
    with claims.hold(FILE, {bytes(32)}, "a"), claims.hold(FILE, {bytes(32)}, "b"):
        pass


def test_a_batch_takes_its_words_whoever_has_them(office: Engine, tmp_path: Path) -> None:
    acts = Acts({"a": "accepted", "batch": "accepted"})
    claims = made(office, acts, tmp_path)
    with claims.hold(FILE, {ONE}, "a"), claims.hold(FILE, {ONE}, "batch", whoever=True):
        pass
    acts.states["a"] = "final"
    with pytest.raises(Claimed), claims.hold(FILE, {ONE}, "c"):
        pass


def test_after_a_start_what_was_promised_before_is_still_taken(office: Engine, tmp_path: Path) -> None:
    leaves = [BatchLeaf(sha256(b"%d" % place), bytes(32), sha256(b"n%d" % place)) for place in range(3)]
    root = write_batch(tmp_path, leaves)
    word = b"FILE".ljust(32, b"\0")
    calls = {
        "single": ("accepted", SIGNER, encode_call(load("Ledger"), "issue", word, ONE, bytes(32), NUMBER)),
        "batch": ("signed", SIGNER, encode_call(load("Ledger"), "issueBatch", word, root, 3, bytes(32))),
        "done": ("final", SIGNER, encode_call(load("Ledger"), "issue", word, OTHER, bytes(32), bytes(32))),
        "stranger": (
            "accepted",
            b"x" * 20,
            encode_call(load("Ledger"), "issue", word, OTHER, bytes(32), bytes(32)),
        ),
    }
    with office.begin() as connection:
        for key, (state, signer, calldata) in calls.items():
            connection.execute(
                insert(outbox).values(
                    key=key, fingerprint=bytes(32), signer=signer, contract="Ledger", calldata=calldata, state=state,
                    accepted_at=7, place=0, alone=0,
                )
            )  # fmt: skip
    claims = made(office, Acts({key: state for key, (state, _, _) in calls.items()}), tmp_path)
    for taken in (ONE, NUMBER, leaves[2].subject, leaves[0].data):
        with pytest.raises(Claimed), claims.hold(FILE, {taken}, "new"):
            pass
    with claims.hold(FILE, {OTHER}, "new"):
        pass


def test_of_many_at_once_one_gets_the_word(office: Engine, tmp_path: Path) -> None:
    acts, got = Acts(), []
    claims, ready = made(office, acts, tmp_path), threading.Barrier(16)

    def ask(name: str) -> None:
        ready.wait()
        try:
            with claims.hold(FILE, {ONE}, name):
                acts.states[name] = "accepted"
        except Claimed:
            return
        got.append(name)

    threads = [threading.Thread(target=ask, args=(str(place),)) for place in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_settled_claims_are_forgotten(
    office: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEPT_ABOVE", 8)
    acts = Acts()
    claims = made(office, acts, tmp_path)
    claims._swept_above = 8
    for place in range(50):
        with claims.hold(FILE, {sha256(b"%d" % place)}, str(place)):
            acts.states[str(place)] = "final"
    assert claims._holders is not None
    assert len(claims._holders) <= 9


def test_a_claim_whose_promise_ended_in_doubt_counts_if_the_outbox_has_the_act_and_only_then(
    office: Engine, tmp_path: Path
) -> None:
    acts = Acts()
    claims = made(office, acts, tmp_path)

    def in_doubt() -> None:
        with claims.hold(FILE, {ONE}, "a"):
            raise StoreUnreachable("the commit's answer was lost", field="store")

    with pytest.raises(StoreUnreachable):
        in_doubt()
    acts.states["a"] = "accepted"  # it had been done
    with pytest.raises(Claimed), claims.hold(FILE, {ONE}, "b"):
        pass
    del acts.states["a"]  # it had not
    with claims.hold(FILE, {ONE}, "b"):
        pass
