"""The desk's HTTP routes (docs/api.md); what they need is made by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from bot.channels.problems import problem
from bot.conversation import HandoffState
from bot.doors import ANYONE, opens_to
from bot.errors import InvalidInput
from bot.handoff.agents import Agent, Presence, Role
from bot.handoff.auth import BROWSER_COOKIE, COOKIE, Authenticator, NotSignedIn, require_same_origin
from bot.handoff.canned import CannedReply, CannedReplyStore
from bot.handoff.context_formats import bot_framework, flatten
from bot.handoff.desk import Desk
from bot.handoff.service import HandoffService
from bot.handoff.settings import Disposition
from bot.handoff.views import AgentView, ConversationView, HandoffView, QueueView, call_view, queue_views
from bot.identity import Level
from bot.project.titles import Section
from bot.transcript import Message, transcript

_OPEN = (HandoffState.QUEUED, HandoffState.OFFERED, HandoffState.ACCEPTED)


class SignIn(BaseModel):
    login: str = Field(max_length=64)
    password: str = Field(max_length=1024)


class SignedIn(BaseModel):
    agent: AgentView


class PresenceChange(BaseModel):
    presence: Presence


class Helping(BaseModel):
    helping: bool


class PresenceEntry(BaseModel):
    at: float
    presence: Presence


class Transfer(BaseModel):
    queue: str | None = Field(None, max_length=64)
    agent_id: str | None = Field(None, max_length=64)
    note: str = Field(default="", max_length=10_000)


class Resolution(BaseModel):
    disposition: str = Field(max_length=64)
    note: str = Field(default="", max_length=10_000)
    return_to_bot: bool = False


class AgentMessage(BaseModel):
    text: str = Field(max_length=10_000)
    message_id: str = Field(min_length=1, max_length=200)


class Note(BaseModel):
    text: str = Field(max_length=10_000)


@dataclass(frozen=True, slots=True)
class DeskApi:
    """What the routes work with."""

    service: HandoffService
    desk: Desk
    auth: Authenticator
    canned_replies: CannedReplyStore
    demo: bool = False


def router(api: DeskApi) -> APIRouter:
    """The routes under ``/api/v1``."""
    routes = APIRouter(prefix="/api/v1")
    routes.include_router(_session_routes(api), tags=["session"])
    routes.include_router(_agent_routes(api), tags=["agents"])
    routes.include_router(_handoff_routes(api), tags=["handoffs"])
    routes.include_router(_conversation_routes(api), tags=["conversations"])
    return routes


def _session_routes(api: DeskApi) -> APIRouter:
    routes = APIRouter(prefix="/session")
    current_agent = Depends(api.auth.current_agent)

    @routes.post("")
    @opens_to(ANYONE, limit="failed sign-ins, of the login and of the address; passwords being checked")
    async def sign_in(body: SignIn, request: Request, response: Response) -> SignedIn:
        """Sign in. Anyone may call it; after some failures each has to wait longer (``Retry-After``)."""
        require_same_origin(request.headers.get("origin"), request.headers.get("host"))
        address = request.client.host if request.client else ""
        agent, token = await api.auth.sessions.sign_in(
            body.login,
            body.password,
            address=address,
            browser=request.cookies.get(BROWSER_COOKIE),
            client=request.headers.get("user-agent", ""),
        )
        browser = await api.auth.sessions.remember_browser(
            agent, address=address, browser=request.cookies.get(BROWSER_COOKIE)
        )
        if api.service.settings.available_at_sign_in and agent.presence is Presence.OFFLINE:
            await api.service.agents.set_presence(agent.id, Presence.AVAILABLE)
        secure = api.service.settings.cookie_secure
        secure = request.url.scheme == "https" if secure is None else secure
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")
        response.set_cookie(
            BROWSER_COOKIE,
            browser,
            max_age=round(api.service.settings.known_browser_s),
            httponly=True,
            samesite="lax",
            secure=secure,
            path="/api/v1/session",
        )
        return SignedIn(agent=await api.desk.agent(agent.id))

    @routes.get("", response_model=SignedIn)
    @opens_to("agents")
    async def who_am_i(request: Request) -> Any:
        """The signed-in agent. For agents; a demo's 401 has ``demo``, for the desk to tell its logins."""
        try:
            agent = await api.auth.current_agent(request)
        except NotSignedIn as error:
            if api.demo:
                return problem(error, demo=True)
            raise
        return SignedIn(agent=await api.desk.agent(agent.id))

    @routes.delete("", status_code=204)
    async def sign_out(request: Request, response: Response, agent: Agent = current_agent) -> None:
        """End the session and go offline. For agents."""
        token = request.cookies.get(COOKIE)
        if token is None:
            raise NotSignedIn("Please sign in.")
        await api.auth.sessions.sign_out(token)
        await api.service.agents.set_presence(agent.id, Presence.OFFLINE)
        response.delete_cookie(COOKIE, path="/")

    return routes


