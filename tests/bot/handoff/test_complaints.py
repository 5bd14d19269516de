"""What users of other systems complain of (issue numbers are theirs); none of it may happen here."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.contacts.demo import CUSTOMERS
from bot.conversation import HandoffState, Holder
from bot.errors import Conflict, FirstlineError, Forbidden
from bot.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    CustomerIdentified,
    EscalationReason,
    HandoffAccepted,
    HandoffUnavailable,
    SlotSet,
)
from bot.handoff.agents import Presence, Role
from bot.handoff.settings import HandoffSettings, OpeningHours, QueueSettings
from bot.store.database import Database
from bot.transcript import transcript
from tests.bot.handoff.world import World, of_type


async def test_bot_may_not_speak_from_the_moment_a_person_accepts(world: World) -> None:
    """chatwoot#4410, #11429: the bot keeps answering after a person took over."""
    agent = await world.agent()
    handoff_id = await world.queued()
    assert not (await world.conversation()).bot_may_speak
    await world.service.accept(agent, handoff_id)
    await world.say("c1", "are you a bot?")
    conversation = await world.conversation()
    assert conversation.holder is Holder.HUMAN
    assert not conversation.bot_may_speak
    assert conversation.unanswered is None


async def test_bot_that_was_answering_while_a_person_accepted_stays_silent(world: World) -> None:
    """chatwoot PR#13673: the state is looked at again at send time."""
    agent = await world.agent()
    handoff_id = await world.queued()
    may_speak = []
    turn_holds_the_conversation, turn_may_end = asyncio.Event(), asyncio.Event()

    async def bot_turn() -> None:
        async with world.conversations.writing("c1") as writer:
            turn_holds_the_conversation.set()
            await turn_may_end.wait()
            may_speak.append(writer.conversation.bot_may_speak)

    turn = asyncio.create_task(bot_turn())
    await turn_holds_the_conversation.wait()
    accepting = asyncio.create_task(world.service.accept(agent, handoff_id))
    await asyncio.sleep(0)
    turn_may_end.set()
    await asyncio.gather(turn, accepting)
    await bot_turn()
    assert may_speak == [False, False]
    conversation = await world.conversation()
    accepted_at = next(n for n, e in enumerate(conversation.events) if isinstance(e, HandoffAccepted))
    assert not any(isinstance(event, BotUttered) for event in conversation.events[accepted_at:])


async def test_what_led_to_a_handoff_does_not_lead_to_another_after_it(world: World) -> None:
    """chatwoot#13880, #15068: loops because old context still holds a handoff."""
    agent = await world.agent()
    cause = await world.say("c1", "this is no use")
    assert await world.escalate_in_turn("c1", cause=cause)
    handoff = await world.handoff()
    await world.service.accept(agent, handoff.id)
    await world.service.resolve(agent, handoff.id, disposition="solved", return_to_bot=True)
    assert await world.escalate_in_turn("c1", cause=cause) == []
    later = await world.say("c1", "and now this is no use either")
    assert await world.escalate_in_turn("c1", cause=later)
    assert (await world.handoff()).id != handoff.id


async def test_form_that_failed_is_not_open_when_the_bot_is_back(world: World) -> None:
    agent = await world.agent()
    await world.say("c1", "where is my order")
    await world.append("c1", ActiveLoop(timestamp=1.0, name="order_form"))
    handoff_id = await world.held(agent)
    await world.service.resolve(agent, handoff_id, disposition="solved", return_to_bot=True)
    assert (await world.conversation()).dialogue.loop is None


async def test_asking_twice_for_a_person_is_asking_once(world: World) -> None:
    await world.agent()
    first = await world.queued()
    second = await world.queued()
    assert first == second
    assert len(of_type(await world.conversation(), "handoff_queued")) == 1


async def test_handoff_follows_from_an_event_and_not_from_what_the_bot_says(world: World) -> None:
    """chatwoot PR#13178: handoff keyed to a magic reply string."""
    await world.agent()
    await world.say("c1", "hello")
    await world.append("c1", BotUttered(timestamp=1.0, text="I am passing you on to a colleague."))
    assert (await world.conversation()).holder is Holder.BOT


