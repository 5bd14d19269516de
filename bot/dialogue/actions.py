"""Custom actions as the engine calls them; `bot.actions` has the runners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.errors import FirstlineError
from bot.project.domain import Domain


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One call of an action. ``tracker`` is Rasa's JSON of the conversation as the action is to see it."""

    name: str
    tracker: dict[str, Any]
    domain: Domain


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What an action answered: Rasa's event objects, and messages as rasa-sdk's dispatcher collects them.

    An event may also be one of Firstline's own: ``{"event": "firstline", "type": ...}`` with its fields;
    the type is ``customer_identified``, ``record_accessed``, ``language_changed`` or ``escalation_requested``
    (`bot.actions.events`).
    """

    events: Sequence[dict[str, Any]] = field(default_factory=tuple)
    responses: Sequence[dict[str, Any]] = field(default_factory=tuple)


class ActionRejected(Exception):
    """The action declined to run; the policies are to predict another."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class ActionFailure(FirstlineError):
    """The action raised, is unknown, or its server did not answer. ``code`` says which; no data is in it."""

    code = "action.failed"
    status = 502


class ActionRunner(Protocol):
    """Runs custom actions."""

    def knows(self, name: str) -> bool:
        """Whether `run` can be expected to know the action."""
        ...

    def has_effects(self, name: str) -> bool:
        """Whether the action may change anything besides the conversation."""
        ...

    async def run(self, call: ActionCall) -> ActionResult:
        """Run an action. Raises ActionRejected, ActionFailure."""
        ...


class NoActions:
    """For bots without custom actions."""

    def knows(self, name: str) -> bool:
        return False

    def has_effects(self, name: str) -> bool:
        return False

    async def run(self, call: ActionCall) -> ActionResult:
        raise ActionFailure(
            f"Nothing runs the action '{call.name}'.",
            code="action.unknown",
            hint="configure an action runner",
        )