def _agent_routes(api: DeskApi) -> APIRouter:
    routes = APIRouter()
    current_agent = Depends(api.auth.current_agent)
    supervisor = Depends(api.auth.require_role(Role.SUPERVISOR))

    @routes.get("/agents")
    async def list_agents(_agent: Agent = current_agent) -> list[AgentView]:
        """Everyone at the desk. For agents: whom one can transfer to."""
        return await api.desk.agents()

    @routes.put("/agents/me/presence")
    async def set_presence(body: PresenceChange, agent: Agent = current_agent) -> AgentView:
        """Set one's own presence. For agents."""
        await api.service.agents.set_presence(agent.id, body.presence)
        return await api.desk.agent(agent.id)

    @routes.put("/agents/me/helping")
    async def set_helping(body: Helping, agent: Agent = supervisor) -> AgentView:
        """Take conversations from every queue until one is offline, or no longer. For supervisors."""
        await api.service.agents.set_helping(agent, body.helping)
        return await api.desk.agent(agent.id)

    @routes.get("/agents/{agent_id}/presence-log")
    async def presence_log(agent_id: str, _agent: Agent = supervisor) -> list[PresenceEntry]:
        """When an agent was available, away or offline. For supervisors."""
        changes = await api.service.agents.presence_log(agent_id)
        return [PresenceEntry(at=change.at, presence=change.presence) for change in changes]

    @routes.get("/queues")
    async def list_queues(_agent: Agent = current_agent) -> list[QueueView]:
        """The queues and who waits in them. For agents."""
        return queue_views(await api.service.boards.recent(), now=api.service.clock())

    @routes.get("/dispositions")
    async def list_dispositions(_agent: Agent = current_agent) -> list[Disposition]:
        """How a handoff may end. For agents."""
        return list(api.service.settings.dispositions)

    @routes.get("/titles")
    async def list_titles(_agent: Agent = current_agent) -> Mapping[str, Section]:
        """What agents read instead of the names in the bot's domain, by section and language. For agents."""
        return api.desk.titles.sections

    @routes.get("/recent-handoffs")
    async def list_recent(
        limit: Annotated[int, Query(ge=1, le=100)] = 20, agent: Agent = current_agent
    ) -> list[HandoffView]:
        """What was resolved last, with its rating. For agents: their own; for supervisors everybody's."""
        return await api.desk.recent(agent, limit=limit)

    @routes.get("/canned-replies")
    async def list_canned_replies(_agent: Agent = current_agent) -> list[CannedReply]:
        """What can be called up with ``/``. For agents."""
        return list(await api.canned_replies.all())

    return routes


