"""Orders promised together: first the document, then the act; what fails gives back its claims, and leaves the rest."""

from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sanad_node.durable import DiskFault
from sanad_node.pipeline.outbox import Act, IdempotencyKeyReused, Outbox, Request
from sanad_node.promising import Order, promise
from sanad_node.vault import VaultMissing, VaultSecretDiffers
from sanad_testkit.failing_commits import When, disk_error, fail_once
from sanad_testkit.stores import Databases
from sanad_testkit.vaults import item, open_vault
from sanad_verifier.digests import sha256


class Claim(AbstractContextManager[None]):
    """Notes whether it was kept, or given back and why."""

    kept = False
    given_back: BaseException | None = None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.kept, self.given_back = error is None, error


class Office:
    """A real vault and a real outbox."""

    def __init__(self, folder: Path, databases: Databases) -> None:
        self.database = databases.open("office")
        self.vault = open_vault(folder / "vault")
        self.outbox = Outbox(self.database, lambda: 1_700_000_000.0)
        self.claims: dict[Order, Claim] = {}

    def order(self, name: str, *, asked: str = "", secret: bytes | None = None, keep: bool = True) -> Order:
        digest, data, drawn = item(name)
        request = Request(name, sha256((asked or name).encode()), bytes(20), "Ledger", b"call")
        made = Order(request, (digest, data, secret or drawn) if keep else None)
        self.claims[made] = Claim()
        made.claims.enter_context(self.claims[made])
        return made

    def promise(self, *orders: Order) -> list[Act | Exception]:
        return promise(cast(Any, SimpleNamespace(vault=self.vault, outbox=self.outbox)), orders)


@pytest.fixture
def office(tmp_path: Path, databases: Databases) -> Office:
    return Office(tmp_path, databases)


def test_every_document_is_kept_and_every_act_is_promised(office: Office) -> None:
    orders = [office.order("one"), office.order("two", keep=False), office.order("three")]
    acts = office.promise(*orders)
    assert [act.key for act in acts if isinstance(act, Act)] == ["one", "two", "three"]
    assert [office.outbox.find(name) for name in ("one", "two", "three")] == acts
    assert office.vault.get(item("three")[0]) == item("three")[1]
    assert all(office.claims[order].kept for order in orders)
    with pytest.raises(VaultMissing):
        office.vault.get(item("two")[0])


def test_no_act_is_promised_whose_document_could_not_be_kept(office: Office) -> None:
    office.vault.put_each([item("bad")])
    good, bad = office.order("good"), office.order("bad", secret=b"x" * 32)
    promised, refused = office.promise(good, bad)
    assert isinstance(promised, Act)
    assert isinstance(refused, VaultSecretDiffers)
    assert office.outbox.find("bad") is None
    assert office.claims[good].kept
    assert office.claims[bad].given_back is refused


def test_a_key_that_names_another_request_is_refused_by_itself(office: Office) -> None:
    office.promise(office.order("taken"))
    good, bad = office.order("good"), office.order("taken", asked="something else")
    promised, refused = office.promise(good, bad)
    assert isinstance(promised, Act)
    assert isinstance(refused, IdempotencyKeyReused)
    assert office.claims[bad].given_back is refused


@pytest.mark.parametrize("when", ["commit", "after_commit"])
def test_a_commit_that_fails_is_heard_by_all_and_asked_again_gives_each_act_once(
    office: Office, when: When
) -> None:
    fail_once(office.database, when, disk_error(office.database))
    first = office.promise(office.order("one"), office.order("two"))
    assert all(isinstance(outcome, DiskFault) for outcome in first)
    assert all(claim.given_back is not None for claim in office.claims.values())
    again = office.promise(office.order("one"), office.order("two"))
    assert [act.key for act in again if isinstance(act, Act)] == ["one", "two"]
    assert [act.replayed for act in again if isinstance(act, Act)] == [when == "after_commit"] * 2
