"""``firstline user``: the people at the desk, from the command line.

What it changes holds at once for a server that runs over the same database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from bot.errors import FirstlineError
from bot.handoff.accounts import Accounts, AgentChanges, OneTimeLink
from bot.handoff.agents import Agent, NewAgent, Role
from bot.handoff.demo import DEMO_PASSWORD

OpenAccounts = Callable[[], AbstractAsyncContextManager[Accounts]]
T = TypeVar("T")

Login = Annotated[str, typer.Argument(help="What they sign in with.")]
NewPassword = Annotated[
    str,
    typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, envvar="FIRSTLINE_PASSWORD"),
]
Languages = Annotated[list[str] | None, typer.Option("--language", help="A language spoken; repeat it.")]
Skills = Annotated[list[str] | None, typer.Option("--skill", help="A skill; repeat it.")]
_COLUMNS = ("login", "name", "role", "status", "languages", "queues", "skills", "capacity", "presence")
_ADD_QUEUES = typer.Option("--queue", help="A queue served; repeat it. By default an agent serves all.")


def user_app(open_accounts: OpenAccounts) -> typer.Typer:
    """The sub-application; ``open_accounts`` opens the configured database."""
    app = typer.Typer(help="Agents, supervisors and administrators.", no_args_is_help=True)

    def run(work: Callable[[Accounts], Awaitable[T]]) -> T:
        async def opened() -> T:
            async with open_accounts() as accounts:
                return await work(accounts)

        try:
            return asyncio.run(opened())
        except FirstlineError as error:
            raise typer.BadParameter(str(error)) from error

    def run_on(login: str, work: Callable[[Accounts, Agent], Awaitable[T]]) -> T:
        async def found(accounts: Accounts) -> T:
            return await work(accounts, await accounts.agents.by_login(login))

        return run(found)

    @app.command("add")
    def add(
        login: Login,
        name: Annotated[str, typer.Option(help="What customers see; the login by default.")] = "",
        role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
        language: Languages = None,
        queue: Annotated[list[str] | None, _ADD_QUEUES] = None,
        skill: Skills = None,
        capacity: Annotated[int, typer.Option(min=1, help="Conversations at once.")] = 3,
        password: NewPassword = "",
    ) -> None:
        """Add a person; the password is asked for. The first administrator comes to be in this way."""
        new = _new(login, password, name, role, language, queue, skill, capacity)
        agent = run(lambda accounts: accounts.add(new, by=None))
        Console().print(f"Added {agent.login} ({agent.role.value}).", markup=False)

    @app.command("invite")
    def invite(
        login: Login,
        name: Annotated[str, typer.Option(help="What customers see; the login by default.")] = "",
        role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
        language: Languages = None,
        queue: Annotated[list[str] | None, _ADD_QUEUES] = None,
        skill: Skills = None,
        capacity: Annotated[int, typer.Option(min=1, help="Conversations at once.")] = 3,
    ) -> None:
        """Add a person and print the one-time link by which they choose their password.

        For a person who is there already, it is a new link: their password and sessions end.
        """

        async def invited(accounts: Accounts) -> OneTimeLink:
            known = [agent for agent in await accounts.agents.all() if agent.login == login.strip()]
            new = _new(login, None, name, role, language, queue, skill, capacity)
            agent = known[0] if known else await accounts.add(new, by=None)
            return await accounts.new_link(agent.id, by=None)

        link = run(invited)
        until = datetime.fromtimestamp(link.expires_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        console = Console()
        console.print(f"Valid once, until {until}; put your server's address before it:", markup=False)
        console.print(link.path, soft_wrap=True, markup=False, highlight=False)

    @app.command("list")
    def list_() -> None:
        """List everyone."""
        agents = run(lambda accounts: accounts.agents.all())
        table = Table()
        for column in _COLUMNS:
            table.add_column(column, overflow="fold", no_wrap=column in ("login", "status", "presence"))
        for agent in agents:
            table.add_row(
                agent.login,
                agent.name,
                agent.role.value,
                agent.status.value,
                " ".join(agent.languages),
                " ".join(agent.queues),
                " ".join(agent.skills),
                str(agent.capacity),
                agent.presence.value,
            )
        Console().print(table)

    @app.command("disable")
    def disable(login: Login) -> None:
        """Shut a person out: sessions end at once, and their conversations go back to the queue."""
        run_on(login, lambda accounts, agent: accounts.disable(agent.id, by=None))
        Console().print(f"Disabled {login}.", markup=False)

    @app.command("enable")
    def enable(login: Login) -> None:
        """Let a person in again, with the password they had."""
        run_on(login, lambda accounts, agent: accounts.enable(agent.id, by=None))
        Console().print(f"Enabled {login}.", markup=False)

    @app.command("password")
    def password_(login: Login, password: NewPassword = "") -> None:
        """Set a person's password, which is asked for; all their sessions end."""
        run_on(login, lambda accounts, agent: accounts.set_password(agent.id, password))
        Console().print(f"{login} has a new password.", markup=False)

    @app.command("role")
    def role_(login: Login, role: Annotated[Role, typer.Argument(help="What they may do.")]) -> None:
        """Change what a person may do."""
        run_on(login, lambda accounts, agent: accounts.edit(agent.id, AgentChanges(role=role), by=None))
        Console().print(f"{login} is {role.value} now.", markup=False)

    @app.command("edit")
    def edit(
        login: Login,
        name: Annotated[str | None, typer.Option(help="What customers see.")] = None,
        language: Languages = None,
        queue: Annotated[list[str] | None, typer.Option("--queue", help="A queue served; repeat it.")] = None,
        no_queues: Annotated[bool, typer.Option("--no-queues", help="Serve none: only watch.")] = False,
        skill: Skills = None,
        capacity: Annotated[int | None, typer.Option(min=1, help="Conversations at once.")] = None,
    ) -> None:
        """Change name, languages, queues, skills or capacity; what is not given stays."""
        changes = AgentChanges(
            name=name,
            languages=tuple(language) if language else None,
            queues=() if no_queues else tuple(queue) if queue else None,
            skills=tuple(skill) if skill else None,
            capacity=capacity,
        )
        run_on(login, lambda accounts, agent: accounts.edit(agent.id, changes, by=None))
        Console().print(f"Changed {login}.", markup=False)

    return app


def _new(
    login: str,
    password: str | None,
    name: str,
    role: Role,
    language: list[str] | None,
    queue: list[str] | None,
    skill: list[str] | None,
    capacity: int,
) -> NewAgent:
    if password == DEMO_PASSWORD:
        raise typer.BadParameter("This is the demo's password, which everybody knows; take another.")
    return NewAgent(
        login=login,
        name=name or login,
        password=password,
        role=role,
        languages=tuple(language or ()),
        queues=tuple(queue or ()),
        skills=tuple(skill or ()),
        capacity=capacity,
    )
