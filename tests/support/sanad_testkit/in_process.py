"""Asking an application in this process, without a server: from any address one likes."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody at an address. Each request stands by itself: no cookies are kept, no redirect is followed."""

    app: FastAPI
    host: str = "192.0.2.1"

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.host, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://sanad.example") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)
