"""The demo's agents, whose password is public, and the check that keeps them out of anything else."""

from __future__ import annotations

from bot.errors import Conflict, FirstlineError
from bot.handoff.agents import Agents, NewAgent, Role

DEMO_PASSWORD = "firstline-demo"

DEMO_AGENTS = (
    NewAgent("agent1", "Ada Berg", DEMO_PASSWORD, languages=("en",)),
    NewAgent("agent2", "Ben Costa", DEMO_PASSWORD, languages=("en",)),
    NewAgent("agent-fr", "Camille Roy", DEMO_PASSWORD, languages=("fr", "en")),
    NewAgent("agent-nb", "Nora Lie", DEMO_PASSWORD, languages=("nb", "en")),
    NewAgent("supervisor1", "Sam Ozols", DEMO_PASSWORD, role=Role.SUPERVISOR, languages=("en",)),
    NewAgent("admin1", "Alex Kim", DEMO_PASSWORD, role=Role.ADMIN, languages=("en",)),
)


async def seed_demo_agents(agents: Agents) -> None:
    """Add the demo's agents that are not there yet."""
    present = {agent.login for agent in await agents.all()}
    for new in DEMO_AGENTS:
        if new.login not in present:
            try:
                await agents.add(new)
            except Conflict:
                # Another process seeds the same database at this moment.
                continue


async def refuse_demo_passwords(agents: Agents) -> None:
    """Raise an error when a login of the demo has its password still, which is printed in the README."""
    logins = await agents.have_password([new.login for new in DEMO_AGENTS], DEMO_PASSWORD)
    if logins:
        raise FirstlineError(
            f"These desk logins have the demo's public password: {', '.join(logins)}.",
            code="demo.public_password",
            hint="serve from a new database (FIRSTLINE_DATABASE_URL), or start with `firstline serve --demo`",
        )
