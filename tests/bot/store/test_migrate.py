"""Migrations make exactly the tables that the code declares, on SQLite and on Postgres."""

from __future__ import annotations

import asyncio
import json

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

import bot.store.tables  # noqa: F401  registers every table
from bot.handoff.agents import Role, Status
from bot.handoff.messages_left import MessageState
from bot.store.agents import SqlAgentStore, SqlSessionStore
from bot.store.database import Database, metadata
from bot.store.messages_left import SqlMessageStore
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


async def test_people_and_sessions_of_before_are_there_after_accounts_came(empty_database: Database) -> None:
    await upgrade(empty_database, "0001")
    async with empty_database.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO agents (id, login, name, password_hash, role, languages, queues, skills,"
            " capacity, presence, idle_since, called_at) VALUES ('a1', 'kari', 'Kari', '$argon2id$',"
            " 'supervisor', '[]', '[]', '[]', 3, 'away', 0, 0)"
        )
        await connection.exec_driver_sql(
            "INSERT INTO agent_sessions (token_hash, agent_id, expires_at) VALUES ('hash', 'a1', 4000000000)"
        )
        await connection.exec_driver_sql(
            "INSERT INTO sign_in_failures (login, address, at) VALUES ('kari', '10.0.0.1', 1)"
        )
    await upgrade(empty_database)
    kari = await SqlAgentStore(empty_database).get("a1")
    assert kari is not None
    assert (kari.status, kari.role, kari.helping) == (Status.ACTIVE, Role.SUPERVISOR, False)
    assert await SqlSessionStore(empty_database).find("hash") == ("a1", 4000000000.0)
    [(_, _, session)] = await SqlSessionStore(empty_database).of_agent("a1", now=0.0)
    assert (session.created_at, session.client) == (None, "")


async def test_messages_left_before_there_was_an_inbox_are_in_it(empty_database: Database) -> None:
    await upgrade(empty_database, "0001")
    ticket = text(
        "INSERT INTO tickets (key, kind, text, created_at, customer_id, conversation_id, priority, "
        "details, status) VALUES (:key, :kind, :text, 1.0, NULL, :conversation, 0, :details, :status)"
    )
    details = json.dumps({"queue": "billing", "language": "nb", "contact": "jo@example.org"})
    rows = [
        ("a", "message", "Where is my bill?", "c1", "open"),
        ("b", "message", "Long done", "c2", "closed"),
        ("c", "complaint", "It is broken", "c3", "open"),
        ("d", "callback", "Call the customer back.", "c4", "open"),
    ]
    async with empty_database.begin() as connection:
        for key, kind, words, conversation, status in rows:
            await connection.execute(
                ticket,
                {
                    "key": key,
                    "kind": kind,
                    "text": words,
                    "conversation": conversation,
                    "details": details,
                    "status": status,
                },
            )
    await upgrade(empty_database)
    found = await SqlMessageStore(empty_database).find(list(MessageState), queues=None, after=None, limit=10)
    assert [(m.ticket_id, m.kind, m.queue, m.language, m.contact, m.state) for m in found] == [
        ("T-10001", "message", "billing", "nb", "jo@example.org", MessageState.OPEN),
        ("T-10004", "callback", "billing", "nb", "jo@example.org", MessageState.OPEN),
    ]
