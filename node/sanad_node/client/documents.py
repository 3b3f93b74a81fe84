"""Documents over HTTP: issued, listed, followed, changed in their standing, carried away, verified."""

from collections.abc import Sequence

from sanad_node.client.acting import as_texts
from sanad_node.client.conversation import Ask, Params, segment
from sanad_node.client.multipart import form
from sanad_node.client.part import Part
from sanad_node.desk.base import CertificateForm, ExportForm
from sanad_node.wire import (
    ActView,
    ApprovalView,
    ApproveRequest,
    ApproveRevocationRequest,
    ConsumeRequest,
    DocumentPage,
    DocumentView,
    IssueRequest,
    StandingRequest,
    StandingView,
    VerdictView,
    VerifyRequest,
)
from sanad_node.wire.packs import PackRequest
from sanad_node.wire.status_lists import PublicationsView, PublishRequest

VERIFY_KEY = "verify"
APPROVE_KEY = "approve"


class Documents(Part):
    """See `Desk`."""

    def issue(
        self, request: IssueRequest, content: bytes | None = None, *, key: str | None = None
    ) -> ActView:
        return self._acting.act("/v1/documents", request, key, file=content, field="--as")

    def change_standing(
        self, identifier: str, request: StandingRequest, *, key: str | None = None
    ) -> ActView:
        return self._acting.act(f"/v1/documents/{segment(identifier)}/status", request, key, field="ID")

    def approve(self, request: ApproveRequest, content: bytes | None = None) -> ApprovalView:
        """A second officer's approval; asking again gives another one in its place."""
        if content is None:
            return self._compute("/v1/approvals", ApprovalView, request.as_json())
        kind, body = form(APPROVE_KEY, as_texts(request), content)
        ask = Ask("POST", "/v1/approvals", headers={"Content-Type": kind}, body=body)
        return self._conversation.ask(ask).read(ApprovalView)

    def approve_revocation(self, identifier: str, request: ApproveRevocationRequest) -> ApprovalView:
        return self._compute(f"/v1/documents/{segment(identifier)}/approval", ApprovalView, request.as_json())

    def consume(self, identifier: str, request: ConsumeRequest, *, key: str | None = None) -> ActView:
        return self._acting.act(f"/v1/documents/{segment(identifier)}/consumption", request, key, field="ID")

    def document(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        follow: bool = True,
    ) -> DocumentView:
        params = {"type": doc_type, "issuer": issuer, "follow": follow}
        return self._get(f"/v1/documents/{segment(identifier)}", DocumentView, params)

    def documents(
        self,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> DocumentPage:
        """A page of documents, newest first; its `next` is the `before` of the next page."""
        params = {"type": doc_type, "issuer": issuer, "before": before, "limit": limit}
        return self._get("/v1/documents", DocumentPage, params)

    def standing(
        self, identifier: str, *, doc_type: str | None = None, issuer: str | None = None
    ) -> StandingView:
        """Whether a document is in force, since when, and why."""
        params = {"type": doc_type, "issuer": issuer}
        return self._get(f"/v1/documents/{segment(identifier)}/status", StandingView, params)

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
        meant = self.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
        digest = meant.document.digest
        params: Params = {
            "type": meant.document.doc_type,
            "issuer": meant.issuer,
            "document": with_document,
            "chain": with_chain,
        }
        return digest, self._conversation.get(f"/v1/documents/{segment(digest)}/bundle", params).body

    def disclose(
        self,
        identifier: str,
        pointers: Sequence[str],
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and the bundle that shows these fields of it."""
        meant = self.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
        digest = meant.document.digest
        asked = {"type": meant.document.doc_type, "issuer": meant.issuer, "fields": list(pointers)}
        path = f"/v1/documents/{segment(digest)}/presentation"
        return digest, self._conversation.ask(Ask.json(path, asked)).body

    def export(
        self,
        identifier: str,
        form: ExportForm,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and what is known of it in a form of others."""
        meant = self.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
        digest = meant.document.digest
        params: Params = {"type": meant.document.doc_type, "issuer": meant.issuer}
        return digest, self._conversation.get(f"/v1/documents/{segment(digest)}/{form}", params).body

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
        meant = self.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
        digest = meant.document.digest
        params: Params = {"type": meant.document.doc_type, "issuer": meant.issuer, "short": short}
        name = "certificate.pdf" if form == "pdf" else "qr.svg"
        return digest, self._conversation.get(f"/v1/documents/{segment(digest)}/{name}", params).body

    def content(self, identifier: str, *, doc_type: str | None = None, issuer: str | None = None) -> bytes:
        """The document itself, from the vault of the office that issued it."""
        params = {"type": doc_type, "issuer": issuer}
        return self._conversation.get(f"/v1/documents/{segment(identifier)}/content", params).body

    def publish_status_list(self, request: PublishRequest, *, key: str | None = None) -> ActView:
        return self._acting.act("/v1/status-lists", request, key, field="--as")

    def status_lists(self, group: str | None = None) -> PublicationsView:
        """What a device needs of all groups, or of one."""
        return self._get("/v1/status-lists", PublicationsView, {"group": group})

    def pack(self, request: PackRequest) -> bytes:
        """The pack's file."""
        read = self._conversation.timeouts.upkeep
        return self._conversation.ask(Ask.json("/v1/packs", request.as_json(), read=read)).body

    def verify(self, request: VerifyRequest, content: bytes | None = None) -> VerdictView:
        if content is None:
            return self._compute("/v1/verify", VerdictView, request.as_json())
        kind, body = form(VERIFY_KEY, as_texts(request), content)
        asked = Ask("POST", "/v1/verify", headers={"Content-Type": kind}, body=body)
        return self._conversation.ask(asked).read(VerdictView)
