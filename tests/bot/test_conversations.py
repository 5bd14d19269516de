"""Reading and writing conversations: one writer at a time, readers see only what is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.conversation import Conversation, SequenceConflict, Summary
from bot.conversations import Conversations
from bot.errors import NotFound
from bot.events import BotUttered, ConversationStarted, Event, UserUttered
from bot.store.database import Database
from bot.store.event_store import SqlEventStore


def said(text: str) -> Event:
    return UserUttered(timestamp=1.0, message_id=text, text=text)


class SlowStore(SqlEventStore):
    """Commits only when let; for tests of what others see in the meantime."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.gate = asyncio.Event()
        self.gate.set()

    async def append(
        self, conversation_id: str, events: Sequence[Event], *, expected: int, summary: Summary
    ) -> None:
        await self.gate.wait()
        await super().append(conversation_id, events, expected=expected, summary=summary)


async def test_an_unknown_conversation_is_not_made_by_looking(sqlite_database: Database) -> None:
    conversations = Conversations(SqlEventStore(sqlite_database))
    assert await conversations.find("c1") is None
    with pytest.raises(NotFound):
        await conversations.get("c1")
    with pytest.raises(NotFound):
        async with conversations.writing("c1"):
            pass


async def test_a_new_conversation_begins_with_its_channel(sqlite_database: Database) -> None:
    conversations = Conversations(SqlEventStore(sqlite_database), clock=lambda: 7.0)
    async with conversations.writing_or_new("c1", channel="rest", language="nb") as writer:
        assert writer.conversation.events == [
            ConversationStarted(timestamp=7.0, channel="rest", language="nb")
        ]


async def test_a_conversation_whose_language_nobody_named_begins_in_the_usual_one(
    sqlite_database: Database,
) -> None:
    conversations = Conversations(SqlEventStore(sqlite_database), language="nb")
    for conversation_id, named, begun in (("c1", None, "nb"), ("c2", "fr", "fr")):
        async with conversations.writing_or_new(conversation_id, channel="rest", language=named) as writer:
            assert writer.conversation.language == begun


async def test_after_an_append_that_may_have_failed_the_log_is_read_anew(sqlite_database: Database) -> None:
    store = SlowStore(sqlite_database)
    conversations = Conversations(store, alone=True)
    async with conversations.writing_or_new("c1", channel="rest") as writer:
        await writer.append(said("hello"))

    async def write() -> None:
        async with conversations.writing("c1") as writer:
            await writer.append(said("cut off"))

    store.gate.clear()
    writing = asyncio.create_task(write())
    await asyncio.sleep(0.01)
    assert (await conversations.get("c1")).sequence == 2, "a reader caches what is durable by now"
    # It was written all the same, as when a database goes away in the very commit.
    await SqlEventStore(sqlite_database).append(
        "c1", [said("cut off")], expected=2, summary=Summary.of(await conversations.get("c1"))
    )
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert (await conversations.get("c1")).sequence == 3


async def test_writers_of_one_conversation_wait_for_each_other(sqlite_database: Database) -> None:
    conversations = Conversations(SqlEventStore(sqlite_database))

    async def turn(n: int) -> None:
        async with conversations.writing_or_new("c1", channel="rest") as writer:
            await writer.append(said(f"m{n}"))
            await asyncio.sleep(0)
            await writer.append(BotUttered(timestamp=1.0, text=f"answer to m{n}"))

    await asyncio.gather(*(turn(n) for n in range(20)))
    events = (await conversations.get("c1")).events[1:]
    pairs = zip(events[::2], events[1::2], strict=True)
    assert all(b.text == f"answer to {u.text}" for u, b in pairs)  # type: ignore[union-attr]


async def test_readers_never_see_what_is_not_durable_yet(sqlite_database: Database) -> None:
    store = SlowStore(sqlite_database)
    conversations = Conversations(store)
    async with conversations.writing_or_new("c1", channel="rest") as writer:
        await conversations.get("c1")  # now cached
        writer.record(said("hello"))
        assert (await conversations.get("c1")).sequence == 1
        store.gate.clear()
        flushing = asyncio.create_task(writer.flush())
        await asyncio.sleep(0)
        assert (await conversations.get("c1")).sequence == 1
        store.gate.set()
        await flushing
        assert (await conversations.get("c1")).sequence == 2


