"""A real model, trained once for all tests here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.nlu import Interpreter, NluConfig, TrainedModel, choose, transformer
from bot.nlu.encoder import Encoder
from bot.nlu.trained import encoder_path
from bot.nlu.training import train
from bot.nlu.transformer import Transformer
from tests.bot.nlu.small_bot import training_data
from tests.support.requirements import require

NOW = 1_790_000_000.0
"""21 September 2026, a Monday."""


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trained")


@pytest.fixture(scope="session")
def config() -> NluConfig:
    return NluConfig(folds=2, held_out=1, entity_updates=1500, languages=("en", "nb", "fr"))


@pytest.fixture(scope="session")
def model(models_folder: Path, config: NluConfig) -> TrainedModel:
    require("models")
    return train(training_data(), models_folder, project="small", config=config, clock=lambda: NOW)


@pytest.fixture(scope="session")
def encoder() -> Encoder[Transformer]:
    require("models")
    return transformer.load(
        encoder_path("minilm-l6-v2"), device=choose("cpu", precision="float32"), max_tokens=64
    )


@pytest.fixture
async def interpreter(model: TrainedModel) -> AsyncIterator[Interpreter]:
    interpreter = Interpreter(model, clock=lambda: NOW)
    yield interpreter
    await interpreter.close()
