"""Agents, their sessions, and the demo's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.errors import Conflict, FirstlineError, InvalidInput, Unavailable
from bot.handoff.accounts import Accounts
from bot.handoff.agents import NewAgent, Presence, Role
from bot.handoff.cli import OpenAccounts, user_app
from bot.handoff.demo import DEMO_PASSWORD, refuse_demo_passwords, seed_demo_agents
from bot.handoff.sessions import SignInFailed, TooManyFailures
from bot.handoff.ticker import Ticker
from bot.store.database import Database, metadata
from tests.bot.handoff.world import World

PASSWORD = "correct horse"


async def test_agent_comes_back_as_added_without_a_readable_password(database: Database) -> None:
    world = World(database)
    added = await world.agents.add(
        NewAgent("kari", "Kari", PASSWORD, languages=("nb", "en"), skills=("returns",), capacity=2)
    )
    assert list(await world.agents.all()) == [added]
    assert added.queues == ("general", "billing", "technical")
    known = await world.agent_store.by_login("kari")
    assert known is not None
    assert known[1].startswith("$argon2id$")
    with pytest.raises(Conflict) as taken:
        await world.agents.add(NewAgent("kari", "Other", PASSWORD))
    assert taken.value.code == "agent.login_taken"


@pytest.mark.parametrize(
    "new",
    [
        NewAgent("x", "X", "short"),
        NewAgent("", "X", PASSWORD),
        NewAgent("x", "X", PASSWORD, queues=("nowhere",)),
        NewAgent("x", "X", PASSWORD, capacity=0),
    ],
)
async def test_agent_that_does_not_fit_is_refused(world: World, new: NewAgent) -> None:
    with pytest.raises(InvalidInput):
        await world.agents.add(new)
    assert list(await world.agents.all()) == []


async def test_session_lasts_while_it_is_used_and_ends_at_sign_out(database: Database) -> None:
    world = World(database)
    added = await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    agent, token = await world.sessions.sign_in("kari", PASSWORD, address="10.0.0.1")
    assert agent.id == added.id
    for _ in range(3):
        world.clock.now += world.settings.session_s - 60
        assert await world.sessions.agent_of(token) is not None
    await world.sessions.sign_out(token)
    assert await world.sessions.agent_of(token) is None
    _, token = await world.sessions.sign_in("kari", PASSWORD, address="10.0.0.1")
    world.clock.now += world.settings.session_s
    assert await world.sessions.agent_of(token) is None
    assert await world.sessions.agent_of(None) is None


async def test_guessing_passwords_is_stopped_without_locking_out_others(world: World) -> None:
    await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    for _ in range(world.settings.sign_in_failures):
        with pytest.raises(SignInFailed):
            await world.sessions.sign_in("kari", "wrong", address="10.0.0.1")
    with pytest.raises(TooManyFailures):
        await world.sessions.sign_in("kari", PASSWORD, address="10.0.0.1")
    await world.sessions.sign_in("kari", PASSWORD, address="10.0.0.2")
    world.clock.now += world.settings.sign_in_window_s + 1
    await world.sessions.sign_in("kari", PASSWORD, address="10.0.0.1")


async def test_agents_without_a_live_connection_have_longer(world: World) -> None:
    caller = await world.agent("caller")
    connected = await world.agent("connected")
    await world.agents.live(connected.id)
    await world.tick(world.settings.agent_grace_s + 1)
    assert (await world.agents.get(caller.id)).presence is Presence.AVAILABLE
    assert (await world.agents.get(connected.id)).presence is Presence.OFFLINE
    await world.tick(world.settings.agent_idle_s)
    assert (await world.agents.get(caller.id)).presence is Presence.OFFLINE


class LocksThatAreAway:
    """`bot.conversations.Locks` on a server that is away."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def hold(self, conversation_id: str) -> AbstractAsyncContextManager[None]:
        self.asked.set()
        raise Unavailable(f"No lock for {conversation_id}.")


async def test_an_outage_sets_nobody_offline(sqlite_database: Database) -> None:
    world = World(sqlite_database)
    agent = await world.agent()
    await world.agents.live(agent.id)
    locks = LocksThatAreAway()
    world.clock.now += world.settings.agent_grace_s + 1
    ticking = asyncio.create_task(Ticker(world.service, world.sightings, locks=locks).run())
    await locks.asked.wait()
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)

    await world.tick()
    assert (await world.agents.get(agent.id)).presence is Presence.AVAILABLE
    await world.tick(world.settings.agent_grace_s + 1)
    assert (await world.agents.get(agent.id)).presence is Presence.OFFLINE


async def test_demo_logins_are_refused_outside_the_demo(world: World) -> None:
    await seed_demo_agents(world.agents)
    await seed_demo_agents(world.agents)
    logins = {agent.login: agent for agent in await world.agents.all()}
    assert set(logins) == {"agent1", "agent2", "agent-fr", "agent-nb", "supervisor1", "admin1"}
    assert logins["supervisor1"].role is Role.SUPERVISOR
    assert logins["agent-nb"].languages == ("nb", "en")
    assert await world.agents.check_password("agent1", DEMO_PASSWORD) is not None
    with pytest.raises(FirstlineError) as error:
        await refuse_demo_passwords(world.agents)
    assert "agent1" in error.value.message
    assert "--demo" in error.value.hint


def open_accounts_at(folder: Path) -> OpenAccounts:
    """For the command line: the accounts of a database in this folder."""

    @asynccontextmanager
    async def open_accounts() -> AsyncIterator[Accounts]:
        database = Database(f"sqlite+aiosqlite:///{folder}/cli.db")
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        try:
            yield World(database).accounts
        finally:
            await database.close()

    return open_accounts


def test_users_are_added_and_listed_from_the_command_line(tmp_path: Path) -> None:
    app, runner = user_app(open_accounts_at(tmp_path)), CliRunner()
    options = ["--name", "Kari", "--role", "supervisor", "--language", "nb", "--password", PASSWORD]
    added = runner.invoke(app, ["add", "kari", *options])
    assert added.exit_code == 0, added.output
    again = runner.invoke(app, ["add", "kari", *options])
    assert again.exit_code == 2
    assert "taken" in again.output
    public = runner.invoke(app, ["add", "ola", "--password", DEMO_PASSWORD])
    assert public.exit_code == 2
    listed = runner.invoke(app, ["list"])
    assert "kari" in listed.output
