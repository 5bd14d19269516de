"""Customers over HTTP: history, transcript, asking for a person, rating."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from bot.channels.customer import CustomerService
from bot.channels.customer import conversation_id as checked_id
from bot.events import EscalationReason
from bot.handoff.views import StateView
from bot.transcript import Message

WHO = {"customer": "You", "bot": "Virtual agent", "agent": "Agent"}


class History(BaseModel):
    """What was said, and where the conversation stands."""

    messages: list[Message]
    state: StateView


class HandoffRequest(BaseModel):
    """Why a person is asked for; everything is optional. Who waits first is not the customer's to say."""

    reason: EscalationReason = EscalationReason.ASKED_FOR_PERSON
    detail: str = Field("", max_length=500)
    queue: str | None = Field(None, max_length=64)
    priority: int | None = Field(None, ge=0, le=10)


class Rating(BaseModel):
    """A rating, 1 (bad) to 5 (good)."""

    score: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=1000)


def router(customers: CustomerService, *, desk_or_program: Callable[[Request], Awaitable[None]]) -> APIRouter:
    """Routes for whoever holds a conversation's id, which only its customer was given.

    ``desk_or_program`` raises an error for who is neither an agent nor a program.
    """
    routes = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])
    held = Depends(_held)

    @routes.get("/{conversation_id}/messages")
    async def messages(conversation_id: str = held, after: int = Query(0, ge=0)) -> History:
        """The messages after a sequence, and the state. Who holds the id may call."""
        return History(
            messages=await customers.messages(conversation_id, after=after),
            state=await customers.state(conversation_id),
        )

    @routes.get("/{conversation_id}/transcript", response_class=Response)
    async def download(conversation_id: str = held) -> Response:
        """The transcript as a text file. Who holds the id may call."""
        return Response(
            as_text(await customers.messages(conversation_id)),
            media_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="transcript.txt"'},
        )

    @routes.post("/{conversation_id}/handoff")
    async def request_handoff(
        request: Request, conversation_id: str = held, body: HandoffRequest | None = None
    ) -> StateView:
        """Ask for a person. Who holds the id may call; only agents and programs may give a priority."""
        wish = body or HandoffRequest()
        if wish.priority is not None:
            await desk_or_program(request)
        return await customers.request_handoff(
            conversation_id,
            reason=wish.reason,
            detail=wish.detail,
            queue=wish.queue,
            priority=wish.priority,
        )

    @routes.post("/{conversation_id}/handoff/cancel")
    async def cancel_handoff(conversation_id: str = held) -> StateView:
        """Take the request for a person back while waiting. Who holds the id may call."""
        return await customers.cancel_handoff(conversation_id)

    @routes.post("/{conversation_id}/rating")
    async def rate(body: Rating, conversation_id: str = held) -> StateView:
        """Rate the conversation. Who holds the id may call."""
        return await customers.rate(conversation_id, body.score, body.comment)

    return routes


def _held(conversation_id: str) -> str:
    """The id in the path. Raises InvalidInput for what is none."""
    return checked_id(conversation_id)


def as_text(messages: Iterable[Message]) -> str:
    """A transcript for people to keep."""
    lines = []
    for message in messages:
        if message.author in WHO and message.text:
            at = datetime.fromtimestamp(message.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            lines.append(f"[{at}] {message.name or WHO[message.author]}: {message.text}")
    return "\n".join(lines) + "\n"
