"""Tickets by which an agent's browser joins a call: made by the bot, checked here (docs/api.md, "An agent's
audio")."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import jwt

from voice_gateway.errors import VoiceError

AUDIENCE: Final = "firstline-voice"
LABEL: Final = b"firstline voice ticket"
LEEWAY_S: Final = 5
"""How far the clocks of the bot and the gateway may be apart."""
MOST_TOKEN: Final = 4096
MOST_CLAIM: Final = 200
NEW_ONE: Final = "have the desk give a new ticket"


class BadTicket(VoiceError):
    """The ticket is not one of ours, or its time is over."""

    code = "ticket.invalid"


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """Who joins which handoff's call.

    ``id`` tells it from every other ticket; it is good until ``expires`` (seconds of the wall clock).
    """

    id: str
    expires: float
    conversation_id: str
    handoff_id: str
    agent_id: str
    agent_name: str


class TicketReader:
    """Checks tickets made with the API token that the bot and the gateway share.

    ``now``: seconds of the wall clock.
    """

    def __init__(self, api_token: str, *, now: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(api_token.encode(), LABEL, hashlib.sha256)
        self._now = now
        self._used: dict[str, float] = {}

    def redeem(self, token: str) -> Ticket:
        """What a ticket says, once. Raises BadTicket, also for one that was used."""
        ticket = self.read(token)
        now = self._now()
        self._used = {id_: expires for id_, expires in self._used.items() if expires + LEEWAY_S >= now}
        if ticket.id in self._used:
            raise BadTicket("The ticket was used already.", hint=NEW_ONE, code="ticket.used")
        self._used[ticket.id] = ticket.expires
        return ticket

    def read(self, token: str) -> Ticket:
        """What a ticket says. Raises BadTicket."""
        if len(token) > MOST_TOKEN:
            raise BadTicket("The ticket is too long.", hint=NEW_ONE)
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                audience=AUDIENCE,
                options={"require": ["exp", "aud"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise BadTicket("The ticket is not valid.", hint=NEW_ONE) from error
        expires = claims["exp"]
        if not isinstance(expires, int | float) or expires + LEEWAY_S < self._now():
            raise BadTicket("The ticket's time is over.", hint=NEW_ONE, code="ticket.expired")
        texts: dict[str, str] = {}
        for name in ("jti", "conversation_id", "handoff_id", "agent_id", "agent_name"):
            value = claims.get(name)
            if not isinstance(value, str) or not 0 < len(value) <= MOST_CLAIM:
                raise BadTicket(f"The ticket has no {name}.", hint=NEW_ONE)
            texts[name] = value
        return Ticket(id=texts.pop("jti"), expires=expires, **texts)
