"""Certificates: a document on paper, and the code that proves it."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import IssuerFilter, TheCaller, TheService, TypeFilter
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_api.service import Service
from sanad_node.desk.base import CertificateForm

certificates = router("documents")
ShortCode = Annotated[
    bool, Query(description="The short form of the code: smaller, but of use only to who can ask a ledger.")
]


@certificates.get(
    "/v1/documents/{identifier}/certificate.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
    summary="The certificate, to be printed",
)
def certificate(
    identifier: str,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
    short: ShortCode = False,
) -> Response:
    """What the document says, in English and Urdu, with a code that proves it to a phone without signal; only for the
    office that issued it, and auditors.
    """
    digest, made = _certificate(service, caller, identifier, doc_type, issuer, "pdf", short)
    return Response(made, media_type="application/pdf", headers=attachment(f"{digest[:16]}.pdf"))


@certificates.get(
    "/v1/documents/{identifier}/qr.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
    summary="The certificate's code, for the office's own papers",
)
def qr(
    identifier: str,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
    short: ShortCode = False,
) -> Response:
    """The QR code alone, to be placed on a paper that the office prints itself; only for the office that issued it,
    and auditors. Print it with at least 0.4 mm a module.
    """
    digest, made = _certificate(service, caller, identifier, doc_type, issuer, "svg", short)
    return Response(made, media_type="image/svg+xml", headers=attachment(f"{digest[:16]}.svg"))


def _certificate(
    service: Service,
    caller: Caller,
    identifier: str,
    doc_type: str | None,
    issuer: str | None,
    form: CertificateForm,
    short: bool,
) -> tuple[str, bytes]:
    issuer = seeing.whose(caller, issuer)
    found = service.desk.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
    seeing.must_see_content(caller, found)
    return service.desk.certificate(
        found.document.digest,
        doc_type=found.document.doc_type,
        issuer=found.issuer,
        form=form,
        short=short,
    )
