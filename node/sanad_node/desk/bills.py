"""The desk's bills of lading: issued under title control, passed on, pledged, surrendered, replaced, shown."""

from typing import Any

from sanad_node import finding, issuing, standing_in, tracing, types
from sanad_node.desk import acts
from sanad_node.desk.asked import RequestIncomplete, stated_formation
from sanad_node.findings import noting
from sanad_node.node import Node
from sanad_node.projection.apply import STATE_AFTER
from sanad_node.reading import LoggedEntry
from sanad_node.reads import looking
from sanad_node.shown import members
from sanad_node.standing import reason_code
from sanad_node.titles import acting, pint, turns
from sanad_node.titles.record import ACTS, OFFERS, Title
from sanad_node.titles.titling import BILL, must_be_title, titling
from sanad_node.wire import ActView
from sanad_node.wire.bills import (
    BillActRequest,
    BillChainView,
    BillLine,
    BillPage,
    BillRequest,
    BillStepView,
    BillView,
)
from sanad_verifier.codes import reason_words
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Kind, StatusWord
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.title_words import TitleTerms, TitleWord, Why

_WITH_REASON = {Kind.REJECT, Kind.RETRACT, Kind.SREJ}
_ENTITLES = {*OFFERS, Kind.ACCEPT}
NAMES = {kind: name for name, kind in acting.KINDS.items()}
"""What people call the acts that DCSA names by a code."""


class BillsDesk:
    """What `Desk` says of bills of lading."""

    node: Node

    def issue_bill(
        self, request: BillRequest, content: bytes | None = None, *, key: str | None = None
    ) -> ActView:
        ready = self.ready_to_issue_bill(request, content, key=key)
        return acts.view_of(self.node, issuing.issue(self.node, ready).act)

    def ready_to_issue_bill(
        self, request: BillRequest, content: bytes | None = None, *, key: str | None = None
    ) -> issuing.Ready:
        """All of `issue_bill` that comes before the promise; nothing is stored."""
        node, formation = self.node, stated_formation(request.formation)
        if (content is None) == (request.document is None):
            raise RequestIncomplete("give the bill either in the request or as a file", field="document")
        data = canonicalise(request.document) if content is None else content
        doc_type = request.type.upper()
        must_be_title(doc_type)
        node.catch_up_if_possible()
        reason = None if request.reason is None else reason_code(request.reason)
        old = None
        if request.replaces is not None:
            old = acting.find(node, request.replaces, doc_type=doc_type, field="--replaces")
        terms = titling(
            node,
            types.check(types.get(doc_type), data),
            holder=request.holder,
            beneficiary=request.beneficiary,
            replaced=old,
            reason=reason,
        )
        return issuing.ready_to_issue(
            node,
            data,
            doc_type=doc_type,
            formation=formation,
            name=request.name,
            key=key,
            replaces=None if old is None else Digest(old.digest),
            titled=terms,
        )

    def act_on_bill(self, identifier: str, request: BillActRequest, *, key: str | None = None) -> ActView:
        formation = stated_formation(request.formation)
        self.node.catch_up_if_possible()
        title = self._title(identifier, request.type, request.issuer)
        shown = request.evidence and finding.document(self.node, request.evidence, field="--evidence")
        asked = acting.Asked(
            request.act,
            to=request.to,
            endorsee=request.endorsee,
            evidence=shown or None,
            reason=None if request.reason is None else reason_code(request.reason),
            why=Why.NOT_STATED if request.why is None else Why[request.why],
            sequence=request.sequence,
        )
        return acts.view_of(self.node, acting.act(self.node, title, asked, formation=formation, key=key).act)

    def bill(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        block: int | None = None,
        formation: str | None = None,
    ) -> BillView:
        """A bill now, or as it stood after a block; `formation` is told what it may do with it now."""
        self.node.catch_up_if_possible()
        title = self._title(identifier, doc_type, issuer)
        looking.shown(title.digest.hex())
        return view(self.node, title, size=_size(self.node, block), formation=formation)

    def bills(self, *, party: str | None = None, before: int | None = None, limit: int = 50) -> BillPage:
        """Bills that a formation has to do with, or all; last moved first."""
        self.node.catch_up_if_possible()
        theirs = None
        if party is not None:
            number = self.node.reader.formation(party, field="party").number
            theirs = standing_in.numbers_of(self.node, number)
        page = self.node.titles.page(parties=theirs, before=before, limit=limit)
        codes = self.node.reader.formation_codes()
        lines = [_line(self.node, one, codes) for one in page.titles]
        looking.listed(len(lines))
        return BillPage(bills=lines, next=page.titles[-1].latest if page.more else None)

    def bill_chain(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        block: int | None = None,
    ) -> BillChainView:
        """The chain of a bill in DCSA's words."""
        self.node.catch_up_if_possible()
        title = self._title(identifier, doc_type, issuer)
        looking.shown(title.digest.hex())
        return BillChainView.read(pint.document(self.node, title, _size(self.node, block)))

    def _title(self, identifier: str, doc_type: str | None, issuer: str | None) -> Title:
        return acting.find(self.node, identifier, doc_type=(doc_type or BILL).upper(), issuer=issuer)


