"""Migrations make exactly the tables the program uses, go both ways, and leave a newer database alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from sanad_node.datadir import DataNewer
from sanad_node.reading import LedgerReader
from sanad_node.store import (  # noqa: F401
    exchange_tables,
    finding_tables,
    ledger_tables,
    migrations,
    office_tables,
    read_tables,
    service_tables,
    vault_tables,
    witness_tables,
)
from sanad_node.store.database import HEAD, Which, open_database
from sanad_node.store.faults import DatabaseDamaged
from sanad_node.successions import Succession
from sanad_verifier.errors import SanadError

TABLES: dict[Which, MetaData] = {"office": office_tables.metadata, "ledger": ledger_tables.metadata}
each = pytest.mark.parametrize("which", TABLES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


def schema(path: Path) -> dict[str, str]:
    """The SQL of every table and index, without white space and in order of its parts."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version'")
        return {name: " ".join(sorted((sql or "").replace(",", " ").split())) for name, sql in rows}


@each
def test_the_head_that_is_checked_at_start_is_alembic_s(which: Which) -> None:
    assert HEAD[which] == migrations.head(which)
    assert HEAD[which] in migrations.known_revisions(which)


@each
def test_migrations_make_exactly_the_tables_of_the_program(which: Which, path: Path, tmp_path: Path) -> None:
    engine = open_database(which, path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES[which]) == []
    engine.dispose()
    created = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    TABLES[which].create_all(created)
    created.dispose()
    internal = "sqlite_autoindex_alembic_version_1"
    assert {name: sql for name, sql in schema(path).items() if name != internal} == schema(
        tmp_path / "created.db"
    )


@each
def test_a_migration_does_not_follow_the_tables_of_the_program(which: Which) -> None:
    """A first migration that made whatever the program has now would leave databases of different ages different."""
    folder = Path(migrations.__file__).parent / which
    for script in folder.glob("*.py"):
        text = script.read_text("utf-8")
        assert f"import {which}_tables" not in text
        assert "sanad_node" not in text


@each
def test_a_downgrade_takes_everything_away_and_an_upgrade_brings_it_back(which: Which, path: Path) -> None:
    open_database(which, path).dispose()
    before = schema(path)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        migrations.downgrade(which, connection)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    with engine.begin() as connection:
        migrations.upgrade(which, connection)
    engine.dispose()
    assert schema(path) == before
    open_database(which, path).dispose()


@each
def test_opening_again_changes_nothing(which: Which, path: Path) -> None:
    open_database(which, path).dispose()
    before = path.read_bytes()
    open_database(which, path).dispose()
    assert path.read_bytes() == before


@each
def test_a_newer_version_is_refused_untouched(which: Which, path: Path) -> None:
    open_database(which, path).dispose()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    before = path.read_bytes()
    with pytest.raises(DataNewer) as refused:
        open_database(which, path)
    assert (refused.value.code, refused.value.field) == ("DATA_NEWER", f"{which}.db")
    assert path.read_bytes() == before


@each
def test_what_is_no_database_is_refused_untouched(which: Which, path: Path) -> None:
    path.write_bytes(b"a text, and a long one at that. " * 40)
    before = path.read_bytes()
    with pytest.raises(SanadError) as refused:
        open_database(which, path)
    assert isinstance(refused.value, DatabaseDamaged)
    assert path.read_bytes() == before


def test_a_predecessor_that_a_registration_named_is_a_succession_after_the_upgrade(path: Path) -> None:
    engine = open_database("ledger", path)
    with engine.begin() as connection:
        migrations.downgrade("ledger", connection, "ledger_0006")
    columns = "number, code, kind, parent, predecessor, valid_from, valid_to, suspended_at, entry"
    added = f"INSERT INTO formations ({columns})"
    with engine.begin() as connection:
        connection.execute(text(f"{added} VALUES (4, 'KAPW', 'CUSTOMS', 0, 0, 0, 0, 0, 7)"))
        connection.execute(text(f"{added} VALUES (5, 'KAPW-NEW', 'CUSTOMS', 0, 4, 90, 0, 0, 8)"))
    with engine.begin() as connection:
        migrations.upgrade("ledger", connection)
    known = LedgerReader(engine).successions(with_parents=True)
    assert known.steps == (Succession(4, 5, 90, 8),)
    assert known.took_over(5, 4, 90)
    assert [one.code for one in LedgerReader(engine).formations()] == ["KAPW", "KAPW-NEW"]
    with engine.begin() as connection:
        migrations.downgrade("ledger", connection, "ledger_0006")
        rows = connection.execute(text("SELECT number, predecessor FROM formations ORDER BY number")).all()
    assert [tuple(row) for row in rows] == [(4, 0), (5, 4)]
    engine.dispose()


def test_of_several_answers_to_a_request_the_first_stays_and_no_other_is_taken(path: Path) -> None:
    engine = open_database("office", path)
    with engine.begin() as connection:
        migrations.downgrade("office", connection, "office_0011")
    request, other = b"r" * 32, b"o" * 32
    replies = (None, request, request, other, None, request)
    with engine.begin() as connection:
        for number, reply in enumerate(replies, start=1):
            connection.execute(
                exchange_tables.messages.insert().values(
                    id=bytes([number]) * 32, way="in", partner=2, kind="answer", agreement=bytes(32), reply=reply,
                    deadline=0, digest=bytes(32), note=b"", content=b"", subject="", state="received", at=number,
                )
            )  # fmt: skip
    with engine.begin() as connection:
        migrations.upgrade("office", connection)
    with engine.begin() as connection:
        kept = connection.execute(
            select(exchange_tables.messages.c.reply).order_by(exchange_tables.messages.c.place)
        ).scalars()
        assert list(kept) == [None, request, None, other, None, None]
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(
            exchange_tables.messages.update().where(exchange_tables.messages.c.place == 1).values(reply=other)
        )
    engine.dispose()
