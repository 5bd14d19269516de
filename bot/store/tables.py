"""Every module that defines tables, so that importing this one makes `metadata` complete."""

from bot.store import (
    access_keys,
    accounts,
    agents,
    contact_changes,
    contacts,
    event_store,
    handoff,
    identity,
    messages_left,
    webhooks,
)

__all__ = [
    "access_keys",
    "accounts",
    "agents",
    "contact_changes",
    "contacts",
    "event_store",
    "handoff",
    "identity",
    "messages_left",
    "webhooks",
]
