"""Messages that say their intent themselves: ``/order_status{"order_number": "48213"}``.

Buttons and other programs send them. The syntax is Rasa's (its regex message handler): a slash, the intent,
optionally ``@`` and a confidence, optionally a JSON object of entities.
"""

from __future__ import annotations

import json
import re
from typing import Any

from bot.events import Entity, Intent, Parse
from bot.plain_json import plain_size

MAX_DEPTH = 8
"""How deep the values of entities may be nested."""
EXTRACTOR = "RegexMessageHandler"

_PAYLOAD = re.compile(
    r"^\s*/(?P<intent>[^{}@\s]+)(?:@(?P<confidence>\d+(?:\.\d+)?))?\s*(?P<entities>\{.*\})?\s*$", re.DOTALL
)


def read(text: str) -> Parse | None:
    """The parse that ``text`` asks for, or None when it is an ordinary utterance.

    An object that is no JSON makes it an intent without entities, as in Rasa.
    """
    if not text.lstrip().startswith("/"):
        return None
    match = _PAYLOAD.match(text)
    if match is None:
        return None
    name = match["intent"]
    confidence = min(float(match["confidence"]), 1.0) if match["confidence"] else 1.0
    intent = Intent(name=name.split("/", 1)[0], confidence=confidence)
    full = Intent(name=name, confidence=confidence)
    retrieval = "/" in name
    return Parse(
        text=text,
        intent=intent,
        intent_ranking=(intent,),
        entities=_entities(match["entities"], start=match.start("entities"), end=match.end("entities")),
        response_key=name if retrieval else None,
        response_ranking=(full,) if retrieval else (),
    )


def _entities(text: str | None, *, start: int, end: int) -> tuple[Entity, ...]:
    if text is None:
        return ()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(given, dict) or plain_size(given, max_depth=MAX_DEPTH) is None:
        return ()
    return tuple(
        Entity(entity=str(name), value=value, start=start, end=end, confidence=1.0, extractor=EXTRACTOR)
        for name, values in given.items()
        for value in _each(values)
    )


def _each(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]
