"""What agents read instead of the names in a project's domain."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.project import Project
from bot.project.problems import ProjectError
from bot.project.titles import read_titles

SHOP = Path(__file__).resolve().parents[3] / "nlu_data" / "shop"
AGENTS_LANGUAGES = ("en", "fa", "fr", "nb")


def write(project: Path, text: str) -> Path:
    (project / "titles.yml").write_text(text, encoding="utf-8")
    return project


def test_title_is_by_language_or_for_all(tmp_path: Path) -> None:
    titles = read_titles(
        write(tmp_path, "titles:\n  intents:\n    a: Anything\n    b: {en: Order, nb: Ordre}\n")
    )
    assert titles.of("intents", "a", "fa") == "Anything"
    assert titles.of("intents", "b", "nb-NO") == "Ordre"
    assert titles.of("intents", "b", "fr") is None
    assert titles.of("slots", "b", "en") is None
    assert titles.knows("intents", "b")


def test_project_without_titles_has_none(tmp_path: Path) -> None:
    assert read_titles(tmp_path).sections == {}


@pytest.mark.parametrize(
    "text",
    [
        "titles: [a]\n",
        "titles:\n  intentions: {a: b}\n",
        "titles:\n  intents: {a: [b]}\n",
        "titles:\n  slots: x\n",
    ],
)
def test_slip_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProjectError, match=r"titles\.yml"):
        read_titles(write(tmp_path, text))


def test_shop_has_titles_for_agents_of_every_language() -> None:
    project, titles = Project.load(SHOP), read_titles(SHOP)
    names = {
        "intents": set(project.domain.intents) - {"back", "nlu_fallback", "restart", "session_start"},
        "forms": set(project.domain.forms),
        "slots": {slot for form in project.domain.forms.values() for slot in form.required_slots},
    }
    missing = [
        (section, name, language)
        for section, wanted in names.items()
        for name in wanted
        for language in AGENTS_LANGUAGES
        if titles.of(section, name, language) is None
    ]
    assert missing == []
