"""Controlled documents: approved by a second officer, used up once; and the policies that members decide."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.conditional import TAGGED, tagged
from sanad_api.deps import TheAsking, TheCaller, TheService, accepted, as_json
from sanad_api.routes import router
from sanad_api.uploads import described, read_upload
from sanad_node.wire import (
    AcceptedAct,
    AcceptedActs,
    ApprovalView,
    ApproveRequest,
    ApproveRevocationRequest,
    ConsumeRequest,
    PoliciesRequest,
    PolicyList,
)

register = router("register")


@register.get(
    "/v1/policies", response_model=PolicyList, summary="What controlled documents need", responses=TAGGED
)
def list_policies(request: Request, service: TheService) -> Response:
    """The table of policies, and whether members have decided each."""
    return tagged(request, as_json(service.desk.policies()))


@register.post(
    "/v1/policies",
    status_code=202,
    response_model=AcceptedActs | AcceptedAct,
    summary="Propose policies of the table",
)
def propose_policies(asked: PoliciesRequest, service: TheService, who: TheAsking) -> Response:
    """Propose to the members what is not decided yet; scopes that go past the register are replaced first. With a
    threshold of one they are in force when the last act is final.
    """
    service.desk.propose_policies(asked, key=who.act_key)
    return accepted(who)


@register.post(
    "/v1/approvals",
    response_model=ApprovalView,
    openapi_extra=described(
        ApproveRequest, in_form=("type", "as", "number", "replaces", "reason", "parents")
    ),
    summary="Approve, as a second officer, that a document be entered",
)
async def approve(request: Request, service: TheService, caller: TheCaller) -> Response:
    """The document is checked and kept; the approval is for these very bytes and parents, and lapses after a week.
    Whoever approves does not enter it too.
    """
    asked, content = await read_upload(request, ApproveRequest)
    formation = seeing.acting(caller, asked.formation)
    parents = [seeing.meant(service.desk, caller, one, field="--parent ID") for one in asked.parents]
    asked = asked.model_copy(update={"formation": formation, "parents": parents})
    return as_json(await run_in_threadpool(service.desk.approve, asked, content, person=caller.user))


@register.post(
    "/v1/documents/{identifier}/approval",
    response_model=ApprovalView,
    summary="Approve, as a second officer, that a document be revoked",
)
def approve_revocation(
    identifier: str, asked: ApproveRevocationRequest, service: TheService, caller: TheCaller
) -> Response:
    """For this reason only; it lapses after a week. Whoever approves does not revoke it too."""
    issuer = seeing.whose(caller, asked.issuer)
    found = service.desk.document(identifier, doc_type=asked.type, issuer=issuer, follow=False)
    seeing.must_see_document(caller, found)
    formation = seeing.acting(caller, asked.formation) if caller.formation else asked.formation
    asked = asked.model_copy(
        update={"formation": formation, "type": found.document.doc_type, "issuer": found.issuer}
    )
    given = service.desk.approve_revocation(found.document.digest, asked, person=caller.user)
    return as_json(given)


@register.post(
    "/v1/documents/{identifier}/consumption",
    status_code=202,
    response_model=AcceptedAct,
    summary="Use a document up",
)
def consume(
    identifier: str, asked: ConsumeRequest, service: TheService, caller: TheCaller, who: TheAsking
) -> Response:
    """Once, for ever, by a kind of formation that the type's policy names. A paper of another office is named by its
    whole digest: whoever has that has the paper.
    """
    formation = seeing.acting(caller, asked.formation)
    desk = service.desk
    digest = seeing.meant(desk, caller, identifier, field="ID", doc_type=asked.type)
    evidence = asked.evidence and seeing.meant(desk, caller, asked.evidence, field="--evidence")
    asked = asked.model_copy(update={"formation": formation, "evidence": evidence})
    desk.consume(digest, asked, key=who.act_key)
    return accepted(who)
