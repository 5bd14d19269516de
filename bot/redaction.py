"""The redaction gate: payment cards and bank accounts never enter the log.

What is replaced keeps its length and its last four characters, so that spans (entities, slot sources) stay
right and an agent can still say which card was meant. A number counts only when its check digits do:
ISO/IEC 7812 (Luhn) for cards, ISO 7064 (mod 97) for IBANs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stdnum import iban, luhn

from bot.events import AgentSaid, DigitsPressed, Event, NoteWritten, Parse, SlotSet, UserUttered

MASK = "•"
VISIBLE = 4
_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b", re.IGNORECASE)


def redact_text(text: str) -> str:
    """The text with card numbers and IBANs masked; the length stays the same."""
    if sum(map(str.isdigit, text)) < 12:
        return text
    return _CARD.sub(_mask_card, _IBAN.sub(_mask_iban, text))


def redact(event: Event) -> Event:
    """The event as it may enter the log; the same object when there is nothing to mask."""
    match event:
        case UserUttered():
            text = redact_text(event.text)
            metadata = _redact_value(event.metadata)
            if text == event.text and metadata == event.metadata:
                return event
            parse = None if event.parse is None else _redact_parse(event.parse)
            return event.model_copy(update={"text": text, "parse": parse, "metadata": metadata})
        case AgentSaid() | NoteWritten():
            return event.model_copy(update={"text": redact_text(event.text)})
        case DigitsPressed():
            return event.model_copy(update={"digits": redact_text(event.digits)})
        case SlotSet():
            return event.model_copy(update={"value": _redact_value(event.value)})
        case _:
            return event


def _redact_parse(parse: Parse) -> Parse:
    entities = tuple(
        entity.model_copy(
            update={
                "value": _redact_value(entity.value),
                "normalized": _redact_value(entity.normalized),
            }
        )
        for entity in parse.entities
    )
    return parse.model_copy(update={"text": redact_text(parse.text), "entities": entities})


def _redact_value(value: Any) -> Any:
    match value:
        case str():
            return redact_text(value)
        case Mapping():
            return {key: _redact_value(item) for key, item in value.items()}
        case list():
            return [_redact_value(item) for item in value]
        case _:
            return value


def _mask_card(match: re.Match[str]) -> str:
    found = match.group()
    digits = re.sub(r"\D", "", found)
    return _mask(found) if luhn.is_valid(digits) else found


def _mask_iban(match: re.Match[str]) -> str:
    found = match.group()
    # The pattern is greedy over words that follow; take the longest beginning whose check digits are right.
    for end in range(len(found), 14, -1):
        if iban.is_valid(found[:end]):
            return _mask(found[:end]) + found[end:]
    return found


def _mask(found: str) -> str:
    hidden = sum(map(str.isalnum, found)) - VISIBLE
    out = []
    for character in found:
        if character.isalnum() and hidden > 0:
            out.append(MASK)
            hidden -= 1
        else:
            out.append(character)
    return "".join(out)
