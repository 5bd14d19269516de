"""Whatever people do in whatever order, certain things never happen."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from bot.conversation import Conversation, HandoffState, Holder
from bot.errors import Conflict, Forbidden, NotFound
from bot.events import AgentSaid, BotUttered, HandoffOffered
from bot.handoff.agents import Agent, Presence
from bot.store.database import Database
from tests.bot.handoff.world import World

CONVERSATIONS = [f"c{n}" for n in range(5)]


async def do_something(world: World, agents: list[Agent], chance: random.Random) -> None:
    """One thing that a customer, an agent or time does; what is refused is as good as not done."""
    id_ = chance.choice(CONVERSATIONS)
    agent = await world.agents.get(chance.choice(agents).id)
    handoff = (await world.conversation(id_)).handoff
    handoff_id = handoff.id if handoff else "none"
    match chance.randrange(11):
        case 0 | 1:
            await world.service.request(id_, priority=chance.randrange(2))
        case 2:
            await world.service.cancel(id_)
        case 3 | 4:
            await world.service.accept(agent, handoff_id)
        case 5:
            await world.service.decline(agent, handoff_id)
        case 6:
            await world.service.transfer(agent, handoff_id, queue=chance.choice(["billing", "general"]))
        case 7:
            await world.service.resolve(
                agent, handoff_id, disposition="solved", return_to_bot=chance.random() < 0.5
            )
        case 8:
            await world.service.say(agent, id_, message="hello", message_id=str(chance.random()))
        case 9:
            await world.presence(agent, chance.choice(list(Presence)))
        case _:
            await world.say(id_, "anybody there?")


@pytest.mark.parametrize("seed", range(4))
async def test_log_never_shows_what_must_not_happen(sqlite_database: Database, seed: int) -> None:
    chance = random.Random(seed)
    world = World(sqlite_database)
    agents = [await world.agent(f"agent{n}", capacity=2) for n in range(3)]
    for id_ in CONVERSATIONS:
        await world.say(id_, "hello")
    for _ in range(60):
        with suppress(Conflict, Forbidden, NotFound):
            await do_something(world, agents, chance)
        await world.tick(chance.choice([0, 1, 15, 70]))
        board = await world.service.boards.now()
        waiting = [entry.handoff for entry in board.waiting]
        assert waiting == sorted(waiting, key=lambda h: (-h.priority, h.queued_at))
    for id_ in CONVERSATIONS:
        check_log(await world.conversation(id_))


def check_log(conversation: Conversation) -> None:
    replayed = Conversation(conversation.id)
    for event in conversation.events:
        before = replayed.holder
        owner = replayed.handoff.agent_id if replayed.handoff else None
        state = replayed.handoff.state if replayed.handoff else None
        if isinstance(event, BotUttered):
            assert before is not Holder.HUMAN
        if isinstance(event, AgentSaid):
            assert (before, owner) == (Holder.HUMAN, event.agent_id)
        if isinstance(event, HandoffOffered):
            assert state is HandoffState.QUEUED
        if event.type == "handoff_queued":
            assert state is None or not state.is_open
        replayed.apply(event)
    assert replayed.handoff == conversation.handoff
    assert replayed.holder is conversation.holder
