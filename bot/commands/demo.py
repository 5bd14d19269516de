"""``firstline demo``: the demo's records and logins."""

from __future__ import annotations

import time

from rich.console import Console

from bot.contacts.demo import seed_demo
from bot.front_line import open_agents, open_database
from bot.handoff.demo import seed_demo_agents
from bot.settings import Settings
from bot.store.contacts import SqlContacts


async def seed(settings: Settings, console: Console) -> None:
    """Write the demo data; done again, it is put back to its beginning."""
    async with open_database(settings) as database:
        await seed_demo(SqlContacts(database), time.time())
        await seed_demo_agents(open_agents(database, settings))
        console.print(f"The demo data is in {database.url.render_as_string()}.", soft_wrap=True)
