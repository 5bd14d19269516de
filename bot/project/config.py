"""``config.yml`` and ``endpoints.yml``: which policies decide, how surely, and what is reached over HTTP."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.project.marked_yaml import Map, Seq
from bot.project.problems import NOWHERE, Findings, Place, fail

DEFAULT_POLICIES = ("MemoizationPolicy", "RulePolicy")
_CONFIG_KEYS = frozenset(
    {"version", "recipe", "language", "pipeline", "policies", "assistant_id", "importers"}
)
_ENDPOINTS = frozenset(
    {
        "version",
        "action_endpoint",
        "nlg",
        "nlu",
        "tracker_store",
        "event_broker",
        "lock_store",
        "models",
        "model",
        "model_groups",
    }
)


@dataclass(frozen=True, slots=True)
class Component:
    """A policy or a pipeline component with its options."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    place: Place = NOWHERE

    @property
    def short_name(self) -> str:
        """The class name without its module."""
        return self.name.rsplit(".", 1)[-1]


@dataclass(frozen=True, slots=True)
class Config:
    """A project's ``config.yml``. ``policies`` are Rasa's defaults where the file names none."""

    language: str = "en"
    recipe: str = "default.v1"
    pipeline: tuple[Component, ...] = ()
    policies: tuple[Component, ...] = tuple(Component(name) for name in DEFAULT_POLICIES)

    def component(self, name: str) -> Component | None:
        """The pipeline component of a class name, or None."""
        return next((c for c in self.pipeline if c.short_name == name), None)

    def policy(self, name: str) -> Component | None:
        """The policy of a class name, or None."""
        return next((c for c in self.policies if c.short_name == name), None)


def read_config(part: Map, findings: Findings) -> Config:
    """The configuration. Raises ProjectError where it cannot be understood."""
    for key in part:
        if key not in _CONFIG_KEYS:
            findings.warn(
                "project.unknown_key", f"The key '{key}' is unknown here and ignored.", part.place(key)
            )
    policies = _components(part, "policies")
    return Config(
        language=str(part.get("language") or "en"),
        recipe=str(part.get("recipe") or "default.v1"),
        pipeline=_components(part, "pipeline"),
        policies=policies or tuple(Component(name) for name in DEFAULT_POLICIES),
    )


def _components(part: Map, key: str) -> tuple[Component, ...]:
    raw = part.get(key)
    if raw is None:
        return ()
    if not isinstance(raw, Seq):
        raise fail(f"'{key}' must be a list", part.place(key), hint="begin each item with '- name:'")
    found = []
    for item, place in raw.placed():
        if isinstance(item, str):
            found.append(Component(item, {}, place))
        elif isinstance(item, Map) and "name" in item:
            options = {name: value for name, value in item.items() if name != "name"}
            found.append(Component(str(item["name"]), options, place))
        else:
            raise fail(f"an item of '{key}' has no name", place, hint="begin it with '- name: ...'")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A project's ``endpoints.yml``, variables such as ``${HOST}`` filled in from the environment."""

    action_url: str | None = None
    action_headers: Mapping[str, str] = field(default_factory=dict)
    action_token: str | None = None
    others: Mapping[str, Any] = field(default_factory=dict)


_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


def read_endpoints(
    part: Map, findings: Findings, *, environment: Mapping[str, str] | None = None
) -> Endpoints:
    """The endpoints. ``environment`` stands in for the process's. Raises ProjectError."""
    variables = os.environ if environment is None else environment
    for key in part:
        if key not in _ENDPOINTS:
            findings.warn(
                "project.unknown_key", f"The key '{key}' is unknown here and ignored.", part.place(key)
            )
    filled = {key: _fill(value, variables, part.place(key), findings) for key, value in part.items()}
    action = filled.get("action_endpoint")
    if action is not None and not isinstance(action, dict):
        raise fail("'action_endpoint' must have a 'url:' below it", part.place("action_endpoint"))
    action = action or {}
    return Endpoints(
        action_url=action.get("url"),
        action_headers={str(k): str(v) for k, v in (action.get("headers") or {}).items()},
        action_token=action.get("token"),
        others={key: value for key, value in filled.items() if key not in ("version", "action_endpoint")},
    )


def _fill(value: Any, variables: Mapping[str, str], place: Place, findings: Findings) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, variables, place, findings) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, variables, place, findings) for item in value]
    if not isinstance(value, str):
        return value

    def fill(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in variables:
            findings.warn(
                "endpoints.unset_variable",
                f"The environment has no variable {name}.",
                place,
                hint=f"set {name} before starting",
            )
            return match[0]
        return variables[name]

    return _VARIABLE.sub(fill, value)
