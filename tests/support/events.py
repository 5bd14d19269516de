"""Hypothesis strategies and short constructors for events."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bot import events as e

HANDOFF_IDS = ("h1", "h2")
_text = st.text(max_size=20)
_id = st.sampled_from(["a", "b", "c"])
_at = st.floats(min_value=0, max_value=4e9, allow_nan=False)
_handoff_id = st.sampled_from(HANDOFF_IDS)
_value = st.none() | st.booleans() | _text | st.lists(_text, max_size=2)
_audio = st.builds(
    e.AudioSpan,
    start_ms=st.integers(0, 10**7),
    end_ms=st.integers(0, 10**7),
    confidence=st.none() | st.floats(0, 1),
)


def _of(cls: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(cls, timestamp=_at, **fields)


events: st.SearchStrategy[e.Event] = st.one_of(
    _of(e.SessionStarted),
    _of(e.UserUttered, message_id=_text, text=_text),
    _of(e.BotUttered, text=_text),
    _of(e.ActionExecuted, action=st.sampled_from(["action_listen", "utter_greet", "order_form"])),
    _of(e.ActionExecutionRejected, action=st.just("order_form")),
    _of(e.SlotSet, name=_id, value=_value),
    _of(e.AllSlotsReset),
    _of(e.ActiveLoop, name=st.none() | st.just("order_form")),
    _of(e.LoopInterrupted, is_interrupted=st.booleans()),
    _of(e.FollowupAction, action=st.none() | st.just("utter_greet")),
    _of(e.UserUtteranceReverted),
    _of(e.ActionReverted),
    _of(e.Restarted),
    _of(e.ConversationPaused),
    _of(e.ConversationResumed),
    _of(e.LanguageChanged, language=st.sampled_from(["en", "nb"])),
    _of(e.CustomerIdentified, customer_id=_id, by=st.just("postcode")),
    _of(
        e.CustomerIdentified,
        customer_id=_id,
        by=st.sampled_from(["signed_token", "order_number"]),
        strength=st.none() | st.sampled_from(["hint", "weak", "strong"]),
        orders=st.lists(_id, max_size=2).map(tuple),
        expires_at=st.none() | _at,
    ),
    _of(e.IdentityEnded, reason=_id),
    _of(e.ProofRequired, action=st.just("utter_greet"), level=st.just("weak"), proof=st.just("order_form")),
    _of(e.EscalationRequested, reason=st.sampled_from(list(e.EscalationReason))),
    _of(e.HandoffQueued, handoff_id=_handoff_id, queue=_id),
    _of(e.HandoffOffered, handoff_id=_handoff_id, agent_id=_id, expires_at=_at),
    _of(e.HandoffDeclined, handoff_id=_handoff_id, agent_id=_id),
    _of(e.HandoffAccepted, handoff_id=_handoff_id, agent_id=_id, agent_name=_id),
    _of(e.HandoffTransferred, handoff_id=_handoff_id, agent_id=_id, to_queue=st.none() | _id),
    _of(e.HandoffReturned, handoff_id=_handoff_id, agent_id=_id),
    _of(
        e.HandoffResolved,
        handoff_id=_handoff_id,
        agent_id=_id,
        disposition=_id,
        return_to_bot=st.booleans(),
    ),
    _of(e.HandoffAbandoned, handoff_id=_handoff_id, by=st.just("customer_left")),
    _of(e.AgentSaid, agent_id=_id, agent_name=_id, message_id=_text, text=_text),
    _of(e.NoteWritten, agent_id=_id, agent_name=_id, text=_text),
    _of(e.ConversationRated, score=st.integers(1, 5)),
    _of(e.ConversationClosed, by=st.just("customer")),
    _of(e.UserUttered, message_id=_text, text=_text, audio=_audio),
    _of(
        e.BotUttered, text=_text, metadata=st.fixed_dictionaries({"prompt": st.just(True), "report_id": _id})
    ),
    _of(e.AgentSaid, agent_id=_id, agent_name=_id, message_id=_id, text=_text, audio=_audio),
    _of(e.CallStarted, call_id=_id, transport=st.just("sip"), caller=_text, called=_text),
    _of(e.SpeechHeard, report_id=_id, sequence=st.integers(1, 50), heard=_text, interrupted=st.booleans()),
    _of(e.CallHeld, report_id=_id, held=st.booleans(), by=st.sampled_from(["caller", "agent"])),
    _of(e.DigitsPressed, report_id=_id, digits=st.from_regex(r"[0-9*#]{1,5}", fullmatch=True)),
    _of(e.AgentAudioJoined, report_id=_id, handoff_id=_handoff_id, agent_id=_id, agent_name=_id),
    _of(e.AgentAudioLost, report_id=_id, handoff_id=_handoff_id, agent_id=_id, agent_name=_id),
    _of(e.CallTransferred, report_id=_id, target=_text, status=st.integers(100, 699)),
    _of(e.CallEnded, report_id=_id, reason=_id, facts=st.dictionaries(_id, st.integers(), max_size=2)),
)
"""Any event but the first of a log, in any order: a fold must take what a log holds."""
