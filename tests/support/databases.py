"""Real databases for tests: a SQLite file, and a Postgres database made for the test and dropped after it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

import bot.store.tables  # noqa: F401  registers every table
from bot.store.database import Database, metadata
from tests.support.requirements import postgres_url, require

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without tables, once on SQLite and once on Postgres."""
    async with _sqlite(tmp_path) if request.param == "sqlite" else _postgres() as opened:
        yield opened


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """A database with all tables, once on SQLite and once on Postgres."""
    await _create_tables(empty_database)
    return empty_database


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[Database]:
    """An SQLite database with all tables, for tests whose subject is not the database."""
    async with _sqlite(tmp_path) as opened:
        await _create_tables(opened)
        yield opened


@pytest.fixture
async def postgres_database() -> AsyncIterator[Database]:
    """A Postgres database with all tables."""
    async with _postgres() as opened:
        await _create_tables(opened)
        yield opened


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{folder}/firstline.db")
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def _postgres() -> AsyncIterator[Database]:
    require("postgres")
    name = f"firstline_test_{secrets.token_hex(6)}"
    server = await asyncpg.connect(postgres_url())
    await server.execute(f'CREATE DATABASE "{name}"')
    base = postgres_url().rsplit("/", 1)[0].replace("postgresql://", "postgresql+asyncpg://")
    opened = Database(f"{base}/{name}")
    try:
        yield opened
    finally:
        await opened.close()
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await server.close()


async def _create_tables(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