async def test_customer_is_told_at_once_with_place_and_expected_wait(world: World) -> None:
    """chatwoot#13881: a silent handoff; Apps.Rasa#3: the REST reply does not say so."""
    await world.agent(capacity=1)
    for n in range(3):
        await world.queued(f"c{n}")
    told = (await world.told("c2"))[-1]
    assert told.text is not None
    assert "number 3" in told.text
    assert re.search(r"about \d+ minutes", told.text)
    handoff = await world.handoff("c2")
    assert told.custom == {
        "handoff": {
            "id": handoff.id,
            "state": "queued",
            "queue": "general",
            "position": 3,
            "expected_wait": 490,
        }
    }
    queued = of_type(await world.conversation("c2"), "handoff_queued")[0]
    assert queued.timestamp == told.timestamp


@pytest.mark.parametrize(
    ("language", "word"),
    [("nb", "køen"), ("fr", "file"), ("pt-PT", "fila"), ("xx", "queue"), (None, "queue")],
)
async def test_customer_is_told_in_their_language(world: World, language: str | None, word: str) -> None:
    await world.agent()
    await world.queued(language=language)
    assert word in str((await world.told())[-1].text)


async def test_bot_failure_brings_the_customer_to_a_person_who_knows_why(world: World) -> None:
    """chatwoot PR#12379: the bot is down and nobody is told."""
    await world.agent()
    cause = await world.say("c1", "hello")
    await world.escalate_in_turn("c1", cause=cause, reason=EscalationReason.ERROR)
    handoff = await world.handoff()
    assert handoff.reason is EscalationReason.ERROR
    assert (await world.told())[-1].text


async def test_bot_chooses_the_team_by_what_the_customer_asked(world: World) -> None:
    """chatwoot#4977: the bot cannot choose the team."""
    await world.agent()
    cause = await world.say("c1", "my payment failed", intent="payment_failed")
    await world.escalate_in_turn("c1", cause=cause)
    assert (await world.handoff()).queue == "billing"
    # What was asked before, and is not what it is about now, does not count.
    await world.say("c3", "my payment failed", intent="payment_failed")
    await world.say("c3", "and my parcel is late", intent="delivery_late")
    cause = await world.say("c3", "a person please", intent="ask_for_person")
    await world.escalate_in_turn("c3", cause=cause)
    assert (await world.handoff("c3")).queue == "general"
    await world.queued("c2", queue="technical")
    assert (await world.handoff("c2")).queue == "technical"


@pytest.mark.parametrize("queue", [None, "", "no-such-department"])
async def test_missing_or_unknown_department_is_the_default_one(world: World, queue: str | None) -> None:
    """tiledesk-chatbot#4: a null department crashes."""
    await world.agent()
    await world.queued(queue=queue)
    assert (await world.handoff()).queue == "general"


async def test_queue_is_drained_oldest_first_within_priority(world: World) -> None:
    """chatwoot#10583, #10376: the queue is not drained, or not oldest first."""
    agent = await world.agent(capacity=1)
    offered = []
    for n, priority in enumerate([0, 0, 5, 0, 5]):
        await world.queued(f"c{n}", priority=priority)
        world.clock.now += 1
    await world.tick()
    for _ in range(5):
        [mine] = [h for n in range(5) if (h := await world.handoff(f"c{n}")).offered_to == agent.id]
        offered.append(mine.queued_at - 1_700_000_000)
        await world.service.accept(agent, mine.id)
        await world.tick(5)
        await world.service.resolve(agent, mine.id, disposition="solved")
        await world.tick()
    assert offered == [2, 4, 0, 1, 3]


async def test_silent_agents_offer_goes_to_the_next(world: World) -> None:
    """chatwoot#14508: an offered agent stays silent and nobody else is asked."""
    first, second = await world.agent("agent1"), await world.agent("agent2")
    await world.queued()
    await world.tick()
    assert (await world.handoff()).offered_to == first.id
    await world.tick(world.settings.offer_timeout_s - 1)
    assert (await world.handoff()).offered_to == first.id
    await world.tick(1)
    assert (await world.handoff()).offered_to == second.id


