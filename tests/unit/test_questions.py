"""A question put to a driver directly is answered as SQLAlchemy answers it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from psutil import Process
from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, String, Table, bindparam, select, text

from sanad_node.store.faults import DatabaseDamaged
from sanad_node.store.questions import Question
from sanad_testkit.stores import Databases
from sanad_verifier.errors import EnvironmentFault

papers = Table(
    "papers_asked_about",
    MetaData(),
    Column("idx", Integer, primary_key=True),
    Column("name", String(31)),
    Column("digest", LargeBinary(32)),
)
QUERY = select(papers.c.idx, papers.c.name.label("word"), papers.c.digest).order_by(papers.c.idx)
ROWS = [{"idx": n, "name": f"n-{n}", "digest": bytes([n])} for n in range(5)]


@pytest.fixture
def database(databases: Databases) -> Engine:
    engine = databases.open("ledger")
    with engine.begin() as connection:
        papers.metadata.create_all(connection)
        connection.execute(papers.insert(), ROWS)
    return engine


@pytest.fixture
def files(database: Engine) -> Engine:
    """The database where it is a file."""
    if database.dialect.name != "sqlite":
        pytest.skip("there is no file to look at")
    return database


def test_every_row_is_given_by_the_names_of_the_columns(database: Engine) -> None:
    with database.connect() as connection:
        expected = [row._asdict() for row in connection.execute(QUERY)]
    assert [row._asdict() for row in Question(QUERY).all(database)] == expected
    assert len(expected) == len(ROWS)


def test_parameters_are_named_and_those_of_the_query_itself_are_fixed(database: Engine) -> None:
    question = Question(QUERY.where(papers.c.idx >= bindparam("least")).limit(2))
    assert [row.word for row in question.all(database, least=1)] == ["n-1", "n-2"]


def test_the_first_row_or_none_is_given(database: Engine) -> None:
    question = Question(QUERY.where(papers.c.digest == bindparam("digest")))
    assert question.first(database, digest=b"\3").word == "n-3"
    assert question.first(database, digest=b"none") is None


def test_a_connection_sees_what_its_own_transaction_has_written(database: Engine) -> None:
    question = Question(QUERY.where(papers.c.idx == bindparam("idx")))
    with database.begin() as connection:
        connection.execute(papers.insert(), {"idx": 9, "name": "new", "digest": b""})
        assert question.first(connection, idx=9).word == "new"
        assert question.first(database, idx=9) is None


def test_errors_are_those_of_a_store(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("DROP TABLE papers_asked_about"))
    with pytest.raises(EnvironmentFault) as asked:
        Question(QUERY).all(database)
    with pytest.raises(EnvironmentFault) as built, database.connect() as connection:
        connection.execute(QUERY)
    assert asked.value.as_dict() == built.value.as_dict()


def test_a_file_that_is_no_database_is_said_to_be_damaged(files: Engine) -> None:
    database = files
    path = str(database.url.database)
    database.dispose()
    with Path(path).open("r+b") as file:
        file.write(b"no database at all" * 100)
    with pytest.raises(DatabaseDamaged):
        Question(QUERY).all(database)


def test_questions_asked_at_one_moment_are_each_answered(database: Engine) -> None:
    question = Question(QUERY.where(papers.c.idx == bindparam("idx")))
    with ThreadPoolExecutor(8) as asking:
        answers = asking.map(lambda n: question.first(database, idx=n % 5).word, range(400))
        assert list(answers) == [f"n-{n % 5}" for n in range(400)]


def test_a_question_keeps_no_transaction_open_and_sees_what_was_committed_since(database: Engine) -> None:
    question = Question(QUERY.where(papers.c.idx == bindparam("idx")))
    assert question.first(database, idx=9) is None
    with database.begin() as connection:
        connection.execute(papers.insert(), {"idx": 9, "name": "new", "digest": b""})
    assert question.first(database, idx=9).word == "new"


def test_a_database_that_was_let_go_is_asked_anew_and_holds_no_file_open(files: Engine) -> None:
    database = files
    question, file = Question(QUERY), Path(str(database.url.database))
    assert len(question.all(database)) == len(ROWS)
    database.dispose()
    assert not any(one.path == str(file) for one in Process().open_files())
    assert len(question.all(database)) == len(ROWS)
