"""How much one address may send, and what counts as one address."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI, Response
from starlette.types import Message

from bot.channels.limits import Kind, LimitMiddleware, RequestLimits, limit_of
from bot.channels.plain_paths import PlainPathsMiddleware
from bot.handoff.settings import HandoffSettings, QueueSettings
from bot.network import counted_address, is_loopback


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_ipv6_is_counted_by_its_64(address: str, counted: str) -> None:
    assert counted_address(address) == counted


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_this_machine(address: str) -> None:
    assert is_loopback(address)


async def test_addresses_of_one_line_share_a_limit_and_kinds_do_not() -> None:
    limits = RequestLimits(messages_per_minute=2, requests_per_minute=3)
    assert [await limits.allow(f"2001:db8::{n}", Kind.MESSAGE) for n in range(3)] == [True, True, False]
    assert await limits.allow("2001:db8:0:1::1", Kind.MESSAGE), "another line"
    assert [await limits.allow(f"2001:db8::{n}", Kind.REQUEST) for n in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/webhooks/rest/webhook", Kind.MESSAGE),
        ("POST", "/api/v1/conversations/c_1/handoff", Kind.MESSAGE),
        ("POST", "/api/v1/conversations/c_1/handoff/cancel", Kind.MESSAGE),
        ("POST", "/api/v1/conversations/c_1/rating", Kind.MESSAGE),
        ("GET", "/api/v1/conversations/c_1/messages", Kind.REQUEST),
        ("HEAD", "/api/v1/conversations/c_1/transcript", Kind.REQUEST),
        ("POST", "/api/v1/conversations/c_1/messages", None),
    ],
)
def test_what_anyone_may_call_is_limited(method: str, path: str, kind: Kind | None) -> None:
    assert limit_of(method, path) is kind


async def test_reading_over_the_limit_is_refused_until_later() -> None:
    app = FastAPI()

    @app.get("/api/v1/conversations/{conversation_id}/messages")
    async def messages(conversation_id: str) -> dict[str, str]:
        return {}

    app.add_middleware(LimitMiddleware, limits=RequestLimits(messages_per_minute=1, requests_per_minute=2))
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://firstline.test") as client:
        answers = [await client.get("/api/v1/conversations/c_1/messages") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "rate.limited"
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/a/../b", "/..", "/a/.", "/a/..\\b", "/a\\..\\b", "/a/..;/b", "/a\x00b"])
async def test_dot_segments_lead_nowhere(path: str) -> None:
    assert await _status(path) == 404


@pytest.mark.parametrize("path", ["/", "/a.b/c", "/.well-known/x", "/...", "/a..b"])
async def test_other_dots_are_plain(path: str) -> None:
    assert await _status(path) == 200


async def _status(path: str) -> int:
    """What the middleware makes of a path as the server decoded it: clients take dots out themselves."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    await PlainPathsMiddleware(Response())(scope, receive, send)
    return int(sent[0]["status"])


def test_customers_may_ask_for_public_queues_only() -> None:
    settings = HandoffSettings(
        queues=(
            QueueSettings(name="general", title="All", public=True),
            QueueSettings(name="vip", title="VIP"),
        )
    )
    assert settings.is_public("general")
    assert not settings.is_public("vip")
    assert not settings.is_public("unheard-of")
