"""A conversation is the fold of its log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Conversation, HandoffState, Holder, Summary
from bot.events import (
    ActionExecuted,
    ConversationStarted,
    EscalationReason,
    EscalationRequested,
    Event,
    HandoffAccepted,
    HandoffQueued,
    HandoffResolved,
    HandoffUnavailable,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    decode,
    encode,
)
from tests.support.events import events

STARTED = ConversationStarted(timestamp=0.0, channel="rest")


def folded(*log: Event) -> Conversation:
    return Conversation.fold("c1", [STARTED, *log])


def said(text: str) -> Event:
    return UserUttered(timestamp=1.0, message_id=text, text=text)


def did(action: str) -> Event:
    return ActionExecuted(timestamp=1.0, action=action)


def queued(handoff_id: str = "h1") -> Event:
    return HandoffQueued(timestamp=2.0, handoff_id=handoff_id, queue="general")


def accepted(handoff_id: str = "h1") -> Event:
    return HandoffAccepted(timestamp=3.0, handoff_id=handoff_id, agent_id="a1", agent_name="Ada")


@given(st.lists(events, max_size=40))
def test_replaying_a_log_gives_the_same_state(log: list[Event]) -> None:
    lived = Conversation("c1")
    for event in [STARTED, *log]:
        lived.apply(event)
    stored = [decode(event.type, encode(event)) for event in lived.events]
    replayed = Conversation.fold("c1", stored)
    assert replayed == lived
    assert Summary.of(replayed) == Summary.of(lived)


@given(st.lists(events, max_size=30), st.integers(0, 30))
def test_a_fold_resumed_from_the_middle_ends_at_the_same_state(log: list[Event], cut: int) -> None:
    conversation = Conversation.fold("c1", log[:cut])
    for event in log[cut:]:
        conversation.apply(event)
    assert conversation == Conversation.fold("c1", log)


@given(st.lists(events, max_size=40))
def test_the_bot_may_never_speak_while_a_person_or_the_queue_holds(log: list[Event]) -> None:
    conversation = Conversation("c1")
    for event in log:
        conversation.apply(event)
        if conversation.holder in (Holder.QUEUE, Holder.HUMAN, Holder.CLOSED):
            assert not conversation.bot_may_speak


@given(events)
def test_every_event_survives_being_stored(event: Event) -> None:
    assert decode(event.type, encode(event)) == event


def test_sequences_count_from_one() -> None:
    conversation = folded(said("hello"))
    assert conversation.sequence == 2
    assert conversation.event(2) == said("hello")
    with pytest.raises(IndexError):
        conversation.event(0)


def test_a_message_is_unanswered_until_the_bot_listens_again() -> None:
    assert folded(said("hello")).unanswered == 2
    assert folded(said("hello"), did("utter_greet")).unanswered == 2
    assert folded(said("hello"), did("utter_greet"), did("action_listen")).unanswered is None


def test_a_message_to_a_person_leaves_the_bot_nothing_to_answer() -> None:
    assert folded(queued(), said("hello")).unanswered is None
    assert folded(queued(), accepted(), said("hello")).unanswered is None


def test_a_rewind_takes_back_the_message_and_what_it_set_but_not_people() -> None:
    conversation = folded(
        did("action_listen"),
        said("first"),
        did("action_listen"),
        said("second"),
        SlotSet(timestamp=1.0, name="city", value="Oslo"),
        queued(),
        UserUtteranceReverted(timestamp=4.0),
    )
    assert conversation.slot("city") is None
    assert conversation.dialogue.latest_message == said("first")
    assert conversation.holder is Holder.QUEUE


def test_who_holds_a_conversation_through_a_handoff() -> None:
    log: list[Event] = [queued(), accepted()]
    assert folded(*log[:1]).holder is Holder.QUEUE
    assert folded(*log).holder is Holder.HUMAN
    back = HandoffResolved(
        timestamp=4.0, handoff_id="h1", agent_id="a1", disposition="answered", return_to_bot=True
    )
    assert folded(*log, back).holder is Holder.BOT
    closed = back.model_copy(update={"return_to_bot": False})
    assert folded(*log, closed).holder is Holder.CLOSED
    assert folded(*log, closed, SessionStarted(timestamp=5.0)).holder is Holder.BOT


def test_a_handoff_keeps_the_reason_of_its_own_escalation_only() -> None:
    why = EscalationRequested(timestamp=1.0, reason=EscalationReason.FORM_FAILED, cause=1, detail="postcode")
    done = HandoffResolved(
        timestamp=4.0, handoff_id="h1", agent_id="a1", disposition="answered", return_to_bot=True
    )
    first = folded(why, queued())
    assert first.handoff is not None
    assert first.handoff.reason is EscalationReason.FORM_FAILED
    second = folded(why, queued(), accepted(), done, queued("h2"))
    assert second.handoff is not None
    assert second.handoff.reason is None


def test_events_of_an_older_handoff_change_nothing() -> None:
    conversation = folded(queued("h1"), queued("h2"), accepted("h1"))
    assert conversation.holder is Holder.QUEUE
    assert conversation.handoff is not None
    assert conversation.handoff.state is HandoffState.QUEUED


def test_who_declines_to_leave_a_message_is_not_asked_for_it_later() -> None:
    unavailable = HandoffUnavailable(timestamp=2.0, reason="no_agents", queue="billing")
    asked = folded(said("a person please"), unavailable, did("action_listen"))
    assert asked.leaving_message == "billing"
    asked.apply(said("no thanks"))
    assert asked.leaving_message == "billing", "until that is answered"
    asked.apply(did("action_listen"))
    assert asked.leaving_message is None
