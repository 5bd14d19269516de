"""Fetching models and checking them: from the sources in order, to files with the right hash."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from models import manifest, store
from models.errors import FetchFailed, HashMismatch, SourceFailed
from models.manifest import Manifest, Model, ModelFile
from models.progress import Reporter, Silent
from models.sources import Choice, Source, sources_of

PARTIAL = ".partial"


def fetch(
    names: Sequence[str],
    *,
    choice: Choice | None = None,
    report: Reporter | None = None,
    entries: Manifest | None = None,
) -> list[Path]:
    """Make the models called `names` be here, whole and verified, and return their folders.

    Files that are already right are left alone. Raises `ModelUnknown`, or `FetchFailed` with what each source
    answered; what was downloaded until then is kept, unless its hash was wrong, and is used the next time.
    """
    known = entries or manifest.load()
    models = [known.get(name) for name in names]
    return [_fetch_one(model, known, choice or Choice(), report or Silent()) for model in models]


def verify(names: Sequence[str], *, entries: Manifest | None = None) -> dict[str, list[str]]:
    """Hash the files of the models called `names`: for each, the paths that are absent or not right."""
    known = entries or manifest.load()
    return {name: [file.path for file in _faulty(known.get(name))] for name in names}


def _faulty(model: Model) -> list[ModelFile]:
    folder = store.root() / model.name
    return [file for file in model.files if not store.is_intact(folder / file.path, file)]


def _fetch_one(model: Model, known: Manifest, choice: Choice, report: Reporter) -> Path:
    folder = store.root() / model.name
    scratch = store.root() / PARTIAL / model.name
    scratch.mkdir(parents=True, exist_ok=True)
    # Two of these at once (two terminals) would write to the same partial files.
    with FileLock(scratch.with_name(model.name + ".lock")):
        missing = _faulty(model)
        attempts: list[tuple[str, SourceFailed]] = []
        for source in sources_of(model, known, choice) if missing else []:
            try:
                _take(source, missing, folder=folder, scratch=scratch, report=report)
            except SourceFailed as error:
                attempts.append((str(source), error))
                report.note(f"{model.name}: {source}: {error}")
            missing = _faulty(model)
            if not missing:
                break
        if missing:
            raise FetchFailed(model.name, attempts)
        shutil.rmtree(scratch, ignore_errors=True)
    report.note(f"{model.name}: complete and verified, {model.size / 1e6:.1f} MB")
    return folder


def _take(
    source: Source, files: Sequence[ModelFile], *, folder: Path, scratch: Path, report: Reporter
) -> None:
    """Move what `source` delivers into `folder`, each file only when its hash is right."""
    for file, part in source.deliver(files, scratch=scratch, report=report):
        if not store.is_intact(part, file):
            # Neither the file nor the archive that it came from may be met again by the next try.
            shutil.rmtree(scratch)
            raise HashMismatch(f"{file.path} is not the file that the manifest pins (sha256 {file.sha256})")
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
