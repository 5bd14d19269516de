"""Who the customer is, as the log proves it: levels, what they are for, how long they hold, when they end."""

from __future__ import annotations

import pytest

from bot.conversation import Conversation
from bot.events import (
    ActionExecuted,
    ConversationStarted,
    CustomerIdentified,
    Event,
    IdentityEnded,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    decode,
    encode,
)
from bot.identity import STRONG_S, WEAK_S, Identity, Level

AT = 1_000.0


def identity(*events: Event) -> Identity | None:
    return Conversation.fold("c", [ConversationStarted(timestamp=AT, channel="rest"), *events]).identity


def proof(
    by: str, *, customer: str = "C-1", at: float = AT, orders: tuple[str, ...] = ()
) -> CustomerIdentified:
    return CustomerIdentified(timestamp=at, customer_id=customer, by=by, orders=orders)


def said(at: float = AT) -> UserUttered:
    return UserUttered(timestamp=at, message_id=f"m{at}", text="hello")


def test_a_weak_proof_is_for_its_order_and_for_half_an_hour() -> None:
    known = identity(proof("order_and_postcode", orders=("48213",)))
    assert known is not None
    assert known.at_least(Level.WEAK, AT, order="48213")
    assert not known.at_least(Level.WEAK, AT, order="48100")
    assert not known.at_least(Level.STRONG, AT)
    assert known.level(AT + WEAK_S) is Level.HINT


def test_proofs_of_one_customer_add_up_and_each_order_keeps_its_own_end() -> None:
    known = identity(
        proof("order_and_postcode", orders=("1",)),
        proof("order_and_postcode", orders=("2",), at=AT + 1000),
    )
    assert known is not None
    assert known.proved_orders(AT + 1001) == ("1", "2")
    assert known.proved_orders(AT + WEAK_S) == ("2",)


def test_a_strong_proof_is_not_weakened_and_is_for_every_order() -> None:
    known = identity(proof("one_time_code"), proof("order_and_postcode", orders=("1",), at=AT + 5))
    assert known is not None
    assert (known.by, known.level(AT + 10)) == ("one_time_code", Level.STRONG)
    assert known.at_least(Level.WEAK, AT + 10, order="2")
    assert not known.at_least(Level.STRONG, AT + STRONG_S)


def test_a_proof_of_another_customer_replaces_and_a_hint_does_not() -> None:
    strong = proof("one_time_code")
    hinted = identity(strong, proof("order_number", customer="C-2"))
    assert hinted is not None
    assert hinted.customer_id == "C-1"
    replaced = identity(strong, proof("order_and_postcode", customer="C-2", orders=("9",), at=AT + 1))
    assert replaced is not None
    assert (replaced.customer_id, replaced.level(AT + 2)) == ("C-2", Level.WEAK)


@pytest.mark.parametrize("event", [UserUtteranceReverted(timestamp=AT), Restarted(timestamp=AT)])
def test_taking_back_dialogue_does_not_take_back_who_it_is(event: Event) -> None:
    known = identity(said(), proof("one_time_code"), event)
    assert known is not None
    assert known.level(AT) is Level.STRONG


def test_a_new_session_leaves_a_hint_since_somebody_else_may_sit_there() -> None:
    known = identity(said(), proof("one_time_code"), SessionStarted(timestamp=AT + 1))
    assert known is not None
    assert (known.customer_id, known.level(AT + 1)) == ("C-1", Level.HINT)


def test_a_site_s_sign_in_before_the_first_message_belongs_to_the_session_that_begins() -> None:
    token = proof("signed_token", at=AT + 2)
    known = identity(said(), token, SessionStarted(timestamp=AT + 3))
    assert known is not None
    assert known.level(AT + 3) is Level.STRONG
    ended = identity(token, said(AT + 3), SessionStarted(timestamp=AT + 4))
    assert ended is not None
    assert ended.level(AT + 4) is Level.HINT


def test_an_identity_can_be_ended() -> None:
    assert identity(proof("one_time_code"), IdentityEnded(timestamp=AT, reason="signed_out")) is None


def test_slots_say_nothing_about_who_it_is() -> None:
    forged = [SlotSet(timestamp=AT, name=n, value=v) for n, v in (("verified", True), ("customer_id", "C-1"))]
    assert identity(*forged, ActionExecuted(timestamp=AT, action="action_listen")) is None


def test_events_of_before_levels_came_are_read_by_their_method() -> None:
    old = '{"timestamp":1000.0,"customer_id":"C-1","by":"%s"}'
    weak = decode("customer_identified", old % "order_and_postcode")
    assert isinstance(weak, CustomerIdentified)
    known = identity(weak)
    assert known is not None
    assert known.level(AT) is Level.WEAK
    # It does not say for which order, so it is for none.
    assert not known.at_least(Level.WEAK, AT, order="48213")
    strong = identity(decode("customer_identified", old % "one_time_code"))
    assert strong is not None
    assert strong.level(AT) is Level.STRONG
    assert encode(weak).count("strength") == 0
