"""Links from page to page, and the paths that pages name, point at something that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, pages

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_CODE_PATH = re.compile(r"`((?:bot|docker|models|nlu_data|scripts|tests)/[\w./-]+\.(?:py|ts|toml|yaml))`")


def text_of(page: Path) -> str:
    """The page without its blocks of code, in which brackets are no links."""
    return _FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of the page's headings."""
    headings = (re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading) for heading in _HEADING.findall(text_of(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_point_at_something(page: Path) -> None:
    for link in _LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_named_in_the_text_exist(page: Path) -> None:
    for path in _CODE_PATH.findall(text_of(page)):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize(
    "page", [page for page in DOCS.glob("*.md") if page.name != "README.md"], ids=lambda page: page.name
)
def test_index_leads_to_each_page(page: Path) -> None:
    assert f"]({page.name})" in (DOCS / "README.md").read_text()


def test_files_that_the_architecture_names_exist() -> None:
    """In docs/architecture.md modules are named without ``bot/``; each is somewhere below it."""
    names = set(re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:py|ts))`", text_of(DOCS / "architecture.md")))
    there = [
        str(path.relative_to(ROOT))
        for folder in ("bot", "models", "tests")
        for kind in ("*.py", "*.ts")
        for path in (ROOT / folder).rglob(kind)
        if "node_modules" not in path.parts
    ]
    assert names
    for name in names:
        assert any(f"/{path}".endswith(f"/{name}") for path in there), name
