"""Digest authentication of callers (RFC 7616, RFC 8760).

Many telephones know MD5 only, and some give up when they are shown anything else: so SHA-256 is asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal

from aiosipua import AuthChallenge, AuthCredentials, parse_auth, stringify_auth
from pydantic import SecretStr

from voice_gateway.clock import Clock

MOST_FAILURES = 10
"""From one host within `FORGIVEN_S`; what it sends after that is refused unseen."""
FORGIVEN_S = 60.0
MOST_HOSTS = 10_000
MOST_NONCES = 100_000
Algorithm = Literal["MD5", "SHA-256"]
_HASHES: dict[Algorithm, Callable[[bytes], Any]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Verdict(Enum):
    """What credentials are worth. ``STALE`` ones are right, and only their nonce is too old."""

    GOOD = "good"
    STALE = "stale"
    BAD = "bad"
    BARRED = "barred"


class DigestGate:
    """Knows the users of one realm. Challenges cost no memory: a nonce proves by itself when and to whom it
    was given, and only the counters of nonces that were used rightly are kept, as long as they are valid."""

    def __init__(
        self,
        realm: str,
        users: Mapping[str, SecretStr],
        *,
        clock: Clock,
        algorithms: Sequence[Algorithm] = ("MD5",),
        valid_s: float = 60.0,
        secret: bytes | None = None,
    ) -> None:
        self._realm = realm
        self._users = dict(users)
        self._hashes = {name: _HASHES[name] for name in algorithms}
        self._clock = clock
        self._valid_s = valid_s
        self._secret = secret or secrets.token_bytes(32)
        self._counts: dict[str, int] = {}
        self._failures: dict[str, tuple[int, float]] = {}

    def challenges(self, host: str, *, stale: bool = False) -> list[str]:
        """Values of ``WWW-Authenticate``, one for each algorithm in order of preference (RFC 8760, 2.4)."""
        issued = f"{int(self._clock.now() * 1000):012x}"
        salt = secrets.token_hex(8)
        params = {
            "realm": self._realm,
            "nonce": f"{issued}{salt}{self._proof(issued, salt, host)}",
            "qop": "auth",
        }
        if stale:
            params["stale"] = "true"
        return [
            stringify_auth(AuthChallenge("Digest", {**params, "algorithm": algorithm}))
            for algorithm in self._hashes
        ]

    def judge(self, method: str, header: str, host: str) -> Verdict:
        """What the credentials of a request from a host are worth."""
        now = self._clock.now()
        failures, since = self._failures.get(host, (0, now))
        if now - since > FORGIVEN_S:
            failures, since = 0, now
        if failures >= MOST_FAILURES:
            return Verdict.BARRED
        verdict = self._judge(method, header, host, now)
        if verdict is Verdict.BAD:
            if len(self._failures) >= MOST_HOSTS:
                self._failures.clear()
            self._failures[host] = (failures + 1, since)
        return verdict

    def _judge(self, method: str, header: str, host: str, now: float) -> Verdict:
        credentials: AuthCredentials = parse_auth(header, credentials=True)
        given = {name.lower(): value for name, value in credentials.params.items()}
        named = given.get("algorithm", "MD5").upper()
        make = next((make for name, make in self._hashes.items() if name == named), None)
        nonce, count = given.get("nonce", ""), given.get("nc", "")
        if credentials.scheme.lower() != "digest" or make is None or given.get("qop") != "auth":
            return Verdict.BAD
        if given.get("realm") != self._realm or not _is_count(count):
            return Verdict.BAD

        def digest(text: str) -> str:
            return str(make(text.encode()).hexdigest())

        user = given.get("username", "")
        known = self._users.get(user)
        # An unknown user takes as long as a wrong password.
        password = known.get_secret_value() if known is not None else secrets.token_hex(8)
        inner = digest(f"{user}:{self._realm}:{password}")
        outer = digest(f"{method}:{given.get('uri', '')}")
        expected = digest(f"{inner}:{nonce}:{count}:{given.get('cnonce', '')}:auth:{outer}")
        if not hmac.compare_digest(expected.encode(), given.get("response", "").lower().encode()):
            return Verdict.BAD
        return self._judge_nonce(nonce, int(count, 16), host, now)

    def _judge_nonce(self, nonce: str, count: int, host: str, now: float) -> Verdict:
        issued, salt, proof = nonce[:12], nonce[12:28], nonce[28:]
        if not hmac.compare_digest(self._proof(issued, salt, host).encode(), proof.encode()):
            return Verdict.STALE  # Of before a restart, perhaps, or another address of the caller's.
        if now - int(issued, 16) / 1000 > self._valid_s:
            return Verdict.STALE
        if count <= self._counts.get(nonce, 0):
            return Verdict.BAD  # Somebody plays back what they overheard.
        if len(self._counts) >= MOST_NONCES:
            self._forget(now)
        self._counts[nonce] = count
        return Verdict.GOOD

    def _forget(self, now: float) -> None:
        oldest = int((now - self._valid_s) * 1000)
        self._counts = {
            nonce: count for nonce, count in self._counts.items() if int(nonce[:12], 16) >= oldest
        }

    def _proof(self, issued: str, salt: str, host: str) -> str:
        return hmac.new(self._secret, f"{issued}:{salt}:{host}".encode(), hashlib.sha256).hexdigest()


def _is_count(text: str) -> bool:
    return len(text) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in text)
