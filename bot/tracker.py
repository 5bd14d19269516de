"""Rasa's tracker: a conversation as Rasa's JSON, and Rasa's events as ours.

The format is that of ``GET /conversations/{id}/tracker`` of Rasa Open Source 3 and of what rasa-sdk action
servers receive and answer.
"""

from __future__ import annotations

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
    kind = data.get("event")
    at = float(data.get("timestamp") or now)
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
                    parse=_parse_from_rasa(data.get("parse_data") or {}, data.get("text") or ""),
                    channel=data.get("input_channel") or "",
                    metadata=data.get("metadata") or {},
                )
            case "bot":
                extra = data.get("data") or {}
                return BotUttered(
                    timestamp=at,
                    text=data.get("text"),
                    buttons=tuple(Button(**_button(button)) for button in extra.get("buttons") or ()),
                    image=extra.get("image"),
                    custom=extra.get("custom"),
                    response=(data.get("metadata") or {}).get("utter_action"),
                    metadata=data.get("metadata") or {},
                )
            case "action":
                return ActionExecuted(
                    timestamp=at,
                    action=data["name"],
                    policy=data.get("policy"),
                    confidence=data.get("confidence"),
                    hide_rule_turn=bool(data.get("hide_rule_turn")),
                )
            case "action_execution_rejected":
                return ActionExecutionRejected(timestamp=at, action=data["name"], policy=data.get("policy"))
            case "slot":
                source = SlotSource(kind="action")
                return SlotSet(timestamp=at, name=data["name"], value=data.get("value"), source=source)
            case "entities":
                entities = tuple(_entity_from_rasa(entity) for entity in data.get("entities") or ())
                return EntitiesAdded(timestamp=at, entities=entities)
            case "active_loop" | "form":
                return ActiveLoop(timestamp=at, name=data.get("name"))
            case "loop_interrupted":
                return LoopInterrupted(timestamp=at, is_interrupted=bool(data.get("is_loop_interrupted")))
            case "followup":
                return FollowupAction(timestamp=at, action=data.get("name"))
            case "user_featurization" | "export" | "agent" | "reminder" | "cancel_reminder":
                return None
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"The event {kind!r} does not fit Rasa's format: {error}.", code="tracker.bad_event"
        ) from error
    raise InvalidInput(
        f"There is no event {kind!r}.", code="tracker.unknown_event", hint="use the event names of Rasa 3"
    )


def events_from_rasa(items: Iterable[Mapping[str, Any]], *, now: float) -> list[Event]:
    """Several, in order. Raises InvalidInput."""
    return [event for item in items if (event := event_from_rasa(item, now=now)) is not None]


def _button(data: Mapping[str, Any]) -> dict[str, str]:
    title = str(data.get("title") or data.get("payload") or "")
    return {"title": title, "payload": str(data.get("payload") or title)}


def _entity_from_rasa(data: Mapping[str, Any]) -> Entity:
    return Entity(
        entity=data["entity"],
        value=data.get("value"),
        start=int(data.get("start") or 0),
        end=int(data.get("end") or 0),
        confidence=float(data.get("confidence_entity") or 1.0),
        extractor=data.get("extractor") or "",
        role=data.get("role"),
        group=data.get("group"),
        normalized=data.get("normalized"),
    )


def _parse_from_rasa(data: Mapping[str, Any], text: str) -> Parse:
    intent = data.get("intent") or {}
    selector = data.get("response_selector") or {}
    keys = [
        block["response"]["intent_response_key"]
        for block in selector.values()
        if isinstance(block, dict) and (block.get("response") or {}).get("intent_response_key")
    ]
    return Parse(
        text=data.get("text") or text,
        intent=Intent(name=intent["name"], confidence=float(intent.get("confidence") or 0.0))
        if intent.get("name")
        else None,
        intent_ranking=tuple(
            Intent(name=item["name"], confidence=float(item.get("confidence") or 0.0))
            for item in data.get("intent_ranking") or ()
            if item.get("name")
        ),
        entities=tuple(_entity_from_rasa(entity) for entity in data.get("entities") or ()),
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
