"""The transports that come by HTTP and WebSocket, mounted on the gateway's server."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Protocol

from fastapi import APIRouter, FastAPI

from voice_gateway.clock import SystemClock
from voice_gateway.limits import PeerRate
from voice_gateway.settings import Settings
from voice_gateway.switchboard import Switchboard
from voice_gateway.transports.asterisk import Asterisk, AsteriskSettings
from voice_gateway.transports.audiosocket import LOOPBACK
from voice_gateway.transports.exotel import Exotel, ExotelSettings
from voice_gateway.transports.ice import IceServers
from voice_gateway.transports.telnyx import Telnyx, TelnyxSettings
from voice_gateway.transports.tickets import TicketReader
from voice_gateway.transports.twilio import Twilio, TwilioSettings
from voice_gateway.transports.webrtc import WebRtc, WebRtcSettings

ANY_ADDRESS = frozenset({"0.0.0.0", "::"})


class HttpTransport(Protocol):
    """What each of them has."""

    router: APIRouter

    async def close(self) -> None: ...


async def mount(app: FastAPI, settings: Settings, switchboard: Switchboard, stack: AsyncExitStack) -> None:
    """Add the routes of every transport that is set up; they are closed with the stack."""
    for transport in _transports(settings, switchboard):
        app.include_router(transport.router)
        stack.push_async_callback(transport.close)


def _transports(settings: Settings, switchboard: Switchboard) -> list[HttpTransport]:
    secret = settings.asterisk.secret
    found: list[HttpTransport] = [
        Asterisk(
            switchboard,
            AsteriskSettings(token=secret.get_secret_value())
            if secret is not None
            else AsteriskSettings(allow=LOOPBACK),
        )
    ]
    twilio = settings.twilio
    if twilio.auth_token is not None and twilio.public_url is not None:
        found.append(
            Twilio(
                switchboard,
                TwilioSettings(auth_token=twilio.auth_token.get_secret_value(), public_url=twilio.public_url),
            )
        )
    if settings.telnyx.secret is not None:
        token = settings.telnyx.secret.get_secret_value()
        found.append(Telnyx(switchboard, TelnyxSettings(stream_token=token)))
    if settings.exotel.password is not None:
        password = settings.exotel.password.get_secret_value()
        found.append(Exotel(switchboard, ExotelSettings(user=settings.exotel.user, password=password)))
    if settings.webrtc.enabled:
        found.append(_webrtc(settings, switchboard))
    return found


def _webrtc(settings: Settings, switchboard: Switchboard) -> WebRtc:
    token = settings.api_token
    host = settings.webrtc.host or settings.host
    return WebRtc(
        switchboard,
        switchboard,
        WebRtcSettings(
            origins=settings.allowed_origins,
            hosts=[host] if host not in ANY_ADDRESS else None,
            allowed_networks=settings.webrtc.allowed_networks,
            refused_networks=settings.webrtc.refused_networks,
            ice=IceServers(settings.webrtc.ice_servers, valid_s=settings.longest_call_s),
        ),
        tickets=TicketReader(token.get_secret_value()) if token is not None else None,
        questions=PeerRate(settings.calls_per_minute, now=SystemClock().now),
    )
