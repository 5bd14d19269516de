"""What a customer may not ask for a conversation of theirs."""

from __future__ import annotations

from typing import cast

import httpx
from fastapi import FastAPI, Request

from bot.channels import conversations_api, problems
from bot.channels.customer import CustomerService
from bot.handoff.auth import NotSignedIn


async def test_customers_cannot_put_themselves_first() -> None:
    async def nobody(_request: Request) -> None:
        raise NotSignedIn("Please sign in.")

    app = FastAPI()
    problems.install(app)
    # Refused before the service is asked for anything.
    app.include_router(conversations_api.router(cast(CustomerService, None), desk_or_program=nobody))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://firstline.test"
    ) as client:
        response = await client.post("/api/v1/conversations/c1/handoff", json={"priority": 10})
    assert response.status_code == 401
    assert response.json()["code"] == "auth.required"
