"""Stock on a real chain: where a seized thing is, then and now, what it is worth, and what is not known of it."""

import csv
import io
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sanad_node import checkpointing, governance, issuing, reindexing, standing, types
from sanad_node.acting import word
from sanad_node.cli import main
from sanad_node.desk import returns as returning
from sanad_node.desk import stock as desk
from sanad_node.desk.asked import RequestIncomplete
from sanad_node.desk.stock import StockReader
from sanad_node.finding import document
from sanad_node.findings import noting
from sanad_node.findings.noting import BlockNotFinal
from sanad_node.node import Node
from sanad_node.reading import UnknownDocument, UnknownFormation
from sanad_node.stock.moments import MomentTwice
from sanad_node.stock.returns import table
from sanad_node.wire.returns import ReturnQuery, ReturnView
from sanad_node.wire.stock import StockPage, StockQuery, StocktakeRequest, StocktakeView
from sanad_testkit.auction_chain import Chain, paper
from sanad_verifier.entries import Reason
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import NoteUntrusted
from sanad_verifier.returns import PAKISTAN, MonthInvalid, begins, month_of, next_month, verify_return

pytestmark = pytest.mark.engine
OTHER = {"make": "Suzuki", "model": "Alto", "chassisNumber": "HA36S-0098123", "engineNumber": "R06A-11223"}


class Clock:
    """Stands still in the last hours of this month in Pakistan, and is put on by hand."""

    def __init__(self) -> None:
        self.months = [month_of(int(time.time()), PAKISTAN)]
        for _ in range(2):
            self.months.append(next_month(self.months[-1]))
        self.now = float(begins(self.months[1], PAKISTAN) - 1)

    def __call__(self) -> float:
        return self.now

    def month(self, number: int) -> None:
        """An hour into one of the months in Pakistan: in UTC the one before is not over."""
        self.now = float(begins(self.months[number], PAKISTAN) + 3600)


class Told:
    """Two cars: one goes from seizure to the gate, the other is seized and deposited. `blocks` after each step."""

    def __init__(self, node: Node, clock: Clock) -> None:
        self.node, self.clock = node, clock
        self.first, self.second = Chain(node), Chain(node)
        self.blocks: dict[str, int] = {"nothing": node.reader.position().block}

    def tell(self) -> None:
        first, second, node = self.first, self.second, self.node
        self._after("seized", lambda: first.issue("SEIZURE_REPORT"))
        self.clock.month(1)
        self._after("deposited", lambda: first.issue("WAREHOUSE_DEPOSIT"))
        other = {"caseNumber": "KAPW-ASO-503-2026", "vehicle": OTHER}
        second.issue("SEIZURE_REPORT", paper("SEIZURE_REPORT", **other))
        bare = json.loads(paper("WAREHOUSE_DEPOSIT", entryNumber="KAPW-SWH-DA-0912", **other))
        bare.pop("value")
        bare["goods"][0].pop("value")
        self._after("two", lambda: second.issue("WAREHOUSE_DEPOSIT", json.dumps(bare).encode()))
        self._after("lot", lambda: first.until("AUCTION_LOT"))
        self._after("sold", lambda: first.until("AUCTION_RECEIPT"))
        self.clock.month(2)
        self._after("passed", lambda: first.until("GATE_PASS"))
        self._after("gone", lambda: first.consume("GATE_PASS", "KAPW-SWH"))
        seizure = document(node, second.digests["SEIZURE_REPORT"].hex())
        self._after(
            "inquiry",
            lambda: standing.change_standing(node, seizure, "suspend", reason=Reason.UNDER_INQUIRY),
        )

    def _after(self, name: str, do: Any) -> None:
        do()
        self.node.catch_up()
        self.blocks[name] = self.node.reader.position().block

    def stock(self, after: str, reader: StockReader = desk.EVERYTHING, **asked: Any) -> StockPage:
        return desk.page(self.node, StockQuery(block=self.blocks[after], **asked), reader)


