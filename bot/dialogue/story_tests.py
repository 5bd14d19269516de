"""Runs a project's test stories (``tests/``) against its policies, as ``rasa test core`` does.

Custom actions are not run: as in Rasa, a test story says what they set (``slot_was_set``, ``active_loop``).
Messages are taken as understood as the story says, or, with an understanding given, as it reads their text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.dialogue.fold import LISTEN
from bot.dialogue.history import History
from bot.dialogue.policies.ensemble import Ensemble
from bot.dialogue.policies.training import entity_slots, user_event
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    LoopInterrupted,
    Parse,
    SlotSet,
)
from bot.project import Project
from bot.project.problems import NOWHERE, Place
from bot.project.stories import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    StepEntity,
    Story,
    UserStep,
)

Read = Callable[[str], Awaitable[Parse]]
"""Reads a text as the bot will (fallback applied)."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where the bot differs from a test story. ``kind`` is ``action``, ``intent`` or ``entities``."""

    kind: str
    expected: str
    found: str
    place: Place
    because: str = ""

    def __str__(self) -> str:
        why = f"    # {self.because}" if self.because else ""
        return f"{self.place}: {self.kind}\n  - {self.expected}\n  + {self.found}{why}"


@dataclass(slots=True)
class StoryResult:
    """What came of one test story."""

    story: Story
    mismatches: list[Mismatch] = field(default_factory=list)
    actions: int = 0

    @property
    def passed(self) -> bool:
        return not self.mismatches


@dataclass(slots=True)
class Report:
    """What came of all of them."""

    results: list[StoryResult]

    @property
    def failed(self) -> list[StoryResult]:
        return [result for result in self.results if not result.passed]

    @property
    def passed(self) -> int:
        return len(self.results) - len(self.failed)

    def __str__(self) -> str:
        lines = []
        for result in self.failed:
            lines.append(f"{result.story.place}: {result.story.name}")
            lines += [f"  {line}" for mismatch in result.mismatches for line in str(mismatch).splitlines()]
        lines.append(f"{self.passed} of {len(self.results)} test stories passed")
        return "\n".join(lines)


async def run_story_tests(
    project: Project,
    ensemble: Ensemble,
    *,
    stories: Iterable[Story] | None = None,
    read: Read | None = None,
) -> Report:
    """Run the project's test stories, or the ones given, and report where the bot differs from them."""
    chosen = project.tests if stories is None else stories
    return Report([await _Run(project, ensemble, story, read).run() for story in chosen])


class _Run:
    def __init__(self, project: Project, ensemble: Ensemble, story: Story, read: Read | None) -> None:
        self._project = project
        self._ensemble = ensemble
        self._read = read
        self._history = History(project.domain)
        self._last: Event | None = None
        self._result = StoryResult(story)

    async def run(self) -> StoryResult:
        self._apply(ActionExecuted(timestamp=0.0, action=LISTEN))
        waiting = True
        for step in self._result.story.steps:
            match step:
                case UserStep():
                    if not waiting:
                        self._expect(LISTEN, step.place)
                    await self._user(step)
                    waiting = False
                case ActionStep() | BotStep():
                    name = step.action if isinstance(step, ActionStep) else step.text
                    if name == LISTEN and waiting:
                        continue
                    self._expect(name, step.place)
                    waiting = name == LISTEN
                case SlotStep(name=name, value=value, has_value=True):
                    self._apply(SlotSet(timestamp=0.0, name=name, value=value))
                case LoopStep(name=name):
                    self._apply(ActiveLoop(timestamp=0.0, name=name))
                case _:
                    self._other(step)
        if not waiting:
            last = self._result.story.steps[-1]
            self._expect(LISTEN, getattr(last, "place", NOWHERE))
        return self._result

    def _other(self, step: Step) -> None:
        if isinstance(step, OrStep):
            # Any alternative would do; the first stands for all.
            first = step.alternatives[0]
            if isinstance(first, SlotStep):
                self._apply(SlotSet(timestamp=0.0, name=first.name, value=first.value))
        elif not isinstance(step, CheckpointStep | SlotStep):
            raise AssertionError(step)

    async def _user(self, step: UserStep) -> None:
        event = user_event(step)
        entities: Sequence[StepEntity] = step.entities
        if self._read is not None and step.text is not None:
            parse = await self._read(step.text)
            event = event.model_copy(update={"parse": parse})
            self._check_reading(step, parse)
            entities = [StepEntity(e.entity, e.value, e.role, e.group) for e in parse.entities]
        self._apply(event)
        for slot in entity_slots(self._project.domain, entities):
            self._apply(slot)

    def _check_reading(self, step: UserStep, parse: Parse) -> None:
        if step.intent is not None:
            expected = step.full_intent or step.intent
            found = parse.intent.name if parse.intent is not None else "nothing"
            if step.full_intent is not None and parse.response_key is not None and found == step.intent:
                found = parse.response_key
            if found != expected:
                self._result.mismatches.append(Mismatch("intent", expected, found, step.place))
        if step.text is not None and not step.text.startswith("/"):
            wanted = sorted((e.entity, str(e.value), e.role or "", e.group or "") for e in step.entities)
            have = sorted((e.entity, str(e.value), e.role or "", e.group or "") for e in parse.entities)
            if wanted != have:
                mismatch = Mismatch("entities", _entities(wanted), _entities(have), step.place)
                self._result.mismatches.append(mismatch)

    def _expect(self, wanted: str, place: Place) -> None:
        self._result.actions += 1
        prediction = self._ensemble.predict(self._history, last_event=self._last)
        loop = self._history.active_loop
        if loop is not None and prediction.action == loop and wanted != loop:
            # The story shows an interruption: the form ran and declined.
            self._apply(ActionExecutionRejected(timestamp=0.0, action=loop))
            prediction = self._ensemble.predict(self._history, last_event=self._last)
        if prediction.action != wanted:
            found = prediction.action or "nothing"
            self._result.mismatches.append(Mismatch("action", wanted, found, place, prediction.because))
        elif prediction.interrupts_loop:
            self._apply(LoopInterrupted(timestamp=0.0, is_interrupted=True))
        hide = prediction.hide_rule_turn and prediction.action == wanted
        self._apply(ActionExecuted(timestamp=0.0, action=wanted, hide_rule_turn=hide))

    def _apply(self, event: Event) -> None:
        if isinstance(event, ActionExecuted | ActionExecutionRejected):
            self._last = event
        self._history.apply(event)


def _entities(found: Sequence[tuple[str, ...]]) -> str:
    return ", ".join(f"{name}={value}" for name, value, *_ in found) or "none"
