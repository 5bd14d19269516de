"""When customers who wait were last there, so that those who left do not keep agents busy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.conversation import Conversation
from bot.conversations import Conversations
from bot.events import Event, UserUttered
from bot.handoff.ports import HandoffStore
from bot.handoff.settings import HandoffSettings

WEB_CHAT = "socketio"
"""The channel whose customers have a live connection for as long as they are there."""
HERE_S = 60.0
"""Who wrote or asked for news within this is still there, also without a live connection."""
_WRITE_EVERY_S = 20.0
_MOST_REMEMBERED = 50_000


class Sightings:
    """Channels tell when a customer is connected or asks for news; the ticker asks who is gone.

    Cheap to tell: only conversations that wait are ever written down, and not more often than needed.
    """

    def __init__(
        self, conversations: Conversations, kept: HandoffStore, *, settings: HandoffSettings
    ) -> None:
        self._kept = kept
        self._settings = settings
        self._clock = conversations.clock
        conversations.subscribe(self._note_messages)
        self._connections: Counter[str] = Counter()
        self._seen: dict[str, float] = {}
        self._written: dict[str, float] = {}
        self._kept_at: dict[str, dict[str, float]] = {}

    def connected(self, conversation_id: str) -> None:
        """A live connection of the customer's opened; call `disconnected` once for each."""
        self._connections[conversation_id] += 1

    def disconnected(self, conversation_id: str) -> None:
        """A live connection closed."""
        self._connections[conversation_id] -= 1
        if self._connections[conversation_id] <= 0:
            del self._connections[conversation_id]
        self.seen(conversation_id)

    def seen(self, conversation_id: str) -> None:
        """The customer wrote, or asked for news."""
        self._seen.pop(conversation_id, None)
        self._seen[conversation_id] = self._clock()
        while len(self._seen) > _MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]

    async def _note_messages(self, conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
        if any(isinstance(event, UserUttered) for _, event in fresh):
            self.seen(conversation.id)

    async def here(self, conversation_ids: Sequence[str]) -> set[str]:
        """Which customers are there now: connected to this node, or seen a moment ago by any."""
        now = self._clock()
        here = {
            id_
            for id_ in conversation_ids
            if id_ in self._connections or now - self._seen.get(id_, float("-inf")) <= HERE_S
        }
        others = [id_ for id_ in conversation_ids if id_ not in here]
        if others:
            elsewhere = await self._kept.last_seen(others)
            here |= {id_ for id_, at in elsewhere.items() if now - at <= HERE_S}
        return here

    async def keep(self, conversation_ids: Sequence[str], *, book: str) -> None:
        """Write down, for every node to know, which of these customers are connected here.

        ``book`` names the list that they are from, of which there are several.
        """
        now = self._clock()
        before = self._kept_at.get(book, {})
        connected = [id_ for id_ in conversation_ids if id_ in self._connections]
        news = {id_: now for id_ in connected if now - before.get(id_, float("-inf")) >= _WRITE_EVERY_S}
        if news:
            await self._kept.note_seen(news)
        self._kept_at[book] = {id_: news.get(id_) or before[id_] for id_ in connected}

    async def gone(self, waiting: Sequence[str]) -> set[str]:
        """Which of the conversations that wait have been left by their customer for too long."""
        now = self._clock()
        for conversation_id in waiting:
            if conversation_id in self._connections:
                self._seen[conversation_id] = now
            else:
                # First noticed now: without any sighting the time that they are gone begins here.
                self._seen.setdefault(conversation_id, now)
        news = {
            id_: self._seen[id_]
            for id_ in waiting
            if self._seen[id_] - self._written.get(id_, float("-inf")) >= _WRITE_EVERY_S
        }
        if news:
            await self._kept.note_seen(news)
        self._written = {id_: news.get(id_) or self._written[id_] for id_ in waiting}
        quiet = [id_ for id_ in waiting if now - self._seen[id_] > self._settings.customer_gone_s]
        if not quiet:
            return set()
        # Another node may have their connection.
        elsewhere = await self._kept.last_seen(quiet)
        return {id_ for id_ in quiet if now - elsewhere.get(id_, now) > self._settings.customer_gone_s}