def _handoff_routes(api: DeskApi) -> APIRouter:
    routes = APIRouter(prefix="/handoffs")
    current_agent = Depends(api.auth.current_agent)

    async def view(agent: Agent, handoff_id: str) -> HandoffView:
        conversation = await api.service.conversation_of(handoff_id)
        return await api.desk.view(conversation, await api.service.boards.recent())

    @routes.get("")
    async def list_handoffs(
        state: str = "open",
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        before: float | None = None,
        agent: Agent = current_agent,
    ) -> list[HandoffView]:
        """Handoffs, oldest first within priority. For agents: those that they may see.

        ``before`` gives those whose conversation was last touched before that time.
        """
        if state != "open" and state not in set(HandoffState):
            known = ", ".join(["open", *HandoffState])
            raise InvalidInput(f"There is no state {state!r}.", code="handoff.unknown_state", hint=known)
        states = _OPEN if state == "open" else (HandoffState(state),)
        return await api.desk.handoffs(agent, states, limit=limit, before=before)

    @routes.get("/{handoff_id}")
    async def get_handoff(handoff_id: str, agent: Agent = current_agent) -> HandoffView:
        """One handoff. For agents who may see it."""
        return await api.desk.handoff(agent, handoff_id)

    @routes.get("/{handoff_id}/context")
    async def get_context(
        handoff_id: str,
        format: Literal["full", "flat", "botframework"] = "full",
        agent: Agent | None = Depends(api.auth.service_or_agent),
    ) -> Any:
        """The evidence. For programs, and agents who were offered or hold the conversation.

        ``flat`` is one level of strings within Amazon Connect's limits, ``botframework`` the Bot
        Framework's ``handoff.initiate`` activity.
        """
        context = await api.desk.context(agent, handoff_id)
        match format:
            case "flat":
                return flatten(context)
            case "botframework":
                return bot_framework(context)
            case _:
                return context

    @routes.post("/{handoff_id}/accept")
    async def accept(handoff_id: str, agent: Agent = current_agent) -> HandoffView:
        """Take a waiting conversation. For agents who may see it; 409 when another was first."""
        await api.service.accept(agent, handoff_id)
        return await view(agent, handoff_id)

    @routes.post("/{handoff_id}/decline")
    async def decline(handoff_id: str, agent: Agent = current_agent) -> HandoffView:
        """Decline an offer. For the agent it is made to."""
        await api.service.decline(agent, handoff_id)
        return await view(agent, handoff_id)

    @routes.post("/{handoff_id}/transfer")
    async def transfer(handoff_id: str, body: Transfer, agent: Agent = current_agent) -> HandoffView:
        """Pass a conversation on to a queue or an agent. For its owner and supervisors."""
        await api.service.transfer(
            agent, handoff_id, queue=body.queue, to_agent=body.agent_id, note=body.note
        )
        return await view(agent, handoff_id)

    @routes.post("/{handoff_id}/resolve")
    async def resolve(handoff_id: str, body: Resolution, agent: Agent = current_agent) -> HandoffView:
        """End a handoff. For its owner and supervisors."""
        await api.service.resolve(
            agent,
            handoff_id,
            disposition=body.disposition,
            note=body.note,
            return_to_bot=body.return_to_bot,
        )
        return await view(agent, handoff_id)

    return routes


def _conversation_routes(api: DeskApi) -> APIRouter:
    routes = APIRouter(prefix="/conversations")
    current_agent = Depends(api.auth.current_agent)

    @routes.get("/{conversation_id}")
    async def get_conversation(conversation_id: str, agent: Agent = current_agent) -> ConversationView:
        """A conversation with its internal notes. For agents who may read it."""
        conversation = await api.service.readable(agent, conversation_id)
        known = conversation.identity
        record = await api.service.contacts.customer(known.customer_id) if known else None
        return ConversationView(
            id=conversation.id,
            channel=conversation.channel,
            language=conversation.language,
            sequence=conversation.sequence,
            state=await api.service.state_of(conversation),
            customer={
                "id": known.customer_id,
                "name": record.name if record else None,
                "email": record.email if record else None,
                "phone": record.phone if record else None,
                "verified": known.at_least(Level.WEAK, api.service.clock()),
                "verified_by": known.by,
            }
            if known
            else None,
            call=call_view(conversation),
            messages=list(transcript(conversation, internal=True)),
        )

    @routes.post("/{conversation_id}/messages")
    async def say(conversation_id: str, body: AgentMessage, agent: Agent = current_agent) -> Message:
        """Write to the customer. For the conversation's owner; idempotent by ``message_id``."""
        return await api.service.say(agent, conversation_id, message=body.text, message_id=body.message_id)

    @routes.post("/{conversation_id}/notes")
    async def write_note(conversation_id: str, body: Note, agent: Agent = current_agent) -> Message:
        """Write an internal note. For agents who may read the conversation."""
        return await api.service.note(agent, conversation_id, note=body.text)

    return routes
