"""Who is asked first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.conversation import Handoff, HandoffState
from bot.handoff.agents import Agent, Presence
from bot.handoff.routing import best_agent
from bot.handoff.settings import HandoffSettings

SETTINGS = HandoffSettings()
NOW = 1000.0
WAITING = Handoff(
    id="h",
    queue="general",
    priority=0,
    language="fr",
    skills=(),
    state=HandoffState.QUEUED,
    queued_at=NOW,
    queued_sequence=1,
)


def agent(id_: str, **fields: Any) -> Agent:
    base = Agent(
        id=id_, login=id_, name=id_, queues=("general",), languages=("en",), presence=Presence.AVAILABLE
    )
    return replace(base, **fields)


def choose(
    *agents: Agent,
    handoff: Handoff = WAITING,
    now: float = NOW,
    loads: dict[str, int] | None = None,
    refused: dict[str, float] | None = None,
) -> str | None:
    best = best_agent(
        handoff, agents=agents, loads=loads or {}, refused=refused or {}, now=now, settings=SETTINGS
    )
    return best.id if best else None


def test_agent_who_speaks_the_language_is_asked_before_one_who_is_freer() -> None:
    french = agent("french", languages=("fr-CA", "en"))
    assert choose(agent("free"), french, loads={"french": 2}) == "french"


def test_busy_agent_with_the_language_is_waited_for_and_then_anybody_will_do() -> None:
    french = agent("french", languages=("fr",), capacity=1)
    free = agent("free")
    busy = {"french": 1}
    assert choose(free, french, loads=busy) is None
    assert choose(free, french, loads=busy, now=NOW + SETTINGS.match_patience_s) == "free"


def test_language_that_nobody_speaks_is_not_waited_for() -> None:
    assert choose(agent("free")) == "free"


def test_skills_decide_among_those_who_speak_the_language() -> None:
    lamps = replace(WAITING, skills=("lamps",))
    french, skilled = agent("a", languages=("fr",)), agent("b", languages=("fr",), skills=("lamps",))
    english = agent("c", skills=("lamps",))
    assert choose(french, skilled, english, handoff=lamps) == "b"


def test_agent_wanted_is_asked_even_from_another_queue() -> None:
    wanted = replace(WAITING, wanted_agent="b")
    elsewhere = agent("b", queues=("billing",))
    assert choose(agent("a", languages=("fr",)), elsewhere, handoff=wanted) == "b"
    offline = replace(elsewhere, presence=Presence.OFFLINE)
    assert choose(agent("a", languages=("fr",)), offline, handoff=wanted) == "a"


@pytest.mark.parametrize(
    "fields",
    [
        {"presence": Presence.AWAY},
        {"presence": Presence.OFFLINE},
        {"queues": ("billing",)},
        {"capacity": 1},
    ],
)
def test_agent_who_is_not_free_for_it_is_not_asked(fields: dict[str, Any]) -> None:
    assert choose(agent("a", **fields), loads={"a": 1}) is None


def test_least_loaded_is_asked_and_then_who_has_been_idle_for_longest() -> None:
    a, b, c = agent("a", idle_since=5.0), agent("b", idle_since=3.0), agent("c", idle_since=1.0)
    assert choose(a, b, c, loads={"c": 1}) == "b"


def test_who_refused_is_asked_again_only_after_a_while_and_after_others() -> None:
    a, b = agent("a"), agent("b")
    assert choose(a, refused={"a": NOW - 1}) is None
    later = NOW + SETTINGS.offer_again_after_s
    assert choose(a, refused={"a": NOW}, now=later) == "a"
    assert choose(a, b, refused={"a": NOW}, now=later, loads={"b": 2}) == "b"
