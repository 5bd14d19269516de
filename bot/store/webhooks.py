"""Webhooks and their outbox in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.handoff.webhooks import Delivery, Hook
from bot.store.database import Database, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("secret", String(100), nullable=False),
    Column("created_at", Float(53), nullable=False),
)

outbox = Table(
    "webhook_outbox",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("hook_id", String(64), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("conversation_id", String(200), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("timestamp", Float(53), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    # Null once delivered or given up.
    Column("next_attempt_at", Float(53), index=True),
    Column("delivered_at", Float(53)),
    UniqueConstraint("hook_id", "conversation_id", "sequence"),
    Index("ix_webhook_outbox_hook_id_timestamp", "hook_id", "timestamp"),
)


class SqlWebhookStore:
    """`bot.handoff.webhooks.WebhookStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert

    async def add_hook(self, hook: Hook) -> None:
        row = {
            "id": hook.id,
            "url": hook.url,
            "events": json.dumps(hook.events),
            "secret": hook.secret,
            "created_at": hook.created_at,
        }
        async with self._database.begin() as connection:
            await connection.execute(insert(webhooks).values(row))

    async def hooks(self) -> Sequence[Hook]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id))
            return [
                Hook(row.id, row.url, tuple(json.loads(row.events)), row.secret, row.created_at)
                for row in rows
            ]

    async def remove_hook(self, hook_id: str) -> bool:
        async with self._database.begin() as connection:
            result = await connection.execute(delete(webhooks).where(webhooks.c.id == hook_id))
            return bool(result.rowcount)

    async def enqueue(self, deliveries: Sequence[Delivery]) -> None:
        rows = [
            {
                "id": delivery.id,
                "hook_id": delivery.hook_id,
                "conversation_id": delivery.conversation_id,
                "sequence": delivery.sequence,
                "type": delivery.type,
                "body": delivery.body,
                "timestamp": delivery.timestamp,
                "attempts": delivery.attempts,
                "next_attempt_at": delivery.next_attempt_at,
            }
            for delivery in deliveries
        ]
        async with self._database.begin() as connection:
            await connection.execute(self._insert(outbox).on_conflict_do_nothing(), rows)

    async def latest_timestamp(self) -> float | None:
        async with self._database.read() as connection:
            latest: float | None = (await connection.execute(select(func.max(outbox.c.timestamp)))).scalar()
            return latest

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[Delivery]:
        due = (
            select(outbox)
            .where(outbox.c.next_attempt_at <= now)
            .order_by(outbox.c.next_attempt_at, outbox.c.timestamp, outbox.c.sequence)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        async with self._database.begin() as connection:
            rows = (await connection.execute(due)).all()
            if rows:
                claimed = outbox.c.id.in_([row.id for row in rows])
                await connection.execute(update(outbox).where(claimed).values(next_attempt_at=until))
            return [_delivery(row) for row in rows]

    async def delivered(self, delivery_id: str, *, at: float) -> None:
        await self._update(delivery_id, delivered_at=at, next_attempt_at=None)

    async def failed(self, delivery_id: str, *, attempts: int, next_attempt_at: float | None) -> None:
        await self._update(delivery_id, attempts=attempts, next_attempt_at=next_attempt_at)

    async def forget(self, before: float) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(outbox).where(outbox.c.timestamp < before))

    async def replay(self, hook_id: str, *, since: float, now: float) -> int:
        again = (outbox.c.hook_id == hook_id) & (outbox.c.timestamp >= since)
        async with self._database.begin() as connection:
            result = await connection.execute(
                update(outbox).where(again).values(next_attempt_at=now, attempts=0, delivered_at=None)
            )
            return int(result.rowcount)

    async def _update(self, delivery_id: str, **values: Any) -> None:
        async with self._database.begin() as connection:
            await connection.execute(update(outbox).where(outbox.c.id == delivery_id).values(**values))


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        hook_id=row.hook_id,
        conversation_id=row.conversation_id,
        sequence=row.sequence,
        type=row.type,
        body=row.body,
        timestamp=row.timestamp,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
    )
