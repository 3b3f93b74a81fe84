"""The desk's documents: issued, approved, revoked, shown and exported."""

from collections.abc import Sequence
from pathlib import Path

from sanad_node import (
    approving,
    certifying,
    checkpointing,
    disclosing,
    finding,
    issuing,
    registering,
    standing,
    standing_in,
    tracing,
    verifying,
)
from sanad_node.desk import acts, batches
from sanad_node.desk.asked import RequestIncomplete, stated_formation
from sanad_node.desk.base import CertificateForm, ExportForm
from sanad_node.desk.batches import Bringing, Progress
from sanad_node.exports.credential import make_credential
from sanad_node.exports.receipt import make_receipt
from sanad_node.node import Node
from sanad_node.shown import members
from sanad_node.standing import reason_code
from sanad_node.wire import (
    ActView,
    ApprovalView,
    ApproveRequest,
    ApproveRevocationRequest,
    ConsumeRequest,
    DocumentView,
    IssueRequest,
    StandingRequest,
)
from sanad_node.wire.batches import BatchOutcome
from sanad_verifier.digests import Digest
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.qr_image import svg


class PapersDesk:
    """What `Desk` says of documents."""

    node: Node

    def issue(
        self, request: IssueRequest, content: bytes | None = None, *, key: str | None = None
    ) -> ActView:
        return acts.view_of(
            self.node, issuing.issue(self.node, self.ready_to_issue(request, content, key=key)).act
        )

    def ready_to_issue(
        self,
        request: IssueRequest,
        content: bytes | None = None,
        *,
        key: str | None = None,
        person: int = 0,
    ) -> issuing.Ready:
        """All of `issue` that comes before the promise; nothing is stored. `person` is who acts (`approving`)."""
        data, formation = _content(request, content), stated_formation(request.formation)
        self.node.catch_up_if_possible()
        return issuing.ready_to_issue(
            self.node,
            data,
            doc_type=request.type,
            formation=formation,
            number=request.number,
            name=request.name,
            keep=request.keep,
            key=key,
            replaces=self._replaced(request, formation),
            rests=_rests(request),
            person=person,
        )

    def _replaced(self, request: IssueRequest | ApproveRequest, formation: str) -> Digest | None:
        if request.replaces is None:
            return None
        kind = request.type.upper()
        return finding.document(
            self.node, request.replaces, doc_type=kind, issuer=formation, field="--replaces"
        ).digest

    def approve(
        self, request: ApproveRequest, content: bytes | None = None, *, person: int = 0
    ) -> ApprovalView:
        """Approve, as `person`, that a document be entered; it is kept in the vault."""
        data, formation = _content(request, content), stated_formation(request.formation)
        self.node.catch_up_if_possible()
        checked, given = issuing.approve(
            self.node,
            data,
            doc_type=request.type,
            formation=formation,
            number=request.number,
            replaces=self._replaced(request, formation),
            rests=_rests(request),
            person=person,
        )
        return _approval_view("enter", checked.digest, checked.type.name, formation.upper(), given)

    def approve_revocation(
        self, identifier: str, request: ApproveRevocationRequest, *, person: int = 0
    ) -> ApprovalView:
        reason = reason_code(request.reason)
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=request.type, issuer=request.issuer)
        who = (
            self.node.reader.formation(request.formation)
            if request.formation
            else standing_in.acting_for(self.node, record.issuer)
        )
        given = standing.approve_withdrawal(self.node, record, reason=reason, actor=who.code, person=person)
        return _approval_view("revoke", record.digest, record.doc_type, who.code, given)

    def consume(self, identifier: str, request: ConsumeRequest, *, key: str | None = None) -> ActView:
        formation = stated_formation(request.formation)
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=request.type, issuer=request.issuer)
        shown = request.evidence and finding.document(self.node, request.evidence, field="--evidence")
        done = registering.consume(self.node, record, formation=formation, evidence=shown or None, key=key)
        return acts.view_of(self.node, done.act)

    def change_standing(
        self, identifier: str, request: StandingRequest, *, key: str | None = None, person: int = 0
    ) -> ActView:
        reason = reason_code(request.reason)
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=request.type, issuer=request.issuer)
        if request.change != "supersede":
            changed = standing.change_standing(
                self.node,
                record,
                request.change,
                reason=reason,
                actor=request.formation,
                key=key,
                person=person,
            )
        elif request.by is None:
            raise RequestIncomplete("name the document that takes its place", field="--by")
        else:
            by = finding.document(self.node, request.by, doc_type=record.doc_type, field="--by")
            changed = standing.supersede(
                self.node, record, by, reason=reason, actor=request.formation, key=key
            )
        return acts.view_of(self.node, changed.act)

    def document(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        follow: bool = True,
    ) -> DocumentView:
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        return DocumentView.read(members(tracing.trace_document(self.node, record, follow=follow)))

    def bundle(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        with_document: bool = True,
        with_chain: bool = False,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and its bundle."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        checkpointing.current_checkpoint(self.node)
        made = verifying.make_bundle(self.node, record, with_document=with_document, with_chain=with_chain)
        return record.digest.hex(), made

    def disclose(
        self,
        identifier: str,
        pointers: Sequence[str],
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and the bundle that shows these fields of it."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        return record.digest.hex(), disclosing.make_presentation(self.node, record, pointers)

    def export(
        self,
        identifier: str,
        form: ExportForm,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and what is known of it in a form of others."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        make = make_receipt if form == "receipt" else make_credential
        return record.digest.hex(), make(self.node, record)

    def certificate(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        form: CertificateForm = "pdf",
        short: bool = False,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and its certificate, or the certificate's code as a picture."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        if form == "pdf":
            return record.digest.hex(), certifying.certificate(self.node, record, short=short)
        return record.digest.hex(), svg(certifying.printed_code(self.node, record, short=short).text).encode()

    def issue_batch(
        self,
        path: Path,
        *,
        doc_type: str,
        formation: str,
        bringing: Bringing | None = None,
        progress: Progress | None = None,
    ) -> list[BatchOutcome]:
        """Issue a folder of documents, a table or another system's file; an outcome for each row, in their order."""
        return batches.issue(
            self.node,
            path,
            doc_type=doc_type,
            formation=formation,
            bringing=bringing or Bringing(),
            progress=progress,
        )


def _content(request: IssueRequest | ApproveRequest, content: bytes | None) -> bytes:
    if (content is None) == (request.document is None):
        raise RequestIncomplete("give the document either in the request or as a file", field="document")
    return canonicalise(request.document) if content is None else content


def _rests(request: IssueRequest | ApproveRequest) -> issuing.Rests:
    reason = None if request.reason is None else reason_code(request.reason)
    return issuing.Rests(tuple(request.parents), reason)


def _approval_view(
    what: str, digest: bytes, doc_type: str, formation: str, given: approving.Approval
) -> ApprovalView:
    return ApprovalView.read(
        {
            "what": what,
            "digest": digest.hex(),
            "type": doc_type,
            "formation": formation,
            "approver": given.approver.hex(),
            "deadline": given.deadline,
        }
    )
