"""Every test of this folder has an empty download folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "downloads"
    monkeypatch.setenv("FIRSTLINE_MODELS_DIR", str(folder))
    for name in ("OFFLINE", "SOURCES", "HUB"):
        monkeypatch.delenv(f"FIRSTLINE_MODELS_{name}", raising=False)
    return folder


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    return folder
