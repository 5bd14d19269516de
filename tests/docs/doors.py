"""All routes and socket events of the application, and what each says of who may call it and how often.

`python -m tests.docs.doors` writes the table of docs/security.md anew.
"""

from __future__ import annotations

import asyncio
import inspect
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from pydantic import SecretStr
from starlette.routing import Mount, Route

from bot.channels.limits import limit_of
from bot.doors import ANYONE, Door, door_of
from bot.server import create_app
from bot.settings import Settings
from tests.docs.pages import DOCS
from voice_gateway.http_transports import mount
from voice_gateway.server import create_app as voice_app
from voice_gateway.settings import ExotelSection, TelnyxSection, TwilioSection
from voice_gateway.settings import Settings as VoiceSettings
from voice_gateway.switchboard import Switchboard

PAGE = DOCS / "security.md"
BEGIN, END = "<!-- doors: written by python -m tests.docs.doors -->", "<!-- end of doors -->"
LIBRARY = {
    "/openapi.json": Door(ANYONE, "none: made once"),
    "/docs": Door(ANYONE, "none: made once"),
    "/docs/oauth2-redirect": Door(ANYONE, "none: made once"),
    "/static-offline-docs": Door(ANYONE, "none: files from disk"),
    "/assets": Door(ANYONE, "none: files from disk"),
}
"""Routes that libraries add, which cannot say anything themselves."""


@dataclass(frozen=True, slots=True, order=True)
class Entrance:
    """A route or socket event; ``words`` are its own, ``door`` is None when nothing says who may call it."""

    where: str
    what: str
    words: str
    door: Door | None

    @property
    def is_stated(self) -> bool:
        """Whether it says who, and where that is anyone, what bounds them."""
        return self.door is not None and (self.door.who != ANYONE or bool(self.door.limit))

    @property
    def row(self) -> str:
        door = self.door or Door("?", "?")
        return f"| `{self.where}` | {self.what} | {self.words} | {door.who} | {door.limit or '—'} |"


@asynccontextmanager
async def running_application() -> AsyncIterator[tuple[FastAPI, Any]]:
    """The application with everything behind it, as `firstline serve` makes it, and its Socket.IO server."""
    with tempfile.TemporaryDirectory() as folder:
        whole: Any = create_app(
            Settings(data_dir=Path(folder), voice_url="http://127.0.0.1:8010/webrtc/offer")
        )
        found = _within(whole)
        app = next(layer for layer in found if isinstance(layer, FastAPI))
        sio = next(layer.engineio_server for layer in found if hasattr(layer, "engineio_server"))
        async with app.router.lifespan_context(app):
            yield app, sio


def _within(app: Any) -> list[Any]:
    """An application and those that it wraps, outermost first."""
    found = []
    while app is not None:
        found.append(app)
        app = next(
            (getattr(app, name) for name in ("_app", "other_asgi_app") if getattr(app, name, None)), None
        )
    return found


def entrances(app: FastAPI, sio: Any) -> list[Entrance]:
    """Every route and every socket event."""
    found = [entrance for route in app.routes for entrance in _of_route(route, prefix="")]
    for name, namespace in sio.namespace_handlers.items():
        for method_name, method in inspect.getmembers(namespace, inspect.ismethod):
            if method_name.startswith("on_") and method_name != "on_disconnect":
                found.append(
                    Entrance(f"socket {name}", f"`{method_name[3:]}`", _words(method), door_of(method))
                )
    return sorted(
        found, key=lambda entrance: (entrance.where.startswith("socket"), entrance.where, entrance.what)
    )


def _of_route(route: Any, *, prefix: str) -> Iterator[Entrance]:
    if (router := getattr(route, "original_router", None)) is not None:
        # FastAPI keeps an included router whole, with the prefix that it was given.
        within = prefix + route.include_context.prefix
        for each in router.routes:
            yield from _of_route(each, prefix=within)
    elif isinstance(route, APIRoute):
        path = prefix + route.path
        for method in sorted(route.methods or ()):
            yield Entrance(path, method, _words(route.endpoint), _door(route, method, path))
    elif isinstance(route, APIWebSocketRoute):
        yield Entrance(prefix + route.path, "WebSocket", _words(route.endpoint), door_of(route.endpoint))
    elif isinstance(route, Route | Mount):
        yield Entrance(prefix + route.path, "GET", "", LIBRARY.get(prefix + route.path))
    else:
        yield Entrance(repr(route), "?", "", None)


def _door(route: APIRoute, method: str, path: str) -> Door | None:
    own = door_of(route.endpoint)
    letting_in = own or next((door for call in _calls(route.dependant) if (door := door_of(call))), None)
    if letting_in is None:
        return LIBRARY.get(path)
    counted = limit_of(method, path)
    limit = letting_in.limit or (own.limit if own else "")
    return Door(letting_in.who, "; ".join(part for part in (counted.value if counted else "", limit) if part))


def _words(function: Any) -> str:
    """The first sentences of a docstring, on one line."""
    return (
        (inspect.getdoc(function) or "")
        .split("\n\n")[0]
        .replace("\n", " ")
        .replace("|", "\\|")
        .replace("``", "`")
    )


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def table(found: list[Entrance]) -> str:
    """The table as docs/security.md has it."""
    head = "| route or event | | what, and for whom | opens to | limited by |\n|---|---|---|---|---|"
    return "\n".join([head, *(entrance.row for entrance in found)])


async def gateway_entrances() -> list[Entrance]:
    """Every route of the voice gateway, with all its transports set up."""
    settings = VoiceSettings(
        api_token=SecretStr("token"),
        twilio=TwilioSection(auth_token=SecretStr("token"), public_url="https://voice.test"),
        telnyx=TelnyxSection(secret=SecretStr("secret")),
        exotel=ExotelSection(password=SecretStr("password")),
    )
    app = voice_app(settings)
    async with AsyncExitStack() as stack:
        # They take no calls here.
        await mount(app, settings, cast(Switchboard, None), stack)
        return sorted(entrance for route in app.routes for entrance in _of_route(route, prefix=""))


async def page_tables() -> str:
    """What docs/security.md has of both servers."""
    async with running_application() as (app, sio):
        bot = table(entrances(app, sio))
    return f"{bot}\n\nThe voice gateway, `firstline voice`:\n\n{table(await gateway_entrances())}"


async def _write() -> None:
    made = await page_tables()
    page = PAGE.read_text("utf-8")
    before, after = page[: page.index(BEGIN) + len(BEGIN)], page[page.index(END) :]
    PAGE.write_text(f"{before}\n{made}\n{after}", "utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
