"""Where the store is: what `store.toml` may say, where a password may be, and what a server's refusals are called."""

import sys
from pathlib import Path

import pytest

from sanad_node.datadir import DataDirectory, DataDirectoryDamaged, DataNewer
from sanad_node.durable import DiskFault, DiskFull
from sanad_node.store import settings as module
from sanad_node.store.faults import (
    DatabaseDamaged,
    StoreBusy,
    StoreDriverMissing,
    StoreNotDurable,
    StorePasswordExposed,
    StoreReadOnly,
    StoreRefused,
    StoreSettingsInvalid,
    StoreTooOld,
    StoreUnreachable,
    fault_of,
)
from sanad_node.store.server import Promises, connect, promises_of
from sanad_node.store.settings import ServerSettings, read_password, read_settings, write_settings
from sanad_testkit.postgres import PostgresServer
from sanad_verifier.errors import SanadError

URL = "postgresql://sanad@db.example/sanad"
PROMISES = Promises(160014, "16.14", "on", "on", "on", False, "off", "on", "UTF8")


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    return DataDirectory.create(tmp_path / "data")


def test_settings_are_read_as_they_were_written(directory: DataDirectory) -> None:
    assert read_settings(directory) is None
    told = ServerSettings(URL, connect_seconds=3, statement_seconds=120, lock_seconds=7)
    write_settings(directory, told)
    assert read_settings(directory) == told
    assert told.shown == "db.example/sanad"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("lock_seconds = 0", StoreSettingsInvalid),
        ("lock_seconds = 601", StoreSettingsInvalid),
        ("lock_seconds = true", StoreSettingsInvalid),
        ('lock_seconds = "10"', StoreSettingsInvalid),
        ("patience = 3", StoreSettingsInvalid),
        ("[server]", StoreSettingsInvalid),
        ("lock_seconds = ", DataDirectoryDamaged),
        ("# " + "x" * (64 << 10), DataDirectoryDamaged),
        ("\0", DataDirectoryDamaged),
    ],
)
def test_settings_with_one_thing_wrong_are_refused(
    directory: DataDirectory, line: str, error: type[SanadError]
) -> None:
    good = f'version = 1\nurl = "{URL}"\n'
    path = directory.root / module.FILE
    path.write_text(good)
    assert read_settings(directory) == ServerSettings(URL)
    path.write_text(good + line + "\n")
    with pytest.raises(error):
        read_settings(directory)


def test_settings_of_a_newer_version_are_refused_as_such(directory: DataDirectory) -> None:
    (directory.root / module.FILE).write_text(f'version = 2\nurl = "{URL}"\n')
    with pytest.raises(DataNewer):
        read_settings(directory)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://sanad:word@db.example/sanad",
        "postgresql://sanad@db.example/sanad?password=word",
        "postgresql://sanad@db.example/sanad?options=-csynchronous_commit%3Doff",
        "postgresql://sanad@db.example/sanad?passfile=/tmp/x",
        "postgresql://sanad@db.example",
        "postgresql://db.example/sanad",
        "mysql://sanad@db.example/sanad",
        "postgresql://sanad@db.example/sanad?nonsense=1",
        "host=db.example dbname=sanad user=sanad",
        "postgresql://sanad@[db.example/sanad",
        "",
    ],
)
def test_a_url_with_one_thing_wrong_is_refused_and_not_repeated(url: str) -> None:
    assert ServerSettings(URL).parameters()["dbname"] == "sanad"
    with pytest.raises(StoreSettingsInvalid) as refused:
        ServerSettings(url).parameters()
    assert refused.value.field == "url"
    assert "word" not in refused.value.message.replace("password", "")


@pytest.mark.parametrize(
    ("url", "sslmode"),
    [
        (URL, "verify-full"),
        ("postgresql://sanad@a.example:5432,b.example:5433/sanad", "verify-full"),
        ("postgresql://sanad@localhost,b.example/sanad", "verify-full"),
        ("postgresql://sanad@/sanad?hostaddr=192.0.2.7", "verify-full"),
        ("postgresql://sanad@127.0.0.1/sanad", None),
        ("postgresql://sanad@/sanad?host=/run/postgresql", None),
        (f"{URL}?sslmode=require", "require"),
    ],
)
def test_another_machine_is_asked_under_tls_with_its_name_checked(url: str, sslmode: str | None) -> None:
    told = ServerSettings(url).parameters()
    assert told.get("sslmode") == sslmode
    assert told["target_session_attrs"] == "read-write"


