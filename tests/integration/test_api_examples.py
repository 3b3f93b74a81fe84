"""The examples of the OpenAPI document are what a service says today: each request is sent again, in the same order."""

from pathlib import Path
from typing import Any

import pytest

from sanad_api.openapi import examples
from sanad_testkit.api_story import ELSEWHERE, prepared_service, told
from sanad_testkit.service import Prepared, prepared

__all__ = ["prepared"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


def form(value: Any) -> Any:
    """Members and types; of a list, those of its first."""
    if isinstance(value, dict):
        return {name: form(member) for name, member in value.items()}
    if isinstance(value, list):
        return [form(value[0])] if value else []
    return type(value).__name__


def test_every_example_is_answered_as_it_is_shown(prepared: Prepared, tmp_path: Path) -> None:
    asked: set[str] = set()
    with prepared_service(prepared, tmp_path) as (service, known):
        for one in told(service, known):
            route = one.step.route
            if route in asked:
                continue
            asked.add(route)
            shown = examples()[route]
            assert shown["status"] == str(one.answer.status_code), route
            assert form(shown.get("request", {}).get(one.step.kind)) == form(one.body), route
            for answer in shown.get("answer", {}).values():
                assert form(answer) == form(one.said), route
    assert asked | set(ELSEWHERE) == set(examples())