def _size(node: Node, block: int | None) -> int | None:
    """How many entries the log had after a block; `BlockNotFinal` of one that is not final, or not known here."""
    return None if block is None else noting.size_at(node, block)


def view(node: Node, title: Title, *, size: int | None = None, formation: str | None = None) -> BillView:
    """A title as people read it."""
    at = node.reader.position().size if size is None else size
    then = node.titles.as_of(title, at)
    if then is None:
        raise acting.UnknownTitle("there was no such bill at that time", field="ID")
    codes = node.reader.formation_codes()
    told: dict[str, Any] = {
        **members(then),
        "type": then.doc_type,
        "number": tracing.number_of(node, then.digest),
        "issuer": codes.get(then.issuer, "?"),
        "standing": _standing(node, then, at),
        "holder": codes.get(then.holder, "?"),
        "beneficiary": codes.get(then.beneficiary, ""),
        "bearer": then.beneficiary == 0,
        "offer": _name(then.pending) if then.taker else "",
        "taker": codes.get(then.taker, ""),
        "offered": codes.get(then.offered, ""),
        "pledgee": codes.get(then.pledgee, ""),
        "givenBy": codes.get(then.holder_before, ""),
        "replaces": then.replaces.hex() if any(then.replaces) else "",
        "replacedBy": then.replaced_by.hex() if any(then.replaced_by) else "",
        "size": at,
        "former": [one.digest.hex() for one in node.titles.before(title)],
        "steps": [_step(one, codes) for one in node.titles.entries(title, at)],
        "next": [] if formation is None else list(_next(node, title, formation)),
    }
    return BillView.read(told)


def _standing(node: Node, then: Title, size: int) -> str:
    """What a verifier would have said of the document when the log had `size` entries, its title being as given."""
    latest = node.reader.status_of(then.issuer, then.doc_type, then.digest)
    if latest is not None and latest.entry < size:
        return latest.state
    acts = [
        one.entry
        for one in node.reader.entries_about(then.digest)
        if one.index < size and one.entry.kind in STATE_AFTER and one.entry.doc_type == then.doc_type
    ]
    own = [one for one in acts if StatusWord.unpack(one.data).issuer == then.issuer]
    state = STATE_AFTER[own[-1].kind] if own else "active"
    return "surrendered" if state == "active" and then.is_surrendered else state


def _next(node: Node, title: Title, formation: str) -> tuple[str, ...]:
    who = node.reader.formation(formation)
    now = int(node.clock())
    scopes = [
        scope.acts
        for scope in node.reader.scopes_of(who.number)
        if scope.doc_type == title.doc_type
        and scope.valid_from <= now
        and (not scope.valid_to or now < scope.valid_to)
    ]
    named = {kind.name.lower() for bits in scopes for kind in Kind if kind < 32 and bits >> kind & 1}
    if who.suspended_at:
        return ()
    return turns.turns(title, who.number, named, standing_in.numbers_of(node, who.number))


def _step(one: LoggedEntry, codes: dict[int, str]) -> BillStepView:
    entry, kind = one.entry, one.entry.kind
    if kind is Kind.TITLE:
        terms = TitleTerms.unpack(entry.data)
        party, entitled, why = codes.get(terms.holder, "?"), codes.get(terms.beneficiary, ""), ""
    else:
        word = TitleWord.unpack(entry.related)
        party = codes.get(word.party, "")
        entitled = codes.get(word.entitled, "") if kind in _ENTITLES else ""
        why = word.why.name if word.why is not Why.NOT_STATED else ""
    with_reason = kind in _WITH_REASON
    shown = not with_reason and kind is not Kind.TITLE and any(entry.data)
    return BillStepView(
        index=one.index,
        time=entry.time,
        act="issue" if kind is Kind.TITLE else _name(kind),
        by=codes.get(entry.formation, "?"),
        party=party,
        entitled=entitled,
        reason=reason_words(int.from_bytes(entry.data)) if with_reason else "",
        why=why,
        evidence=entry.data.hex() if shown else "",
    )


def _name(kind: int) -> str:
    return NAMES[Kind(kind)] if kind in ACTS else ""


def _line(node: Node, title: Title, codes: dict[int, str]) -> BillLine:
    return BillLine(
        digest=title.digest.hex(),
        number=tracing.number_of(node, title.digest),
        issuer=codes.get(title.issuer, "?"),
        state=title.state,
        holder=codes.get(title.holder, "?"),
        beneficiary=codes.get(title.beneficiary, ""),
        taker=codes.get(title.taker, ""),
        pledgee=codes.get(title.pledgee, ""),
        time=title.time,
    )