@pytest.fixture(scope="module")
def told(auction_network: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    path = tmp_path_factory.mktemp("stock") / "data"
    shutil.copytree(auction_network, path)
    clock = Clock()
    with Node(path, clock=clock) as node:
        node.catch_up()
        story = Told(node, clock)
        story.tell()
        yield story


def test_a_thing_is_in_its_warehouse_from_its_deposit_until_its_pass_is_used(told: Told) -> None:
    seen = {
        name: [(one.number, one.stage, one.amount, one.basis) for one in told.stock(name).things]
        for name in told.blocks
    }
    second = ("KAPW-SWH-DA-0912", "deposited", "1880000.00", "SEIZURE_REPORT")
    assert seen == {
        "nothing": [],
        "seized": [],
        "deposited": [("KAPW-SWH-DA-0911", "deposited", "1880000.00", "WAREHOUSE_DEPOSIT")],
        "two": [("KAPW-SWH-DA-0911", "deposited", "1880000.00", "WAREHOUSE_DEPOSIT"), second],
        "lot": [("KAPW-SWH-DA-0911", "lot", "1900000.00", "AUCTION_LOT"), second],
        "sold": [("KAPW-SWH-DA-0911", "sold", "5850000.00", "AUCTION_RECEIPT"), second],
        "passed": [("KAPW-SWH-DA-0911", "passed", "5850000.00", "AUCTION_RECEIPT"), second],
        "gone": [second],
        "inquiry": [second],
    }
    assert [one.case for one in told.stock("seized").undeposited] == ["KAPW-ASO-502-2026"]
    assert told.stock("deposited").undeposited == []


def test_counts_and_values_are_by_warehouse_agency_and_case(told: Told) -> None:
    two = told.stock("two")
    assert (two.total.things, two.total.values, two.total.unknown) == (2, {"PKR": "3760000.00"}, 0)
    assert [(one.code, one.things) for one in two.by_warehouse] == [("KAPW-SWH", 2)]
    assert [(one.code, one.things) for one in two.by_agency] == [("KAPW", 2)]
    assert sorted((one.label, one.things) for one in two.by_case) == [
        ("KAPW-ASO-502-2026", 1),
        ("KAPW-ASO-503-2026", 1),
    ]
    assert told.stock("two", warehouse="kapw-swh", agency="KAPW", case="kapw-aso-503-2026").total.things == 1
    by_digest = told.stock("two", case=two.by_case[0].code)
    assert [one.seizure for one in by_digest.things] == [two.by_case[0].code]
    assert told.stock("two", agency="SINDH-EXCISE").total.things == 0


def test_a_suspended_case_stays_in_stock_and_is_marked(told: Told) -> None:
    (one,) = told.stock("inquiry").things
    assert (one.seizure_state, one.value_why, one.basis) == ("suspended", "", "SEIZURE_REPORT")
    assert told.stock("gone").things[0].seizure_state == "active"


def test_the_same_block_gives_the_same_bytes_for_ever(told: Told) -> None:
    query = StockQuery(block=told.blocks["two"])
    before = desk.whole(told.node, query)
    assert desk.whole(told.node, query) == before
    assert json.loads(before)["format"] == "urn:sanad:stock:1"
    rows = list(csv.DictReader(io.StringIO(desk.whole(told.node, query, "csv").decode(), newline="")))
    assert [(row["block"], row["number"]) for row in rows] == [
        (str(told.blocks["two"]), "KAPW-SWH-DA-0911"),
        (str(told.blocks["two"]), "KAPW-SWH-DA-0912"),
    ]
    time = json.loads(before)["time"]
    later = desk.page(told.node, StockQuery(time=time))
    assert later.block >= told.blocks["two"]
    assert later.time == time


def test_pages_go_on_at_the_block_of_the_first(told: Told) -> None:
    first = told.stock("two", limit=1)
    assert first.next is not None
    second = desk.page(told.node, StockQuery(before=first.next, limit=1))
    assert [one.number for one in (*first.things, *second.things)] == ["KAPW-SWH-DA-0911", "KAPW-SWH-DA-0912"]
    assert (second.block, second.next, second.total) == (first.block, None, first.total)


def test_an_office_sees_its_own_and_an_administrator_no_contents(told: Told) -> None:
    warehouse = told.stock("lot", StockReader("KAPW-SWH", values=False))
    assert [(one.number, one.amount, one.basis) for one in warehouse.things] == [
        ("KAPW-SWH-DA-0911", "1880000.00", "WAREHOUSE_DEPOSIT"),
        ("KAPW-SWH-DA-0912", "", ""),
    ]
    assert warehouse.things[1].value_why == "withheld"
    assert told.stock("lot", StockReader("SINDH-EXCISE", values=False)).things == []
    admin = told.stock("lot", StockReader(values=False))
    assert [(one.number, one.case, one.chassis, one.value_why) for one in admin.things] == [
        ("", "", "", "withheld")
    ] * 2
    assert (admin.total.things, admin.total.values, admin.total.unknown) == (2, {}, 2)


def test_what_is_not_held_is_told_and_counted_as_a_thing(told: Told, tmp_path: Path) -> None:
    shutil.copytree(told.node.directory.root, tmp_path / "data", ignore=shutil.ignore_patterns("*.ipc"))
    with Node(tmp_path / "data") as other:
        for digest in list(other.vault.digests()):
            other.vault.erase(digest)
        two = desk.page(other, StockQuery(block=told.blocks["two"]))
        assert [(one.number, one.case_why, one.value_why) for one in two.things] == [
            ("", "not-held", "not-held")
        ] * 2
        assert (two.total.things, two.total.values, two.total.unknown) == (2, {}, 2)
        by_number = desk.page(other, StockQuery(block=told.blocks["two"], case="KAPW-ASO-503-2026"))
        assert by_number.total.things == 1


def test_what_cannot_be_asked_is_refused(told: Told) -> None:
    last = noting.final_block(told.node)
    assert desk.page(told.node, StockQuery(block=last)).block == last
    for query, error in (
        (StockQuery(block=last + 1), BlockNotFinal),
        (StockQuery(block=last, time=1), MomentTwice),
        (StockQuery(warehouse="NOBODY"), UnknownFormation),
        (StockQuery(case="NO-SUCH-CASE"), UnknownDocument),
        (StockQuery(block=told.blocks["nothing"], case="KAPW-ASO-502-2026"), UnknownDocument),
    ):
        with pytest.raises(error):
            desk.page(told.node, query)


# -- stocktakes ----------------------------------------------------------------------------------------------------

HEADER = "entry_number,chassis_number,case_number,location,goods,quantity,unit\r\n"
BOTH = HEADER + "KAPW-SWH-DA-0911,NKE165-7123456,,,,,\r\nKAPW-SWH-DA-0912,,KAPW-ASO-503-2026,,,,\r\n"


def count(told: Told, text: str, **asked: Any) -> StocktakeView:
    request = StocktakeRequest(warehouse="KAPW-SWH", list=text, block=told.blocks["two"], **asked)
    return desk.compare(told.node, request)


def test_a_list_that_says_what_the_register_says_agrees(told: Told) -> None:
    found = count(told, BOTH)
    assert (found.counted, found.agreed, found.not_read, found.differences) == (2, 2, 0, [])


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        pytest.param(
            HEADER + "KAPW-SWH-DA-0911,,,,,,\r\n",
            [("not-counted", 0, "KAPW-SWH-DA-0912", "", "", "")],
            id="one-is-missing",
        ),
        pytest.param(
            BOTH + "KAPW-SWH-DA-0999,,,,,,\r\n",
            [("not-in-ledger", 3, "KAPW-SWH-DA-0999", "", "", "")],
            id="one-too-many",
        ),
        pytest.param(
            BOTH.replace("NKE165-7123456", "nke 165 7123456"),
            [("differs", 1, "KAPW-SWH-DA-0911", "chassisSpelling", "NKE165-7123456", "nke 165 7123456")],
            id="spelled-otherwise",
        ),
        pytest.param(
            BOTH.replace("NKE165-7123456", "NKE165-7123457"),
            [("differs", 1, "KAPW-SWH-DA-0911", "chassisNumber", "NKE165-7123456", "NKE165-7123457")],
            id="another-chassis",
        ),
        pytest.param(
            BOTH.replace("KAPW-SWH-DA-0911,", ","), [], id="found-by-its-chassis"
        ),
        pytest.param(
            BOTH.replace("KAPW-ASO-503", "KAPW-ASO-504"),
            [("differs", 2, "KAPW-SWH-DA-0912", "caseNumber", "KAPW-ASO-503-2026", "KAPW-ASO-504-2026")],
            id="another-case",
        ),
        pytest.param(
            BOTH + 'KAPW-SWH-DA-0911,,,,"CAR STEREO, USED",1,H87\r\n',
            [("differs", 3, "KAPW-SWH-DA-0911", "quantity", "2 H87", "1 H87 CAR STEREO, USED")],
            id="fewer-goods",
        ),
        pytest.param(BOTH + 'KAPW-SWH-DA-0911,,,,"car stereo, used",2.0,H87\r\n', [], id="all-goods"),
    ],
)  # fmt: skip
def test_a_list_with_one_thing_otherwise_differs_there_only(
    told: Told, text: str, told_of: list[tuple[Any, ...]]
) -> None:
    found = count(told, text).differences
    assert [(o.what, o.row, o.entry_number, o.field, o.ledger, o.counted) for o in found] == told_of


