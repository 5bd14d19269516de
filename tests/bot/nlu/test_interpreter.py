from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FirstlineError, InvalidInput
from bot.events import Parse
from bot.nlu import Interpreter, NluConfig, TrainedModel, load
from bot.nlu.interpreter import LONGEST, MOST
from bot.nlu.trained import Request
from bot.nlu.training import train
from bot.tracker import parse_to_rasa
from tests.bot.nlu.conftest import NOW
from tests.bot.nlu.small_bot import training_data


async def test_an_utterance_has_intent_entities_language_and_scope(interpreter: Interpreter) -> None:
    parse = await interpreter.parse("can you tell me where my order 48213 is")
    assert parse.intent is not None
    assert parse.intent.name == "order_status"
    assert [(e.entity, e.value, e.start, e.end) for e in parse.entities] == [
        ("order_number", "48213", 31, 36)
    ]
    assert parse.language == "en"
    assert parse.scope is not None
    assert parse.scope.in_scope


async def test_what_is_nobodys_business_is_refused(interpreter: Interpreter) -> None:
    parse = await interpreter.parse("what is the tallest mountain in south america")
    assert parse.scope is not None
    assert not parse.scope.in_scope
    assert parse.intent is not None
    assert parse.intent.name == "out_of_scope"


async def test_a_retrieval_intent_is_its_base_and_its_key(interpreter: Interpreter) -> None:
    parse = await interpreter.parse("until when is the shop open")
    assert parse.intent is not None
    assert parse.intent.name == "faq"
    assert parse.response_key == "faq/opening_hours"
    body = parse_to_rasa(parse)
    best = body["response_selector"]["faq"]["response"]
    assert best["intent_response_key"] == "faq/opening_hours"
    assert body["response_selector"]["all_retrieval_intents"] == ["faq"]


async def test_probabilities_are_sorted_and_sum_to_one(interpreter: Interpreter) -> None:
    for text in ("hello", "what is the tallest mountain", "is the tent heavy"):
        confidences = [intent.confidence for intent in (await interpreter.parse(text)).intent_ranking]
        assert confidences == sorted(confidences, reverse=True)
        assert sum(confidences) == pytest.approx(1.0, abs=1e-4)


class _Held(TrainedModel):
    """A trained model that waits to be let go, and remembers what it was given together."""

    def __init__(self, model: TrainedModel) -> None:
        self.__dict__.update(model.__dict__)
        self.started = threading.Event()
        self.go = threading.Event()
        self.batches: list[int] = []

    def parse(self, requests: Sequence[Request], *, now: float) -> list[Parse]:
        self.batches.append(len(requests))
        self.started.set()
        assert self.go.wait(timeout=30)
        return super().parse(requests, now=now)


async def test_requests_in_flight_together_share_a_forward_pass(model: TrainedModel) -> None:
    held = _Held(model)
    interpreter = Interpreter(held)
    first = asyncio.create_task(interpreter.parse("hello"))
    await asyncio.to_thread(held.started.wait, 30)
    rest = [asyncio.create_task(interpreter.parse(f"where is order {48000 + i}")) for i in range(MOST + 8)]
    await asyncio.sleep(0)
    held.go.set()
    parses = await asyncio.gather(first, *rest)
    assert held.batches == [1, MOST, 8]
    assert [parse.entities[0].value for parse in parses[1:]] == [str(48000 + i) for i in range(MOST + 8)]
    await interpreter.close()


async def test_a_parse_does_not_depend_on_its_company(interpreter: Interpreter) -> None:
    texts = ["hello", "yes", "is the Aurora desk lamp dimmable, and does it come in white?", "48213"]
    alone = [await interpreter.parse(text) for text in texts]
    together = await asyncio.gather(*(interpreter.parse(text) for text in texts))
    for one, other in zip(alone, together, strict=True):
        assert one.intent is not None
        assert other.intent is not None
        assert one.intent.name == other.intent.name
        assert one.intent.confidence == pytest.approx(other.intent.confidence, abs=0.02)
        assert one.entities == other.entities


async def test_a_model_is_swapped_under_load_without_losing_a_request(
    model: TrainedModel, models_folder: Path, tmp_path: Path, config: NluConfig
) -> None:
    linear = config.model_copy(update={"classifier": "linear"})
    other = train(training_data(), tmp_path, project="other", config=linear)
    interpreter = Interpreter(model)
    load_ = [asyncio.create_task(interpreter.parse("where is my order 48213")) for _ in range(60)]
    await asyncio.sleep(0.01)
    assert interpreter.swap(other) is model
    load_ += [asyncio.create_task(interpreter.parse("where is my order 48213")) for _ in range(20)]
    parses = await asyncio.gather(*load_)
    assert {parse.intent.name for parse in parses if parse.intent} == {"order_status"}
    assert interpreter.model is other
    again = load(models_folder / model.fingerprint.name)
    interpreter.swap(again)
    assert (await interpreter.parse("hello")).intent is not None
    await interpreter.close()


