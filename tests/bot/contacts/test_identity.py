"""Proving who one is: by order and postcode, by a one-time code, and not by guessing."""

from __future__ import annotations

import asyncio
from itertools import chain, repeat

import pytest

from bot.contacts.identity import (
    CODE_LIFE_S,
    CODE_TRIES,
    CODES_PER_HOUR,
    GUESSES_PER_CONVERSATION,
    GUESSES_PER_ORDER,
    CodeNotSent,
    CodeSending,
    Identity,
    Verdict,
)
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.identity import SqlIdentityStore, one_time_codes
from tests.bot.contacts.conftest import NOW

EMAIL = "ingrid.haugen@example.com"


class Sent:
    """Remembers the codes that it sent."""

    def __init__(self) -> None:
        self.codes: list[tuple[str, str]] = []
        self.working = True

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        if not self.working:
            raise CodeNotSent
        if email is not None:
            self.codes.append((email, code))


class World:
    """An identity service with a clock and codes that a test sets."""

    def __init__(self, contacts: SqlContacts, database: Database) -> None:
        self.now = NOW
        self.sent = Sent()
        codes = chain(["123456", "234567", "345678", "456789", "567890"], repeat("999999"))
        self.identity = Identity(
            contacts,
            SqlIdentityStore(database),
            self.sent,
            lambda: self.now,
            new_code=lambda: next(codes),
        )


@pytest.fixture
def world(contacts: SqlContacts, database: Database) -> World:
    return World(contacts, database)


@pytest.mark.parametrize(
    ("number", "postcode"),
    [("48213", "0150"), ("51377", "1000 205"), ("73905", "lv1010"), ("88120", "119-365-3471")],
)
async def test_order_and_postcode_prove_in_any_spelling(world: World, number: str, postcode: str) -> None:
    proof = await world.identity.by_order("c", number=number, postcode=postcode)
    assert proof.verdict is Verdict.PROVED
    assert proof.customer is not None


async def test_unknown_order_and_wrong_postcode_look_the_same(world: World) -> None:
    unknown = await world.identity.by_order("c", number="99999", postcode="0150")
    wrong = await world.identity.by_order("c", number="48213", postcode="0151")
    assert unknown == wrong
    assert wrong.verdict is Verdict.WRONG


async def test_empty_postcode_proves_nothing(world: World) -> None:
    proof = await world.identity.by_order("c", number="99999", postcode="- -")
    assert proof.verdict is Verdict.WRONG


async def test_guessing_locks_the_conversation_even_for_the_right_answer(world: World) -> None:
    for guess in range(GUESSES_PER_CONVERSATION):
        last = await world.identity.by_order("c", number="48213", postcode=f"999{guess}")
    assert last.verdict is Verdict.LOCKED
    assert (await world.identity.by_order("c", number="48213", postcode="0150")).verdict is Verdict.LOCKED
    assert (await world.identity.by_order("d", number="48213", postcode="0150")).verdict is Verdict.PROVED


async def test_the_same_guess_made_again_counts_once(world: World) -> None:
    for _ in range(GUESSES_PER_CONVERSATION + 3):
        proof = await world.identity.by_order("c", number="48213", postcode="9999")
    assert proof.verdict is Verdict.WRONG


async def test_guessing_one_order_from_many_conversations_locks_the_order(world: World) -> None:
    for guess in range(15):
        await world.identity.by_order(f"c{guess}", number="48213", postcode=f"{guess:04}")
    assert (await world.identity.by_order("new", number="48213", postcode="0150")).verdict is Verdict.LOCKED


async def test_code_proves_once(world: World) -> None:
    assert await world.identity.send_code("c", email=EMAIL.upper()) is CodeSending.ACCEPTED
    assert world.sent.codes == [(EMAIL, "123456")]
    proof = await world.identity.by_code("c", email=EMAIL, code="123 456")
    assert proof.verdict is Verdict.PROVED
    assert (await world.identity.by_code("c", email=EMAIL, code="123456")).verdict is Verdict.EXPIRED


async def test_code_is_good_only_in_its_conversation_and_for_ten_minutes(world: World) -> None:
    await world.identity.send_code("c", email=EMAIL)
    assert (await world.identity.by_code("other", email=EMAIL, code="123456")).verdict is Verdict.EXPIRED
    world.now += CODE_LIFE_S
    assert (await world.identity.by_code("c", email=EMAIL, code="123456")).verdict is Verdict.EXPIRED


