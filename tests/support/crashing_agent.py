"""A virtual agent that kills itself (SIGKILL) around one of its appends: ``python -m`` this, see `serve`.

The default bot's dialogue, actions and records are real; messages are payloads, which need no language model,
so that a run starts fast and says the same each time.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NoReturn

from bot.actions.runner import InProcessActions
from bot.actions.shop import build
from bot.contacts.changes import ContactChanges
from bot.contacts.demo import seed_demo
from bot.contacts.identity import LogCodeSender
from bot.contacts.notices import LogNoticeSender, Notices
from bot.conversation import Summary
from bot.conversations import Conversations, Locks
from bot.dialogue.native import NativeEngine
from bot.dialogue.virtual_agent import IncomingMessage, VirtualAgent
from bot.events import Entity, Event, Intent, Parse
from bot.handoff.agents import Agents
from bot.handoff.service import HandoffService
from bot.handoff.settings import HandoffSettings
from bot.project import Project
from bot.settings import Settings
from bot.store.agents import SqlAgentStore
from bot.store.contact_changes import SqlContactChanges
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.event_store import SqlEventStore
from bot.store.handoff import SqlHandoffStore
from bot.store.identity import SqlIdentityStore
from bot.store.messages_left import SqlMessageStore
from bot.store.migrate import upgrade

Moment = Literal["before", "after"]

CONVERSATION = "crashing"
MESSAGES = (
    "/greet",
    '/cancel_order{"order_number": "60042"}',
    '/inform{"postcode": "75011"}',
    "/affirm",
    '/return_item{"order_number": "51377"}',
    '/inform{"postcode": "1000-205"}',
    '/inform{"product": "Fjord headphones"}',
    "they do not fit me",
    "/affirm",
    "/goodbye",
)


class Payloads:
    """Understands ``/intent{"entity": "value"}``; any other text informs."""

    async def parse(
        self, text: str, *, language_hint: str | None = None, expected: Sequence[str] = ()
    ) -> Parse:
        name, brace, rest = text.removeprefix("/").partition("{")
        intent = Intent(name=name if text.startswith("/") else "inform", confidence=1.0)
        found = json.loads(brace + rest) if brace else {}
        entities = tuple(
            Entity(entity=entity, value=value, start=0, end=len(text)) for entity, value in found.items()
        )
        return Parse(text=text, intent=intent, entities=entities, language=language_hint)


class KillingStore(SqlEventStore):
    """Kills the process just before, or just after, its nth append is committed."""

    def __init__(self, database: Database, *, at: int, moment: Moment) -> None:
        super().__init__(database)
        self._left = at
        self._moment = moment

    async def append(
        self, conversation_id: str, events: Sequence[Event], *, expected: int, summary: Summary
    ) -> None:
        self._left -= 1
        if self._left == 0 and self._moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await super().append(conversation_id, events, expected=expected, summary=summary)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def virtual_agent(
    database: Database, store: SqlEventStore, *, locks: Locks | None = None
) -> VirtualAgent:
    """The default bot over a store."""
    conversations = Conversations(store, locks=locks)
    contacts = SqlContacts(database)
    settings = HandoffSettings()
    agents = Agents(SqlAgentStore(database), settings=settings, clock=time.time)
    handoffs = HandoffService(
        conversations,
        agents,
        contacts,
        SqlHandoffStore(database),
        SqlMessageStore(database),
        settings=settings,
    )
    actions = build(
        contacts,
        identity_store=SqlIdentityStore(database),
        sender=LogCodeSender(),
        changes=ContactChanges(contacts, SqlContactChanges(database), time.time),
        notices=Notices(LogNoticeSender(), public_url="https://chat.example.com"),
        clock=time.time,
    )
    engine = NativeEngine(
        Project.load(Settings().project),
        escalator=handoffs.escalations,
        actions=InProcessActions(actions),
        chance=random.Random(0),
    )
    return VirtualAgent(
        conversations=conversations,
        understanding=Payloads(),
        engine=engine,
        escalator=handoffs.escalations,
    )


async def talk(agent: VirtualAgent) -> None:
    """Say every message, with its own id; printed when it is acknowledged and when it is answered."""
    for number, text in enumerate(MESSAGES):
        message_id = f"m{number}"

        async def acknowledged(_sequence: int, _at: float, message_id: str = message_id) -> None:
            print(f"acknowledged {message_id}", flush=True)

        await agent.handle(
            IncomingMessage(conversation_id=CONVERSATION, text=text, message_id=message_id, channel="rest"),
            on_durable=acknowledged,
        )
        print(f"answered {message_id}", flush=True)


async def run(folder: Path, at: int, moment: Moment) -> None:
    """Talk from the beginning, dying around append ``at`` (0: never)."""
    database = Database(f"sqlite+aiosqlite:///{folder}/firstline.db")
    await upgrade(database)
    await seed_demo(SqlContacts(database), time.time())
    await talk(await virtual_agent(database, KillingStore(database, at=at, moment=moment)))
    await database.close()


def serve() -> None:
    """Do a `run` for each line of stdin, its arguments in JSON, and print its exit status when it has ended.

    Each is a process of its own, forked from this one, which has imported everything and has no thread yet.
    What a run prints is in the file ``printed`` in its folder, and its complaints in ``complaints``.
    """
    for line in sys.stdin:
        folder, at, moment = json.loads(line)
        child = os.fork()
        if child == 0:
            _run_alone(Path(folder), at, moment)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run_alone(folder: Path, at: int, moment: Moment) -> NoReturn:
    for stream, name in ((sys.stdout, "printed"), (sys.stderr, "complaints")):
        os.dup2(os.open(folder / name, os.O_CREAT | os.O_WRONLY), stream.fileno())
    status = 1
    try:
        asyncio.run(run(folder, at, moment))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
