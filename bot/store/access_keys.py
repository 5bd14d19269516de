"""The hashes of customers' access keys: SQL for `bot.channels.access_keys.AccessKeyStore`."""

from __future__ import annotations

from sqlalchemy import Column, Float, String, Table, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.channels.access_keys import Entitlement
from bot.store.database import Database, metadata
from bot.store.event_store import conversations

access_keys = Table(
    "access_keys",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("conversation_id", String(200), nullable=False, index=True),
    Column("created_at", Float(53), nullable=False),
    # Only of those of before there were public ids, which staff could see.
    Column("expires_at", Float(53)),
)


class SqlAccessKeys:
    """`AccessKeyStore` over SQLite or Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert

    async def find(self, key_hash: str) -> Entitlement | None:
        query = select(access_keys.c.conversation_id, access_keys.c.expires_at).where(
            access_keys.c.key_hash == key_hash
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else Entitlement(row.conversation_id, row.expires_at)

    async def add(self, key_hash: str, conversation_id: str, *, at: float) -> str:
        row = {"key_hash": key_hash, "conversation_id": conversation_id, "created_at": at}
        ended = access_keys.c.expires_at <= at
        async with self._database.begin() as connection:
            # A key that has ended opens a new conversation, like any that is not known.
            await connection.execute(delete(access_keys).where(access_keys.c.key_hash == key_hash, ended))
            await connection.execute(self._insert(access_keys).values(row).on_conflict_do_nothing())
            query = select(access_keys.c.conversation_id).where(access_keys.c.key_hash == key_hash)
            return str((await connection.execute(query)).scalar_one())

    async def forget_unused(self, *, before: float) -> None:
        began = exists().where(conversations.c.id == access_keys.c.conversation_id)
        unused = (access_keys.c.created_at < before) & ~began
        async with self._database.begin() as connection:
            await connection.execute(
                delete(access_keys).where(or_(unused, access_keys.c.expires_at < before))
            )
