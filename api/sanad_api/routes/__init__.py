"""The API's routes, one module for each thing. All go through the gate."""

from fastapi import APIRouter

from sanad_api.gate import GatedRoute


def router(tag: str) -> APIRouter:
    """A router whose routes pass the gate."""
    return APIRouter(route_class=GatedRoute, tags=[tag])
