from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bot.errors import InvalidInput, NotFound
from bot.nlu import NluConfig, TrainedModel, load, load_newest
from bot.nlu.data import Example, TrainingData, digest
from bot.nlu.trained import Request, read_fingerprint
from bot.nlu.training import train
from tests.bot.nlu.conftest import NOW
from tests.bot.nlu.small_bot import training_data

UTTERANCES = ["track my parcel 48213", "do you ship for free", "what is the meaning of life", "hello!"]


def test_training_again_on_the_same_data_trains_nothing(
    model: TrainedModel, models_folder: Path, config: NluConfig
) -> None:
    lines: list[str] = []
    again = train(
        training_data(),
        models_folder,
        project="small",
        config=config,
        progress=lines.append,
        clock=lambda: NOW,
    )
    assert again.fingerprint == model.fingerprint
    assert lines == [f"nothing has changed since {model.fingerprint.name} was trained"]


def test_after_a_change_is_taken_back_the_first_model_is_the_newest_again(
    model: TrainedModel, tmp_path: Path
) -> None:
    brief = NluConfig(classifier="linear", entity_updates=5)
    changed = replace(training_data(), regexes={})
    now = iter(range(100))

    def clock() -> float:
        return float(next(now))

    names = [
        train(data, tmp_path, project="small", config=brief, clock=clock).fingerprint.name
        for data in (training_data(), changed, training_data())
    ]
    assert names[0] == names[2] != names[1]
    assert load_newest(tmp_path, project="small").fingerprint.name == names[0]


def test_the_fingerprint_changes_with_the_data_and_not_with_its_order() -> None:
    data = training_data()
    turned = replace(data, examples=list(reversed(data.examples)))
    longer = replace(data, examples=[*data.examples, Example("ciao", "greet")])
    assert digest(data) == digest(turned) != digest(longer)


def test_a_loaded_model_parses_as_the_trained_one(model: TrainedModel, models_folder: Path) -> None:
    requests = [Request(text) for text in UTTERANCES]
    loaded = load(models_folder / model.fingerprint.name)
    assert loaded.parse(requests, now=NOW) == model.parse(requests, now=NOW)


def test_the_same_seed_learns_the_same(model: TrainedModel, tmp_path: Path, config: NluConfig) -> None:
    twin = train(training_data(), tmp_path, project="small", config=config)
    assert torch.equal(twin.classifier.head.directions, model.classifier.head.directions)
    requests = [Request(text) for text in UTTERANCES]
    assert twin.parse(requests, now=NOW) == model.parse(requests, now=NOW)


def test_nothing_in_the_directory_is_pickled(model: TrainedModel, models_folder: Path) -> None:
    files = [path for path in (models_folder / model.fingerprint.name).rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.suffix not in {".pkl", ".pickle", ".pt", ".pth", ".joblib"}
        content = path.read_bytes()
        assert not content.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"))
        assert b"PK\x03\x04" not in content[:4]


def test_the_newest_model_of_a_project_is_found(model: TrainedModel, models_folder: Path) -> None:
    assert load_newest(models_folder, project="small").fingerprint == model.fingerprint
    with pytest.raises(NotFound, match="firstline train"):
        load_newest(models_folder, project="another")


def test_the_fingerprint_tells_what_was_measured(model: TrainedModel, models_folder: Path) -> None:
    fingerprint = read_fingerprint(models_folder / model.fingerprint.name)
    assert fingerprint.metrics["held_out_intent_accuracy"] == pytest.approx(0.8, abs=0.2)
    assert fingerprint.created == NOW
    assert fingerprint.examples == len(training_data().examples)


def test_a_model_of_another_format_is_refused(
    model: TrainedModel, models_folder: Path, tmp_path: Path
) -> None:
    source = models_folder / model.fingerprint.name / "fingerprint.json"
    (tmp_path / "fingerprint.json").write_text(source.read_text().replace('"format": 1', '"format": 0'))
    with pytest.raises(InvalidInput, match="train again"):
        load(tmp_path)


def test_the_linear_classifier_trains_and_reads(
    tmp_path: Path, config: NluConfig, model: TrainedModel
) -> None:
    linear = config.model_copy(update={"classifier": "linear"})
    trained = train(training_data(), tmp_path, project="small", config=linear)
    parse = trained.parse([Request("where is my package")], now=NOW)[0]
    assert parse.intent is not None
    assert parse.intent.name == "order_status"


def test_a_bot_needs_two_intents(tmp_path: Path, model: TrainedModel) -> None:
    data = TrainingData([Example("hi", "greet"), Example("what's up with mars", "out_of_scope")])
    with pytest.raises(InvalidInput, match="two intents"):
        train(data, tmp_path, project="tiny")


def test_a_broken_regex_names_itself(tmp_path: Path, model: TrainedModel, config: NluConfig) -> None:
    data = replace(training_data(), regexes={"order_number": ["(unclosed"]})
    with pytest.raises(InvalidInput, match=r"\(unclosed.*order_number"):
        train(data, tmp_path, project="broken", config=config.model_copy(update={"classifier": "linear"}))
