"""Verification, for anybody with a digest, a file or a bundle; by number for those who signed in."""

from functools import partial

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from sanad_api import seeing
from sanad_api.callers import Caller
from sanad_api.deps import TheCaller, TheService, as_json
from sanad_api.problems import SignInNeeded
from sanad_api.routes import router
from sanad_api.threads import ask
from sanad_api.uploads import described, read_upload
from sanad_node.desk.asked import RequestIncomplete
from sanad_node.wire import VerdictView, VerifyRequest

verification = router("verification")


@verification.post(
    "/v1/verify",
    response_model=VerdictView,
    openapi_extra=described(VerifyRequest, in_form=("type", "issuer", "subject"), raw=True),
    summary="Is this paper genuine and in force?",
)
async def verify(request: Request, service: TheService, caller: TheCaller) -> Response:
    """Six answers and a verdict. Give a `digest` (or both `digests` a JSON file may have), the `code` of a
    certificate, or, signed in, an `identifier`; or send the file, a bundle, or a picture of a certificate as a form's
    `file`. What is sent is examined and forgotten.
    """
    asked, content = await read_upload(request, VerifyRequest)
    asked = one_question(asked, content, caller)
    where = ask if content is None else run_in_threadpool  # a file may take seconds to hash
    compared = partial(service.desk.verify, asked, content, sight=seeing.sight_of(caller))
    answer = as_json(await where(compared))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def one_question(asked: VerifyRequest, content: bytes | None, caller: Caller) -> VerifyRequest:
    """What is asked, within what the caller may know of. Refuses nothing asked, several things asked, and a search by
    somebody unknown: numbers can be guessed. A whole digest or a printed code is no search: whoever has it has the
    paper.
    """
    whole = seeing.DIGEST.fullmatch(asked.identifier or "")
    if whole is not None:
        asked = asked.model_copy(update={"identifier": None, "digest": whole[1].lower()})
    given = [content is not None, *map(bool, (asked.digest, asked.digests, asked.identifier, asked.code))]
    if sum(given) != 1:
        raise RequestIncomplete(
            "give one of: a digest, digests, an identifier, a code, or a file", field="digest"
        )
    if asked.identifier and not caller.known:
        raise SignInNeeded("sign in to search by number; a digest or a file needs no account")
    if asked.identifier:
        return asked.model_copy(update={"issuer": seeing.whose(caller, asked.issuer)})
    return asked
