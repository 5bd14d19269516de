"""One-time codes and counted guesses in our own tables: SQL for `bot.contacts.identity.IdentityStore`."""

from __future__ import annotations

import hashlib

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.contacts.identity import StoredCode
from bot.store.database import Database, metadata

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", String(200), nullable=False, index=True),
    Column("email", String(320), nullable=False, index=True),
    Column("salt", String(64), nullable=False),
    Column("hash", String(128), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used", Boolean, nullable=False),
)

identity_guesses = Table(
    "identity_guesses",
    metadata,
    Column("subject", String(250), primary_key=True),
    # Hashed, because a wrong guess is often another person's postcode.
    Column("guess", String(64), primary_key=True),
    Column("at", Float, nullable=False),
)

used_tokens = Table(
    "used_tokens",
    metadata,
    Column("token_id", String(64), primary_key=True),
    Column("conversation_id", String(200), nullable=False),
    # A token that has run out is refused for that, so its row may go.
    Column("expires_at", Float(53), nullable=False, index=True),
)


class SqlIdentityStore:
    """`IdentityStore` over SQLite or Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_guess(self, subject: str, guess: str, *, at: float) -> None:
        hashed = hashlib.sha256(guess.encode()).hexdigest()
        same = (identity_guesses.c.subject == subject) & (identity_guesses.c.guess == hashed)
        try:
            async with self._database.begin() as connection:
                found = await connection.execute(update(identity_guesses).where(same).values(at=at))
                if found.rowcount == 0:
                    await connection.execute(
                        insert(identity_guesses).values(subject=subject, guess=hashed, at=at)
                    )
        except IntegrityError:
            return  # counted at the same moment by another process

    async def guesses(self, subject: str, *, since: float) -> int:
        query = (
            select(func.count())
            .select_from(identity_guesses)
            .where(identity_guesses.c.subject == subject, identity_guesses.c.at >= since)
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def add_code(
        self, *, conversation_id: str, email: str, salt: str, hash: str, at: float, expires_at: float
    ) -> None:
        async with self._database.begin() as connection:
            await connection.execute(
                insert(one_time_codes).values(
                    conversation_id=conversation_id,
                    email=email,
                    salt=salt,
                    hash=hash,
                    created_at=at,
                    expires_at=expires_at,
                    tries=0,
                    used=False,
                )
            )

    async def codes_since(self, *, conversation_id: str, email: str, since: float) -> int:
        columns = one_time_codes.c
        query = (
            select(func.count())
            .select_from(one_time_codes)
            .where(
                or_(columns.conversation_id == conversation_id, columns.email == email),
                columns.created_at >= since,
            )
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def latest_code(self, *, conversation_id: str, email: str) -> StoredCode | None:
        columns = one_time_codes.c
        query = (
            select(one_time_codes)
            .where(columns.conversation_id == conversation_id, columns.email == email)
            .order_by(columns.id.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return StoredCode(**row) if row else None

    async def count_try(self, code_id: int) -> None:
        columns = one_time_codes.c
        async with self._database.begin() as connection:
            await connection.execute(
                update(one_time_codes).where(columns.id == code_id).values(tries=columns.tries + 1)
            )

    async def use_code(self, code_id: int) -> bool:
        columns = one_time_codes.c
        statement = (
            update(one_time_codes).where(columns.id == code_id, columns.used.is_(False)).values(used=True)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1


class SqlUsedTokens:
    """`bot.channels.identity.UsedTokens` over SQLite or Postgres: the key is unique, so one node wins."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, token_id: str, *, conversation_id: str, at: float, expires_at: float) -> str | None:
        hashed = hashlib.sha256(token_id.encode()).hexdigest()
        columns = used_tokens.c
        try:
            async with self._database.begin() as connection:
                await connection.execute(delete(used_tokens).where(columns.expires_at < at))
                await connection.execute(
                    insert(used_tokens).values(
                        token_id=hashed, conversation_id=conversation_id, expires_at=expires_at
                    )
                )
        except IntegrityError:
            query = select(columns.conversation_id).where(columns.token_id == hashed)
            async with self._database.read() as connection:
                found = (await connection.execute(query)).scalar_one_or_none()
            # Gone again since: it ran out at this very moment, so nobody may use it.
            return str(found) if found is not None else ""
        return None
