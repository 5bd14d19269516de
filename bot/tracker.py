"""Rasa's tracker: a conversation as Rasa's JSON, and Rasa's events as ours.

The format is that of ``GET /conversations/{id}/tracker`` of Rasa Open Source 3 and of what rasa-sdk action
servers receive and answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.conversation import Conversation
from bot.errors import InvalidInput
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AgentSaid,
    AllSlotsReset,
    BotUttered,
    Button,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Entity,
    Event,
    FollowupAction,
    Intent,
    LoopInterrupted,
    Parse,
    Restarted,
    SessionStarted,
    SlotSet,
    SlotSource,
    UserUtteranceReverted,
    UserUttered,
)
from bot.plain_json import plain_size

MAX_DEPTH = 32
"""How deep an event of Rasa's may be nested; what Rasa itself writes has eight levels."""
MAX_AHEAD_S = 86_400.0
"""How far ahead of our clock the clocks of other programs may be."""
_LAST_CHARACTER = 1_000_000


def entity_to_rasa(entity: Entity) -> dict[str, Any]:
    """An entity as in Rasa's parse result."""
    data: dict[str, Any] = {
        "entity": entity.entity,
        "start": entity.start,
        "end": entity.end,
        "value": entity.value,
        "confidence_entity": entity.confidence,
        "extractor": entity.extractor,
    }
    for key in ("role", "group", "normalized"):
        if (value := getattr(entity, key)) is not None:
            data[key] = value
    return data


def parse_to_rasa(parse: Parse, *, message_id: str | None = None, ranking: int = 10) -> dict[str, Any]:
    """A parse as Rasa's ``/model/parse`` answers it, plus ``language``, ``scope`` and ``sentiment``."""
    none = {"name": None, "confidence": 0.0}
    data: dict[str, Any] = {
        "text": parse.text,
        "intent": parse.intent.model_dump() if parse.intent else none,
        "entities": [entity_to_rasa(entity) for entity in parse.entities],
        "intent_ranking": [intent.model_dump() for intent in parse.intent_ranking[:ranking]],
        "language": parse.language,
        "scope": parse.scope.model_dump() if parse.scope else None,
        "sentiment": parse.sentiment,
    }
    if parse.response_ranking:
        data["response_selector"] = _response_selector(parse)
    if message_id is not None:
        data["message_id"] = message_id
    return data


def _response_selector(parse: Parse) -> dict[str, Any]:
    """A selector's block for each retrieval intent, and under ``default`` one over all of them."""
    ranking = parse.response_ranking
    intents = list(dict.fromkeys(ranked.name.split("/", 1)[0] for ranked in ranking))
    blocks = {intent: _block([r for r in ranking if r.name.startswith(f"{intent}/")]) for intent in intents}
    return {"all_retrieval_intents": intents, "default": _block(ranking), **blocks}


def _block(ranking: Sequence[Intent]) -> dict[str, Any]:
    best = ranking[0]
    return {
        "response": {
            "responses": None,
            "confidence": best.confidence,
            "intent_response_key": best.name,
            "utter_action": f"utter_{best.name}",
        },
        "ranking": [{"confidence": r.confidence, "intent_response_key": r.name} for r in ranking],
    }


def event_to_rasa(event: Event) -> dict[str, Any] | None:
    """A dialogue event as Rasa writes it; None for events that Rasa has no word for."""
    at = {"timestamp": event.timestamp}
    match event:
        case UserUttered():
            parse = event.parse or Parse(text=event.text, intent=None)
            return at | {
                "event": "user",
                "text": event.text,
                "parse_data": parse_to_rasa(parse),
                "input_channel": event.channel,
                "message_id": event.message_id,
                "metadata": event.metadata,
            }
        case BotUttered():
            data = {
                "elements": None,
                "quick_replies": None,
                "buttons": [button.model_dump() for button in event.buttons] or None,
                "attachment": None,
                "image": event.image,
                "custom": event.custom,
            }
            metadata = dict(event.metadata)
            if event.response:
                metadata["utter_action"] = event.response
            return at | {"event": "bot", "text": event.text, "data": data, "metadata": metadata}
        case AgentSaid():
            # Rasa knows nobody but the bot on our side of the conversation; the metadata says who it was.
            return at | {
                "event": "bot",
                "text": event.text,
                "data": {},
                "metadata": {"agent": event.agent_name},
            }
        case ActionExecuted():
            return at | {
                "event": "action",
                "name": event.action,
                "policy": event.policy,
                "confidence": event.confidence,
                "action_text": None,
                "hide_rule_turn": event.hide_rule_turn,
            }
        case ActionExecutionRejected():
            return at | {
                "event": "action_execution_rejected",
                "name": event.action,
                "policy": event.policy,
                "confidence": event.confidence,
            }
        case SlotSet():
            return at | {"event": "slot", "name": event.name, "value": event.value}
        case EntitiesAdded():
            return at | {"event": "entities", "entities": [entity_to_rasa(e) for e in event.entities]}
        case ActiveLoop():
            return at | {"event": "active_loop", "name": event.name}
        case LoopInterrupted():
            return at | {"event": "loop_interrupted", "is_loop_interrupted": event.is_interrupted}
        case FollowupAction():
            return at | {"event": "followup", "name": event.action}
        case _:
            name = _PLAIN_BY_TYPE.get(type(event))
            return at | {"event": name} if name else None


