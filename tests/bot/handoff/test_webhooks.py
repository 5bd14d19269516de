"""Webhooks sent to a real receiver: signed, retried, not lost in a crash, and never inward."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from bot.channels.conversations_api import as_text
from bot.conversation import Conversation
from bot.errors import InvalidInput, NotFound
from bot.events import BotUttered
from bot.handoff.agents import Role
from bot.handoff.settings import HandoffSettings
from bot.handoff.webhook_targets import UnsafeTarget, check_target, resolve_target
from bot.handoff.webhooks import KEEP_S, RETRY_AFTER_S, Hook, Webhooks
from bot.store.database import Database
from bot.store.webhooks import SqlWebhookStore
from bot.transcript import Message
from tests.bot.handoff.site import Site
from tests.bot.handoff.world import World


class Receiver:
    """A program that takes webhooks, and fails when a test says so."""

    def __init__(self) -> None:
        self.port = 0
        self.failures: list[int] = []
        self.received: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=desk"

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.received]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), FastAPI()

    @app.post("/hooks")
    async def take(request: Request) -> Response:
        if receiver.failures:
            return Response(status_code=receiver.failures.pop(0), headers={"Location": receiver.url})
        receiver.received.append((dict(request.headers), await request.body()))
        return Response(status_code=204)

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  the library tells it in no other way
        await asyncio.sleep(0.01)
    receiver.port = server.servers[0].sockets[0].getsockname()[1]
    yield receiver
    server.should_exit = True
    await task


class Sender:
    """Webhooks over a `World`."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.store = SqlWebhookStore(world.database)
        self.webhooks = Webhooks(
            self.store, world.conversations, settings=world.settings, client=client, jitter=lambda: 0.0
        )


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def sender(sqlite_database: Database, client: httpx.AsyncClient) -> Sender:
    settings = HandoffSettings(webhooks_allow_loopback=True)
    return Sender(World(sqlite_database, settings=settings), client)


async def handle_one(world: World) -> None:
    agent = await world.agent()
    handoff_id = await world.queued()
    await world.tick()
    await world.service.accept(agent, handoff_id)
    await world.service.say(agent, "c1", message="Hello!", message_id="m1")
    await world.service.note(agent, "c1", note="internal")
    await world.service.resolve(agent, handoff_id, disposition="solved")


async def test_receiver_gets_signed_events_in_order_and_no_internal_notes(
    sender: Sender, receiver: Receiver
) -> None:
    hook = await sender.webhooks.add(receiver.url, [])
    sender.world.clock.now = time.time()
    await handle_one(sender.world)
    await sender.webhooks.step()
    assert sorted(receiver.types()) == sorted(
        [
            "message.created",
            "handoff.queued",
            "message.created",
            "handoff.offered",
            "handoff.accepted",
            "message.created",
            "handoff.resolved",
        ]
    )
    for headers, body in receiver.received:
        payload = Verifier(hook.secret).verify(body, headers)
        assert payload["data"]["conversation_id"] == "c1"
        assert b"internal" not in body
    headers, body = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(hook.secret).verify(body + b" ", headers)


async def test_only_the_events_asked_for_are_sent(sender: Sender, receiver: Receiver) -> None:
    await sender.webhooks.add(receiver.url, ["handoff.accepted"])
    await handle_one(sender.world)
    await sender.webhooks.step()
    assert receiver.types() == ["handoff.accepted"]


@pytest.mark.parametrize("status", [500, 302, 404])
async def test_what_failed_is_tried_again_later_with_the_same_id(
    sender: Sender, receiver: Receiver, status: int
) -> None:
    await sender.webhooks.add(receiver.url, ["handoff.accepted"])
    receiver.failures = [status, status]
    await handle_one(sender.world)
    await sender.webhooks.step()
    await sender.webhooks.step()
    assert (receiver.received, receiver.failures) == ([], [status])
    sender.world.clock.now += RETRY_AFTER_S[0]
    await sender.webhooks.step()
    sender.world.clock.now += RETRY_AFTER_S[0]
    await sender.webhooks.step()
    assert receiver.received == []
    sender.world.clock.now += RETRY_AFTER_S[1]
    await sender.webhooks.step()
    assert receiver.types() == ["handoff.accepted"]
    sender.world.clock.now += 1e6
    await sender.webhooks.step()
    assert len(receiver.received) == 1


