"""The default bot with its real domain, rules, actions and database; only the reading of texts is given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.actions.runner import InProcessActions
from bot.actions.shop import build
from bot.contacts.changes import ContactChanges
from bot.contacts.demo import seed_demo
from bot.contacts.identity import CodeNotSent
from bot.contacts.notices import Notices
from bot.project import Project
from bot.store.contact_changes import SqlContactChanges
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
class NoticesSent:
    """A sender of notices that remembers."""

    mails: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, *, email: str, subject: str, body: str) -> None:
        self.mails.append((email, body))


@dataclass
class ShopBot:
    """The bot, what it works on, and the codes and notices that it sent."""

    bot: Bot
    contacts: SqlContacts
    sender: CodesSent
    changes: ContactChanges
    notices: Notices
    noticed: NoticesSent

    async def proves(self) -> str:
        """Agrees to a code to the address on file, and reads it from there: the answer to that."""
        await self.says("/affirm")
        return await self.says(self.sender.codes[-1][1])

    async def mails(self) -> list[tuple[str, str]]:
        """The (address, text) of every notice so far."""
        await self.notices.close()
        return self.noticed.mails

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
async def shop(sqlite_database: Database, shop_project: Project) -> AsyncIterator[ShopBot]:
    contacts, sender, noticed = SqlContacts(sqlite_database), CodesSent(), NoticesSent()
    holder: list[Bot] = []
    changes = ContactChanges(contacts, SqlContactChanges(sqlite_database), lambda: holder[0].clock())
    notices = Notices(noticed, public_url="https://chat.example.com")
    actions = build(
        contacts,
        identity_store=SqlIdentityStore(sqlite_database),
        sender=sender,
        changes=changes,
        notices=notices,
        clock=lambda: holder[0].clock(),
    )
    bot = Bot(shop_project, actions=InProcessActions(actions), staffed=True)
    holder.append(bot)
    await seed_demo(contacts, bot.clock())
    yield ShopBot(bot, contacts, sender, changes, notices, noticed)
    # A notice that is under way writes that it left, which must be done before the database goes.
    await notices.close()
