"""Migrations make exactly the tables that the code declares, on SQLite and on Postgres."""

from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import bot.store.tables  # noqa: F401  registers every table
from bot.store.database import Database, metadata
from bot.store.migrate import upgrade


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_migrations_make_the_declared_tables(empty_database: Database) -> None:
    await upgrade(empty_database)
    async with empty_database.begin() as connection:
        assert await connection.run_sync(differences) == []


async def test_nodes_that_start_together_migrate_once(empty_database: Database) -> None:
    other = Database(empty_database.url.render_as_string(hide_password=False))
    try:
        await asyncio.gather(upgrade(empty_database), upgrade(other))
    finally:
        await other.close()
    await upgrade(empty_database)
