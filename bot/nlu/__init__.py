"""Understanding: text to intent, entities, language and scope.

`load` and `load_newest` read a model, `Interpreter` runs it, `evaluate` measures it. `bot.nlu.training` makes
one of a project's training data, and is apart because it imports transformers, which takes seconds.
"""

from pathlib import Path

from bot.nlu.config import NluConfig
from bot.nlu.device import Device, choose
from bot.nlu.evaluation import Report, evaluate
from bot.nlu.interpreter import Interpreter
from bot.nlu.reload import ModelReload
from bot.nlu.trained import TrainedModel, newest

__all__ = [
    "Device",
    "Interpreter",
    "ModelReload",
    "NluConfig",
    "Report",
    "TrainedModel",
    "choose",
    "evaluate",
    "load",
    "load_newest",
    "newest",
]


def load(
    directory: Path, *, device: Device | None = None, small_language_model: bool = False
) -> TrainedModel:
    """Read the trained model in ``directory`` onto ``device`` (by default the best one here)."""
    return TrainedModel.load(directory, device=device or choose(), small_language_model=small_language_model)


def load_newest(
    directory: Path,
    *,
    project: str | None = None,
    device: Device | None = None,
    small_language_model: bool = False,
) -> TrainedModel:
    """Read the model that was trained last among those in ``directory``."""
    return load(newest(directory, project=project), device=device, small_language_model=small_language_model)
