"""Calls and the desk: what a gateway reports, and what follows from it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import jwt
import pytest
import structlog
from sqlalchemy import update

from bot.call import VOICE
from bot.contacts.records import TicketKind
from bot.conversation import Conversation, HandoffState, Holder
from bot.errors import Conflict, Forbidden, InvalidInput, NotFound
from bot.events import (
    AgentAudioJoined,
    AgentSaid,
    AudioSpan,
    BotUttered,
    CallEnded,
    CustomerIdentified,
    HandoffAccepted,
    HandoffTransferred,
    Intent,
    MessageLeft,
    Parse,
    UserUttered,
)
from bot.handoff import calls as calls_module
from bot.handoff.agents import Agent, Presence
from bot.handoff.call_reports import JoinRequest, read_join_request, read_report
from bot.handoff.call_tickets import AUDIENCE, CallTickets, ticket_key
from bot.handoff.calls import Calls, Control
from bot.handoff.carried_calls import CarriedCalls
from bot.store.event_store import events
from bot.transcript import transcript
from bot.transfer_targets import TransferSettings
from tests.bot.handoff.world import World

TRANSFERS = TransferSettings(
    contacts={"Head office": "+4722000000", "Workshop": "sip:workshop@pbx.example.com"},
    numbers=["+472285"],
    addresses=["example.com:5061"],
)


class Line:
    """A caller's line into a `World`."""

    def __init__(self, world: World, conversation_id: str = "call-1", *, caller: str = "+4722850000") -> None:
        self.world = world
        self.id = conversation_id
        self.caller = caller
        self.calls = Calls(world.service, transfers=TRANSFERS)
        self._reports = 0

    async def ring(self) -> Conversation:
        return await self.calls.start(
            self.id, call_id=f"sip-{self.id}", transport="sip", caller=self.caller, language="en"
        )

    async def report(self, kind: str, *, report_id: str | None = None, **data: Any) -> None:
        self._reports += 1
        await self.calls.report(self.id, report_id or f"r{self._reports}", read_report(kind, data))

    async def wait(self) -> str:
        """Ring and ask for a person; the handoff's id."""
        await self.ring()
        conversation = await self.world.service.request(self.id)
        assert conversation.handoff is not None
        return conversation.handoff.id

    async def talk(self, agent: Agent) -> str:
        """Ring and be talking with an agent; the handoff's id."""
        handoff_id = await self.wait()
        await self.world.service.accept(agent, handoff_id)
        await self.report("agent_joined", handoff_id=handoff_id, agent_id=agent.id)
        return handoff_id

    async def conversation(self) -> Conversation:
        return await self.world.conversation(self.id)

    async def types(self) -> list[str]:
        return [event.type for event in (await self.conversation()).events]


async def test_call_begins_once(world: World) -> None:
    line = Line(world)
    await line.ring()
    await line.ring()
    conversation = await line.conversation()
    assert await line.types() == ["conversation_started", "call_started"]
    assert conversation.channel == VOICE
    assert conversation.call is not None
    assert (conversation.call.caller, conversation.call.is_live) == ("+4722850000", True)
    with pytest.raises(Conflict) as refused:
        await line.calls.start(line.id, call_id="another", transport="sip")
    assert refused.value.code == "call.other_call"
    await world.say("chat", "hello")
    with pytest.raises(Conflict) as refused:
        await line.calls.start("chat", call_id="x", transport="sip")
    assert refused.value.code == "call.other_channel"


