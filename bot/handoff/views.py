"""What the interface shows of agents, conversations and handoffs (docs/api.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from bot.conversation import Conversation, Handoff, HandoffState, Holder
from bot.events import (
    ConversationClosed,
    ConversationRated,
    EscalationReason,
    HandoffQueued,
    HandoffResolved,
    SessionStarted,
    UserUttered,
)
from bot.handoff.agents import Agent, Presence, Role
from bot.handoff.queue import Board, Place
from bot.transcript import Message

PREVIEW_LENGTH = 120


class PersonView(BaseModel):
    """What every view of a person at the desk has."""

    id: str
    login: str
    name: str
    role: Role
    languages: tuple[str, ...]
    queues: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int
    presence: Presence
    helping: bool


class AgentView(PersonView):
    """An agent; ``load`` is how many conversations they hold or are being offered.

    Who serves no queue, and is not ``helping`` in all of them, takes no conversations: they watch.
    """

    load: int
    takes_conversations: bool


class HandoffStateView(BaseModel):
    """A customer's view of their handoff; ``expected_wait`` in seconds."""

    id: str
    state: HandoffState
    queue: str
    position: int | None
    expected_wait: int | None
    agent_name: str | None


class StateView(BaseModel):
    """A customer's view of their conversation."""

    conversation_id: str
    holder: Holder
    language: str | None
    handoff: HandoffStateView | None
    rating: int | None
    may_rate: bool


class CustomerView(BaseModel):
    id: str
    name: str | None
    verified: bool


class VisitorView(BaseModel):
    """What tells one unnamed visitor from another. ``page`` is a path, ``place`` the city of their time zone,
    ``device`` their browser and system."""

    page: str | None
    place: str | None
    device: str | None


class RatingView(BaseModel):
    """How the customer rated the help, 1..5, and in what words."""

    score: int
    comment: str


class CallView(BaseModel):
    """A call as the desk shows it; times are seconds since the epoch.

    ``live`` is false once nothing can be said to the caller any more; ``held`` is who put it on hold, and
    ``agent_on`` whether an agent's audio is in it.
    """

    transport: str
    caller: str
    called: str
    live: bool
    held: Literal["caller", "agent"] | None
    agent_on: bool
    started_at: float
    ended_at: float | None
    end_reason: str | None


class HandoffView(BaseModel):
    """A handoff as the desk shows it; times are seconds since the epoch, waits are seconds."""

    id: str
    conversation_id: str
    state: HandoffState
    queue: str
    priority: int
    language: str | None
    channel: str
    reason: EscalationReason | None
    detail: str
    queued_at: float
    waited: float
    position: int | None
    expected_wait: int | None
    offered_to: str | None
    offer_expires_at: float | None
    agent_id: str | None
    agent_name: str | None
    customer: CustomerView | None
    visitor: VisitorView | None
    customer_left: bool
    """The customer closed the web chat, or lost it: what is written reaches them when they come back."""
    rating: RatingView | None
    preview: str
    transfers: int
    disposition: str | None
    ended_at: float | None
    call: CallView | None


class QueueView(BaseModel):
    """A queue; ``longest_wait`` in seconds, null when nobody waits."""

    name: str
    title: str
    waiting: int
    longest_wait: float | None
    available_agents: int


class ConversationView(BaseModel):
    """A conversation with its internal notes."""

    id: str
    channel: str
    language: str | None
    sequence: int
    state: StateView
    customer: dict[str, Any] | None
    call: CallView | None
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class Rating:
    """What was rated since help last ended, and whether it may be rated now."""

    score: int | None
    may_rate: bool


def rating_of(conversation: Conversation) -> Rating:
    """Each end of a person's or the bot's help may be rated once."""
    ended = False
    for event in reversed(conversation.events):
        match event:
            case ConversationRated():
                return Rating(event.score, may_rate=False)
            case HandoffResolved():
                return Rating(None, may_rate=True)
            case ConversationClosed():
                ended = True
            case SessionStarted() | HandoffQueued():
                break
    return Rating(None, may_rate=ended)


