"""Tickets by which an agent's browser is let into a call: short-lived JWTs that the voice gateway checks.

Bot and gateway share the API token; the key of the tickets is derived from it, so that neither keeps another
secret (docs/api.md has the derivation and the claims).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import jwt
from pydantic import BaseModel

from bot.conversation import Conversation
from bot.errors import Conflict
from bot.handoff.agents import Agent, Clock

AUDIENCE = "firstline-voice"
LABEL = b"firstline voice ticket"
LIFETIME_S = 60


class CallTicket(BaseModel):
    """Where a browser sends its WebRTC offer, and what it shows there."""

    url: str
    token: str


class CallTickets:
    """Issues tickets. Without an address of the gateway or an API token there are none."""

    def __init__(self, *, voice_url: str | None, api_token: str | None, clock: Clock) -> None:
        self._api_token = api_token
        self._clock = clock
        self.url = f"{voice_url.rstrip('/')}/webrtc/offer" if voice_url else None

    def issue(self, agent: Agent, conversation: Conversation) -> CallTicket:
        """For the agent who holds a conversation. Raises Conflict ``voice.not_set_up``."""
        if self.url is None or self._api_token is None or conversation.handoff is None:
            raise Conflict(
                "Browsers cannot reach a voice gateway.",
                code="voice.not_set_up",
                hint="set FIRSTLINE_VOICE_URL and FIRSTLINE_API_TOKEN",
            )
        now = int(self._clock())
        claims = {
            "aud": AUDIENCE,
            # The gateway lets each ticket in once.
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + LIFETIME_S,
            "conversation_id": conversation.id,
            "handoff_id": conversation.handoff.id,
            "agent_id": agent.id,
            "agent_name": agent.name,
        }
        return CallTicket(
            url=self.url, token=jwt.encode(claims, ticket_key(self._api_token), algorithm="HS256")
        )


def ticket_key(api_token: str) -> bytes:
    """The 32 bytes that tickets are signed with: HMAC-SHA256 (RFC 2104) of a label under the API token."""
    return hmac.new(api_token.encode(), LABEL, hashlib.sha256).digest()
