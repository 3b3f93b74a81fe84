"""Findings at the desk of a node: a page of them for one reader, an answer, a check before issuing.

Who may see what: an auditor and the operator everything; an office the findings of its own papers, without what other
offices' papers say; an administrator that a rule fired on which papers, without what they say.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sanad_node import finding, identifiers, types
from sanad_node.desk.listing import CURSOR, CursorInvalid
from sanad_node.findings import answering, report, rules
from sanad_node.findings.answering import Answered, UnknownFinding
from sanad_node.findings.report import Finding, Missing, Place, Report
from sanad_node.node import Node
from sanad_node.reads import looking
from sanad_node.shown import members
from sanad_node.wire.findings import (
    AnswerRequest,
    CheckedView,
    CheckRequest,
    FindingAnswerView,
    FindingsPage,
    FindingsQuery,
    NotComparedView,
    NotFoundView,
    PaperFindingView,
    PlaceView,
)
from sanad_verifier.json_profile import canonicalise

TOLD = 100
"""Papers that were not compared, in one answer."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`formation`: only findings of this one's papers, None for all. `values`: sees what every paper says; without,
    besides its own also that of the digest `told`, which was shown to them another way.
    """

    formation: str | None = None
    values: bool = True
    told: str = ""

    def sees(self, place: Place) -> bool:
        return self.values or place.issuer == self.formation or place.digest == self.told


EVERYTHING = Reader()


def check(request: CheckRequest, content: bytes | None = None) -> CheckedView:
    """What can be said of a document before it is issued. Raises what its type's check raises."""
    data = canonicalise(request.document or {}) if content is None else content
    checked = types.check(types.get(request.type), data, number=request.number)
    looked = identifiers.look(checked.type, checked.value)
    return CheckedView.read(
        {
            "digest": checked.digest.hex(),
            "type": checked.type.name,
            "number": checked.number,
            **members(looked),
        }
    )


def page(node: Node, query: FindingsQuery, reader: Reader = EVERYTHING) -> FindingsPage:
    """A page of the findings that fit a question and that the reader may know of."""
    node.be_current()
    block, start = _begin(query)
    told = _report(node, query, block)
    found = list(_fitting(node, told, query, reader))
    shown = found[start : start + query.limit]
    answers = answering.answers_to(node, [one.id for one in shown])
    unheld = [one for one in told.unheld if reader.formation in (None, one.issuer)]
    missing = [one for one in told.missing if reader.formation in (None, one.issuer)]
    more = start + query.limit < len(found)
    looking.listed(len(shown))
    return FindingsPage(
        block=told.block,
        size=told.size,
        rules=told.rules,
        held=told.held,
        papers=told.papers,
        total=len(found),
        findings=[view_of(one, reader, answers.get(one.id, ())) for one in shown],
        not_compared_total=len(unheld),
        not_compared=[NotComparedView.read(members(one)) for one in unheld[:TOLD]],
        not_found_total=len(missing),
        not_found=[_missing(one, reader) for one in missing[:TOLD]],
        next=f"{told.block}-{start + query.limit}" if more else None,
    )


def _missing(one: Missing, reader: Reader) -> NotFoundView:
    number = one.number if reader.values or one.issuer == reader.formation else ""
    told = {**members(one), "types": list(one.types), "number": number}
    return NotFoundView.read(told)


def _begin(query: FindingsQuery) -> tuple[int | None, int]:
    """The block, and how many findings were on the pages before."""
    if query.before is None:
        return query.block, 0
    match = CURSOR.fullmatch(query.before)
    if match is None or not query.before.isascii():
        raise CursorInvalid("send the cursor as it was given", field="?before")
    return int(match[1]), int(match[2])


def _report(node: Node, query: FindingsQuery, block: int | None) -> Report:
    if query.document is None:
        return report.report(node, block)
    return report.about(node, finding.document(node, query.document).digest, block)


def _fitting(node: Node, told: Report, query: FindingsQuery, reader: Reader) -> Iterable[Finding]:
    if query.rule is not None:
        rules.get(query.rule)
    answered = answering.answered(node) if query.answered is not None else frozenset()
    for one in told.findings:
        if query.rule not in (None, one.rule) or query.severity not in (None, one.severity):
            continue
        if query.answered is not None and query.answered is not (one.id in answered):
            continue
        if reader.formation is None or any(place.issuer == reader.formation for place in one.places):
            yield one


def view_of(one: Finding, reader: Reader, answers: Iterable[Answered]) -> PaperFindingView:
    """A finding as a reader may see it."""
    whole = all(reader.sees(place) for place in one.places)
    own = reader.values or any(map(reader.sees, one.places))
    return PaperFindingView(
        id=one.id,
        rule=one.rule,
        severity=one.severity,  # type: ignore[arg-type]  # the rules' loader allows these only
        title=rules.get(one.rule).title.en,
        places=[_place(place, reader) for place in one.places],
        figures=dict(one.figures) if whole else {},
        answers=[_answer(given, own) for given in answers],
    )


def _place(place: Place, reader: Reader) -> PlaceView:
    if reader.sees(place):
        return PlaceView.read(members(place))
    return PlaceView.read({**members(place), "number": "", "value": "", "withheld": True})


def _answer(given: Answered, own: bool) -> FindingAnswerView:
    return FindingAnswerView.read({**members(given), **({} if own else {"note": ""})})


def answer(
    node: Node, request: AnswerRequest, *, user: int, name: str, formation: str, auditor: bool
) -> FindingAnswerView:
    """Keep an answer to a finding. `UnknownFinding` also for an office none of whose papers is part of it."""
    node.be_current()
    told = report.report(node, request.block)
    found = next((one for one in told.findings if one.id == request.finding), None)
    concerned = found is not None and any(place.issuer == formation for place in found.places)
    if found is None or not (auditor or concerned):
        raise UnknownFinding("there is no such finding as of this block", field="FINDING")
    given = answering.answer(
        node, found, reason=request.reason, note=request.note, user=user, name=name, formation=formation
    )
    return FindingAnswerView.read(members(given))
