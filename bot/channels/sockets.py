"""What our Socket.IO namespaces share: how a request is acknowledged, and what a client that left leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio
import structlog

from bot.errors import FirstlineError

log = structlog.get_logger(__name__)


class Gone(FirstlineError):
    """The client went away while its request was looked at; there is nobody to answer."""

    code = "session.gone"
    status = 409


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio has no types
    """A Socket.IO server that ends connections which send what is no packet.

    The library logs a traceback for each such packet, before any limit of ours applies: anybody could fill
    the log.
    """

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            # Whatever the decoder raises: it was made for clients that mean well.
            log.debug("socket.bad_packet", problem=type(error).__name__)
            await self.eio.disconnect(eio_sid)


class Namespace(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio has no types
    """A namespace whose handlers may find their client gone after any await: they end there, without a word.

    The library raises KeyError for a client that it no longer knows, which would fill the log at the will of
    whoever connects and leaves.
    """

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """`socketio.AsyncNamespace.trigger_event`."""
        try:
            return await super().trigger_event(event, *args)
        except Gone:
            return None

    async def get_session(self, sid: str, namespace: str | None = None) -> dict[str, Any]:
        """The connection's own data. Raises Gone."""
        try:
            session: dict[str, Any] = await super().get_session(sid, namespace)
        except KeyError as error:
            raise Gone("The client has left.") from error
        return session

    async def join_room(self, sid: str, room: str) -> None:
        """Have the client told what is emitted to a room. Raises Gone."""
        if not self.server.manager.is_connected(sid, self.namespace):
            raise Gone("The client has left.")
        await self.enter_room(sid, room)


@asynccontextmanager
async def acknowledging() -> AsyncIterator[dict[str, Any]]:
    """An acknowledgement: ``ok`` with what the block puts in, or the refusal that its error makes."""
    reply: dict[str, Any] = {"ok": True}
    try:
        yield reply
    except Gone:
        raise
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
