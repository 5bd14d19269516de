"""The routes of the inbox: messages that customers left when nobody was there (docs/api.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from bot.handoff.agents import Agent
from bot.handoff.auth import Authenticator
from bot.handoff.messages_left import (
    WAITING,
    Answered,
    Inbox,
    LeftMessageDetail,
    LeftMessageView,
    MessageState,
    Page,
)

MessageId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_STATES = {"waiting": WAITING, **{state.value: (state,) for state in MessageState}}


class Answer(BaseModel):
    text: str = Field(max_length=10_000)


class Closing(BaseModel):
    """``called_back``: the customer was called; ``done``: it needs no answer, or got one elsewhere."""

    how: Literal["called_back", "done"]
    note: str = Field(default="", max_length=10_000)


def router(inbox: Inbox, auth: Authenticator) -> APIRouter:
    """The routes under ``/api/v1/messages-left``. For agents: those of their queues; for supervisors: all."""
    routes = APIRouter(prefix="/api/v1/messages-left", tags=["messages left"])
    current_agent = Depends(auth.current_agent)

    @routes.get("")
    async def list_messages(
        state: Literal["waiting", "open", "taken", "answered"] = "waiting",
        after: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        agent: Agent = current_agent,
    ) -> Page:
        """Messages that wait, oldest first, or those that were answered, latest first. For agents."""
        return await inbox.page(agent, _STATES[state], after=after, limit=limit)

    @routes.get("/{message_id}")
    async def get_message(message_id: MessageId, agent: Agent = current_agent) -> LeftMessageDetail:
        """One message; for who took it, and supervisors, with the conversation behind it."""
        return await inbox.detail(agent, message_id)

    @routes.post("/{message_id}/take")
    async def take(message_id: MessageId, agent: Agent = current_agent) -> LeftMessageDetail:
        """Take a message. For agents who see it; 409 when another was first."""
        await inbox.take(agent, message_id)
        return await inbox.detail(agent, message_id)

    @routes.post("/{message_id}/release")
    async def release(message_id: MessageId, agent: Agent = current_agent) -> LeftMessageView:
        """Put a message back. For who took it, and supervisors."""
        return await inbox.view(await inbox.release(agent, message_id))

    @routes.post("/{message_id}/answer")
    async def answer(message_id: MessageId, body: Answer, agent: Agent = current_agent) -> LeftMessageView:
        """Answer in the chat while the customer is there, else by mail. For agents who see it."""
        return await inbox.view(await inbox.answer(agent, message_id, body.text))

    @routes.post("/{message_id}/close")
    async def close(message_id: MessageId, body: Closing, agent: Agent = current_agent) -> LeftMessageView:
        """Mark a message as called back or done. For agents who see it."""
        done = await inbox.close(agent, message_id, how=Answered(body.how), note=body.note)
        return await inbox.view(done)

    return routes
