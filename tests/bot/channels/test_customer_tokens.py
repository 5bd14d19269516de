"""A site's signed customer tokens: for us only, for minutes only, and once."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import jwt
import pytest

from bot.channels.customer import CustomerService
from bot.channels.identity import CustomerTokens
from bot.conversations import Conversations
from bot.errors import InvalidInput
from bot.events import ConversationClosed, SessionStarted, UserUttered
from bot.identity import Level
from bot.store.database import Database
from bot.store.event_store import SqlEventStore
from bot.store.identity import SqlUsedTokens
from tests.support.databases import database, sqlite_database

__all__ = ["database", "sqlite_database"]

SECRET = "a-secret-that-the-site-shares-with-us-0123456789-0123456789-0123456789"
NOW = 1_800_000_000.0


def signed(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    told = {"sub": "C-1001", "aud": "firstline", "iat": NOW, "exp": NOW + 120, "jti": secrets.token_hex(8)}
    told = {name: value for name, value in (told | claims).items() if value is not None}
    return jwt.encode(told, secret, algorithm=algorithm)


class World:
    """A customer service over a real database, on a clock of its own."""

    def __init__(self, database: Database) -> None:
        self.now = NOW
        self.database = database
        self.conversations = Conversations(SqlEventStore(database), clock=lambda: self.now)
        self.customers = self.node()

    def node(self) -> CustomerService:
        tokens = CustomerTokens(SECRET, SqlUsedTokens(self.database), clock=lambda: self.now)
        unused: Any = None
        return CustomerService(
            conversations=self.conversations,
            agent=unused,
            handoffs=unused,
            sightings=unused,
            max_message_length=2000,
            tokens=tokens,
        )

    async def identify(self, token: str, conversation_id: str = "c") -> None:
        await self.customers.identify(conversation_id, token, channel="socketio")

    async def level(self, conversation_id: str = "c") -> Level:
        conversation = await self.conversations.find(conversation_id)
        known = conversation.identity if conversation is not None else None
        return known.level(self.now) if known is not None else Level.NONE


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


async def test_a_token_proves_strongly_and_for_an_hour(world: World) -> None:
    await world.identify(signed())
    assert await world.level() is Level.STRONG
    world.now += 3600
    assert await world.level() is Level.HINT


@pytest.mark.parametrize(
    ("token", "mend"),
    [
        (signed(aud="somebody-else"), "'firstline'"),
        (signed(aud=None), "aud"),
        (signed(exp=None), "exp"),
        (signed(iat=None), "iat"),
        (signed(jti=None), "jti"),
        (signed(sub=None), "sub"),
        (signed(sub=""), "sub"),
        (signed(sub="x" * 65), "sub"),
        (signed(jti=""), "jti"),
        (signed(exp=NOW + 301), "300 s"),
        (signed(exp=NOW), "new one"),
        (signed(exp=float("nan")), "new one"),
        (signed(exp="soon"), "seconds"),
        (signed(iat=NOW + 60), "iat"),
        (signed(nbf=NOW + 60), "nbf"),
        (signed(secret="another-key-of-the-same-length-0123456789"), "FIRSTLINE_CUSTOMER_TOKEN_SECRET"),
        (signed(algorithm="HS512"), "HS256"),
        (signed(secret="", algorithm="none"), "HS256"),
        ("no.token", "HS256"),
        ("x" * 5000, "HS256"),
    ],
)
async def test_another_token_is_refused_and_says_how_to_mend_it(world: World, token: str, mend: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.identify(token)
    assert refused.value.code == "identity.bad_token"
    assert mend in f"{refused.value.message} {refused.value.hint}"
    assert await world.level() is Level.NONE


async def test_a_token_counts_once_and_in_its_conversation_only(world: World) -> None:
    token = signed()
    await world.identify(token)
    with pytest.raises(InvalidInput) as refused:
        await world.identify(token, "other")
    assert refused.value.code == "identity.token_used"
    assert await world.level("other") is Level.NONE
    # The same page again, after a reconnect: it is known already.
    events = (await world.conversations.get("c")).sequence
    await world.identify(token)
    assert (await world.conversations.get("c")).sequence == events


async def test_of_many_who_replay_a_token_together_one_is_let_in(world: World) -> None:
    token = signed()
    nodes = [world.node() for _ in range(8)]
    outcomes = await asyncio.gather(
        *(node.identify(f"c{n}", token, channel="socketio") for n, node in enumerate(nodes)),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, InvalidInput) for outcome in outcomes) == 7
    levels = [await world.level(f"c{n}") for n in range(8)]
    assert levels.count(Level.STRONG) == 1


async def test_signing_out_ends_it_and_the_used_token_does_not_bring_it_back(world: World) -> None:
    token = signed()
    await world.identify(token)
    await world.identify("")
    assert await world.level() is Level.NONE
    with pytest.raises(InvalidInput):
        await world.identify(token)
    await world.identify("", "never-begun")
    assert await world.conversations.find("never-begun") is None


async def test_a_closed_conversation_takes_its_proof_along(world: World) -> None:
    await world.identify(signed())
    async with world.conversations.writing("c") as writer:
        await writer.append(
            UserUttered(timestamp=NOW, message_id="m", text="hello"),
            ConversationClosed(timestamp=NOW, by="agent"),
            SessionStarted(timestamp=NOW),
        )
    assert await world.level() is Level.HINT
    await world.identify(signed())
    assert await world.level() is Level.STRONG