async def test_a_cancelled_request_does_not_disturb_the_others(model: TrainedModel) -> None:
    held = _Held(model)
    interpreter = Interpreter(held)
    first = asyncio.create_task(interpreter.parse("hello"))
    await asyncio.to_thread(held.started.wait, 30)
    given_up = asyncio.create_task(interpreter.parse("never mind"))
    other = asyncio.create_task(interpreter.parse("yes please"))
    await asyncio.sleep(0)
    given_up.cancel()
    held.go.set()
    assert (await first).intent is not None
    assert (await other).intent is not None
    assert held.batches == [1, 1]
    await interpreter.close()


class _Broken(TrainedModel):
    def __init__(self, model: TrainedModel) -> None:
        self.__dict__.update(model.__dict__)

    def parse(self, requests: Sequence[Request], *, now: float) -> list[Parse]:
        raise RuntimeError("the device went away")


async def test_a_failing_pass_fails_its_requests_and_no_later_ones(model: TrainedModel) -> None:
    interpreter = Interpreter(_Broken(model))
    with pytest.raises(RuntimeError, match="device"):
        await interpreter.parse("hello")
    interpreter.swap(model)
    assert (await interpreter.parse("hello")).intent is not None
    await interpreter.close()


class _Picky(TrainedModel):
    """Cannot read one text, whatever else is in the pass."""

    def __init__(self, model: TrainedModel) -> None:
        self.__dict__.update(model.__dict__)

    def parse(self, requests: Sequence[Request], *, now: float) -> list[Parse]:
        if any(request.text == "poison" for request in requests):
            raise RuntimeError("unreadable")
        return super().parse(requests, now=now)


async def test_a_text_that_cannot_be_read_fails_alone(model: TrainedModel) -> None:
    interpreter = Interpreter(_Picky(model))
    texts = ["hello", *["where is my order", "poison", "hello"] * 3]
    results = await asyncio.gather(*(interpreter.parse(text) for text in texts), return_exceptions=True)
    for text, result in zip(texts, results, strict=True):
        assert isinstance(result, RuntimeError if text == "poison" else Parse)
    await interpreter.close()


async def test_closing_answers_what_waits_and_refuses_what_comes_later(model: TrainedModel) -> None:
    interpreter = Interpreter(model)
    waiting = [asyncio.create_task(interpreter.parse("hello")) for _ in range(5)]
    await asyncio.sleep(0)
    await interpreter.close()
    assert all(parse.intent for parse in await asyncio.gather(*waiting))
    with pytest.raises(FirstlineError, match="closed"):
        await interpreter.parse("hello")


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_an_empty_text_has_no_intent(interpreter: Interpreter, text: str) -> None:
    parse = await interpreter.parse(text, language_hint="nb")
    assert parse.intent is None
    assert parse.entities == ()
    assert parse.language == "nb"
    assert parse_to_rasa(parse)["intent"] == {"name": None, "confidence": 0.0}


async def test_a_text_longer_than_the_limit_is_refused(interpreter: Interpreter) -> None:
    assert (await interpreter.parse("word " * (LONGEST // 5))).intent is not None
    with pytest.raises(InvalidInput, match=str(LONGEST)):
        await interpreter.parse("x" * (LONGEST + 1))


async def test_a_payload_is_taken_at_its_word(interpreter: Interpreter) -> None:
    parse = await interpreter.parse('/order_status{"order_number": "48213", "city": ["Oslo", "Riga"]}')
    assert parse.intent is not None
    assert (parse.intent.name, parse.intent.confidence) == ("order_status", 1.0)
    assert [(e.entity, e.value) for e in parse.entities] == [
        ("order_number", "48213"),
        ("city", "Oslo"),
        ("city", "Riga"),
    ]
    assert parse.scope is None


def test_the_parse_is_what_rasa_gives(model: TrainedModel) -> None:
    body = parse_to_rasa(model.parse([Request("where is order 48213")], now=NOW)[0], message_id="m1")
    assert body["message_id"] == "m1"
    assert set(body["intent"]) == {"name", "confidence"}
    assert body["intent_ranking"][0] == body["intent"]
    entity = body["entities"][0]
    assert entity["value"] == "48213"
    assert set(entity) == {"start", "end", "entity", "value", "confidence_entity", "extractor"}
    assert set(body["response_selector"]) == {"all_retrieval_intents", "default", "faq"}
    assert body["scope"] == {
        "in_scope": True,
        "score": pytest.approx(1.0, abs=0.5),
        "threshold": 0.5,
    }


@settings(max_examples=60)
@given(text=st.text(max_size=200), expected=st.lists(st.sampled_from(["postcode", "order_number", "none"])))
def test_no_text_makes_parsing_fail(model: TrainedModel, text: str, expected: list[str]) -> None:
    parse = model.parse([Request(text, "xx", tuple(expected))], now=NOW)[0]
    assert parse.text == text
    for entity in (*parse.entities, *parse.alternatives):
        assert 0 <= entity.start < entity.end <= len(text)


@settings(max_examples=60)
@given(text=st.text(alphabet="0123456789 -+./@,:€krLV"))
def test_no_number_makes_parsing_fail(model: TrainedModel, text: str) -> None:
    parse = model.parse([Request(text, "en", ("postcode",))], now=NOW)[0]
    for one, other in pairwise(parse.entities):
        assert one.end <= other.start
