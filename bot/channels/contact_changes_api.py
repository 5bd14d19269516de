"""What a customer does from a mail: undo a change of their contact data."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bot.contacts.changes import ContactChange, ContactChanges
from bot.contacts.contacts import Contacts
from bot.contacts.notices import Notice, Notices
from bot.conversations import Conversations
from bot.doors import opens_to
from bot.events import IdentityEnded


class Undo(BaseModel):
    """The token of the link in the mail. It is in the link's fragment, which browsers send to nobody."""

    token: str = Field(min_length=16, max_length=200)


class Undone(BaseModel):
    """Which detail is as it was before: ``email``, ``phone`` or ``address``."""

    field: str


def router(
    changes: ContactChanges, *, contacts: Contacts, notices: Notices, conversations: Conversations
) -> APIRouter:
    """The route of the page ``/undo``."""
    routes = APIRouter(prefix="/api/v1/contact-changes", tags=["contacts"])

    @routes.post("/undo")
    @opens_to("whoever has the link of the mail")
    async def undo(body: Undo) -> Undone:
        """Put contact data back to what it was. Who has the mail's link may call; limited by address."""
        change = await changes.undo(body.token)
        await _end_identities(conversations, change)
        customer = await contacts.customer(change.customer_id)
        notices.tell(
            change.told,
            Notice.CONTACT_UNDONE,
            language=customer.language if customer is not None else "en",
            about=change.field,
        )
        return Undone(field=change.field)

    return routes


async def _end_identities(conversations: Conversations, change: ContactChange) -> None:
    """End what was proved of the customer in the conversation of the change, and anywhere since it."""
    found = await conversations.store.summaries(customer_id=change.customer_id)
    for conversation_id in {change.conversation_id, *(summary.id for summary in found)}:
        if await conversations.find(conversation_id) is None:
            continue
        async with conversations.writing(conversation_id) as writer:
            known = writer.conversation.identity
            of_them = known is not None and known.customer_id == change.customer_id
            if (
                known is not None
                and of_them
                and (known.proved_at >= change.at or conversation_id == change.conversation_id)
            ):
                await writer.append(IdentityEnded(timestamp=writer.now(), reason="change_undone"))
