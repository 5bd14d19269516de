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
from urllib.parse import unquote

from aiosipua import AuthChallenge, AuthCredentials, parse_auth, parse_uri, stringify_auth
from pydantic import SecretStr

from voice_gateway.addresses import peer_of
from voice_gateway.clock import Clock

MOST_FAILURES = 10
"""From one host within `FORGIVEN_S`; what it sends after that is refused unseen."""
FORGIVEN_S = 60.0
MOST_HOSTS = 10_000
MOST_NONCES = 100_000
Algorithm = Literal["MD5", "SHA-256"]
_HASHES: dict[Algorithm, Callable[[bytes], Any]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Verdict(Enum):
    """What credentials are worth. Of ``STALE`` ones the nonce is too old, or of before a restart of ours;
    those that are for ``ELSEWHERE`` are right, and were made for another request."""

    GOOD = "good"
    ELSEWHERE = "elsewhere"
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

    def judge(self, method: str, header: str, host: str, *, uri: str | None = None) -> Verdict:
        """What the credentials of a request from a host are worth. ``uri`` is the request's own."""
        now = self._clock.now()
        peer = peer_of(host)
        failures, since = self._failures.get(peer, (0, now))
        if now - since > FORGIVEN_S:
            failures, since = 0, now
        if failures >= MOST_FAILURES:
            return Verdict.BARRED
        credentials: AuthCredentials = parse_auth(header, credentials=True)
        given = {name.lower(): value for name, value in credentials.params.items()}
        verdict = self._judge(method, credentials.scheme, given, host, now, uri)
        # Who forges another's address never saw a nonce for it, and must not have it barred.
        if verdict is Verdict.BAD and self._is_ours(given.get("nonce", ""), host):
            if len(self._failures) >= MOST_HOSTS:
                self._failures.clear()
            self._failures[peer] = (failures + 1, since)
        return verdict

    def _judge(
        self, method: str, scheme: str, given: Mapping[str, str], host: str, now: float, uri: str | None
    ) -> Verdict:
        named = given.get("algorithm", "MD5").upper()
        make = next((make for name, make in self._hashes.items() if name == named), None)
        nonce, count = given.get("nonce", ""), given.get("nc", "")
        if scheme.lower() != "digest" or make is None or given.get("qop") != "auth":
            return Verdict.BAD
        if given.get("realm") != self._realm or not _is_count(count):
            return Verdict.BAD
        if not given.get("cnonce"):
            return Verdict.BAD
        if not self._is_ours(nonce, host):
            return Verdict.STALE  # Whatever the password: else it could be guessed without being counted.

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
        if uri is not None and not is_same_resource(given.get("uri", ""), uri):
            return Verdict.ELSEWHERE
        return self._judge_nonce(nonce, int(count, 16), now)

    def _is_ours(self, nonce: str, host: str) -> bool:
        """Whether the nonce was given to this host since we started."""
        issued, salt, proof = nonce[:12], nonce[12:28], nonce[28:]
        return hmac.compare_digest(self._proof(issued, salt, host).encode(), proof.encode())

    def _judge_nonce(self, nonce: str, count: int, now: float) -> Verdict:
        issued = nonce[:12]
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


def is_same_resource(given: str, uri: str) -> bool:
    """Whether the ``uri`` of credentials is the request's (RFC 7616, 3.4.6), which a proxy may have given
    parameters, or a port that goes without saying."""
    return _resource(given) == _resource(uri)


def _resource(text: str) -> tuple[str, str, str, int]:
    uri = parse_uri(text)
    scheme = text.partition(":")[0].lower()
    port = uri.port or (5061 if scheme == "sips" else 5060)
    return scheme, unquote(uri.user or ""), uri.host.lower(), port


def _is_count(text: str) -> bool:
    return len(text) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in text)
