"""Which agent a waiting conversation is offered to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.conversation import Conversation, Handoff
from bot.events import HandoffDeclined, HandoffReturned, HandoffTransferred
from bot.handoff.agents import Agent, Presence
from bot.handoff.settings import HandoffSettings
from bot.handoff.texts import base_language


def best_agent(
    handoff: Handoff,
    *,
    agents: Sequence[Agent],
    loads: Mapping[str, int],
    refused: Mapping[str, float],
    busy: Collection[str] = (),
    now: float,
    settings: HandoffSettings,
) -> Agent | None:
    """The agent to offer a handoff to now, or None.

    Only available agents below their capacity are asked, nobody who refused it lately (``refused``: agent to
    when) and nobody who is ``busy`` with what cannot be done twice at once: a call. For
    `HandoffSettings.match_patience_s` it waits for the agent wanted, then for one with the language and the
    skills, as long as such an agent is available at all, be they busy; after that anybody in the queue will
    do. Among equals the least loaded is asked, then whoever has been idle for longest.
    """
    there = [
        agent
        for agent in agents
        if agent.presence is Presence.AVAILABLE
        and (agent.serves(handoff.queue) or agent.id == handoff.wanted_agent)
    ]
    if now - handoff.queued_at < settings.match_patience_s:
        there = _best_matching(handoff, there)
    able = [
        agent
        for agent in there
        if loads.get(agent.id, 0) < agent.capacity
        and agent.id not in busy
        and now - refused.get(agent.id, float("-inf")) >= settings.offer_again_after_s
    ]
    if not able:
        return None
    return min(
        able,
        key=lambda agent: (
            -_match(handoff, agent),
            agent.id in refused,
            loads.get(agent.id, 0),
            agent.idle_since,
            agent.id,
        ),
    )


def refusals(conversation: Conversation) -> dict[str, float]:
    """Who declined, missed or passed on the conversation's handoff, and when last.

    Who lost it, a browser that died perhaps, is asked after the others but need not be waited for: for them
    the time is minus infinity.
    """
    handoff = conversation.handoff
    if handoff is None or not (handoff.declined_by or handoff.transfers or handoff.returns):
        return {}
    refused: dict[str, float] = {}
    for event in conversation.events[handoff.queued_sequence :]:
        match event:
            case HandoffDeclined() | HandoffTransferred() if event.handoff_id == handoff.id:
                refused[event.agent_id] = event.timestamp
            case HandoffReturned() if event.handoff_id == handoff.id:
                refused.setdefault(event.agent_id, float("-inf"))
    return refused


def _best_matching(handoff: Handoff, agents: Sequence[Agent]) -> list[Agent]:
    best = max((_match(handoff, agent) for agent in agents), default=0)
    return [agent for agent in agents if _match(handoff, agent) == best]


def _match(handoff: Handoff, agent: Agent) -> int:
    wanted = agent.id == handoff.wanted_agent
    language = base_language(handoff.language)
    speaks = language is None or language in {base_language(tag) for tag in agent.languages}
    skilled = len(set(handoff.skills) & set(agent.skills))
    # The agent wanted counts above the language, the language above any skills.
    return 1000 * wanted + 100 * speaks + skilled