def tracker_to_rasa(
    conversation: Conversation, *, initial_slots: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The whole conversation as Rasa's tracker JSON; ``initial_slots`` are the domain's initial values."""
    dialogue = conversation.dialogue
    latest = dialogue.latest_message
    parse = latest.parse if latest is not None and latest.parse is not None else None
    loop = dialogue.loop
    active_loop: dict[str, Any] = {}
    if loop is not None:
        trigger = event_to_rasa(loop.trigger) if loop.trigger else None
        active_loop = {
            "name": loop.name,
            "is_interrupted": loop.interrupted,
            "rejected": loop.rejected,
            "trigger_message": trigger["parse_data"] if trigger else None,
        }
    events = [data for event in conversation.events if (data := event_to_rasa(event)) is not None]
    return {
        "sender_id": conversation.id,
        "slots": {**(initial_slots or {}), **conversation.slots()},
        "latest_message": parse_to_rasa(parse or Parse(text=latest.text if latest else "", intent=None))
        | ({"message_id": latest.message_id, "metadata": latest.metadata} if latest else {}),
        "latest_event_time": conversation.updated_at,
        "followup_action": dialogue.followup_action,
        "paused": conversation.paused or not conversation.bot_may_speak,
        "events": events,
        "latest_input_channel": (latest.channel if latest else "") or conversation.channel,
        "active_loop": active_loop,
        "latest_action": {"action_name": dialogue.latest_action} if dialogue.latest_action else {},
        "latest_action_name": dialogue.latest_action,
        "language": conversation.language,
        "holder": conversation.holder.value,
    }


def event_from_rasa(data: Mapping[str, Any], *, now: float) -> Event | None:
    """An event of Rasa's as ours; None for those without meaning here. Raises InvalidInput."""
    if plain_size(data, max_depth=MAX_DEPTH) is None:
        raise InvalidInput(
            "The event is no plain JSON.",
            code="tracker.not_plain",
            hint=f"{MAX_DEPTH} levels at most, finite numbers, and text that UTF-8 can write",
        )
    kind = data.get("event")
    at = _timestamp(data.get("timestamp"), now)
    plain = _PLAIN_BY_NAME.get(str(kind))
    try:
        if plain is not None:
            event: Event = plain(timestamp=at)
            return event
        match kind:
            case "user":
                return UserUttered(
                    timestamp=at,
                    message_id=str(data.get("message_id") or f"rasa-{at}"),
                    text=data.get("text") or "",
                    parse=_parse_from_rasa(_object(data, "parse_data"), data.get("text") or ""),
                    channel=data.get("input_channel") or "",
                    metadata=_object(data, "metadata"),
                )
            case "bot":
                extra = _object(data, "data")
                metadata = _object(data, "metadata")
                return BotUttered(
                    timestamp=at,
                    text=data.get("text"),
                    buttons=tuple(Button(**_button(button)) for button in _objects(extra, "buttons")),
                    image=extra.get("image"),
                    custom=extra.get("custom"),
                    response=metadata.get("utter_action"),
                    metadata=metadata,
                )
            case "action":
                return ActionExecuted(
                    timestamp=at,
                    action=data["name"],
                    policy=data.get("policy"),
                    confidence=None if data.get("confidence") is None else _number(data, "confidence"),
                    hide_rule_turn=bool(data.get("hide_rule_turn")),
                )
            case "action_execution_rejected":
                return ActionExecutionRejected(timestamp=at, action=data["name"], policy=data.get("policy"))
            case "slot":
                source = SlotSource(kind="action")
                return SlotSet(timestamp=at, name=data["name"], value=data.get("value"), source=source)
            case "entities":
                entities = tuple(_entity_from_rasa(entity) for entity in _objects(data, "entities"))
                return EntitiesAdded(timestamp=at, entities=entities)
            case "active_loop" | "form":
                return ActiveLoop(timestamp=at, name=data.get("name"))
            case "loop_interrupted":
                return LoopInterrupted(timestamp=at, is_interrupted=bool(data.get("is_loop_interrupted")))
            case "followup":
                return FollowupAction(timestamp=at, action=data.get("name"))
            case "user_featurization" | "export" | "agent" | "reminder" | "cancel_reminder":
                return None
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"The event {str(kind)[:60]!r} does not fit Rasa's format: {error}.", code="tracker.bad_event"
        ) from error
    raise InvalidInput(
        f"There is no event {str(kind)[:60]!r}.",
        code="tracker.unknown_event",
        hint="use the event names of Rasa 3",
    )


