"""What the gateway asks of the bot, and is told by it: the interface of the ``/voice`` channel (docs/api.md).

The link survives the bot's restarts: what was said is asked again with the same id, and reports wait in
order until the bot is back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from voice_gateway.hearing import Expectation


@dataclass(frozen=True)
class Choice:
    """A quick reply of the bot's: what it is called, and what is sent when it is chosen."""

    title: str
    payload: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Something to be said to the caller. ``sequence`` is its place in the conversation's log."""

    sequence: int
    text: str
    author: Literal["bot", "agent"] = "bot"
    choices: Sequence[Choice] = ()


@dataclass(frozen=True, kw_only=True)
class State:
    """Where the conversation stands; ``expected_wait`` in seconds. ``agent_id``: the person who holds it."""

    holder: Literal["bot", "queue", "human", "closed"] = "bot"
    language: str | None = None
    handoff_id: str | None = None
    handoff_state: str | None = None
    position: int | None = None
    expected_wait: int | None = None
    agent_name: str | None = None
    agent_id: str | None = None

    def is_held_by(self, *, agent_id: str, handoff_id: str) -> bool:
        """Whether a person holds it, and nothing known speaks against this agent and this handoff."""
        return (
            self.holder == "human"
            and self.handoff_id in (None, handoff_id)
            and self.agent_id in (None, agent_id)
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The bot's turn: what it says, what it expects next, where the conversation stands."""

    replies: Sequence[Reply] = ()
    expects: Expectation = field(default_factory=Expectation)
    state: State = field(default_factory=State)


@dataclass(frozen=True, kw_only=True)
class CallStart:
    """A call that began. The id of its conversation is chosen by the gateway, and unguessable."""

    conversation_id: str
    call_id: str
    transport: str
    caller: str = ""
    called: str = ""
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the caller said, or keyed; ``message_id`` makes it idempotent. Times: ms from the call's start.

    ``language`` is the caller's, where they have chosen one of several or been heard to speak it.
    """

    message_id: str
    text: str
    by: Literal["speech", "keys"] = "speech"
    start_ms: int = 0
    end_ms: int = 0
    confidence: float | None = None
    language: str | None = None


ReportKind = Literal[
    "prompt", "heard", "agent_speech", "agent_joined", "agent_lost", "held", "digits", "transfer", "ended"
]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Something that happened in the call, for the log. ``kind`` and the fields of its ``data``:

    - ``prompt``: the gateway itself said: ``text``, ``heard`` (what of it was heard), ``interrupted``
    - ``heard``: how much of a bot's message was heard: ``sequence``, ``heard``, ``interrupted``
    - ``agent_speech``: the agent said: ``text``, ``start_ms``, ``end_ms``, ``confidence``
    - ``agent_joined``, ``agent_lost``: the agent's audio came, or broke off: ``handoff_id``
    - ``held``: ``held`` (bool), ``by`` (``caller`` or ``agent``)
    - ``digits``: keys that were no answer to the bot: ``digits``
    - ``transfer``: how passing the call on outside went: ``target``, ``status``
    - ``ended``: ``reason`` and ``facts`` (duration_ms, jitter_ms, loss, mos, barge_ins, not_understood)
    """

    kind: ReportKind
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Control:
    """What the desk wants done with the call.

    ``hold``, ``resume``, ``hang_up``; ``digits`` to press towards the caller; ``transfer`` to a ``target``
    outside (a SIP URI or a number). ``agent_id`` and ``handoff_id``: who wants it, where the bot says so.
    """

    action: Literal["hold", "resume", "digits", "transfer", "hang_up"]
    digits: str = ""
    target: str = ""
    agent_id: str | None = None
    handoff_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class JoinRequest:
    """An agent's audio wants in, with a ticket. ``report_id`` is the same when it is asked again."""

    report_id: str
    ticket_id: str
    handoff_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class Told:
    """Said to the caller outside a turn of theirs: by an agent who types, or by the bot by itself."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What was said while the bot could not be reached, and how things stand now that it can."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The conversation changed hands, or its place in the queue."""

    state: State


@dataclass(frozen=True, slots=True)
class Controlled:
    """The desk wants something done."""

    control: Control


News = Told | CaughtUp | StateChanged | Controlled


class BotLink(Protocol):
    """The bot, as calls see it. All methods raise BotUnreachable when it did not answer in time."""

    async def start(self, call: CallStart, on_news: Callable[[News], None]) -> Answer:
        """Begin a call's conversation, and have its news told from now on, also after reconnects."""
        ...

    async def say(self, conversation_id: str, said: Said) -> Answer:
        """The bot's answer to what the caller said; empty while a person or the queue holds."""
        ...

    async def request_handoff(self, conversation_id: str, *, language: str | None) -> Answer:
        """Ask for a person, who speaks the caller's language where that is known, as in `Said`."""
        ...

    async def request_callback(self, conversation_id: str, *, phone: str) -> Answer:
        """Leave the queue and be rung back at a number."""
        ...

    async def let_in(self, conversation_id: str, request: JoinRequest) -> State:
        """Whether an agent's audio may come in: refused (`BotUnreachable.is_refusal`), or written down."""
        ...

    def report(self, conversation_id: str, report: Report) -> None:
        """Have something recorded: at once, or when the bot is back. Never blocks, never raises."""
        ...

    async def end(self, conversation_id: str) -> None:
        """Wait until the call's reports are delivered, for a few seconds at most, and forget it."""
        ...
