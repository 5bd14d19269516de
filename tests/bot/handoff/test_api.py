"""The desk's HTTP interface as its clients use it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActiveLoop,
    BotUttered,
    CustomerIdentified,
    EscalationReason,
    RecordAccessed,
    SlotSet,
    SlotSource,
)
from bot.handoff.agents import Role
from bot.handoff.context_formats import FLAT_LIMIT
from bot.store.database import Database
from tests.bot.handoff.site import API_TOKEN, Site
from tests.bot.handoff.world import World

SERVICE = {"Authorization": f"Bearer {API_TOKEN}"}


@pytest.fixture
async def site(world: World) -> Site:
    site = Site(world)
    await site.seed()
    return site


async def ok(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> Any:
    response = await client.request(method, f"/api/v1{path}", json=body or None)
    assert response.status_code in (200, 201, 204), response.text
    return response.json() if response.content else None


async def refused(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> tuple[int, str]:
    response = await client.request(method, f"/api/v1{path}", json=body or None)
    return response.status_code, response.json()["code"]


async def test_sign_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get(site: Site) -> None:
    await site.add("agent1")
    async with site.client() as client:
        assert await refused(client, "GET", "/session") == (401, "auth.required")
        response = await client.post(
            "/api/v1/session", json={"login": "agent1", "password": "firstline-demo"}
        )
        cookie = response.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert response.json()["agent"]["login"] == "agent1"
        assert (await ok(client, "GET", "/session"))["agent"]["presence"] == "available"
        token = client.cookies["firstline_session"]
        await ok(client, "DELETE", "/session")
        client.cookies.set("firstline_session", token)
        assert await refused(client, "GET", "/session") == (401, "auth.required")


async def test_unsafe_request_of_another_site_is_refused(site: Site) -> None:
    client = await site.signed_in("agent1")
    foreign = {"Origin": "https://evil.example"}
    response = await client.put("/api/v1/agents/me/presence", json={"presence": "away"}, headers=foreign)
    assert (response.status_code, response.json()["code"]) == (403, "auth.foreign_origin")
    own = {"Origin": "http://desk.test"}
    response = await client.put("/api/v1/agents/me/presence", json={"presence": "away"}, headers=own)
    assert response.status_code == 200


async def test_handoff_from_queue_to_resolution(site: Site) -> None:
    client = await site.signed_in("agent1")
    handoff_id = await site.world.queued()
    [entry] = await ok(client, "GET", "/handoffs?state=open")
    assert (entry["id"], entry["state"], entry["position"]) == (handoff_id, "queued", 1)
    assert entry["preview"] == "I want to talk to a person"
    await site.world.tick(7)
    entry = await ok(client, "GET", f"/handoffs/{handoff_id}")
    assert (entry["state"], entry["waited"]) == ("offered", 7)
    assert entry["offer_expires_at"] == site.world.clock.now + site.world.settings.offer_timeout_s
    accepted = await ok(client, "POST", f"/handoffs/{handoff_id}/accept")
    assert (accepted["state"], accepted["agent_name"], accepted["position"]) == ("accepted", "Agent1", None)
    message = await ok(client, "POST", "/conversations/c1/messages", text="Hello!", message_id="m1")
    assert (message["author"], message["message_id"]) == ("agent", "m1")
    note = await ok(client, "POST", "/conversations/c1/notes", text="Friendly.")
    assert note["author"] == "note"
    conversation = await ok(client, "GET", "/conversations/c1")
    assert conversation["state"]["holder"] == "human"
    assert conversation["messages"][-1]["text"] == "Friendly."
    assert conversation["sequence"] == note["sequence"]
    assert await refused(client, "POST", f"/handoffs/{handoff_id}/resolve", disposition="nonsense") == (
        422,
        "handoff.unknown_disposition",
    )
    resolved = await ok(client, "POST", f"/handoffs/{handoff_id}/resolve", disposition="solved", note="Done.")
    assert (resolved["state"], resolved["disposition"]) == ("resolved", "solved")
    assert await ok(client, "GET", "/handoffs?state=open") == []
    assert [h["id"] for h in await ok(client, "GET", "/handoffs?state=resolved")] == [handoff_id]
    assert (await ok(client, "GET", "/conversations/c1"))["state"]["may_rate"] is True


async def test_of_two_agents_who_accept_at_once_one_is_told_that_it_is_taken(database: Database) -> None:
    site = Site(World(database))
    clients = [await site.signed_in("agent1"), await site.signed_in("agent2")]
    for n in range(3):
        handoff_id = await site.world.queued(f"c{n}")
        answers = await asyncio.gather(
            *(client.post(f"/api/v1/handoffs/{handoff_id}/accept") for client in clients)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        loser = next(answer for answer in answers if answer.status_code == 409)
        assert loser.json()["code"] == "handoff.taken"


async def test_agents_see_their_queues_and_only_their_own_conversations(site: Site) -> None:
    owner = await site.signed_in("agent1")
    other = await site.signed_in("agent2", queues=("billing",))
    boss = await site.signed_in("boss", role=Role.SUPERVISOR)
    handoff_id = await site.world.queued()
    assert await ok(other, "GET", "/handoffs") == []
    assert await refused(other, "GET", f"/handoffs/{handoff_id}") == (404, "handoff.not_found")
    assert await refused(other, "POST", f"/handoffs/{handoff_id}/accept") == (404, "handoff.not_found")
    # Serving the queue shows the entry, and not yet the conversation.
    assert await refused(owner, "GET", "/conversations/c1") == (404, "conversation.not_found")
    assert await refused(owner, "GET", f"/handoffs/{handoff_id}/context") == (404, "handoff.not_found")
    await ok(owner, "POST", f"/handoffs/{handoff_id}/accept")
    for path in ("/conversations/c1", f"/handoffs/{handoff_id}/context"):
        await ok(owner, "GET", path)
        await ok(boss, "GET", path)
        assert (await refused(other, "GET", path))[0] == 404
    assert await refused(boss, "POST", "/conversations/c1/messages", text="Hi", message_id="m") == (
        403,
        "handoff.not_owner",
    )
    assert (await refused(other, "POST", f"/handoffs/{handoff_id}/resolve", disposition="solved"))[0] == 404
    await ok(boss, "POST", f"/handoffs/{handoff_id}/transfer", queue="billing", note="Yours.")
    assert [h["id"] for h in await ok(other, "GET", "/handoffs")] == [handoff_id]


async def test_presence_log_is_for_supervisors(site: Site) -> None:
    agent = await site.signed_in("agent1")
    boss = await site.signed_in("boss", role=Role.SUPERVISOR)
    me = (await ok(agent, "GET", "/session"))["agent"]["id"]
    path = f"/agents/{me}/presence-log"
    assert await refused(agent, "GET", path) == (403, "auth.role_required")
    assert [entry["presence"] for entry in await ok(boss, "GET", path)] == ["available"]


async def test_lists_for_the_desk(site: Site) -> None:
    client = await site.signed_in("agent1")
    await site.world.queued()
    site.world.clock.now += 30
    queues = {queue["name"]: queue for queue in await ok(client, "GET", "/queues")}
    assert queues["general"] == {
        "name": "general",
        "title": "Customer service",
        "waiting": 1,
        "longest_wait": 30,
        "available_agents": 1,
    }
    assert queues["billing"]["longest_wait"] is None
    assert {"code": "solved", "title": "Solved"} in await ok(client, "GET", "/dispositions")
    assert {reply["language"] for reply in await ok(client, "GET", "/canned-replies")} == {"en", "nb", "fr"}
    await site.world.tick()
    [me] = await ok(client, "GET", "/agents")
    assert (me["login"], me["load"], me["capacity"]) == ("agent1", 1, 3)


async def test_transfers_that_lead_nowhere_are_refused(site: Site) -> None:
    client = await site.signed_in("agent1")
    await site.signed_in("agent2", presence="away")
    handoff_id = await site.world.queued()
    await ok(client, "POST", f"/handoffs/{handoff_id}/accept")
    agents = {agent["login"]: agent["id"] for agent in await ok(client, "GET", "/agents")}
    transfer = f"/handoffs/{handoff_id}/transfer"
    assert await refused(client, "POST", transfer, queue="nowhere") == (422, "queue.unknown")
    assert await refused(client, "POST", transfer, note="x") == (422, "handoff.bad_destination")
    assert await refused(client, "POST", transfer, agent_id=agents["agent1"]) == (
        422,
        "handoff.bad_destination",
    )
    assert await refused(client, "POST", transfer, agent_id=agents["agent2"]) == (409, "agent.unavailable")
    assert await refused(client, "POST", transfer, agent_id="nobody") == (404, "agent.not_found")


async def evidence(site: Site) -> tuple[httpx.AsyncClient, str]:
    """A conversation in which much happened, held by an agent; their client and the handoff's id."""
    world = site.world
    world.missing_slots.append("postcode")
    client = await site.signed_in("agent1")
    said = await world.say("c1", "where is 48213?", intent="order_status")
    now = world.clock.now
    source = SlotSource(kind="entity", sequence=said, start=9, end=14, confidence=0.97)
    await world.append(
        "c1",
        ActionExecuted(timestamp=now, action="order_form", policy="RulePolicy", because="rule: order"),
        ActiveLoop(timestamp=now, name="order_form"),
        SlotSet(timestamp=now, name="order_number", value="48213", source=source, confirmed=True),
        BotUttered(timestamp=now, text="Which postcode?"),
        ActionExecuted(timestamp=now, action="action_listen"),
    )
    cause = await world.say("c1", "whatever", intent="complaint")
    await world.append(
        "c1",
        ActionExecutionRejected(timestamp=now, action="order_form"),
        ActionExecuted(timestamp=now, action="action_look_up", because="rule: complaint"),
        ActionFailed(timestamp=now, action="action_look_up", error="timeout"),
        ActionExecuted(timestamp=now, action="action_read", because="rule: read"),
        RecordAccessed(timestamp=now, record="order", record_id="48213", operation="read", summary="shipped"),
        CustomerIdentified(timestamp=now, customer_id="unknown-customer", by="order number and postcode"),
    )
    await world.escalate_in_turn("c1", cause=cause, reason=EscalationReason.FORM_FAILED)
    handoff_id = (await world.handoff()).id
    await ok(client, "POST", f"/handoffs/{handoff_id}/accept")
    return client, handoff_id


