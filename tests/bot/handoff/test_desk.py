"""What the desk's lists show."""

from __future__ import annotations

from bot.conversation import HandoffState
from bot.handoff.agents import Role
from tests.bot.handoff.world import World


async def test_an_agents_own_conversations_are_listed_however_many_others_have(world: World) -> None:
    other, me = await world.agent("other"), await world.agent("me")
    for conversation_id in ("c1", "c2"):
        await world.held(other, conversation_id)
        world.clock.now += 1
    mine = await world.held(me, "c3")
    states = (HandoffState.ACCEPTED,)
    assert [view.id for view in await world.desk.handoffs(me, states, limit=1)] == [mine]
    supervisor = await world.agent("boss", role=Role.SUPERVISOR)
    assert len(await world.desk.handoffs(supervisor, states, limit=2)) == 2
