"""The gateway's HTTP server: probes, metrics, and the transports that come by HTTP and WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.doors import ANYONE, opens_to
from voice_gateway.errors import VoiceError
from voice_gateway.gateway import Gateway, open_gateway
from voice_gateway.http_transports import mount
from voice_gateway.settings import Settings


def create_app(
    settings: Settings,
    *,
    on_ready: Callable[[Gateway], None] = lambda _: None,
    on_failure: Callable[[VoiceError], None] = lambda _: None,
) -> FastAPI:
    """The ASGI application; its lifespan opens and closes everything behind it.

    ``on_failure`` is told why it could not start, which a server only logs.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with AsyncExitStack() as stack:
                gateway = await stack.enter_async_context(open_gateway(settings))
                await mount(app, settings, gateway.switchboard, stack)
                app.state.gateway = gateway
                on_ready(gateway)
                yield
                app.state.gateway = None
        except VoiceError as error:
            on_failure(error)
            raise

    app = FastAPI(title="Firstline voice gateway", lifespan=lifespan, openapi_url=None)
    app.state.gateway = None
    _add_probes(app)
    return app


def _add_probes(app: FastAPI) -> None:
    @app.get("/healthz")
    @opens_to(ANYONE, limit="none: it says one word")
    async def healthz() -> dict[str, str]:
        """Whether the process lives. Anyone may call."""
        return {"status": "ok"}

    @app.get("/readyz")
    @opens_to(ANYONE, limit="none: it says one word")
    async def readyz(response: Response) -> dict[str, str]:
        """Whether calls can be carried. Anyone may call; 503 while they cannot, with the reason."""
        gateway: Gateway | None = app.state.gateway
        if gateway is None:
            response.status_code = 503
            return {"status": "starting"}
        if not gateway.bot.is_connected:
            response.status_code = 503
            return {"status": "bot.unreachable"}
        return {"status": "ready"}

    @app.get("/metrics")
    @opens_to("programs on this machine")
    async def metrics(request: Request, response: Response) -> Response:
        """Figures for Prometheus. For programs on this machine, not behind a proxy; 403 for others."""
        gateway: Gateway | None = app.state.gateway
        if gateway is None or not _is_direct(request):
            return Response(status_code=503 if gateway is None else 403)
        return Response(generate_latest(gateway.registry), media_type=CONTENT_TYPE_LATEST)


def _is_direct(request: Request) -> bool:
    """Whether a program on this machine asks, and no proxy for somebody else."""
    if request.client is None or any(name.startswith("x-forwarded") for name in request.headers):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
