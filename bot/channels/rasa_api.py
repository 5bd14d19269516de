"""Rasa's HTTP API, for programs written for a Rasa server: parse, tracker, status, version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import BaseModel, Field

from bot import __version__
from bot.channels.access_keys import AccessKeys, checked_key
from bot.conversation import Conversation
from bot.conversations import Conversations
from bot.dialogue.virtual_agent import Understanding
from bot.doors import ANYONE, opens_to
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
    message_id: str | None = Field(None, max_length=200)
    token: str | None = Field(None, max_length=1024, description="Sent by Rasa servers; not used.")


def router(
    *,
    conversations: Conversations,
    keys: AccessKeys,
    understanding: Understanding,
    initial_slots: Callable[[], Mapping[str, Any]],
    model_name: Callable[[], str],
    access: Callable[..., Awaitable[None]],
    is_program: Callable[[Request], bool],
    identity_rules: Callable[[], IdentityRules] = lambda: NO_RULES,
) -> APIRouter:
    """The routes; ``access`` is the dependency that lets programs in, ``is_program`` knows the API token.

    A conversation is named by the ``sender`` that the REST channel was given, as in Rasa, or by its public
    id. The demo lets in whoever is on this machine, and staff see public ids: those open nothing without the
    token.

    Slots that show the identity (``identity_rules``) are told as the log proves them; no event sets them.
    """
    routes = APIRouter(tags=["rasa"])
    for_programs = [Depends(access)]

    async def named(request: Request, conversation_id: str) -> Conversation | None:
        """The conversation that a path names. Raises InvalidInput."""
        name = checked_key(conversation_id)
        if is_program(request) and (found := await conversations.find(name)) is not None:
            return found
        opened = await keys.find(name)
        return None if opened is None else await conversations.find(opened)

    conversation_named = Depends(named)

    @routes.post("/model/parse", dependencies=for_programs)
    async def parse(body: ParseRequest) -> dict[str, Any]:
        """Read one utterance. Programs may call; in the demo anyone on this machine."""
        result = await understanding.parse(body.text)
        return parse_to_rasa(result, message_id=body.message_id)

    @routes.get("/conversations/{conversation_id}/tracker", dependencies=for_programs)
    async def tracker(
        conversation_id: str,
        conversation: Conversation | None = conversation_named,
        include_events: IncludeEvents = Query("AFTER_RESTART"),
    ) -> dict[str, Any]:
        """The conversation as Rasa's tracker. Programs may call; in the demo anyone on this machine."""
        return _tracker(conversation or Conversation(conversation_id), include_events, name=conversation_id)

    @routes.post("/conversations/{conversation_id}/tracker/events", dependencies=for_programs)
    async def append(
        conversation_id: str,
        conversation: Conversation | None = conversation_named,
        body: dict[str, Any] | list[dict[str, Any]] = Body(...),
        include_events: IncludeEvents = Query("AFTER_RESTART"),
    ) -> dict[str, Any]:
        """Append one of Rasa's events, or several, all or none; ``pause`` and ``resume`` silence the bot and
        let it speak again. Programs may call; in the demo anyone on this machine.
        """
        items = body if isinstance(body, list) else [body]
        if len(items) > MAX_EVENTS:
            raise InvalidInput("Too many events at once.", code="tracker.too_many_events")
        id_ = await keys.open(conversation_id) if conversation is None else conversation.id
        async with conversations.writing_or_new(id_, channel="api") as writer:
            views = identity_rules().views
            events = events_from_rasa(items, now=writer.now())
            await writer.append(*(e for e in events if not (isinstance(e, SlotSet) and e.name in views)))
            return _tracker(writer.conversation, include_events, name=conversation_id)

    @routes.get("/status", dependencies=for_programs)
    async def status() -> dict[str, Any]:
        """Which model is in use. Programs may call; in the demo anyone on this machine."""
        return {"model_file": model_name(), "model_id": model_name(), "num_active_training_jobs": 0}

    @routes.get("/version")
    @opens_to(ANYONE, limit="none: it says one word")
    async def version() -> dict[str, str]:
        """Firstline's version and that of the Rasa whose formats it speaks. Anyone may call."""
        return {
            "version": RASA_VERSION,
            "minimum_compatible_version": "3.0.0",
            "firstline": __version__,
        }

    def _tracker(conversation: Conversation, include: IncludeEvents, *, name: str) -> dict[str, Any]:
        data = tracker_to_rasa(conversation, initial_slots=initial_slots())
        # As in Rasa, a client finds the name by which it asked; beside it, the one that everybody else uses.
        data["sender_id"] = name
        data["conversation_id"] = conversation.id if conversation.sequence else None
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
