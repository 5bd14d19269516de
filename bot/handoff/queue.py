"""Who waits, in which place, and for how long yet.

The expected wait of a conversation is

    answer + max(0, rank - free) x handling / slots

where *rank* counts the conversations that are before it, itself included, in any queue that the same agents
serve; *free* is how many more those agents can take now and *slots* how many they can take at all (the sum
of their capacities); *handling* is the mean of the queue's latest handling times and *answer* how long it
takes to accept an offer. Who declined or missed a conversation does not count for it until they are asked
again. It is unknown while nobody serves the queue who could take it. It moves whenever somebody before it is
taken or leaves, an agent comes or goes, or people get quicker or slower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.call import VOICE
from bot.conversation import EventStore, Handoff, HandoffState, Summary
from bot.handoff.agents import Agent, Agents, Clock, Presence
from bot.handoff.ports import HandoffStore
from bot.handoff.settings import HandoffSettings

# More conversations than this never wait and are handled at once on one installation.
_MOST = 2000
_HANDLING_TIMES_KEPT_S = 15.0
_SHOWN_FOR_S = 0.5
_FEWEST_HANDLING_TIMES = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a queue, counted from 1, and the expected wait in whole seconds (None: unknown).

    ``is_first`` is true when no other conversation, in any queue that the same agents serve, is before it.
    """

    position: int
    expected_wait: int | None
    is_first: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation that waits or is held by a person."""

    summary: Summary
    handoff: Handoff


@dataclass(frozen=True, slots=True)
class _Crew:
    """The agents who serve a queue now: the queues they serve, their free places and all of them."""

    served: frozenset[str]
    free: int
    slots: int


@dataclass(frozen=True)
class Board:
    """All queues and agents at one moment; ``waiting`` by priority, then oldest first."""

    waiting: Sequence[Entry]
    held: Sequence[Entry]
    agents: Sequence[Agent]
    handling: Mapping[str, float]
    settings: HandoffSettings

    def load(self, agent_id: str) -> int:
        """How many conversations an agent holds or is being offered."""
        return self._holding[agent_id] + self._offered[agent_id]

    def on_call(self, agent_id: str) -> bool:
        """Whether an agent has a call, its wrap-up included, or is being offered one."""
        return agent_id in self._calling

    def serving(self, queue: str) -> list[Agent]:
        """The agents who take conversations from a queue now, busy or not."""
        return [a for a in self.agents if a.presence is Presence.AVAILABLE and a.serves(queue)]

    def is_staffed(self, queue: str) -> bool:
        """Whether anybody serves the queue or will be back: present, even if away."""
        return any(a.presence is not Presence.OFFLINE and a.serves(queue) for a in self.agents)

    def place(self, handoff_id: str) -> Place | None:
        """Where a waiting handoff stands; None when it does not wait."""
        return self._places.get(handoff_id)

    def returning(self, handoff_ids: Collection[str]) -> Board:
        """The board as it would be if these held conversations waited again, each where it stood before."""
        back = [
            replace(e, handoff=replace(e.handoff, state=HandoffState.QUEUED, agent_id=None))
            for e in self.held
            if e.handoff.id in handoff_ids
        ]
        return replace(
            self,
            waiting=sorted([*self.waiting, *back], key=_turn),
            held=[e for e in self.held if e.handoff.id not in handoff_ids],
        )

    def next_place(self, queue: str, *, priority: int) -> Place:
        """Where a conversation would stand that joins a queue now."""
        before = Counter(e.handoff.queue for e in self.waiting if e.handoff.priority >= priority)
        return self._place(queue, before)

    @cached_property
    def _holding(self) -> Counter[str]:
        return Counter(e.handoff.agent_id for e in self.held if e.handoff.agent_id is not None)

    @cached_property
    def _offered(self) -> Counter[str]:
        return Counter(e.handoff.offered_to for e in self.waiting if e.handoff.offered_to is not None)

    @cached_property
    def _calling(self) -> frozenset[str | None]:
        calls = [e.handoff for e in (*self.held, *self.waiting) if e.summary.channel == VOICE]
        return frozenset(h.agent_id or h.offered_to for h in calls)

    @cached_property
    def _places(self) -> dict[str, Place]:
        before: Counter[str] = Counter()
        places = {}
        for entry in self.waiting:
            handoff = entry.handoff
            # Whoever is being asked again may take it after all.
            declined = frozenset(handoff.declined_by) - {handoff.offered_to or ""}
            places[handoff.id] = self._place(handoff.queue, before, without=declined)
            before[handoff.queue] += 1
        return places

    @cached_property
    def _crews(self) -> dict[tuple[str, frozenset[str]], _Crew | None]:
        return {}

    def _crew(self, queue: str, without: frozenset[str]) -> _Crew | None:
        """Who serves a queue, less some of them; None when nobody is left."""
        key = queue, without
        if key not in self._crews:
            agents = [agent for agent in self.serving(queue) if agent.id not in without]
            every = {known.name for known in self.settings.queues}
            every |= {name for agent in agents for name in agent.queues}
            self._crews[key] = (
                _Crew(
                    served=frozenset(name for name in every if any(agent.serves(name) for agent in agents)),
                    free=sum(max(0, agent.capacity - self._holding[agent.id]) for agent in agents),
                    slots=sum(agent.capacity for agent in agents),
                )
                if agents
                else None
            )
        return self._crews[key]

    def _place(self, queue: str, before: Counter[str], *, without: frozenset[str] = frozenset()) -> Place:
        """The place behind so many of each queue, where some agents will not take it."""
        position = 1 + before[queue]
        crew = self._crew(queue, without)
        if crew is None:
            return Place(position, None, is_first=position == 1)
        rank = 1 + sum(before[name] for name in crew.served)
        handling = self.handling.get(queue, self.settings.default_handling_s)
        wait = self.settings.answer_s + max(0, rank - crew.free) * handling / crew.slots
        return Place(position, round(wait), is_first=rank == 1)


def _turn(entry: Entry) -> tuple[int, float, int]:
    """In which order conversations are offered, as `EventStore.summaries` sorts them."""
    handoff = entry.handoff
    return -handoff.priority, handoff.queued_at, handoff.queued_sequence


class Boards:
    """Draws up the board from the store."""

    def __init__(
        self,
        store: EventStore,
        agents: Agents,
        kept: HandoffStore,
        *,
        settings: HandoffSettings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._agents = agents
        self._kept = kept
        self._settings = settings
        self._clock = clock
        self._version = 0
        self._recent: Board | None = None
        self._recent_at = float("-inf")
        self._handling: dict[str, float] = {}
        self._handling_at = float("-inf")

    def changed(self) -> None:
        """A handoff or an agent changed: what was drawn up before is out of date."""
        self._version += 1
        self._recent = None

    async def recent(self) -> Board:
        """The board of a moment ago: good enough to show, when many are shown the same change."""
        if self._recent is not None and self._clock() - self._recent_at < _SHOWN_FOR_S:
            return self._recent
        return await self.now()

    async def now(self) -> Board:
        """The board as it is now, to decide by."""
        version = self._version
        states = (HandoffState.QUEUED, HandoffState.OFFERED, HandoffState.ACCEPTED)
        summaries = await self._store.summaries(handoff_states=states, limit=_MOST)
        entries = [Entry(s, s.handoff) for s in summaries if s.handoff is not None]
        board = Board(
            waiting=[e for e in entries if e.handoff.state is not HandoffState.ACCEPTED],
            held=[e for e in entries if e.handoff.state is HandoffState.ACCEPTED],
            agents=await self._agents.all(),
            handling=await self._recent_handling(),
            settings=self._settings,
        )
        if version == self._version:
            self._recent, self._recent_at = board, self._clock()
        return board

    async def _recent_handling(self) -> Mapping[str, float]:
        now = self._clock()
        if now - self._handling_at >= _HANDLING_TIMES_KEPT_S:
            handling = {}
            for queue in self._settings.queues:
                times = await self._kept.recent_handling(queue.name, limit=self._settings.recent_handoffs)
                # One or two say little, and may be somebody trying things out.
                if len(times) >= _FEWEST_HANDLING_TIMES:
                    handling[queue.name] = sum(times) / len(times)
            self._handling, self._handling_at = handling, now
        return self._handling
