"""What waiting customers are told of their place is true for all of them at once."""

from __future__ import annotations

import pytest

from bot.handoff.agents import Presence
from bot.handoff.texts import catalogue, languages
from tests.bot.handoff.world import QUEUES, World


async def last_told(world: World, conversation_id: str) -> str:
    return str((await world.told(conversation_id))[-1].text)


@pytest.mark.parametrize("restarted", [False, True])
async def test_of_those_whom_a_dead_browser_leaves_only_one_is_first_in_line(
    world: World, restarted: bool
) -> None:
    agent = await world.agent()
    await world.held(agent, "c1")
    world.clock.now += 1
    await world.held(agent, "c2")
    world.clock.now += 1
    await world.queued("c3")
    await world.presence(agent, Presence.OFFLINE)
    # The places are in the log: a server that died with the browser tells the same.
    after = World(world.database, clock=world.clock) if restarted else world
    await after.tick(world.settings.agent_grace_s)
    assert "first in line" in await last_told(after, "c1")
    assert "first in line" not in await last_told(after, "c2")
    assert "number 2" in await last_told(after, "c2")
    places = [(await after.state(id_)).handoff for id_ in ("c1", "c2", "c3")]
    assert [place and place.position for place in places] == [1, 2, 3]


async def test_a_lost_customer_behind_an_urgent_one_is_not_told_to_be_first(world: World) -> None:
    agent = await world.agent(capacity=1)
    await world.held(agent, "c1")
    await world.queued("urgent", priority=1)
    await world.presence(agent, Presence.OFFLINE)
    await world.tick(world.settings.agent_grace_s)
    assert "number 2" in await last_told(world, "c1")


async def test_first_in_two_queues_of_the_same_agents_is_only_one(world: World) -> None:
    agent = await world.agent(queues=QUEUES)
    other = await world.agent("agent2", capacity=1)
    await world.held(agent, "c1")
    world.clock.now += 1
    handoff_id = await world.queued("c2", queue="billing")
    await world.service.accept(agent, handoff_id)
    await world.held(other, "busy")
    await world.presence(agent, Presence.OFFLINE)
    await world.tick(world.settings.agent_grace_s)
    assert "first in line" in await last_told(world, "c1")
    assert "first in line" not in await last_told(world, "c2")


async def test_no_wait_is_promised_once_everybody_declined(world: World) -> None:
    agent = await world.agent()
    handoff_id = await world.queued()
    await world.tick()
    waiting = (await world.state()).handoff
    assert waiting is not None
    assert waiting.expected_wait == world.settings.answer_s

    await world.service.decline(agent, handoff_id)
    await world.tick()
    waiting = (await world.state()).handoff
    assert waiting is not None
    assert (waiting.position, waiting.expected_wait) == (1, None)


async def test_the_wait_is_known_again_when_somebody_else_comes_or_is_asked_again(world: World) -> None:
    agent = await world.agent()
    handoff_id = await world.queued()
    await world.tick()
    await world.service.decline(agent, handoff_id)
    await world.tick(world.settings.offer_again_after_s)
    waiting = (await world.state()).handoff
    assert waiting is not None
    assert waiting.state == "offered"
    assert waiting.expected_wait == world.settings.answer_s

    await world.service.decline(agent, handoff_id)
    await world.agent("agent2", capacity=1)
    waiting = (await world.state()).handoff
    assert waiting is not None
    assert waiting.expected_wait == world.settings.answer_s


async def test_who_declined_is_not_counted_among_those_who_are_free(world: World) -> None:
    first, second = await world.agent("agent1"), await world.agent("agent2", capacity=1)
    await world.held(second, "busy")
    handoff_id = await world.queued()
    await world.tick()
    await world.service.decline(first, handoff_id)
    await world.tick()
    waiting = (await world.state()).handoff
    assert waiting is not None
    # One turn of the only other agent, who is busy.
    assert waiting.expected_wait == world.settings.answer_s + world.settings.default_handling_s


@pytest.mark.parametrize("language", sorted(languages()))
def test_each_language_says_the_place_after_a_loss(language: str) -> None:
    assert "{position}" in catalogue(language)["returned_place"]
    assert "{position}" not in catalogue(language)["returned"]
