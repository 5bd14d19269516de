"""What happens between the bot giving up and a person being done."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.events.values import AudioSpan, BaseEvent, EscalationReason


class EscalationRequested(BaseEvent):
    """The bot gives up, or somebody asked for a person; ``cause`` is the sequence of what led to it."""

    type: Literal["escalation_requested"] = "escalation_requested"
    reason: EscalationReason
    cause: int | None = None
    detail: str = ""


class HandoffQueued(BaseEvent):
    """The conversation waits for a person. Waits are seconds; ``expected_wait`` None means unknown."""

    type: Literal["handoff_queued"] = "handoff_queued"
    handoff_id: str
    queue: str
    priority: int = 0
    language: str | None = None
    skills: tuple[str, ...] = ()
    agent_id: str | None = None
    position: int | None = None
    expected_wait: float | None = None


class HandoffUnavailable(BaseEvent):
    """Nobody could take it: the customer was told, and may leave a message."""

    type: Literal["handoff_unavailable"] = "handoff_unavailable"
    reason: Literal["no_agents", "outside_hours"]
    queue: str


class MessageLeft(BaseEvent):
    """The customer left a message, or a number to be called back at, that became a ticket.

    ``asks``: whether they were asked how to reach them (``contact``), or offered the address on file.
    """

    type: Literal["message_left"] = "message_left"
    ticket_id: str
    queue: str
    asks: Literal["contact", "on_file"] | None = None


class ContactAsked(BaseEvent):
    """What came of asking a customer who left a message how to reach them; the data is with the message.

    ``other``: not the address on file; ``unreadable``: they were asked once more; ``none``: they said
    something else, or would not say.
    """

    type: Literal["contact_asked"] = "contact_asked"
    ticket_id: str
    outcome: Literal["given", "other", "unreadable", "none"]


class HandoffOffered(BaseEvent):
    """The handoff was offered to one agent until ``expires_at``."""

    type: Literal["handoff_offered"] = "handoff_offered"
    handoff_id: str
    agent_id: str
    expires_at: float


class HandoffDeclined(BaseEvent):
    """The agent declined, or the offer timed out (``timed_out``) or the agent went away."""

    type: Literal["handoff_declined"] = "handoff_declined"
    handoff_id: str
    agent_id: str
    timed_out: bool = False


class HandoffAccepted(BaseEvent):
    """A person owns the conversation from here; the bot cannot speak."""

    type: Literal["handoff_accepted"] = "handoff_accepted"
    handoff_id: str
    agent_id: str
    agent_name: str


class HandoffTransferred(BaseEvent):
    """The agent passed the conversation on; it waits again, with the same handoff id."""

    type: Literal["handoff_transferred"] = "handoff_transferred"
    handoff_id: str
    agent_id: str
    to_queue: str | None = None
    to_agent: str | None = None
    note: str = ""


class HandoffReturned(BaseEvent):
    """Its agent went away; the conversation waits again, at the place and priority it had in its queue."""

    type: Literal["handoff_returned"] = "handoff_returned"
    handoff_id: str
    agent_id: str


class HandoffResolved(BaseEvent):
    """The agent is done; the conversation closes, or goes back to the bot."""

    type: Literal["handoff_resolved"] = "handoff_resolved"
    handoff_id: str
    agent_id: str
    disposition: str
    note: str = ""
    return_to_bot: bool = False


class HandoffAbandoned(BaseEvent):
    """The customer left or took back the request while waiting; the bot holds the conversation again.

    ``callback_requested``: they would rather be called back.
    """

    type: Literal["handoff_abandoned"] = "handoff_abandoned"
    handoff_id: str
    by: Literal["customer_cancelled", "customer_left", "callback_requested", "system"]


class AgentSaid(BaseEvent):
    """A person at the desk wrote to the customer, or spoke to them in a call (``audio``)."""

    type: Literal["agent_said"] = "agent_said"
    agent_id: str
    agent_name: str
    message_id: str
    text: str
    audio: AudioSpan | None = None


class NoteWritten(BaseEvent):
    """An internal note; customers never see it."""

    type: Literal["note_written"] = "note_written"
    agent_id: str
    agent_name: str
    text: str


class ConversationRated(BaseEvent):
    """The customer's rating, 1..5."""

    type: Literal["conversation_rated"] = "conversation_rated"
    score: int = Field(ge=1, le=5)
    comment: str = ""


class ConversationClosed(BaseEvent):
    """Over; the customer's next message begins a new session with the bot."""

    type: Literal["conversation_closed"] = "conversation_closed"
    by: Literal["customer", "agent", "bot", "system"]
