"""The routes by which an administrator manages outgoing webhooks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from bot.handoff.agents import Agent, Role
from bot.handoff.auth import Authenticator
from bot.handoff.webhooks import Hook, Webhooks


class WebhookView(BaseModel):
    """A webhook, without its secret."""

    id: str
    url: str
    events: tuple[str, ...]
    created_at: float


class NewWebhook(BaseModel):
    """``events`` empty means all."""

    url: str = Field(max_length=2000)
    events: list[Annotated[str, Field(max_length=64)]] = Field([], max_length=50)


class CreatedWebhook(WebhookView):
    """The answer that shows the secret, this once."""

    secret: str


class Replay(BaseModel):
    """``since`` is in seconds since the epoch."""

    since: float


class Replayed(BaseModel):
    count: int


def router(webhooks: Webhooks, auth: Authenticator) -> APIRouter:
    """The routes under ``/api/v1/webhooks``."""
    routes = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])
    admin = Depends(auth.require_role(Role.ADMIN))

    @routes.get("")
    async def list_webhooks(_admin: Agent = admin) -> list[WebhookView]:
        """The webhooks. For admins."""
        return [_view(hook) for hook in await webhooks.all()]

    @routes.post("", status_code=201)
    async def add_webhook(body: NewWebhook, _admin: Agent = admin) -> CreatedWebhook:
        """Add one; the answer has its secret. For admins."""
        hook = await webhooks.add(body.url, body.events)
        return CreatedWebhook(**_view(hook).model_dump(), secret=hook.secret)

    @routes.delete("/{webhook_id}", status_code=204)
    async def remove_webhook(webhook_id: str, _admin: Agent = admin) -> None:
        """Remove one, with what it has yet to send. For admins."""
        await webhooks.remove(webhook_id)

    @routes.post("/{webhook_id}/replay")
    async def replay(webhook_id: str, body: Replay, _admin: Agent = admin) -> Replayed:
        """Send again what happened since then. For admins."""
        return Replayed(count=await webhooks.replay(webhook_id, since=body.since))

    return routes


def _view(hook: Hook) -> WebhookView:
    return WebhookView(id=hook.id, url=hook.url, events=hook.events, created_at=hook.created_at)
