"""A database that an earlier version wrote goes on under this one: data/ has one of each."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, MetaData, Table, select, text

from bot.channels.access_keys import AccessKeys
from bot.conversation import Conversation, Holder
from bot.events import UserUttered
from bot.store.access_keys import SqlAccessKeys
from bot.store.database import Database
from bot.store.event_store import SqlEventStore
from bot.store.migrate import upgrade

LANDED = Path(__file__).parent / "data" / "landed-2026-11-22.sql"
MIGRATED_AT = 1_800_000_000.0
WIDGET = "landed-widget-session-key"


def rows_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What the earlier version had written, table by table."""
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            for name in names
            if not name.startswith(("sqlite_", "alembic_"))
        }


@pytest.fixture
async def landed(empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The earlier version's database, migrated by this one."""
    file = tmp_path / "landed.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(LANDED.read_text("utf-8"))
    await upgrade(empty_database, "0001")
    # By reflection: the tables as they were, not as the code has them now.
    async with empty_database.begin() as connection:
        tables = MetaData()
        await connection.run_sync(tables.reflect)
        for table in tables.sorted_tables:
            if rows := rows_of(file).get(table.name):
                await connection.execute(table.insert(), [_typed(table, row) for row in rows])
    monkeypatch.setattr("time.time", lambda: MIGRATED_AT)
    await upgrade(empty_database)
    return empty_database


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """SQLite's values as the columns' types want them."""
    values = {}
    for name, value in row.items():
        match table.c[name].type:
            case Boolean() if value is not None:
                value = bool(value)
            case JSON() if value is not None:
                value = json.loads(value)
            case Date() if value is not None:
                value = date.fromisoformat(value)
        values[name] = value
    return values


async def conversations(database: Database) -> dict[str, Conversation]:
    """Every conversation by its id, folded from its log."""
    async with database.read() as connection:
        ids = (await connection.execute(text("SELECT id FROM conversations"))).scalars().all()
    store = SqlEventStore(database)
    return {id_: Conversation.fold(id_, await store.load(id_)) for id_ in ids}


async def test_every_conversation_is_there_whole(landed: Database) -> None:
    found = await conversations(landed)
    assert len(found) == 9
    assert all(conversation.sequence > 0 for conversation in found.values())
    assert sorted(c.holder for c in found.values() if c.holder is not Holder.BOT) == [
        "closed",
        "closed",
        "human",
        "queue",
    ]


async def test_old_ids_name_nothing_any_more(landed: Database) -> None:
    async with landed.read() as connection:
        tables = MetaData()
        await connection.run_sync(tables.reflect)
        for table in tables.sorted_tables:
            rows = [row._mapping for row in await connection.execute(select(table))]
            left = [row for row in rows if "landed-" in repr(dict(row))]
            assert not left, table.name
    assert "renamed" not in tables.tables


async def test_calls_keep_their_ids(landed: Database) -> None:
    assert {c.id for c in (await conversations(landed)).values() if c.channel == "voice"} == {
        "call-" + "x" * 27
    }


async def test_customers_go_on_with_the_key_that_they_have(landed: Database) -> None:
    keys = AccessKeys(SqlAccessKeys(landed), clock=lambda: MIGRATED_AT + 60)
    opened = await keys.find(WIDGET)
    assert opened is not None
    said = [event for event in (await conversations(landed))[opened].events if isinstance(event, UserUttered)]
    assert [event.text for event in said] == ["what are your opening hours?"]
    assert WIDGET not in opened
    assert opened.startswith("c_")


async def test_old_keys_end_after_a_week(landed: Database) -> None:
    opened = await AccessKeys(SqlAccessKeys(landed), clock=lambda: MIGRATED_AT + 60).find(WIDGET)
    keys = AccessKeys(SqlAccessKeys(landed), clock=lambda: MIGRATED_AT + 8 * 86400)
    assert await keys.find(WIDGET) is None
    assert await keys.open(WIDGET) not in (None, opened), "whoever uses the old id begins anew"


async def test_counted_guesses_still_hold_the_guesser_off(landed: Database) -> None:
    keys = AccessKeys(SqlAccessKeys(landed), clock=lambda: MIGRATED_AT + 60)
    opened = await keys.find("landed-locked")
    async with landed.read() as connection:
        query = text("SELECT count(*) FROM identity_guesses WHERE subject = :subject")
        count = (await connection.execute(query, {"subject": f"conversation:{opened}"})).scalar_one()
    assert count == 5


async def test_tickets_lead_to_their_conversations(landed: Database) -> None:
    known = await conversations(landed)
    async with landed.read() as connection:
        rows = (await connection.execute(text("SELECT key, conversation_id FROM tickets"))).all()
    assert len(rows) == 2
    for row in rows:
        assert row.conversation_id in known
        assert row.key.startswith(f"{row.conversation_id}:")
