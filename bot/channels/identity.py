"""Signed customer tokens: how a site that embeds the widget tells who its signed-in customer is.

The site's server signs a JWT (RFC 7519) with HS256 and a key that it shares with Firstline. ``sub`` is the
customer's id, ``aud`` names us, ``exp`` is at most five minutes ahead, ``iat`` says when it was signed, and
``jti`` is its own id, which is taken once. The token travels in the body of a request, never in a URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from bot.errors import InvalidInput

MAX_LIFETIME_S = 300.0
CLOCKS_APART_S = 30.0
"""How far the site's clock may be ahead of ours."""
MIN_SECRET_BYTES = 32
MAX_CUSTOMER_ID = 64
MAX_TOKEN_ID = 200
AUDIENCE = "firstline"
CLAIMS = ("sub", "aud", "exp", "iat", "jti")


class UsedTokens(Protocol):
    """Remembers which tokens were taken, until they run out; one answer for all nodes."""

    async def take(self, token_id: str, *, conversation_id: str, at: float, expires_at: float) -> str | None:
        """Take a token. None when it is taken now; else the conversation that took it before."""
        ...


@dataclass(frozen=True, slots=True)
class CustomerToken:
    """What a valid token says."""

    customer_id: str
    token_id: str
    expires_at: float


class CustomerTokens:
    """Verifies tokens. Raises ValueError when ``secret`` is shorter than RFC 7518 (3.2) allows for HS256."""

    def __init__(
        self,
        secret: str,
        used: UsedTokens,
        *,
        audience: str = AUDIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if len(secret.encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"the customer token secret needs at least {MIN_SECRET_BYTES} bytes")
        self._secret = secret
        self._used = used
        self._audience = audience
        self._clock = clock

    def read(self, token: str) -> CustomerToken:
        """What a token says. Raises InvalidInput, which says how to mend it, when it is not valid now."""
        claims = self._decoded(token)
        now = self._clock()
        expires, issued = _number(claims, "exp"), _number(claims, "iat")
        if not now < expires:
            raise _bad(
                "The customer token has expired.", "sign a new one for each page, good for two minutes"
            )
        if not expires <= now + MAX_LIFETIME_S:
            raise _bad("The customer token lives too long.", f"exp is at most {MAX_LIFETIME_S:.0f} s ahead")
        if not issued <= now + CLOCKS_APART_S:
            raise _bad("The customer token was signed in the future.", "set iat to now, and the clocks right")
        if "nbf" in claims and not _number(claims, "nbf") <= now + CLOCKS_APART_S:
            raise _bad("The customer token is not valid yet.", "leave out nbf, or set it to now")
        customer_id, token_id = claims["sub"], claims["jti"]
        if not isinstance(customer_id, str) or not 0 < len(customer_id) <= MAX_CUSTOMER_ID:
            raise _bad("The customer token names no customer.", f"sub: 1 to {MAX_CUSTOMER_ID} characters")
        if not isinstance(token_id, str) or not 0 < len(token_id) <= MAX_TOKEN_ID:
            raise _bad("The customer token has no id of its own.", "jti: a random string for each token")
        return CustomerToken(customer_id, token_id, expires)

    async def take(self, token: CustomerToken, *, conversation_id: str) -> str | None:
        """Take a token for a conversation: None the first time, then the conversation that has it."""
        return await self._used.take(
            token.token_id,
            conversation_id=conversation_id,
            at=self._clock(),
            expires_at=token.expires_at,
        )

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            return dict(
                jwt.decode(
                    token,
                    self._secret,
                    algorithms=["HS256"],
                    audience=self._audience,
                    # Times are held against our own clock.
                    options={
                        "require": list(CLAIMS),
                        "verify_exp": False,
                        "verify_iat": False,
                        "verify_nbf": False,
                    },
                )
            )
        except jwt.InvalidAlgorithmError as error:
            raise _bad("The customer token is signed in another way.", "sign it with HS256") from error
        except jwt.MissingRequiredClaimError as error:
            raise _bad(
                f"The customer token has no '{error.claim}'.", f"it needs {', '.join(CLAIMS)}"
            ) from error
        except jwt.InvalidAudienceError as error:
            raise _bad("The customer token is not for us.", f"set aud to '{self._audience}'") from error
        except jwt.InvalidSignatureError as error:
            raise _bad(
                "The customer token is signed with another key.", "use FIRSTLINE_CUSTOMER_TOKEN_SECRET"
            ) from error
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise _bad("The customer token is not valid.", "send a JWT signed with HS256") from error


def _number(claims: dict[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad(f"'{name}' of the customer token is no time.", "give seconds since 1970")
    return float(value)


def _bad(message: str, hint: str) -> InvalidInput:
    return InvalidInput(message, code="identity.bad_token", hint=hint)
