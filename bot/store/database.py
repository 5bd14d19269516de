"""The database: one engine, its settings per dialect, and transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import Unavailable

CONNECT_TIMEOUT_S = 5.0
# SQLSTATE classes: connection exception, insufficient resources, operator intervention (a restart).
_AWAY = ("08", "53", "57P")
# SQLite has no such codes; its driver's words for a file that somebody else writes to for too long.
_BUSY = ("database is locked", "database table is locked")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of Firstline; each module of `bot.store` adds its own."""


class Database:
    """An engine with Firstline's settings. ``url`` is SQLAlchemy's, with an async driver."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        # An error's text goes to the log, and the parameters are what customers said.
        options: dict[str, Any] = {"hide_parameters": True}
        if self.is_sqlite:
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        else:
            options.update(
                pool_size=10,
                max_overflow=10,
                pool_timeout=10.0,
                pool_pre_ping=True,
                connect_args={"timeout": CONNECT_TIMEOUT_S},
            )
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        self._readers = self.engine
        self._writing = asyncio.Lock()
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _configure_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
            # Each call to an SQLite connection is a hop to its thread: readers do without BEGIN and ROLLBACK.
            self._readers = create_async_engine(
                self.url,
                isolation_level="AUTOCOMMIT",
                skip_autocommit_rollback=True,
                pool_reset_on_return=None,
            )
            event.listen(self._readers.sync_engine, "connect", _configure_sqlite_reader)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed, durably, at the end of the block; undone by an exception.

        Raises Unavailable when the database is away; then nothing was committed, unless it went away in the
        very commit.
        """
        with _reaching_database():
            async with self._transaction() as connection:
                yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        if not self.is_sqlite:
            async with self.engine.connect() as connection, connection.begin():
                yield connection
            return
        # In the order they came: SQLite lets writers that wait for its lock sleep and try, and the unlucky
        # one of many fails after its time-out, however short each transaction is.
        async with self._writing, self.engine.connect() as connection:
            # Taking the write lock at once avoids SQLITE_BUSY on a read that later turns into a write.
            await connection.execution_options(firstline_begin="IMMEDIATE")
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading, statement by statement. Raises Unavailable when the database is away."""
        with _reaching_database():
            async with self._readers.connect() as connection:
                yield connection

    async def ping(self) -> None:
        """Raise Unavailable when the database is away."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()
        await self._readers.dispose()


@contextmanager
def _reaching_database() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as error:
        if isinstance(error, DBAPIError) and not _is_away(error):
            raise
        raise Unavailable(
            "The database cannot be reached.",
            code="database.unavailable",
            hint="try again in a moment; operators: does it run, and is FIRSTLINE_DATABASE_URL right?",
        ) from error


def _is_away(error: DBAPIError) -> bool:
    return (
        error.connection_invalidated
        or str(getattr(error.orig, "sqlstate", "")).startswith(_AWAY)
        or str(error.orig) in _BUSY
    )


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL syncs the WAL at each commit: an acknowledged message survives a power cut, not only a crash.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def _configure_sqlite_reader(connection: Any, record: Any) -> None:
    _configure_sqlite(connection, record)
    connection.execute("PRAGMA query_only=ON").close()


def _begin_sqlite(connection: Any) -> None:
    kind = connection.get_execution_options().get("firstline_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")
