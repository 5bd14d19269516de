"""Signed customer tokens: how a site that embeds the widget tells who its signed-in customer is.

The site's server signs a JWT (RFC 7519) with HS256 and a key that it shares with Firstline; ``sub`` is the
customer's id, ``exp`` at most a day ahead. The token travels in the body of a request, never in a URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import jwt

from bot.errors import InvalidInput

MAX_LIFETIME_S = 24 * 3600
MIN_SECRET_BYTES = 32
MAX_CUSTOMER_ID = 64


class CustomerTokens:
    """Verifies tokens. Raises ValueError when ``secret`` is shorter than RFC 7518 (3.2) allows for HS256."""

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        if len(secret.encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"the customer token secret needs at least {MIN_SECRET_BYTES} bytes")
        self._secret = secret
        self._clock = clock

    def customer_id(self, token: str) -> str:
        """The customer that a token names. Raises InvalidInput when it is not valid now."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options={"require": ["sub", "exp"], "verify_exp": False},
            )
            expires = float(claims["exp"])
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise InvalidInput("The customer token is not valid.", code="identity.bad_token") from error
        now = self._clock()
        if not now < expires <= now + MAX_LIFETIME_S:
            raise InvalidInput(
                "The customer token has expired, or lives too long.",
                code="identity.bad_token",
                hint="sign one that expires within a day",
            )
        customer_id = claims["sub"]
        if not isinstance(customer_id, str) or not 0 < len(customer_id) <= MAX_CUSTOMER_ID:
            raise InvalidInput("The customer token names no customer.", code="identity.bad_token")
        return customer_id
