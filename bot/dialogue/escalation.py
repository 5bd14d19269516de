"""What the virtual agent asks of the handoff side when it cannot resolve something."""

from __future__ import annotations

from typing import Protocol

from bot.conversation import Conversation
from bot.events import EscalationReason, Event, UserUttered


class Escalator(Protocol):
    """Gives back the events that make an escalation, so that they stand in the turn's one atomic append."""

    async def escalate(
        self,
        conversation: Conversation,
        *,
        reason: EscalationReason,
        cause: int | None = None,
        detail: str = "",
        queue: str | None = None,
        priority: int | None = None,
    ) -> list[Event]:
        """The escalation, the place in a queue (or that nobody can come) and what the customer is told.

        Empty while a handoff is open already. ``cause`` is the sequence of the event that led to it.
        """
        ...

    def ask_for_message(self, conversation: Conversation) -> list[Event]:
        """The request to leave a message once more, for a customer who only said "yes" to it."""
        ...

    async def take_message(self, conversation: Conversation, text: str) -> list[Event]:
        """The ticket that a message left for people becomes, or a place in the queue where somebody can come
        by now; and what the customer is told."""
        ...

    async def take_contact(self, conversation: Conversation, said: UserUttered) -> list[Event]:
        """What comes of an answer to how a customer can be reached about a message that they left.

        Without anything said to them among the events, they said something else: answer that.
        """
        ...
