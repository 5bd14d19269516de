"""Contact changes in our own tables: SQL for `bot.contacts.changes.ContactChangeStore`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Float, Integer, String, Table, Text, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from bot.contacts.changes import ContactChange
from bot.store.database import Database, metadata

contact_changes = Table(
    "contact_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("customer_id", String(64), nullable=False, index=True),
    Column("conversation_id", String(200), nullable=False),
    Column("field", String(20), nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("orders", Text, nullable=False),
    # In lower case: the address on file before, where that is what was changed.
    Column("earlier_email", String(320), index=True),
    Column("told", String(320), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("at", Float(53), nullable=False),
    Column("undo_until", Float(53), nullable=False),
    Column("told_at", Float(53)),
    Column("undone_at", Float(53)),
)


class SqlContactChanges:
    """`ContactChangeStore` over SQLite or Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_change(self, change: ContactChange) -> ContactChange:
        if known := await self._by(contact_changes.c.key == change.key):
            return known[0]
        values = change.model_dump(mode="json", exclude={"id"})
        for name in ("before", "after", "orders"):
            values[name] = json.dumps(values[name])
        earlier = str(change.before).lower() if change.field == "email" else None
        try:
            async with self._database.begin() as connection:
                await connection.execute(insert(contact_changes).values(**values, earlier_email=earlier))
        except IntegrityError:
            pass  # kept at the same moment by another process
        return (await self._by(contact_changes.c.key == change.key))[0]

    async def renew_token(self, change_id: int, token_hash: str) -> None:
        await self._set(contact_changes.c.id == change_id, token_hash=token_hash)

    async def change_told(self, change_id: int, *, at: float) -> None:
        await self._set(contact_changes.c.id == change_id, told_at=at)

    async def change_of_token(self, token_hash: str) -> ContactChange | None:
        found = await self._by(contact_changes.c.token_hash == token_hash)
        return found[0] if found else None

    async def open_changes(self, customer_id: str, *, field: str, at: float) -> list[ContactChange]:
        c = contact_changes.c
        return await self._by((c.customer_id == customer_id) & (c.field == field) & _open(at))

    async def open_changes_from(self, email: str, *, at: float) -> list[ContactChange]:
        return await self._by((contact_changes.c.earlier_email == email.lower()) & _open(at))

    async def mark_undone(self, change_ids: Sequence[int], *, at: float) -> None:
        await self._set(contact_changes.c.id.in_(change_ids), undone_at=at)

    async def _by(self, condition: Any) -> list[ContactChange]:
        query = select(contact_changes).where(condition).order_by(contact_changes.c.id)
        async with self._database.read() as connection:
            return [_change(row) for row in (await connection.execute(query)).mappings()]

    async def _set(self, condition: Any, **values: Any) -> None:
        async with self._database.begin() as connection:
            await connection.execute(update(contact_changes).where(condition).values(**values))


def _open(at: float) -> Any:
    c = contact_changes.c
    return c.undone_at.is_(None) & (c.undo_until > at)


def _change(row: RowMapping) -> ContactChange:
    values = {name: row[name] for name in ContactChange.model_fields}
    return ContactChange(**values | {name: json.loads(row[name]) for name in ("before", "after", "orders")})