async def test_context_has_all_the_evidence(site: Site) -> None:
    client, handoff_id = await evidence(site)
    context = await ok(client, "GET", f"/handoffs/{handoff_id}/context")
    assert context["version"] == 1
    assert context["handoff"]["id"] == handoff_id
    assert context["conversation"]["channel"] == "rest"
    assert context["customer"]["verified_by"] == "order number and postcode"
    assert context["reason"] == {
        "code": "form_failed",
        "detail": "",
        "cause": {"sequence": context["intents"][1]["sequence"], "text": "whatever"},
    }
    assert [(i["intent"], i["confidence"]) for i in context["intents"]] == [
        ("order_status", 0.9),
        ("complaint", 0.9),
    ]
    [slot] = context["slots"]
    first = context["transcript"][0]
    assert slot["confirmed"] is True
    assert slot["confidence"] == 0.97
    assert slot["source"]["sequence"] == first["sequence"]
    assert first["text"][slot["source"]["start"] : slot["source"]["end"]] == slot["value"]
    assert [(a["action"], a["because"], a["outcome"]) for a in context["attempts"]] == [
        ("order_form", "rule: order", "said; slots: order_number"),
        ("order_form", None, "rejected"),
        ("action_look_up", "rule: complaint", "failed: timeout"),
        ("action_read", "rule: read", "read: order 48213; escalated: form_failed; said"),
    ]
    assert context["form"] == {"name": "order_form", "missing": ["postcode"]}
    assert context["records"] == [
        {"record": "order", "record_id": "48213", "operation": "read", "summary": "shipped"}
    ]
    replies = context["suggested_replies"]
    assert 2 <= len(replies) <= 3
    assert "Agent1" in replies[0]["text"]
    assert "postcode" in replies[-1]["text"]


