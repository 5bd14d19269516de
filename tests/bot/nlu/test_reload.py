"""A newly trained model is taken over while the bot serves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.errors import NotFound
from bot.nlu import Interpreter, ModelReload, NluConfig, TrainedModel, choose, load, newest
from bot.nlu.training import train
from tests.bot.nlu.small_bot import training_data


async def test_a_newer_model_is_taken_over_and_no_request_fails(tmp_path: Path) -> None:
    brief = NluConfig(classifier="linear", entity_updates=5)
    first = train(training_data(), tmp_path, project="small", config=brief, clock=lambda: 1.0)
    interpreter = Interpreter(first)
    reload = ModelReload(
        interpreter,
        newest=lambda: newest(tmp_path, project="small"),
        load=lambda path: load(path, device=choose("cpu")),
    )
    try:
        assert not await reload.look(), "there is nothing newer yet"
        again = brief.model_copy(update={"seed": 7})
        train(training_data(), tmp_path, project="small", config=again, clock=lambda: 2.0)
        requests = [asyncio.create_task(interpreter.parse(f"where is my order {n}")) for n in range(40)]
        assert await reload.look()
        assert all(parse.intent is not None for parse in await asyncio.gather(*requests))
        assert interpreter.model.fingerprint.name != first.fingerprint.name
        assert not await reload.look()
    finally:
        await interpreter.close()


async def test_a_model_that_cannot_be_read_is_left_alone(model: TrainedModel, tmp_path: Path) -> None:
    interpreter = Interpreter(model)
    loads: list[Path] = []

    def broken(path: Path) -> TrainedModel:
        loads.append(path)
        raise NotFound("half copied")

    _save_as(model, tmp_path / "small-broken", hash="0" * 64)
    reload = ModelReload(interpreter, newest=lambda: tmp_path / "small-broken", load=broken)
    try:
        assert not await reload.look()
        assert not await reload.look()
        assert loads == [tmp_path / "small-broken"], "it is not tried again and again"
        assert (await interpreter.parse("hello")).intent is not None
    finally:
        await interpreter.close()


async def test_a_model_in_a_renamed_directory_is_not_loaded_over_and_over(
    model: TrainedModel, tmp_path: Path
) -> None:
    interpreter = Interpreter(model)
    _save_as(model, tmp_path / "current", hash=model.fingerprint.hash)

    def load_again(path: Path) -> TrainedModel:
        raise AssertionError("it is in use already")

    reload = ModelReload(interpreter, newest=lambda: tmp_path / "current", load=load_again)
    try:
        assert not await reload.look()
        assert reload._failed is None
    finally:
        await interpreter.close()


@pytest.mark.parametrize("fingerprint", ["", "{}", '{"format": 1}'])
async def test_a_fingerprint_that_is_half_written_ends_nothing(
    model: TrainedModel, tmp_path: Path, fingerprint: str
) -> None:
    (tmp_path / "small-new").mkdir()
    (tmp_path / "small-new" / "fingerprint.json").write_text(fingerprint)
    interpreter = Interpreter(model)
    reload = ModelReload(
        interpreter, newest=lambda: newest(tmp_path, project="small"), load=lambda path: model
    )
    try:
        assert not await reload.look()
    finally:
        await interpreter.close()


def _save_as(model: TrainedModel, directory: Path, *, hash: str) -> None:
    model.save(directory, layers={})
    path = directory / "fingerprint.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hash": hash}))


@pytest.mark.parametrize(
    ("text", "sign"),
    [("this is TERRIBLE, I am so angry!!!", -1), ("thank you, that was wonderful", 1)],
)
async def test_how_upset_an_utterance_sounds(interpreter: Interpreter, text: str, sign: int) -> None:
    sentiment = (await interpreter.parse(text)).sentiment
    assert sentiment is not None
    assert sentiment * sign > 0.5


async def test_the_sentiment_of_a_language_that_is_not_read_is_unknown(interpreter: Interpreter) -> None:
    parse = await interpreter.parse("Dette er helt forferdelig, jeg er sint på dere", language_hint="nb")
    assert parse.sentiment is None
