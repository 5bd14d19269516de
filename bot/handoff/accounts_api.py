"""The HTTP routes of accounts (docs/api.md): administrators' changes, one's own sessions, one-time links."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from bot.doors import opens_to
from bot.handoff.accounts import Accounts, AgentChanges, OneTimeLink
from bot.handoff.agents import Agent, NewAgent, Presence, Role, Status
from bot.handoff.auth import COOKIE, Authenticator, require_same_origin
from bot.handoff.sessions import Sessions
from bot.handoff.views import PersonView, person

Entry = Annotated[str, Field(max_length=64)]
Password = Annotated[str, Field(max_length=1024)]


class AccountView(PersonView):
    """A person as administrators see them; times are seconds since the epoch."""

    status: Status
    last_sign_in_at: float | None
    link_expires_at: float | None


class LinkView(BaseModel):
    """A one-time link: ``path`` goes behind the desk's address, its secret in the fragment."""

    path: str
    expires_at: float


class Added(BaseModel):
    account: AccountView
    link: LinkView


class NewAccount(BaseModel):
    login: str = Field(min_length=1, max_length=64)
    name: str = Field(default="", max_length=200)
    role: Role = Role.AGENT
    languages: list[Entry] = Field(default=[], max_length=50)
    queues: list[Entry] | None = Field(default=None, max_length=100)
    skills: list[Entry] = Field(default=[], max_length=50)
    capacity: int = 3


class Changes(BaseModel):
    name: str | None = Field(default=None, max_length=200)
    role: Role | None = None
    languages: list[Entry] | None = Field(default=None, max_length=50)
    queues: list[Entry] | None = Field(default=None, max_length=100)
    skills: list[Entry] | None = Field(default=None, max_length=50)
    capacity: int | None = None


class OwnPassword(BaseModel):
    old: Password
    new: Password


class SessionView(BaseModel):
    """One of one's own sessions; ``client`` is what the browser calls itself."""

    id: str
    created_at: float | None
    used_at: float
    address: str
    client: str
    current: bool


class LinkToken(BaseModel):
    token: str = Field(max_length=200)


class LinkOwner(BaseModel):
    """Whom a one-time link is for."""

    login: str
    name: str
    expires_at: float


class ChosenPassword(BaseModel):
    token: str = Field(max_length=200)
    password: Password


def router(accounts: Accounts, sessions: Sessions, auth: Authenticator) -> APIRouter:
    """The routes under ``/api/v1``."""
    routes = APIRouter(prefix="/api/v1")
    routes.include_router(_account_routes(accounts, sessions, auth), tags=["accounts"])
    routes.include_router(_own_routes(accounts, sessions, auth), tags=["session"])
    routes.include_router(_link_routes(accounts, sessions), tags=["session"])
    return routes


def _account_routes(accounts: Accounts, sessions: Sessions, auth: Authenticator) -> APIRouter:
    routes = APIRouter(prefix="/agents")
    supervisor = Depends(auth.require_role(Role.SUPERVISOR))
    admin = Depends(auth.require_role(Role.ADMIN))

    async def view(agent: Agent) -> AccountView:
        return _view(agent, (await accounts.link_expiry()).get(agent.id))

    @routes.get("/accounts")
    async def list_accounts(_agent: Agent = supervisor) -> list[AccountView]:
        """Everyone who may, or might, sign in. For supervisors."""
        links = await accounts.link_expiry()
        return [_view(agent, links.get(agent.id)) for agent in await accounts.agents.all()]

    @routes.post("", status_code=201)
    async def add(body: NewAccount, by: Agent = admin) -> Added:
        """Add a person, and make the link by which they choose their password. For admins."""
        agent = await accounts.add(
            NewAgent(
                login=body.login,
                name=body.name,
                password=None,
                role=body.role,
                languages=tuple(body.languages),
                queues=tuple(body.queues or ()),
                skills=tuple(body.skills),
                capacity=body.capacity,
            ),
            by=by.id,
        )
        if body.queues == [] and agent.queues:
            agent = await accounts.edit(agent.id, AgentChanges(queues=()), by=by.id)
        link = await accounts.new_link(agent.id, by=by.id)
        return Added(account=await view(agent), link=_link(link))

    @routes.patch("/{agent_id}")
    async def edit(agent_id: str, body: Changes, by: Agent = admin) -> AccountView:
        """Change name, role, queues, languages, skills, capacity; it holds at once. For admins."""
        changes = AgentChanges(
            name=body.name.strip() if body.name is not None else None,
            role=body.role,
            languages=_tuple(body.languages),
            queues=_tuple(body.queues),
            skills=_tuple(body.skills),
            capacity=body.capacity,
        )
        return await view(await accounts.edit(agent_id, changes, by=by.id))

    @routes.post("/{agent_id}/disable")
    async def disable(agent_id: str, by: Agent = admin) -> AccountView:
        """Shut a person out at once; their conversations wait again. For admins; 409 for the last admin."""
        return await view(await accounts.disable(agent_id, by=by.id))

    @routes.post("/{agent_id}/enable")
    async def enable(agent_id: str, by: Agent = admin) -> AccountView:
        """Let a person in again. For admins."""
        return await view(await accounts.enable(agent_id, by=by.id))

    @routes.post("/{agent_id}/link")
    async def new_link(agent_id: str, by: Agent = admin) -> LinkView:
        """A one-time link to choose a password; the old password and all sessions end. For admins."""
        return _link(await accounts.new_link(agent_id, by=by.id))

    @routes.delete("/{agent_id}/sessions", status_code=204, response_class=Response)
    async def sign_out(agent_id: str, by: Agent = admin) -> None:
        """Sign a person out everywhere. For admins."""
        await accounts.end_sessions(sessions, agent_id, by=by.id)

    return routes


