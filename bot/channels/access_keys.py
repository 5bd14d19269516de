"""Access keys: what entitles a customer to a conversation, apart from the id that staff call it by.

A conversation has a public id, which agents, webhooks and logs see and which opens nothing, and an access
key, which only its customer's client holds. Keys that we make have 192 random bits; clients of Rasa's
channels choose theirs (``sender``, ``session_id``). Only a hash is kept, and a public id is random, so that
neither leads to the other.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bot.errors import InvalidInput

KEY = re.compile(r"[\w.:@+~-]{1,200}")
HEADER = "X-Conversation-Key"
"""The HTTP header in which a customer's client sends the key."""
ID_HEADER = "X-Conversation-Id"
"""The HTTP header in which a client that chose its own key is told the public id."""
_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a key opens, and when it ends (seconds since the epoch): None for never."""

    conversation_id: str
    expires_at: float | None = None


class AccessKeyStore(Protocol):
    """Where the hashes of keys are kept (`bot.store.access_keys`)."""

    async def find(self, key_hash: str) -> Entitlement | None: ...

    async def add(self, key_hash: str, conversation_id: str, *, at: float) -> str:
        """Keep a key; the id that it opens, which another writer may have been first to say."""
        ...

    async def forget_unused(self, *, before: float) -> None:
        """Drop the keys made before then whose conversations never began, and those that have ended."""
        ...


class AccessKeys:
    """Knows which conversation a key opens."""

    def __init__(self, store: AccessKeyStore, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        # Never those that end.
        self._known: OrderedDict[str, str] = OrderedDict()

    async def find(self, key: Any) -> str | None:
        """The id of the conversation that a key opens; None for a key that opens none.

        Raises InvalidInput.
        """
        found = await self._find(_hash(checked_key(key)))
        return None if found is None else found.conversation_id

    async def open(self, key: Any) -> str:
        """As `find`; a key that is new opens a conversation that is yet to begin."""
        hashed = _hash(checked_key(key))
        found = await self._find(hashed)
        if found is not None:
            return found.conversation_id
        return self._remember(hashed, await self._store.add(hashed, new_conversation_id(), at=self._clock()))

    async def _find(self, hashed: str) -> Entitlement | None:
        if (known := self._known.get(hashed)) is not None:
            self._known.move_to_end(hashed)
            return Entitlement(known)
        found = await self._store.find(hashed)
        if found is None or (found.expires_at is not None and found.expires_at <= self._clock()):
            return None
        if found.expires_at is None:
            self._remember(hashed, found.conversation_id)
        return found

    def _remember(self, hashed: str, conversation_id: str) -> str:
        self._known[hashed] = conversation_id
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return conversation_id


def new_access_key() -> str:
    """A key that nobody can guess: 192 random bits."""
    return secrets.token_urlsafe(24)


def new_conversation_id() -> str:
    """A public id. It is no secret, but says nothing and is never made twice: 128 random bits."""
    return f"c_{secrets.token_urlsafe(16)}"


def checked_key(value: Any) -> str:
    """A key from outside. Raises InvalidInput."""
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise InvalidInput(
            "Invalid conversation key.",
            code="conversation.bad_id",
            hint="1 to 200 letters, digits and . : @ + ~ - _",
        )
    return value


def _hash(key: str) -> str:
    # Fast, without salt: the keys that we make cannot be guessed, and one has to be found by its hash.
    return hashlib.sha256(b"firstline access key\0" + key.encode()).hexdigest()
