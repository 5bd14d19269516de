"""The pages that people read, and where they stand."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def pages() -> list[Path]:
    """Every Markdown page of the project that is written for people."""
    others = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
    beside_code = ("bot/web/README.md", "docker/README.md", "models/README.md")
    return [*sorted(DOCS.glob("*.md")), *(ROOT / name for name in (*others, *beside_code))]