async def test_conversation_that_everybody_declined_is_offered_again(world: World) -> None:
    agent = await world.agent()
    handoff_id = await world.queued()
    await world.tick()
    await world.service.decline(agent, handoff_id)
    await world.tick(world.settings.offer_again_after_s - 1)
    assert (await world.handoff()).state is HandoffState.QUEUED
    assert [view.id for view in await world.desk.handoffs(agent, [HandoffState.QUEUED], limit=10)] == [
        handoff_id
    ]
    await world.tick(1)
    assert (await world.handoff()).offered_to == agent.id


@pytest.mark.parametrize("presence", list(Presence))
async def test_queued_conversations_are_visible_whatever_the_agents_status(
    world: World, presence: Presence
) -> None:
    """Rocket.Chat#23642, #29402: queued chats are invisible until the agent toggles their status."""
    await world.agent("agent2")
    agent = await world.agent("agent1", presence=presence)
    handoff_id = await world.queued()
    seen = await world.desk.handoffs(agent, [HandoffState.QUEUED], limit=10)
    assert [view.id for view in seen] == [handoff_id]
    await world.service.accept(agent, handoff_id)
    assert (await world.handoff()).agent_id == agent.id


async def test_expected_wait_moves_as_the_queue_moves(world: World) -> None:
    """chatwoot#10059, Rocket.Chat#238: no estimate of the wait, or one that never moves."""
    agent = await world.agent(capacity=1)
    first = await world.held(agent, "c0")
    second, _ = await world.queued("c1"), await world.queued("c2")
    told: list[str] = []

    async def listener(conversation_id: str) -> None:
        told.append(conversation_id)

    world.ticker.on_state_changed(listener)
    await world.tick()
    before = (await world.state("c2")).handoff
    assert before is not None
    assert (before.position, before.expected_wait) == (2, 490)
    told.clear()
    await world.tick(60)
    assert told == []
    await world.service.resolve(agent, first, disposition="solved")
    await world.service.accept(agent, second)
    await world.tick()
    after = (await world.state("c2")).handoff
    assert after is not None
    assert (after.position, after.expected_wait) == (1, 250)
    assert "c2" in told


async def test_expected_wait_follows_recent_handling_times_and_the_number_of_agents(world: World) -> None:
    agent = await world.agent(capacity=1)
    for n in range(3):
        handoff_id = await world.held(agent, f"past{n}")
        world.clock.now += 60
        await world.service.resolve(agent, handoff_id, disposition="solved")
    await world.held(agent, "c0")
    world.clock.now += 60
    await world.queued("c1")
    waiting = (await world.state("c1")).handoff
    assert waiting is not None
    assert waiting.expected_wait == world.settings.answer_s + 60
    await world.agent("agent2", capacity=1)
    waiting = (await world.state("c1")).handoff
    assert waiting is not None
    assert waiting.expected_wait == world.settings.answer_s


async def test_message_left_when_nobody_is_online_becomes_a_ticket_of_the_department(world: World) -> None:
    """chatwoot#273, Rocket.Chat#19062: take a message, and do not forget the department."""
    await world.seed()
    await world.agent(presence=Presence.OFFLINE)
    await world.say("c1", "I need help with my bill")
    await world.append("c1", SlotSet(timestamp=1.0, name="email", value="jo@example.org"))
    conversation = await world.service.request("c1", queue="billing")
    assert conversation.leaving_message == "billing"
    assert conversation.holder is Holder.BOT
    told = (await world.told())[-1]
    assert told.custom is not None
    assert told.custom["handoff"]["state"] == "unavailable"
    await world.append("c1", CustomerIdentified(timestamp=1.0, customer_id=CUSTOMERS[0].id, by="postcode"))
    await world.say("c1", "please send me the invoice again")
    conversation = await world.conversation()
    take_message = world.service.escalations.take_message
    # The second time the turn is done again, as after a crash before its append.
    await take_message(conversation, "please send me the invoice again")
    left, thanks = await take_message(conversation, "please send me the invoice again")
    await world.append("c1", left, thanks)
    [ticket] = await world.contacts.tickets_of(CUSTOMERS[0].id)
    assert ticket.text == "please send me the invoice again"
    assert ticket.details["queue"] == "billing"
    assert ticket.details["contact"] == "jo@example.org"
    assert ticket.id in str((await world.told())[-1].text)
    assert (await world.conversation()).leaving_message is None


