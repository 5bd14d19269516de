"""What our Socket.IO namespaces share: how a request is acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from bot.errors import FirstlineError

log = structlog.get_logger(__name__)


@asynccontextmanager
async def acknowledging() -> AsyncIterator[dict[str, Any]]:
    """An acknowledgement: ``ok`` with what the block puts in, or the refusal that its error makes."""
    reply: dict[str, Any] = {"ok": True}
    try:
        yield reply
    except FirstlineError as error:
        reply.clear()
        reply.update(refusal(error))
    except Exception:
        # Without an acknowledgement the client would wait for ever.
        log.exception("socket.request_failed")
        reply.clear()
        reply.update(refusal(FirstlineError("Something went wrong here; try again.")))


def refusal(error: FirstlineError) -> dict[str, Any]:
    """A refused request's acknowledgement; ``retry`` tells whether the same request may succeed later."""
    return {
        "ok": False,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "retry": error.status >= 500,
    }
