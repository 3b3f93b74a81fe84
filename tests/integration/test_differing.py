"""A paper that was changed after it was issued: the answer names the document it pretends to be, and the fields that
were changed, to those who may read that document.
"""

import json
from typing import Any

import pytest

from sanad_node import differing, verifying
from sanad_node.differing import EVERYBODY, NOBODY, OPERATOR, Sight
from sanad_node.node import Node
from sanad_testkit.office import Office, office, quiet
from sanad_verifier.verdict import Overall, Report

__all__ = ["office", "quiet"]
pytestmark = [pytest.mark.engine]


def changed(office: Office, *path: str, value: Any) -> bytes:
    """Receipt `K-1` with one value in the place of another; None takes the member away."""
    told = json.loads((office.folder / "K-1.json").read_bytes())
    inside = told
    for step in path[:-1]:
        inside = inside[step]
    if value is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return json.dumps(told).encode()


def report(office: Office, document: bytes, sight: Sight = OPERATOR, doc_type: str | None = None) -> Report:
    with Node(office.data) as node:
        asked = verifying.Asked(document=document, doc_type=doc_type, sight=sight)
        (told,) = verifying.verify(node, asked)
    return told


def test_the_document_as_it_was_issued_differs_in_nothing(quiet: Office) -> None:
    told = report(quiet, (quiet.folder / "K-1.json").read_bytes())
    assert (told.overall, told.differs) == (Overall.AUTHENTIC, ())


def test_a_changed_value_is_named_with_the_document_it_was_changed_from(quiet: Office) -> None:
    told = report(quiet, changed(quiet, "vehicle", "chassisNumber", value="NZE141-0000002"))
    assert (told.overall, told.intact.reason) == (Overall.UNKNOWN, "FIELDS_DIFFER")
    assert told.differs == ("/vehicle/chassisNumber",)
    assert "AUCTION_RECEIPT that CELL issued" in told.intact.sentence
    assert told.intact.sentence.endswith("differs from it at /vehicle/chassisNumber")


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("vehicle", "engineNumber"), None, "/vehicle/engineNumber"),
        (("vehicle", "doors"), 4, "/vehicle/doors"),
        (("vehicle", "year"), True, "/vehicle/year"),
        (("lotNumber",), [], "/lotNumber"),
    ],
    ids=["taken away", "added", "of another type", "emptied"],
)
def test_whatever_was_done_to_a_field_is_named(
    quiet: Office, path: tuple[str, ...], value: Any, named: str
) -> None:
    assert report(quiet, changed(quiet, *path, value=value)).differs == (named,)


def test_true_is_not_one() -> None:
    assert differing._fields({"a": 1}) != differing._fields({"a": True})


def test_a_copy_typed_anew_has_another_salt_which_is_no_difference_worth_naming(quiet: Office) -> None:
    document = json.loads(changed(quiet, "salt", value=None))
    document["psid"] = "0000000000"
    assert report(quiet, json.dumps(document).encode()).differs == ("/psid",)
    only_salt = report(quiet, changed(quiet, "salt", value=None))
    assert only_salt.differs == ("/salt",)


def test_many_fields_are_counted_in_the_sentence_and_listed_beside_it(quiet: Office) -> None:
    document = json.loads((quiet.folder / "K-1.json").read_bytes())
    document["vehicle"] = {f"part{n:02}": "x" for n in range(12)}
    told = report(quiet, json.dumps(document).encode())
    assert len(told.differs) > differing.NAMED_AT_MOST
    assert told.intact.sentence.endswith(f"and {len(told.differs) - differing.NAMED_AT_MOST} other fields")


@pytest.mark.parametrize(
    ("sight", "reason", "differs"),
    [
        (NOBODY, "NOT_ON_LEDGER", ()),
        (Sight(numbers="PORT", contents="PORT"), "NOT_ON_LEDGER", ()),
        (Sight(numbers=EVERYBODY, contents="PORT"), "FIELDS_DIFFER", ()),
        (Sight(numbers="CELL", contents="CELL"), "FIELDS_DIFFER", ("/psid",)),
    ],
    ids=["a stranger", "another office", "a squad", "the issuer"],
)
def test_only_who_may_read_the_document_is_told_which_fields(
    quiet: Office, sight: Sight, reason: str, differs: tuple[str, ...]
) -> None:
    told = report(quiet, changed(quiet, "psid", value="0000000000"), sight)
    assert (told.overall, told.intact.reason, told.differs) == (Overall.UNKNOWN, reason, differs)


def test_a_document_whose_contents_are_not_here_is_named_without_its_fields(office: Office) -> None:
    path = office.receipt("K-7")
    office.call("issue", path, "--type", "AUCTION_RECEIPT", "--as", "CELL", "--no-keep", code=0)
    document = json.loads(path.read_bytes())
    document["psid"] = "0000000000"
    told = report(office, json.dumps(document).encode())
    assert (told.intact.reason, told.differs) == ("FIELDS_DIFFER", ())
    assert told.intact.sentence.endswith("and is not that document")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b"17",
        b'{"receiptNumber":[]}',
        b'{"receiptNumber":""}',
        b'{"receiptNumber":"NONE-1"}',
    ],
    ids=["nothing", "no text", "a list", "a number", "no number", "an empty number", "a number of none"],
)
def test_what_bears_no_number_of_an_issued_document_is_compared_with_none(
    quiet: Office, document: bytes
) -> None:
    told = report(quiet, document)
    assert (told.overall, told.intact.reason, told.differs) == (Overall.UNKNOWN, "NOT_ON_LEDGER", ())


def test_a_paper_said_to_be_of_another_type_is_not_compared(quiet: Office) -> None:
    document = changed(quiet, "psid", value="0000000000")
    assert report(quiet, document, doc_type="EIF").intact.reason == "NOT_ON_LEDGER"


def test_of_two_versions_under_one_number_the_nearer_one_is_named(office: Office) -> None:
    first = office.issued("K-9")
    document = json.loads(first.read_bytes())
    document["saleAmount"] = "999999.00"
    second = office.file("K-9-2.json", json.dumps(document).encode())
    office.call("issue", second, "--type", "AUCTION_RECEIPT", "--as", "CELL", "--replaces", "K-9", code=0)
    document["psid"] = "0000000000"
    told = report(office, json.dumps(document).encode())
    assert told.differs == ("/psid",), "of the newer; /saleAmount too of the older"


def test_the_command_says_it_in_words_and_as_json(quiet: Office) -> None:
    paper = quiet.file("changed.json", changed(quiet, "psid", value="0000000000"))
    told = quiet.call("verify", paper, code=2).told
    assert (told["verdict"], told["differs"]) == ("unknown", ["/psid"])
    assert "differs from it at /psid" in quiet.call("verify", paper, code=2, words=True).out
