"""Two offices become one, and that one becomes two: what became of their papers, their cargo, and who may do what."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from sanad_node import checkpointing, governance
from sanad_node.acting import word
from sanad_node.contracts import load
from sanad_node.contracts.abi import decode_result, encode_call
from sanad_node.mirror.replaying import must_agree, replay
from sanad_node.mirror.sources import Folder
from sanad_node.node import Node
from sanad_node.successions import Successions
from sanad_testkit.network_of_offices import CUSTODY_ACTS, DOCUMENT_ACTS
from sanad_testkit.office import Office, office
from sanad_verifier.cli import main

__all__ = ["office"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]
CELL, PORT = 1, 2
MERGED, EAST, WEST = 5, 6, 7


def registered(office: Office) -> None:
    """Offices that wait to take over: they have keys and scopes, and nothing of anybody's."""
    with Node(office.data) as node:
        node.catch_up()
        calls: list[tuple[str, str, tuple[Any, ...]]] = [
            ("Formations", "addFormation", (word(code), word("AGENCY"), 0, 0, 0, 0))
            for code in ("MERGED", "EAST", "WEST")
        ]
        for number in (MERGED, EAST, WEST):
            calls.append(("Formations", "addKey", (number, node.keyring.create(), bytes(32), 0, 0)))
            scopes = {"AUCTION_RECEIPT": DOCUMENT_ACTS, "FILE": DOCUMENT_ACTS, "CONTAINER": CUSTODY_ACTS}
            calls += [
                ("Formations", "setScope", (number, word(name), governance.scope_word(acts), 0, 0))
                for name, acts in scopes.items()
            ]
        governance.propose_all(node, calls)


def offline(office: Office, bundle: str) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.chdir(office.folder), contextlib.redirect_stdout(out):
        main([bundle, "--trust", "trust.json", "--json"])
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def said(verdict: dict[str, Any]) -> list[str]:
    return [one["about"] for one in verdict["notices"] if one["code"] == "OFFICE_SUCCEEDED"]


def text_of(path: Path) -> str:
    pages = pypdfium2.PdfDocument(path)
    return " ".join("".join(page.get_textpage().get_text_bounded() for page in pages).split())


