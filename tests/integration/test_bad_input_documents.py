"""A document, a name, a key or an option that is wrong is refused by a stable code and the name of the field, and
nothing is half-done: log, chain, promised acts, what is remembered, vault and batch files stay as they were.
"""

import json
from collections.abc import Callable

import pytest

from sanad_testkit.network_of_offices import receipt
from sanad_testkit.office import Office, office, quiet

__all__ = ["office", "quiet"]
pytestmark = pytest.mark.engine
Bytes = Callable[[bytes], bytes]
CELL = ("--type", "AUCTION_RECEIPT", "--as", "CELL")


def changed(**members: object) -> Bytes:
    return lambda data: json.dumps({**json.loads(data), **members}).encode()


def without(member: str) -> Bytes:
    return lambda data: json.dumps({k: v for k, v in json.loads(data).items() if k != member}).encode()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        pytest.param(lambda _: b"", "DOCUMENT_INVALID", "bad.json", id="empty"),
        pytest.param(lambda _: b"{", "JSON_INVALID", "bad.json", id="cut-off"),
        pytest.param(lambda d: b"\xef\xbb\xbf" + d, "JSON_BOM", "bad.json", id="byte-order-mark"),
        pytest.param(lambda d: d[:-2] + b"\xff" + d[-2:], "JSON_NOT_UTF8", "bad.json", id="malformed-utf-8"),
        pytest.param(lambda d: b'{"salt":"x",' + d[1:], "JSON_DUPLICATE_KEY", "/salt", id="duplicate-key"),
        pytest.param(changed(saleAmount=1.5), "JSON_FLOAT", "/saleAmount", id="a-float"),
        pytest.param(changed(saleAmount=2**60), "JSON_INTEGER_RANGE", "/saleAmount", id="a-big-integer"),
        pytest.param(changed(currency="\ud800"), "JSON_SURROGATE", "/currency", id="a-lone-surrogate"),
        pytest.param(changed(collectorate="e\u0301"), "JSON_NOT_NFC", "/collectorate", id="not-nfc"),
        pytest.param(changed(saleAmount=15), "DOCUMENT_INVALID", "/saleAmount", id="wrong-type"),
        pytest.param(changed(colour2="red"), "DOCUMENT_INVALID", "/colour2", id="unknown-member"),
        pytest.param(without("saleAmount"), "DOCUMENT_INVALID", "/saleAmount", id="missing-member"),
        pytest.param(without("salt"), "DOCUMENT_SALT_MISSING", "/salt", id="no-salt"),
        pytest.param(lambda _: b"[1]", "DOCUMENT_INVALID", "bad.json", id="not-an-object"),
        pytest.param(lambda d: d + b" " * (1 << 20), "DOCUMENT_INVALID", "bad.json", id="oversized"),
        pytest.param(lambda _: b"[" * 200_000, "JSON_TOO_DEEP", "bad.json", id="nested-too-deep"),
    ],
)
def test_a_document_with_one_thing_wrong_is_refused(
    change: Bytes, code: str, field: str, quiet: Office
) -> None:
    before = quiet.seen()
    path = quiet.file("bad.json", change(receipt("K-2")))
    assert quiet.call("issue", path, *CELL, code=3).error == (code, field)
    assert quiet.seen() == before


def test_a_deeply_nested_document_is_refused_after_a_key_was_opened_too(office: Office) -> None:
    """Opening a key loads a library; releases of one under it raised Python's limit of recursion."""
    office.issued("K-1")
    path = office.file("deep.json", b'{"a":' * 200_000)
    assert office.call("issue", path, *CELL, code=3).error == ("JSON_TOO_DEEP", "deep.json")


