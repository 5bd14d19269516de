"""Bot and people in one conversation, on two nodes: whoever does not hold it stays silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.conversation import ACTION_LISTEN, Conversation, Holder
from bot.conversations import Writer
from bot.dialogue.virtual_agent import IncomingMessage, VirtualAgent
from bot.events import (
    ActionExecuted,
    BotUttered,
    EscalationReason,
    Intent,
    MessageLeft,
    Parse,
    SessionStarted,
)
from bot.handoff.agents import Presence
from bot.store.database import Database
from tests.bot.handoff.world import World


class Understanding:
    async def parse(
        self, text: str, *, language_hint: str | None = None, expected: Sequence[str] = ()
    ) -> Parse:
        return Parse(text=text, intent=Intent(name=text.split()[0], confidence=0.9))


class Engine:
    """Says what it was asked, escalates when asked for a person, and can be held up before it answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.before_answer: Callable[[], Awaitable[None]] | None = None

    async def open_session(self, writer: Writer) -> None:
        if writer.conversation.sequence == 1 or writer.conversation.holder is Holder.CLOSED:
            writer.record(SessionStarted(timestamp=writer.now()))

    def read(self, parse: Parse) -> Parse:
        return parse

    def expected_entities(self, conversation: Conversation) -> tuple[str, ...]:
        return ()

    async def respond(self, writer: Writer) -> None:
        latest = writer.conversation.dialogue.latest_message
        assert latest is not None
        if self.before_answer is not None:
            await self.before_answer()
        if latest.text == "person":
            writer.record(
                *await self._world.service.escalations.escalate(
                    writer.conversation,
                    reason=EscalationReason.ASKED_FOR_PERSON,
                    cause=writer.conversation.dialogue.latest_message_sequence,
                )
            )
        else:
            writer.record(BotUttered(timestamp=writer.now(), text=f"You said {latest.text}"))
        writer.record(ActionExecuted(timestamp=writer.now(), action=ACTION_LISTEN))


class Node(World):
    """A process with its own caches and locks over the shared database."""

    def __init__(self, database: Database, world: World | None = None) -> None:
        super().__init__(database, clock=world.clock if world else None)
        self.engine = Engine(self)
        self.bot = VirtualAgent(
            conversations=self.conversations,
            understanding=Understanding(),
            engine=self.engine,
            escalator=self.service.escalations,
        )

    async def ask(self, text: str, *, message_id: str) -> list[str | None]:
        """The customer's message through the bot; what the bot answered."""
        turn = await self.bot.handle(
            IncomingMessage(conversation_id="c1", text=text, message_id=message_id, channel="rest")
        )
        return [event.text for _, event in turn.events if isinstance(event, BotUttered)]


async def test_answer_is_dropped_when_a_person_takes_over_on_another_node(database: Database) -> None:
    here = Node(database)
    there = Node(database, here)
    agent = await here.agent()
    assert await here.ask("hello", message_id="m1") == ["You said hello"]

    async def take_over() -> None:
        here.engine.before_answer = None
        conversation = await there.service.request("c1")
        assert conversation.handoff is not None
        await there.service.accept(agent, conversation.handoff.id)

    here.engine.before_answer = take_over
    answers = await here.ask("slow question", message_id="m2")
    conversation = await there.conversation()
    assert conversation.holder is Holder.HUMAN
    assert "You said slow question" not in answers
    assert await here.ask("anybody?", message_id="m3") == []
    said = [e.text for e in (await there.conversation()).events if isinstance(e, BotUttered)]
    assert "You said slow question" not in said


async def test_rest_answer_says_that_the_bot_handed_over(database: Database) -> None:
    node = Node(database)
    await node.agent()
    turn = await node.bot.handle(
        IncomingMessage(conversation_id="c1", text="person", message_id="m1", channel="rest")
    )
    [told] = [event for _, event in turn.events if isinstance(event, BotUttered)]
    assert told.custom is not None
    assert told.custom["handoff"]["state"] == "queued"
    assert await node.ask("person", message_id="m2") == []


async def test_message_left_is_a_ticket_and_the_bot_goes_on(database: Database) -> None:
    node = Node(database)
    await node.agent(presence=Presence.OFFLINE)
    [sorry] = await node.ask("person", message_id="m1")
    assert "none of my colleagues" in str(sorry)
    [thanks] = await node.ask("please call me back about my lamp", message_id="m2")
    assert await node.ask("please call me back about my lamp", message_id="m2") == [thanks]
    conversation = await node.conversation()
    [left] = [event for event in conversation.events if isinstance(event, MessageLeft)]
    assert left.ticket_id in str(thanks)
    assert await node.ask("hello", message_id="m3") == ["You said hello"]


async def test_nod_is_no_message_yet_and_small_talk_is_none(database: Database) -> None:
    node = Node(database)
    await node.agent(presence=Presence.OFFLINE)
    [sorry] = await node.ask("person", message_id="m1")
    assert await node.ask("affirm", message_id="m2") == [sorry]
    [thanks] = await node.ask("affirm, and please call me back about my lamp", message_id="m3")
    assert "none of my colleagues" not in str(thanks)
    conversation = await node.conversation()
    assert len([event for event in conversation.events if isinstance(event, MessageLeft)]) == 1
    await node.ask("person", message_id="m4")
    assert await node.ask("faq opening hours", message_id="m5") == ["You said faq opening hours"]
    assert (await node.conversation()).leaving_message is None


async def test_bot_answers_again_after_the_person(database: Database) -> None:
    node = Node(database)
    agent = await node.agent()
    await node.ask("person", message_id="m1")
    handoff = await node.handoff()
    await node.service.accept(agent, handoff.id)
    assert await node.ask("my lamp is broken", message_id="m2") == []
    await node.service.resolve(agent, handoff.id, disposition="solved", return_to_bot=True)
    assert await node.ask("thanks", message_id="m3") == ["You said thanks"]


async def test_nodes_that_tick_together_offer_each_conversation_once(database: Database) -> None:
    one = Node(database)
    two = Node(database, one)
    for n in range(3):
        await one.agent(f"agent{n}", capacity=5)
    for n in range(6):
        await one.queued(f"c{n}")
    await asyncio.gather(one.tick(), two.tick())
    await asyncio.gather(one.tick(), two.tick())
    for n in range(6):
        conversation = await one.conversation(f"c{n}")
        offers = [event for event in conversation.events if event.type == "handoff_offered"]
        assert len(offers) == 1
    one.clock.now += one.settings.offer_timeout_s
    await asyncio.gather(one.tick(), two.tick())
    for n in range(6):
        events = [event.type for event in (await one.conversation(f"c{n}")).events]
        assert events.count("handoff_declined") == 1
