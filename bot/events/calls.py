"""What happens to a call besides what is said in it. Reported by the voice gateway (docs/api.md)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bot.events.values import BaseEvent


class CallStarted(BaseEvent):
    """A call began. ``caller`` and ``called`` are numbers or SIP URIs as the network gave them, or empty."""

    type: Literal["call_started"] = "call_started"
    call_id: str
    transport: str
    caller: str = ""
    called: str = ""


class SpeechHeard(BaseEvent):
    """How much of the message at ``sequence`` the caller heard; ``interrupted`` when they spoke over it."""

    type: Literal["speech_heard"] = "speech_heard"
    report_id: str
    sequence: int
    heard: str
    interrupted: bool = False


class CallHeld(BaseEvent):
    """The call was put on hold, or taken back."""

    type: Literal["call_held"] = "call_held"
    report_id: str
    held: bool
    by: Literal["caller", "agent"]


class DigitsPressed(BaseEvent):
    """The caller pressed keys that were no answer to the bot."""

    type: Literal["digits_pressed"] = "digits_pressed"
    report_id: str
    digits: str


class AgentAudioJoined(BaseEvent):
    """The agent can be heard in the call. ``ticket_id``: the ticket that let them in, which lets in once."""

    type: Literal["agent_audio_joined"] = "agent_audio_joined"
    report_id: str
    handoff_id: str
    agent_id: str
    agent_name: str
    ticket_id: str | None = None


class AgentAudioLost(BaseEvent):
    """The agent's audio broke off, or the agent left the call."""

    type: Literal["agent_audio_lost"] = "agent_audio_lost"
    report_id: str
    handoff_id: str
    agent_id: str
    agent_name: str


class CallTransferred(BaseEvent):
    """How passing the call on outside went: ``status`` is SIP's, 2xx when the other side took it."""

    type: Literal["call_transferred"] = "call_transferred"
    report_id: str
    target: str
    status: int


class CallEnded(BaseEvent):
    """The call is over. ``facts`` are figures of it: duration_ms, jitter_ms, loss (0..1), mos (1..5), ..."""

    type: Literal["call_ended"] = "call_ended"
    report_id: str
    reason: str
    facts: dict[str, Any] = Field(default_factory=dict)
