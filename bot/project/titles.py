"""``titles.yml``: what agents read instead of the names in a project's domain.

Rasa has no word for this, so it stands in a file of its own, which Rasa does not read. Each section maps a
name to a title, or to titles by language. All of it is optional: without a title the desk shows the name's
own words::

    titles:
      intents: {order_status: {en: Where is my order?, nb: Hvor er bestillingen min?}}
      slots: {order_number: {en: Order number, nb: Bestillingsnummer}}
      forms: {return_form: Returns something}
      actions: {action_order_status: {en: Looked up the order}}
      reasons: {severe complaint: {en: Severe complaint}}    # an escalation's detail
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.project.marked_yaml import Map, read_yaml
from bot.project.problems import fail

FILE = "titles.yml"
SECTIONS = ("intents", "slots", "forms", "actions", "records", "reasons")
ANY = "*"
"""Stands for every language, where a title is given without one."""

Section = Mapping[str, Mapping[str, str]]
"""Name to language (or `ANY`) to title."""


@dataclass(frozen=True, slots=True)
class Titles:
    """A project's titles by section."""

    sections: Mapping[str, Section] = field(default_factory=dict)

    def of(self, section: str, name: str, language: str | None) -> str | None:
        """The title of a name in a language, given as an IETF tag; None where there is none in it."""
        titles = self.sections.get(section, {}).get(name, {})
        base = (language or "").split("-", 1)[0].lower()
        return titles.get(base) or titles.get(ANY)

    def knows(self, section: str, name: str) -> bool:
        """Whether the name has a title, in whatever language."""
        return bool(self.sections.get(section, {}).get(name))


def read_titles(project: Path) -> Titles:
    """The titles of a project; none where it has no such file. Raises ProjectError with file and line."""
    file = project / FILE
    if not file.is_file():
        return Titles()
    whole = read_yaml(file, name=FILE)
    declared = whole.get("titles") or {}
    if not isinstance(declared, Map):
        raise fail("titles are a mapping", whole.place("titles"), hint="write sections below it")
    sections: dict[str, Section] = {}
    for section in declared:
        if section not in SECTIONS:
            raise fail(
                f"there is no section '{section}'",
                declared.place(section),
                hint=f"one of: {', '.join(SECTIONS)}",
            )
        names = declared[section] or {}
        if not isinstance(names, Map):
            raise fail(f"'{section}' is a mapping of names to titles", declared.place(section))
        sections[str(section)] = {str(name): _title(names, name) for name in names}
    return Titles(sections)


def _title(names: Map, name: str) -> Mapping[str, str]:
    given = names[name]
    if isinstance(given, str) and given.strip():
        return {ANY: given.strip()}
    if isinstance(given, Map) and all(isinstance(title, str) and title.strip() for title in given.values()):
        return {str(language).lower(): title.strip() for language, title in given.items()}
    raise fail(
        f"the title of '{name}' is no text", names.place(name), hint="write a text, or texts by language"
    )
