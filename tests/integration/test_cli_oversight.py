"""Oversight at the command line: the read log on a data directory, notices, traders, attestations; and what cannot be
asked for.
"""

import json

import pytest

from sanad_node.node import Node
from sanad_node.reads.log import DAY, ReadLog
from sanad_testkit.adversary_stage import extract
from sanad_testkit.office import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.engine


def test_old_reads_are_removed_on_the_record_and_a_log_that_was_changed_is_refused(office: Office) -> None:
    with Node(office.data) as node:
        now = node.clock()
        book = ReadLog(node.office, lambda: now - 400 * DAY, window=3600)
        book.keep(user=3, name="officer", formation="PORT", what="GET /v1/documents/{identifier}", things=1)
    assert office.call("reads", code=0).told["reads"][0]["name"] == "officer"
    mark = office.call("reads", "check", code=0).told["mark"]
    early = office.call("reads", "forget", "--older-than", "30", code=3)
    assert early.error == ("READS_TOO_YOUNG", "--older-than")
    told = office.call("reads", "forget", "--older-than", "365", code=0).told
    assert told == {"forgotten": 1, "record": 2}
    assert office.call("reads", "check", "--head", mark, code=0).told["first"] == 2
    assert office.call("fsck", code=0).told["findings"] == []
    other = office.call("reads", "check", "--head", "ab" * 32, code=1)
    assert other.error == ("READ_LOG_BROKEN", "--head")
    assert office.call("reads", "check", "--head", "ab", code=3).error == ("HEAD_INVALID", "--head")
    with Node(office.data) as node, node.office.begin() as connection:
        connection.exec_driver_sql("UPDATE reads SET name = 'nobody'")
    assert office.call("reads", "check", code=1).error == ("READ_LOG_BROKEN", "2")
    examined = office.call("fsck", code=1).told
    assert [(one["check"], one["code"]) for one in examined["findings"]] == [("reads", "READ_LOG_BROKEN")]
    words = office.call("reads", "check", words=True, code=1)
    assert "the read log is not what it was from record 2 on" in words.err


def test_a_record_is_attested_at_the_command_line_and_what_cannot_be_is_refused(office: Office) -> None:
    old = office.file("old.json", extract("OLD-1"))
    for code, kind in (("CELL", "DECLARATION_EXTRACT"), ("PORT", "ATTESTATION"), ("YARD", "ATTESTATION")):
        office.call("formation", "scope", code, "--type", kind, "--acts", "issue", code=0)
    digest = office.call("issue", old, "--type", "DECLARATION_EXTRACT", "--as", "CELL", code=0).told["digest"]
    office.issued("K-1")
    assert office.call("attest", "K-1", "--as", "PORT", code=3).error == ("NOTHING_TO_ATTEST", "ID")
    assert office.call("attest", digest, "--as", "CELL", code=3).error == ("ATTESTS_ITSELF", "--as")
    assert office.call("attest", digest, "--as", "COURT", code=1).error[0] == "FORMATIONS_OUT_OF_SCOPE"
    assert office.call("attest", "ab" * 32, "--as", "PORT", code=3).error == ("UNKNOWN_DOCUMENT", "ID")
    for by in ("PORT", "YARD"):
        assert office.call("verify", old, code=2).told["state"] == "legacy"
        office.call("attest", digest, "--as", by, code=0)
    told = office.call("verify", old, code=0).told
    assert (told["verdict"], told["answers"]["state"]["reason"]) == ("authentic", "RE_ATTESTED")
    made = office.file("attestation.json", json.dumps({"by": "PORT"}).encode())
    by_hand = office.call("issue", made, "--type", "ATTESTATION", "--as", "PORT", code=3)
    assert by_hand.error == ("PUBLISHED_ONLY", "--type")


def test_notices_and_totals_are_listed_in_words(office: Office) -> None:
    office.issued("K-1")
    verified = office.call("verify", "K-1", words=True, code=2).out
    assert "  notice                  it was entered " in verified
    notices = office.call("notices", "--all", words=True, code=0).out
    assert "by CELL: it was entered " in notices
    assert "days after the date it bears (2026-09-28)\n1 of 1 documents looked at" in notices
    window = ("--since", "2026-01-01", "--until", "2026-12-31")
    assert "0 totals as of block" in office.call("traders", *window, words=True, code=0).out
    backwards = office.call("traders", "--since", "2026-02-01", "--until", "2026-01-01", code=3)
    assert backwards.error == ("WINDOW_INVALID", "--until")
    no_day = office.call("traders", "--since", "2026-02-30", "--until", "2026-03-01", code=3)
    assert no_day.error == ("WINDOW_INVALID", "--since")
    no_currency = office.call("traders", *window, "--limit", "50000", code=3)
    assert no_currency.error == ("LIMIT_INVALID", "--limit")
    later = office.call("traders", *window, "--block", "100000", code=3)
    assert later.error == ("BLOCK_NOT_FINAL", "--block")
