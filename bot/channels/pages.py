"""The built pages: the shop with the widget, the desk, and what they load."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.applications import Starlette
from starlette.types import Scope

from bot.doors import ANYONE, opens_to

FILES = "none: files from disk"
DIST = Path(__file__).resolve().parents[1] / "web" / "dist"
NOT_BUILT = (
    "<!doctype html><title>Firstline</title><p>The pages are not built yet: run <code>make web</code>."
)
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: https:; connect-src {connect}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)


def page_headers(voice_url: str | None = None) -> dict[str, str]:
    """The headers of our pages, which may use the microphone and the voice gateway where there is one."""
    connect, microphone = "'self'", "()"
    if voice_url is not None:
        address = urlsplit(voice_url)
        connect, microphone = f"'self' {address.scheme}://{address.netloc}", "(self)"
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.format(connect=connect),
        "Permissions-Policy": f"microphone={microphone}, camera=(), geolocation=()",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cache-Control": "no-cache",
    }


class Assets(StaticFiles):
    """Files named by their content: they never change, and every site with the widget reads them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def router(dist: Path = DIST, *, voice_url: str | None = None) -> APIRouter:
    """The pages' routes. Anyone may read them; what they show needs signing in where it matters."""
    routes = APIRouter(include_in_schema=False)
    headers = page_headers(voice_url)

    def page(path: Path) -> Response:
        if not path.is_file():
            return HTMLResponse(NOT_BUILT, status_code=503)
        return FileResponse(path, headers=headers, media_type="text/html")

    @routes.get("/")
    @opens_to(ANYONE, limit=FILES)
    async def shop() -> Response:
        """The demo's shop, with the widget."""
        return page(dist / "index.html")

    @routes.get("/desk")
    @opens_to(ANYONE, limit=FILES)
    async def desk() -> Response:
        """The agents' desk; what it shows needs signing in."""
        return page(dist / "desk" / "index.html")

    @routes.get("/undo")
    @opens_to(ANYONE, limit=FILES)
    async def undo() -> Response:
        return page(dist / "undo" / "index.html")

    @routes.get("/widget.js")
    @opens_to(ANYONE, limit=FILES)
    async def widget() -> Response:
        """The widget's loader, for any site."""
        path = dist / "widget.js"
        if not path.is_file():
            return Response("/* run `make web` */", status_code=503, media_type="text/javascript")
        public = {
            "Cache-Control": "public, max-age=300",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        return FileResponse(path, media_type="text/javascript", headers=public)

    return routes


def mount_assets(app: Starlette, dist: Path = DIST) -> None:
    """Serve what the pages load, if it is built."""
    assets = dist / "assets"
    if assets.is_dir():
        app.mount("/assets", Assets(directory=assets), name="assets")