def events_from_rasa(items: Iterable[Mapping[str, Any]], *, now: float) -> list[Event]:
    """Several, in order. Raises InvalidInput."""
    return [event for item in items if (event := event_from_rasa(item, now=now)) is not None]


def _timestamp(given: Any, now: float) -> float:
    """Seconds since the epoch, ``now`` where nothing is given. Raises InvalidInput."""
    if given is None:
        return now
    # Whole numbers are compared as they are: they may have more digits than a float.
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= now + MAX_AHEAD_S:
        return float(given)
    raise InvalidInput(
        "The event's timestamp is none.",
        code="tracker.bad_timestamp",
        hint="seconds since the epoch, at most a day ahead of this server's clock",
    )


def _object(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What is under ``key``, empty where there is nothing. Raises TypeError."""
    found = data.get(key)
    if found is not None and not isinstance(found, dict):
        raise TypeError(f"{key} is no object")
    return found or {}


def _objects(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in the list under ``key``. Raises TypeError."""
    found = data.get(key)
    if found is not None and not (isinstance(found, list) and all(isinstance(item, dict) for item in found)):
        raise TypeError(f"{key} is no list of objects")
    return found or []


def _number(data: Mapping[str, Any], key: str, default: float = 0.0) -> float:
    """The finite number under ``key``. Raises TypeError, OverflowError."""
    found = data.get(key)
    if found is None:
        return default
    if not isinstance(found, int | float) or not math.isfinite(found):
        raise TypeError(f"{key} is no number")
    return float(found)


def _position(data: Mapping[str, Any], key: str) -> int:
    """Where in a text something begins or ends. Raises TypeError, OverflowError."""
    found = _number(data, key)
    if not 0 <= found <= _LAST_CHARACTER:
        raise TypeError(f"{key} is no place in a text")
    return int(found)


def _button(data: Mapping[str, Any]) -> dict[str, str]:
    title = str(data.get("title") or data.get("payload") or "")
    return {"title": title, "payload": str(data.get("payload") or title)}


def _entity_from_rasa(data: Mapping[str, Any]) -> Entity:
    return Entity(
        entity=data["entity"],
        value=data.get("value"),
        start=_position(data, "start"),
        end=_position(data, "end"),
        confidence=_number(data, "confidence_entity", 1.0) or 1.0,
        extractor=data.get("extractor") or "",
        role=data.get("role"),
        group=data.get("group"),
        normalized=data.get("normalized"),
    )


def _parse_from_rasa(data: Mapping[str, Any], text: str) -> Parse:
    intent = _object(data, "intent")
    selector = _object(data, "response_selector")
    blocks = [_object(block, "response") for block in selector.values() if isinstance(block, dict)]
    keys = [block["intent_response_key"] for block in blocks if block.get("intent_response_key")]
    return Parse(
        text=data.get("text") or text,
        intent=Intent(name=intent["name"], confidence=_number(intent, "confidence"))
        if intent.get("name")
        else None,
        intent_ranking=tuple(
            Intent(name=item["name"], confidence=_number(item, "confidence"))
            for item in _objects(data, "intent_ranking")
            if item.get("name")
        ),
        entities=tuple(_entity_from_rasa(entity) for entity in _objects(data, "entities")),
        language=data.get("language"),
        response_key=keys[0] if keys else None,
    )


_PLAIN_BY_NAME: dict[str, type[Any]] = {
    "session_started": SessionStarted,
    "reset_slots": AllSlotsReset,
    "rewind": UserUtteranceReverted,
    "undo": ActionReverted,
    "restart": Restarted,
    "pause": ConversationPaused,
    "resume": ConversationResumed,
}
_PLAIN_BY_TYPE: dict[type[Any], str] = {cls: name for name, cls in _PLAIN_BY_NAME.items()}
