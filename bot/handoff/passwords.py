"""Argon2id password hashes, made and checked off the event loop because each takes tens of milliseconds."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
# Checked when a login does not exist, so that the time taken does not tell which logins do.
_NOBODY = _HASHER.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def verify_password(hashed: str | None, password: str) -> bool:
    """Whether the password fits; always False, after the same work, where there is no hash."""
    fits = await asyncio.to_thread(_verify, hashed or _NOBODY, password)
    return fits and hashed is not None


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
