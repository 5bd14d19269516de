"""A Rasa 3 project directory as one object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.project.config import Config, Endpoints, read_config, read_endpoints
from bot.project.domain import Domain, Intent
from bot.project.domain_reader import DOMAIN_KEYS, read_domain
from bot.project.identity import NO_RULES, IdentityRules, read_identity_rules
from bot.project.marked_yaml import Map, read_yaml
from bot.project.nlu import TrainingData, read_training_data
from bot.project.problems import Finding, Findings, Place, fail
from bot.project.stories import Rule, Story
from bot.project.story_reader import read_rules, read_stories

_DATA_KEYS = frozenset({"nlu", "stories", "rules"})
_CONTENT = re.compile(
    rb"^(?:" + b"|".join(k.encode() for k in sorted(_DATA_KEYS | DOMAIN_KEYS)) + rb")\s*:", re.M
)
_OURS = "firstline"
_NAMED = {"config", "endpoints", "credentials", _OURS}
_FOLDERS = ("domain", "data", "tests")
_SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that a project directory says. ``findings`` are what its files made the readers doubt.

    ``tests`` are the stories, and ``nlu_tests`` the utterances, of ``tests/`` and of files named
    ``test_...``; they are never trained on.
    """

    path: Path
    domain: Domain
    nlu: TrainingData
    stories: tuple[Story, ...]
    rules: tuple[Rule, ...]
    tests: tuple[Story, ...]
    nlu_tests: TrainingData
    config: Config
    endpoints: Endpoints
    findings: tuple[Finding, ...] = ()
    identity: IdentityRules = NO_RULES

    @classmethod
    def load(cls, path: str | Path, *, environment: Mapping[str, str] | None = None) -> Project:
        """Read a project directory: ``domain.yml`` or ``domain/``, ``data/`` or single files, ...

        Files are told apart by their keys, so that any layout that Rasa trains is read. Raises ProjectError,
        which names the file and the line, where a file is missing or cannot be understood.
        """
        root = Path(path)
        if not root.is_dir():
            raise fail(
                "there is no such directory", Place(str(root), 0), hint="give the directory of config.yml"
            )
        findings = Findings()
        config = _single(root, "config")
        if config is None:
            raise fail(
                "no config.yml here",
                Place(str(root), 0),
                hint="give the directory in which config.yml stands",
            )
        endpoints, ours = _single(root, "endpoints"), _single(root, _OURS)
        parts: list[Map] = []
        tests: list[Map] = []
        for file in _content_files(root):
            name = file.relative_to(root).as_posix()
            part = read_yaml(file, name=name)
            _check_keys(part, findings)
            (tests if _is_test(name) else parts).append(part)
        if not any(DOMAIN_KEYS & part.keys() for part in parts):
            raise fail("no domain here", Place(str(root), 0), hint="add domain.yml or a directory domain/")
        domain = read_domain(parts, findings)
        nlu = read_training_data(parts, findings)
        _mark_retrieval_intents(domain, nlu)
        return cls(
            path=root,
            domain=domain,
            nlu=nlu,
            stories=tuple(read_stories(parts, findings)),
            rules=tuple(read_rules(parts, findings)),
            tests=tuple(read_stories(tests, findings)),
            nlu_tests=read_training_data(tests, findings),
            config=read_config(config, findings),
            endpoints=read_endpoints(endpoints, findings, environment=environment)
            if endpoints is not None
            else Endpoints(),
            findings=tuple(findings),
            identity=read_identity_rules(ours, domain) if ours is not None else NO_RULES,
        )

    def validate(self) -> list[Finding]:
        """All findings: those of reading, and names used but not defined."""
        from bot.project.validation import validate

        return [*self.findings, *validate(self)]


def _single(root: Path, stem: str) -> Map | None:
    for suffix in _SUFFIXES:
        file = root / f"{stem}{suffix}"
        if file.is_file():
            return read_yaml(file, name=file.name)
    return None


def _content_files(root: Path) -> Iterator[Path]:
    """The files that can hold a part of the project, in an order that does not depend on the file system."""
    for file in _yaml_files(root.iterdir()):
        # Other programs keep their YAML here too (compose files): only what looks like Rasa's is read.
        if file.stem not in _NAMED and _CONTENT.search(file.read_bytes()):
            yield file
    for folder in _FOLDERS:
        if (root / folder).is_dir():
            yield from _yaml_files((root / folder).rglob("*"))


def _yaml_files(paths: Iterable[Path]) -> list[Path]:
    return sorted(
        path
        for path in paths
        if path.suffix in _SUFFIXES and path.is_file() and not path.name.startswith(".")
    )


def _is_test(name: str) -> bool:
    return name.startswith("tests/") or name.rsplit("/", 1)[-1].startswith("test_")


def _check_keys(part: Map, findings: Findings) -> None:
    for key in part:
        if key == "version":
            if not str(part[key]).startswith("3"):
                findings.warn(
                    "project.version",
                    f"The file has the version {part[key]}; it is read as Rasa 3's format.",
                    part.place(key),
                    hint="write version: '3.1'",
                )
        elif key not in DOMAIN_KEYS and key not in _DATA_KEYS:
            findings.warn(
                "project.unknown_key", f"The key '{key}' is unknown here and ignored.", part.place(key)
            )


def _mark_retrieval_intents(domain: Domain, nlu: TrainingData) -> None:
    for name in nlu.retrieval_keys:
        domain.intents[name] = replace(domain.intents.get(name) or Intent(name), is_retrieval=True)
