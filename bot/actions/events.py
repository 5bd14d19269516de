"""Events of ours that a custom action may return beside Rasa's.

rasa-sdk's actions answer with Rasa events, which have no word for people and records. An action says those
with a dict that the engine translates (`bot.dialogue.turn`)::

    {"event": "firstline", "type": "customer_identified", "customer_id": "C-1001", "by": "order_and_postcode",
     "orders": ["48213"]}
    {"event": "firstline", "type": "record_accessed", "record": "order", "record_id": "48213",
     "operation": "read", "summary": "shipped"}
    {"event": "firstline", "type": "escalation_requested", "reason": "rule", "detail": "severe complaint",
     "priority": 2}
    {"event": "firstline", "type": "language_changed", "language": "nb"}

``type`` is the type of an event of `bot.events`, and the other keys are its fields; ``timestamp`` and, for an
escalation, ``cause`` are the engine's to add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bot.events import EscalationReason

OWN_EVENT = "firstline"
ActionEvent = dict[str, Any]


def customer_identified(customer_id: str, *, by: str, orders: Sequence[str] = ()) -> ActionEvent:
    """The customer proved who they are.

    ``by`` is the method, which says how strong the proof is (`bot.identity.LEVEL_OF_METHOD`); ``orders`` are
    those that a weak proof is for. Give ``"strength"`` besides for a method that is not listed there.
    """
    return {
        "event": OWN_EVENT,
        "type": "customer_identified",
        "customer_id": customer_id,
        "by": by,
        "orders": list(orders),
    }


def record_accessed(
    record: str, record_id: str, operation: Literal["read", "create", "update"], summary: str = ""
) -> ActionEvent:
    """A record was read, created or changed; ``summary`` says so in a few words without personal data."""
    return {
        "event": OWN_EVENT,
        "type": "record_accessed",
        "record": record,
        "record_id": record_id,
        "operation": operation,
        "summary": summary,
    }


def escalation_requested(reason: EscalationReason, *, detail: str = "", priority: int = 0) -> ActionEvent:
    """The bot gives up: a person has to go on."""
    return {
        "event": OWN_EVENT,
        "type": "escalation_requested",
        "reason": reason.value,
        "detail": detail,
        "priority": priority,
    }


def language_changed(language: str) -> ActionEvent:
    """The customer asked for a language (an IETF tag)."""
    return {"event": OWN_EVENT, "type": "language_changed", "language": language, "by": "customer"}