async def test_context_leaves_out_the_bots_own_books(site: Site) -> None:
    client, handoff_id = await evidence(site)
    now = site.world.clock.now
    await site.world.append(
        "c1",
        SlotSet(timestamp=now, name="last_form", value="order_form"),
        SlotSet(timestamp=now, name="item", value="-"),
    )
    site.world.missing_slots.append("stop_confirmation")
    context = await ok(client, "GET", f"/handoffs/{handoff_id}/context")
    assert [slot["name"] for slot in context["slots"]] == ["order_number"]
    assert context["form"]["missing"] == ["postcode"]


async def test_context_in_other_systems_shapes(site: Site) -> None:
    _, handoff_id = await evidence(site)
    for n in range(200):
        await site.world.say("c1", f"{n} " + "æøå " * 200)
    async with site.client() as program:
        path = f"/api/v1/handoffs/{handoff_id}/context"
        assert (await program.get(path)).status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert (await program.get(path, headers=wrong)).status_code == 401
        assert (await program.get(path, headers=SERVICE)).json()["version"] == 1
        flat = (await program.get(f"{path}?format=flat", headers=SERVICE)).json()
        activity = (await program.get(f"{path}?format=botframework", headers=SERVICE)).json()
    assert flat["slot_order_number"] == "48213"
    assert flat["transcript"].splitlines()[-1].startswith("customer: 199 ")
    size = sum(len(key.encode()) + len(value.encode()) for key, value in flat.items())
    assert FLAT_LIMIT - 2000 < size <= FLAT_LIMIT
    assert all(key.replace("-", "").replace("_", "").isalnum() for key in flat)
    assert all(isinstance(value, str) for value in flat.values())
    assert (activity["type"], activity["name"]) == ("event", "handoff.initiate")
    assert activity["conversation"]["id"] == "c1"
    assert activity["attachments"][0]["name"] == "Transcript"
    assert activity["attachments"][0]["content"]["activities"][0]["text"] == "where is 48213?"


async def test_earlier_handoff_can_still_be_read(site: Site) -> None:
    client = await site.signed_in("agent1")
    first = await site.world.queued()
    await ok(client, "POST", f"/handoffs/{first}/accept")
    await ok(client, "POST", f"/handoffs/{first}/resolve", disposition="solved", return_to_bot=True)
    second = await site.world.queued()
    assert second != first
    assert (await ok(client, "GET", f"/handoffs/{first}"))["state"] == "resolved"
    assert await refused(client, "POST", f"/handoffs/{first}/accept") == (409, "handoff.closed")
