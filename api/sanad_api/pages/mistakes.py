"""A form that does not fit its request model, as an error a page can show at the fields."""

from pydantic import ValidationError

from sanad_api.problems import RequestInvalid
from sanad_verifier.errors import SanadError

MISSING = frozenset({"missing", "string_too_short"})


def of_error(error: SanadError | ValidationError) -> SanadError:
    """Our own errors as they are; a model's refusal as `RequestInvalid`."""
    if isinstance(error, SanadError):
        return error
    return RequestInvalid(
        [
            {
                "pointer": "/" + "/".join(str(part) for part in one["loc"]),
                "code": str(one["type"]).upper(),
                "detail": "this is missing" if one["type"] in MISSING else "this cannot be taken as it is",
            }
            for one in error.errors(include_input=False)
        ][:50]
    )
