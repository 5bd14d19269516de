"""Reads the held-out set of `data/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "nb", "pt", "fr", "fa", "lv")
KINDS = ("names", "addresses", "national_ids")
_MARK = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True)
class Case:
    """A message, and the spans in it that must be masked."""

    text: str
    spans: tuple[tuple[int, int], ...]


def cases(language: str, kind: str, *, folder: str = ".") -> list[Case]:
    """The messages of a language that bear personal data of a kind."""
    sections = _sections(DATA / folder / f"{language}.txt")
    lines = _joined(sections[kind])
    templates, values = sections.get(f"{kind}.templates", []), sections.get(f"{kind}.values", [])
    lines += [templates[at % len(templates)].replace("{}", f"{{{value}}}") for at, value in enumerate(values)]
    return [_case(line) for line in lines]


def clean(language: str) -> list[str]:
    """Messages without personal data."""
    return _sections(DATA / "clean.txt")[language]


def _case(line: str) -> Case:
    spans = []
    removed = 0
    for match in _MARK.finditer(line):
        start = match.start() - removed
        spans.append((start, start + len(match[1])))
        removed += 2
    return Case(_MARK.sub(r"\1", line), tuple(spans))


def _joined(lines: list[str]) -> list[str]:
    """A line that is only a name is the signature of the line before."""
    out: list[str] = []
    for line in lines:
        if re.fullmatch(r"\{[^}]*\}", line):
            out[-1] += f"\n{line}"
        else:
            out.append(line)
    return out


def _sections(path: Path) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text("utf-8").splitlines():
        if match := re.fullmatch(r"\[([\w.]+)\]", line):
            name = match[1]
            sections[name] = []
        elif line and not line.startswith("#"):
            sections[name].append(line)
    return sections