async def test_many_readers_at_once_fold_the_log_once_each(sqlite_database: Database) -> None:
    writer_node = Conversations(SqlEventStore(sqlite_database))
    reader_node = Conversations(SqlEventStore(sqlite_database))
    async with writer_node.writing_or_new("c1", channel="rest") as writer:
        await writer.append(said("one"))
        assert (await reader_node.get("c1")).sequence == 2
        await writer.append(said("two"), said("three"))
    seen = await asyncio.gather(*(reader_node.get("c1") for _ in range(10)))
    assert {conversation.sequence for conversation in seen} == {4}


async def test_of_two_nodes_without_a_common_lock_one_learns_that_it_was_late(
    sqlite_database: Database,
) -> None:
    one = Conversations(SqlEventStore(sqlite_database))
    two = Conversations(SqlEventStore(sqlite_database))
    async with one.writing_or_new("c1", channel="rest") as first:
        async with two.writing("c1") as second:
            await second.append(said("from two"))
        with pytest.raises(SequenceConflict):
            await first.append(said("from one"))
        await first.reload()
        assert first.conversation.message_sequences == {"from two": 2}
        await first.append(said("from one, again"))
    assert (await two.get("c1")).sequence == 3


async def test_listeners_are_told_in_order_and_cannot_stop_a_writer(sqlite_database: Database) -> None:
    conversations = Conversations(SqlEventStore(sqlite_database))
    told: list[int] = []

    async def broken(_conversation: Conversation, _fresh: Sequence[tuple[int, Event]]) -> None:
        raise RuntimeError("a page that cannot be reached")

    async def listener(_conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
        told.extend(sequence for sequence, _ in fresh)

    conversations.subscribe(broken)
    conversations.subscribe(listener)
    async with conversations.writing_or_new("c1", channel="rest") as writer:
        await writer.append(said("one"), said("two"))
    assert told == [1, 2, 3]


async def test_the_cache_forgets_the_least_recent_and_loses_nothing(sqlite_database: Database) -> None:
    conversations = Conversations(SqlEventStore(sqlite_database), cache_size=2)
    for n in range(5):
        async with conversations.writing_or_new(f"c{n}", channel="rest") as writer:
            await writer.append(said("hello"))
    for n in range(5):
        assert (await conversations.get(f"c{n}")).sequence == 2


async def test_what_was_staged_and_not_written_is_never_cached(sqlite_database: Database) -> None:
    store = SqlEventStore(sqlite_database)
    conversations = Conversations(store)
    async with conversations.writing_or_new("c1", channel="rest"):
        pass
    reading = asyncio.Event()
    go_on = asyncio.Event()
    load = store.load

    async def slow_load(conversation_id: str, *, after: int = 0) -> Sequence[Event]:
        found = await load(conversation_id, after=after)
        reading.set()
        await go_on.wait()
        return found

    async with conversations.writing("c1") as writer:
        store.load = slow_load  # type: ignore[method-assign]
        reader = asyncio.create_task(conversations.get("c1"))
        await reading.wait()
        store.load = load  # type: ignore[method-assign]
        writer.record(said("never written"))
        go_on.set()
        await reader
    assert (await conversations.get("c1")).sequence == 1


async def test_who_is_alone_in_appending_reads_a_known_conversation_without_the_store(
    sqlite_database: Database,
) -> None:
    store = CountingStore(sqlite_database)
    conversations = Conversations(store, alone=True)
    async with conversations.writing_or_new("c1", channel="rest") as writer:
        await writer.append(said("hello"))
    loads = store.loads
    assert (await conversations.get("c1")).sequence == 2
    async with conversations.writing("c1") as writer:
        await writer.append(said("again"))
    assert (await conversations.get("c1")).sequence == 3
    assert store.loads == loads


class CountingStore(SqlEventStore):
    """Counts how often a log is read."""

    loads = 0

    async def load(self, conversation_id: str, *, after: int = 0) -> Sequence[Event]:
        self.loads += 1
        return await super().load(conversation_id, after=after)
