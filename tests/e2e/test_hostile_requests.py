"""Hostile requests over all routes and socket events: no failure, and nothing that is somebody else's."""

from __future__ import annotations

import asyncio
import secrets

import httpx
import pytest

from tests.bot.channels.test_security import signed_in
from tests.support.front_line import FrontLine
from tests.support.hostile import Attacker

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("requests", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_no_hostile_request_fails_or_finds_anything(front_line: FrontLine, requests: int) -> None:
    words = f"canary-{secrets.token_hex(8)}"
    key = f"key-{secrets.token_hex(12)}"
    said = {"sender": key, "message": f"My name is {words}"}
    begun = httpx.post(f"{front_line.url}/webhooks/rest/webhook", json=said, timeout=90)
    public_id = begun.raise_for_status().headers["x-conversation-id"]
    with signed_in(front_line, "agent2") as client:
        cookie = client.cookies["firstline_session"]
        me = client.get("/api/v1/session").json()["agent"]["id"]
        client.delete("/api/v1/session")
    log = front_line.log.stat().st_size

    attacker = Attacker(
        front_line.url,
        canaries=[words, key, "solveig", "firstline-demo", front_line.api_token],
        known_ids=[public_id, cookie, me, "C-1001", "48213"],
    )
    findings = asyncio.run(attacker.attack(requests))

    assert findings.wrong == []
    assert sum(findings.statuses.values()) > requests / 2
    assert {"401", "404", "422"} <= findings.statuses.keys(), findings.statuses
    written = front_line.log.read_bytes()[log:].decode("utf-8", "replace")
    assert "Traceback" not in written
    assert words not in written
    assert key not in written
    still = httpx.post(
        f"{front_line.url}/webhooks/rest/webhook", json={**said, "message": "hello"}, timeout=90
    )
    assert still.json()[0]["text"]
