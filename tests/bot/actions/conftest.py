"""The default bot with its real domain, rules, actions and database; only the reading of texts is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.actions.runner import InProcessActions
from bot.actions.shop import build
from bot.contacts.demo import seed_demo
from bot.contacts.identity import CodeNotSent
from bot.project import Project
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.identity import SqlIdentityStore
from tests.bot.dialogue.harness import Bot
from tests.support.databases import sqlite_database

__all__ = ["sqlite_database"]

SHOP = Path(__file__).parents[3] / "nlu_data" / "shop"


@dataclass
class CodesSent:
    """A code sender that remembers."""

    codes: list[tuple[str, str]] = field(default_factory=list)
    working: bool = True

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        if not self.working:
            raise CodeNotSent
        if email is not None:
            self.codes.append((email, code))


@dataclass
class ShopBot:
    """The bot, what it works on, and the codes that it sent."""

    bot: Bot
    contacts: SqlContacts
    sender: CodesSent

    async def says(self, text: str, *, channel: str = "rest") -> str:
        """Everything the bot answers to a message, a line each."""
        return "\n".join(line or "" for line in await self.bot.say(text, channel=channel))

    async def through(self, *texts: str) -> str:
        """Several messages; the answer to the last."""
        said = ""
        for text in texts:
            said = await self.says(text)
        return said


@pytest.fixture(scope="session")
def shop_project() -> Project:
    return Project.load(SHOP)


@pytest.fixture
async def shop(sqlite_database: Database, shop_project: Project) -> ShopBot:
    contacts, sender = SqlContacts(sqlite_database), CodesSent()
    holder: list[Bot] = []
    actions = build(
        contacts,
        identity_store=SqlIdentityStore(sqlite_database),
        sender=sender,
        clock=lambda: holder[0].clock(),
    )
    bot = Bot(shop_project, actions=InProcessActions(actions), staffed=True)
    holder.append(bot)
    await seed_demo(contacts, bot.clock())
    return ShopBot(bot, contacts, sender)
