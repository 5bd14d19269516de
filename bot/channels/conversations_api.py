"""Customers over HTTP: history, transcript, asking for a person, rating."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from bot.channels.access_keys import HEADER, AccessKeys
from bot.channels.customer import CustomerService
from bot.channels.customer import conversation_id as checked_id
from bot.doors import opens_to
from bot.errors import FirstlineError, Forbidden, NotFound
from bot.events import EscalationReason
from bot.handoff.views import StateView
from bot.transcript import Message

WHO = {"customer": "You", "bot": "Virtual agent", "agent": "Agent"}


class KeyNeeded(FirstlineError):
    """Nothing in the request entitles to the conversation."""

    code = "conversation.key_needed"
    status = 401


class History(BaseModel):
    """What was said, and where the conversation stands."""

    messages: list[Message]
    state: StateView


class HandoffRequest(BaseModel):
    """Why a person is asked for; everything is optional.

    Reason and priority are not the customer's to say.
    """

    reason: EscalationReason = EscalationReason.ASKED_FOR_PERSON
    detail: str = Field("", max_length=500)
    queue: str | None = Field(None, max_length=64)
    priority: int | None = Field(None, ge=0, le=10)


class Rating(BaseModel):
    """A rating, 1 (bad) to 5 (good)."""

    score: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=1000)


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that the caller is entitled to, as its customer or as a program with the API token."""

    conversation_id: str
    by_program: bool


def router(
    customers: CustomerService,
    keys: AccessKeys,
    *,
    is_program: Callable[[Request], bool],
    may_choose_queue: Callable[[str], bool],
) -> APIRouter:
    """Routes for a conversation's customer, who sends its access key, and for programs with the API token.

    ``may_choose_queue`` says which queues customers may ask for.
    """
    routes = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])

    @opens_to("the customer, by the access key; programs")
    async def opened(
        request: Request, conversation_id: str, key: str | None = Header(None, alias=HEADER)
    ) -> Opened:
        """The conversation in the path. Raises KeyNeeded, NotFound, InvalidInput."""
        asked = checked_id(conversation_id)
        if key is not None:
            # Someone else's conversation looks like one that does not exist.
            if await keys.find(key) != asked:
                raise NotFound("There is no such conversation.", code="conversation.not_found")
            return Opened(asked, by_program=False)
        if is_program(request):
            return Opened(asked, by_program=True)
        raise KeyNeeded(
            "This needs the conversation's access key.",
            hint=f"send it in the header {HEADER}; programs: Authorization: Bearer $FIRSTLINE_API_TOKEN",
        )

    opened_conversation = Depends(opened)

    @routes.get("/{conversation_id}/messages")
    async def messages(conversation: Opened = opened_conversation, after: int = Query(0, ge=0)) -> History:
        """The messages after a sequence, and the state.

        For the customer with the access key, and programs.
        """
        return History(
            messages=await customers.messages(conversation.conversation_id, after=after),
            state=await customers.state(conversation.conversation_id),
        )

    @routes.get("/{conversation_id}/transcript", response_class=Response)
    async def download(conversation: Opened = opened_conversation) -> Response:
        """The transcript as a text file. For the customer with the access key, and programs."""
        return Response(
            as_text(await customers.messages(conversation.conversation_id)),
            media_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="transcript.txt"'},
        )

    @routes.post("/{conversation_id}/handoff")
    async def request_handoff(
        conversation: Opened = opened_conversation, body: HandoffRequest | None = None
    ) -> StateView:
        """Ask for a person. For the customer with the access key, and programs.

        Only programs may give a reason, a priority or a queue that is not public.
        """
        wish = body or HandoffRequest()
        if not conversation.by_program:
            _require_customers_wish(wish, may_choose_queue)
        return await customers.request_handoff(
            conversation.conversation_id,
            reason=wish.reason,
            detail=wish.detail,
            queue=wish.queue,
            priority=wish.priority,
        )

    @routes.post("/{conversation_id}/handoff/cancel")
    async def cancel_handoff(conversation: Opened = opened_conversation) -> StateView:
        """Take back the request for a person. For the customer with the access key, and programs."""
        return await customers.cancel_handoff(conversation.conversation_id)

    @routes.post("/{conversation_id}/rating")
    async def rate(body: Rating, conversation: Opened = opened_conversation) -> StateView:
        """Rate the conversation. For the customer with the access key, and programs."""
        return await customers.rate(conversation.conversation_id, body.score, body.comment)

    return routes


def _require_customers_wish(wish: HandoffRequest, may_choose_queue: Callable[[str], bool]) -> None:
    """Raises Forbidden for what customers have no say in."""
    if wish.priority is not None or wish.reason is not EscalationReason.ASKED_FOR_PERSON:
        raise Forbidden("Only programs may give a reason or a priority.", code="handoff.not_customers_choice")
    if wish.queue is not None and not may_choose_queue(wish.queue):
        raise Forbidden("Customers cannot choose this queue.", code="queue.not_public")


def as_text(messages: Iterable[Message]) -> str:
    """A transcript for people to keep."""
    lines = []
    for message in messages:
        if message.author in WHO and message.text:
            at = _time(message.timestamp)
            lines.append(f"[{at}] {message.name or WHO[message.author]}: {message.text}")
    return "\n".join(lines) + "\n"


def _time(timestamp: float) -> str:
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # of an event from elsewhere
        return "at some time"
