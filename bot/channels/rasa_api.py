"""Rasa's HTTP API, for programs written for a Rasa server: parse, tracker, status, version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field

from bot import __version__
from bot.channels.customer import conversation_id as checked_id
from bot.conversation import Conversation
from bot.conversations import Conversations
from bot.dialogue.virtual_agent import Understanding
from bot.errors import InvalidInput
from bot.events import SlotSet
from bot.identity import as_json
from bot.project.identity import NO_RULES, IdentityRules
from bot.tracker import event_to_rasa, events_from_rasa, parse_to_rasa, tracker_to_rasa

RASA_VERSION = "3.6.21"
"""The Rasa Open Source whose formats these routes speak."""
MAX_TEXT = 10_000
MAX_EVENTS = 1000

IncludeEvents = Literal["NONE", "APPLIED", "AFTER_RESTART", "ALL"]


class ParseRequest(BaseModel):
    """What to read; ``message_id`` comes back."""

    text: str = Field(max_length=MAX_TEXT)
    message_id: str | None = None
    token: str | None = Field(None, description="Sent by Rasa servers; not used.")


def router(
    *,
    conversations: Conversations,
    understanding: Understanding,
    initial_slots: Callable[[], Mapping[str, Any]],
    model_name: Callable[[], str],
    access: Callable[..., Awaitable[None]],
    identity_rules: Callable[[], IdentityRules] = lambda: NO_RULES,
) -> APIRouter:
    """The routes; ``access`` is the dependency that lets programs in.

    Slots that show the identity (``identity_rules``) are told as the log proves them; no event sets them.
    """
    routes = APIRouter(tags=["rasa"])
    for_programs = [Depends(access)]

    @routes.post("/model/parse", dependencies=for_programs)
    async def parse(body: ParseRequest) -> dict[str, Any]:
        """Read one utterance. Programs may call; in the demo anyone on this machine."""
        result = await understanding.parse(body.text)
        return parse_to_rasa(result, message_id=body.message_id)

    @routes.get("/conversations/{conversation_id}/tracker", dependencies=for_programs)
    async def tracker(
        conversation_id: str, include_events: IncludeEvents = Query("AFTER_RESTART")
    ) -> dict[str, Any]:
        """The conversation as Rasa's tracker. Programs may call; in the demo anyone on this machine."""
        conversation = await conversations.find(checked_id(conversation_id))
        return _tracker(conversation or Conversation(conversation_id), include_events)

    @routes.post("/conversations/{conversation_id}/tracker/events", dependencies=for_programs)
    async def append(
        conversation_id: str,
        body: dict[str, Any] | list[dict[str, Any]] = Body(...),
        include_events: IncludeEvents = Query("AFTER_RESTART"),
    ) -> dict[str, Any]:
        """Append one of Rasa's events, or several, all or none; ``pause`` and ``resume`` silence the bot and
        let it speak again. Programs may call; in the demo anyone on this machine.
        """
        items = body if isinstance(body, list) else [body]
        if len(items) > MAX_EVENTS:
            raise InvalidInput("Too many events at once.", code="tracker.too_many_events")
        async with conversations.writing_or_new(checked_id(conversation_id), channel="api") as writer:
            views = identity_rules().views
            events = events_from_rasa(items, now=writer.now())
            await writer.append(*(e for e in events if not (isinstance(e, SlotSet) and e.name in views)))
            return _tracker(writer.conversation, include_events)

    @routes.get("/status", dependencies=for_programs)
    async def status() -> dict[str, Any]:
        """Which model is in use. Programs may call; in the demo anyone on this machine."""
        return {"model_file": model_name(), "model_id": model_name(), "num_active_training_jobs": 0}

    @routes.get("/version")
    async def version() -> dict[str, str]:
        """Firstline's version and that of the Rasa whose formats it speaks. Anyone may call."""
        return {
            "version": RASA_VERSION,
            "minimum_compatible_version": "3.0.0",
            "firstline": __version__,
        }

    def _tracker(conversation: Conversation, include: IncludeEvents) -> dict[str, Any]:
        data = tracker_to_rasa(conversation, initial_slots=initial_slots())
        now = conversations.clock()
        data["slots"] |= identity_rules().shown(conversation.identity, now=now)
        data["identity"] = as_json(conversation.identity, now=now)
        match include:
            case "NONE":
                data["events"] = None
            case "APPLIED" | "AFTER_RESTART":
                applied = (event_to_rasa(event) for _, event in conversation.dialogue.applied)
                data["events"] = [event for event in applied if event is not None]
        return data

    return routes