async def test_unknown_address_is_answered_alike_and_gets_nothing(world: World) -> None:
    assert await world.identity.send_code("c", email="nobody@example.com") is CodeSending.ACCEPTED
    assert world.sent.codes == []
    proof = await world.identity.by_code("c", email="nobody@example.com", code="123456")
    assert proof.verdict is Verdict.WRONG


async def test_codes_are_rate_limited(world: World) -> None:
    sent = [await world.identity.send_code("c", email=EMAIL) for _ in range(CODES_PER_HOUR + 1)]
    assert sent == [CodeSending.ACCEPTED] * CODES_PER_HOUR + [CodeSending.TOO_MANY]


async def test_many_conversations_at_once_get_no_more_codes_for_an_address(world: World) -> None:
    sent = await asyncio.gather(*(world.identity.send_code(f"c{n}", email=EMAIL) for n in range(40)))
    assert sent.count(CodeSending.ACCEPTED) == CODES_PER_HOUR
    assert len(world.sent.codes) == CODES_PER_HOUR


async def test_one_conversation_gets_no_more_codes_for_many_addresses_at_once(world: World) -> None:
    emails = [f"somebody{n}@example.com" for n in range(20)]
    sent = await asyncio.gather(*(world.identity.send_code("c", email=email) for email in emails))
    assert sent.count(CodeSending.ACCEPTED) == CODES_PER_HOUR


async def test_many_guesses_of_an_order_at_once_are_answered_no_more_than_one_by_one(world: World) -> None:
    proofs = await asyncio.gather(
        *(world.identity.by_order(f"c{n}", number="48213", postcode=f"{n + 1000}") for n in range(40))
    )
    assert [proof.verdict for proof in proofs].count(Verdict.WRONG) == GUESSES_PER_ORDER


async def test_many_guesses_in_a_conversation_at_once_are_answered_no_more_than_one_by_one(
    world: World,
) -> None:
    proofs = await asyncio.gather(
        *(world.identity.by_order("c", number=f"{n + 10000}", postcode="0150") for n in range(20))
    )
    assert [proof.verdict for proof in proofs].count(Verdict.WRONG) <= GUESSES_PER_CONVERSATION
    right = await world.identity.by_order("c", number="48213", postcode="0150")
    assert right.verdict is Verdict.LOCKED


async def test_a_code_tried_many_times_at_once_is_looked_at_no_more_than_one_by_one(world: World) -> None:
    await world.identity.send_code("c", email=EMAIL)
    tries = await asyncio.gather(
        *(world.identity.by_code("c", email=EMAIL, code=f"{n:06}") for n in range(20))
    )
    answered = [proof.verdict for proof in tries if proof.verdict is not Verdict.EXPIRED]
    assert len(answered) <= CODE_TRIES


async def test_a_right_answer_whose_turn_was_cut_off_is_not_locked_out_by_itself(
    world: World, database: Database
) -> None:
    for guess in range(GUESSES_PER_CONVERSATION - 1):
        await world.identity.by_order("c", number="48213", postcode=f"999{guess}")
    # Counted, and then the process ended.
    limits = {"conversation:c": GUESSES_PER_CONVERSATION, "order:48213": GUESSES_PER_ORDER}
    store = SqlIdentityStore(database)
    assert await store.take_guess("c/48213/0150", limits, at=NOW, since=NOW - 1)
    proof = await world.identity.by_order("c", number="48213", postcode="0150")
    assert proof.verdict is Verdict.PROVED


async def test_a_right_answer_is_no_guess(world: World) -> None:
    for turn in range(GUESSES_PER_ORDER + 1):
        proof = await world.identity.by_order(f"c{turn}", number="48213", postcode="0150")
        assert proof.verdict is Verdict.PROVED


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_a_sender_that_fails_is_told_alike_for_every_address(world: World, email: str) -> None:
    world.sent.working = False
    assert await world.identity.send_code("c", email=email) is CodeSending.UNAVAILABLE


async def test_store_holds_no_code(world: World, database: Database) -> None:
    await world.identity.send_code("c", email=EMAIL)
    async with database.read() as connection:
        row = (await connection.execute(one_time_codes.select())).mappings().one()
    assert "123456" not in str(dict(row))
