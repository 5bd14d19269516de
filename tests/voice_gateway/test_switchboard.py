"""All calls of a gateway, with the voices and the bot faked: who comes in, and which call an agent joins."""

from __future__ import annotations

import asyncio
from typing import Any

from prometheus_client import CollectorRegistry

from tests.support.calls import FakeBot, FakeEars, FakeLeg, FakeVoice, VirtualClock, settle, ticket
from voice_gateway.audio import silence
from voice_gateway.bot_link import State, StateChanged
from voice_gateway.leg import CallInfo, Ended
from voice_gateway.limits import CallLimits, Lines
from voice_gateway.metrics import GatewayMetrics
from voice_gateway.observing import Observers
from voice_gateway.pacer import Pacer
from voice_gateway.policy import CallPolicy
from voice_gateway.switchboard import Switchboard

CALLER = CallInfo(transport="sip", call_id="c1", peer="192.0.2.7", caller="+4712345678")


def switchboard(bot: FakeBot, **limits: Any) -> Switchboard:
    clock = VirtualClock()
    return Switchboard(
        bot=bot,
        speech=FakeVoice(),
        hear=lambda rate, tell: FakeEars(tell),
        music=lambda rate: lambda: silence(rate),
        clock=clock,
        pacer=Pacer(clock),
        limits=CallLimits(**{"most_calls": 9, "most_a_minute": None, "now": clock.now, **limits}),
        policy=CallPolicy(),
        observers=Observers(GatewayMetrics(CollectorRegistry()), None, clock=clock),
        new_id=lambda: "call-1",
    )


async def test_a_ticket_joins_at_the_gateway_that_has_the_call_and_at_no_other() -> None:
    here, elsewhere = FakeBot(), FakeBot()
    with_call, without = switchboard(here), switchboard(elsewhere)
    caller = FakeLeg(CALLER)
    running = asyncio.create_task(with_call.take(caller))
    await settle()
    here.tell(StateChanged(State(holder="human", handoff_id="h1", agent_id="ada")))
    replayed = FakeLeg(rate=16_000)
    await without.take_agent(replayed, ticket())
    assert replayed.hung_up == "no_call"
    assert elsewhere.join_requests == []
    agent = FakeLeg(rate=16_000)
    joining = asyncio.create_task(with_call.take_agent(agent, ticket()))
    await settle()
    assert agent.hung_up is None
    caller.tell(Ended("hangup"))
    await asyncio.wait_for(asyncio.gather(running, joining), 5)
    assert agent.hung_up is not None


async def test_a_line_is_free_again_after_its_call() -> None:
    lines = {"sip": Lines(per_peer=1)}
    board = switchboard(FakeBot(), lines=lines)
    other = CallInfo(transport="sip", call_id="c2", peer=CALLER.peer)
    assert board.admit(CALLER) is None
    refusal = board.admit(other)
    assert refusal is not None
    assert refusal.status == 429
    caller = FakeLeg(CALLER)
    running = asyncio.create_task(board.take(caller))
    await settle()
    caller.tell(Ended("hangup"))
    await asyncio.wait_for(running, 5)
    assert board.admit(other) is None
