"""Cargo at the command line: two signed halves, refusal, recall, a relayed signature, a hand-over, and the trace."""

import pytest

from sanad_testkit.office import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.engine
BOX = ("--kind", "CONTAINER", "--place", "PKKHI", "--quantity", "420", "--seal", "SL-1")


@pytest.mark.slow
def test_a_container_goes_from_hand_to_hand_and_its_trace_tells_how(office: Office) -> None:
    office.issued("K-1")

    def custody(*arguments: str) -> dict[str, object]:
        return office.run("custody", *arguments, code=0).told

    custody("register", "TCLU 448201-7", *BOX, "--as", "CELL", "--document", "K-1")
    custody("ship", "TCLU4482017", "--to", "PORT", "--as", "CELL", "--quantity", "420", "--seal", "SL-1")
    assert (
        custody("refuse", "TCLU4482017", "--as", "PORT", "--quantity", "400", "--condition", "short")["step"]
        == "refuse"
    )
    assert office.call("custody", "show", "tclu4482017").told["holder"] == "CELL"
    custody("ship", "TCLU4482017", "--to", "YARD", "--as", "CELL", "--quantity", "420", "--seal", "SL-1")
    custody("recall", "TCLU4482017", "--as", "CELL", "--reason", "taker-did-not-come")
    custody("ship", "TCLU4482017", "--to", "PORT", "--as", "CELL", "--quantity", "420", "--seal", "SL-1")
    received = custody("receive", "TCLU4482017", "--as", "PORT", "--sent-by", "CELL", "--quantity", "418")
    assert received["step"] == "receive"
    handed = custody("hand-over", "TCLU4482017", "--to", "YARD", "--as", "PORT", "--quantity", "418")
    told = office.run("trace", "TCLU4482017", code=0).told
    assert (told["holder"], told["taker"], told["reference"]) == ("YARD", "", "TCLU 448201-7")
    assert [(hop["act"], hop["by"]) for hop in told["hops"]] == [
        ("register", "CELL"),
        ("ship", "CELL"),
        ("refuse", "PORT"),
        ("ship", "CELL"),
        ("recall", "CELL"),
        ("ship", "CELL"),
        ("receive", "PORT"),
        ("ship", "PORT"),
        ("receive", "YARD"),
    ]
    assert told["hops"][6]["gap"] == "2 short: 420 shipped, 418 found"
    assert [(paper["docType"], paper["number"], paper["state"]) for paper in told["papers"]] == [
        ("AUCTION_RECEIPT", "K-1", "active")
    ]
    words = office.call("trace", str(handed["consignment"])[:12], words=True, code=0).out
    assert "held by YARD, at rest" in words
    assert "! 2 short: 420 shipped, 418 found" in words


def test_a_repeated_command_is_the_same_act_and_a_second_acceptance_is_refused(office: Office) -> None:
    office.call("custody", "register", "BOX", *BOX, "--as", "CELL", code=0)
    ship = ("custody", "ship", "BOX", "--to", "PORT", "--as", "CELL", "--key", "one")
    first = office.call(*ship, code=0).told
    again = office.call(*ship).told
    assert again.get("act", first["act"]) == first["act"]
    receive = ("custody", "receive", "BOX", "--as", "PORT", "--quantity", "1")
    office.call(*receive, code=0)
    before = office.remains()
    assert office.call(*receive, code=1).error == ("CUSTODY_NOT_IN_TRANSIT", "ID")
    assert office.call(*receive, "--sent-by", "YARD", code=1).error == ("CUSTODY_NOT_IN_TRANSIT", "ID")
    assert office.remains() == before


def test_a_relayed_signature_is_the_taker_s_own(office: Office) -> None:
    """The office that sends has no say: CELL cannot accept for PORT what was shipped to YARD."""
    office.call("custody", "register", "BOX", *BOX, "--as", "CELL", code=0)
    office.call("custody", "ship", "BOX", "--to", "YARD", "--as", "CELL", code=0)
    before = office.remains()
    receive = ("custody", "receive", "BOX", "--quantity", "1", "--sent-by", "CELL", "--as")
    assert office.call(*receive, "PORT", code=1).error == ("CUSTODY_NOT_THE_TAKER", "--as")
    assert office.remains() == before
    office.call(*receive, "YARD", code=0)
    assert office.call("custody", "show", "BOX", code=0).told["holder"] == "YARD"