def test_a_stocktake_is_issued_and_the_next_one_is_compared_with_it(told: Told) -> None:
    short = HEADER + "KAPW-SWH-DA-0911,,,,,,\r\n"
    first = count(told, short, number="KAPW-SWH-ST-0001", counted_on="2026-10-31")
    assert first.document is not None
    node = told.node
    content = types.prepare(types.get("STOCKTAKE"), canonicalise(first.document))
    numbers = {code: number for number, code in node.reader.formation_codes().items()}
    bits = governance.scope_word(["issue"])
    call = ("Formations", "setScope", (numbers["KAPW-SWH"], word("STOCKTAKE"), bits, 0, 0))
    governance.propose_all(node, [call])
    issuing.issue(node, issuing.ready_to_issue(node, content, doc_type="STOCKTAKE", formation="KAPW-SWH"))
    again = count(told, short + "KAPW-SWH-DA-0999,,,,,,\r\n", previous="KAPW-SWH-ST-0001")
    assert [(one.what, one.known) for one in again.differences] == [
        ("not-counted", True),
        ("not-in-ledger", False),
    ]
    with pytest.raises(RequestIncomplete):
        count(told, short, number="KAPW-SWH-ST-0002")
    with pytest.raises(UnknownDocument):
        count(told, short, previous="KAPW-SWH-ST-0009")