async def test_outbox_does_not_grow_for_ever(sender: Sender, receiver: Receiver) -> None:
    hook = await sender.webhooks.add(receiver.url, [])
    await handle_one(sender.world)
    await sender.webhooks.step()
    assert await sender.webhooks.replay(hook.id, since=0) == len(receiver.received)
    sender.world.clock.now += KEEP_S + 1
    await sender.webhooks.step()
    assert await sender.webhooks.replay(hook.id, since=0) == 0


async def test_sending_is_given_up_in_the_end_and_can_be_replayed(sender: Sender, receiver: Receiver) -> None:
    start = sender.world.clock.now
    hook = await sender.webhooks.add(receiver.url, ["handoff.accepted"])
    receiver.failures = [500] * (len(RETRY_AFTER_S) + 1)
    await handle_one(sender.world)
    for wait in (*RETRY_AFTER_S, 1e6, 1e6):
        await sender.webhooks.step()
        sender.world.clock.now += wait
    assert (receiver.received, receiver.failures) == ([], [])
    assert await sender.webhooks.replay(hook.id, since=start) == 1
    await sender.webhooks.step()
    assert receiver.types() == ["handoff.accepted"]
    with pytest.raises(NotFound):
        await sender.webhooks.replay("unknown", since=start)


async def test_crash_between_append_and_outbox_loses_nothing_and_doubles_nothing(
    sender: Sender, receiver: Receiver, client: httpx.AsyncClient
) -> None:
    await sender.webhooks.add(receiver.url, ["handoff.queued", "handoff.accepted", "handoff.resolved"])
    agent = await sender.world.agent()
    handoff_id = await sender.world.queued()
    await sender.webhooks.step()
    await sender.world.service.accept(agent, handoff_id)
    # The process ends here, with the acceptance in the log and not in the outbox.
    after = Sender(
        World(sender.world.database, settings=sender.world.settings, clock=sender.world.clock), client
    )
    await after.webhooks.recover()
    await after.webhooks.recover()
    await after.webhooks.step()
    assert receiver.types() == ["handoff.queued", "handoff.accepted"]


@pytest.mark.parametrize("at", [1e18, 1e300, 4e11])
async def test_an_event_with_an_impossible_time_is_left_out_and_the_others_sent(
    sender: Sender, receiver: Receiver, client: httpx.AsyncClient, at: float
) -> None:
    await sender.webhooks.add(receiver.url, [])
    await sender.world.say("c1", "before")
    await sender.world.append("c1", BotUttered(timestamp=at, text="when was that?"))
    await sender.world.say("c2", "after")
    await sender.webhooks.step()
    after = Sender(
        World(sender.world.database, settings=sender.world.settings, clock=sender.world.clock), client
    )
    await after.world.say("c3", "and later")
    after.webhooks._fresh.clear()  # a crash, so that it is found in the log
    await after.webhooks.recover()
    await after.webhooks.step()
    bodies = [json.loads(body)["data"] for _, body in receiver.received]
    said = {body["message"]["text"] for body in bodies if body.get("message", {}).get("author") == "customer"}
    assert said == {"before", "after", "and later"}


