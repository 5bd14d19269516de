"""The HTTP and Socket.IO server: routes over the parts that `bot.front_line` wires."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import httpx
import socketio
import structlog
from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from bot import __version__
from bot.call import VOICE
from bot.channels import (
    contact_changes_api,
    contacts_api,
    conversations_api,
    pages,
    problems,
    rasa_api,
    rest,
    sites,
)
from bot.channels.access_keys import HEADER, ID_HEADER
from bot.channels.body_limit import BodyLimitMiddleware
from bot.channels.limits import LimitMiddleware, RequestLimits
from bot.channels.local_only import LocalOnlyMiddleware, is_direct
from bot.channels.plain_paths import PlainPathsMiddleware
from bot.channels.safe_headers import SafeHeadersMiddleware
from bot.channels.sites import Sites
from bot.channels.sockets import SocketServer
from bot.channels.voice import VoiceChannel
from bot.channels.webchat import WebChat
from bot.doors import ANYONE, opens_to
from bot.errors import FirstlineError, Unavailable
from bot.front_line import FrontLine, open_accounts, open_front_line
from bot.handoff import accounts_api, calls_api, messages_left_api, webhooks_api
from bot.handoff import api as desk_api
from bot.handoff.auth import Authenticator, NotSignedIn, require_same_origin
from bot.handoff.call_tickets import CallTickets
from bot.handoff.calls import Calls
from bot.handoff.carried_calls import CarriedCalls
from bot.handoff.live import DeskNamespace
from bot.handoff.webhooks import Webhooks
from bot.settings import Settings
from bot.store.handoff import SqlHandoffStore
from bot.store.redis_sockets import RedisSockets
from bot.store.webhooks import SqlWebhookStore

MAX_SOCKET_MESSAGE = 100_000
"""Bytes of one Socket.IO packet."""
READY_WITHIN_S = 3.0
"""A probe that waits for a database or Redis longer than this is answered that it cannot serve."""

log = structlog.get_logger(__name__)


def create_app(
    settings: Settings,
    *,
    on_ready: Callable[[FrontLine], None] = lambda _: None,
    on_failure: Callable[[FirstlineError], None] = lambda _: None,
) -> ASGIApp:
    """The ASGI application; its lifespan opens and closes everything behind it.

    ``on_failure`` is told why it could not start, which a server only logs.
    """
    refuse_unsafe(settings)
    other_nodes = RedisSockets(settings.redis_url) if settings.redis_url else None
    sio = SocketServer(
        async_mode="asgi",
        cors_allowed_origins=origins(settings.allowed_origins),
        client_manager=other_nodes,
        # Nothing of a web chat's needs a cookie, so no other site's page is given the use of ours.
        cors_credentials=False,
        max_http_buffer_size=MAX_SOCKET_MESSAGE,
    )
    limits = RequestLimits(
        messages_per_minute=settings.messages_per_minute,
        requests_per_minute=settings.requests_per_minute,
        redis_url=settings.redis_url,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with AsyncExitStack() as stack:
                line = await stack.enter_async_context(open_front_line(settings))
                if other_nodes is not None:
                    # Before there are clients: what other nodes tell them is kept for nobody.
                    await stack.enter_async_context(other_nodes.listening())
                await stack.enter_async_context(_background(app, line, sio, limits))
                app.state.line = line
                on_ready(line)
                yield
                app.state.line = None
        except FirstlineError as error:
            on_failure(error)
            raise

    # Its /docs loads nothing from a content network, so it works, and tells nobody, inside a closed one.
    app = FastAPIOffline(title="Firstline", version=__version__, lifespan=lifespan, redoc_url=None)
    app.state.line = None
    problems.install(app)
    app.add_middleware(LimitMiddleware, limits=limits)
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(SafeHeadersMiddleware)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=[HEADER],
            expose_headers=[ID_HEADER],
        )
    _add_probes(app)
    app.include_router(pages.router(voice_url=settings.voice_url))
    app.include_router(
        sites.router(Sites(settings.allowed_origins), max_message_length=settings.max_message_length)
    )
    pages.mount_assets(app)
    whole: ASGIApp = PlainPathsMiddleware(socketio.ASGIApp(sio, other_asgi_app=app))
    return LocalOnlyMiddleware(whole) if settings.demo else whole


def origins(allowed: Sequence[str]) -> Callable[[str, dict[str, Any]], bool] | str | None:
    """What Socket.IO takes as its allowed origins: the listed sites, and always our own pages.

    python-socketio allows our own origin only while no list is given; with one, our desk would be shut out.
    """
    if not allowed:
        return None
    if "*" in allowed:
        return "*"

    listed = Sites(allowed)

    def allow(origin: str, environ: dict[str, Any]) -> bool:
        return listed.lets_in(origin, environ.get("HTTP_HOST"))

    return allow


def refuse_unsafe(settings: Settings) -> None:
    """Raise an error for settings that would open the bot's inside to a network."""
    if settings.is_loopback:
        return
    if settings.demo:
        raise FirstlineError(
            f"The demo, whose passwords are public, cannot listen on {settings.host}.",
            code="settings.demo_exposed",
            hint="leave out --demo, or listen on 127.0.0.1",
        )
    if settings.api_token is None:
        raise FirstlineError(
            f"Listening on {settings.host} needs a token for the programs that call the API.",
            code="settings.no_token",
            hint="set FIRSTLINE_API_TOKEN to a long random string",
        )


