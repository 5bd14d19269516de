"""Every module that defines tables, so that importing this one makes `metadata` complete."""

from bot.store import agents, contact_changes, contacts, event_store, handoff, identity, webhooks

__all__ = ["agents", "contact_changes", "contacts", "event_store", "handoff", "identity", "webhooks"]
