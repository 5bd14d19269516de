"""The one way to read and to write conversations: a lock per conversation, one gate for redaction, one log.

A write is done inside `Conversations.writing`, which holds the conversation's lock; every append goes
through the redaction gate, is durable when it returns, and is then told to the listeners.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog

from bot.conversation import Conversation, EventStore, SequenceConflict, Summary
from bot.errors import NotFound
from bot.events import ConversationStarted, Event

Clock = Callable[[], float]
Redact = Callable[[Event, Sequence[Event]], Event]
"""Masks an event on its way into the log, given the events before it (`bot.redaction`)."""
OnDurable = Callable[[], Awaitable[None]]
Listener = Callable[[Conversation, Sequence[tuple[int, Event]]], Awaitable[None]]
"""Told, after each durable append and in order, the conversation and its new (sequence, event) pairs."""

log = structlog.get_logger(__name__)


class Locks(Protocol):
    """One writer at a time for each conversation id."""

    def hold(self, conversation_id: str) -> AbstractAsyncContextManager[None]: ...


class InProcessLocks:
    """Locks for a single process; `bot.store.redis_locks` has those for several."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[None]:
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        async with lock:
            yield


class Writer:
    """A conversation held for writing.

    `record` takes events into the conversation at once and keeps them to be written; `flush` makes what was
    recorded durable, all or none, and only then do others see it. `append` is both.
    """

    def __init__(self, owner: Conversations, conversation: Conversation) -> None:
        self._owner = owner
        self._recorded: list[Event] = []
        self._once_durable: list[OnDurable] = []
        self.conversation = conversation

    def now(self) -> float:
        """The time to stamp new events with, in seconds since the epoch."""
        return self._owner.clock()

    def record(self, *events: Event) -> None:
        """Take events in; they pass the redaction gate and wait for `flush`."""
        for event in events:
            self._recorded.append(self._owner.stage(self.conversation, event))

    async def flush(self) -> None:
        """Make what was recorded durable. Raises SequenceConflict when another writer was first."""
        if self._recorded:
            recorded, self._recorded = self._recorded, []
            await self._owner.commit(self.conversation, recorded)
        callbacks, self._once_durable = self._once_durable, []
        for callback in callbacks:
            await callback()

    def once_durable(self, callback: OnDurable) -> None:
        """Have a callback awaited after the next flush that succeeds."""
        self._once_durable.append(callback)

    async def append(self, *events: Event) -> None:
        """Record events and flush."""
        self.record(*events)
        await self.flush()

    async def reload(self) -> None:
        """Drop what was recorded and not flushed, and read the conversation anew."""
        self._recorded = []
        self._once_durable = []
        self.conversation = await self._owner.get(self.conversation.id)


class Conversations:
    """Reads and writes conversations over an `EventStore`.

    Folded conversations are cached. Unless this process is ``alone`` in appending, a cached one is brought up
    to date from the log before it is used, so that another node's appends are always seen.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        clock: Clock = time.time,
        redact: Redact | None = None,
        locks: Locks | None = None,
        cache_size: int = 2000,
        alone: bool = False,
        language: str | None = None,
    ) -> None:
        """``language`` is the one that conversations begin in when nothing else is said."""
        self.store = store
        self.clock = clock
        self._redact = redact
        self._locks = locks if locks is not None else InProcessLocks()
        self._cache: OrderedDict[str, Conversation] = OrderedDict()
        self._cache_size = cache_size
        self._alone = alone
        self._language = language
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Have a listener told of every append of this process."""
        self._listeners.append(listener)

    async def find(self, conversation_id: str) -> Conversation | None:
        """The conversation as of now, or None. For reading only: change it through `writing`."""
        conversation = await self._current(conversation_id)
        return conversation if conversation.sequence else None

    async def get(self, conversation_id: str) -> Conversation:
        """As `find`, but raises NotFound."""
        conversation = await self.find(conversation_id)
        if conversation is None:
            raise NotFound("There is no such conversation.", code="conversation.not_found")
        return conversation

    @asynccontextmanager
    async def writing(self, conversation_id: str) -> AsyncIterator[Writer]:
        """Hold an existing conversation for writing. Raises NotFound."""
        async with self._locks.hold(conversation_id):
            yield Writer(self, await self.get(conversation_id))

    @asynccontextmanager
    async def writing_or_new(
        self,
        conversation_id: str,
        *,
        channel: str,
        language: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> AsyncIterator[Writer]:
        """Hold a conversation for writing, begun now on ``channel`` when it does not exist."""
        async with self._locks.hold(conversation_id):
            writer = Writer(self, await self._current(conversation_id))
            if writer.conversation.sequence == 0:
                await writer.append(
                    ConversationStarted(
                        timestamp=self.clock(),
                        channel=channel,
                        language=language or self._language,
                        metadata=metadata or {},
                    )
                )
            yield writer

    def stage(self, conversation: Conversation, event: Event) -> Event:
        """Apply an event, through the redaction gate, to a conversation held for writing."""
        # Out of the cache until its events are durable, so that no reader sees what may not become true.
        self._cache.pop(conversation.id, None)
        if self._redact is not None:
            event = self._redact(event, conversation.events)
        conversation.apply(event)
        return event

    async def commit(self, conversation: Conversation, events: Sequence[Event]) -> None:
        """Write a conversation's latest events, which were staged (see `Writer.flush`)."""
        before = conversation.sequence - len(events)
        try:
            await self.store.append(
                conversation.id, events, expected=before, summary=Summary.of(conversation)
            )
        except BaseException as error:
            # Whether or not it was written: what a reader cached in the meantime may be out of date now.
            self._cache.pop(conversation.id, None)
            if isinstance(error, SequenceConflict):
                log.warning("conversation.sequence_conflict", conversation_id=conversation.id)
            raise
        self._remember(conversation)
        fresh = list(enumerate(events, start=before + 1))
        for listener in self._listeners:
            try:
                await listener(conversation, fresh)
            except Exception:
                # A listener only shows what is already true; its failure must not undo or stop the writer.
                log.exception("conversation.listener_failed", conversation_id=conversation.id)

    async def _current(self, conversation_id: str) -> Conversation:
        cached = self._cache.get(conversation_id)
        if cached is not None and self._alone:
            return cached
        conversation = cached if cached is not None else Conversation(conversation_id)
        after = conversation.sequence
        newer = await self.store.load(conversation_id, after=after)
        if cached is not None and self._cache.get(conversation_id) is not cached:
            # A writer took it meanwhile, and what they put into it may never become durable.
            return await self._current(conversation_id)
        # Another reader may have brought the same object up to date while this one waited for the store.
        for event in newer[conversation.sequence - after :]:
            conversation.apply(event)
        if conversation.sequence:
            self._remember(conversation)
        return conversation

    def _remember(self, conversation: Conversation) -> None:
        known = self._cache.get(conversation.id)
        if known is not None and known.sequence > conversation.sequence:
            return  # a reader who began before the writer ended has the older one
        self._cache[conversation.id] = conversation
        self._cache.move_to_end(conversation.id)
        while len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)