@asynccontextmanager
async def _background(
    app: FastAPI, line: FrontLine, sio: socketio.AsyncServer, limits: RequestLimits
) -> AsyncIterator[None]:
    """Add what needs the wired parts, and run what happens by itself."""
    settings = line.settings
    token = settings.api_token.get_secret_value() if settings.api_token else None
    auth = Authenticator(line.sessions, line.agents, api_token=token)
    webchat = WebChat(
        line.customers,
        line.access_keys,
        limits=limits,
        on_typing=lambda conversation_id, active: desk_live.customer_typing(conversation_id, active),
    )
    desk_live = DeskNamespace(
        line.handoffs, line.desk, line.sessions, inbox=line.inbox, on_typing=webchat.agent_typing
    )
    calls = Calls(line.handoffs, transfers=settings.transfers)
    carried = CarriedCalls(
        calls,
        SqlHandoffStore(line.database),
        clock=line.conversations.clock,
        gone_s=settings.handoff.gateway_gone_s,
    )
    voice = VoiceChannel(
        line.customers,
        line.conversations,
        calls,
        carried,
        expects=line.engine.expectation,
        prompts=lambda language: line.engine.fixed_texts(channel=VOICE, language=language),
        api_token=token,
    )
    calls.on_control(voice.control)
    for namespace in (webchat, desk_live, voice):
        sio.register_namespace(namespace)
    for channel in (webchat, voice):
        line.conversations.subscribe(channel.appended)
        line.ticker.on_state_changed(channel.state_changed)
    line.ticker.on_state_changed(desk_live.place_changed)

    async with httpx.AsyncClient(
        follow_redirects=False, timeout=settings.handoff.webhook_timeout_s
    ) as client:
        webhooks = Webhooks(
            SqlWebhookStore(line.database), line.conversations, settings=settings.handoff, client=client
        )
        _include_routes(app, line, auth, webhooks)
        tickets = CallTickets(voice_url=settings.voice_url, api_token=token, clock=line.conversations.clock)
        app.include_router(calls_api.router(calls, tickets, auth, transfers=settings.transfers))
        tasks = [
            asyncio.create_task(job(), name=name)
            for name, job in (
                ("recovery", line.virtual_agent.run),
                ("ticker", line.ticker.run),
                ("carried_calls", carried.run),
                ("desk", desk_live.run),
                ("webhooks", webhooks.run),
                ("model_reload", line.model_reload.run),
            )
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)


def _include_routes(app: FastAPI, line: FrontLine, auth: Authenticator, webhooks: Webhooks) -> None:
    @opens_to("programs; in the demo, whoever is on this machine")
    async def programs(request: Request) -> None:
        """Programs with the token; in the demo, whoever is on this machine."""
        if is_program(request):
            return
        if not (line.settings.demo and is_direct(request)):
            raise NotSignedIn("This needs the API token.", hint="Authorization: Bearer $FIRSTLINE_API_TOKEN")
        # Whoever is on this machine, but not a page of another site in their browser.
        require_same_origin(request.headers.get("origin"), request.headers.get("host"))

    def is_program(request: Request) -> bool:
        return auth.is_service(request.headers.get("authorization"))

    app.include_router(rest.router(line.customers, line.access_keys))
    app.include_router(
        conversations_api.router(
            line.customers,
            line.access_keys,
            is_program=is_program,
            may_choose_queue=line.settings.handoff.is_public,
        )
    )
    app.include_router(
        rasa_api.router(
            conversations=line.conversations,
            keys=line.access_keys,
            understanding=line.interpreter,
            initial_slots=lambda: line.engine.domain.initial_slots(),
            model_name=lambda: line.interpreter.model.fingerprint.name,
            access=programs,
            is_program=is_program,
            identity_rules=lambda: line.engine.project.identity,
        )
    )
    app.include_router(
        desk_api.router(
            desk_api.DeskApi(
                service=line.handoffs,
                desk=line.desk,
                auth=auth,
                canned_replies=line.canned_replies,
                demo=line.settings.demo,
            )
        )
    )
    accounts = open_accounts(line.database, line.settings, line.agents)
    app.include_router(accounts_api.router(accounts, line.sessions, auth))
    app.include_router(
        contacts_api.router(line.contacts, agent=auth.current_agent, may_read=line.desk.may_read_customer)
    )
    app.include_router(
        contact_changes_api.router(
            line.contact_changes,
            contacts=line.contacts,
            notices=line.notices,
            conversations=line.conversations,
        )
    )
    app.include_router(messages_left_api.router(line.inbox, auth))
    app.include_router(webhooks_api.router(webhooks, auth))

    @app.get("/metrics", tags=["operations"])
    @opens_to("programs, and whoever is on this machine")
    async def metrics(request: Request) -> Response:
        """Figures for Prometheus. Programs may call, and whoever is on this machine."""
        if not (is_direct(request) or auth.is_service(request.headers.get("authorization"))):
            raise NotSignedIn("This needs the API token.", hint="Authorization: Bearer $FIRSTLINE_API_TOKEN")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_probes(app: FastAPI) -> None:
    @app.get("/healthz", tags=["operations"])
    @opens_to(ANYONE, limit="none: it says one word")
    async def healthz() -> dict[str, str]:
        """Whether the process lives. Anyone may call."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operations"])
    @opens_to(ANYONE, limit=f"{READY_WITHIN_S:.0f} s, one query")
    async def readyz(response: Response) -> dict[str, Any]:
        """Whether it can serve. Anyone may call; 503 while it cannot, with the reason."""
        line: FrontLine | None = app.state.line
        try:
            if line is None:
                raise Unavailable("It is starting.", code="front_line.starting")
            await asyncio.wait_for(line.check(), READY_WITHIN_S)
        except (Unavailable, TimeoutError) as error:
            response.status_code = 503
            return {"status": error.code if isinstance(error, Unavailable) else Unavailable.code}
        return {"status": "ready"}
