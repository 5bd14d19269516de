"""Even UDP ports for RTP, each with the odd one after it for RTCP (RFC 3550, 11)."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from dataclasses import dataclass


class NoPortLeft(Exception):
    """All ports of the range are taken."""


@dataclass(frozen=True)
class PortPair:
    """Two bound sockets; whoever has them closes them."""

    port: int
    media: socket.socket
    control: socket.socket


class RtpPorts:
    """The pairs of a range. A port that was just given up is the last to be used again, because packets of
    its old call may still be on their way."""

    def __init__(self, host: str, first: int, last: int, *, rng: random.Random) -> None:
        self._host = host
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._pairs = list(range(first + first % 2, last, 2))
        rng.shuffle(self._pairs)

    def open(self) -> PortPair:
        """Bind a pair.

        Raises:
            NoPortLeft: when there is none.
        """
        for _ in range(len(self._pairs)):
            # Turning the list keeps what was used lately at its end.
            port = self._pairs.pop(0)
            self._pairs.append(port)
            with suppress(OSError):
                media = self._bind(port)
                try:
                    return PortPair(port, media, self._bind(port + 1))
                except OSError:
                    media.close()
        raise NoPortLeft

    def _bind(self, port: int) -> socket.socket:
        bound = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            bound.setblocking(False)
            bound.bind((self._host, port))
        except OSError:
            bound.close()
            raise
        return bound