async def test_everyone_at_home_is_told_so(sqlite_database: Database) -> None:
    office = OpeningHours.model_validate(
        {"timezone": "Europe/Oslo", "days": {"mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]]}}
    )
    queue = QueueSettings(name="general", title="Customer service", hours=office)
    world = World(sqlite_database, settings=HandoffSettings(queues=(queue,)))
    await world.agent()
    # 22:13 UTC on a Tuesday in November.
    await world.say("c1", "a person please")
    conversation = await world.service.request("c1")
    [unavailable] = [e for e in conversation.events if isinstance(e, HandoffUnavailable)]
    assert unavailable.reason == "outside_hours"
    assert "not at work" in str((await world.told())[-1].text)
    # Wednesday is a day off; the Tuesday after is not.
    world.clock.now += 6 * 86400 + 12 * 3600
    await world.queued()
    assert (await world.handoff()).state is HandoffState.QUEUED


async def test_customers_are_released_when_the_last_agent_goes_home(world: World) -> None:
    agent = await world.agent()
    await world.queued()
    await world.presence(agent, Presence.OFFLINE)
    await world.tick()
    assert (await world.state()).holder is Holder.QUEUE
    await world.tick(world.settings.unstaffed_s)
    conversation = await world.conversation()
    assert conversation.holder is Holder.BOT
    assert conversation.leaving_message == "general"


async def test_bot_takes_over_again_without_a_trick(world: World) -> None:
    """rasa#8119: resuming the bot after the person needs a technical workaround."""
    agent = await world.agent()
    handoff_id = await world.held(agent)
    await world.service.resolve(agent, handoff_id, disposition="solved", return_to_bot=True)
    conversation = await world.conversation()
    assert conversation.bot_may_speak
    assert "virtual assistant" in str((await world.told())[-1].text)
    sequence = await world.say("c1", "when are you open?")
    assert (await world.conversation()).unanswered == sequence


async def test_customer_chooses_between_bot_and_person(world: World) -> None:
    """chatwoot#11681."""
    agent = await world.agent()
    handoff_id = await world.queued()
    await world.tick()
    conversation = await world.service.cancel("c1")
    assert conversation.holder is Holder.BOT
    with pytest.raises(Conflict) as error:
        await world.service.accept(agent, handoff_id)
    assert error.value.code == "handoff.closed"
    again = await world.queued()
    assert again != handoff_id


async def test_customer_can_rate_what_person_and_bot_did(world: World) -> None:
    """chatwoot#5592: no CSAT once an outside bot is attached."""
    agent = await world.agent()
    handoff_id = await world.held(agent)
    assert not (await world.state()).may_rate
    with pytest.raises(Conflict):
        await world.service.rate("c1", score=5)
    await world.service.resolve(agent, handoff_id, disposition="solved", return_to_bot=True)
    assert (await world.state()).may_rate
    await world.service.rate("c1", score=4, comment="quick")
    await world.service.rate("c1", score=4)
    state = await world.state()
    assert (state.rating, state.may_rate) == (4, False)
    assert len(of_type(await world.conversation(), "conversation_rated")) == 1
    # A second handoff is rated anew.
    again = await world.held(agent)
    assert (await world.state()).rating is None
    await world.service.resolve(agent, again, disposition="solved")
    assert (await world.state()).may_rate


async def test_agents_status_has_a_timeline(world: World) -> None:
    """chatwoot#13241."""
    agent = await world.agent()
    world.clock.now += 60
    await world.presence(agent, Presence.AWAY)
    await world.presence(agent, Presence.AWAY)
    world.clock.now += 60
    await world.presence(agent, Presence.OFFLINE)
    log = await world.agents.presence_log(agent.id)
    start = 1_700_000_000.0
    assert [(change.at - start, change.presence.value) for change in log] == [
        (0, "available"),
        (60, "away"),
        (120, "offline"),
    ]


async def test_transfer_carries_everything_to_the_next_agent(world: World) -> None:
    """Dograh: blind transfer without context."""
    first = await world.agent("agent1")
    await world.say("c1", "order 48213 is late", intent="delivery_late")
    await world.append(
        "c1",
        SlotSet(timestamp=1.0, name="order_number", value="48213"),
        ActionExecuted(timestamp=1.0, action="action_order_status", because="rule: late"),
    )
    handoff_id = await world.held(first)
    second = await world.agent("agent2")
    await world.service.say(first, "c1", message="I will ask a colleague.", message_id="a1")
    await world.service.transfer(first, handoff_id, to_agent=second.id, note="Has waited for two weeks.")
    await world.tick()
    handoff = await world.handoff()
    assert (handoff.id, handoff.offered_to, handoff.transfers) == (handoff_id, second.id, 1)
    context = await world.desk.context(second, handoff_id)
    assert [slot.name for slot in context.slots] == ["order_number"]
    assert [message.text for message in context.transcript if message.author == "note"] == [
        "Has waited for two weeks."
    ]
    assert "I will ask a colleague." in [message.text for message in context.transcript]
    with pytest.raises(FirstlineError):
        await world.service.say(first, "c1", message="still me", message_id="a2")


async def test_conversations_of_an_agent_who_vanished_return_to_the_head_of_the_queue(world: World) -> None:
    gone = await world.agent("agent1")
    await world.held(gone, "c1")
    world.clock.now += 5
    await world.queued("c2")
    other = await world.agent("agent2", capacity=1, presence=Presence.AWAY)
    await world.presence(gone, Presence.AWAY)
    await world.agents.live(gone.id)
    await world.tick(world.settings.agent_grace_s)
    assert (await world.state("c1")).holder is Holder.HUMAN
    await world.presence(other, Presence.AVAILABLE)
    await world.tick(1)
    handoff = await world.handoff("c1")
    assert handoff.state is HandoffState.OFFERED
    assert handoff.offered_to == other.id
    assert handoff.queued_at == 1_700_000_000.0
    assert "lost" in str((await world.told("c1"))[-1].text)
    assert (await world.agents.get(gone.id)).presence is Presence.OFFLINE


async def test_agent_back_within_the_grace_keeps_their_conversations(world: World) -> None:
    agent = await world.agent()
    await world.held(agent)
    await world.agents.live(agent.id)
    await world.tick(world.settings.agent_grace_s - 1)
    await world.agents.live(agent.id)
    await world.tick(world.settings.agent_grace_s - 1)
    assert (await world.handoff()).agent_id == agent.id


async def test_customer_who_left_the_queue_abandoned(world: World) -> None:
    agent = await world.agent(presence=Presence.AWAY)
    await world.agent("agent2")
    handoff_id = await world.queued()
    # One who stays connected does not, however quiet they are.
    await world.queued("c2")
    world.sightings.connected("c2")
    await world.tick()
    await world.tick(world.settings.customer_gone_s + 1)
    assert (await world.handoff("c1")).state is HandoffState.ABANDONED
    assert (await world.state("c1")).holder is Holder.BOT
    assert (await world.handoff("c2")).state.is_open
    with pytest.raises(Conflict):
        await world.service.accept(agent, handoff_id)


async def test_only_the_owner_speaks_to_the_customer_and_says_everything_once(world: World) -> None:
    agent, other = await world.agent("agent1"), await world.agent("agent2")
    supervisor = await world.agent("boss", role=Role.SUPERVISOR)
    await world.held(agent)
    first = await world.service.say(agent, "c1", message="Hello!", message_id="m1")
    again = await world.service.say(agent, "c1", message="Hello!", message_id="m1")
    assert first == again
    with pytest.raises(FirstlineError) as unseen:
        await world.service.say(other, "c1", message="Me too", message_id="m2")
    assert unseen.value.status == 404
    with pytest.raises(Forbidden):
        await world.service.say(supervisor, "c1", message="Me too", message_id="m3")
    said = [m.text for m in transcript(await world.conversation()) if m.author == "agent"]
    assert said == ["Hello!"]


async def test_offers_and_acceptances_are_all_in_the_log(world: World) -> None:
    agent = await world.agent()
    handoff_id = await world.queued()
    await world.tick()
    await world.service.accept(agent, handoff_id)
    await world.service.transfer(agent, handoff_id, queue="billing")
    kinds = [event.type for event in (await world.conversation()).events if hasattr(event, "handoff_id")]
    assert kinds == ["handoff_queued", "handoff_offered", "handoff_accepted", "handoff_transferred"]
