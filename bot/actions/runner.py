"""rasa-sdk actions run in this process: no server, no copy of the tracker over HTTP."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import structlog
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, Tracker

from bot.dialogue.actions import ActionCall, ActionFailure, ActionRejected, ActionResult
from bot.project.domain import Domain

log = structlog.get_logger(__name__)


class InProcessActions:
    """Runs registered `rasa_sdk.Action` objects, whose ``run`` may be a coroutine or a plain function.

    A plain function runs in a worker thread, so that one that waits does not hold up other conversations.
    ``timeout`` is in seconds.
    """

    def __init__(self, actions: Iterable[Action] = (), *, timeout: float = 30.0) -> None:
        self._runs: dict[str, Callable[..., Any]] = {}
        self._without_effects: set[str] = set()
        self._timeout = timeout
        self._domain: tuple[Domain, dict[str, Any]] | None = None
        for action in actions:
            self.register(action)

    def register(self, action: Action) -> None:
        """Add an action under its ``name()``; a later one replaces an earlier one.

        An action that only reads and talks may say so with a class attribute ``has_effects = False``: a turn
        of such actions costs one write instead of two.
        """
        self._runs[action.name()] = action.run
        self._without_effects.discard(action.name())
        if not getattr(action, "has_effects", True):
            self._without_effects.add(action.name())

    def register_package(self, name: str) -> None:
        """Import a module, or a package with all its modules, and register every action class found in them.

        Only classes defined there, which can be made without arguments, are registered. Raises ImportError.
        """
        module = importlib.import_module(name)
        modules = [module]
        for info in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}."):
            modules.append(importlib.import_module(info.name))
        for found in modules:
            self._register_module(found)

    def _register_module(self, module: ModuleType) -> None:
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ != module.__name__ or not issubclass(kind, Action) or inspect.isabstract(kind):
                continue
            required = [
                p
                for p in list(inspect.signature(kind.__init__).parameters.values())[1:]
                if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
            ]
            if required:
                continue
            action = kind()
            try:
                self.register(action)
            except NotImplementedError:
                continue

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._runs)

    def knows(self, name: str) -> bool:
        return name in self._runs

    def has_effects(self, name: str) -> bool:
        return name not in self._without_effects

    async def run(self, call: ActionCall) -> ActionResult:
        """Run an action. Raises ActionRejected, ActionFailure."""
        run = self._runs.get(call.name)
        if run is None:
            raise ActionFailure(
                f"There is no action '{call.name}'.", code="action.unknown", hint="register its class"
            )
        dispatcher = CollectingDispatcher()
        tracker = Tracker.from_dict(call.tracker)
        tracker.identity = call.tracker.get("identity")
        try:
            async with asyncio.timeout(self._timeout):
                events = await _call(run, dispatcher, tracker, self._domain_dict(call.domain))
        except ActionExecutionRejection as rejection:
            raise ActionRejected(rejection.action_name) from rejection
        except TimeoutError as error:
            raise ActionFailure(f"The action '{call.name}' took too long.", code="action.timeout") from error
        except Exception as error:
            # What an action raises may quote the customer: the log names the kind and the place only.
            log.exception("action.raised", action=call.name, error=type(error).__name__, exc_info=error)
            raise ActionFailure(
                f"The action '{call.name}' raised {type(error).__name__}.", code="action.raised"
            ) from error
        return ActionResult([dict(event) for event in events or ()], dispatcher.messages)

    def _domain_dict(self, domain: Domain) -> dict[str, Any]:
        if self._domain is None or self._domain[0] is not domain:
            self._domain = (domain, domain.as_dict())
        return self._domain[1]


async def _call(run: Callable[..., Any], *arguments: Any) -> Any:
    if inspect.iscoroutinefunction(run):
        return await run(*arguments)
    result = await asyncio.to_thread(run, *arguments)
    return await result if inspect.isawaitable(result) else result
