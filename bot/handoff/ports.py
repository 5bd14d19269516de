"""What handoff needs from its neighbours, as protocols that the composition root fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bot.conversation import Conversation


class HandoffStore(Protocol):
    """What is kept about handoffs beside the log (`bot.store.handoff`)."""

    async def recent_handling(self, queue: str, *, limit: int) -> Sequence[float]:
        """The handling times, in seconds, of the latest resolved handoffs of a queue."""
        ...

    async def recently_resolved(self, agent_id: str | None, *, limit: int) -> Sequence[str]:
        """The ids of the handoffs that an agent (None: anybody) resolved last, latest first."""
        ...

    async def note_seen(self, seen: Mapping[str, float]) -> None:
        """Keep when customers who wait, or are on the phone, were last there; never earlier than before."""
        ...

    async def last_seen(self, conversation_ids: Sequence[str]) -> Mapping[str, float]: ...

    async def unseen(self, channel: str, *, before: float) -> Sequence[str]:
        """The conversations of a channel that are not closed, and were last seen before then."""
        ...


MissingSlots = Callable[[Conversation], Sequence[str]]
"""The slots that the open form still needs: forms are the domain's, so the dialogue engine knows."""


def no_missing_slots(_conversation: Conversation) -> Sequence[str]:
    """For bots without forms."""
    return ()
