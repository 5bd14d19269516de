"""Every site is told whether it may embed the widget, and nothing else."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.testclient import TestClient

from bot.channels.sites import Sites, router
from bot.server import origins

SHOP = "https://shop.example"


def client(*allowed: str) -> TestClient:
    app = FastAPI()
    # As the server has it, which answers listed sites only.
    app.add_middleware(CORSMiddleware, allow_origins=list(allowed), allow_methods=["GET", "POST"])
    app.include_router(router(Sites(allowed), max_message_length=123))
    return TestClient(app, base_url="https://chat.example")


@pytest.mark.parametrize(
    ("allowed", "origin", "expected"),
    [
        ((), None, True),
        ((), "https://chat.example", True),
        ((), SHOP, False),
        ((SHOP,), SHOP, True),
        ((SHOP,), "https://chat.example", True),
        ((SHOP,), "https://shop.example.evil.example", False),
        ((SHOP,), "http://shop.example", False),
        ((SHOP,), "null", False),
        (("*",), "https://anywhere.example", True),
    ],
)
def test_a_site_is_told_whether_it_is_let_in(
    allowed: tuple[str, ...], origin: str | None, expected: bool
) -> None:
    headers = {"Origin": origin} if origin else {}
    answer = client(*allowed).get("/api/v1/site", headers=headers)
    assert answer.json() == {"allowed": expected, "max_message_length": 123}
    # Readable by the page that asks, also where it is refused, and never with our cookies.
    assert answer.headers["access-control-allow-origin"] in ("*", origin)
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["cache-control"] == ("private, max-age=300" if expected else "no-store")
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", [SHOP, "https://chat.example", "https://other.example", "null"])
def test_the_route_says_what_socket_io_does(origin: str) -> None:
    decide = origins([SHOP])
    assert callable(decide)
    told = client(SHOP).get("/api/v1/site", headers={"Origin": origin}).json()["allowed"]
    assert told == decide(origin, {"HTTP_HOST": "chat.example"})
