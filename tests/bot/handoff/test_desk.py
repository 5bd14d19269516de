"""What the desk's lists show."""

from __future__ import annotations

import pytest

from bot.conversation import HandoffState
from bot.errors import NotFound
from bot.events import SessionStarted, UserUttered
from bot.handoff.agents import Role
from bot.handoff.sightings import HERE_S, WEB_CHAT
from bot.handoff.views import RatingView
from bot.transcript import transcript
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


async def test_unnamed_visitor_is_told_by_page_place_and_device(world: World) -> None:
    await world.agent()
    known = {"page": "/lamps", "time_zone": "America/Sao_Paulo", "browser": "Chrome", "system": "Android"}
    await world.queued()
    await world.append(
        "c1",
        UserUttered(
            timestamp=1.0, message_id="v", text="hello", channel="socketio", metadata={"visitor": known}
        ),
    )
    view = await world.desk.view(await world.conversation(), await world.service.boards.now())
    assert view.visitor is not None
    assert view.visitor.model_dump() == {
        "page": "/lamps",
        "place": "Sao Paulo",
        "device": "Chrome · Android",
    }


async def test_customer_who_closed_the_web_chat_is_shown_as_gone(world: World) -> None:
    agent = await world.agent()
    async with world.conversations.writing_or_new("web", channel=WEB_CHAT) as writer:
        await writer.append(SessionStarted(timestamp=writer.now()))
    told: list[str] = []

    async def listener(conversation_id: str) -> None:
        told.append(conversation_id)

    world.ticker.on_state_changed(listener)
    world.sightings.connected("web")
    conversation = await world.service.request("web")
    assert conversation.handoff is not None
    await world.service.accept(agent, conversation.handoff.id)
    await world.tick(120)
    assert not (await world.desk.handoff(agent, conversation.handoff.id)).customer_left
    world.sightings.disconnected("web")
    told.clear()
    await world.tick(HERE_S + 1)
    assert (await world.desk.handoff(agent, conversation.handoff.id)).customer_left
    assert told == ["web"]
    world.sightings.connected("web")
    await world.tick(1)
    assert not (await world.desk.handoff(agent, conversation.handoff.id)).customer_left


async def test_recent_handoffs_have_their_ratings(world: World) -> None:
    agent, other = await world.agent("agent1"), await world.agent("agent2")
    boss = await world.agent("boss", role=Role.SUPERVISOR)
    for owner, conversation_id in ((agent, "c1"), (other, "c2"), (agent, "c3")):
        handoff_id = await world.held(owner, conversation_id)
        await world.service.resolve(owner, handoff_id, disposition="solved")
        world.clock.now += 60
    await world.service.rate("c1", score=2, comment="Slow")
    # Another handoff in the same conversation, and the rating is still the first one's.
    await world.queued("c1")
    mine = await world.desk.recent(agent, limit=10)
    assert [(view.conversation_id, view.rating) for view in mine] == [
        ("c3", None),
        ("c1", RatingView(score=2, comment="Slow")),
    ]
    assert len(await world.desk.recent(boss, limit=10)) == 3
    lines = list(transcript(await world.conversation("c1"), internal=True))
    assert [(line.score, line.text) for line in lines if line.kind == "rated"] == [(2, "Slow")]
    assert not [line for line in transcript(await world.conversation("c1")) if line.kind == "rated"]


async def test_whose_help_is_over_reads_nothing_of_what_came_later(world: World) -> None:
    before = await world.agent("ada")
    first = await world.queued()
    await world.service.accept(before, first)
    assert (await world.desk.context(before, first)).handoff.id == first
    await world.service.resolve(before, first, disposition="solved", return_to_bot=True)
    later = await world.agent("bo")
    second = await world.queued()
    await world.service.accept(later, second)
    with pytest.raises(NotFound):
        await world.desk.context(before, first)
    assert (await world.desk.context(later, second)).handoff.id == second
