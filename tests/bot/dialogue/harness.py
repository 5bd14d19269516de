"""A bot made from texts, talked to by intents: `/greet`, `/inform{"city": "Oslo"}`."""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.conversation import Conversation, HandoffState, Holder, SequenceConflict, Summary
from bot.conversations import Conversations
from bot.dialogue.actions import ActionRunner
from bot.dialogue.native import EngineSettings, NativeEngine
from bot.dialogue.policies.ensemble import Ensemble
from bot.dialogue.virtual_agent import IncomingMessage, Turn, VirtualAgent
from bot.events import (
    ActionExecuted,
    BotUttered,
    Entity,
    EscalationReason,
    EscalationRequested,
    Event,
    HandoffQueued,
    Intent,
    Parse,
    Scope,
    UserUttered,
)
from bot.project import Project

CONFIG = """
recipe: default.v1
pipeline:
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
policies:
- name: MemoizationPolicy
  max_history: 5
- name: RulePolicy
"""


def load(domain: str, *, rules: str = "", stories: str = "", nlu: str = "", config: str = CONFIG) -> Project:
    """A project of these texts; rules, stories and nlu are lists without their key."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "config.yml").write_text(config)
        (root / "domain.yml").write_text(domain)
        parts = {"rules": rules, "stories": stories, "nlu": nlu}
        for key, text in parts.items():
            if text:
                (root / f"{key}.yml").write_text(f"{key}:\n{text}")
        return Project.load(root)


class MemoryStore:
    """An event store that forgets when the test ends."""

    def __init__(self) -> None:
        self.logs: dict[str, list[Event]] = {}
        self.known: dict[str, Summary] = {}
        self.appends = 0

    async def load(self, conversation_id: str, *, after: int = 0) -> Sequence[Event]:
        return self.logs.get(conversation_id, [])[after:]

    async def append(
        self, conversation_id: str, events: Sequence[Event], *, expected: int, summary: Summary
    ) -> None:
        log = self.logs.setdefault(conversation_id, [])
        if len(log) != expected:
            raise SequenceConflict("conflict")
        log.extend(events)
        self.known[conversation_id] = summary
        self.appends += 1

    async def summaries(
        self,
        *,
        holder: Holder | None = None,
        unanswered: bool | None = None,
        handoff_states: Sequence[HandoffState] = (),
        agent_id: str | None = None,
        customer_id: str | None = None,
        before: float | None = None,
        limit: int = 100,
    ) -> Sequence[Summary]:
        known = self.known.values()
        return [s for s in known if unanswered is None or (s.unanswered is not None) == unanswered]

    async def find_handoff(self, handoff_id: str) -> Summary | None:
        return next((s for s in self.known.values() if s.handoff and s.handoff.id == handoff_id), None)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


_COMMAND = re.compile(r"/(?P<intent>[^{@]+)(?:@(?P<confidence>[\d.]+))?(?P<entities>\{.*\})?")


class Commands:
    """Understands `/intent@0.4{"entity": "value"}`, `~text` as out of scope, and other texts as `inform`."""

    def __init__(self) -> None:
        self.sentiment: float | None = None

    async def parse(
        self, text: str, *, language_hint: str | None = None, expected: Sequence[str] = ()
    ) -> Parse:
        if text.startswith("~"):
            ranking = (Intent(name="greet", confidence=0.5), Intent(name="bye", confidence=0.3))
            scope = Scope(in_scope=False, score=0.1, threshold=0.5)
            return Parse(text=text, intent=ranking[0], intent_ranking=ranking, scope=scope)
        match = _COMMAND.fullmatch(text)
        if match is None:
            intent = Intent(name="inform", confidence=1.0)
            return Parse(text=text, intent=intent, intent_ranking=(intent,), sentiment=self.sentiment)
        name, _, key = match["intent"].partition("/")
        confidence = float(match["confidence"] or 1.0)
        intent = Intent(name=name, confidence=confidence)
        entities = []
        for label, value in json.loads(match["entities"] or "{}").items():
            entity, _, role = label.partition("#")
            for item in value if isinstance(value, list) else [value]:
                entities.append(Entity(entity=entity, value=item, start=0, end=1, role=role or None))
        return Parse(
            text=text if confidence == 1.0 else text[1:],
            intent=intent,
            intent_ranking=(intent, Intent(name="bye", confidence=0.05)),
            entities=tuple(entities),
            response_key=f"{name}/{key}" if key else None,
            sentiment=self.sentiment,
        )


class Queue:
    """Escalates to a queue, or, when nobody is behind the bot, not at all."""

    def __init__(self, *, staffed: bool = True) -> None:
        self.staffed = staffed

    async def escalate(
        self,
        conversation: Conversation,
        *,
        reason: EscalationReason,
        cause: int | None = None,
        detail: str = "",
        queue: str | None = None,
        priority: int | None = None,
    ) -> list[Event]:
        if not self.staffed:
            return []
        at = conversation.updated_at
        return [
            EscalationRequested(timestamp=at, reason=reason, cause=cause, detail=detail),
            HandoffQueued(timestamp=at, handoff_id="h1", queue="general"),
            BotUttered(timestamp=at, text="A person will be with you."),
        ]

    def ask_for_message(self, conversation: Conversation) -> list[Event]:
        return []

    async def take_message(self, conversation: Conversation, text: str) -> list[Event]:
        return []

    async def take_contact(self, conversation: Conversation, said: UserUttered) -> list[Event]:
        return []


class Bot:
    """A bot and one customer."""

    def __init__(
        self,
        project: Project,
        *,
        actions: ActionRunner | None = None,
        staffed: bool = False,
        settings: EngineSettings | None = None,
        ensemble: Ensemble | None = None,
    ) -> None:
        self.clock = Clock()
        self.store = MemoryStore()
        self.conversations = Conversations(self.store, clock=self.clock)
        self.understanding = Commands()
        self.engine = NativeEngine(
            project,
            escalator=Queue(staffed=staffed),
            actions=actions,
            chance=random.Random(1),
            settings=settings,
            ensemble=ensemble,
        )
        self.agent = VirtualAgent(
            conversations=self.conversations,
            understanding=self.understanding,
            engine=self.engine,
            escalator=Queue(staffed=staffed),
        )
        self._count = 0

    async def turn(self, text: str, *, channel: str = "rest", **metadata: Any) -> Turn:
        self._count += 1
        return await self.agent.handle(
            IncomingMessage(
                conversation_id="c",
                text=text,
                message_id=f"m{self._count}",
                channel=channel,
                metadata=metadata,
            )
        )

    async def say(self, text: str, *, channel: str = "rest") -> list[str | None]:
        """What the bot answers."""
        turn = await self.turn(text, channel=channel)
        return [event.text for _, event in turn.events if isinstance(event, BotUttered)]

    async def actions(self, text: str) -> list[str]:
        """What the bot does."""
        turn = await self.turn(text)
        return [event.action for _, event in turn.events if isinstance(event, ActionExecuted)]

    @property
    def log(self) -> list[Event]:
        return self.store.logs["c"]

    async def conversation(self) -> Conversation:
        return await self.conversations.get("c")

    async def slots(self) -> dict[str, Any]:
        return dict((await self.conversation()).slots())
