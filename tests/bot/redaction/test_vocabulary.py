"""No event and no field of one can be forgotten: each is classified, and a card survives in none."""

from __future__ import annotations

import types
import typing
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, create_model

from bot.events import BaseEvent, Entity, Event, Parse, UserUttered, encode
from bot.redaction import redact
from bot.redaction.vocabulary import FIELDS, Kind, models, text_fields
from tests.bot.redaction import cards

EVENTS: list[type[BaseEvent]] = sorted(BaseEvent.__subclasses__(), key=str)


def test_vocabulary_of_the_log_is_the_one_that_is_classified() -> None:
    union = get_args(get_args(Event)[0])
    assert set(union) == {event for event in EVENTS if event.__module__.startswith("bot.")}


@pytest.mark.parametrize("model", sorted(models(), key=str))
def test_every_field_that_can_bear_text_is_classified(model: type[BaseModel]) -> None:
    declared = set(FIELDS.get(model, {}))
    bears = set(text_fields(model))
    assert bears - declared == set(), "say in bot/redaction/vocabulary.py what these hold"
    assert declared - bears == set(), "these are no text, or are gone"


def test_a_field_that_is_forgotten_is_masked() -> None:
    new = create_model("New", __base__=UserUttered, remark=(str, ""), counts=(dict[str, list[str]], {}))
    assert {"remark", "counts"} <= set(text_fields(new))
    event = new(timestamp=0.0, message_id="m", text="", remark="4111 1111 1111 1111")
    masked: Any = redact(event)
    assert masked.remark == "•••• •••• •••• 1111"


def test_identifiers_are_few() -> None:
    kept = {name for fields in FIELDS.values() for name, kind in fields.items() if kind is Kind.KEPT}
    assert {name for name in kept if not name.endswith("_id")} == {"caller", "called", "target", "to_agent"}


def _sample(annotation: Any, text: str) -> Any:
    """A value of this type with the text wherever one fits."""
    origin = get_origin(annotation)
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return (_sample(arguments[0], text),)
    if origin is dict:
        return {"of a dictionary": text, text: [{"deep": text}], "number": _as_number(text)}
    if origin in (typing.Union, types.UnionType):
        return _sample(next(argument for argument in arguments if argument is not type(None)), text)
    if annotation is Any:
        return {"any": [text, {"of": text}], "number": _as_number(text)}
    if annotation is str:
        return text
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _filled(annotation, text)
    if annotation is bool:
        return False
    if annotation in (int, float):
        return 1
    return next(iter(annotation))


def _as_number(text: str) -> int:
    return int(cards.digits_of(text))


def _filled(model: type[BaseModel], text: str) -> BaseModel:
    """The model with the text in every field but those that are kept."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kept = FIELDS.get(model, {}).get(name) is Kind.KEPT
        values[name] = "id-1" if kept else _sample(field.annotation, text)
    return model(**values | ({"timestamp": 1.0, "v": 1} if issubclass(model, BaseEvent) else {}))


@given(written=cards.written(), before=st.sampled_from(["", "x ", "my card: ", "کارت من "]), data=st.data())
@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_card_survives_in_any_field_of_any_event(written: str, before: str, data: st.DataObject) -> None:
    model = data.draw(st.sampled_from([event for event in EVENTS if event.__module__.startswith("bot.")]))
    event: Any = _filled(model, before + written)
    number = cards.digits_of(written)
    masked = encode(redact(event))
    # Its last four digits are left.
    assert number[:-4] not in cards.digits_of(masked)
    assert number not in masked


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.__name__)
def test_an_event_without_anything_to_mask_stays_the_same_object(model: type[BaseEvent]) -> None:
    if model.__module__.startswith("bot."):
        event: Any = _filled(model, "order 48213")
        assert redact(event) is event


def test_readings_that_lost_are_masked_with_their_text() -> None:
    text = "4111.1111.1111.1111, exp 12/27"
    spans = ((0, 19), (25, 30))
    entities = tuple(
        Entity(entity="x", value=text[start:end].upper(), start=start, end=end, normalized={"value": "4111"})
        for start, end in spans
    )
    parse = Parse(text=text, intent=None, entities=entities, alternatives=entities)
    masked = redact(UserUttered(timestamp=0.0, message_id="m", text=text, parse=parse))
    assert isinstance(masked, UserUttered)
    assert masked.parse is not None
    for entity in masked.parse.entities + masked.parse.alternatives:
        assert entity.value == masked.text[entity.start : entity.end]
        assert entity.normalized == {"value": "••••"}
    assert masked.text == "••••.••••.••••.1111, exp ••/••"
