"""What the log says of successions, as the projection and whoever follows a mirror keep it: of old logs and new."""

from pathlib import Path

from sanad_node.projection.apply import Projection
from sanad_node.reading import LedgerReader
from sanad_node.regions import inside
from sanad_node.status_lists.history import History
from sanad_node.store.database import open_database
from sanad_node.successions import Succession
from sanad_verifier.entries import Entry, FormationWord, Kind, Window, encode_entry

KEY = b"\xaa" * 20
OLD_LOG = [(1, "KAPW", 0), (2, "KENF", 0), (3, "KAPW-NEW", 1)]
"""Number, code and predecessor of registrations, in the log of a contract that knew no successions."""


def registered(number: int, code: str, predecessor: int, start: int = 50) -> Entry:
    word = FormationWord(0, predecessor, Window(start, 0)).pack()
    return Entry(
        Kind.FORMATION, KEY, 0, "CUSTOMS", number.to_bytes(32), code.encode().ljust(32, b"\0"), word, 60
    )


def succeeds(predecessor: int, successor: int, since: int) -> Entry:
    return Entry(
        Kind.SUCCESSION, KEY, 0, "", predecessor.to_bytes(32), successor.to_bytes(32), since.to_bytes(32), 60
    )


def projected(tmp_path: Path, log: list[Entry]) -> tuple[LedgerReader, History]:
    ledger, history = open_database("ledger", tmp_path / "ledger.db"), History()
    with ledger.begin() as connection:
        projection = Projection(connection, 0, tmp_path)
        for index, entry in enumerate(log):
            projection.append(index, encode_entry(entry), 1, bytes(32))
            history.see(index, entry)
        projection.flush()
    return LedgerReader(ledger), history


def test_an_old_registration_that_names_a_predecessor_is_the_succession_itself(tmp_path: Path) -> None:
    reader, history = projected(tmp_path, [registered(*one) for one in OLD_LOG])
    assert reader.successions().steps == (Succession(1, 3, 50, 2),)
    assert [(one.predecessor, one.successor) for one in history.successions] == [(1, 3)]


def test_a_new_one_is_said_again_with_its_time_and_stands_once(tmp_path: Path) -> None:
    log = [*(registered(*one) for one in OLD_LOG), succeeds(1, 3, 99), succeeds(2, 3, 120)]
    reader, history = projected(tmp_path, log)
    assert reader.successions().steps == (Succession(1, 3, 99, 3), Succession(2, 3, 120, 4))
    formations = reader.formations()
    for steps in (reader.successions().steps, history.successions):
        covered = inside(formations, reader.formation("KAPW-NEW"), steps)
        assert [one.code for one in covered] == ["KAPW", "KENF", "KAPW-NEW"]
        assert [one.code for one in inside(formations, reader.formation("KAPW"), steps)] == ["KAPW"]
