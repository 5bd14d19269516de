"""Payment cards and bank accounts never enter the log; everything else does, unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import Conversations
from bot.events import AgentSaid, DigitsPressed, Entity, Intent, Parse, SlotSet, UserUttered, encode
from bot.redaction import redact, redact_text
from bot.store.database import Database
from bot.store.event_store import SqlEventStore

CARD = "4242 4242 4242 4242"
IBAN = "NO93 8601 1117 947"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"my card is {CARD} ok", "my card is •••• •••• •••• 4242 ok"),
        ("4242424242424242", "••••••••••••4242"),
        ("5555-5555-5555-4444!", "••••-••••-••••-4444!"),
        (f"pay to {IBAN} please", "pay to •••• •••• •••7 947 please"),
    ],
)
def test_cards_and_accounts_are_masked_at_their_length(text: str, kept: str) -> None:
    assert redact_text(text) == kept
    assert len(kept) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "order 48213, postcode 0150",
        "postcode 1193653471",
        "call me on +47 22 33 44 55 66 77 88",
        "4242 4242 4242 4243 has a wrong check digit",
        "tracking 370000000000000001",
        "",
    ],
)
def test_other_numbers_are_kept(text: str) -> None:
    assert redact_text(text) == text


@given(st.text(max_size=80))
def test_any_text_keeps_its_length(text: str) -> None:
    assert len(redact_text(text)) == len(text)


async def test_what_a_customer_types_is_masked_everywhere_in_the_log(sqlite_database: Database) -> None:
    conversations = Conversations(SqlEventStore(sqlite_database), redact=redact, clock=lambda: 1.0)
    text = f"charge {CARD}"
    parse = Parse(
        text=text,
        intent=Intent(name="inform", confidence=1.0),
        entities=(Entity(entity="amount", value=CARD, start=7, end=26, normalized={"value": CARD}),),
    )
    async with conversations.writing_or_new("c1", channel="rest") as writer:
        await writer.append(
            UserUttered(timestamp=1.0, message_id="m", text=text, parse=parse, metadata={"title": text}),
            SlotSet(timestamp=1.0, name="note", value=[text]),
            AgentSaid(
                timestamp=1.0, agent_id="a", agent_name="Ada", message_id="n", text=f"You wrote {CARD}?"
            ),
        )
        assert writer.conversation.slot("note") == ["charge •••• •••• •••• 4242"]
    stored = await SqlEventStore(sqlite_database).load("c1")
    assert all("4242 4242" not in encode(event) for event in stored)
    assert sum("•••• 4242" in encode(event) for event in stored) == 3


def test_card_that_a_caller_keys_is_masked() -> None:
    pressed = redact(DigitsPressed(timestamp=0.0, report_id="r1", digits="4111111111111111#"))
    assert isinstance(pressed, DigitsPressed)
    assert pressed.digits == "••••••••••••1111#"