async def test_report_is_recorded_once(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.talk(agent)
    before = (await line.conversation()).sequence
    for kind, data in (
        ("prompt", {"text": "Are you still there?", "heard": "Are you", "interrupted": True}),
        ("agent_speech", {"text": "Hello", "start_ms": 100, "end_ms": 900, "confidence": 0.9}),
        ("held", {"held": True, "by": "agent"}),
        ("digits", {"digits": "42#"}),
        ("transfer", {"target": "+4790000000", "status": 486}),
        ("agent_joined", {"handoff_id": handoff_id}),
    ):
        await line.report(kind, report_id=f"once-{kind}", **data)
        await line.report(kind, report_id=f"once-{kind}", **data)
    assert (await line.conversation()).sequence == before + 6


async def test_what_happened_to_a_call_stands_in_its_transcript(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    await line.talk(agent)
    await line.report("prompt", text="Are you still there?", heard="Are you", interrupted=True)
    await line.report("agent_speech", text="Hello", start_ms=100, end_ms=900, confidence=0.9)
    await line.report("digits", digits="42#")
    await line.report("held", held=True, by="caller")
    await line.report("held", held=False, by="caller")
    for status in (100, 486, 200):
        await line.report("transfer", target="+4722850001", status=status)
    lines = list(transcript(await line.conversation()))
    kinds = [message.kind for message in lines if message.author == "system"]
    assert kinds == [
        "call_started",
        "agent_joined",
        "agent_audio_joined",
        "digits",
        "call_held",
        "call_resumed",
        "call_transferring",
        "call_transfer_failed",
        "call_transferred",
    ]
    passed_on = [message for message in lines if message.status is not None]
    assert [(message.text, message.status) for message in passed_on] == [
        ("+4722850001", status) for status in (100, 486, 200)
    ]
    [keys] = [message.text for message in lines if message.kind == "digits"]
    assert keys == "42#"
    [prompt] = [message for message in lines if message.text == "Are you still there?"]
    assert (prompt.author, prompt.heard) == ("bot", "Are you")
    [said] = [message for message in lines if message.author == "agent"]
    assert (said.name, said.asr_confidence) == (agent.name, 0.9)


async def test_message_that_was_cut_short_shows_what_was_heard(world: World) -> None:
    line = Line(world)
    await line.ring()
    await world.append(line.id, BotUttered(timestamp=world.clock.now, text="A long answer"))
    sequence = (await line.conversation()).sequence
    await line.report("heard", sequence=sequence, heard="A long", interrupted=True)
    [message] = [m for m in transcript(await line.conversation()) if m.author == "bot"]
    assert message.heard == "A long"
    with pytest.raises(InvalidInput) as refused:
        await line.report("heard", sequence=1, heard="", interrupted=False)
    assert refused.value.code == "report.no_message"
    with pytest.raises(InvalidInput):
        await line.report("heard", sequence=999, heard="", interrupted=False)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("nothing", {}),
        (None, {}),
        ("prompt", {}),
        ("prompt", {"text": 7}),
        ("prompt", {"text": "x" * 10_001}),
        ("heard", {"sequence": "1", "heard": "", "interrupted": False}),
        ("heard", {"sequence": True, "heard": "", "interrupted": False}),
        ("agent_speech", {"text": "hi", "start_ms": -1, "end_ms": 5}),
        ("agent_speech", {"text": "hi", "start_ms": 1, "end_ms": 5, "confidence": 2}),
        ("held", {"held": "yes", "by": "agent"}),
        ("digits", {"digits": "1; drop"}),
        ("digits", {"digits": ""}),
        ("transfer", {"target": "x", "status": 42}),
        ("ended", {"reason": "hangup", "facts": {"a": {"b": {"c": {"d": 1}}}}}),
        ("ended", {"reason": "hangup", "facts": {"a": float("nan")}}),
        ("ended", {"reason": "hangup", "facts": {str(n): n for n in range(51)}}),
    ],
)
def test_what_is_no_report_is_refused(kind: Any, data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_report(kind, data)
    assert refused.value.code == "report.bad"


async def test_caller_who_hangs_up_while_waiting_has_left(world: World) -> None:
    await world.agent()
    line = Line(world)
    await line.wait()
    await line.report("ended", reason="hangup", facts={"duration_ms": 9000, "mos": 4.1})
    await line.report("ended", reason="hangup")
    conversation = await line.conversation()
    assert conversation.holder is Holder.CLOSED
    assert conversation.handoff is not None
    assert conversation.handoff.state is HandoffState.ABANDONED
    assert (await line.types()).count("call_ended") == 1
    [ended] = [event for event in conversation.events if isinstance(event, CallEnded)]
    assert ended.facts["mos"] == 4.1
    await world.tick()
    assert "handoff_offered" not in await line.types()


async def test_caller_who_hangs_up_on_the_bot_closes_the_conversation(world: World) -> None:
    line = Line(world)
    await line.ring()
    await line.report("ended", reason="hangup")
    assert (await line.conversation()).holder is Holder.CLOSED


async def test_ended_call_is_its_agents_to_wrap_up_and_no_more(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.talk(agent)
    await line.report("ended", reason="hangup")
    assert (await line.conversation()).holder is Holder.HUMAN
    view = await world.desk.handoff(agent, handoff_id)
    assert view.call is not None
    assert (view.call.live, view.call.agent_on, view.call.end_reason) == (False, False, "hangup")
    with pytest.raises(Conflict) as refused:
        await world.service.say(agent, line.id, message="hello?", message_id="m1")
    assert refused.value.code == "call.over"
    with pytest.raises(Conflict):
        await world.service.transfer(agent, handoff_id, queue="billing")
    with pytest.raises(Conflict):
        await world.service.resolve(agent, handoff_id, disposition="solved", return_to_bot=True)
    await world.service.note(agent, line.id, note="Wanted an invoice.")
    await world.service.resolve(agent, handoff_id, disposition="solved")
    assert (await line.conversation()).holder is Holder.CLOSED


async def test_ended_call_of_an_agent_who_is_gone_is_not_offered_to_another(world: World) -> None:
    first = await world.agent("agent1")
    line = Line(world)
    await line.talk(first)
    await world.agent("agent2")
    await line.report("ended", reason="hangup")
    await world.presence(first, Presence.OFFLINE)
    await world.tick(world.settings.agent_grace_s + 1)
    conversation = await line.conversation()
    assert conversation.holder is Holder.CLOSED
    assert conversation.handoff is not None
    assert conversation.handoff.disposition == "call_ended"


def node(world: World) -> CarriedCalls:
    """What a node of the bot knows of gateways when it starts."""
    return CarriedCalls(Calls(world.service), world.kept, clock=world.clock, gone_s=60)


async def look(world: World, *nodes: CarriedCalls, for_s: float) -> None:
    """Have nodes look every ten seconds."""
    for _ in range(round(for_s / 10)):
        world.clock.now += 10
        for each in nodes:
            await each.look()


async def test_calls_of_a_gateway_that_died_are_over(world: World) -> None:
    agent = await world.agent()
    spoken, queued, talking = (Line(world, f"call-{name}") for name in ("bot", "queue", "agent"))
    await spoken.ring()
    await queued.wait()
    handoff_id = await talking.talk(agent)
    here = node(world)
    for line in (spoken, queued, talking):
        await here.carry(line.id)
    await look(world, here, for_s=100)
    for line in (spoken, queued, talking):
        here.drop(line.id)
    await look(world, here, for_s=50)
    assert (await spoken.conversation()).holder is Holder.BOT
    await look(world, here, for_s=30)
    assert (await spoken.types())[-2:] == ["call_ended", "conversation_closed"]
    assert (await queued.types())[-3:] == ["call_ended", "handoff_abandoned", "conversation_closed"]
    held = await talking.conversation()
    assert (held.holder, held.handoff and held.handoff.id) == (Holder.HUMAN, handoff_id)
    assert held.call is not None
    assert (held.call.is_live, held.call.end_reason) == (False, "gateway_lost")
    # Its agent wraps up; and a gateway that was not dead after all changes nothing by telling of the end.
    before = held.sequence
    await talking.report("ended", reason="hangup")
    await look(world, here, for_s=100)
    assert (await talking.conversation()).sequence == before
    await world.service.resolve(agent, handoff_id, disposition="solved")


async def test_a_gateway_that_comes_back_keeps_its_calls(world: World) -> None:
    line = Line(world)
    await line.ring()
    first, second = node(world), node(world)
    await first.carry(line.id)
    await look(world, first, second, for_s=100)
    # By another node: a load balancer sends it where it likes.
    first.drop(line.id)
    await look(world, first, second, for_s=40)
    await second.carry(line.id)
    await look(world, first, second, for_s=200)
    # The bot restarts, and that takes long: the gateway gets the time again that it has for coming back.
    world.clock.now += 3600
    restarted = node(world)
    await look(world, restarted, for_s=50)
    await restarted.carry(line.id)
    await look(world, restarted, for_s=200)
    assert await line.types() == ["conversation_started", "call_started"]
    # With the next restart it does not come back.
    again = node(world)
    await look(world, again, for_s=90)
    assert (await line.types())[-1] == "conversation_closed"


async def test_calls_that_were_live_when_every_node_went_down_are_over_however_long_that_was(
    world: World,
) -> None:
    line, other = Line(world, "call-1"), Line(world, "call-2")
    await line.ring()
    await node(world).carry(line.id)
    await world.say("chat", "Hello")
    await world.kept.note_seen({"chat": world.clock()})
    world.clock.now += 3 * 86_400
    again = node(world)
    await other.ring()
    await again.carry(other.id)
    # What is old and no call of today's is forgotten.
    assert set(await world.kept.last_seen([line.id, other.id, "chat"])) == {line.id, other.id}
    await look(world, again, for_s=90)
    assert (await line.types())[-2:] == ["call_ended", "conversation_closed"]
    assert set(await world.kept.last_seen([line.id, other.id])) == {other.id}
    assert (await other.conversation()).holder is Holder.BOT


async def test_a_call_that_cannot_be_read_holds_up_the_end_of_no_other(world: World) -> None:
    lines = [Line(world, f"call-{number}") for number in range(3)]
    for line in lines:
        await line.ring()
        await node(world).carry(line.id)
    unreadable = update(events).where(events.c.conversation_id == lines[0].id).values(data="{")
    async with world.database.begin() as connection:
        await connection.execute(unreadable)
    # It has nothing in memory.
    restarted = World(world.database, clock=world.clock)
    await look(restarted, node(restarted), for_s=90)
    for line in lines[1:]:
        assert (await restarted.conversation(line.id)).holder is Holder.CLOSED


async def test_caller_whose_agent_is_lost_waits_first_in_line_for_somebody_else(world: World) -> None:
    first = await world.agent("agent1")
    line = Line(world)
    handoff_id = await line.talk(first)
    world.clock.now += 5
    await world.queued("later")
    second = await world.agent("agent2")
    await line.report("agent_lost", handoff_id=handoff_id, agent_id=first.id)
    told = [event.text for event in await world.told(line.id)][-1]
    assert "first in line" in str(told)
    assert (await world.state(line.id)).holder is Holder.QUEUE
    assert (await world.state(line.id)).handoff is not None
    handoff = await world.handoff(line.id)
    assert (handoff.state, handoff.agent_id, handoff.returns) == (HandoffState.QUEUED, None, 1)
    await world.tick()
    assert (await world.handoff(line.id)).offered_to == second.id


async def test_lost_agent_gets_the_caller_back_when_nobody_else_is_there(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.talk(agent)
    await line.report("agent_lost", handoff_id=handoff_id)
    await world.tick()
    assert (await world.handoff(line.id)).offered_to == agent.id


async def test_audio_that_ends_with_the_conversations_end_returns_nothing(world: World) -> None:
    first = await world.agent("agent1")
    second = await world.agent("agent2")
    line = Line(world)
    handoff_id = await line.talk(first)
    await world.service.transfer(first, handoff_id, to_agent=second.id)
    await world.service.accept(second, handoff_id)
    await line.report("agent_lost", handoff_id=handoff_id, agent_id=first.id)
    assert (await world.handoff(line.id)).agent_id == second.id
    await line.report("agent_joined", handoff_id=handoff_id, agent_id=second.id)
    await world.service.resolve(second, handoff_id, disposition="solved")
    await line.report("agent_lost", handoff_id=handoff_id, agent_id=second.id)
    assert (await line.conversation()).holder is Holder.CLOSED


async def test_agent_of_a_report_is_one_who_had_the_call(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    await line.talk(agent)
    with pytest.raises(InvalidInput) as refused:
        await line.report("agent_speech", text="hi", start_ms=0, end_ms=1, agent_id="somebody")
    assert refused.value.code == "report.unknown_agent"
    await line.report("agent_speech", text="hi", start_ms=0, end_ms=1)
    said = (await line.conversation()).events[-1]
    assert isinstance(said, AgentSaid)
    assert (said.agent_id, said.audio) == (agent.id, AudioSpan(start_ms=0, end_ms=1))


async def test_call_back_leaves_the_queue_and_makes_one_ticket(world: World) -> None:
    await world.agent()
    line = Line(world)
    await line.wait()
    identified = CustomerIdentified(timestamp=world.clock.now, customer_id="customer-1", by="postcode")
    await world.append(line.id, identified)
    await line.calls.request_callback(line.id, "22 85 00 01")
    conversation, since = await line.calls.request_callback(line.id, "+47 22850001")
    assert conversation.holder is Holder.BOT
    assert conversation.handoff is not None
    assert conversation.handoff.state is HandoffState.ABANDONED
    [left] = [event for event in conversation.events if isinstance(event, MessageLeft)]
    assert conversation.event(since) is left
    [told] = [e for e in conversation.events[since:] if isinstance(e, BotUttered)]
    assert "+4722850001" in str(told.text)
    [ticket] = await world.contacts.tickets_of("customer-1")
    assert ticket.id == left.ticket_id
    assert (ticket.kind, ticket.details["phone"], ticket.details["queue"]) == (
        TicketKind.CALLBACK,
        "+4722850001",
        "general",
    )


async def test_call_back_needs_a_number_and_a_caller_who_may_leave(world: World) -> None:
    agent = await world.agent()
    line = Line(world, caller="sip:anonymous@invalid")
    await line.talk(agent)
    for phone in ("", "12", "call me", "22 85 00 00"):
        with pytest.raises(InvalidInput) as refused:
            await line.calls.request_callback(line.id, phone)
        assert refused.value.code == "callback.bad_phone"
    with pytest.raises(Conflict) as impossible:
        await line.calls.request_callback(line.id, "+4722850000")
    assert impossible.value.code == "callback.not_possible"


async def test_agent_is_never_given_two_calls_at_once(world: World) -> None:
    agent = await world.agent(capacity=3)
    lines = [Line(world, f"call-{n}") for n in (1, 2)]
    first, second = [await line.wait() for line in lines]
    await world.queued("chat")
    await world.tick()
    assert (await world.handoff("call-1")).offered_to == agent.id
    assert (await world.handoff("call-2")).offered_to is None
    assert (await world.handoff("chat")).offered_to == agent.id, "chats go on up to the capacity"
    await world.service.accept(agent, first)
    with pytest.raises(Conflict) as refused:
        await world.service.accept(agent, second)
    assert refused.value.code == "agent.on_call"
    await world.tick()
    assert (await world.handoff("call-2")).offered_to is None
    await lines[0].report("ended", reason="hangup")
    await world.tick()
    assert (await world.handoff("call-2")).offered_to is None, "wrap-up is part of the call"
    await world.service.resolve(agent, first, disposition="solved")
    await world.tick()
    assert (await world.handoff("call-2")).offered_to == agent.id


async def test_what_the_agent_wants_is_passed_on_and_checked(world: World) -> None:
    agent, other = await world.agent("agent1"), await world.agent("agent2")
    line = Line(world)
    wanted: list[dict[str, Any]] = []

    async def listener(conversation_id: str, control: Control) -> None:
        wanted.append({"id": conversation_id, **control.payload()})

    line.calls.on_control(listener)
    handoff_id = await line.wait()
    with pytest.raises(Forbidden):
        await line.calls.control(agent, handoff_id, Control(action="hold"))
    await world.service.accept(agent, handoff_id)
    for control in (
        Control(action="hold"),
        Control(action="digits", digits="12#"),
        Control(action="transfer", target="+4722850000"),
        Control(action="transfer", target="sip:shop@example.com:5061"),
        Control(action="hang_up"),
    ):
        await line.calls.control(agent, handoff_id, control)
    assert wanted == [
        {"id": line.id, "action": "hold"},
        {"id": line.id, "action": "digits", "digits": "12#"},
        {"id": line.id, "action": "transfer", "target": "+4722850000"},
        {"id": line.id, "action": "transfer", "target": "sip:shop@example.com:5061"},
        {"id": line.id, "action": "hang_up"},
    ]
    for bad in (
        Control(action="digits", digits="1\r\n"),
        Control(action="transfer", target="sip:a@b?Header=x"),
        Control(action="transfer", target="sip:a@b>\r\nX: y"),
        Control(action="transfer", target="javascript:1"),
        Control(action="transfer"),
    ):
        with pytest.raises(InvalidInput):
            await line.calls.control(agent, handoff_id, bad)
    with pytest.raises(NotFound):
        await line.calls.control(other, handoff_id, Control(action="hold"))
    await line.report("ended", reason="hangup")
    with pytest.raises(Conflict) as refused:
        await line.calls.control(agent, handoff_id, Control(action="hold"))
    assert refused.value.code == "call.over"
    assert len(wanted) == 5


async def test_calls_are_passed_on_only_where_the_operator_allows_it_and_refusals_are_logged(
    world: World,
) -> None:
    agent = await world.agent()
    line = Line(world)
    wanted: list[str] = []

    async def listener(_id: str, control: Control) -> None:
        wanted.append(control.target)

    line.calls.on_control(listener)
    handoff_id = await line.wait()
    await world.service.accept(agent, handoff_id)

    async def pass_on(**where: str) -> None:
        await line.calls.control(agent, handoff_id, Control(action="transfer", **where))

    await pass_on(contact="Head office")
    await pass_on(contact="Workshop")
    await pass_on(target="0047 22 85 00 01")
    assert wanted == ["+4722000000", "sip:workshop@pbx.example.com", "+4722850001"]
    with structlog.testing.capture_logs() as logs:
        for where in (
            {"target": "+4782900000"},
            {"target": "+4790000000"},
            {"target": "sip:shop@evil.example"},
            {"contact": "Nobody"},
            {"contact": "Nobody", "target": "+4722850001"},
        ):
            with pytest.raises(Forbidden) as refused:
                await pass_on(**where)
            assert refused.value.code == "call.target_not_allowed"
            assert "Head office, Workshop" in refused.value.hint
            assert "+472285" in refused.value.hint
        with pytest.raises(InvalidInput):
            await pass_on(target="22850001")
    assert len(wanted) == 3
    refusals = [entry for entry in logs if entry["event"] == "call.transfer_refused"]
    assert len(refusals) == 6
    for entry in refusals:
        assert (entry["conversation_id"], entry["agent_id"]) == (line.id, agent.id)
        assert entry["log_level"] == "warning"
        assert "90000000" not in str(entry)
        assert "82900000" not in str(entry)
    nowhere = Calls(world.service)
    nowhere.on_control(listener)
    with pytest.raises(Forbidden) as refused:
        await nowhere.control(agent, handoff_id, Control(action="transfer", target="+4722850000"))
    assert "no target outside is set up" in refused.value.hint


def joining(handoff_id: str, agent: Agent, *, ticket: str = "t1", attempt: str = "j1") -> JoinRequest:
    return read_join_request(
        {"report_id": attempt, "ticket_id": ticket, "handoff_id": handoff_id, "agent_id": agent.id}
    )


async def refusal(line: Line, request: JoinRequest) -> str:
    before = (await line.conversation()).sequence
    with pytest.raises(Conflict) as refused:
        await line.calls.let_in(line.id, request)
    assert (await line.conversation()).sequence == before, "nothing was written"
    return refused.value.code


async def test_an_agent_s_audio_is_let_in_once_by_each_ticket(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.wait()
    assert await refusal(line, joining(handoff_id, agent)) == "ticket.stale"
    await world.service.accept(agent, handoff_id)
    await line.calls.let_in(line.id, joining(handoff_id, agent))
    call = (await line.conversation()).call
    assert call is not None
    assert call.agent_on == agent.id
    before = (await line.conversation()).sequence
    await line.calls.let_in(line.id, joining(handoff_id, agent))
    assert (await line.conversation()).sequence == before, "asked again, it is answered again"
    assert await refusal(line, joining(handoff_id, agent, attempt="j2")) == "ticket.used"
    await line.calls.let_in(line.id, joining(handoff_id, agent, ticket="t2", attempt="j2"))
    await line.report("ended", reason="hangup")
    assert await refusal(line, joining(handoff_id, agent, ticket="t3", attempt="j3")) == "call.over"


async def test_a_ticket_is_good_for_who_holds_that_handoff_now(world: World) -> None:
    first, second = await world.agent("agent1"), await world.agent("agent2")
    line = Line(world)
    handoff_id = await line.talk(first)
    assert await refusal(line, joining(handoff_id, second)) == "ticket.stale"
    assert await refusal(line, joining("another", first)) == "ticket.stale"
    await world.service.transfer(first, handoff_id, to_agent=second.id)
    assert await refusal(line, joining(handoff_id, first)) == "ticket.stale", "it waits"
    await world.service.accept(second, handoff_id)
    assert await refusal(line, joining(handoff_id, first)) == "ticket.stale", "somebody else has it"
    await line.calls.let_in(line.id, joining(handoff_id, second))
    nobody = replace(second, id="agent_gone")
    assert await refusal(line, joining(handoff_id, nobody, ticket="t9", attempt="j9")) == "ticket.stale"


async def test_who_was_disabled_meanwhile_is_not_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.talk(agent)
    monkeypatch.setattr(calls_module, "may_work", lambda agent: False)
    assert await refusal(line, joining(handoff_id, agent)) == "ticket.stale"


async def test_a_transfer_and_a_ticket_at_once_leave_one_of_them(world: World) -> None:
    """Whichever comes first: whoever was let in held the call at that moment of the log."""
    first, second = await world.agent("agent1"), await world.agent("agent2")
    line = Line(world)
    handoff_id = await line.talk(first)

    async def pass_on() -> None:
        await world.service.transfer(first, handoff_id, to_agent=second.id)
        await world.service.accept(second, handoff_id)

    asked = [
        line.calls.let_in(line.id, joining(handoff_id, agent, ticket=f"t{n}", attempt=f"j{n}"))
        for n, agent in enumerate([first, second] * 5)
    ]
    await asyncio.gather(*asked[:5], pass_on(), *asked[5:], return_exceptions=True)
    holder = None
    joined = 0
    for event in (await line.conversation()).events:
        match event:
            case HandoffAccepted():
                holder = event.agent_id
            case HandoffTransferred():
                holder = None
            case AgentAudioJoined():
                joined += 1
                assert event.agent_id == holder
    assert joined > 1


async def test_a_report_that_somebody_joined_who_does_not_hold_the_call_is_refused(world: World) -> None:
    first, second = await world.agent("agent1"), await world.agent("agent2")
    line = Line(world)
    handoff_id = await line.talk(first)
    await world.service.transfer(first, handoff_id, to_agent=second.id)
    for late in ({"agent_id": first.id}, {}):
        with pytest.raises(Conflict) as refused:
            await line.report("agent_joined", handoff_id=handoff_id, **late)
        assert refused.value.code == "ticket.stale"


@pytest.mark.parametrize(
    "data",
    [None, {}, {"report_id": "j 1", "ticket_id": "t", "handoff_id": "h", "agent_id": "a"}, {"report_id": 7}],
)
def test_requests_to_join_are_checked(data: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_join_request(data)
    assert refused.value.code == "join.bad"


async def test_nobody_is_rung_back_at_a_number_that_costs(world: World) -> None:
    await world.agent()
    line = Line(world)
    await line.wait()
    for costly in ("+4782900000", "+449098790000", "+881612345678"):
        with pytest.raises(InvalidInput) as refused:
            await line.calls.request_callback(line.id, costly)
        assert refused.value.code == "callback.bad_phone"


async def test_context_tells_how_well_the_caller_was_understood(world: World) -> None:
    line = Line(world)
    await world.agent()
    await line.ring()
    for n, (intent, confidence) in enumerate((("order_status", 0.9), ("nlu_fallback", 0.5))):
        await world.append(
            line.id,
            UserUttered(
                timestamp=world.clock.now,
                message_id=f"u{n}",
                text="words",
                parse=Parse(text="words", intent=Intent(name=intent, confidence=0.9)),
                channel=VOICE,
                audio=AudioSpan(start_ms=n, end_ms=n + 1, confidence=confidence),
            ),
        )
    await line.report("prompt", text="Sorry?", why="not_understood", interrupted=True)
    conversation = await world.service.request(line.id)
    assert conversation.handoff is not None
    context = await world.desk.context(None, conversation.handoff.id)
    assert context.audio is not None
    assert context.audio.model_dump() == {
        "utterances": 2,
        "not_understood": 2,
        "mean_asr_confidence": 0.7,
        "barge_ins": 1,
    }


async def test_words_cut_short_by_an_agent_s_voice_are_no_interruption(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.talk(agent)
    await line.report("prompt", text="I am connecting you now.", heard="I am", interrupted=True)
    context = await world.desk.context(None, handoff_id)
    assert context.audio is not None
    assert context.audio.barge_ins == 0
    await world.queued("chat")
    chat = await world.desk.context(None, (await world.handoff("chat")).id)
    assert (chat.audio, chat.handoff.call) == (None, None)


async def test_caller_is_asked_to_say_a_message_and_not_for_a_number_that_is_known(world: World) -> None:
    known, unknown = Line(world, "known"), Line(world, "unknown", caller="")
    for line in (known, unknown):
        await line.ring()
        await world.service.request(line.id)
    [told] = await world.told("known")
    assert "Say your message now" in str(told.text)
    assert "phone number" not in str(told.text)
    assert "phone number" in str((await world.told("unknown"))[0].text)


async def test_ticket_lets_its_agent_into_its_call_for_a_minute(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.talk(agent)
    tickets = CallTickets(voice_url="https://voice.test/", api_token="secret", clock=world.clock)
    issued = tickets.issue(agent, await line.calls.live_call(agent, handoff_id))
    assert issued.url == "https://voice.test/webrtc/offer"
    claims = jwt.decode(
        issued.token,
        ticket_key("secret"),
        algorithms=["HS256"],
        audience=AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert len(claims.pop("jti")) > 20
    assert claims == {
        "aud": "firstline-voice",
        "iat": int(world.clock.now),
        "exp": int(world.clock.now) + 60,
        "conversation_id": line.id,
        "handoff_id": handoff_id,
        "agent_id": agent.id,
        "agent_name": agent.name,
    }
    for voice_url, api_token in ((None, "secret"), ("https://voice.test", None)):
        nowhere = CallTickets(voice_url=voice_url, api_token=api_token, clock=world.clock)
        with pytest.raises(Conflict) as refused:
            nowhere.issue(agent, await line.conversation())
        assert refused.value.code == "voice.not_set_up"


async def test_joined_audio_is_shown_to_the_desk(world: World) -> None:
    agent = await world.agent()
    line = Line(world)
    handoff_id = await line.talk(agent)
    assert any(isinstance(event, AgentAudioJoined) for event in (await line.conversation()).events)
    view = await world.desk.handoff(agent, handoff_id)
    assert view.call is not None
    assert (view.call.agent_on, view.call.held) == (True, None)
    await line.report("held", held=True, by="agent")
    view = await world.desk.handoff(agent, handoff_id)
    assert view.call is not None
    assert view.call.held == "agent"
