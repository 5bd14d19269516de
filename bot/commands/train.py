"""``firstline train``."""

from __future__ import annotations

import time

from rich.console import Console

from bot.dialogue.policies.ensemble import Ensemble
from bot.nlu import choose
from bot.nlu.training import train
from bot.project import Project
from bot.settings import Settings


def train_project(settings: Settings, console: Console) -> None:
    """Train language understanding, telling each step; what has not changed is not trained again."""
    project = Project.load(settings.project)
    for finding in [*project.validate(), *Ensemble.learn(project).findings]:
        console.print(str(finding), markup=False, soft_wrap=True)
    began = time.perf_counter()

    def progress(step: str) -> None:
        console.print(f"[{time.perf_counter() - began:6.1f} s] {step}", markup=False)

    model = train(
        project.nlu,
        settings.trained_dir,
        project=settings.project.name,
        device=choose(settings.device),
        progress=progress,
    )
    progress(f"trained {model.fingerprint.name}")
    for name, value in model.fingerprint.metrics.items():
        console.print(f"  {name.replace('_', ' ')}: {value}")
