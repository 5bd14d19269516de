"""The HTTP routes of calls: an agent's audio, what an agent does with a call, and whether one can be made."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from bot.doors import ANYONE, opens_to
from bot.handoff.agents import Agent
from bot.handoff.auth import Authenticator
from bot.handoff.call_tickets import CallTicket, CallTickets
from bot.handoff.calls import Calls, Control
from bot.transfer_targets import MOST_CHARS, MOST_NAME_CHARS, TransferSettings


class VoiceView(BaseModel):
    """Where a browser sends its WebRTC offer to call; None when it cannot."""

    url: str | None


class Keys(BaseModel):
    digits: str = Field(max_length=64)


class OutsideTarget(BaseModel):
    """A number or a SIP URI, or instead the name of one of the operator's contacts."""

    target: str = Field("", max_length=MOST_CHARS)
    contact: str = Field("", max_length=MOST_NAME_CHARS)


class OutsideView(BaseModel):
    """Whither a call may be passed on outside: names to choose from, and what may be typed: what numbers
    begin with, and SIP URIs or their hosts."""

    contacts: list[str]
    numbers: list[str]
    addresses: list[str]


def router(
    calls: Calls, tickets: CallTickets, auth: Authenticator, *, transfers: TransferSettings | None = None
) -> APIRouter:
    """The routes under ``/api/v1``. ``transfers`` as for `Calls`."""
    allowed = transfers or TransferSettings()
    routes = APIRouter(prefix="/api/v1", tags=["calls"])
    current_agent = Depends(auth.current_agent)

    @routes.get("/voice")
    @opens_to(ANYONE, limit="none: it says one word")
    async def voice() -> VoiceView:
        """Whether, and where, a browser can call. Anyone may ask."""
        return VoiceView(url=tickets.url)

    @routes.get("/voice/targets")
    async def targets(agent: Agent = current_agent) -> OutsideView:
        """Whither calls may be passed on outside. For agents; the contacts' numbers are not told."""
        return OutsideView(
            contacts=list(allowed.contacts), numbers=allowed.numbers, addresses=allowed.addresses
        )

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
        """Pass the call on outside, where the operator allows it. For the owner of a live call."""
        wanted = Control(action="transfer", target=body.target, contact=body.contact)
        await calls.control(agent, handoff_id, wanted)

    return routes