FILE = ("--type", "FILE", "--as", "CELL")
STRANGER = "ab" * 20


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (("issue", "nosuch.json", *CELL), "FILE_UNREADABLE", "nosuch.json"),
        (("issue", ".", *CELL), "FILE_UNREADABLE", "."),
        (("issue", "K-1.json", "--type", "NOPE", "--as", "CELL"), "UNKNOWN_TYPE", "--type"),
        (("issue", "K-1.json", "--type", "FILE", "--as", "NOPE"), "UNKNOWN_FORMATION", "--as"),
        (("issue", "K-1.json", *FILE, "--number", "9" * 300), "NUMBER_INVALID", "--number"),
        (("issue", "K-1.json", *FILE, "--number", " "), "NUMBER_INVALID", "--number"),
        (("issue", "K-1.json", *FILE, "--key", ""), "IDEMPOTENCY_KEY_INVALID", "--key"),
        (("issue", "K-1.json", *FILE, "--key", "é"), "IDEMPOTENCY_KEY_INVALID", "--key"),
        (("issue", "K-1.json", *FILE, "--key", "k" * 257), "IDEMPOTENCY_KEY_INVALID", "--key"),
        (("issue", "K-1.json", "--as", "CELL"), "USAGE", "--type"),
        (("issue",), "USAGE", "FILE"),
        (("issue", "K-1.json", *FILE, "--surprise"), "USAGE", "--surprise"),
        (("isue",), "USAGE", ""),
        (("issue-batch", "nosuch", *CELL), "BATCH_SOURCE_INVALID", "nosuch"),
        (("issue-batch", "K-1.json", *CELL), "BATCH_SOURCE_INVALID", "K-1.json"),
        (("prepare", "nosuch", "--type", "EIF", "-o", "x"), "FILE_UNREADABLE", "nosuch"),
        (("suspend", "K-1", "--reason", "spite"), "REASON_INVALID", "--reason"),
        (("suspend", "K-9", "--reason", "fraud"), "UNKNOWN_DOCUMENT", "ID"),
        (("suspend", "K-1", "--reason", "fraud", "--as", "NOPE"), "UNKNOWN_FORMATION", "--as"),
        (("supersede", "K-1", "--by", "K-9", "--reason", "amended"), "UNKNOWN_DOCUMENT", "--by"),
        (("bundle", "K-9", "-o", "x.sanad"), "UNKNOWN_DOCUMENT", "ID"),
        (("verify", ""), "NUMBER_INVALID", "ID"),
        (("verify", "nosuch.json"), "FILE_UNREADABLE", "nosuch.json"),
        (("verify", "K-1.json", "--offline"), "OPTION_MISSING", "--trust"),
        (("verify", "K-1.json", "--at", "2026-01-01"), "OPTION_MISSING", "--trust"),
        (("verify", "K-1.json", "--trust", "nosuch"), "FILE_UNREADABLE", "nosuch"),
        (("trace", "K-9"), "UNKNOWN_DOCUMENT", "ID"),
        (("custody", "show", "BOX 9"), "UNKNOWN_CONSIGNMENT", "ID"),
        (("custody", "receive", "BOX 9", "--as", "PORT"), "UNKNOWN_CONSIGNMENT", "ID"),
        (("custody", "register", "B", "--kind", "BOAT", "--as", "CELL"), "CONSIGNMENT_KIND_INVALID", "--kind"),
        (("custody", "register", " ", "--kind", "LOT", "--as", "CELL"), "CUSTODY_RECORD_INVALID", "REFERENCE"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--place", "zz"), "TERMS_INVALID", "--place"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--condition", "x"), "CONDITION_INVALID", "--condition"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--quantity", str(2**64)), "TERMS_INVALID", "--quantity"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--quantity", "-1"), "USAGE", "--quantity"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--quantity", "ten"), "USAGE", "--quantity"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--note", "n" * 2001), "CUSTODY_RECORD_INVALID", "--note"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--document", "K-9"), "UNKNOWN_DOCUMENT", "--document"),
        (("custody", "receive", "BOX 1", "--as", "PORT", "--sent-by", "X"), "UNKNOWN_FORMATION", "--sent-by"),
        (("custody", "ship", "BOX 1", "--as", "CELL", "--to", "X"), "UNKNOWN_FORMATION", "--to"),
        (("formation", "add", "é", "--kind", "BANK"), "NAME_INVALID", "CODE"),
        (("formation", "add", "B1", "--kind", "K" * 32), "NAME_INVALID", "--kind"),
        (("formation", "add", "B1", "--kind", "BANK", "--parent", "X"), "UNKNOWN_FORMATION", "--parent"),
        (("formation", "add", "B1", "--kind", "BANK", "--from", "soon"), "TIME_INVALID", "--from"),
        (("formation", "add", "B1", "--kind", "BANK", "--to", "1969-01-01"), "TIME_INVALID", "--to"),
        (("formation", "scope", "CELL", "--type", "FLIE", "--acts", "issue"), "UNKNOWN_TYPE", "--type"),
        (("formation", "scope", "CELL", "--type", "FILE", "--acts", "fly"), "ACT_NAME_INVALID", "--acts"),
        (("formation", "suspend", "X", "--reason", "fraud"), "UNKNOWN_FORMATION", "CODE"),
        (("formation", "suspend", "CELL", "--reason", "fraud", "--key", "12"), "ADDRESS_INVALID", "--key"),
        (("formation", "rotate-key", "CELL", "--key", STRANGER), "UNKNOWN_KEY", "--key"),
        (("member", "propose", "dance", "2"), "PROPOSAL_INVALID", "add|remove|threshold|network"),
        (("member", "propose", "add", STRANGER), "ADDRESS_INVALID", "--cosigning-key"),
        (("member", "propose", "remove", "12"), "ADDRESS_INVALID", "ADDRESS"),
        (("member", "propose", "threshold", "1", "--as-member", STRANGER), "NOT_A_MEMBER", "--as-member"),
        (("member", "vote", "99"), "PROPOSAL_UNKNOWN", "NUMBER"),
        (("node", "init", "--name", "No Such Name", "--data", "new"), "NETWORK_NAME_INVALID", "--name"),
        (("node", "init"), "DATA_EXISTS", "--data"),
        (("fsck", "--data", "nosuch"), "DATA_MISSING", "--data"),
        (("restore", "nosuch.tar", "--data", "new"), "BACKUP_UNREADABLE", "nosuch.tar"),
        (("backup", "K-1.json"), "DATA_EXISTS", "K-1.json"),
    ],
    ids=lambda told: " ".join(told)[:60] if isinstance(told, tuple) else "",
)  # fmt: skip
def test_a_command_with_one_thing_wrong_names_it_and_does_nothing(
    arguments: tuple[str, ...], code: str, field: str, quiet: Office
) -> None:
    before = quiet.seen()
    assert quiet.call(*arguments, code=3).error == (code, field)
    assert quiet.seen() == before


