"""One writer per conversation across nodes."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from bot.contacts.demo import seed_demo
from bot.conversation import Conversation, Summary
from bot.conversations import Conversations
from bot.dialogue.virtual_agent import IncomingMessage
from bot.errors import Unavailable
from bot.events import BotUttered, Event, UserUttered
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.event_store import SqlEventStore
from bot.store.redis import connect
from bot.store.redis_locks import RedisLocks
from tests.support.crashing_agent import virtual_agent
from tests.support.requirements import redis_url

pytestmark = pytest.mark.redis


class PausingStore(SqlEventStore):
    """Waits before an append that has a message of the customer's, until it is let go on."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.paused = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def append(
        self, conversation_id: str, events: Sequence[Event], *, expected: int, summary: Summary
    ) -> None:
        if any(isinstance(event, UserUttered) for event in events):
            self.paused.set()
            await self.go_on.wait()
        await super().append(conversation_id, events, expected=expected, summary=summary)


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url())
    yield client
    await client.aclose()


async def test_two_nodes_take_turns_on_one_conversation(redis: Redis, sqlite_database: Database) -> None:
    prefix = f"firstline-test:{secrets.token_hex(4)}:"
    nodes = [
        Conversations(SqlEventStore(sqlite_database), locks=RedisLocks(redis, prefix=prefix))
        for _ in range(2)
    ]

    async def say(node: Conversations, text: str) -> None:
        async with node.writing_or_new("c1", channel="rest") as writer:
            await asyncio.sleep(0)
            await writer.append(UserUttered(timestamp=1.0, message_id=text, text=text))

    await asyncio.gather(*(say(nodes[n % 2], f"m{n}") for n in range(20)))
    conversation = await nodes[0].get("c1")
    assert conversation.sequence == 21, "no append was lost to a conflict"
    assert len(conversation.message_sequences) == 20


async def test_a_lease_that_ran_out_is_not_another_holder_s_to_release(redis: Redis) -> None:
    prefix = f"firstline-test:{secrets.token_hex(4)}:"
    locks = RedisLocks(redis, prefix=prefix)
    async with locks.hold("c1"):
        await redis.set(prefix + "c1", "somebody else")
    assert await redis.get(prefix + "c1") == b"somebody else"
    await redis.delete(prefix + "c1")


async def test_a_lease_is_renewed_for_as_long_as_it_is_held(redis: Redis) -> None:
    prefix = f"firstline-test:{secrets.token_hex(4)}:"
    one, two = (RedisLocks(redis, prefix=prefix, lease_s=1.5) for _ in range(2))
    held = asyncio.Event()
    order: list[str] = []

    async def slow() -> None:
        async with one.hold("c1"):
            held.set()
            await asyncio.sleep(2.0)
            order.append("slow")

    async def next_one() -> None:
        await held.wait()
        async with two.hold("c1"):
            order.append("next")

    await asyncio.gather(slow(), next_one())
    assert order == ["slow", "next"]


async def test_a_dead_node_s_lease_runs_out(redis: Redis) -> None:
    prefix = f"firstline-test:{secrets.token_hex(4)}:"
    await redis.set(prefix + "c1", "a node that was killed", px=200)
    async with asyncio.timeout(60), RedisLocks(redis, prefix=prefix).hold("c1"):
        pass


async def test_writers_of_one_process_go_in_the_order_they_came(redis: Redis) -> None:
    locks = RedisLocks(redis, prefix=f"firstline-test:{secrets.token_hex(4)}:")
    order: list[int] = []

    async def write(number: int) -> None:
        async with locks.hold("c1"):
            order.append(number)

    await asyncio.gather(*(write(number) for number in range(20)))
    assert order == list(range(20))


async def test_a_lock_that_is_lost_in_mid_turn_costs_nothing(redis: Redis, sqlite_database: Database) -> None:
    await seed_demo(SqlContacts(sqlite_database), time.time())
    prefix = f"firstline-test:{secrets.token_hex(4)}:"
    store = PausingStore(sqlite_database)
    slow = await virtual_agent(sqlite_database, store, locks=RedisLocks(redis, prefix=prefix))
    quick = await virtual_agent(
        sqlite_database, SqlEventStore(sqlite_database), locks=RedisLocks(redis, prefix=prefix)
    )

    def message(id_: str) -> IncomingMessage:
        return IncomingMessage(conversation_id="c1", text="/greet", message_id=id_, channel="rest")

    store.go_on.clear()
    first = asyncio.create_task(slow.handle(message("m1")))
    await store.paused.wait()
    await redis.delete(prefix + "c1")
    await quick.handle(message("m2"))
    store.go_on.set()
    turn = await first

    log = Conversation.fold("c1", await store.load("c1"))
    assert set(log.message_sequences) == {"m1", "m2"}
    said = [event.type for event in log.events if event.type in ("user_uttered", "bot_uttered")]
    assert said == ["user_uttered", "bot_uttered"] * 2, "each is recorded once and answered once"
    assert log.unanswered is None
    assert [event for _, event in turn.events if isinstance(event, BotUttered)]


async def test_redis_that_is_away_is_said_so() -> None:
    client = connect("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable) as refused:
        async with RedisLocks(client).hold("c1"):
            pass
    assert refused.value.code == "redis.unavailable"
    await client.aclose()
