"""Members and what they decide, at the command line: k of n, votes as a named member, suspension by any one, keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sanad_node.node import Node
from sanad_testkit.office import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.engine
CELL = ("--type", "AUCTION_RECEIPT", "--as", "CELL")


def second_member(office: Office) -> str:
    """Another member, whose keys are held here too; from then on both have to agree."""
    with Node(office.data) as node:
        member = node.keyring.create().hex()
    cosigning = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    office.call("member", "propose", "add", member, "--cosigning-key", cosigning, code=0)
    office.call("member", "propose", "threshold", "2", code=0)
    return member


@pytest.mark.slow
def test_two_of_two_members_have_to_agree(office: Office) -> None:
    second = second_member(office)
    first = office.run("member", "list", code=0).told["members"][0]["address"]
    proposed = office.run(
        "formation", "scope", "PORT", "--type", "AUCTION_RECEIPT", "--acts", "issue", code=0
    ).told
    assert proposed["executed"] is False
    open_ = next(p for p in office.call("member", "list").told["proposals"] if not p["executedAt"])
    assert open_["call"] == "Formations.setScope(2, AUCTION_RECEIPT, 2, 0, 0)"
    number = str(open_["number"])
    assert (
        f"proposal {number}: {open_['call']}, 1 of 2 approvals"
        in office.call("member", "list", words=True).out
    )

    office.receipt("K-1")
    issue = ("issue", "K-1.json", "--type", "AUCTION_RECEIPT", "--as", "PORT")
    assert office.call(*issue, code=1).error[0] == "FORMATIONS_OUT_OF_SCOPE"
    before = office.remains()
    vote = ("member", "vote", number, "--as-member")
    assert office.call(*vote, first, code=1).error[0] == "CONSORTIUM_ALREADY_APPROVED"
    assert office.call(*vote, "ab" * 20, code=3).error == ("NOT_A_MEMBER", "--as-member")
    assert office.remains() == before
    voted = office.run(*vote, second, code=0).told
    assert (voted["executed"], voted["call"]) == (True, open_["call"])
    office.call(*issue, code=0)

    office.call("formation", "suspend", "PORT", "--reason", "fraud", code=0)  # any one member, at once
    office.receipt("K-2")
    assert office.call("issue", "K-2.json", *issue[2:], code=1).error[0] == "FORMATIONS_SUSPENDED"
    lifted = office.call("formation", "reinstate", "PORT", "--reason", "inquiry-closed", code=0).told
    assert lifted["executed"] is False
    assert office.call("issue", "K-2.json", *issue[2:], code=1).error[0] == "FORMATIONS_SUSPENDED"
    number = str(max(p["number"] for p in office.call("member", "list").told["proposals"]))
    office.call("member", "vote", number, "--as-member", second, code=0)
    office.call("issue", "K-2.json", *issue[2:], code=0)

    office.call("member", "propose", "threshold", "1", "--as-member", second, code=0)
    number = str(max(p["number"] for p in office.call("member", "list").told["proposals"]))
    office.call("member", "vote", number, "--as-member", first, code=0)
    told = office.call("member", "propose", "remove", second, code=0).told
    assert told["executed"] is True
    assert office.call("member", "list", code=0).told["threshold"] == 1


def test_a_new_key_takes_over_and_what_the_old_one_did_stays_valid(office: Office) -> None:
    office.issued("K-1")
    made = office.call("formation", "rotate-key", "CELL", code=0).told["key"]
    office.issued("K-2")
    for name in ("K-1.json", "K-2.json"):
        assert office.call("verify", name, code=0).told["verdict"] == "authentic"
    told = next(f for f in office.call("formation", "list", code=0).told["formations"] if f["code"] == "CELL")
    assert [key["address"] == made for key in told["keys"]] == [False, True]
    assert "ends" in office.call("formation", "list", words=True, code=0).out


def test_a_list_of_offices_says_which_have_issued_and_when_last(office: Office) -> None:
    assert "0 of them issued documents" in office.call("formation", "list", words=True, code=0).out
    for number in ("K-1", "K-2"):
        office.issued(number)
    issued_at = office.call("verify", "K-2.json", code=0).told["issuedAt"]
    told = {f["code"]: f["lastIssuedAt"] for f in office.call("formation", "list", code=0).told["formations"]}
    assert told.pop("CELL") == issued_at
    assert set(told.values()) == {0}
    assert "1 of them issued documents" in office.call("formation", "list", words=True, code=0).out


def test_an_office_founded_at_the_command_line_acts_within_its_scope_only(office: Office) -> None:
    told = office.call("formation", "add", "new-1", "--kind", "bank", "--parent", "CELL", code=0).told
    assert len(told["key"]) == 40
    office.call("formation", "scope", "NEW-1", "--type", "eif", "--acts", "issue, revoke", code=0)
    formations = office.call("formation", "list", code=0).told["formations"]
    new = next(f for f in formations if f["code"] == "NEW-1")
    assert (new["kind"], new["parent"], new["scopes"][0]["acts"]) == ("BANK", 1, ["issue", "revoke"])
    office.receipt("K-1")
    assert office.call("issue", "K-1.json", *CELL[:3], "NEW-1", code=1).error[0] == "FORMATIONS_OUT_OF_SCOPE"
    bare = office.call("formation", "add", "NEW-2", "--kind", "BANK", "--no-key", code=0).told
    assert bare["key"] == ""
    assert office.call("issue", "K-1.json", *CELL[:3], "NEW-2", code=3).error == ("NO_USABLE_KEY", "--as")
