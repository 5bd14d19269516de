"""Every module that defines tables, so that importing this one makes `metadata` complete."""

from bot.store import agents, contacts, event_store, handoff, identity, messages_left, webhooks

__all__ = ["agents", "contacts", "event_store", "handoff", "identity", "messages_left", "webhooks"]
