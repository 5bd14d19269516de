"""The event store on SQLite and on Postgres: durable appends, one winner a race, derived lists."""

from __future__ import annotations

import asyncio

import pytest

from bot.conversation import Conversation, HandoffState, Holder, SequenceConflict, Summary
from bot.events import (
    BotUttered,
    ConversationStarted,
    EscalationReason,
    EscalationRequested,
    Event,
    HandoffAccepted,
    HandoffQueued,
    UserUttered,
)
from bot.store.database import Database
from bot.store.event_store import SqlEventStore


def started(at: float = 1.0) -> Event:
    return ConversationStarted(timestamp=at, channel="rest")


def said(text: str, at: float = 2.0) -> Event:
    return UserUttered(timestamp=at, message_id=text, text=text)


async def append(store: SqlEventStore, conversation_id: str, *events: Event) -> None:
    """Append as a writer that has just read the log."""
    conversation = Conversation.fold(conversation_id, await store.load(conversation_id))
    before = conversation.sequence
    for event in events:
        conversation.apply(event)
    await store.append(conversation_id, events, expected=before, summary=Summary.of(conversation))


async def test_events_come_back_as_they_were_appended(database: Database) -> None:
    store = SqlEventStore(database)
    log = [started(), said("hei på deg 👋"), BotUttered(timestamp=3.0, text="Hei!", custom={"a": [1, None]})]
    await append(store, "c1", *log)
    assert list(await store.load("c1")) == log
    assert list(await store.load("c1", after=2)) == log[2:]
    assert list(await store.load("unknown")) == []


async def test_of_writers_at_the_same_sequence_exactly_one_wins(database: Database) -> None:
    store = SqlEventStore(database)
    await append(store, "c1", started())
    base = Conversation.fold("c1", await store.load("c1"))
    summary = Summary.of(base)
    others = [append(store, f"other{n}", started(), said("hello")) for n in range(5)]
    results = await asyncio.gather(
        *(store.append("c1", [said(f"m{n}")], expected=1, summary=summary) for n in range(8)),
        *others,
        return_exceptions=True,
    )
    racers = results[:8]
    assert racers.count(None) == 1
    assert sum(isinstance(result, SequenceConflict) for result in racers) == 7
    assert results[8:] == [None] * 5, "bystanders in the same commit are not harmed"
    assert len(await store.load("c1")) == 2


async def test_two_stores_on_one_database_cannot_both_append(database: Database) -> None:
    one, two = SqlEventStore(database), SqlEventStore(database)
    await append(one, "c1", started())
    summary = Summary.of(Conversation.fold("c1", await one.load("c1")))
    results = await asyncio.gather(
        one.append("c1", [said("a")], expected=1, summary=summary),
        two.append("c1", [said("b")], expected=1, summary=summary),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "SequenceConflict"]


async def test_a_cancelled_caller_does_not_undo_the_commit_of_others(database: Database) -> None:
    store = SqlEventStore(database)
    summary = Summary.of(Conversation.fold("c1", [started()]))
    other = Summary.of(Conversation.fold("c2", [started()]))
    impatient = asyncio.create_task(store.append("c1", [started()], expected=0, summary=summary))
    patient = asyncio.create_task(store.append("c2", [started()], expected=0, summary=other))
    await asyncio.sleep(0)  # both now wait for the same commit
    impatient.cancel()
    await patient
    assert len(await store.load("c2")) == 1
    assert len(await store.load("c1")) == 1


async def test_conversations_are_listed_latest_first_by_what_they_need(database: Database) -> None:
    store = SqlEventStore(database)
    await append(store, "old", started(1.0), said("hello", 2.0))
    await append(store, "new", started(3.0), said("hello", 4.0))
    await append(store, "answered", started(5.0))
    assert [s.id for s in await store.summaries(unanswered=True)] == ["new", "old"]
    assert [s.id for s in await store.summaries(before=4.0)] == ["old"]
    assert [s.id for s in await store.summaries(limit=1)] == ["answered"]


async def test_handoffs_are_listed_by_priority_then_oldest_first(database: Database) -> None:
    store = SqlEventStore(database)
    for name, at, priority in (("late", 30.0, 0), ("early", 10.0, 0), ("urgent", 20.0, 5)):
        queued = HandoffQueued(timestamp=at, handoff_id=f"h-{name}", queue="general", priority=priority)
        why = EscalationRequested(timestamp=at, reason=EscalationReason.RULE, cause=1)
        await append(store, name, started(), why, queued)
    waiting = await store.summaries(handoff_states=[HandoffState.QUEUED])
    assert [s.id for s in waiting] == ["urgent", "early", "late"]
    assert all(s.holder is Holder.QUEUE for s in waiting)
    accepted = HandoffAccepted(timestamp=40.0, handoff_id="h-early", agent_id="a1", agent_name="Ada")
    await append(store, "early", accepted)
    assert [s.id for s in await store.summaries(handoff_states=[HandoffState.QUEUED])] == ["urgent", "late"]
    mine = await store.summaries(agent_id="a1")
    assert [s.id for s in mine] == ["early"]
    assert mine[0].handoff is not None
    assert mine[0].handoff.reason is EscalationReason.RULE


async def test_a_handoff_is_found_by_its_id_also_after_a_later_one(database: Database) -> None:
    store = SqlEventStore(database)
    await append(store, "c1", started(), HandoffQueued(timestamp=1.0, handoff_id="h1", queue="general"))
    await append(store, "c1", HandoffQueued(timestamp=2.0, handoff_id="h2", queue="billing"))
    found = await store.find_handoff("h1")
    assert found is not None
    assert found.handoff is not None
    assert (found.id, found.handoff.id, found.handoff.queue) == ("c1", "h1", "general")
    assert await store.find_handoff("h3") is None


@pytest.mark.parametrize("count", [300])
async def test_many_conversations_append_together(database: Database, count: int) -> None:
    store = SqlEventStore(database)
    await asyncio.gather(*(append(store, f"c{n}", started(), said("hello")) for n in range(count)))
    assert [s.sequence for s in await store.summaries(limit=count)] == [2] * count
