"""Argon2id password hashes, computed in a small place of their own.

Each takes a core for a tenth of a second and 64 MiB. They have few threads, which the system runs after
everything else, and a short queue: a flood of sign-ins costs whoever floods, and not the conversations.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Unavailable

THREADS = max(1, min(4, (os.cpu_count() or 1) // 2))
MOST_WAITING = 16 * THREADS
"""So many hashes may be under way and waiting; more would only be answered too late."""
MOST_WAITING_KNOWN = 8 * THREADS
"""So many more for those who are known: who floods from everywhere cannot take these places."""
RETRY_AFTER_S = 2.0
_NICENESS = 2
NO_PASSWORD = ""
"""Kept in place of a hash by who has no password: invited, or waiting to choose a new one."""

T = TypeVar("T")

# One lane: more would take every core for one sign-in. Above OWASP's least (19 MiB, two passes, one lane).
_HASHER = PasswordHasher(time_cost=2, memory_cost=65536, parallelism=1)
# Checked when a login does not exist, so that the time taken does not tell which logins do.
_NOBODY = _HASHER.hash("nobody has this password")


class TooManyHashes(Unavailable):
    """So many passwords are being checked that this one would wait for too long."""

    code = "auth.busy"
    retry_after_s = RETRY_AFTER_S


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt. Raises TooManyHashes."""
    return await _PLACE.run(lambda: _HASHER.hash(password))


async def verify_password(hashed: str | None, password: str, *, known: bool = False) -> bool:
    """Whether the password fits; always False, after the same work, where there is no hash.

    ``known``: the attempt comes from where this password was right before. Raises TooManyHashes.
    """
    fits = await _PLACE.run(lambda: _verify(hashed or _NOBODY, password), known=known)
    return fits and bool(hashed)


def is_outdated(hashed: str) -> bool:
    """Whether a hash was made with other parameters than those in use."""
    return _HASHER.check_needs_rehash(hashed)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


class _Place:
    """Threads of their own and a bounded queue, for all event loops of the process."""

    def __init__(self, *, threads: int, most_waiting: int, most_waiting_known: int = 0) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords", initializer=_step_back)
        self._free = threading.BoundedSemaphore(most_waiting)
        self._free_for_known = threading.Semaphore(most_waiting_known)

    async def run(self, work: Callable[[], T], *, known: bool = False) -> T:
        """The work's result. Raises TooManyHashes at once when the queue is full."""
        taken: threading.Semaphore = self._free
        if not taken.acquire(blocking=False):
            taken = self._free_for_known
            if not (known and taken.acquire(blocking=False)):
                raise TooManyHashes(
                    "Too many passwords are being checked at the moment.", hint="try again in a few seconds"
                )
        future = self._threads.submit(work)
        # Also when nobody waits for the result any more: the work still takes its place until it is done.
        future.add_done_callback(lambda _done: taken.release())
        return await asyncio.wrap_future(future)


def _step_back() -> None:
    """Let every other thread go first, where a thread has a priority of its own (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


_PLACE = _Place(threads=THREADS, most_waiting=MOST_WAITING, most_waiting_known=MOST_WAITING_KNOWN)
