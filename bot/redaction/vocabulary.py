"""Which fields of the events hold words, and which hold names of ours or identifiers.

Every field that can bear text stands here, in one of four kinds. A field that is missing is masked as words,
and `tests/bot/redaction/test_vocabulary.py` fails until somebody has classified it.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from bot import events as e
from bot.events import BaseEvent


class Kind(Enum):
    """How a field's text is masked."""

    WORDS = "words"
    """What people write and say, and data from them: everything that is set is masked."""
    OURS = "ours"
    """What the virtual agent says. Cards are masked. IBANs are not: a shop may tell its own account. Personal
    data is not: what a customer said reaches the bot masked already, so an echo of it is masked too; the rest
    comes from the project and from records, and masking it would change what the customer is told."""
    LABEL = "label"
    """Names that projects, agents and programs give: cards and IBANs are masked, in case that a customer
    typed one in the place of a name (``/4242...``)."""
    KEPT = "kept"
    """Identifiers, by which something is found again, and numbers of calls: never changed."""


W, OURS, L, K = Kind.WORDS, Kind.OURS, Kind.LABEL, Kind.KEPT

_FIELDS: dict[type[BaseModel], dict[str, Kind]] = {
    e.Intent: {"name": L},
    e.Entity: {"entity": L, "value": W, "extractor": L, "role": L, "group": L, "normalized": W},
    e.Parse: {"text": W, "language": L, "response_key": L},
    e.Button: {"title": OURS, "payload": OURS},
    e.ConversationStarted: {"channel": L, "language": L, "metadata": W},
    # Retries are known by their message id.
    e.UserUttered: {"message_id": K, "text": W, "channel": L, "metadata": W},
    e.BotUttered: {"text": OURS, "image": OURS, "custom": OURS, "response": L, "metadata": OURS},
    e.ActionExecuted: {"action": L, "policy": L, "because": L},
    e.ActionExecutionRejected: {"action": L, "policy": L},
    e.ActionFailed: {"action": L, "error": L},
    e.SlotSet: {"name": L, "value": W},
    e.ActiveLoop: {"name": L},
    e.FollowupAction: {"action": L},
    e.LanguageChanged: {"language": L},
    e.CustomerIdentified: {"customer_id": K, "by": L, "orders": L},
    e.IdentityEnded: {"reason": L},
    e.ProofRequired: {"action": L, "proof": L},
    e.ContactAsked: {"ticket_id": K},
    e.RecordAccessed: {"record": L, "record_id": K, "summary": W},
    e.EscalationRequested: {"detail": W},
    e.HandoffQueued: {"handoff_id": K, "queue": L, "language": L, "skills": L, "agent_id": K},
    e.HandoffUnavailable: {"queue": L},
    e.MessageLeft: {"ticket_id": K, "queue": L},
    e.HandoffOffered: {"handoff_id": K, "agent_id": K},
    e.HandoffDeclined: {"handoff_id": K, "agent_id": K},
    e.HandoffAccepted: {"handoff_id": K, "agent_id": K, "agent_name": L},
    e.HandoffTransferred: {"handoff_id": K, "agent_id": K, "to_queue": L, "to_agent": K, "note": W},
    e.HandoffReturned: {"handoff_id": K, "agent_id": K},
    e.HandoffResolved: {"handoff_id": K, "agent_id": K, "disposition": L, "note": W},
    e.HandoffAbandoned: {"handoff_id": K},
    e.AgentSaid: {"agent_id": K, "agent_name": L, "message_id": K, "text": W},
    e.NoteWritten: {"agent_id": K, "agent_name": L, "text": W},
    e.ConversationRated: {"comment": W},
    # Who called and where to: personal, and needed to call back and to pass a call on.
    e.CallStarted: {"call_id": K, "transport": L, "caller": K, "called": K},
    e.SpeechHeard: {"report_id": K, "heard": OURS},
    e.CallHeld: {"report_id": K},
    e.DigitsPressed: {"report_id": K, "digits": W},
    e.AgentAudioJoined: {"report_id": K, "handoff_id": K, "agent_id": K, "agent_name": L, "ticket_id": K},
    e.AgentAudioLost: {"report_id": K, "handoff_id": K, "agent_id": K, "agent_name": L},
    e.CallTransferred: {"report_id": K, "target": K},
    e.CallEnded: {"report_id": K, "reason": L, "facts": W},
}

FIELDS: Mapping[type[BaseModel], Mapping[str, Kind]] = MappingProxyType(_FIELDS)


def models() -> set[type[BaseModel]]:
    """Every event class, and every model that events are made of."""
    found: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = list(BaseEvent.__subclasses__())
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [
                part for field in model.model_fields.values() for part in _models_in(field.annotation)
            ]
    return found


def text_fields(model: type[BaseModel]) -> list[str]:
    """The fields of a model that can bear text themselves, not only by a model within."""
    return [name for name, field in model.model_fields.items() if _bears_text(field.annotation)]


def has_models(annotation: Any) -> bool:
    """Whether a field of this type can hold a model."""
    return next(_models_in(annotation), None) is not None


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def _bears_text(annotation: Any) -> bool:
    """Literals and enumerations bear only what we wrote; any other type than a number may bear text."""
    if annotation is None or typing.get_origin(annotation) is typing.Literal:
        return False
    arguments = [argument for argument in typing.get_args(annotation) if argument is not Ellipsis]
    if arguments:
        return any(_bears_text(argument) for argument in arguments)
    if isinstance(annotation, type):
        return not issubclass(annotation, bool | int | float | Enum | BaseModel | type(None))
    return True