def agent_view(agent: Agent, *, load: int) -> AgentView:
    return AgentView(**person(agent), load=load, takes_conversations=agent.takes_conversations)


def person(agent: Agent) -> dict[str, Any]:
    """The fields of a `PersonView`."""
    return {name: getattr(agent, name) for name in PersonView.model_fields}


def state_view(conversation: Conversation, place: Place | None) -> StateView:
    """The customer's view; ``place`` is theirs in the queue, None when they do not wait."""
    handoff = conversation.handoff
    rating = rating_of(conversation)
    return StateView(
        conversation_id=conversation.id,
        holder=conversation.holder,
        language=conversation.language,
        handoff=HandoffStateView(
            id=handoff.id,
            state=handoff.state,
            queue=handoff.queue,
            position=place.position if place else None,
            expected_wait=place.expected_wait if place else None,
            agent_name=handoff.agent_name,
        )
        if handoff is not None
        else None,
        rating=rating.score,
        may_rate=rating.may_rate,
    )


def call_view(conversation: Conversation) -> CallView | None:
    """The conversation's call, None when it is none."""
    call = conversation.call
    if call is None:
        return None
    return CallView(
        transport=call.transport,
        caller=call.caller,
        called=call.called,
        live=call.is_live,
        held=call.held,
        agent_on=call.agent_on is not None,
        started_at=call.started_at,
        ended_at=call.ended_at,
        end_reason=call.end_reason,
    )


def waited(handoff: Handoff, now: float) -> float:
    """How long the customer has waited, or did wait, for a person in this queue."""
    until = handoff.accepted_at or handoff.ended_at or now
    return round(max(0.0, until - handoff.queued_at), 3)


def preview_of(conversation: Conversation) -> str:
    """The customer's last words, short enough for a list."""
    said: UserUttered | None = None
    for event in reversed(conversation.events):
        if isinstance(event, UserUttered) and not event.restated and event.text.strip():
            said = event
            break
    words = " ".join(str(said.metadata.get("title") or said.text).split()) if said else ""
    return words if len(words) <= PREVIEW_LENGTH else words[: PREVIEW_LENGTH - 1] + "…"


def visitor_of(conversation: Conversation) -> VisitorView | None:
    """What the customer's browser said of itself with their latest message."""
    for event in reversed(conversation.events):
        if isinstance(event, UserUttered) and not event.restated:
            known = event.metadata.get("visitor")
            return _visitor(known) if isinstance(known, dict) else None
    return None


def _visitor(known: dict[str, Any]) -> VisitorView | None:
    zone, browser, system = (_word(known.get(key)) for key in ("time_zone", "browser", "system"))
    view = VisitorView(
        page=_word(known.get("page")),
        # Of Europe/Oslo and America/Argentina/Salta the last part is the city; Etc/UTC has none.
        place=zone.rsplit("/", 1)[-1].replace("_", " ")
        if zone and "/" in zone and zone[:4] != "Etc/"
        else None,
        device=f"{browser} · {system}" if browser and system else browser or system,
    )
    return view if view.page or view.place or view.device else None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def rating_view(conversation: Conversation) -> RatingView | None:
    """The rating of the help that ended last."""
    rating = conversation.rating
    return RatingView(score=rating.score, comment=rating.comment) if rating is not None else None


def queue_views(board: Board, *, now: float) -> list[QueueView]:
    """All queues, as configured."""
    views = []
    for queue in board.settings.queues:
        since = [e.handoff.queued_at for e in board.waiting if e.handoff.queue == queue.name]
        views.append(
            QueueView(
                name=queue.name,
                title=queue.title,
                waiting=len(since),
                longest_wait=round(max(0.0, now - min(since)), 3) if since else None,
                available_agents=len(board.serving(queue.name)),
            )
        )
    return views
