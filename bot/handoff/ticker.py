"""What happens by itself: offers and their time-outs, queues drained, people who are gone.

One pass is a `tick`; it runs when something changed and at least every `HandoffSettings.tick_s`. Every step
looks at the conversation again under its lock before it appends, so that several nodes may tick at once; a
lock of its own keeps two nodes from filling one agent's last free place twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.call import VOICE
from bot.conversation import Conversation, Handoff, HandoffState, Holder, SequenceConflict
from bot.conversations import InProcessLocks, Locks, Writer
from bot.errors import NotFound, Unavailable
from bot.events import (
    BotUttered,
    Event,
    HandoffAbandoned,
    HandoffDeclined,
    HandoffOffered,
    HandoffResolved,
    HandoffReturned,
)
from bot.handoff.agents import Agent, Presence, Status
from bot.handoff.escalation import tell_returned
from bot.handoff.messages_left import Inbox
from bot.handoff.queue import Board, Entry, Place
from bot.handoff.routing import best_agent, refusals
from bot.handoff.service import HandoffService, StateListener
from bot.handoff.sightings import WEB_CHAT, Sightings
from bot.handoff.texts import text

log = structlog.get_logger(__name__)

CALL_ENDED = "call_ended"
"""How a handoff ends whose caller has hung up and whose agent has gone without a word."""
_LOCK = "handoff:distribution"
_LATEST = 500
"""Conversations that are looked at when a node starts."""
Decide = Callable[[Writer, Handoff], Sequence[Event]]


class Ticker:
    """Drives the handoffs of a `HandoffService`."""

    def __init__(
        self,
        service: HandoffService,
        sightings: Sightings,
        *,
        inbox: Inbox | None = None,
        locks: Locks | None = None,
    ) -> None:
        self._service = service
        self._sightings = sightings
        self._inbox = inbox
        self._locks = locks if locks is not None else InProcessLocks()
        self._settings = service.settings
        self._woken = asyncio.Event()
        self._listeners: list[StateListener] = []
        self._told: dict[str, Place | None] = {}
        self._untold: set[str] = set()
        self._left_chats: set[str] = set()
        self._unstaffed_since: dict[str, float] = {}
        service.on_wake(self._woken.set)

    def on_state_changed(self, listener: StateListener) -> None:
        """Have a listener told of each conversation whose customer's view changed."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Tick until cancelled."""
        await self._remember_who_is_leaving_messages()
        while True:
            self._woken.clear()
            try:
                await self.tick()
            except Unavailable:
                log.warning("handoff.tick_put_off")
                self._service.agents.could_not_look()
            except Exception:
                # The next tick looks at everything again.
                log.exception("handoff.tick_failed")
            try:
                # Not `wait_for`: in Python 3.11 it may swallow a cancellation, and this would never end.
                async with asyncio.timeout(self._settings.tick_s):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _remember_who_is_leaving_messages(self) -> None:
        """After a restart: the customers who were asked to leave a message a moment ago."""
        try:
            now = self._service.clock()
            for summary in await self._service.conversations.store.summaries(
                holder=Holder.BOT, limit=_LATEST
            ):
                if now - summary.updated_at < self._settings.customer_gone_s:
                    conversation = await self._service.conversations.get(summary.id)
                    if _left_for(conversation) is not None:
                        self._service.leaving.add(conversation.id)
        except Unavailable:
            log.warning("handoff.leaving_unknown")

    async def tick(self) -> None:
        """One pass over all queues."""
        async with self._locks.hold(_LOCK):
            await self._service.agents.expire()
            board = await self._service.boards.now()
            if await self._return_and_expire(board):
                board = await self._service.boards.now()
            if await self._come_after_all(board):
                board = await self._service.boards.now()
            if await self._distribute(board):
                board = await self._service.boards.now()
        await self._note_who_left(board)
        await self._tell_changes(board)
        if self._inbox is not None:
            await self._inbox.keep_sightings()

    # --- steps --------------------------------------------------------------------------------------

    async def _return_and_expire(self, board: Board) -> bool:
        """Conversations of agents who are gone, offers that ran out, customers who left; whether any."""
        changed = False
        agents = {agent.id: agent for agent in board.agents}
        lost = []
        for entry in board.held:
            agent = agents.get(entry.handoff.agent_id or "")
            if agent is not None and self._is_lost(agent, entry.handoff):
                lost.append(entry)
        # One who is gone leaves several behind, and only one of them is the first in line.
        then = board.returning({e.handoff.id for e in lost if not await self._has_hung_up(e)})
        for entry in lost:
            changed |= await self._amend(entry, self._returned(then.place(entry.handoff.id)))
        gone = await self._sightings.gone([entry.summary.id for entry in board.waiting])
        unstaffed = self._unstaffed(board)
        for entry in board.waiting:
            if entry.handoff.queue in unstaffed:
                changed |= await self._amend(entry, self._released)
            elif entry.summary.id in gone:
                changed |= await self._amend(entry, self._left)
        for entry in board.waiting:
            agent = agents.get(entry.handoff.offered_to or "")
            if entry.handoff.state is HandoffState.OFFERED and self._ran_out(entry.handoff, agent):
                changed |= await self._amend(entry, self._missed(agent))
        return changed

    async def _come_after_all(self, board: Board) -> bool:
        """Customers who are leaving a message, and for whom somebody has become available; whether any."""
        leaving = sorted(self._service.leaving)
        changed = False
        here = await self._sightings.here(leaving) if leaving else set()
        for conversation_id in leaving:
            conversation = await self._service.conversations.find(conversation_id)
            queue = _left_for(conversation) if conversation is not None else None
            is_here = conversation_id in here
            if conversation is None or queue is None or (not is_here and self._is_stale(conversation)):
                # Who has gone is handed over when they come back and write.
                self._service.leaving.discard(conversation_id)
            elif is_here and board.serving(self._settings.queue(queue).name):
                changed |= await self._hand_over(conversation_id)
        return changed

    def _is_stale(self, conversation: Conversation) -> bool:
        return self._service.clock() - conversation.updated_at >= self._settings.customer_gone_s

    async def _hand_over(self, conversation_id: str) -> bool:
        try:
            async with self._service.conversations.writing(conversation_id) as writer:
                conversation = writer.conversation
                if conversation.unanswered is not None or not conversation.bot_may_speak:
                    # What they just wrote is being answered, and they are handed over there.
                    return False
                asking = conversation.asking_contact
                events = await self._service.escalations.came_after_all(conversation)
                await writer.append(*events)
            if asking is not None and events and self._inbox is not None:
                await self._inbox.handed_over(asking.ticket_id)
            return bool(events)
        except (SequenceConflict, NotFound):
            return False
        except Unavailable:
            raise
        except Exception:
            log.exception("handoff.hand_over_failed", conversation_id=conversation_id)
            return False

    async def _distribute(self, board: Board) -> bool:
        """Offer what waits, by priority and then oldest first, to whoever is best; whether anything was."""
        loads = {agent.id: board.load(agent.id) for agent in board.agents}
        on_call = {agent.id for agent in board.agents if board.on_call(agent.id)}
        changed = False
        for entry in board.waiting:
            handoff = entry.handoff
            if handoff.state is not HandoffState.QUEUED:
                continue
            refused: dict[str, float] = {}
            is_call = entry.summary.channel == VOICE
            if handoff.declined_by or handoff.transfers or handoff.returns:
                refused = refusals(await self._service.conversations.get(entry.summary.id))
            agent = best_agent(
                handoff,
                agents=board.agents,
                loads=loads,
                refused=refused,
                busy=on_call if is_call else (),
                now=self._service.clock(),
                settings=self._settings,
            )
            if agent is not None and await self._amend(entry, self._offered(agent)):
                loads[agent.id] += 1
                if is_call:
                    on_call.add(agent.id)
                changed = True
        return changed

    async def _note_who_left(self, board: Board) -> None:
        """Have the desk told whose customer closed the web chat, or came back."""
        chats = [
            entry.summary.id for entry in (*board.held, *board.waiting) if entry.summary.channel == WEB_CHAT
        ]
        await self._sightings.keep(chats, book="open")
        left = set(chats) - await self._sightings.here(chats)
        self._untold |= left ^ (self._left_chats & set(chats))
        self._left_chats = left

    async def _tell_changes(self, board: Board) -> None:
        """Tell the listeners whose state, place or expected wait is another than they were told."""
        changed = self._service.take_changed() | self._untold
        self._untold = set()
        places = {entry.summary.id: board.place(entry.handoff.id) for entry in board.waiting}
        changed |= {id_ for id_, place in places.items() if self._told.get(id_) != place}
        # Another node may have ended a wait while this one told of it: the last word must be the true one.
        changed |= self._told.keys() - places.keys()
        self._told = places
        for conversation_id in changed:
            for listener in self._listeners:
                try:
                    await listener(conversation_id)
                except Unavailable:
                    self._untold.add(conversation_id)
                except Exception:
                    log.exception("handoff.listener_failed", conversation_id=conversation_id)

    async def _amend(self, entry: Entry, decide: Decide) -> bool:
        """Append what is decided under the lock, if the handoff is still in the state it was seen in."""
        try:
            async with self._service.conversations.writing(entry.summary.id) as writer:
                handoff = writer.conversation.handoff
                if handoff is None or handoff.id != entry.handoff.id or handoff.state != entry.handoff.state:
                    return False
                events = decide(writer, handoff)
                await writer.append(*events)
                return bool(events)
        except (SequenceConflict, NotFound):
            # Another node was first; the next tick looks again.
            return False
        except Unavailable:
            raise
        except Exception:
            # One conversation that cannot be read must not keep all others from being offered.
            log.exception("handoff.amend_failed", conversation_id=entry.summary.id)
            return False

    # --- decisions, each made under the conversation's lock -------------------------------------------

    async def _has_hung_up(self, entry: Entry) -> bool:
        if entry.summary.channel != VOICE:
            return False
        call = (await self._service.conversations.get(entry.summary.id)).call
        return call is not None and not call.is_live

    def _is_lost(self, agent: Agent, handoff: Handoff) -> bool:
        if agent.status is Status.DISABLED:
            return True
        if agent.presence is not Presence.OFFLINE:
            return False
        since = max(agent.gone_since or 0.0, handoff.accepted_at or 0.0)
        return self._service.clock() - since >= self._settings.agent_grace_s

    def _ran_out(self, handoff: Handoff, agent: Agent | None) -> bool:
        away = agent is None or agent.presence is not Presence.AVAILABLE
        return away or self._service.clock() >= (handoff.offer_expires_at or 0.0)

    def _unstaffed(self, board: Board) -> set[str]:
        """The queues that have had nobody for too long."""
        now = self._service.clock()
        empty = {queue.name for queue in self._settings.queues if not board.is_staffed(queue.name)}
        self._unstaffed_since = {name: self._unstaffed_since.get(name, now) for name in empty}
        return {
            name for name, since in self._unstaffed_since.items() if now - since >= self._settings.unstaffed_s
        }

    def _returned(self, place: Place | None) -> Decide:
        def decide(writer: Writer, handoff: Handoff) -> Sequence[Event]:
            call, now = writer.conversation.call, writer.now()
            agent_id = handoff.agent_id or ""
            if place is None or (call is not None and not call.is_live):
                # Only wrap-up was left of it, and there is nobody on the line to wait for somebody else.
                return [
                    HandoffResolved(
                        timestamp=now, handoff_id=handoff.id, agent_id=agent_id, disposition=CALL_ENDED
                    )
                ]
            lost = HandoffReturned(timestamp=now, handoff_id=handoff.id, agent_id=agent_id)
            return [lost, tell_returned(writer.conversation, handoff.id, handoff.queue, place, now=now)]

        return decide

    def _missed(self, agent: Agent | None) -> Decide:
        def decide(writer: Writer, handoff: Handoff) -> Sequence[Event]:
            if not self._ran_out(handoff, agent):
                return []
            missed = HandoffDeclined(
                timestamp=writer.now(),
                handoff_id=handoff.id,
                agent_id=handoff.offered_to or "",
                timed_out=True,
            )
            return [missed]

        return decide

    def _offered(self, agent: Agent) -> Decide:
        def decide(writer: Writer, handoff: Handoff) -> Sequence[Event]:
            now = writer.now()
            offer = HandoffOffered(
                timestamp=now,
                handoff_id=handoff.id,
                agent_id=agent.id,
                expires_at=now + self._settings.offer_timeout_s,
            )
            return [offer]

        return decide

    def _left(self, writer: Writer, handoff: Handoff) -> Sequence[Event]:
        left = HandoffAbandoned(timestamp=writer.now(), handoff_id=handoff.id, by="customer_left")
        return [left, _say(writer.conversation, "left", writer.now())]

    def _released(self, writer: Writer, handoff: Handoff) -> Sequence[Event]:
        released = HandoffAbandoned(timestamp=writer.now(), handoff_id=handoff.id, by="system")
        escalations = self._service.escalations
        return [released, *escalations.unavailable(writer.conversation, "no_agents", handoff.queue)]


def _left_for(conversation: Conversation) -> str | None:
    """The queue that the customer is leaving a message for, or was just asked about one."""
    asking = conversation.asking_contact
    return conversation.leaving_message or (asking.queue if asking is not None else None)


def _say(conversation: Conversation, key: str, now: float) -> BotUttered:
    return BotUttered(timestamp=now, text=text(key, conversation.language))
