"""What the ledger knows of a document, in forms that partners' systems read."""

from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import IssuerFilter, TheCaller, TheService, TypeFilter
from sanad_api.routes import router
from sanad_api.routes.documents import attachment
from sanad_api.service import Service
from sanad_node.desk.base import ExportForm

exports = router("documents")
RECEIPT_TYPE, CREDENTIAL_TYPE = "application/cose", "application/vc+jwt"


@exports.get(
    "/v1/documents/{identifier}/receipt",
    response_class=Response,
    responses={200: {"content": {RECEIPT_TYPE: {}}}},
    summary="A COSE receipt (RFC 9942)",
)
def receipt(
    identifier: str,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
) -> Response:
    """That the document's entry is in the log, signed by the log (docs/spec/exports.md)."""
    digest, made = _export(service, caller, identifier, doc_type, issuer, "receipt")
    return Response(made, media_type=RECEIPT_TYPE, headers=attachment(f"{digest[:16]}.cose"))


@exports.get(
    "/v1/documents/{identifier}/credential",
    response_class=Response,
    responses={200: {"content": {CREDENTIAL_TYPE: {}}}},
    summary="A W3C verifiable credential",
)
def credential(
    identifier: str,
    service: TheService,
    caller: TheCaller,
    doc_type: TypeFilter = None,
    issuer: IssuerFilter = None,
) -> Response:
    """That the document was issued and is in force, as a JWT (docs/spec/exports.md); 409 if it is not in force."""
    digest, made = _export(service, caller, identifier, doc_type, issuer, "credential")
    return Response(made, media_type=CREDENTIAL_TYPE, headers=attachment(f"{digest[:16]}.jwt"))


def _export(
    service: Service,
    caller: Caller,
    identifier: str,
    doc_type: str | None,
    issuer: str | None,
    form: ExportForm,
) -> tuple[str, bytes]:
    issuer = seeing.whose(caller, issuer)
    found = service.desk.document(identifier, doc_type=doc_type, issuer=issuer, follow=False)
    seeing.must_see_document(caller, found)
    return service.desk.export(
        found.document.digest, form, doc_type=found.document.doc_type, issuer=found.issuer
    )
