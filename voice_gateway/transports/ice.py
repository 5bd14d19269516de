"""STUN and TURN servers, by which browsers and we get through NAT and firewalls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import BaseModel, Field, SecretStr, model_validator

USER: Final = "firstline"


class IceServer(BaseModel):
    """A STUN or TURN server."""

    url: str = Field(pattern=r"^(stuns?|turns?):[^\s]+$", description="stun:host:port or turn:host:port.")
    user: str | None = Field(None, description="User of a TURN server.")
    password: SecretStr | None = Field(None, description="Its password.")
    secret: SecretStr | None = Field(
        None, description="Instead: what it makes short-lived users of (coturn: static-auth-secret)."
    )

    @model_validator(mode="after")
    def _consistent(self) -> IceServer:
        if self.password is not None and (self.secret is not None or self.user is None):
            raise ValueError("a TURN server has a user and a password, or a secret")
        return self


class IceServers:
    """Tells of servers. Short-lived credentials are good for ``valid_s``; ``now``: wall clock, seconds."""

    def __init__(
        self, servers: Sequence[IceServer] = (), *, valid_s: float, now: Callable[[], float] = time.time
    ) -> None:
        self._servers = tuple(servers)
        self._valid_s = valid_s
        self._now = now

    def told(self, *, trusted: bool) -> list[dict[str, str]]:
        """As an ``RTCPeerConnection`` takes them. A password that lasts is only for who is ``trusted``."""
        told: list[dict[str, str]] = []
        for server in self._servers:
            user, password = self._credentials(server)
            if password is None:
                told.append({"urls": server.url})
            elif trusted or server.secret is not None:
                told.append({"urls": server.url, "username": user or "", "credential": password})
        return told

    def _credentials(self, server: IceServer) -> tuple[str | None, str | None]:
        """User and password: as they are set, or made of the secret for a while.

        draft-uberti-behave-turn-rest-00, 2.2: the user is its end and a name, the password their HMAC-SHA1.
        """
        if server.secret is None:
            return server.user, server.password.get_secret_value() if server.password is not None else None
        user = f"{int(self._now() + self._valid_s)}:{server.user or USER}"
        digest = hmac.digest(server.secret.get_secret_value().encode(), user.encode(), hashlib.sha1)
        return user, base64.b64encode(digest).decode()
