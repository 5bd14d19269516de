"""Every module that defines tables, so that importing this one makes `metadata` complete."""

from bot.store import accounts, agents, contacts, event_store, handoff, identity, webhooks

__all__ = ["accounts", "agents", "contacts", "event_store", "handoff", "identity", "webhooks"]
