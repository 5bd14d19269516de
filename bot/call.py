"""A call as its events tell it: the part of a conversation that is spoken over a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.events import (
    AgentAudioJoined,
    AgentAudioLost,
    AgentSaid,
    BotUttered,
    CallEnded,
    CallHeld,
    CallStarted,
    CallTransferred,
    DigitsPressed,
    Event,
    SpeechHeard,
)

VOICE = "voice"
"""The channel of calls."""
PROMPT = "prompt"
"""Marks, in a `BotUttered`'s metadata, what the gateway said by itself; ``report_id`` stands beside it."""


@dataclass(slots=True)
class Call:
    """The conversation's call. Times are seconds since the epoch.

    ``agent_on`` is the id of the agent whose audio is in the call; ``reports`` the ids of what was reported
    of it, which makes a report that is sent again do nothing; ``tickets`` those that let an agent's audio in.
    """

    id: str
    transport: str
    caller: str
    called: str
    started_at: float
    ended_at: float | None = None
    end_reason: str | None = None
    held: Literal["caller", "agent"] | None = None
    agent_on: str | None = None
    reports: set[str] = field(default_factory=set)
    tickets: set[str] = field(default_factory=set)

    @property
    def is_live(self) -> bool:
        return self.ended_at is None


def call_after(call: Call | None, event: Event) -> Call | None:
    """The conversation's call after an event; a call is changed in place."""
    if isinstance(event, CallStarted):
        return Call(
            id=event.call_id,
            transport=event.transport,
            caller=event.caller,
            called=event.called,
            started_at=event.timestamp,
        )
    if call is None:
        return None
    match event:
        case SpeechHeard() | DigitsPressed() | CallTransferred():
            call.reports.add(event.report_id)
        case BotUttered() if PROMPT in event.metadata:
            call.reports.add(str(event.metadata.get("report_id")))
        case AgentSaid() if event.audio is not None:
            call.reports.add(event.message_id)
        case CallHeld():
            call.reports.add(event.report_id)
            call.held = event.by if event.held else None
        case AgentAudioJoined():
            call.reports.add(event.report_id)
            call.agent_on = event.agent_id
            if event.ticket_id is not None:
                call.tickets.add(event.ticket_id)
        case AgentAudioLost():
            call.reports.add(event.report_id)
            if call.agent_on == event.agent_id:
                call.agent_on = None
        case CallEnded():
            call.reports.add(event.report_id)
            call.ended_at = event.timestamp
            call.end_reason = event.reason
            call.held = None
            call.agent_on = None
    return call
