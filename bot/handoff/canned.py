"""Canned replies: what agents write again and again, called up with ``/`` and a shortcut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel


class CannedReply(BaseModel):
    """``shortcut`` is what is typed after ``/``; unique in its language."""

    shortcut: str
    title: str
    text: str
    language: str


class CannedReplyStore(Protocol):
    """Where they are kept (`bot.store.handoff`)."""

    async def all(self) -> Sequence[CannedReply]:
        """By language and shortcut."""
        ...

    async def put(self, replies: Sequence[CannedReply]) -> None:
        """Add those whose shortcut and language are not there; leave the others as they are."""
        ...


SEED = (
    CannedReply(
        shortcut="hello",
        title="Greeting",
        text="Hello, thank you for waiting. How can I help you?",
        language="en",
    ),
    CannedReply(
        shortcut="moment",
        title="One moment",
        text="One moment, please. I am looking into it.",
        language="en",
    ),
    CannedReply(
        shortcut="number",
        title="Ask for the order number",
        text="Could you tell me your order number? It has five digits and is in your confirmation.",
        language="en",
    ),
    CannedReply(
        shortcut="postcode",
        title="Ask for the postcode",
        text="To be sure that I am talking to the right person: which postcode was the order sent to?",
        language="en",
    ),
    CannedReply(
        shortcut="sorry",
        title="Apology",
        text="I am sorry about that. Let me put it right.",
        language="en",
    ),
    CannedReply(
        shortcut="anything",
        title="Anything else?",
        text="Is there anything else that I can do for you?",
        language="en",
    ),
    CannedReply(
        shortcut="bye", title="Goodbye", text="Thank you for writing to us. Have a nice day!", language="en"
    ),
    CannedReply(
        shortcut="hei",
        title="Hilsen",
        text="Hei, takk for at du ventet. Hva kan jeg hjelpe med?",
        language="nb",
    ),
    CannedReply(
        shortcut="vent", title="Et øyeblikk", text="Et øyeblikk, så undersøker jeg det.", language="nb"
    ),
    CannedReply(
        shortcut="hade", title="Avslutning", text="Takk for at du tok kontakt. Ha en fin dag!", language="nb"
    ),
    CannedReply(
        shortcut="bonjour",
        title="Accueil",
        text="Bonjour, merci d'avoir patienté. Comment puis-je vous aider ?",
        language="fr",
    ),
    CannedReply(shortcut="instant", title="Un instant", text="Un instant, je vérifie.", language="fr"),
    CannedReply(
        shortcut="merci", title="Au revoir", text="Merci de votre message. Bonne journée !", language="fr"
    ),
)