async def test_a_name_that_cannot_be_written_counts_as_a_failed_attempt(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://" + "a" * 300 + ".example/hook"
    monkeypatch.setattr("bot.handoff.webhook_targets._require_name", lambda hostname: None)
    hook = await sender.webhooks.add(url, ["message.created"])
    await sender.world.say("c1", "hello")
    await sender.webhooks.step()
    assert await sender.webhooks.replay(hook.id, since=0.0) == 1, "it is still there, to be tried again"
    await sender.webhooks.step()


def test_a_transcript_has_a_word_for_an_impossible_time() -> None:
    message = Message(sequence=1, id="m", author="bot", text="hi", timestamp=1e300)
    assert as_text([message]) == "[at some time] Virtual agent: hi\n"


@pytest.mark.parametrize(
    "url",
    [
        f"https://{'a' * 300}/hook",
        f"https://{'a' * 300}.example/hook",
        f"https://{'.'.join(['abcdefgh'] * 40)}/hook",
        "https://exa\0mple.org/hook",
        "https://example.org/ho\0ok",
        "https://example..org/hook",
        "https://[::7f00:1]/hook",
        "https://[::a00:1]/hook",
        "https://[fec0::1]/hook",
        "https://\ud800.example/hook",
    ],
)
async def test_addresses_that_nobody_can_be_called_at_are_refused_when_added(
    sender: Sender, url: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await sender.webhooks.add(url, [])
    assert refused.value.code == "webhook.bad_url"
    assert list(await sender.webhooks.all()) == []


async def test_what_was_compared_with_the_outbox_is_not_compared_again(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sender.webhooks.add(receiver.url, ["handoff.resolved"])
    await sender.world.say("c1", "no hook asks for this")
    await sender.webhooks.step()
    sender.world.clock.now += 3600
    read: list[str] = []
    get = sender.world.conversations.get

    async def reading(conversation_id: str) -> Conversation:
        read.append(conversation_id)
        return await get(conversation_id)

    monkeypatch.setattr(sender.world.conversations, "get", reading)
    await sender.webhooks.step()
    assert read == ["c1"], "once more, for what came while it compared"
    sender.world.clock.now += 3600
    await sender.webhooks.step()
    assert read == ["c1"]


async def test_outbox_is_shared_by_nodes_and_rows_are_unique(database: Database, receiver: Receiver) -> None:
    settings = HandoffSettings(webhooks_allow_loopback=True)
    async with httpx.AsyncClient() as client:
        one = Sender(World(database, settings=settings), client)
        two = Sender(World(database, settings=settings, clock=one.world.clock), client)
        hook = await one.webhooks.add(receiver.url, ["message.created"])
        for n in range(5):
            await one.world.say("c1", f"message {n}")
        await asyncio.gather(one.webhooks.recover(), two.webhooks.recover())
        await asyncio.gather(one.webhooks.step(), two.webhooks.step())
        assert len(receiver.received) == 5
        assert [h.id for h in await two.webhooks.all()] == [hook.id]
        await one.webhooks.remove(hook.id)
        assert list(await two.webhooks.all()) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.8/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://[::ffff:192.168.0.1]/hook",
        "https://[64:ff9b::10.0.0.8]/hook",
        "https://[2002:a00:8::1]/hook",
        "https://user:password@example.org/hook",
        "ftp://example.org/hook",
        "https:///hook",
        "nonsense",
    ],
)
def test_webhook_may_not_go_inward_or_unencrypted(url: str) -> None:
    with pytest.raises(UnsafeTarget):
        check_target(url, allow_loopback=False)


async def test_name_that_leads_inward_is_refused_when_it_is_called() -> None:
    check_target("https://localhost/hook", allow_loopback=False)
    with pytest.raises(UnsafeTarget):
        await resolve_target("https://localhost/hook", allow_loopback=False)
    target = await resolve_target("http://localhost:9/hook?a=1", allow_loopback=True)
    assert target.host_header == "localhost:9"
    assert target.url in ("http://127.0.0.1:9/hook?a=1", "http://[::1]:9/hook?a=1")


async def test_admins_manage_webhooks_and_see_the_secret_once(sender: Sender) -> None:
    site = Site(sender.world, webhooks=sender.webhooks)
    admin = await site.signed_in("admin", role=Role.ADMIN)
    boss = await site.signed_in("boss", role=Role.SUPERVISOR)
    wish: dict[str, Any] = {"url": "https://example.org/hook", "events": ["handoff.queued"]}
    assert (await boss.post("/api/v1/webhooks", json=wish)).status_code == 403
    created = await admin.post("/api/v1/webhooks", json=wish)
    assert created.status_code == 201
    assert created.json()["secret"].startswith("whsec_")
    [listed] = (await admin.get("/api/v1/webhooks")).json()
    assert "secret" not in listed
    path = f"/api/v1/webhooks/{listed['id']}"
    assert (await admin.post(f"{path}/replay", json={"since": 0})).json() == {"count": 0}
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.delete(path)).status_code == 404
    wish["events"] = ["handoff.nonsense"]
    assert (await admin.post("/api/v1/webhooks", json=wish)).json()["code"] == "webhook.unknown_event"
    with pytest.raises(InvalidInput):
        await sender.webhooks.add("http://example.org", [])


def test_secret_is_not_shown_where_a_hook_is_printed() -> None:
    assert "whsec_x" not in repr(Hook("id", "https://example.org", (), "whsec_x", 0.0))
