"""The evidence in other systems' shapes: flat attributes, and the Bot Framework's handoff activity."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from bot.handoff.context import Context
from bot.transcript import Message

FLAT_LIMIT = 32_768
"""Bytes that all keys and values may have together in Amazon Connect's contact attributes."""
_VALUE_LIMIT = 1_000


def flatten(context: Context) -> dict[str, str]:
    """One level of strings: keys of ``[A-Za-z0-9_-]``, keys and values together within `FLAT_LIMIT` bytes.

    What matters most comes first; the transcript is cut, oldest lines first, to what is left.
    """
    handoff = context.handoff
    attributes: dict[str, Any] = {
        "firstline_version": context.version,
        "handoff_id": handoff.id,
        "conversation_id": context.conversation.id,
        "channel": context.conversation.channel,
        "language": context.conversation.language,
        "queue": handoff.queue,
        "priority": handoff.priority,
        "reason": context.reason.code,
        "reason_detail": context.reason.detail,
        "reason_text": context.reason.cause.text if context.reason.cause else None,
        "form": context.form.name if context.form else None,
        "form_missing": ",".join(context.form.missing) if context.form else None,
    }
    if context.customer is not None:
        for name, value in context.customer.model_dump().items():
            attributes[f"customer_{name}"] = value
    if context.handoff.call is not None:
        attributes["call_caller"] = context.handoff.call.caller
    if context.audio is not None:
        for name, value in context.audio.model_dump().items():
            attributes[f"audio_{name}"] = value
    for slot in context.slots:
        attributes[f"slot_{slot.name}"] = slot.value
        attributes[f"slot_{slot.name}_confirmed"] = slot.confirmed
    for number, intent in enumerate(reversed(context.intents[-5:]), 1):
        attributes[f"intent_{number}"] = intent.intent
        attributes[f"intent_{number}_confidence"] = intent.confidence
    for number, attempt in enumerate(reversed(context.attempts[-10:]), 1):
        attributes[f"attempt_{number}"] = f"{attempt.action}: {attempt.outcome}"
    for number, record in enumerate(context.records[-5:], 1):
        attributes[f"record_{number}"] = f"{record.operation} {record.record} {record.record_id}"

    flat: dict[str, str] = {}
    left = FLAT_LIMIT
    for name, value in attributes.items():
        if value is None or value == "":
            continue
        key = re.sub(r"[^A-Za-z0-9_-]", "_", name)
        words = _words(value)[:_VALUE_LIMIT]
        size = _size(key) + _size(words)
        if size <= left and key not in flat:
            flat[key] = words
            left -= size
    lines = _tail([_line(message) for message in context.transcript], left - _size("transcript"))
    if lines:
        flat["transcript"] = lines
    return flat


def bot_framework(context: Context) -> dict[str, Any]:
    """A Bot Framework event activity ``handoff.initiate`` with the transcript attached."""
    told = context.model_dump(mode="json", exclude={"transcript"})
    activities = [
        {
            "type": "message",
            "id": str(message.sequence),
            "timestamp": datetime.fromtimestamp(message.timestamp, UTC).isoformat(),
            "from": {"role": "user" if message.author == "customer" else "bot", "name": message.name},
            "text": message.text,
        }
        for message in context.transcript
        if message.text and message.author != "note"
    ]
    return {
        "type": "event",
        "name": "handoff.initiate",
        "id": context.handoff.id,
        "timestamp": datetime.fromtimestamp(context.handoff.queued_at, UTC).isoformat(),
        "channelId": context.conversation.channel,
        "conversation": {"id": context.conversation.id},
        "locale": context.conversation.language,
        "value": told,
        "attachments": [
            {
                "contentType": "application/json",
                "name": "Transcript",
                "content": {"type": "transcript", "activities": activities},
            }
        ],
    }


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(message: Message) -> str:
    return f"{message.name or message.author}: {message.text or message.kind or ''}"


def _tail(lines: list[str], limit: int) -> str:
    """The latest lines that fit into so many bytes."""
    kept: list[str] = []
    for line in reversed(lines):
        limit -= _size(line) + 1
        if limit < 0:
            break
        kept.append(line)
    return "\n".join(reversed(kept))


def _size(text: str) -> int:
    return len(text.encode())