def test_the_same_words_and_code_are_told_without_json(quiet: Office) -> None:
    arguments = ("issue", "K-1.json", "--type", "NOPE", "--as", "CELL")
    told = quiet.call(*arguments).told["error"]
    words = quiet.call(*arguments, words=True, code=3)
    assert words.err == f"error {told['code']} [{told['field']}]: {told['message']}\n"
    assert words.out == ""


def test_every_problem_of_a_document_is_told(quiet: Office) -> None:
    path = quiet.file("bad.json", without("saleAmount")(changed(currency=5)(receipt("K-2"))))
    told = quiet.call("issue", path, *CELL, code=3).told["error"]["problems"]
    assert {(one["pointer"], one["code"]) for one in told} == {
        ("/currency", "WRONG_TYPE"),
        ("/saleAmount", "MEMBER_MISSING"),
    }
    words = quiet.call("issue", path, *CELL, words=True).err
    assert "/currency" in words
    assert "/saleAmount" in words


@pytest.mark.parametrize("word", ["\udcff", "K\udcff"])
def test_an_argument_that_is_not_utf_8_is_refused(word: str, quiet: Office) -> None:
    before = quiet.seen()
    assert quiet.call("issue", "K-1.json", *FILE, "--number", word, code=3).error == ("USAGE", "arguments")
    assert quiet.seen() == before


def test_a_used_idempotency_key_is_the_same_act_or_refused(office: Office) -> None:
    one, two = office.receipt("K-1"), office.receipt("K-2")
    first = office.call("issue", one, *CELL, "--key", "k", code=0).told
    before = office.seen()
    again = office.call("issue", one, *CELL, "--key", "k", code=0).told
    assert (again["act"], again["replayed"], first["replayed"]) == (first["act"], True, False)
    assert office.call("issue", two, *CELL, "--key", "k", code=3).error == ("IDEMPOTENCY_KEY_REUSED", "--key")
    assert office.seen() == before


def test_a_document_and_a_number_are_issued_once(office: Office) -> None:
    office.issued("K-1")
    before = office.seen()
    other = office.file("other.json", receipt("K-1", "NZE141-9999999"))
    assert office.call("issue", other, *CELL, code=3).error == ("NUMBER_IN_USE", "--number")
    assert office.call("issue", "K-1.json", *CELL, "--key", "new", code=3).error == ("ALREADY_ISSUED", "FILE")
    assert office.seen() == before
