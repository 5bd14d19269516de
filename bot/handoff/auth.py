"""Who is calling: an agent by the session cookie, or a program by its bearer token."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request

from bot.doors import opens_to
from bot.errors import FirstlineError, Forbidden
from bot.handoff.agents import Agent, Agents, Role
from bot.handoff.sessions import Sessions

COOKIE: Final = "firstline_session"
BROWSER_COOKIE: Final = "firstline_browser"
"""Says that an agent signed in with this browser before; it gives no rights."""
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_RANKS: Final = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


class NotSignedIn(FirstlineError):
    code = "auth.required"
    status = 401


class Authenticator:
    """FastAPI dependencies that say who calls; ``api_token`` None means that no program may."""

    def __init__(self, sessions: Sessions, agents: Agents, *, api_token: str | None) -> None:
        self.sessions = sessions
        self._agents = agents
        self._api_token = api_token

    @opens_to("agents")
    async def current_agent(self, request: Request) -> Agent:
        """The signed-in agent. Raises NotSignedIn; Forbidden for a request that another site made."""
        agent = await self.sessions.agent_of(request.cookies.get(COOKIE))
        if agent is None:
            raise NotSignedIn("Please sign in.", hint="POST /api/v1/session")
        if request.method not in _SAFE_METHODS:
            require_same_origin(request.headers.get("origin"), request.headers.get("host"))
        await self._agents.called(agent)
        return agent

    def token_of(self, request: Request) -> str:
        """The session's token of a request that `current_agent` let in."""
        return request.cookies.get(COOKIE, "")

    def require_role(self, role: Role) -> Callable[[Request], Awaitable[Agent]]:
        """A dependency: the signed-in agent, who has at least this role. Raises Forbidden."""

        @opens_to({Role.AGENT: "agents", Role.SUPERVISOR: "supervisors, admins", Role.ADMIN: "admins"}[role])
        async def dependency(request: Request) -> Agent:
            agent = await self.current_agent(request)
            if _RANKS.index(agent.role) < _RANKS.index(role):
                raise Forbidden(f"Only a {role.value} may do this.", code="auth.role_required")
            return agent

        return dependency

    @opens_to("agents; programs")
    async def service_or_agent(self, request: Request) -> Agent | None:
        """The signed-in agent, or None for a program with the right bearer token. Raises NotSignedIn."""
        if self.is_service(request.headers.get("authorization")):
            return None
        return await self.current_agent(request)

    def is_service(self, authorization: str | None) -> bool:
        """Whether an Authorization header has the API token."""
        scheme, _, token = (authorization or "").partition(" ")
        return (
            bool(self._api_token)
            and scheme.lower() == "bearer"
            and secrets.compare_digest(token.strip().encode(), str(self._api_token).encode())
        )


def require_same_origin(origin: str | None, host: str | None) -> None:
    """Refuse what a page of another site sent with our cookie. Raises Forbidden ``auth.foreign_origin``.

    Browsers name the origin with every unsafe request; programs do not, and have no cookie to misuse.
    """
    if origin is not None and not is_same_origin(origin, host):
        raise Forbidden("This request came from another site.", code="auth.foreign_origin")


def is_same_origin(origin: str, host: str | None) -> bool:
    """Whether an ``Origin`` header names the host that was asked, over http or https."""
    scheme, _, name = origin.lower().partition("://")
    return scheme in ("http", "https") and name == (host or "").lower()
