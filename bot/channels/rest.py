"""Rasa's REST channel: one message in, the turn's answers back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from bot.channels.access_keys import ID_HEADER, AccessKeys
from bot.channels.customer import CustomerService, Said
from bot.dialogue.virtual_agent import Turn
from bot.doors import ANYONE, opens_to
from bot.events import BotUttered


class RestMessage(BaseModel):
    """A customer's message; ``message_id`` makes a retry idempotent.

    ``sender`` is the conversation's access key, which the client chooses. It must be hard to guess.
    """

    sender: str = Field(max_length=1000)
    message: str = Field(max_length=100_000)
    metadata: dict[str, Any] | None = None
    message_id: str | None = Field(None, max_length=200)


def router(customers: CustomerService, keys: AccessKeys) -> APIRouter:
    """The routes of the REST channel."""
    routes = APIRouter(prefix="/webhooks/rest", tags=["channels"])

    @routes.get("/")
    @opens_to(ANYONE, limit="none: it says one word")
    async def health() -> dict[str, str]:
        """Whether the channel is there. Anyone may call."""
        return {"status": "ok"}

    @routes.post("/webhook")
    @opens_to(ANYONE)
    async def receive(body: RestMessage, response: Response) -> list[dict[str, Any]]:
        """Say something to the bot and read its answers. Anyone may call; limited by address.

        The header ``X-Conversation-Id`` has the conversation's public id. While a person holds the
        conversation the list is empty; what the person writes is read at ``GET
        /api/v1/conversations/{id}/messages``, with ``sender`` in the header ``X-Conversation-Key``.
        """
        metadata = dict(body.metadata or {})
        language = metadata.get("language")
        conversation_id = await keys.open(body.sender)
        response.headers[ID_HEADER] = conversation_id
        turn = await customers.say(
            Said(
                conversation_id=conversation_id,
                text=body.message,
                channel="rest",
                message_id=body.message_id,
                metadata=metadata,
                language=language if isinstance(language, str) else None,
            )
        )
        return answers(turn, recipient=body.sender)

    return routes


def answers(turn: Turn, *, recipient: str) -> list[dict[str, Any]]:
    """A turn's answers in the format of Rasa's REST channel.

    When the conversation changes hands, the answer that tells the customer so has ``custom.handoff``.
    """
    return [
        rest_message(event, recipient=recipient) for _, event in turn.events if isinstance(event, BotUttered)
    ]


def rest_message(event: BotUttered, *, recipient: str) -> dict[str, Any]:
    """One answer of the bot, without what it does not have."""
    reply: dict[str, Any] = {"recipient_id": recipient}
    if event.text is not None:
        reply["text"] = event.text
    if event.buttons:
        reply["buttons"] = [button.model_dump() for button in event.buttons]
    if event.image is not None:
        reply["image"] = event.image
    if event.custom is not None:
        reply["custom"] = dict(event.custom)
    return reply
