"""``firstline user``: the people at the desk, from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.errors import FirstlineError
from bot.handoff.agents import Agent, Agents, NewAgent, Role
from bot.handoff.demo import DEMO_PASSWORD

OpenAgents = Callable[[], AbstractAsyncContextManager[Agents]]


def user_app(open_agents: OpenAgents) -> typer.Typer:
    """The sub-application; ``open_agents`` opens the configured database."""
    app = typer.Typer(help="Agents, supervisors and administrators.", no_args_is_help=True)

    @app.command("add")
    def add(
        login: Annotated[str, typer.Argument(help="What they sign in with.")],
        name: Annotated[str, typer.Option(help="What customers see; the login by default.")] = "",
        role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
        language: Annotated[list[str] | None, typer.Option(help="A language spoken; repeat it.")] = None,
        queue: Annotated[
            list[str] | None, typer.Option(help="A queue served; repeat it. By default an agent serves all.")
        ] = None,
        skill: Annotated[list[str] | None, typer.Option(help="A skill; repeat it.")] = None,
        capacity: Annotated[int, typer.Option(min=1, help="Conversations at once.")] = 3,
        password: Annotated[
            str,
            typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, envvar="FIRSTLINE_PASSWORD"),
        ] = "",
    ) -> None:
        """Add a person; the password is asked for."""
        if password == DEMO_PASSWORD:
            raise typer.BadParameter("This is the demo's password, which everybody knows; take another.")
        new = NewAgent(
            login=login,
            name=name or login,
            password=password,
            role=role,
            languages=tuple(language or ()),
            queues=tuple(queue or ()),
            skills=tuple(skill or ()),
            capacity=capacity,
        )
        agent = asyncio.run(_add(open_agents, new))
        Console().print(f"Added {agent.login} ({agent.role.value}).")

    @app.command("list")
    def list_() -> None:
        """List everyone."""
        agents = asyncio.run(_all(open_agents))
        table = Table("login", "name", "role", "languages", "queues", "skills", "capacity", "presence")
        for agent in agents:
            table.add_row(
                agent.login,
                agent.name,
                agent.role.value,
                " ".join(agent.languages),
                " ".join(agent.queues),
                " ".join(agent.skills),
                str(agent.capacity),
                agent.presence.value,
            )
        Console().print(table)

    return app


async def _add(open_agents: OpenAgents, new: NewAgent) -> Agent:
    try:
        async with open_agents() as agents:
            return await agents.add(new)
    except FirstlineError as error:
        raise typer.BadParameter(str(error)) from error


async def _all(open_agents: OpenAgents) -> list[Agent]:
    async with open_agents() as agents:
        return list(await agents.all())
