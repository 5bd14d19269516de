"""One-time codes and counted guesses in our own tables: SQL for `bot.contacts.identity.IdentityStore`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    Integer,
    Select,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

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

    async def take_guess(self, guess: str, limits: Mapping[str, int], *, at: float, since: float) -> bool:
        async with self._database.begin() as connection:
            await _take_turns(connection, limits)
            for subject, limit in limits.items():
                # An action that is run again asks the same again, and learns no more by it.
                others = _guesses(subject, since).where(identity_guesses.c.guess != _hashed(guess))
                if (await connection.execute(others)).scalar_one() >= limit:
                    return False
            for subject in limits:
                same = _same_guess(guess, subject)
                found = await connection.execute(update(identity_guesses).where(same).values(at=at))
                if found.rowcount == 0:
                    row = {"subject": subject, "guess": _hashed(guess), "at": at}
                    await connection.execute(insert(identity_guesses).values(row))
        return True

    async def give_back_guess(self, guess: str, subjects: Iterable[str]) -> None:
        async with self._database.begin() as connection:
            for subject in sorted(subjects):
                await connection.execute(delete(identity_guesses).where(_same_guess(guess, subject)))

    async def guesses(self, subject: str, *, since: float) -> int:
        async with self._database.read() as connection:
            return int((await connection.execute(_guesses(subject, since))).scalar_one())

    async def add_code(
        self,
        *,
        conversation_id: str,
        email: str,
        salt: str,
        hash: str,
        at: float,
        expires_at: float,
        since: float,
        limit: int,
    ) -> bool:
        columns = one_time_codes.c
        query = (
            select(func.count())
            .select_from(one_time_codes)
            .where(
                or_(columns.conversation_id == conversation_id, columns.email == email),
                columns.created_at >= since,
            )
        )
        async with self._database.begin() as connection:
            await _take_turns(connection, (f"codes-in:{conversation_id}", f"codes-to:{email}"))
            if (await connection.execute(query)).scalar_one() >= limit:
                return False
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
        return True

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

    async def take_try(self, code_id: int, *, limit: int) -> bool:
        columns = one_time_codes.c
        statement = (
            update(one_time_codes)
            .where(columns.id == code_id, columns.tries < limit)
            .values(tries=columns.tries + 1)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def use_code(self, code_id: int) -> bool:
        columns = one_time_codes.c
        statement = (
            update(one_time_codes).where(columns.id == code_id, columns.used.is_(False)).values(used=True)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1


def _guesses(subject: str, since: float) -> Select[int]:
    columns = identity_guesses.c
    return (
        select(func.count())
        .select_from(identity_guesses)
        .where(columns.subject == subject, columns.at >= since)
    )


def _same_guess(guess: str, subject: str) -> ColumnElement[bool]:
    columns = identity_guesses.c
    return and_(columns.subject == subject, columns.guess == _hashed(guess))


def _hashed(guess: str) -> str:
    return hashlib.sha256(guess.encode()).hexdigest()


async def _take_turns(connection: AsyncConnection, subjects: Iterable[str]) -> None:
    """Hold up every other transaction about one of these subjects until this one has ended.

    So that what is counted here is still so many when it is added to. SQLite's writers take turns anyway.
    """
    if connection.dialect.name == "sqlite":
        return
    # In one order everywhere, lest two wait for each other.
    keys = {
        int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], signed=True) for subject in subjects
    }
    for key in sorted(keys):
        await connection.execute(select(func.pg_advisory_xact_lock(key)))


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
