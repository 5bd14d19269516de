"""Personal data by setting: what the gate does with it, and what stops the start."""

from __future__ import annotations

import sys

import pytest

from bot.conversations import Conversations
from bot.errors import FirstlineError
from bot.events import (
    AgentSaid,
    BotUttered,
    ConversationRated,
    Entity,
    EscalationReason,
    EscalationRequested,
    HandoffResolved,
    HandoffTransferred,
    Parse,
    SlotSet,
    UserUttered,
    encode,
)
from bot.redaction import Gate
from bot.redaction.loading import open_gate
from bot.redaction.personal import Personal
from bot.settings import Settings
from bot.store.database import Database
from bot.store.event_store import SqlEventStore


@pytest.fixture(scope="module")
def gate() -> Gate:
    # Without spaCy's English pipeline: the lists and the context have to do.
    return Gate(
        Personal(("names", "addresses", "national_ids", "emails", "phones"), keep=["Aurora desk lamp"])
    )


def test_nothing_personal_is_masked_by_default() -> None:
    assert Settings().redact == []
    text = "I'm Sarah Whitcombe, 12 Baker Street, London NW1 6XE, sarah@example.org"
    event = UserUttered(timestamp=0.0, message_id="m", text=text)
    assert open_gate([])(event, []) is event


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("I'm Sarah Whitcombe, order 48213", "I'm ••••• •••••••••, order 48213"),
        ("send it to Storgata 12, 0155 Oslo", "send it to •••••••• ••, •••• ••••"),
        ("my number is +47 22 33 44 55", "my number is +•• •• •• •• ••"),
        ("write to ana.lopes@correio.pt please", "write to •••.•••••@•••••••.•• please"),
        ("o meu NIF é 123456789", "o meu NIF é •••••••••"),
        ("it was on 23.10.2025", "it was on 23.10.2025"),
        ("the Aurora desk lamp is broken", "the Aurora desk lamp is broken"),
        ("do you deliver to Oslo? my postcode is 0155", "do you deliver to Oslo? my postcode is 0155"),
    ],
)
def test_what_is_set_is_masked_at_its_length(gate: Gate, text: str, kept: str) -> None:
    assert gate.text(text) == kept


async def test_everything_in_the_log_is_masked(gate: Gate, sqlite_database: Database) -> None:
    said = "my name is Sarah Whitcombe, I live at 12 Baker Street, London NW1 6XE"
    name = Entity(entity="name", value="sarah whitcombe", start=11, end=26, normalized={"first": "sarah"})
    parse = Parse(text=said, intent=None, entities=(name,), alternatives=(name,))
    conversations = Conversations(SqlEventStore(sqlite_database), redact=gate, clock=lambda: 1.0)
    async with conversations.writing_or_new("c1", channel="rest") as writer:
        await writer.append(
            UserUttered(timestamp=1.0, message_id="m", text=said, parse=parse, metadata={"title": said}),
            SlotSet(timestamp=1.0, name="name", value="Sarah Whitcombe"),
            EscalationRequested(timestamp=1.0, reason=EscalationReason.RULE, detail=said),
            HandoffTransferred(timestamp=1.0, handoff_id="h", agent_id="a", to_queue="q", note=said),
            AgentSaid(timestamp=1.0, agent_id="a", agent_name="Ada Lie", message_id="n", text=said),
            HandoffResolved(timestamp=1.0, handoff_id="h", agent_id="a", disposition="done", note=said),
            ConversationRated(timestamp=1.0, score=5, comment=said),
        )
    stored = [encode(event) for event in await SqlEventStore(sqlite_database).load("c1")]
    for line in stored:
        assert "whitcombe" not in line.lower()
        assert "Baker" not in line
    # The agent is no customer.
    assert any("Ada Lie" in line for line in stored)


def test_what_the_bot_says_is_kept(gate: Gate) -> None:
    event = BotUttered(timestamp=0.0, text="Hello Sarah, it goes to 12 Baker Street, London NW1 6XE.")
    assert gate(event, []) is event


def test_package_that_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bot.redaction.personal", raising=False)
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(FirstlineError) as caught:
        open_gate(["names"])
    assert caught.value.code == "redaction.not_installed"
    assert "pip install 'firstline[redaction]'" in str(caught.value)


def test_model_that_is_missing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("FIRSTLINE_MODELS_DIR", str(tmp_path_factory.mktemp("none")))
    with pytest.raises(FirstlineError) as caught:
        open_gate(["names"])
    assert caught.value.code == "redaction.model_missing"
    assert "firstline models fetch" in str(caught.value)
