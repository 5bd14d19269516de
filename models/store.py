"""Where fetched models lie, and whether a file there is the one that the manifest pins."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from models import manifest
from models.errors import ModelMissing
from models.manifest import Model, ModelFile

PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder of all downloads: ``FIRSTLINE_MODELS_DIR``, or else ``models/downloads`` of a checkout, or
    else ``firstline/models`` in the user's data folder (XDG base directories)."""
    named = os.environ.get("FIRSTLINE_MODELS_DIR")
    if named:
        return Path(named).expanduser().absolute()
    if (PACKAGE.parent / "pyproject.toml").exists():
        return PACKAGE / "downloads"
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "firstline/models"


def path(name: str) -> Path:
    """The folder of the model called `name`.

    Raises `ModelMissing`, which says how to fetch it, unless each of its files is there with its size. The
    hashes were checked when it was fetched and are checked again by ``firstline models verify``.
    """
    model = manifest.load().get(name)
    folder = root() / name
    for file in model.files:
        if not has_size(folder / file.path, file.size):
            raise ModelMissing(name, folder / file.path)
    return folder


def is_complete(model: Model) -> bool:
    """Whether every file of `model` is here with its size."""
    return all(has_size(root() / model.name / file.path, file.size) for file in model.files)


def has_size(path: Path, size: int) -> bool:
    """Whether there is a file at `path` of `size` bytes."""
    return path.is_file() and path.stat().st_size == size


def is_intact(path: Path, file: ModelFile) -> bool:
    """Whether what lies at `path` is `file`, by its size and sha256."""
    if not has_size(path, file.size):
        return False
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
