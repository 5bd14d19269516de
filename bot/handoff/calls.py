"""Calls: what the voice gateway reports of them, and what the desk does with them.

What is said in a call is the virtual agent's and the handoff service's business, as in any conversation.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import phonenumbers
import structlog

from bot.call import PROMPT, VOICE, Call
from bot.conversation import Conversation, Holder
from bot.conversations import Writer
from bot.errors import Conflict, Forbidden, InvalidInput
from bot.events import (
    AgentAudioJoined,
    AgentAudioLost,
    AgentSaid,
    AudioSpan,
    BotUttered,
    CallEnded,
    CallHeld,
    CallStarted,
    CallTransferred,
    ConversationClosed,
    DigitsPressed,
    Event,
    HandoffAbandoned,
    HandoffAccepted,
    HandoffReturned,
    LanguageChanged,
    MessageLeft,
    SpeechHeard,
)
from bot.handoff import call_reports as reports
from bot.handoff.access import may_see, may_work, owns
from bot.handoff.agents import Agent
from bot.handoff.escalation import tell_returned
from bot.handoff.queue import Place
from bot.handoff.service import HandoffService, no_handoff, require_line
from bot.transfer_targets import NotAllowed, TransferSettings, is_costly, masked

_DIGITS = re.compile(reports.DIGITS)

GATEWAY_LOST = "gateway_lost"
"""Why a call ended whose gateway died: in place of the gateway's own word for it, and of the report's id."""

log = structlog.get_logger(__name__)

ControlAction = Literal["hold", "resume", "digits", "transfer", "hang_up"]


@dataclass(frozen=True, kw_only=True)
class Control:
    """What an agent wants done with a call; docs/api.md has the fields.

    A transfer goes to a ``target``, or to a ``contact`` of the operator's. ``agent_id`` and ``handoff_id``
    say for whom, so that a gateway does nothing for who has the call no more.
    """

    action: ControlAction
    digits: str = ""
    target: str = ""
    contact: str = ""
    agent_id: str = ""
    handoff_id: str = ""

    def payload(self) -> dict[str, Any]:
        """As it is pushed: without what the action does not need."""
        more = {"digits": self.digits, "target": self.target}
        return {"action": self.action, **{name: value for name, value in more.items() if value}}


OnControl = Callable[[str, Control], Awaitable[None]]
"""Told the id of a conversation and what is wanted of its call."""


class Calls:
    """Begins, records and ends calls, and passes on what agents want done with them."""

    def __init__(self, service: HandoffService, *, transfers: TransferSettings | None = None) -> None:
        """``transfers``: whither calls may be passed on outside; nowhere where it is left out."""
        self._service = service
        self._transfers = transfers or TransferSettings()
        self._conversations = service.conversations
        self._listeners: list[OnControl] = []

    def on_control(self, listener: OnControl) -> None:
        """Have a listener told of what agents want done; the gateway's channel is one."""
        self._listeners.append(listener)

    # --- the gateway's side -------------------------------------------------------------------------

    async def start(
        self,
        conversation_id: str,
        *,
        call_id: str,
        transport: str,
        caller: str = "",
        called: str = "",
        language: str | None = None,
    ) -> Conversation:
        """Begin a call's conversation; once more for the same call changes nothing.

        Raises Conflict ``call.other_channel`` or ``call.other_call`` for a conversation that is something
        else's.
        """
        async with self._conversations.writing_or_new(
            conversation_id, channel=VOICE, language=language
        ) as writer:
            conversation = writer.conversation
            if conversation.channel != VOICE:
                raise Conflict("This conversation is no call.", code="call.other_channel")
            if conversation.call is None:
                await writer.append(
                    CallStarted(
                        timestamp=writer.now(),
                        call_id=call_id,
                        transport=transport,
                        caller=caller,
                        called=called,
                    )
                )
            elif conversation.call.id != call_id:
                raise Conflict(
                    "This conversation is another call's.",
                    code="call.other_call",
                    hint="begin a conversation for each call",
                )
            return conversation

    async def set_language(self, conversation_id: str, language: str) -> None:
        """The language that the caller speaks. Raises NotFound."""
        async with self._conversations.writing(conversation_id) as writer:
            if writer.conversation.language != language:
                await writer.append(LanguageChanged(timestamp=writer.now(), language=language))

    async def report(self, conversation_id: str, report_id: str, report: reports.Report) -> None:
        """Record something that happened, and do what follows from it; a known id is recorded only once.

        Raises NotFound, Conflict, InvalidInput.
        """
        async with self._conversations.writing(conversation_id) as writer:
            conversation = writer.conversation
            call = _call_of(conversation)
            if report_id in call.reports:
                return
            if isinstance(report, reports.AgentJoined):
                agent_id = report.agent_id or _agent_of(conversation, None).agent_id
                _require_holder(conversation, agent_id=agent_id, handoff_id=report.handoff_id)
            holder = conversation.handoff.agent_id if conversation.handoff is not None else None
            place = await self._place_if_lost(conversation) if isinstance(report, reports.AgentLost) else None
            events = _events(writer, call, report_id, report, place)
            returned = any(isinstance(event, HandoffReturned) for event in events)
            await writer.append(*events)
        if returned and holder is not None:
            await self._service.agents.became_free(holder)

    async def let_in(self, conversation_id: str, request: reports.JoinRequest) -> Conversation:
        """Let an agent's audio into the call, if the agent of the ticket holds it now, and write it down.

        Asked and written in one go, so that nobody can take the call over in between. The same request again
        is answered again. Raises NotFound, Conflict ``ticket.stale``, ``ticket.used`` or ``call.over``.
        """
        agent = await self._service.agents.find(request.agent_id)
        async with self._conversations.writing(conversation_id) as writer:
            conversation = writer.conversation
            call = _call_of(conversation)
            try:
                if agent is None or not may_work(agent):
                    raise stale_ticket()
                require_line(conversation)
                _require_holder(conversation, agent_id=request.agent_id, handoff_id=request.handoff_id)
                if request.report_id in call.reports:
                    return conversation
                if request.ticket_id in call.tickets:
                    raise Conflict(
                        "The ticket was used already.",
                        code="ticket.used",
                        hint="have the desk give a new ticket",
                    )
            except Conflict as refusal:
                log.warning(
                    "call.join_refused",
                    conversation_id=conversation_id,
                    agent_id=request.agent_id,
                    code=refusal.code,
                )
                raise
            await writer.append(
                AgentAudioJoined(
                    timestamp=writer.now(),
                    report_id=request.report_id,
                    handoff_id=request.handoff_id,
                    agent_id=agent.id,
                    agent_name=agent.name,
                    ticket_id=request.ticket_id,
                )
            )
            return conversation

    async def _place_if_lost(self, conversation: Conversation) -> Place | None:
        """Where the caller of an agent who is lost would wait; None when no agent has the call."""
        if conversation.handoff is None:
            return None
        board = await self._service.boards.now()
        return board.returning({conversation.handoff.id}).place(conversation.handoff.id)

    async def lost(self, conversation_id: str) -> bool:
        """End a call that no gateway carries any more; whether it was live."""
        conversation = await self._conversations.find(conversation_id)
        if conversation is None or conversation.call is None or not conversation.call.is_live:
            return False
        await self.report(conversation_id, GATEWAY_LOST, reports.Ended(kind="ended", reason=GATEWAY_LOST))
        return True

    async def request_callback(self, conversation_id: str, phone: str) -> tuple[Conversation, int]:
        """Have a caller rung back instead of waiting, and the sequence from which on they are told.

        Raises NotFound, InvalidInput ``callback.bad_phone``, Conflict ``callback.not_possible``.
        """
        async with self._conversations.writing(conversation_id) as writer:
            conversation = writer.conversation
            call = _call_of(conversation)
            number = _phone(phone, caller=call.caller)
            if not call.is_live or conversation.holder not in (Holder.BOT, Holder.QUEUE):
                raise Conflict("A call-back cannot be asked for now.", code="callback.not_possible")
            ticket_id, events = await self._service.escalations.take_callback(conversation, number)
            for sequence in range(conversation.sequence, 0, -1):
                event = conversation.event(sequence)
                if isinstance(event, MessageLeft) and event.ticket_id == ticket_id:
                    return conversation, sequence
            before = conversation.sequence
            await writer.append(*events)
            return conversation, before

    # --- the desk's side ----------------------------------------------------------------------------

    async def live_call(self, agent: Agent, handoff_id: str) -> Conversation:
        """The conversation of a live call that the agent holds.

        Raises NotFound, Forbidden ``handoff.not_owner``, Conflict ``call.none`` or ``call.over``.
        """
        conversation = await self._service.conversation_of(handoff_id)
        handoff = conversation.handoff
        if handoff is None or not may_see(agent, handoff):
            raise no_handoff()
        if not owns(agent, conversation):
            raise Forbidden(
                "Only the agent who holds the call may do this.",
                code="handoff.not_owner",
                hint="accept it first",
            )
        if conversation.call is None:
            raise Conflict("This conversation is no call.", code="call.none")
        require_line(conversation)
        return conversation

    async def control(self, agent: Agent, handoff_id: str, control: Control) -> None:
        """Have the gateway do something with an agent's call.

        Raises as `live_call`, InvalidInput, and Forbidden ``call.target_not_allowed``.
        """
        if control.action == "digits" and not _DIGITS.fullmatch(control.digits):
            raise InvalidInput("These are no keys.", code="call.bad_digits", hint="1 to 64 of 0-9, *, #, A-D")
        conversation = await self.live_call(agent, handoff_id)
        wanted = replace(control, agent_id=agent.id, handoff_id=handoff_id)
        if control.action == "transfer":
            wanted = replace(wanted, target=self._outside(agent, conversation, control), contact="")
        for listener in self._listeners:
            await listener(conversation.id, wanted)

    def _outside(self, agent: Agent, conversation: Conversation, control: Control) -> str:
        """Where a call is passed on to, as it is dialled. Raises InvalidInput or Forbidden."""
        transfers = self._transfers
        try:
            target = transfers.contact(control.contact) if control.contact else control.target
            allowed = transfers.allowed(target)
        except NotAllowed as refusal:
            log.warning(
                "call.transfer_refused",
                conversation_id=conversation.id,
                agent_id=agent.id,
                target=masked(control.contact or control.target),
                why=refusal.why,
            )
            if refusal.why == "malformed":
                raise InvalidInput(
                    "A call can be passed on to a number or a SIP URI.",
                    code="call.bad_target",
                    hint="for example +4722850000 or sip:shop@example.com",
                ) from None
            if refusal.why == "no_country":
                raise InvalidInput(
                    "The number has no country code.", code="call.bad_target", hint="for example +4722850000"
                ) from None
            raise Forbidden(
                "Calls may not be passed on there.",
                code="call.target_not_allowed",
                hint=f"allowed are {transfers.told()}" if transfers.is_set else transfers.told(),
            ) from None
        log.info(
            "call.transfer_wanted",
            conversation_id=conversation.id,
            agent_id=agent.id,
            target=masked(allowed),
        )
        return allowed


