"""Contacts on real databases, with the demo's records."""

from __future__ import annotations

import pytest

from bot.contacts.demo import seed_demo
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from tests.support.databases import database, sqlite_database

__all__ = ["database", "sqlite_database"]

NOW = 1_800_000_000.0


@pytest.fixture
async def contacts(database: Database) -> SqlContacts:
    """The demo's records as of `NOW`, on SQLite and on Postgres."""
    contacts = SqlContacts(database)
    await seed_demo(contacts, NOW)
    return contacts
