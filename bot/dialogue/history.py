"""The dialogue as the policies see it: Rasa's fold over events, without what was taken back.

Two folds run side by side, as in Rasa. The *live* one takes every event and answers what is so now: the
active form, whether it was rejected, the latest message. The *past* one is over the *applied* events, from
which rewound messages and the happy path of forms (asking, answering, asking again) are removed; it makes
the states that rules and stories are matched against.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bot.dialogue.features import NOT_SET, State
from bot.dialogue.fold import Fold, copied
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Entity,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bot.project.domain import Domain

_DIALOGUE = frozenset(
    {
        ActionExecuted,
        ActionExecutionRejected,
        ActiveLoop,
        AllSlotsReset,
        EntitiesAdded,
        FollowupAction,
        LoopInterrupted,
        SlotSet,
        UserUttered,
    }
)
SESSION_START = "action_session_start"


class Step(NamedTuple):
    """A state and the action that followed it; ``keeps_hiding``: it was forced, or follows the form's run."""

    state: State
    hide: bool
    keeps_hiding: bool


class History:
    """A dialogue as Rasa's policies and default actions see it. Changed only by `apply`."""

    __slots__ = (
        "_marks",
        "_omit_unset",
        "_past",
        "applied",
        "domain",
        "live",
        "loop_names",
        "memory",
        "paused",
        "turns",
        "user_log",
    )

    def __init__(self, domain: Domain, *, omit_unset: bool = False) -> None:
        self.domain = domain
        self._omit_unset = omit_unset
        self.live = Fold(domain, omit_unset=omit_unset)
        self._past = Fold(domain, omit_unset=omit_unset)
        self.applied: list[Event] = []
        self.turns: list[Step] = []
        self._marks: dict[str, _Mark] = {}
        self.memory: dict[int, Any] = {}
        """What policies keep of this history between predictions, by their id; never part of its state."""
        self.loop_names: set[str] = set()
        self.paused = False
        self.user_log: list[str | None] = []
        """The intents of messages since the latest restart, rewound ones too; None stands for a rewind."""

    @classmethod
    def of(cls, domain: Domain, events: Sequence[Event]) -> History:
        """The history of a conversation, from its latest session on; nothing before matters."""
        start = 0
        for index in range(len(events) - 1, -1, -1):
            if isinstance(events[index], SessionStarted | Restarted):
                start = index
                break
        history = cls(domain)
        for event in events[:start]:
            if isinstance(event, ConversationPaused):
                history.paused = True
            elif isinstance(event, ConversationResumed | Restarted | SessionStarted):
                history.paused = False
        history.extend(events[start:])
        return history

    def extend(self, events: Iterable[Event]) -> None:
        for event in events:
            self.apply(event)

    # --- what is so now ---

    @property
    def slots(self) -> dict[str, Any]:
        """Every slot of the domain, and any that an action set besides, with its value."""
        return self.live.slots

    @property
    def latest_message(self) -> UserUttered | None:
        return self.live.latest_message

    @property
    def latest_intent(self) -> str | None:
        message = self.live.latest_message
        if message is None or message.parse is None or message.parse.intent is None:
            return None
        return message.parse.intent.name

    @property
    def latest_entities(self) -> tuple[Entity, ...]:
        return self.live.latest_entities

    @property
    def latest_action(self) -> str | None:
        return self.live.action

    @property
    def followup_action(self) -> str | None:
        return self.live.followup

    @property
    def active_loop(self) -> str | None:
        return self.live.loop if self.live.loop != NOT_SET else None

    @property
    def loop_rejected(self) -> bool:
        return self.live.loop is not None and self.live.rejected

    @property
    def loop_interrupted(self) -> bool:
        return self.live.loop is not None and self.live.interrupted

    def state(self) -> State:
        """The state before the next action."""
        return self._past.state()

    def states(self, *, latest: int | None = None) -> list[State]:
        """The states before each action so far, and before the next; only so many of the ``latest``."""
        turns = self.turns if latest is None else self.turns[-latest:]
        return [*(turn.state for turn in turns), self._past.state()]

    @property
    def keeps_hiding(self) -> bool:
        """As `Step.keeps_hiding`, for the next action."""
        return bool(self._past.followup) or (
            self._past.action is not None and self._past.action == self._past.loop
        )

    # --- change ---

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case SessionStarted() | Restarted():
                self.live.reset()
                self._past.reset()
                self.applied.clear()
                self.turns.clear()
                self._marks.clear()
                self.paused = False
                if isinstance(event, Restarted):
                    self.loop_names.clear()
                    self.user_log.clear()
                    self.live.followup = SESSION_START
            case UserUtteranceReverted():
                self.user_log.append(None)
                _undo(self.applied, UserUttered)
                _undo(self.applied, ActionExecuted)
                self._refold()
            case ActionReverted():
                _undo(self.applied, ActionExecuted)
                self._refold()
            case ConversationPaused():
                self.paused = True
            case ConversationResumed():
                self.paused = False
            case ActionExecuted() if event.action in self.loop_names and not self._begins_loop(event.action):
                self.live.apply(event)
                self._fold_loop_away(event.action)
            case _ if type(event) in _DIALOGUE:
                if isinstance(event, ActiveLoop) and event.name is not None:
                    self.loop_names.add(event.name)
                elif isinstance(event, UserUttered):
                    parse = event.parse
                    self.user_log.append(parse.intent.name if parse is not None and parse.intent else "")
                self.live.apply(event)
                self.applied.append(event)
                self._past_apply(event)

    def view(self) -> History:
        """A copy that can be tried out on, and that knows only what is so now: it has no states."""
        other = History(self.domain, omit_unset=self._omit_unset)
        other.live = copied(self.live)
        other.paused = self.paused
        other.user_log = list(self.user_log)
        return other

    def copy(self) -> History:
        """A copy that can be tried out on."""
        other = History(self.domain, omit_unset=self._omit_unset)
        other.loop_names = set(self.loop_names)
        other.paused = self.paused
        other.user_log = list(self.user_log)
        other.applied = list(self.applied)
        other.turns = list(self.turns)
        other.live = copied(self.live)
        other._past = copied(self._past)
        other._marks = dict(self._marks)
        return other

    def last_intents(self, count: int) -> list[str]:
        """The intents of the latest messages, latest first; a rewind takes a place but has no intent."""
        return [intent for intent in self.user_log[: -count - 1 : -1] if intent is not None]

    def _past_apply(self, event: Event) -> None:
        past = self._past
        if isinstance(event, ActionExecuted):
            keeps = bool(past.followup) or (past.action is not None and past.action == past.loop)
            if event.end_to_end:
                # The message is seen as its text from the prediction that chose so on.
                past.use_text = True
                past.read_user()
            self.turns.append(Step(past.state(), event.hide_rule_turn, keeps))
        past.apply(event)
        if isinstance(event, ActionExecuted) and event.action in self.loop_names:
            self._marks[event.action] = _Mark(len(self.turns), copied(past))

    def _refold(self) -> None:
        """Make both folds anew from what is left of the applied events."""
        self._past.reset()
        self.turns.clear()
        self._marks.clear()
        self.live.reset()
        for event in self.applied:
            self._past_apply(event)
            self.live.apply(event)

    def _begins_loop(self, name: str) -> bool:
        """Whether this run of a form begins it, or comes back to it after an interruption."""
        following: str | None = None
        for event in reversed(self.applied):
            if isinstance(event, ActiveLoop) and event.name is None:
                return True
            if isinstance(event, ActionExecutionRejected) and event.action == name:
                return True
            if isinstance(event, UserUttered) and following is not None and following != name:
                return True
            if isinstance(event, ActionExecuted):
                if event.action == name:
                    return False
                following = event.action
        return True

    def _fold_loop_away(self, name: str) -> None:
        kept: list[Event] = []
        while self.applied:
            event = self.applied[-1]
            if isinstance(event, ActionExecuted) and event.action == name:
                break
            self.applied.pop()
            if not isinstance(event, ActionExecuted | UserUttered | EntitiesAdded):
                kept.append(event)
        kept.reverse()
        mark = self._marks.get(name)
        if mark is None:
            # Its first run was before anything said that it is a form.
            self.applied.extend(kept)
            self._past.reset()
            self.turns.clear()
            for event in self.applied:
                self._past_apply(event)
            return
        del self.turns[mark.turns :]
        self._past = copied(mark.fold)
        self.applied.extend(kept)
        for event in kept:
            self._past.apply(event)


def _undo(applied: list[Event], kind: type[Any]) -> None:
    while applied:
        if isinstance(applied.pop(), kind):
            return


class _Mark(NamedTuple):
    """The past just after a form ran: what its next run goes back to."""

    turns: int
    fold: Fold