def stale_ticket() -> Conflict:
    """Whoever shows the ticket does not hold the call."""
    return Conflict(
        "The agent does not hold this call.",
        code="ticket.stale",
        hint="accept the call, and ask for a ticket",
    )


def _require_holder(conversation: Conversation, *, agent_id: str, handoff_id: str) -> None:
    """Raise Conflict ``ticket.stale`` unless the agent holds the conversation by this very handoff."""
    if not _holds(conversation, agent_id=agent_id, handoff_id=handoff_id):
        raise stale_ticket()


def _holds(conversation: Conversation, *, agent_id: str, handoff_id: str) -> bool:
    handoff = conversation.handoff
    return (
        conversation.holder is Holder.HUMAN
        and handoff is not None
        and handoff.id == handoff_id
        and handoff.agent_id == agent_id
    )


def _events(
    writer: Writer, call: Call, report_id: str, report: reports.Report, place: Place | None
) -> list[Event]:
    """What a report says happened, and what follows; ``place`` is where a lost agent's caller waits."""
    conversation, now = writer.conversation, writer.now()
    match report:
        case reports.Prompt():
            metadata = {PROMPT: True, "report_id": report_id, **report.model_dump(include={"heard", "why"})}
            metadata["interrupted"] = report.interrupted
            return [BotUttered(timestamp=now, text=report.text, metadata=metadata)]
        case reports.Heard():
            if not isinstance(_event_at(conversation, report.sequence), BotUttered | AgentSaid):
                raise InvalidInput("There is no message at that sequence.", code="report.no_message")
            return [
                SpeechHeard(
                    timestamp=now,
                    report_id=report_id,
                    sequence=report.sequence,
                    heard=report.heard,
                    interrupted=report.interrupted,
                )
            ]
        case reports.AgentSpeech():
            agent = _agent_of(conversation, report.agent_id)
            span = AudioSpan(start_ms=report.start_ms, end_ms=report.end_ms, confidence=report.confidence)
            return [
                AgentSaid(
                    timestamp=now,
                    agent_id=agent.agent_id,
                    agent_name=agent.agent_name,
                    message_id=report_id,
                    text=report.text,
                    audio=span,
                )
            ]
        case reports.AgentJoined() | reports.AgentLost():
            return _agent_moved(conversation, call, report_id, report, place, now)
        case reports.Held():
            return [CallHeld(timestamp=now, report_id=report_id, held=report.held, by=report.by)]
        case reports.Digits():
            return [DigitsPressed(timestamp=now, report_id=report_id, digits=report.digits)]
        case reports.Transfer():
            return [
                CallTransferred(
                    timestamp=now, report_id=report_id, target=report.target, status=report.status
                )
            ]
        case reports.Ended():
            return _ended(conversation, call, report_id, report, now)