def test_papers_and_cargo_of_merged_and_divided_offices_are_orphaned_nowhere(office: Office) -> None:
    registered(office)
    for number in ("K-1", "K-2", "K-3"):
        office.issued(number)
    office.call("trust", "-o", "trust.json", code=0)
    office.call("bundle", "K-1", "-o", "k1.sanad", code=0)
    for box, holder in (("MSKU1234565", "CELL"), ("CSQU3054383", "PORT")):
        office.call("custody", "register", box, "--kind", "CONTAINER", "--as", holder, code=0)
    office.call("custody", "ship", "CSQU3054383", "--to", "CELL", "--as", "PORT", code=0)

    # before: a stranger may do nothing with them
    before = office.remains()
    revoke = ("revoke", "K-1", "--reason", "fraud")
    assert office.call(*revoke, "--as", "MERGED", code=1).error == ("LEDGER_NOT_THE_ISSUER", "--as")
    receive = ("custody", "receive", "CSQU3054383", "--as", "MERGED")
    assert office.call(*receive, code=1).error == ("CUSTODY_NOT_THE_TAKER", "--as")
    assert office.remains() == before

    # the merger, and what cannot be said twice or backwards
    succeed = ("formation", "succeed")
    told = office.call(*succeed, "CELL", "PORT", "--by", "MERGED", words=True, code=0).out
    assert told.startswith("CELL and PORT give way to MERGED")
    before = office.remains()
    assert office.call(*succeed, "PORT", "--by", "YARD", code=1).error == ("FORMATIONS_GAVE_WAY", "CODE")
    assert office.call(*succeed, "MERGED", "--by", "CELL", code=1).error == ("FORMATIONS_GAVE_WAY", "CODE")
    assert office.call(*succeed, "NOBODY", "--by", "YARD", code=3).error == ("UNKNOWN_FORMATION", "CODE")
    assert office.call(*succeed, "YARD", "--by", "NOBODY", code=3).error == ("UNKNOWN_FORMATION", "--by")
    assert office.call(
        "issue", office.receipt("K-9"), "--type", "AUCTION_RECEIPT", "--as", "CELL", code=1
    ).error == (
        "FORMATIONS_EXPIRED",
        "--as",
    )
    assert office.remains() == before

    # old papers: as valid as before, from every source, and who is to be asked about them now
    verdict = office.call("verify", "K-1.json", code=0).told
    assert (verdict["verdict"], verdict["issuer"], said(verdict)) == ("authentic", "CELL", ["MERGED"])
    assert "its office has been part of MERGED since" in office.call("verify", "K-1.json", words=True).out
    assert offline(office, "k1.sanad")["verdict"] == "authentic"
    office.call("certificate", "K-1", "-o", "k1.pdf", code=0)
    assert "part of MERGED" in text_of(office.folder / "k1.pdf")
    assert office.call("verify", "K-1", "--issuer", "MERGED", code=2).told["issuer"] == "CELL"

    # who has the place acts, without having to say in whose
    assert office.call("revoke", "K-1", "--reason", "fraud", code=0).told["state"] == "final"
    assert office.call("verify", "K-1.json", code=1).told["answers"]["state"]["reason"] == "REVOKED"
    office.call(*receive, "--quantity", "1", code=0)
    assert office.call("trace", "CSQU3054383", code=0).told["holder"] == "MERGED"
    office.call("custody", "ship", "MSKU1234565", "--to", "YARD", "--as", "MERGED", code=0)
    office.call(
        "custody", "recall", "MSKU1234565", "--as", "MERGED", "--reason", "taker-did-not-come", code=0
    )
    assert office.call("trace", "MSKU1234565", code=0).told["holder"] == "MERGED"

    # an amendment: the successor's own paper in the old one's place
    old = office.call("trace", "K-3", code=0).told["document"]["digest"]
    office.receipt("K-3", "NZE141-0000009")
    new = ("issue", "K-3.json", "--type", "AUCTION_RECEIPT", "--as", "MERGED", "--replaces", old)
    made = office.call(*new, code=0).told["digest"]
    office.call("supersede", old, "--by", made, "--reason", "amended", code=0)
    assert office.call("verify", old, code=1).told["replacedBy"] == made

    # the division: either half, and if both keys are here somebody has to say which
    office.call(*succeed, "MERGED", "--by", "WEST", "--by", "EAST", code=0)
    assert said(office.call("verify", "K-2.json", code=0).told) == ["EAST and WEST"]
    revoke = ("revoke", "K-2", "--reason", "fraud")
    assert office.call(*revoke, code=3).error == ("SUCCESSOR_AMBIGUOUS", "--as")
    office.call(*revoke, "--as", "WEST", code=0)
    late = ("revoke", made, "--reason", "fraud", "--as")
    assert office.call(*late, "MERGED", code=1).error == ("FORMATIONS_EXPIRED", "--as")
    office.call(*late, "EAST", code=0)
    office.call("custody", "ship", "CSQU3054383", "--to", "YARD", "--as", "EAST", code=0)

    line = office.call("formation", "line", "CELL", code=0).told
    assert [(one["predecessor"], one["successor"], one["inEffect"]) for one in line["steps"]] == [
        ("CELL", "MERGED", True),
        ("MERGED", "EAST", True),
        ("MERGED", "WEST", True),
    ]
    assert line["present"] == ["EAST", "WEST"]
    known = {one["code"]: one for one in office.call("formation", "list", code=0).told["formations"]}
    assert sorted(known["EAST"]["tookOver"]) == ["CELL", "MERGED", "PORT"]
    assert known["CELL"]["successors"] == ["MERGED"]

    # whoever has nothing but a mirror makes the same tables, and so does a reindex
    office.call("log", "mirror", "mirror", code=0)
    office.call("reindex", "--verify", code=0)
    office.call("fsck", code=0)
    with Node(office.data) as node:
        node.catch_up()
        replayed = replay(Folder(office.folder / "mirror"), checkpointing.trust(node))
        assert must_agree(replayed, node)
        the_contract_says_the_same(node, node.reader.successions(with_parents=True))


def the_contract_says_the_same(node: Node, known: Successions) -> None:
    """Asked of every pair: what this node would answer is what the contract would."""
    now, formations = node.reader.position().time, load("Formations")
    for function, ours in (("tookOver", known.took_over), ("standsFor", known.stands_for)):
        for actor in range(1, WEST + 1):
            for original in range(1, WEST + 1):
                asked = encode_call(formations, function, actor, original)
                told = node.engine.call(node.network.address("Formations"), asked)
                assert decode_result(formations, function, told)[0] is ours(actor, original, now)


def test_a_succession_of_a_later_day_is_told_and_changes_nothing_until_then(office: Office) -> None:
    registered(office)
    office.issued("K-1")
    office.call("formation", "succeed", "CELL", "--by", "MERGED", "--at", "2099-01-01", code=0)
    verdict = office.call("verify", "K-1.json", code=0).told
    assert said(verdict) == []
    line = office.call("formation", "line", "CELL", code=0).told
    assert ([one["inEffect"] for one in line["steps"]], line["present"]) == ([False], [])
    assert "gives way to MERGED 2099-01-01" in office.call("formation", "line", "CELL", words=True).out
    office.issued("K-2")
    assert office.call("revoke", "K-1", "--reason", "fraud", "--as", "MERGED", code=1).error[0] == (
        "LEDGER_NOT_THE_ISSUER"
    )
