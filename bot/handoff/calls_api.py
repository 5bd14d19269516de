"""The HTTP routes of calls: an agent's audio, what an agent does with a call, and whether one can be made."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from bot.handoff.agents import Agent
from bot.handoff.auth import Authenticator
from bot.handoff.call_tickets import CallTicket, CallTickets
from bot.handoff.calls import Calls, Control


class VoiceView(BaseModel):
    """Where a browser sends its WebRTC offer to call; None when it cannot."""

    url: str | None


class Keys(BaseModel):
    digits: str = Field(max_length=64)


class OutsideTarget(BaseModel):
    target: str = Field(max_length=200)


def router(calls: Calls, tickets: CallTickets, auth: Authenticator) -> APIRouter:
    """The routes under ``/api/v1``."""
    routes = APIRouter(prefix="/api/v1", tags=["calls"])
    current_agent = Depends(auth.current_agent)

    @routes.get("/voice")
    async def voice() -> VoiceView:
        """Whether, and where, a browser can call. Anyone may ask."""
        return VoiceView(url=tickets.url)

    @routes.post("/handoffs/{handoff_id}/call")
    async def join(handoff_id: str, agent: Agent = current_agent) -> CallTicket:
        """Where to send the agent's audio, and the ticket for it. For the owner of a live call."""
        return tickets.issue(agent, await calls.live_call(agent, handoff_id))

    @routes.post("/handoffs/{handoff_id}/call/hold", status_code=204, response_class=Response)
    async def hold(handoff_id: str, agent: Agent = current_agent) -> None:
        """Put the caller on hold. For the owner of a live call."""
        await calls.control(agent, handoff_id, Control(action="hold"))

    @routes.post("/handoffs/{handoff_id}/call/resume", status_code=204, response_class=Response)
    async def resume(handoff_id: str, agent: Agent = current_agent) -> None:
        """Take the caller back. For the owner of a live call."""
        await calls.control(agent, handoff_id, Control(action="resume"))

    @routes.post("/handoffs/{handoff_id}/call/hang-up", status_code=204, response_class=Response)
    async def hang_up(handoff_id: str, agent: Agent = current_agent) -> None:
        """End the call. For the owner of a live call."""
        await calls.control(agent, handoff_id, Control(action="hang_up"))

    @routes.post("/handoffs/{handoff_id}/call/digits", status_code=204, response_class=Response)
    async def digits(handoff_id: str, body: Keys, agent: Agent = current_agent) -> None:
        """Press keys towards the caller. For the owner of a live call."""
        await calls.control(agent, handoff_id, Control(action="digits", digits=body.digits))

    @routes.post("/handoffs/{handoff_id}/call/transfer", status_code=204, response_class=Response)
    async def transfer(handoff_id: str, body: OutsideTarget, agent: Agent = current_agent) -> None:
        """Pass the call on to a number or a SIP URI outside. For the owner of a live call."""
        await calls.control(agent, handoff_id, Control(action="transfer", target=body.target))

    return routes
