"""Accounts over the desk's HTTP interface: getting in, staying out, and what ends with what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot.conversation import HandoffState
from bot.errors import Conflict, FirstlineError, InvalidInput
from bot.handoff.accounts import AgentChanges
from bot.handoff.agents import Agent, NewAgent, Presence, Role, Status
from bot.handoff.cli import user_app
from bot.handoff.demo import DEMO_PASSWORD
from bot.handoff.messages_left import MessageState, NewLeftMessage
from bot.handoff.password_rules import check_new_password
from bot.store.database import Database
from tests.bot.handoff.site import Site
from tests.bot.handoff.test_agents import PASSWORD, open_accounts_at
from tests.bot.handoff.test_api import ok, refused
from tests.bot.handoff.world import World

GOOD = "four unusual words here"


@pytest.fixture
async def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
async def admin(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    client = await site.signed_in("boss", role=Role.ADMIN, queues=())
    yield client
    await client.aclose()


async def agent_id(site: Site, login: str) -> str:
    return (await site.world.agents.by_login(login)).id


def token_of(link: dict[str, Any]) -> str:
    path, _, token = link["path"].partition("#invitation=")
    assert path == "/desk"
    return str(token)


async def test_a_person_is_invited_chooses_a_password_once_and_signs_in(
    site: Site, admin: httpx.AsyncClient
) -> None:
    person = {"login": "kari", "name": "Kari", "languages": ["nb"], "queues": ["billing"]}
    added = await ok(admin, "POST", "/agents", **person)
    assert added["account"]["status"] == "invited"
    token = token_of(added["link"])
    assert added["link"]["expires_at"] == site.world.clock.now + site.world.settings.link_s
    async with site.client() as kari:
        assert await refused(kari, "POST", "/session", login="kari", password="") == (401, "auth.failed")
        owner = await ok(kari, "POST", "/one-time-link", token=token)
        assert (owner["login"], owner["name"]) == ("kari", "Kari")
        weak = await refused(kari, "POST", "/one-time-link/password", token=token, password="kari123456")
        assert weak == (422, "agent.weak_password")
        await ok(kari, "POST", "/one-time-link/password", token=token, password=GOOD)
        again = await refused(kari, "POST", "/one-time-link/password", token=token, password=GOOD + "!")
        assert again == (404, "link.not_valid")
        me = (await ok(kari, "POST", "/session", login="kari", password=GOOD))["agent"]
        assert (me["queues"], me["languages"], me["role"]) == (["billing"], ["nb"], "agent")
    [listed] = [each for each in await ok(admin, "GET", "/agents/accounts") if each["login"] == "kari"]
    assert (listed["status"], listed["link_expires_at"]) == ("active", None)
    assert listed["last_sign_in_at"] == site.world.clock.now


async def test_of_two_who_use_a_link_at_once_one_does(database: Database) -> None:
    site = Site(World(database))
    boss = await site.add("boss", role=Role.ADMIN)
    kari = await site.world.accounts.add(NewAgent("kari", "Kari", None), by=boss.id)
    token = (await site.world.accounts.new_link(kari.id, by=boss.id)).token
    async with site.client() as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    "/api/v1/one-time-link/password", json={"token": token, "password": f"{GOOD} {n}"}
                )
                for n in range(4)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]


async def test_links_die_of_age_of_a_newer_one_and_with_the_account(
    site: Site, admin: httpx.AsyncClient
) -> None:
    added = await ok(admin, "POST", "/agents", login="kari")
    id_ = added["account"]["id"]
    newer = await ok(admin, "POST", f"/agents/{id_}/link")
    async with site.client() as kari:
        gone = (404, "link.not_valid")
        assert await refused(kari, "POST", "/one-time-link", token=token_of(added["link"])) == gone
        await ok(kari, "POST", "/one-time-link", token=token_of(newer))
        await ok(admin, "POST", f"/agents/{id_}/disable")
        assert await refused(kari, "POST", "/one-time-link", token=token_of(newer)) == gone
        await ok(admin, "POST", f"/agents/{id_}/enable")
        # What died with the account does not come back with it.
        assert await refused(kari, "POST", "/one-time-link", token=token_of(newer)) == gone
        third = await ok(admin, "POST", f"/agents/{id_}/link")
        site.world.clock.now += site.world.settings.link_s + 1
        assert await refused(kari, "POST", "/one-time-link", token=token_of(third)) == gone


async def test_only_the_hash_of_a_link_is_kept(site: Site, admin: httpx.AsyncClient) -> None:
    added = await ok(admin, "POST", "/agents", login="kari")
    async with site.world.database.read() as connection:
        rows = await connection.exec_driver_sql("SELECT * FROM agent_links")
        [row] = rows.all()
    assert token_of(added["link"]) not in map(str, row)


async def test_disabling_returns_conversations_and_ends_sessions_at_once(
    site: Site, admin: httpx.AsyncClient
) -> None:
    kari = await site.signed_in("kari")
    ola = await site.signed_in("ola")
    handoff_id = await site.world.queued()
    await ok(kari, "POST", f"/handoffs/{handoff_id}/accept")
    id_ = await agent_id(site, "kari")
    account = await ok(admin, "POST", f"/agents/{id_}/disable")
    assert (account["status"], account["presence"]) == ("disabled", "offline")
    assert await refused(kari, "GET", "/session") == (401, "auth.required")
    # No grace: not a second passes.
    await site.world.tick()
    handoff = await site.world.handoff()
    assert handoff.state is HandoffState.OFFERED
    assert handoff.offered_to == await agent_id(site, "ola")
    assert "kari" not in [each["login"] for each in await ok(ola, "GET", "/agents")]
    async with site.client() as again:
        body = {"login": "kari", "password": DEMO_PASSWORD}
        assert await refused(again, "POST", "/session", **body) == (401, "auth.failed")
        await ok(admin, "POST", f"/agents/{id_}/enable")
        await ok(again, "POST", "/session", **body)


async def test_messages_that_somebody_took_wait_again_once_they_are_disabled(
    site: Site, admin: httpx.AsyncClient
) -> None:
    kari = await site.signed_in("kari")
    new = NewLeftMessage(
        ticket_id="T-1",
        kind="message",
        conversation_id="c1",
        channel="rest",
        queue="general",
        language="en",
        text="My lamp is broken",
        created_at=site.world.clock(),
    )
    message = await site.world.messages.add(new)
    await ok(kari, "POST", f"/messages-left/{message.id}/take")
    await ok(admin, "POST", f"/agents/{await agent_id(site, 'kari')}/disable")
    again = await site.world.messages.get(message.id)
    assert again is not None
    assert (again.state, again.agent_id) == (MessageState.OPEN, None)


async def test_somebody_disabled_cannot_become_available_by_a_request_under_way(world: World) -> None:
    boss = await world.agent("boss", role=Role.ADMIN)
    kari = await world.agent("kari")
    await world.accounts.disable(kari.id, by=boss.id)
    with pytest.raises(Conflict):
        await world.agents.set_presence(kari.id, Presence.AVAILABLE)
    assert (await world.agents.get(kari.id)).presence is Presence.OFFLINE


async def test_a_sign_in_under_way_while_the_password_changes_opens_no_session(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(database)
    kari = await world.agents.add(NewAgent("kari", "Kari", GOOD))
    checked = world.agents.check_password_and_hash

    async def slow(login: str, password: str, *, known: bool = False) -> tuple[Agent, str] | None:
        found = await checked(login, password, known=known)
        await world.accounts.set_password(kari.id, GOOD + "!")
        return found

    monkeypatch.setattr(world.agents, "check_password_and_hash", slow)
    with pytest.raises(FirstlineError) as error:
        await world.sessions.sign_in("kari", GOOD, address="10.0.0.1")
    assert error.value.code == "auth.failed"


async def test_a_reset_ends_sessions_and_the_old_password(site: Site, admin: httpx.AsyncClient) -> None:
    kari = await site.signed_in("kari")
    link = await ok(admin, "POST", f"/agents/{await agent_id(site, 'kari')}/link")
    assert await refused(kari, "GET", "/session") == (401, "auth.required")
    body = {"login": "kari", "password": DEMO_PASSWORD}
    assert (await refused(kari, "POST", "/session", **body))[0] == 401
    await ok(kari, "POST", "/one-time-link/password", token=token_of(link), password=GOOD)
    await ok(kari, "POST", "/session", login="kari", password=GOOD)
    own = await refused(admin, "POST", f"/agents/{await agent_id(site, 'boss')}/link")
    assert own == (409, "agent.own_password")


async def test_ones_own_password_needs_the_old_one_and_ends_the_other_sessions(site: Site) -> None:
    here = await site.signed_in("kari")
    async with site.client() as there:
        await ok(there, "POST", "/session", login="kari", password=DEMO_PASSWORD)
        wrong = await refused(here, "PUT", "/session/password", old="not this one", new=GOOD)
        assert wrong == (403, "auth.wrong_password")
        weak = await refused(here, "PUT", "/session/password", old=DEMO_PASSWORD, new="password2026")
        assert weak == (422, "agent.weak_password")
        await ok(here, "PUT", "/session/password", old=DEMO_PASSWORD, new=GOOD)
        await ok(here, "GET", "/session")
        assert (await refused(there, "GET", "/session"))[0] == 401
        await ok(there, "POST", "/session", login="kari", password=GOOD)


async def test_guessing_an_old_password_with_a_borrowed_session_is_slowed_down(site: Site) -> None:
    kari = await site.signed_in("kari")
    bodies = [{"old": f"guess number {n}", "new": GOOD} for n in range(30)]
    answers = await asyncio.gather(*(kari.put("/api/v1/session/password", json=body) for body in bodies))
    statuses = sorted(answer.status_code for answer in answers)
    allowed = site.world.settings.sign_in_failures
    assert statuses == [403] * allowed + [429] * (30 - allowed)
    assert next(a for a in answers if a.status_code == 429).headers["Retry-After"] == "1"


async def test_one_sees_ones_sessions_and_ends_them(site: Site) -> None:
    here = await site.signed_in("kari")
    async with site.client() as there:
        agent = {"User-Agent": "Firefox on a phone"}
        body = {"login": "kari", "password": DEMO_PASSWORD}
        await there.post("/api/v1/session", json=body, headers=agent)
        sessions = await ok(here, "GET", "/sessions")
        assert sorted(session["current"] for session in sessions) == [False, True]
        [other] = [session for session in sessions if not session["current"]]
        assert other["client"] == "Firefox on a phone"
        await ok(here, "DELETE", f"/sessions/{other['id']}")
        assert (await refused(there, "GET", "/session"))[0] == 401
        await there.post("/api/v1/session", json=body)
        await ok(here, "DELETE", "/sessions")
        assert (await refused(there, "GET", "/session"))[0] == 401
        assert (await refused(here, "GET", "/session"))[0] == 401
    stranger = await site.signed_in("ola")
    [own] = await ok(stranger, "GET", "/sessions")
    kari = await site.client().__aenter__()
    await ok(kari, "POST", "/session", **body)
    await ok(kari, "DELETE", f"/sessions/{own['id']}")
    await ok(stranger, "GET", "/session")
    await kari.aclose()


async def test_only_administrators_change_accounts_and_supervisors_read_them(site: Site) -> None:
    kari = await site.signed_in("kari")
    sam = await site.signed_in("sam", role=Role.SUPERVISOR)
    id_ = await agent_id(site, "kari")
    changes = [
        ("POST", "/agents", {"login": "x"}),
        ("PATCH", f"/agents/{id_}", {"role": "admin"}),
        ("POST", f"/agents/{id_}/disable", {}),
        ("POST", f"/agents/{id_}/enable", {}),
        ("POST", f"/agents/{id_}/link", {}),
    ]
    for client in (kari, sam):
        for method, path, body in changes:
            assert await refused(client, method, path, **body) == (403, "auth.role_required")
    assert (await refused(kari, "GET", "/agents/accounts"))[0] == 403
    assert len(await ok(sam, "GET", "/agents/accounts")) == 2
    async with site.client() as nobody:
        for method, path, body in changes:
            assert (await refused(nobody, method, path, **body))[0] == 401
    foreign = {"Origin": "https://evil.example"}
    boss = await site.signed_in("boss", role=Role.ADMIN)
    response = await boss.post(f"/api/v1/agents/{id_}/disable", headers=foreign)
    assert response.status_code == 403


async def test_the_last_administrator_stays_one(site: Site, admin: httpx.AsyncClient) -> None:
    boss = await agent_id(site, "boss")
    last = (409, "agent.last_admin")
    assert await refused(admin, "POST", f"/agents/{boss}/disable") == last
    assert await refused(admin, "PATCH", f"/agents/{boss}", role="supervisor") == last
    with pytest.raises(Conflict):
        await site.world.accounts.new_link(boss, by=None)
    # Somebody who is only invited cannot act as one yet.
    await ok(admin, "POST", "/agents", login="next", role="admin")
    assert await refused(admin, "POST", f"/agents/{boss}/disable") == last


async def test_two_administrators_who_remove_each_other_at_once_leave_one(database: Database) -> None:
    world = World(database)
    for n in range(5):
        one = await world.agent(f"one{n}", role=Role.ADMIN)
        two = await world.agent(f"two{n}", role=Role.ADMIN)
        await asyncio.gather(
            world.accounts.disable(two.id, by=one.id),
            world.accounts.edit(one.id, AgentChanges(role=Role.AGENT), by=two.id),
            return_exceptions=True,
        )
        agents = await world.agents.all()
        [left] = [each for each in agents if each.role is Role.ADMIN and each.status is Status.ACTIVE]
        # For the next round, out of the way.
        async with database.begin() as connection:
            await connection.exec_driver_sql(f"UPDATE agents SET role = 'agent' WHERE id = '{left.id}'")


async def test_an_administrator_who_was_demoted_meanwhile_changes_nothing(world: World) -> None:
    boss = await world.agent("boss", role=Role.ADMIN)
    former = await world.agent("former", role=Role.ADMIN)
    kari = await world.agent("kari")
    await world.accounts.edit(former.id, AgentChanges(role=Role.AGENT), by=boss.id)
    for change in (
        world.accounts.edit(kari.id, AgentChanges(role=Role.ADMIN), by=former.id),
        world.accounts.disable(boss.id, by=former.id),
        world.accounts.new_link(kari.id, by=former.id),
    ):
        with pytest.raises(FirstlineError) as error:
            await change
        assert error.value.code == "auth.role_required"


async def test_queues_and_roles_hold_at_once(site: Site, admin: httpx.AsyncClient) -> None:
    kari = await site.signed_in("kari", queues=("billing",))
    await site.signed_in("ola")
    handoff_id = await site.world.queued()
    assert await refused(kari, "GET", f"/handoffs/{handoff_id}") == (404, "handoff.not_found")
    id_ = await agent_id(site, "kari")
    changed = await ok(
        admin, "PATCH", f"/agents/{id_}", queues=["general"], skills=["returns"], capacity=1, languages=["fr"]
    )
    assert (changed["queues"], changed["skills"], changed["capacity"]) == (["general"], ["returns"], 1)
    await ok(kari, "GET", f"/handoffs/{handoff_id}")
    assert (await refused(kari, "GET", "/agents/accounts"))[0] == 403
    await ok(admin, "PATCH", f"/agents/{id_}", role="supervisor")
    await ok(kari, "GET", "/agents/accounts")
    for bad, code in (
        ({"queues": ["nowhere"]}, "queue.unknown"),
        ({"capacity": 0}, "agent.bad_capacity"),
        ({"capacity": 10**9}, "agent.bad_capacity"),
        ({"languages": ["<b>"]}, "agent.bad_language"),
        ({"skills": ["a b"]}, "agent.bad_skill"),
        ({"name": "  "}, "agent.bad_name"),
    ):
        assert await refused(admin, "PATCH", f"/agents/{id_}", **bad) == (422, code)


async def test_each_change_leaves_a_line_that_names_ids_only(site: Site, admin: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        added = await ok(admin, "POST", "/agents", login="kari.nordmann", name="Kari Nordmann")
        id_ = added["account"]["id"]
        await ok(admin, "PATCH", f"/agents/{id_}", role="supervisor")
        await ok(admin, "POST", f"/agents/{id_}/disable")
        await ok(admin, "POST", f"/agents/{id_}/enable")
    events = [line["event"] for line in lines if str(line["event"]).startswith("account.")]
    assert events == [
        "account.added",
        "account.link_made",
        "account.changed",
        "account.disabled",
        "account.enabled",
    ]
    boss = await agent_id(site, "boss")
    assert {line["by"] for line in lines if str(line["event"]).startswith("account.")} == {boss}
    assert "ordmann" not in str(lines)
    assert token_of(added["link"]) not in str(lines)


@pytest.mark.parametrize(
    "password",
    [
        "short one",
        "password2026",
        "P4ssw0rd!!!!",
        "1234567890",
        "qwertyuiop",
        "aaaaaaaaaaaaaa",
        "kari.nordmann",
        "karinordmann1",
        "x" * 2000,
        "nul\x00nul\x00nul\x00nul",
    ],
)
def test_passwords_that_others_would_guess_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as error:
        check_new_password(password, login="kari.nordmann", name="Kari Nordmann")
    assert error.value.code == "agent.weak_password"


@pytest.mark.parametrize("password", ["correct horse", GOOD, "Lørdag kveld ved elva", "kari likes rain"])
def test_longer_ones_of_any_characters_are_taken(password: str) -> None:
    check_new_password(password, login="kari", name="Kari")


def test_the_command_line_adds_disables_and_changes_people(tmp_path: Path) -> None:
    app, runner = user_app(open_accounts_at(tmp_path)), CliRunner()

    def run(*words: str) -> str:
        done = runner.invoke(app, list(words))
        assert done.exit_code == 0, done.output
        return str(done.output)

    run("add", "boss", "--role", "admin", "--password", PASSWORD)
    link = run("invite", "kari", "--language", "nb", "--queue", "billing")
    assert "/desk#invitation=" in link
    assert "invited" in run("list")
    run("password", "kari", "--password", GOOD)
    run("edit", "kari", "--queue", "general", "--capacity", "5", "--skill", "returns")
    run("role", "kari", "supervisor")
    run("disable", "kari")
    assert "disabled" in run("list")
    run("enable", "kari")
    last = runner.invoke(app, ["disable", "boss"])
    assert last.exit_code == 2
    assert "last administrator" in last.output
    unknown = runner.invoke(app, ["disable", "nobody"])
    assert unknown.exit_code == 2
