"""What the node refuses, with which code, and that nothing is half-done: no entry, no act, no document in
the vault.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sanad_node import custody, finding, governance, issuing, standing
from sanad_node.acting import acting_key
from sanad_node.node import Node
from sanad_node.reading import ConsignmentRecord
from sanad_node.store.office_tables import outbox, papers
from sanad_testkit.network_of_offices import build, receipt
from sanad_verifier.digests import sha256
from sanad_verifier.entries import Reason
from sanad_verifier.errors import SanadError

pytestmark = pytest.mark.engine
STATED = custody.Particulars("PKKHI", 10, "packages")


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("founded") / "data"
    build(path)
    return path


@pytest.fixture
def data(founded: Path, tmp_path: Path) -> Path:
    path = tmp_path / "data"
    shutil.copytree(founded, path)
    return path


@pytest.fixture
def node(data: Path) -> Iterator[Node]:
    with Node(data) as opened:
        opened.catch_up()
        yield opened


def issue(
    node: Node, data: bytes, formation: str = "CELL", doc_type: str = "AUCTION_RECEIPT", **more: str
) -> issuing.Issued:
    ready = issuing.ready_to_issue(node, data, doc_type=doc_type, formation=formation, **more)  # type: ignore[arg-type]
    return issuing.issue(node, ready)


def refused(node: Node, do: Callable[[], object]) -> SanadError:
    """The error that `do` raises; the log, the promises and what is remembered of papers must be as before."""

    def seen() -> tuple[int, int, int]:
        with node.office.connect() as connection:
            promised = connection.execute(
                select(func.count()).select_from(outbox).where(outbox.c.state != "refused")
            ).scalar_one()
            kept = connection.execute(select(func.count()).select_from(papers)).scalar_one()
        return node.indexer.sync(), promised, kept

    before = seen()
    with pytest.raises(SanadError) as error:
        do()
    after = seen()
    assert after[:2] == before[:2]
    return error.value


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "DOCUMENT_INVALID"),
        (b"{}", "DOCUMENT_INVALID"),
        (b"[]", "DOCUMENT_INVALID"),
        (b'{"a":1,"a":2}', "JSON_DUPLICATE_KEY"),
        (b'{"a":1.5}', "JSON_FLOAT"),
        (b'{"a":"\xff"}', "JSON_NOT_UTF8"),
        (b'{"a":"\\ud800"}', "JSON_SURROGATE"),
        (b"\xef\xbb\xbf{}", "JSON_BOM"),
        (b'{"a":9007199254740993}', "JSON_INTEGER_RANGE"),
        (b"{" * 100, "JSON_INVALID"),
        (b" " * (17 << 20), "DOCUMENT_INVALID"),
    ],
    ids=[
        "empty",
        "no-members",
        "a-list",
        "twice",
        "float",
        "not-utf8",
        "surrogate",
        "bom",
        "big",
        "cut-off",
        "oversized",
    ],
)
def test_bytes_that_are_no_receipt_are_refused_before_anything_is_kept(
    node: Node, document: bytes, code: str
) -> None:
    error = refused(node, lambda: issue(node, document))
    assert error.code in {code, "DOCUMENT_SALT_MISSING"} if code == "DOCUMENT_INVALID" else error.code == code
    assert not node.vault.has(sha256(document))


def test_a_receipt_without_salt_says_so(node: Node) -> None:
    told = json.loads(receipt("A-1"))
    del told["salt"]
    assert refused(node, lambda: issue(node, json.dumps(told).encode())).code == "DOCUMENT_SALT_MISSING"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"doc_type": "NO_SUCH"}, "UNKNOWN_TYPE"),
        ({"formation": "NOWHERE"}, "UNKNOWN_FORMATION"),
        ({"formation": "PORT"}, "FORMATIONS_OUT_OF_SCOPE"),
    ],
)
def test_another_type_or_office_than_there_is_is_refused(node: Node, more: dict[str, str], code: str) -> None:
    issue(node, receipt("honest"))
    assert refused(node, lambda: issue(node, receipt("A-1"), **more)).code == code


def test_a_number_in_force_cannot_be_issued_again_but_a_revoked_one_can(node: Node) -> None:
    first = issue(node, receipt("A-1"))
    assert refused(node, lambda: issue(node, receipt("A-1"))).code == "NUMBER_IN_USE"
    document = finding.document(node, first.digest.hex())
    standing.change_standing(node, document, "revoke", reason=Reason.ISSUED_IN_ERROR)
    assert issue(node, receipt("A-1")).act.state == "final"


def test_an_idempotency_key_is_bound_to_its_request_for_ever(node: Node) -> None:
    paper = receipt("A-1")
    first = issue(node, paper, key="k")
    assert issue(node, paper, key="k").act.id == first.act.id
    error = refused(node, lambda: issue(node, receipt("A-2"), key="k"))
    assert (error.code, error.field) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")


def test_suspended_expired_and_compromised_keys_and_formations_do_not_act(node: Node) -> None:
    key = acting_key(node, node.reader.formation("CELL"))
    issue(node, receipt("before"))
    governance.suspend_key(node, key, Reason.FRAUD)
    assert refused(node, lambda: issue(node, receipt("A-1"))).code == "FORMATIONS_KEY_SUSPENDED"
    governance.reinstate_key(node, key, Reason.INQUIRY_CLOSED)
    issue(node, receipt("between"))
    governance.suspend_formation(node, "CELL", Reason.FRAUD)
    assert refused(node, lambda: issue(node, receipt("A-2"))).code == "FORMATIONS_SUSPENDED"
    governance.reinstate_formation(node, "CELL", Reason.INQUIRY_CLOSED)
    governance.close_key(node, key, int(node.clock()))
    assert refused(node, lambda: issue(node, receipt("A-3"))).code == "FORMATIONS_KEY_EXPIRED"
    port = acting_key(node, node.reader.formation("PORT"))
    governance.declare_compromised(node, port, 1)
    error = refused(node, lambda: issue(node, b"scan", "PORT", "FILE", number="S-1"))
    assert error.code == "FORMATIONS_KEY_COMPROMISED"


def test_custody_refuses_strangers_second_acceptance_and_the_giver_itself(node: Node) -> None:
    custody.register(node, kind="CONTAINER", reference="C-1", formation="PORT", particulars=STATED)

    def cargo() -> ConsignmentRecord:
        return finding.consignment(node, "C-1")

    def receive(who: str) -> Callable[[], object]:
        return lambda: custody.receive(node, cargo(), formation=who, particulars=STATED)

    assert refused(node, receive("YARD")).code == "CUSTODY_NOT_IN_TRANSIT"
    error = refused(
        node, lambda: custody.ship(node, cargo(), formation="PORT", taker="PORT", particulars=STATED)
    )
    assert error.code == "CUSTODY_SELF_HAND_OVER"
    custody.ship(node, cargo(), formation="PORT", taker="YARD", particulars=STATED)
    assert refused(node, receive("COURT")).code == "CUSTODY_NOT_THE_TAKER"
    custody.receive(node, cargo(), formation="YARD", particulars=STATED)
    assert cargo().holder == node.reader.formation("YARD").number
    assert refused(node, receive("YARD")).code == "CUSTODY_NOT_IN_TRANSIT"
    assert refused(node, lambda: finding.consignment(node, "C-2")).code == "UNKNOWN_CONSIGNMENT"
    error = refused(
        node,
        lambda: custody.register(
            node, kind="CONTAINER", reference="C-1", formation="COURT", particulars=STATED
        ),
    )
    assert error.code == "CUSTODY_EXISTS"


def test_a_taker_s_signature_sent_by_another_office_moves_custody_once(node: Node) -> None:
    custody.register(node, kind="CONTAINER", reference="C-1", formation="PORT", particulars=STATED)
    custody.ship(node, finding.consignment(node, "C-1"), formation="PORT", taker="YARD", particulars=STATED)
    before = finding.consignment(node, "C-1")
    custody.receive(node, before, formation="YARD", particulars=STATED, relay="COURT")
    assert finding.consignment(node, "C-1").holder == node.reader.formation("YARD").number
    error = refused(
        node, lambda: custody.receive(node, before, formation="YARD", particulars=STATED, relay="PORT")
    )
    assert error.code == "CUSTODY_WRONG_SEQUENCE"


def test_two_nodes_never_share_a_data_directory(data: Path) -> None:
    with Node(data), pytest.raises(SanadError) as error, Node(data):
        pass
    assert error.value.code == "DATA_LOCKED"
    assert "process" in error.value.message
    with Node(data) as again:
        again.catch_up()


def test_a_directory_of_a_newer_version_is_refused_untouched(data: Path) -> None:
    told = json.loads((data / "network.json").read_bytes())
    (data / "network.json").write_text(json.dumps({**told, "version": 99}))
    with Node(data) as node, pytest.raises(SanadError) as error:
        node.catch_up()
    assert error.value.code == "DATA_NEWER"
    (data / "network.json").write_text(json.dumps(told))
    with sqlite3.connect(data / "office.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'office_9999'")
    with Node(data) as node, pytest.raises(SanadError) as error:
        node.catch_up()
    assert error.value.code == "DATA_NEWER"


def test_a_chain_of_another_network_is_refused(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    build(other)
    shutil.rmtree(data / "chain")
    shutil.copytree(other / "chain", data / "chain")
    with Node(data) as node, pytest.raises(SanadError) as error:
        node.catch_up()
    assert error.value.code == "WRONG_CHAIN"


def test_a_projection_that_was_deleted_is_rebuilt_from_the_chain(data: Path) -> None:
    with Node(data) as node:
        node.catch_up()
        issued = issue(node, receipt("A-1"))
    for file in data.glob("ledger.db*"):
        file.unlink()
    with Node(data) as node:
        node.catch_up()
        assert finding.document(node, issued.digest.hex()).entry == issued.act.entry
