"""Acts that the rules forbid are refused by the contracts' own code, and the log, the chain and what was promised stay
as they were.
"""

from datetime import UTC, datetime, timedelta

import pytest

from sanad_testkit.office import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.engine
CELL = ("--type", "AUCTION_RECEIPT", "--as", "CELL")
BOX = ("--kind", "CONTAINER", "--as", "CELL", "--quantity", "10", "--place", "PKKHI")


def refused(office: Office, *arguments: str) -> tuple[str, str]:
    """Code and field of a refusal that leaves nothing behind, however often it is asked."""
    before = office.remains()
    first = office.call(*arguments, code=1).error
    assert office.call(*arguments, code=1).error == first
    assert office.remains() == before
    return first


def keys(office: Office, code: str) -> list[dict[str, object]]:
    told = office.call("formation", "list", code=0).told["formations"]
    return next(list(one["keys"]) for one in told if one["code"] == code)


def day(offset: int) -> str:
    return (datetime.now(UTC) + timedelta(days=offset)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_office_without_a_scope_or_outside_its_dates_does_not_issue(office: Office) -> None:
    office.receipt("K-1")
    issue = ("issue", "K-1.json", "--type", "AUCTION_RECEIPT", "--as", "PORT")
    scope = ("formation", "scope", "PORT", "--type", "AUCTION_RECEIPT", "--acts")
    assert refused(office, *issue) == ("FORMATIONS_OUT_OF_SCOPE", "--as")
    office.call(*scope, "issue", "--from", day(2), code=0)
    assert refused(office, *issue) == ("FORMATIONS_OUT_OF_SCOPE", "--as")
    office.call(*scope, "issue", "--from", day(-2), "--to", day(-1), code=0)
    assert refused(office, *issue) == ("FORMATIONS_OUT_OF_SCOPE", "--as")
    office.call(*scope, "issue", "--from", day(-2), "--to", day(2), code=0)
    office.call(*issue, code=0)
    office.call(*scope, "none", code=0)
    office.receipt("K-2")
    assert refused(office, "issue", "K-2.json", *issue[2:]) == ("FORMATIONS_OUT_OF_SCOPE", "--as")


def test_a_suspended_office_and_a_suspended_key_do_not_issue_until_reinstated(office: Office) -> None:
    office.receipt("K-1")
    key = str(keys(office, "CELL")[0]["address"])
    for more, code in ((), "FORMATIONS_SUSPENDED"), (("--key", key), "FORMATIONS_KEY_SUSPENDED"):
        office.call("formation", "suspend", "CELL", "--reason", "fraud", *more, code=0)
        assert refused(office, "issue", "K-1.json", *CELL) == (code, "--as")
        office.call("formation", "reinstate", "CELL", "--reason", "inquiry-closed", *more, code=0)
    office.call("issue", "K-1.json", *CELL, code=0)


def test_an_expired_key_does_not_act_and_its_successor_does(office: Office) -> None:
    made = office.call("formation", "rotate-key", "CELL", code=0).told["key"]
    told = keys(office, "CELL")
    assert [bool(one["validTo"]) for one in told] == [True, False]
    assert told[1]["address"] == made
    office.issued("K-1")
    office.call("formation", "rotate-key", "CELL", "--key", made, code=0)
    office.call("formation", "close", "CELL", "--at", "now", code=0)
    office.receipt("K-2")
    assert refused(office, "issue", "K-2.json", *CELL)[0] in {"FORMATIONS_EXPIRED", "FORMATIONS_KEY_EXPIRED"}
    assert office.call("verify", "K-1.json", code=0).told["verdict"] == "authentic"


def test_a_compromised_key_never_acts_again_and_casts_doubt_on_what_it_did(office: Office) -> None:
    office.issued("K-1")
    key = str(keys(office, "CELL")[0]["address"])
    office.call("formation", "compromised", key, "--since", day(-1), code=0)
    told = office.call("verify", "K-1.json", code=1).told
    assert (told["verdict"], told["state"]) == ("refused", "suspect")
    office.receipt("K-2")
    assert refused(office, "issue", "K-2.json", *CELL) == ("FORMATIONS_KEY_COMPROMISED", "--as")
    assert refused(office, "formation", "compromised", key, "--since", day(1)) == ("FORMATIONS_BAD_TIME", "")
    office.call("formation", "add-key", "CELL", "--officer", "badge 4471", code=0)
    office.call("issue", "K-2.json", *CELL, code=0)
    assert office.call("verify", "K-2.json", code=0).told["state"] == "active"


def test_a_key_and_a_code_belong_to_one_office_for_ever(office: Office) -> None:
    key = str(keys(office, "CELL")[0]["address"])
    add_key = ("formation", "add-key", "PORT", "--address", key)
    assert refused(office, *add_key) == ("FORMATIONS_KEY_TAKEN", "--address")
    assert refused(office, "formation", "add", "cell", "--kind", "BANK") == (
        "FORMATIONS_DUPLICATE_CODE",
        "CODE",
    )
    assert refused(office, "formation", "add", "a b", "--kind", "BANK") == ("FORMATIONS_BAD_CODE", "CODE")
    backwards = ("formation", "add", "NEW", "--kind", "BANK", "--from", day(2), "--to", day(1))
    assert refused(office, *backwards) == ("FORMATIONS_BAD_WINDOW", "--to")
    assert refused(office, "member", "propose", "threshold", "2") == ("CONSORTIUM_BAD_THRESHOLD", "K")
    assert refused(office, "formation", "reinstate", "CELL", "--reason", "10") == (
        "FORMATIONS_NOT_SUSPENDED",
        "CODE",
    )


def test_a_document_moves_only_along_its_states(office: Office) -> None:
    for number in ("K-1", "K-2"):
        office.issued(number)

    def act(change: str, *more: str) -> None:
        office.call(change, "K-1", "--reason", "fraud", *more, code=0)

    def state() -> str:
        return str(office.call("verify", "K-1.json").told["state"])

    def stuck(*changes: str) -> None:
        for change in changes:
            by = ("--by", "K-2") if change == "supersede" else ()
            assert refused(office, change, "K-1", "--reason", "fraud", *by) == ("LEDGER_WRONG_STATE", "ID")

    assert state() == "active"
    stuck("reinstate")
    itself = ("supersede", "K-1", "--by", "K-1", "--reason", "amended")
    assert refused(office, *itself) == ("LEDGER_BAD_DIGEST", "--by")
    stranger = ("suspend", "K-1", "--reason", "fraud", "--as", "PORT")
    assert refused(office, *stranger) == ("FORMATIONS_OUT_OF_SCOPE", "--as")
    office.call("formation", "scope", "PORT", "--type", "AUCTION_RECEIPT", "--acts", "suspend", code=0)
    assert refused(office, *stranger) == ("LEDGER_NOT_THE_ISSUER", "--as")
    act("suspend")
    assert state() == "suspended"
    stuck("suspend")
    act("reinstate")
    assert state() == "active"
    act("suspend")
    act("supersede", "--by", "K-2")
    told = office.call("verify", "K-1.json", code=1).told
    assert (told["state"], told["replacedBy"]) == (
        "superseded",
        office.call("trace", "K-2").told["document"]["digest"],
    )
    stuck("suspend", "reinstate", "supersede")
    act("revoke")
    assert state() == "revoked"
    stuck("suspend", "reinstate", "supersede", "revoke")
    told = office.call("trace", "K-1", code=0).told
    acts = [step["act"] for step in told["steps"]]
    assert acts == ["issue", "suspend", "reinstate", "suspend", "supersede", "revoke"]


def test_custody_never_forks(office: Office) -> None:
    def moved(*arguments: str) -> None:
        office.call("custody", *arguments, code=0)

    def no(*arguments: str) -> tuple[str, str]:
        return refused(office, "custody", *arguments)

    moved("register", "BOX 1", *BOX)
    assert no("register", "BOX 1", *BOX[:2], "--as", "PORT") == ("CUSTODY_EXISTS", "REFERENCE")
    assert no("receive", "BOX 1", "--as", "PORT") == ("CUSTODY_NOT_IN_TRANSIT", "ID")
    assert no("ship", "BOX 1", "--to", "CELL", "--as", "CELL") == ("CUSTODY_SELF_HAND_OVER", "--to")
    assert no("ship", "BOX 1", "--to", "YARD", "--as", "PORT") == ("CUSTODY_NOT_THE_HOLDER", "--as")
    moved("ship", "BOX 1", "--to", "PORT", "--as", "CELL")
    assert no("ship", "BOX 1", "--to", "YARD", "--as", "CELL") == ("CUSTODY_IN_TRANSIT", "ID")
    assert no("receive", "BOX 1", "--as", "CELL") == ("CUSTODY_NOT_THE_TAKER", "--as")  # self-acceptance
    assert no("receive", "BOX 1", "--as", "YARD") == ("CUSTODY_NOT_THE_TAKER", "--as")
    moved("receive", "BOX 1", "--as", "PORT", "--quantity", "10")
    assert no("receive", "BOX 1", "--as", "PORT", "--quantity", "9") == (
        "CUSTODY_NOT_IN_TRANSIT",
        "ID",
    )  # second
    assert no("receive", "BOX 1", "--as", "YARD") == ("CUSTODY_NOT_IN_TRANSIT", "ID")
    assert no("recall", "BOX 1", "--as", "PORT", "--reason", "17") == ("CUSTODY_NOT_IN_TRANSIT", "ID")


def test_a_hold_stops_shipping_and_only_who_holds_lifts_however_quickly_they_follow(office: Office) -> None:
    office.call("custody", "register", "BOX 1", *BOX, code=0)
    ship = ("custody", "ship", "BOX 1", "--to", "PORT", "--as", "CELL")
    for _ in range(3):
        office.call("custody", "hold", "BOX 1", "--as", "COURT", "--reason", "court-order", code=0)
        assert refused(office, *ship) == ("CUSTODY_ON_HOLD", "ID")
        again = ("custody", "hold", "BOX 1", "--as", "COURT", "--reason", "court-order")
        assert refused(office, *again) == ("CUSTODY_ALREADY_HELD_BY", "ID")
        stranger = ("custody", "lift", "BOX 1", "--as", "YARD", "--reason", "order-vacated")
        assert refused(office, *stranger) == ("CUSTODY_NO_HOLD_BY", "ID")
        office.call("custody", "lift", "BOX 1", "--as", "COURT", "--reason", "order-vacated", code=0)
    office.call(*ship, code=0)
    hops = office.call("custody", "show", "BOX 1", code=0).told["hops"]
    assert [hop["act"] for hop in hops] == ["register", *["hold", "lift"] * 3, "ship"]
