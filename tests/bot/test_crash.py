"""kill -9 around any append loses no acknowledged message, answers none twice, and does nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.conversation import Conversation
from bot.events import ActionExecuted, BotUttered, UserUttered
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.event_store import SqlEventStore
from tests.support.crashing_agent import CONVERSATION, MESSAGES, talk, virtual_agent
from tests.support.requirements import ROOT

pytestmark = pytest.mark.timeout(300)

SIGKILLED = -9
POINTS = (1, 2, 4, 6, 8, 10, 12)
"""Appends around which to die; a whole run makes more than the last of these."""


Run = Callable[[Path, int, str], tuple[int, list[str]]]


@pytest.fixture(scope="module")
def run_until_killed() -> Iterator[Run]:
    """A run in a process of its own: its exit status, and what was acknowledged and answered before."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.crashing_agent"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        requests, statuses = server.stdin, server.stdout

        def run(folder: Path, at: int, moment: str) -> tuple[int, list[str]]:
            requests.write(json.dumps([str(folder), at, moment]) + "\n")
            status = int(statuses.readline())
            assert status in (0, SIGKILLED), (folder / "complaints").read_text()[-3000:]
            return status, (folder / "printed").read_text().splitlines()

        yield run
        requests.close()


def answers(conversation: Conversation) -> dict[str, list[str | None]]:
    """What the bot said after each message, by message id."""
    said: dict[str, list[str | None]] = {}
    latest = ""
    for event in conversation.events:
        match event:
            case UserUttered():
                assert event.message_id not in said, "a message is in the log twice"
                latest = event.message_id
                said[latest] = []
            case BotUttered():
                said[latest].append(event.text)
            case _:
                pass
    return said


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", POINTS)
async def test_a_killed_bot_goes_on_where_it_was(
    run_until_killed: Run, tmp_path: Path, at: int, moment: str
) -> None:
    status, printed = run_until_killed(tmp_path, at, moment)
    assert status == SIGKILLED
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/firstline.db")
    try:
        store = SqlEventStore(database)
        log = Conversation.fold(CONVERSATION, await store.load(CONVERSATION))
        for line in printed:
            if line.startswith("acknowledged"):
                assert line.split()[1] in log.message_sequences, "an acknowledged message was lost"
        answered = {line.split()[1] for line in printed if line.startswith("answered")}
        before = {id_: said for id_, said in answers(log).items() if id_ in answered}

        agent = await virtual_agent(database, store)
        await agent.recover()
        await talk(agent)  # the client retries everything, with the same ids

        log = Conversation.fold(CONVERSATION, await store.load(CONVERSATION))
        after = answers(log)
        assert list(after) == [f"m{number}" for number in range(len(MESSAGES))]
        assert all(after.values()), "every message has an answer"
        assert {id_: after[id_] for id_ in before} == before, "what was answered was not answered again"
        assert log.unanswered is None
        listens = [e for e in log.events if isinstance(e, ActionExecuted) and e.action == "action_listen"]
        assert len(listens) == len(MESSAGES) + 1, "one listen for the session and one for each message"
        await only_one_return(database)
    finally:
        await database.close()


async def only_one_return(database: Database) -> None:
    contacts = SqlContacts(database)
    order = await contacts.order("51377")
    assert order is not None
    assert len(await contacts.returns_of(order.customer_id)) == 1


def test_a_run_that_is_not_killed_ends(run_until_killed: Run, tmp_path: Path) -> None:
    status, printed = run_until_killed(tmp_path, 0, "before")
    assert status == 0
    assert printed[-1] == f"answered m{len(MESSAGES) - 1}"
