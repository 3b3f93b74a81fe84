"""Every identifier reaches its route as it is, if it is sent as one segment."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response
from starlette.routing import Match

from sanad_api.gate import GatedRoute


async def nothing() -> Response:
    return Response()


ROUTE = GatedRoute("/v1/documents/{identifier}/status", nothing)


def found(address: str) -> str | None:
    """What the route takes for the identifier in an address, as a server hands it over."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(address),
        "raw_path": address.encode(),
        "headers": [],
    }
    match, child = ROUTE.matches(scope)
    return child["path_params"]["identifier"] if match is Match.FULL else None


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_identifier_comes_back_whatever_is_in_it(identifier: str) -> None:
    assert found(f"/v1/documents/{quote(identifier, safe='')}/status") == identifier


@pytest.mark.parametrize(
    "address", ["/v1/documents/P/1/status", "/v1/documents//status", "/v1%2Fdocuments/P/status"]
)
def test_a_slash_that_divides_is_no_part_of_an_identifier(address: str) -> None:
    assert found("/v1/documents/P/status") == "P"
    assert found(address) is None
