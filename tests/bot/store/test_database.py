"""Writers of one SQLite file: in turn within a process, and told to try again when another one writes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import event

from bot.errors import Unavailable
from bot.store.database import Database


@pytest.fixture
def impatient(sqlite_database: Database) -> Database:
    """A database whose driver waits for SQLite's lock for a moment only."""

    def configure(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=1").close()

    event.listen(sqlite_database.engine.sync_engine, "connect", configure)
    return sqlite_database


async def test_writers_at_the_same_moment_take_turns_and_none_fails(impatient: Database) -> None:
    order = []

    async def write(number: int) -> None:
        async with impatient.begin() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO canned_replies (language, shortcut, title, text) VALUES ('en', ?, '', '')",
                (str(number),),
            )
            await asyncio.sleep(0.005)
            order.append(number)

    await asyncio.gather(*(write(number) for number in range(30)))
    assert order == list(range(30))


async def test_a_file_that_another_process_writes_to_is_unavailable_for_the_moment(
    impatient: Database,
) -> None:
    other = Database(impatient.url.render_as_string())
    try:
        async with other.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM canned_replies")
            with pytest.raises(Unavailable):
                async with impatient.begin():
                    pass
        async with impatient.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM canned_replies")
    finally:
        await other.close()
