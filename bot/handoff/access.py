"""Who may see what: agents the queues they serve and what they hold themselves; supervisors everything."""

from __future__ import annotations

from bot.conversation import Conversation, Handoff, HandoffState
from bot.handoff.agents import Agent, Status


def may_see(agent: Agent, handoff: Handoff) -> bool:
    """Whether an agent may see a handoff in a list: it waits in a queue of theirs, or is theirs."""
    if agent.role.sees_everything or agent.id in (handoff.agent_id, handoff.offered_to):
        return True
    waits = handoff.state in (HandoffState.QUEUED, HandoffState.OFFERED)
    return waits and (agent.serves(handoff.queue) or handoff.wanted_agent == agent.id)


def may_accept(agent: Agent, handoff: Handoff) -> bool:
    """Whether a waiting handoff is the agent's to take: they may see it, and nobody else is asked now."""
    return may_see(agent, handoff) and handoff.offered_to in (None, agent.id)


def may_read(agent: Agent, handoff: Handoff | None) -> bool:
    """Whether an agent may read the conversation behind it: one that they were offered, hold or held last."""
    if agent.role.sees_everything:
        return True
    return handoff is not None and agent.id in (handoff.agent_id, handoff.offered_to)


def may_work(agent: Agent) -> bool:
    """Whether the person may do anything at the desk: they have not been disabled."""
    return agent.status is Status.ACTIVE


def owns(agent: Agent, conversation: Conversation) -> bool:
    """Whether the conversation is the agent's own to speak in."""
    handoff = conversation.handoff
    return handoff is not None and handoff.state is HandoffState.ACCEPTED and handoff.agent_id == agent.id
