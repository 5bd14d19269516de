"""Who serves no queue watches: customers and colleagues are told so, and one click makes it another."""

from __future__ import annotations

import pytest

from bot.conversation import HandoffState
from bot.errors import Conflict, Forbidden
from bot.events import HandoffUnavailable
from bot.handoff.accounts import AgentChanges
from bot.handoff.agents import Presence, Role
from tests.bot.handoff.site import Site
from tests.bot.handoff.test_api import ok, refused
from tests.bot.handoff.world import QUEUES, World, of_type


async def test_a_supervisor_alone_online_helps_with_one_click(world: World) -> None:
    site = Site(world)
    sam = await site.signed_in("sam", role=Role.SUPERVISOR, queues=())
    me = (await ok(sam, "GET", "/session"))["agent"]
    assert (me["takes_conversations"], me["helping"], me["presence"]) == (False, False, "available")
    # Honest: nobody would take it.
    await world.say("c0", "I want to talk to a person")
    conversation = await world.service.request("c0")
    assert of_type(conversation, "handoff_unavailable")
    assert isinstance(of_type(conversation, "handoff_unavailable")[0], HandoffUnavailable)
    assert [queue["available_agents"] for queue in await ok(sam, "GET", "/queues")] == [0, 0, 0]

    me = await ok(sam, "PUT", "/agents/me/helping", helping=True)
    assert (me["takes_conversations"], me["helping"], me["queues"]) == (True, True, [])
    assert [queue["available_agents"] for queue in await ok(sam, "GET", "/queues")] == [1, 1, 1]
    for queue in QUEUES:
        await world.queued(f"c-{queue}", queue=queue)
    await world.tick()
    offered = [(await world.handoff(f"c-{queue}")).offered_to for queue in QUEUES]
    assert offered == [me["id"]] * 3
    place = await world.state("c-general")
    assert place.handoff is not None
    assert place.handoff.expected_wait is not None

    me = await ok(sam, "PUT", "/agents/me/helping", helping=False)
    assert me["takes_conversations"] is False


async def test_helping_makes_available_and_ends_when_one_goes_offline(world: World) -> None:
    sam = await world.agent("sam", role=Role.SUPERVISOR, queues=(), presence=Presence.AWAY)
    sam = await world.agents.set_helping(sam, True)
    assert (sam.presence, sam.serves("billing")) == (Presence.AVAILABLE, True)
    sam = await world.presence(sam, Presence.AWAY)
    assert sam.helping
    sam = await world.presence(sam, Presence.OFFLINE)
    assert not sam.takes_conversations


async def test_agents_cannot_help_themselves_to_every_queue(world: World) -> None:
    site = Site(world)
    kari = await site.signed_in("kari", queues=("billing",))
    assert await refused(kari, "PUT", "/agents/me/helping", helping=True) == (403, "auth.role_required")
    agent = await world.agents.by_login("kari")
    with pytest.raises(Forbidden):
        await world.agents.set_helping(agent, True)


async def test_nothing_is_transferred_to_somebody_who_only_watches(world: World) -> None:
    ada = await world.agent("ada")
    sam = await world.agent("sam", role=Role.SUPERVISOR, queues=())
    handoff_id = await world.held(ada)
    with pytest.raises(Conflict) as watching:
        await world.service.transfer(ada, handoff_id, to_agent=sam.id)
    assert watching.value.code == "agent.unavailable"
    await world.agents.set_helping(sam, True)
    await world.service.transfer(ada, handoff_id, to_agent=sam.id)
    await world.tick()
    handoff = await world.handoff()
    assert (handoff.state, handoff.offered_to) == (HandoffState.OFFERED, sam.id)


async def test_somebody_who_only_watches_keeps_nobody_waiting(world: World) -> None:
    """A queue whose only presence is a watcher is as empty as one with nobody."""
    ada = await world.agent("ada", capacity=1)
    await world.agent("sam", role=Role.SUPERVISOR, queues=())
    await world.queued("c1")
    await world.presence(ada, Presence.OFFLINE)
    await world.tick()
    await world.tick(world.settings.unstaffed_s + 1)
    assert of_type(await world.conversation("c1"), "handoff_unavailable")


async def test_a_demoted_supervisor_helps_no_longer(world: World) -> None:
    sam = await world.agent("sam", role=Role.SUPERVISOR, queues=())
    await world.agents.set_helping(sam, True)
    sam = await world.accounts.edit(sam.id, AgentChanges(role=Role.AGENT), by=None)
    assert not sam.takes_conversations
    # Nor by a request that was under way when they still were one.
    await world.agent_store.set_helping(sam.id, True)
    assert not (await world.agents.get(sam.id)).takes_conversations
