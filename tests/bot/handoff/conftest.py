"""Fixtures of the handoff tests."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from bot.handoff import passwords
from bot.store.database import Database
from tests.bot.handoff.world import World


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2's cost is its point, and not what these tests are about."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def world(sqlite_database: Database) -> World:
    """A contact centre with nobody at the desk yet."""
    return World(sqlite_database)
