"""What aiortc and aioice cannot be asked for: where ICE gathers, and each sign of life of the other side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any


def gather_at(gatherer: Any, hosts: Sequence[str]) -> None:
    """Have ICE gather at given addresses: aioice itself leaves loopback out, and cannot leave out others."""
    connection = gatherer._connection
    connection.get_component_candidates = partial(_gather, connection.get_component_candidates, list(hosts))


def notice(gatherer: Any, on_sign: Callable[[], None]) -> None:
    """Have told of each datagram of the other side's, STUN too, which aiortc tells nobody of."""
    connection = gatherer._connection
    for name in ("request_received", "data_received"):
        setattr(connection, name, partial(_noticed, getattr(connection, name), on_sign))


def _noticed(receive: Callable[..., None], on_sign: Callable[[], None], *received: Any) -> None:
    on_sign()
    receive(*received)


async def _gather(gather: Any, hosts: Sequence[str], component: int, addresses: Sequence[str]) -> Any:
    return await gather(component=component, addresses=hosts)