def _own_routes(accounts: Accounts, sessions: Sessions, auth: Authenticator) -> APIRouter:
    routes = APIRouter()
    current_agent = Depends(auth.current_agent)

    @routes.put("/session/password", status_code=204, response_class=Response)
    async def change_password(body: OwnPassword, request: Request, agent: Agent = current_agent) -> None:
        """Change one's own password; one's other sessions end. For agents."""
        await accounts.change_own_password(
            sessions, agent, old=body.old, new=body.new, token=auth.token_of(request)
        )

    @routes.get("/sessions")
    async def list_sessions(request: Request, agent: Agent = current_agent) -> list[SessionView]:
        """Where one is signed in. For agents: their own."""
        found = await sessions.of_agent(agent, token=auth.token_of(request))
        return [
            SessionView(
                id=session.id,
                created_at=session.created_at,
                used_at=session.used_at,
                address=session.address,
                client=session.client,
                current=current,
            )
            for session, current in found
        ]

    @routes.delete("/sessions", status_code=204)
    async def end_sessions(response: Response, agent: Agent = current_agent) -> None:
        """Sign out everywhere, here too. For agents."""
        await accounts.end_sessions(sessions, agent.id, by=agent.id)
        await accounts.agents.set_presence(agent.id, Presence.OFFLINE)
        response.delete_cookie(COOKIE, path="/")

    @routes.delete("/sessions/{session_id}", status_code=204, response_class=Response)
    async def end_session(session_id: str, agent: Agent = current_agent) -> None:
        """End one of one's own sessions. For agents."""
        await sessions.end(agent, session_id=session_id)

    return routes


def _link_routes(accounts: Accounts, sessions: Sessions) -> APIRouter:
    routes = APIRouter(prefix="/one-time-link")

    @routes.post("")
    @opens_to("whoever has the one-time link", limit="wrong links of the address")
    async def open_link(body: LinkToken, request: Request) -> LinkOwner:
        """Whom a one-time link is for. Anyone with its token may ask; limited by address."""
        require_same_origin(request.headers.get("origin"), request.headers.get("host"))
        agent, expires_at = await accounts.open_link(sessions, body.token, address=_address(request))
        return LinkOwner(login=agent.login, name=agent.name, expires_at=expires_at)

    @routes.post("/password", status_code=204, response_class=Response)
    @opens_to("whoever has the one-time link", limit="wrong links of the address")
    async def use_link(body: ChosenPassword, request: Request) -> None:
        """Choose a password, once. Anyone with the token may; limited by address."""
        require_same_origin(request.headers.get("origin"), request.headers.get("host"))
        await accounts.use_link(sessions, body.token, body.password, address=_address(request))

    return routes


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(dict.fromkeys(values))


def _link(link: OneTimeLink) -> LinkView:
    return LinkView(path=link.path, expires_at=link.expires_at)


def _view(agent: Agent, link_expires_at: float | None) -> AccountView:
    return AccountView(
        **person(agent),
        status=agent.status,
        last_sign_in_at=agent.last_sign_in_at,
        link_expires_at=link_expires_at,
    )
