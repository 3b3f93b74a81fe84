"""The desk's answers: verdicts, packs, status lists and findings."""

from sanad_node import (
    issuing,
    packing,
    verifying,
)
from sanad_node.desk import acts, findings
from sanad_node.desk.asked import stated_formation
from sanad_node.differing import OPERATOR, Sight
from sanad_node.findings import report as finding_report
from sanad_node.node import Node
from sanad_node.reads import looking
from sanad_node.status_lists import held, publishing
from sanad_node.wire import (
    ActView,
    VerdictView,
    VerifyRequest,
)
from sanad_node.wire.findings import AnswerRequest, FindingAnswerView, FindingsPage, FindingsQuery
from sanad_node.wire.packs import PackRequest
from sanad_node.wire.status_lists import PublicationsView, PublicationView, PublishRequest
from sanad_verifier.verdict import Report


class EvidenceDesk:
    """What `Desk` says of verdicts and of what devices are given."""

    node: Node

    def verify(
        self, request: VerifyRequest, content: bytes | None = None, *, sight: Sight = OPERATOR
    ) -> VerdictView:
        """The verdict; `sight` limits with what a paper that nobody issued is compared."""
        return verdict_view(self.reports(request, content, sight=sight))

    def pack(self, request: PackRequest) -> bytes:
        """The pack's file."""
        self.node.catch_up()
        looking.listed(1)  # nothing in a pack can be read: it counts as one thing
        wanted = packing.Wanted(tuple(request.types), request.region or "", request.codes)
        series = None
        if request.since is not None:
            since = request.since
            series = packing.series_of(self.node, since.contents.encode(), since.note.encode())
        return packing.build(self.node, wanted, series).encode()

    def publish_status_list(self, request: PublishRequest, *, key: str | None = None) -> ActView:
        return acts.view_of(self.node, issuing.issue(self.node, self.ready_to_publish(request, key=key)).act)

    def ready_to_publish(self, request: PublishRequest, *, key: str | None = None) -> issuing.Ready:
        """All of publishing that comes before the promise; nothing is stored."""
        wanted = publishing.Wanted(request.group.upper(), stated_formation(request.formation), request.whole)
        return publishing.ready_to_publish(self.node, wanted, key=key)

    def status_lists(self, group: str | None = None) -> PublicationsView:
        """What a device needs of all groups, or of one."""
        self.node.be_current()
        codes = self.node.reader.formation_codes()
        return PublicationsView(
            publications=[
                PublicationView(
                    group=one.document.group,
                    publisher=codes.get(one.publisher, "?"),
                    sequence=one.document.sequence,
                    kind="list" if one.whole else "delta",
                    digest=one.digest.hex(),
                    entry=one.logged.index,
                    size=one.document.size,
                    time=one.document.time,
                )
                for one in held.needed(self.node, group=None if group is None else group.upper())
            ]
        )

    def reports(
        self, request: VerifyRequest, content: bytes | None = None, *, sight: Sight = OPERATOR
    ) -> list[Report]:
        """The verdicts, best first: see `verifying.verify`."""
        self.node.be_current()
        found = verifying.verify(
            self.node,
            verifying.Asked(
                document=content,
                identifier=request.digest or request.identifier,
                digests=tuple(request.digests or ()),
                code=request.code,
                doc_type=request.type,
                issuer=request.issuer,
                subject=request.subject,
                sight=sight,
            ),
        )
        for report in found:
            if not report.not_found:
                looking.shown(report.digest)
            else:
                looking.missed(request.identifier or report.digest)
        return found

    # -- findings -------------------------------------------------------------------------------------------------

    def findings(self, query: FindingsQuery) -> FindingsPage:
        """A page of findings, for who may see everything."""
        return findings.page(self.node, query)

    def findings_report(self, block: int | None = None) -> bytes:
        """All findings as of a block: the same block, papers and rules give the same bytes."""
        self.node.be_current()
        told = finding_report.report(self.node, block)
        looking.listed(told.papers)
        return finding_report.encode(told)

    def answer_finding(self, request: AnswerRequest, *, key: str | None = None) -> FindingAnswerView:  # noqa: ARG002
        """Answer as the operator, for a formation or for none. Keys belong to requests over HTTP."""
        code = (
            ""
            if request.formation is None
            else self.node.reader.formation(request.formation, field="--as").code
        )
        return findings.answer(self.node, request, user=0, name="operator", formation=code, auditor=True)


def verdict_view(reports: list[Report]) -> VerdictView:
    """Reports as one answer: the first, with the others inside."""
    best, *others = [report.as_dict() for report in reports]
    return VerdictView.read({**best, "others": [{**other, "others": []} for other in others]})
