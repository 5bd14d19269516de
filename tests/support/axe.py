"""axe-core in a page: what it finds wrong, in words that a failing test can show."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def script() -> Path:
    """Where axe-core is: with the packages that the pages are built with, or where FIRSTLINE_AXE says."""
    return Path(os.environ.get("FIRSTLINE_AXE") or ROOT / "bot/web/node_modules/axe-core/axe.min.js")


def findings(page: Page) -> list[str]:
    """Every rule that the page breaks, with the elements that break it."""
    # Into the page's own world by the debugger, which its security policy does not apply to.
    page.evaluate(script().read_text(encoding="utf-8") + ";0")
    result = page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })",
        TAGS,
    )
    return [
        f"{violation['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
