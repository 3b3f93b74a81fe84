"""A declaration's way from filing to the gate, on a real chain: what is said when, what is refused, what is shown."""

from collections.abc import Callable

import pytest

from sanad_node import finding, issuing, verifying
from sanad_node.wire import StandingRequest
from sanad_node.wire.declarations import AdvanceRequest
from sanad_testkit.drawing_office import Office, declaration, founded, office
from sanad_verifier.errors import SanadError

__all__ = ["founded", "office"]
pytestmark = pytest.mark.engine


def to(office: Office, digest: str, stage: str, by: str | None = None) -> None:
    done = office.advance(digest, AdvanceRequest.model_validate({"to": stage, "as": by}))
    assert done.state == "final"


def refused(do: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SanadError) as error:
        do()
    return error.value.code, error.value.field or ""


def amended(office: Office, first: str) -> str:
    content = declaration(1, None, version="2")
    ready = issuing.ready_to_issue(
        office.node,
        content,
        doc_type="GOODS_DECLARATION",
        formation="KPQA",
        replaces=finding.document(office.node, first).digest,
    )
    return issuing.issue(office.node, ready).digest.hex()


def told(office: Office, digest: str) -> list[tuple[str, str]]:
    return [(one.what, one.by) for one in office.life_of_declaration(digest).passed]


def test_from_filing_over_an_amendment_to_the_gate(office: Office) -> None:
    first = office.declared(1, None)
    assert refused(lambda: to(office, first, "paid")) == ("DRAWDOWN_STAGE_MISSING", "DECLARATION")
    to(office, first, "assessed")
    assert refused(lambda: office.released(first)) == ("DRAWDOWN_STAGE_MISSING", "DECLARATION")
    assert refused(lambda: to(office, first, "assessed", "SNB-KHI-0002"))[0] == "FORMATIONS_OUT_OF_SCOPE"

    second = amended(office, first)
    office.change_standing(first, StandingRequest(change="supersede", reason="amended", by=second))
    assert refused(lambda: to(office, first, "paid"))[0] == "DRAWDOWN_DECLARATION_NOT_IN_FORCE"
    assert refused(lambda: to(office, second, "paid"))[0] == "DRAWDOWN_STAGE_MISSING"
    for stage in ("examined", "assessed", "paid"):
        to(office, second, stage, "KPQA")
    assert refused(lambda: to(office, second, "gate-out")) == ("DRAWDOWN_STAGE_MISSING", "DECLARATION")
    office.released(second)
    other = office.declared(3, None)
    office.released(other)
    assert refused(lambda: to(office, other, "examined")) == ("DRAWDOWN_RELEASED", "DECLARATION")
    to(office, second, "gate-out")

    way = [
        ("filed", "KPQA"),
        ("assessed", "KPQA"),
        ("filed", "KPQA"),
        ("amended", "KPQA"),
        ("examined", "KPQA"),
        ("assessed", "KPQA"),
        ("paid", "KPQA"),
        ("out-of-charge", "KPQA"),
        ("gate-out", "KPQA"),
    ]
    assert told(office, first) == told(office, second) == way
    of_second = [one.what for one in office.life_of_declaration(second).passed if one.version == second]
    assert of_second == ["filed", "examined", "assessed", "paid", "out-of-charge", "gate-out"]
    shown = [step.act for step in office.document(second).steps]
    assert shown == ["issue", "examined", "assessed", "paid", "release", "gate-out"]
    (report,) = verifying.verify(office.node, verifying.Asked(identifier=second))
    assert [(one.code, one.about) for one in report.notices if one.code.startswith("DECLARATION")] == [
        ("DECLARATION_GATE_OUT", "KPQA")
    ]


def test_what_is_no_declaration_has_no_stages_and_a_cancelled_one_goes_nowhere(office: Office) -> None:
    instrument = office.opened()
    assert refused(lambda: to(office, instrument, "assessed")) == ("NOT_A_DECLARATION", "DECLARATION")
    assert refused(lambda: office.life_of_declaration(instrument)) == ("NOT_A_DECLARATION", "DECLARATION")
    filed = office.declared(7, None)
    office.cancelled(filed)
    assert refused(lambda: to(office, filed, "assessed"))[0] == "DRAWDOWN_DECLARATION_NOT_IN_FORCE"
    assert told(office, filed) == [("filed", "KPQA"), ("cancelled", "KPQA")]
    (cancelled,) = [one for one in office.life_of_declaration(filed).passed if one.what == "cancelled"]
    assert cancelled.reason == "cancelled at the holder's request"