def _agent_moved(
    conversation: Conversation,
    call: Call,
    report_id: str,
    report: reports.AgentJoined | reports.AgentLost,
    place: Place | None,
    now: float,
) -> list[Event]:
    """An agent's audio came or went; the caller of an agent who was lost waits again, at ``place``."""
    agent = _agent_of(conversation, report.agent_id)
    kind = AgentAudioJoined if isinstance(report, reports.AgentJoined) else AgentAudioLost
    moved = kind(
        timestamp=now,
        report_id=report_id,
        handoff_id=report.handoff_id,
        agent_id=agent.agent_id,
        agent_name=agent.agent_name,
    )
    holds = _holds(conversation, agent_id=agent.agent_id, handoff_id=report.handoff_id)
    if isinstance(report, reports.AgentJoined) or not holds or call.agent_on != agent.agent_id:
        return [moved]
    events: list[Event] = [
        moved,
        HandoffReturned(timestamp=now, handoff_id=report.handoff_id, agent_id=agent.agent_id),
    ]
    handoff = conversation.handoff
    if handoff is not None and place is not None:
        events.append(tell_returned(conversation, handoff.id, handoff.queue, place, now=now))
    return events


def _ended(
    conversation: Conversation, call: Call, report_id: str, report: reports.Ended, now: float
) -> list[Event]:
    """Who waited has left; what the bot held is over; what a person holds is theirs to wrap up."""
    events: list[Event] = [
        CallEnded(timestamp=now, report_id=report_id, reason=report.reason, facts=report.facts)
    ]
    if not call.is_live:
        return []
    handoff = conversation.handoff
    if conversation.holder is Holder.QUEUE and handoff is not None:
        events.append(HandoffAbandoned(timestamp=now, handoff_id=handoff.id, by="customer_left"))
    if conversation.holder in (Holder.QUEUE, Holder.BOT):
        events.append(ConversationClosed(timestamp=now, by="customer"))
    return events


def _call_of(conversation: Conversation) -> Call:
    if conversation.call is None:
        raise Conflict("This conversation is no call.", code="call.none")
    return conversation.call


def _agent_of(conversation: Conversation, agent_id: str | None) -> HandoffAccepted:
    """The agent of that id who took the conversation, or whoever did last. Raises InvalidInput."""
    for event in reversed(conversation.events):
        if isinstance(event, HandoffAccepted) and agent_id in (None, event.agent_id):
            return event
    raise InvalidInput("No such agent has had this conversation.", code="report.unknown_agent")


def _event_at(conversation: Conversation, sequence: int) -> Event | None:
    return conversation.event(sequence) if sequence <= conversation.sequence else None


def _phone(given: str, *, caller: str) -> str:
    """A number as E.164, read as dialled in the caller's country. Raises InvalidInput."""
    try:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(caller))
    except phonenumbers.NumberParseException:
        country = None
    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        number = None
    # Whoever rings back would pay: a call from such a number is bait.
    if number is None or not phonenumbers.is_possible_number(number) or is_costly(number):
        raise InvalidInput(
            "This is no phone number that can be called.",
            code="callback.bad_phone",
            hint="with its country code, like +47 22 85 00 00",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