def test_a_password_is_read_from_a_file_that_only_its_owner_can_read(directory: DataDirectory) -> None:
    assert read_password(directory) is None
    path = directory.root / "secrets" / module.PASSWORD
    path.write_text("geheim\n")
    path.chmod(0o600)
    assert read_password(directory) == "geheim"
    path.chmod(0o640)
    with pytest.raises(StorePasswordExposed):
        read_password(directory)


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff", b"x" * 2000])
def test_a_file_that_is_no_password_is_damaged(directory: DataDirectory, content: bytes) -> None:
    path = directory.root / "secrets" / module.PASSWORD
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(DataDirectoryDamaged):
        read_password(directory)


# -- what a server promises, and how it refuses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"fsync": "off"}, StoreNotDurable),
        ({"full_page_writes": "off"}, StoreNotDurable),
        ({"synchronous_commit": "off"}, StoreNotDurable),
        ({"synchronous_commit": "local"}, StoreNotDurable),
        ({"encoding": "SQL_ASCII"}, StoreNotDurable),
        ({"standby": True}, StoreReadOnly),
        ({"read_only": "on"}, StoreReadOnly),
        ({"number": 130020}, StoreTooOld),
    ],
)
def test_a_server_that_could_lose_a_confirmed_commit_is_refused(
    change: dict[str, object], error: type[SanadError]
) -> None:
    PROMISES.must_hold()
    told = {name: getattr(PROMISES, name) for name in PROMISES.__dataclass_fields__} | change
    with pytest.raises(error):
        Promises(**told).must_hold()


def test_a_real_server_promises_what_is_needed_and_a_careless_one_does_not(postgres: PostgresServer) -> None:
    connection = connect(postgres.settings("postgres"), postgres.password, "pg_catalog")
    promises_of(connection).must_hold()
    connection.close()
    careless = PostgresServer("fsync=off", "synchronous_commit=off")
    try:
        careless.start()
        connection = connect(careless.settings("postgres"), careless.password, "pg_catalog")
        told = promises_of(connection)
        assert told.synchronous_commit == "on", "every connection sets it for itself"
        with pytest.raises(StoreNotDurable) as refused:
            told.must_hold()
        assert refused.value.field == "fsync"
        connection.close()
    finally:
        careless.close()


def test_without_the_driver_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreDriverMissing) as told:
        ServerSettings(URL).parameters()
    assert "sanad[postgres]" in told.value.message


@pytest.mark.parametrize("password", ["wrong", None])
def test_a_wrong_password_is_a_refusal(
    postgres: PostgresServer, password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    with pytest.raises(StoreRefused) as refused:
        connect(postgres.settings("postgres"), password, "pg_catalog")
    assert "wrong" not in refused.value.message


def test_a_missing_database_is_a_refusal_and_a_closed_port_is_unreachable(postgres: PostgresServer) -> None:
    with pytest.raises(StoreRefused):
        connect(postgres.settings("nowhere"), postgres.password, "pg_catalog")
    with pytest.raises(StoreUnreachable):
        connect(postgres.settings("postgres", port=1), postgres.password, "pg_catalog")


def test_a_password_comes_from_where_libpq_looks_too(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passfile = tmp_path / "pgpass"
    passfile.write_text(f"127.0.0.1:{postgres.port}:*:*:{postgres.password}\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    connect(postgres.settings("postgres"), None, "pg_catalog").close()
    monkeypatch.delenv("PGPASSFILE")
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    connect(postgres.settings("postgres"), None, "pg_catalog").close()


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("53100", DiskFull),
        ("58030", DiskFault),
        ("53300", StoreBusy),
        ("55P03", StoreBusy),
        ("57014", StoreBusy),
        ("40001", StoreBusy),
        ("40P01", StoreBusy),
        ("57P01", StoreUnreachable),
        ("57P02", StoreUnreachable),
        ("57P03", StoreUnreachable),
        ("08006", StoreUnreachable),
        ("28P01", StoreRefused),
        ("42501", StoreRefused),
        ("25006", StoreReadOnly),
        ("42P01", DatabaseDamaged),
        ("XX001", DatabaseDamaged),
        ("99999", DatabaseDamaged),
    ],
)
def test_every_state_of_a_server_has_a_fault(state: str, error: type[SanadError]) -> None:
    class Refused(Exception):
        sqlstate = state

    told = fault_of(Refused("secret text of the server"), "store")
    assert type(told) is error
    assert "secret" not in told.message
