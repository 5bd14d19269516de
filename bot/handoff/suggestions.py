"""Replies suggested to the agent: made from the log only, so that nothing in them is invented."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from bot.conversation import Conversation
from bot.events import EscalationReason, RecordAccessed
from bot.handoff.texts import text

_OPENING_BY_REASON = {
    EscalationReason.OUT_OF_SCOPE: "sorry_bot",
    EscalationReason.LOW_CONFIDENCE: "sorry_bot",
    EscalationReason.FORM_FAILED: "sorry_bot",
    EscalationReason.ERROR: "sorry_bot",
    EscalationReason.RULE: "sorry_trouble",
    EscalationReason.SENTIMENT: "sorry_trouble",
    EscalationReason.ASKED_FOR_PERSON: "one_moment",
}


class SuggestedReply(BaseModel):
    """A reply, and what it was derived from."""

    text: str
    because: str


def suggested_replies(
    conversation: Conversation,
    *,
    agent_name: str | None,
    customer_name: str | None,
    question: str | None,
    records: Sequence[RecordAccessed],
) -> list[SuggestedReply]:
    """Two or three replies in the conversation's language, for how the handoff came about.

    ``question`` asks for what an open form misses.
    """
    language = conversation.language
    handoff = conversation.handoff
    replies = []
    if agent_name is not None:
        name = f" {customer_name}" if customer_name else ""
        greeting = text("greeting", language, channel=conversation.channel, name=name, agent=agent_name)
        replies.append(SuggestedReply(text=greeting, because="greeting"))
    reason = handoff.reason if handoff is not None else None
    opening = _OPENING_BY_REASON.get(reason or EscalationReason.ASKED_FOR_PERSON, "one_moment")
    replies.append(
        SuggestedReply(text=text(opening, language), because=f"reason: {reason}" if reason else "handoff")
    )
    if question is not None:
        replies.append(SuggestedReply(text=question, because="missing"))
    elif records:
        latest = records[-1]
        words = text("about_record", language, record=f"{latest.record} {latest.record_id}")
        replies.append(SuggestedReply(text=words, because=f"record: {latest.record} {latest.record_id}"))
    return replies
