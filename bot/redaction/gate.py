"""The redaction gate: what must not enter the log is masked here, whatever event it comes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel

from bot.events import AgentSaid, BotUttered, DigitsPressed, Entity, Event, NoteWritten, Parse, UserUttered
from bot.redaction.accounts import account_spans
from bot.redaction.cards import (
    CODE_WORDS,
    DETAIL_WORDS,
    LONGEST,
    OTHER_NUMBERS,
    SHORTEST,
    card_spans,
    detail_spans,
    has_masked_card,
    is_card,
    names_details,
)
from bot.redaction.masking import MASK, Span, has_digit, mask, mask_all, plain, unescaped
from bot.redaction.vocabulary import FIELDS, Kind, has_models, models, text_fields

FindPersonal = Callable[[str], Iterable[Span]]
"""Finds personal data in a text (`bot.redaction.personal`)."""

REMEMBERED = 24
"""How many events back the gate looks for what was asked and what was typed before."""
_DIGIT = re.compile(r"\d")
_GROUP = re.compile(r"\d+")
_MASKED_CARD = re.compile(rf"{MASK}[{MASK}\W_]*\d(?:[\W_]*\d){{0,3}}")
_FEWEST = 3
_LONGEST_DETAIL = 4
_FEWEST_FOR_ACCOUNT = 8
_ONLY_DIGITS = re.compile(r"[\d\W_A-D]+")
_M = TypeVar("_M", bound=BaseModel)


def redact_text(text: str, *, asked: bool = False, accounts: bool = True) -> str:
    """The text with card numbers, what belongs to them, and IBANs masked; the length stays the same.

    ``asked``: an expiry date or security code was asked for just before.
    """
    if not has_digit(text):
        return text
    escaped = unescaped(text)
    if escaped is not None:
        # As whoever reads the JSON will read it; what is masked there is no escape any more.
        masked = redact_text(escaped.text, asked=asked, accounts=accounts)
        text = escaped.masked_in(text, masked)
    read = plain(text)
    groups = _GROUP.findall(read)
    digits = sum(map(len, groups))
    if digits < _FEWEST:
        return text
    spans: list[Span] = []
    if accounts and digits >= _FEWEST_FOR_ACCOUNT:
        spans += account_spans(read)
    cards: list[Span] = []
    if digits >= SHORTEST:
        # What is an account's cannot be a card's.
        cards = card_spans(mask(read, spans) if spans else read)
        spans += cards
    if _has_details(groups):
        masked_before = _cards_masked_before(read)
        if cards or masked_before or asked or names_details(read):
            spans += detail_spans(read, cards + masked_before, asked=asked)
    return mask(text, spans) if spans else text


def _has_details(groups: list[str]) -> bool:
    """Whether an expiry date or a security code may be among these groups of digits."""
    return any(len(group) <= _LONGEST_DETAIL for group in groups)


def _cards_masked_before(text: str) -> list[Span]:
    """Cards that were masked when this text went through another gate."""
    if not has_masked_card(text):
        return []
    return [Span(*match.span()) for match in _MASKED_CARD.finditer(text)]


@dataclass
class _Pass:
    """One event on its way through the gate."""

    find_personal: FindPersonal | None
    asked: bool = False
    found: dict[tuple[str, Kind], str] = field(default_factory=dict)
    """What became of each text: an utterance, its parse and its title are often the same."""

    def text(self, text: str, kind: Kind) -> str:
        if self.find_personal is None and not has_digit(text):
            return text
        known = self.found.get((text, kind))
        if known is None:
            known = self.found[text, kind] = self._text(text, kind)
        return known

    def _text(self, text: str, kind: Kind) -> str:
        masked = redact_text(text, asked=self.asked and kind is Kind.WORDS, accounts=kind is not Kind.OURS)
        if kind is Kind.WORDS and self.find_personal is not None:
            masked = mask(masked, self.find_personal(masked))
        return masked

    def value(self, value: Any, kind: Kind) -> Any:
        """Any value with the texts and numbers in it masked; the same object when nothing is."""
        match value:
            case None | bool() | Enum():
                return value
            case str():
                return self.text(value, kind)
            case int() | float():
                return self._number(value, kind)
            case BaseModel():
                return self.model(value)
            case Mapping():
                masked = {self.value(key, kind): self.value(item, kind) for key, item in value.items()}
                return value if masked == value else masked
            case list() | tuple() | set() | frozenset():
                items = [self.value(item, kind) for item in value]
                return value if items == list(value) else type(value)(items)
            case _:
                return value

    def _number(self, value: int | float, kind: Kind) -> Any:
        """A number from JSON may be a card's as well; its text then takes its place."""
        if abs(value) < 10 ** (SHORTEST - 1) or value != value // 1:
            return value
        text = str(int(value))
        masked = self.text(text, kind)
        return value if masked == text else masked

    def model(self, model: _M) -> _M:
        """The event, or a part of one, with its fields masked; the same object when nothing is."""
        changes: dict[str, Any] = {}
        for name, kind in _PLANS.get(type(model)) or _plan(type(model)):
            value = getattr(model, name)
            if value is None:
                continue
            masked = self.model(value) if kind is None and isinstance(value, BaseModel) else value
            if masked is value:
                masked = self.value(value, kind or Kind.WORDS)
            if masked is not value and masked != value:
                changes[name] = masked
        if isinstance(model, Parse):
            changes |= self._entities(model, changes)
        return model.model_copy(update=changes) if changes else model

    def _entities(self, parse: Parse, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Entities lose what their text lost, however their value is written."""
        text = changes.get("text", parse.text)
        if text == parse.text:
            return {}
        return {
            name: tuple(
                _hidden(before, now, text)
                if parse.text[before.start : before.end] != text[before.start : before.end]
                else now
                for before, now in zip(
                    getattr(parse, name), changes.get(name, getattr(parse, name)), strict=True
                )
            )
            for name in ("entities", "alternatives")
            if getattr(parse, name)
        }


def _hidden(before: Entity, now: Entity, text: str) -> Entity:
    """An entity of a span in which something was masked, as its masked text tells it."""
    changes: dict[str, Any] = {}
    if now.value == before.value:
        changes["value"] = text[before.start : before.end]
    if now.normalized is not None and now.normalized == before.normalized:
        changes["normalized"] = _all_masked(now.normalized)
    return now.model_copy(update=changes)


def _all_masked(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case Mapping():
            return {key: _all_masked(item) for key, item in value.items()}
        case list() | tuple():
            return [_all_masked(item) for item in value]
        case _:
            return mask_all(str(value))


def _plan(model: type[BaseModel]) -> list[tuple[str, Kind | None]]:
    """The fields to look at: with their kind, or None for models within."""
    kinds = FIELDS.get(model, {})
    texts = set(text_fields(model))
    plan: list[tuple[str, Kind | None]] = []
    for name, info in model.model_fields.items():
        kind = kinds.get(name, Kind.WORDS) if name in texts else None
        if kind is Kind.KEPT or (kind is None and not has_models(info.annotation)):
            continue
        plan.append((name, kind))
    return plan


_PLANS = {model: _plan(model) for model in models()}


class Gate:
    """Masks events. Cards and IBANs always; personal data where something finds it."""

    def __init__(self, find_personal: FindPersonal | None = None) -> None:
        self._find_personal = find_personal

    def __call__(self, event: Event, before: Sequence[Event] = ()) -> Event:
        """The event as it may enter the log; the same object when there is nothing to mask.

        ``before``: the conversation's events up to here, masked, which tell whether a card was spoken of.
        """
        step = _Pass(self._find_personal)
        match event:
            case UserUttered() | AgentSaid() | NoteWritten():
                step.asked = _speaks_of_card(event.text, event, before)
                if isinstance(event, UserUttered) and _ends_card(event.text, type(event), before):
                    return step.model(_last_part(event))
            case DigitsPressed():
                step.asked = _speaks_of_card(event.digits, event, before)
                if _ends_card(event.digits, type(event), before):
                    return event.model_copy(update={"digits": mask_all(event.digits)})
        return step.model(event)

    def text(self, text: str) -> str:
        """A text that goes elsewhere than into the log: a ticket, an outside CRM."""
        return _Pass(self._find_personal).text(text, Kind.WORDS)

    def value(self, value: Any) -> Any:
        """As `text`, for a value with texts in it."""
        return _Pass(self._find_personal).value(value, Kind.WORDS)


redact = Gate()
"""The gate for cards and IBANs."""


def _speaks_of_card(text: str, event: Event, before: Sequence[Event]) -> bool:
    """Whether bare digits here answer a question for a card's details, or follow its number."""
    groups = _GROUP.findall(plain(text))
    if not before or sum(map(len, groups)) < _FEWEST or not _has_details(groups):
        return False
    prompt: str | None = None
    own: str | None = None
    for earlier in before[: -REMEMBERED - 1 : -1]:
        if prompt is None and isinstance(earlier, BotUttered | AgentSaid) and earlier is not event:
            prompt = earlier.text or ""
        elif own is None and isinstance(earlier, UserUttered):
            own = earlier.text
        if prompt is not None and own is not None:
            break
    if prompt and DETAIL_WORDS.search(prompt):
        return True
    if prompt and OTHER_NUMBERS.search(prompt):
        return False
    return bool(own and (has_masked_card(own) or CODE_WORDS.search(own)))


def _ends_card(text: str, kind: type[Event], before: Sequence[Event]) -> bool:
    """Whether the digits of this message and of those just before it make a card's number."""
    read = plain(text)
    if not before or not _DIGIT.search(read) or _ONLY_DIGITS.fullmatch(read) is None:
        return False
    digits = "".join(_DIGIT.findall(read))
    for earlier in before[: -REMEMBERED - 1 : -1]:
        if not isinstance(earlier, UserUttered | DigitsPressed):
            continue
        if type(earlier) is not kind:
            return False
        said = plain(earlier.text if isinstance(earlier, UserUttered) else earlier.digits)
        if _ONLY_DIGITS.fullmatch(said) is None:
            return False
        digits = "".join(_DIGIT.findall(said)) + digits
        if len(digits) > LONGEST:
            return False
        if is_card(digits):
            return True
    return False


def _last_part(event: UserUttered) -> UserUttered:
    """A message of digits that end a card's number: none of them is kept, nor what was read in them."""
    parse = event.parse
    if parse is not None:
        parse = parse.model_copy(
            update={
                "text": mask_all(parse.text),
                "entities": tuple(_blank(entity) for entity in parse.entities),
                "alternatives": tuple(_blank(entity) for entity in parse.alternatives),
            }
        )
    return event.model_copy(update={"text": mask_all(event.text), "parse": parse})


def _blank(entity: Entity) -> Entity:
    return entity.model_copy(
        update={"value": _all_masked(entity.value), "normalized": _all_masked(entity.normalized)}
    )
