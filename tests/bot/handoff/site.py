"""The desk's HTTP interface over a `World`, and clients signed in to it."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from bot.channels import problems
from bot.handoff import accounts_api, api, messages_left_api, webhooks_api
from bot.handoff.agents import Agent, NewAgent, Role
from bot.handoff.auth import Authenticator
from bot.handoff.canned import SEED
from bot.handoff.demo import DEMO_PASSWORD
from bot.handoff.webhooks import Webhooks
from bot.store.handoff import SqlCannedReplies
from tests.bot.handoff.world import QUEUES, World

API_TOKEN = "a-program's-token"


class Site:
    """An application with the desk's routes."""

    def __init__(self, world: World, *, webhooks: Webhooks | None = None) -> None:
        self.world = world
        self.auth = Authenticator(world.sessions, world.agents, api_token=API_TOKEN)
        self.canned_replies = SqlCannedReplies(world.database)
        self.app = FastAPI()
        problems.install(self.app)
        desk_api = api.DeskApi(
            service=world.service, desk=world.desk, auth=self.auth, canned_replies=self.canned_replies
        )
        self.app.include_router(api.router(desk_api))
        self.app.include_router(accounts_api.router(world.accounts, world.sessions, self.auth))
        self.app.include_router(messages_left_api.router(world.inbox, self.auth))
        if webhooks is not None:
            self.app.include_router(webhooks_api.router(webhooks, self.auth))

    async def seed(self) -> None:
        await self.canned_replies.put(SEED)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://desk.test", follow_redirects=False
        )

    async def add(self, login: str, *, role: Role = Role.AGENT, queues: tuple[str, ...] = QUEUES) -> Agent:
        return await self.world.agents.add(
            NewAgent(login, login.title(), DEMO_PASSWORD, role=role, languages=("en",), queues=queues)
        )

    async def signed_in(
        self,
        login: str,
        *,
        role: Role = Role.AGENT,
        queues: tuple[str, ...] = QUEUES,
        presence: str = "available",
    ) -> httpx.AsyncClient:
        """A client of a new person, who is available."""
        await self.add(login, role=role, queues=queues)
        client = self.client()
        response = await client.post("/api/v1/session", json={"login": login, "password": DEMO_PASSWORD})
        assert response.status_code == 200, response.text
        response = await client.put("/api/v1/agents/me/presence", json={"presence": presence})
        assert response.status_code == 200, response.text
        return client