def test_the_command_holds_a_list_against_the_directory_and_changes_nothing(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(told.node.directory.root, data, ignore=shutil.ignore_patterns("*.ipc"))
    (tmp_path / "list.csv").write_text(BOTH.replace("7123456", "7123457"))
    (tmp_path / "bad.csv").write_text(BOTH + "=1,,,,,,\r\n")
    place = ["--warehouse", "KAPW-SWH", "--as-of", str(told.blocks["two"]), "--data", str(data)]
    run = ["stocktake", str(tmp_path / "list.csv"), *place]
    assert main([*run, "-o", str(tmp_path / "differences.csv")]) == 0
    assert "differs: KAPW-SWH-DA-0911 (row 1): chassisNumber" in capsys.readouterr().out
    assert (tmp_path / "differences.csv").read_text().splitlines()[1].startswith("differs,1,KAPW-SWH-DA-0911")
    assert main([*run, "-o", str(tmp_path / "st.json"), "--number", "ST-1", "--on", "2026-10-31"]) == 0
    assert types.check(types.get("STOCKTAKE"), (tmp_path / "st.json").read_bytes()).number == "ST-1"
    assert main([*run, "-o", str(tmp_path / "none.json")]) == 3
    assert main(["stocktake", str(tmp_path / "bad.csv"), *place]) == 3
    assert "row 3: this is no number" in capsys.readouterr().err
    assert main(["stock", "--as-of", "99999", "--data", str(data)]) == 3
    assert "error BLOCK_NOT_FINAL [--as-of]" in capsys.readouterr().err
    assert main(["stock", *place, "--case", "KAPW-ASO-502-2026"]) == 0
    assert "1 thing, 1880000.00 PKR, as of block" in capsys.readouterr().out


# -- monthly returns -----------------------------------------------------------------------------------------------


def returned(told: Told, **asked: Any) -> ReturnQuery:
    first, _, last = told.clock.months
    return ReturnQuery(**{"month": first, "until": last, "block": told.blocks["gone"], **asked})


def lines_of(view: ReturnView) -> list[tuple[Any, ...]]:
    return [(one.month, one.formation, one.act, one.things, one.values) for one in view.lines]


def test_a_return_says_who_did_what_in_which_month_of_pakistan(told: Told) -> None:
    first, second, third = told.clock.months
    view = returning.view(told.node, returned(told))
    assert lines_of(view) == [
        (first, "KAPW", "seized", 1, {"PKR": "1880000.00"}),
        (second, "KAPW", "seized", 1, {"PKR": "1880000.00"}),
        (second, "KAPW-AUC", "auctioned", 1, {"PKR": "5850000.00"}),
        (second, "KAPW-SWH", "deposited", 2, {"PKR": "1880000.00"}),
        (third, "KAPW-SWH", "cleared", 1, {"PKR": "1880000.00"}),
    ]
    assert [one.unvalued for one in view.lines] == [0, 0, 0, 1, 0]
    assert [(one.act, one.things) for one in view.totals] == [
        ("seized", 2),
        ("deposited", 2),
        ("auctioned", 1),
        ("cleared", 1),
    ]
    assert (view.over, view.root) == (False, told.node.reader.root(view.size).hex())
    in_utc = returning.view(told.node, returned(told, offset="+00:00"))
    assert [(one.month, one.act) for one in in_utc.lines] == [
        (first, "seized"),
        (first, "auctioned"),
        (first, "deposited"),
        (second, "cleared"),
    ]
    early = returning.view(told.node, returned(told, until=None, block=told.blocks["two"]))
    assert (len(early.lines), early.over) == (1, True)
    none = returning.view(told.node, returned(told, formation="sindh-excise", until=None))
    assert [(one.act, one.things) for one in none.lines] == [
        ("seized", 0),
        ("deposited", 0),
        ("auctioned", 0),
        ("cleared", 0),
    ]


def test_a_return_is_the_same_again_after_a_restart_from_an_index_made_anew_and_by_another_node(
    told: Told, tmp_path: Path
) -> None:
    query = returned(told)
    signed, csv_made = returning.file(told.node, query), returning.file(told.node, query, "csv")
    assert returning.file(told.node, query) == signed
    said = verify_return(signed, checkpointing.trust_of_others(told.node))
    assert (said.block, len(said.lines), table(said)) == (told.blocks["gone"], 5, csv_made)
    copy = tmp_path / "data"
    shutil.copytree(told.node.directory.root, copy, ignore=shutil.ignore_patterns("*.ipc"))
    with Node(copy) as other:
        assert returning.file(other, query) == signed
        reindexing.replace(other)
    another = tmp_path / "another"
    shutil.copytree(copy, another, ignore=shutil.ignore_patterns("*.ipc"))
    with Node(copy) as other:
        assert returning.file(other, query) == signed
    (another / "secrets" / "status").write_text("5a" * 32 + "\n")
    with Node(another) as other:  # another node says the same under its own key
        assert returning.file(other, query, "csv") == csv_made
        theirs = returning.file(other, query)
        assert verify_return(theirs, checkpointing.trust(other)) == said
        with pytest.raises(NoteUntrusted):
            verify_return(theirs, checkpointing.trust(told.node))
        for digest in list(other.vault.digests()):
            other.vault.erase(digest)
        view = returning.view(other, query)
        assert [(one.things, one.values, one.not_held) for one in view.lines] == [
            (1, {}, 1),
            (1, {}, 1),
            (1, {}, 1),
            (2, {}, 2),
            (1, {}, 1),
        ]
        assert view.held != said.held


def test_seizures_on_a_map_say_where_and_nothing_of_persons_or_cars(told: Told, tmp_path: Path) -> None:
    made = returning.on_a_map(told.node, returned(told))
    assert returning.on_a_map(told.node, returned(told)) == made
    whole = json.loads(made)
    assert (whole["type"], len(whole["features"])) == ("FeatureCollection", 2)
    one = whole["features"][0]
    assert one["geometry"] == {"type": "Point", "coordinates": [67.0205, 25.0431]}
    assert set(one["properties"]) == {"case", "entered", "entry", "formation", "seizedOn", "state"}
    assert (one["properties"]["case"], one["properties"]["formation"]) == ("KAPW-ASO-502-2026", "KAPW")
    for private in (b"badge", b"NKE165", b"Toyota", b"Northern Bypass", b"Sepoy"):
        assert private not in made
    shutil.copytree(told.node.directory.root, tmp_path / "d", ignore=shutil.ignore_patterns("*.ipc"))
    with Node(tmp_path / "d") as other:
        for digest in list(other.vault.digests()):
            other.vault.erase(digest)
        bare = json.loads(returning.on_a_map(other, returned(told)))
        assert [(o["geometry"], o["properties"]["why"]) for o in bare["features"]] == [(None, "not-held")] * 2
        assert bare["sanad"]["unlocated"] == 2


def test_a_return_that_cannot_be_asked_for_is_refused(told: Told) -> None:
    first = told.clock.months[0]
    assert returning.view(told.node, returned(told)).lines
    for wrong, error, field in (
        ({"month": "2026-13", "until": None}, MonthInvalid, "month"),
        ({"until": "2020-01"}, MonthInvalid, "until"),
        ({"offset": "Karachi"}, MonthInvalid, "offset"),
        ({"formation": "NOBODY"}, UnknownFormation, "--formation"),
        ({"month": first, "block": 10**6}, BlockNotFinal, "as-of-block"),
    ):
        with pytest.raises(error) as refused:
            returning.view(told.node, returned(told, **wrong))
        assert refused.value.field == field


def test_the_command_writes_a_return_and_checks_it_and_its_table_offline(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(told.node.directory.root, data, ignore=shutil.ignore_patterns("*.ipc"))
    month, block = told.clock.months[1], str(told.blocks["gone"])
    place = ["--month", month, "--as-of", block, "--data", str(data)]
    out, sheet, trust, geo = (str(tmp_path / name) for name in ("r.json", "r.csv", "t.json", "s.geojson"))
    assert main(["report", "monthly", *place]) == 0
    printed = capsys.readouterr().out
    assert f"{month}  KAPW-AUC     auctioned 1, 5850000.00 PKR" in printed
    assert "in all  cleared: 0" in printed
    assert f"as of block {block}" in printed
    for name in (out, sheet):
        assert main(["report", "monthly", *place, "-o", name]) == 0
    assert main(["report", "seizures", *place, "-o", geo]) == 0
    assert len(json.loads(Path(geo).read_text())["features"]) == 1
    assert main(["trust", "-o", trust, "--data", str(data)]) == 0
    capsys.readouterr()
    check = ["report", "verify", out, "--trust", trust]
    assert main([*check, "--table", sheet]) == 0
    assert "r.csv says the same" in capsys.readouterr().out
    Path(sheet).write_bytes(Path(sheet).read_bytes().replace(b"5850000.00", b"585000.00"))
    assert main([*check, "--table", sheet]) == 1
    assert "error RETURN_TABLE_DIFFERS [--table]" in capsys.readouterr().err
    Path(out).write_bytes(Path(out).read_bytes().replace(b"5850000.00", b"585000.00"))
    assert main(check) == 1
    assert "error RETURN_INVALID [/note]" in capsys.readouterr().err
    assert main(["report", "monthly", "--month", "2026-13", "--data", str(data)]) == 3
    assert "error MONTH_INVALID [--month]" in capsys.readouterr().err
