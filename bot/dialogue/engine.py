"""What any dialogue engine does: open a session, and answer the message that waits.

Adapters: `bot.dialogue.native` interprets a Rasa project in this process.
"""

from __future__ import annotations

from typing import Protocol

from bot.conversation import Conversation
from bot.conversations import Writer
from bot.events import Parse


class DialogueEngine(Protocol):
    """Conversation to next actions."""

    async def open_session(self, writer: Writer) -> None:
        """Record what begins a session, where one must begin: the log is new, closed or expired."""
        ...

    def read(self, parse: Parse) -> Parse:
        """The reading as the dialogue takes it: ``nlu_fallback`` where it is too unsure to act on."""
        ...

    def expected_entities(self, conversation: Conversation) -> tuple[str, ...]:
        """The entities that the open form asks for: a hint for reading a bare answer."""
        ...

    async def respond(self, writer: Writer) -> None:
        """Answer the conversation's latest message: record actions and answers until the bot listens again.

        Flushes before an action with effects outside the log runs, so that its cause is durable; the caller
        flushes at the end. By the conversation's state alone it can go on where a crash stopped it.
        """
        ...
