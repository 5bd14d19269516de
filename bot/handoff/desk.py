"""What the desk is shown: handoffs as their viewers may see them, and agents with their load."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation import Conversation, HandoffState, Summary
from bot.handoff.access import may_read, may_see
from bot.handoff.agents import Agent, Status
from bot.handoff.context import Context, build_context
from bot.handoff.ports import MissingSlots, no_missing_slots
from bot.handoff.queue import Board
from bot.handoff.service import HandoffService, no_handoff
from bot.handoff.sightings import WEB_CHAT, Sightings
from bot.handoff.views import (
    AgentView,
    CustomerView,
    HandoffView,
    agent_view,
    call_view,
    preview_of,
    rating_view,
    visitor_of,
    waited,
)
from bot.identity import Level
from bot.project.titles import Titles

_LOOKED_AT = 2000


class Desk:
    """Reads for the desk what `HandoffService` changes."""

    def __init__(
        self,
        service: HandoffService,
        *,
        missing_slots: MissingSlots = no_missing_slots,
        sightings: Sightings | None = None,
        titles: Titles | None = None,
    ) -> None:
        self._service = service
        self._missing_slots = missing_slots
        self._sightings = sightings
        self.titles = titles or Titles()

    async def handoff(self, agent: Agent | None, handoff_id: str) -> HandoffView:
        """A handoff that the agent (None: a program) may see. Raises NotFound."""
        conversation = await self._service.conversation_of(handoff_id)
        handoff = conversation.handoff
        if handoff is None or (agent is not None and not may_see(agent, handoff)):
            raise no_handoff()
        return await self.view(conversation, await self._service.boards.recent())

    async def handoffs(
        self, agent: Agent, states: Sequence[HandoffState], *, limit: int, before: float | None = None
    ) -> list[HandoffView]:
        """The handoffs in some states that the agent may see, by priority and then oldest first."""
        # An agent's own are not to fall behind the limit because others have so many.
        looked_at = limit if agent.role.sees_everything else max(limit, _LOOKED_AT)
        summaries = await self._service.conversations.store.summaries(
            handoff_states=states, before=before, limit=looked_at
        )
        board = await self._service.boards.recent()
        seen = [s for s in summaries if s.handoff is not None and may_see(agent, s.handoff)]
        return [await self._view(summary, board) for summary in seen[:limit]]

    async def recent(self, agent: Agent, *, limit: int) -> list[HandoffView]:
        """What was resolved last: the agent's own, for a supervisor everybody's."""
        of = None if agent.role.sees_everything else agent.id
        ids = await self._service.kept.recently_resolved(of, limit=limit)
        board = await self._service.boards.recent()
        found = []
        for handoff_id in ids:
            conversation = await self._service.conversation_of(handoff_id, with_rating=True)
            found.append(await self._view(Summary.of(conversation), board, conversation))
        return found

    async def view(self, conversation: Conversation, board: Board) -> HandoffView:
        """The view of a conversation's handoff. Raises NotFound when it has none."""
        return await self._view(Summary.of(conversation), board, conversation)

    async def context(self, agent: Agent | None, handoff_id: str) -> Context:
        """The evidence, for an agent who was offered or holds the conversation, or a program (None).

        Raises NotFound.
        """
        conversation = await self._service.conversation_of(handoff_id)
        if agent is not None:
            # Also of the handoff that the conversation has now: whose help is over reads no later proofs.
            now = await self._service.conversations.get(conversation.id)
            if not (may_read(agent, conversation.handoff) and may_read(agent, now.handoff)):
                raise no_handoff()
        return await build_context(
            conversation,
            await self.view(conversation, await self._service.boards.recent()),
            contacts=self._service.contacts,
            missing_slots=self._missing_slots,
            internal_slots=self._service.settings.internal_slots,
            passing_intents=self._service.settings.passing_intents,
            titles=self.titles,
            agent_name=agent.name if agent is not None else None,
            now=self._service.clock(),
        )

    async def may_read_customer(self, agent: Agent, customer_id: str) -> bool:
        """Whether the agent may read one of a customer's conversations, and so the customer's records."""
        if agent.role.sees_everything:
            return True
        summaries = await self._service.conversations.store.summaries(customer_id=customer_id)
        return any(may_read(agent, summary.handoff) for summary in summaries)

    async def agents(self) -> list[AgentView]:
        """Everyone who can sign in, with their load."""
        board = await self._service.boards.recent()
        return [
            agent_view(agent, load=board.load(agent.id))
            for agent in board.agents
            if agent.status is Status.ACTIVE
        ]

    async def agent(self, agent_id: str) -> AgentView:
        """One agent, as they are now. Raises NotFound."""
        agent = await self._service.agents.get(agent_id)
        return agent_view(agent, load=(await self._service.boards.recent()).load(agent_id))

    async def _view(
        self, summary: Summary, board: Board, conversation: Conversation | None = None
    ) -> HandoffView:
        handoff = summary.handoff
        if handoff is None:
            raise no_handoff()
        place = board.place(handoff.id)
        if conversation is None:
            conversation = await self._service.conversations.get(summary.id)
            if conversation.handoff is None or conversation.handoff.id != handoff.id:
                # Of help that is over: as it was then, not what the customer says to others now.
                conversation = await self._service.conversation_of(handoff.id)
        return HandoffView(
            id=handoff.id,
            conversation_id=summary.id,
            state=handoff.state,
            queue=handoff.queue,
            priority=handoff.priority,
            language=handoff.language or summary.language,
            channel=summary.channel,
            reason=handoff.reason,
            detail=handoff.detail,
            queued_at=handoff.queued_at,
            waited=waited(handoff, self._service.clock()),
            position=place.position if place else None,
            expected_wait=place.expected_wait if place else None,
            offered_to=handoff.offered_to,
            offer_expires_at=handoff.offer_expires_at,
            agent_id=handoff.agent_id,
            agent_name=handoff.agent_name,
            customer=await self._customer(conversation),
            visitor=visitor_of(conversation),
            customer_left=handoff.state.is_open and await self._has_left(conversation),
            rating=None if handoff.state.is_open else rating_view(conversation),
            preview=preview_of(conversation),
            transfers=handoff.transfers,
            disposition=handoff.disposition,
            ended_at=handoff.ended_at,
            call=call_view(conversation),
        )

    async def _has_left(self, conversation: Conversation) -> bool:
        if self._sightings is None or conversation.channel != WEB_CHAT:
            return False
        return conversation.id not in await self._sightings.here([conversation.id])

    async def _customer(self, conversation: Conversation) -> CustomerView | None:
        known = conversation.identity
        if known is None:
            return None
        record = await self._service.contacts.customer(known.customer_id)
        return CustomerView(
            id=known.customer_id,
            name=record.name if record else None,
            verified=known.at_least(Level.WEAK, self._service.clock()),
        )
