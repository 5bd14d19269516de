"""Takes over a newly trained model while the bot serves: no restart, and no message waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from bot.errors import FirstlineError
from bot.nlu.interpreter import Interpreter
from bot.nlu.trained import TrainedModel, read_fingerprint

EVERY_S = 5.0

log = structlog.get_logger(__name__)


class ModelReload:
    """Looks for a newer model now and then; ``newest`` names its directory, ``load`` reads it."""

    def __init__(
        self,
        interpreter: Interpreter,
        *,
        newest: Callable[[], Path],
        load: Callable[[Path], TrainedModel],
        every: float = EVERY_S,
    ) -> None:
        self._interpreter = interpreter
        self._newest = newest
        self._load = load
        self._every = every
        self._failed: Path | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            await self.look()

    async def look(self) -> bool:
        """Take over a newer model, if there is one; whether there was. An unreadable one is left alone."""
        try:
            path, name = await asyncio.to_thread(self._find)
        except (FirstlineError, OSError, ValueError, KeyError, TypeError):
            # There is none, or its fingerprint is being written or removed at this moment.
            return False
        if name == self._interpreter.model.fingerprint.name or path == self._failed:
            return False
        try:
            self._interpreter.swap(await asyncio.to_thread(self._load, path))
        except Exception:
            # What is in use goes on being used; the same directory is not tried again and again.
            self._failed = path
            log.exception("nlu.reload_failed", model=path.name)
            return False
        return True

    def _find(self) -> tuple[Path, str]:
        """The newest model's directory, and its name as its fingerprint says: a directory may be renamed."""
        path = self._newest()
        return path, read_fingerprint(path).name
