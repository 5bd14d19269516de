"""A call from its answer to its end, on a virtual clock."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.transfer_targets import TransferSettings
from tests.support.calls import FakeBot, FakeLeg, TestCall, answer, settle, ticket, utterance
from voice_gateway.bot_link import CaughtUp, Choice, Control, Controlled, Reply, State, StateChanged, Told
from voice_gateway.call import CallState
from voice_gateway.dtmf import BETWEEN_KEYS_S
from voice_gateway.hearing import Expectation, NotUnderstood, SpeechDismissed, SpeechStarted
from voice_gateway.leg import Audio, CallInfo, Digit, Ended, Held, TransferProgress
from voice_gateway.policy import CallPolicy
from voice_gateway.transports.tickets import Ticket

OUTSIDE = CallPolicy(transfers=TransferSettings(addresses=["127.0.0.1"]))
FRAME = b"\x00\x01" * 160
QUEUED = State(holder="queue", handoff_id="h1", handoff_state="queued", position=2)
HUMAN = State(holder="human", handoff_id="h1", handoff_state="accepted", agent_name="Ada Berg")


async def opened(policy: CallPolicy | None = None, **bot: object) -> TestCall:
    """A call whose greeting has been heard."""
    test = TestCall(policy, bot=FakeBot(**bot))  # type: ignore[arg-type]
    await test.until_quiet()
    return test


async def ended(test: TestCall) -> str:
    return await asyncio.wait_for(test.running, 5)


async def test_greets_says_what_it_is_and_asks() -> None:
    test = await opened(CallPolicy(name="Acme", recorded=True))
    assert test.prompts() == [
        "Hello, this is Acme I am a virtual assistant.",
        "This call may be recorded.",
        "How can I help you?",
    ]
    assert test.bot.started is not None
    assert test.bot.started.caller == "+4712345678"
    test.leg.tell(Ended("hangup"))
    assert await ended(test) == "hangup"
    assert test.bot.reported("ended")[0]["reason"] == "hangup"
    assert test.ears[0].closed


async def test_answers_what_the_caller_says_and_tells_what_was_heard() -> None:
    test = await opened(answers=[answer("Your order is on its way.", "Anything else?")])
    await test.hears("where is my order")
    await test.until_quiet()
    assert [said.text for said in test.bot.said] == ["where is my order"]
    assert test.bot.said[0].confidence == 0.9
    assert test.bot.reported("heard") == [
        {"sequence": 10, "heard": "Your order is on its way.", "interrupted": False},
        {"sequence": 11, "heard": "Anything else?", "interrupted": False},
    ]
    assert len(test.observer.turns) == 1
    assert test.observer.turns[0].end_of_turn == 0.4


async def test_speech_silences_the_bot_at_once_and_is_answered() -> None:
    test = await opened(
        answers=[answer("We are open from nine to five every day of the week."), answer("Yes.")]
    )
    await test.hears("when are you open")
    await test.pass_time(1.0)
    test.ears[0].tell(SpeechStarted(at_ms=1000))
    sent = len(test.leg.sent)
    await test.pass_time(0.5)
    assert len(test.leg.sent) == sent, "not a frame after speech began"
    await test.hears("also on sundays")
    await test.until_quiet()
    heard = test.bot.reported("heard")[0]
    assert heard["interrupted"]
    assert str(heard["heard"]).startswith("We are open")
    assert "week" not in str(heard["heard"])
    assert test.observer.interruptions == 1
    assert [said.text for said in test.bot.said][-1] == "also on sundays"


async def test_a_cough_only_pauses_the_bot() -> None:
    test = await opened(answers=[answer("We are open from nine to five every day.")])
    await test.hears("when are you open")
    await test.pass_time(1.0)
    test.ears[0].tell(SpeechStarted(at_ms=1000))
    await test.pass_time(0.3)
    test.ears[0].tell(SpeechDismissed(start_ms=1000, end_ms=1200, why="noise"))
    await test.until_quiet()
    assert test.bot.reported("heard") == [
        {"sequence": 10, "heard": "We are open from nine to five every day.", "interrupted": False}
    ]
    assert test.observer.interruptions == 0


@pytest.mark.parametrize("goes_on", [False, True])
async def test_an_answer_that_comes_during_a_cough_waits_for_its_end(goes_on: bool) -> None:
    test = await opened(answers=[answer("From nine to five.")])
    test.bot.gate = asyncio.Event()
    await test.hears("when are you open")
    test.ears[0].tell(SpeechStarted(at_ms=1000))
    test.bot.gate.set()
    sent = len(test.leg.sent)
    await test.pass_time(0.5)
    assert len(test.leg.sent) == sent, "not a frame over who may be speaking"
    if goes_on:
        await test.hears("on sundays")
    else:
        test.ears[0].tell(SpeechDismissed(start_ms=1000, end_ms=1200, why="noise"))
    await test.until_quiet()
    heard = "" if goes_on else "From nine to five."
    assert test.bot.reported("heard") == [{"sequence": 10, "heard": heard, "interrupted": goes_on}]


async def test_an_answer_that_comes_too_late_is_not_said() -> None:
    test = await opened(answers=[answer("The first answer."), answer("The second answer.")])
    test.bot.gate = asyncio.Event()
    await test.hears("first")
    await test.hears("second")
    test.bot.gate.set()
    await settle()
    await test.until_quiet()
    assert [data["heard"] for data in test.bot.reported("heard")] == ["", "The second answer."]


async def test_keys_answer_a_question_for_digits() -> None:
    digits = Expectation(kind="digits", digits=5)
    test = await opened(answers=[answer("Your order number?", expects=digits), answer("Thank you.")])
    await test.hears("where is my order")
    assert test.ears[0].expected == digits
    for digit in "48213":
        test.leg.tell(Digit(digit))
        await test.pass_time(0.2)
    assert (test.bot.said[-1].text, test.bot.said[-1].by) == ("48213", "keys")
    assert test.bot.reported("heard")[0]["interrupted"], "a key interrupts as speech does"


async def test_keys_that_were_not_all_of_a_number_are_forgotten_when_the_caller_speaks() -> None:
    test = await opened()
    for digit in "48":
        test.leg.tell(Digit(digit))
    await test.hears("where is my order")
    await test.pass_time(5.0)
    assert [said.text for said in test.bot.said] == ["where is my order"]


async def test_a_menu_is_spoken_and_chosen_by_key() -> None:
    choices = (Choice("Yes", "/affirm"), Choice("No", "/deny"))
    menu = replace(answer(), replies=(Reply(sequence=10, text="Is that right?", choices=choices),))
    test = await opened(answers=[menu, answer("Fine.")])
    await test.hears("cancel my order")
    await test.until_quiet()
    assert test.bot.reported("heard")[0]["heard"] == "Is that right? For Yes, press 1 For No, press 2."
    test.leg.tell(Digit("2"))
    await test.until_quiet()
    assert test.bot.said[-1].text == "/deny"


@pytest.mark.parametrize("reconnected", [False, True])
async def test_a_menu_that_came_by_itself_is_chosen_by_key(reconnected: bool) -> None:
    choices = (Choice("Yes", "/affirm"), Choice("No", "/deny"))
    reply = Reply(sequence=10, text="Is that right?", choices=choices)
    test = await opened(answers=[answer("Fine.")])
    test.bot.gate = asyncio.Event()
    if reconnected:
        # The connection broke in mid-turn, and what was asked again has nothing new for an answer.
        test.bot.answers.insert(0, answer())
        await test.hears("cancel my order")
        test.bot.tell(CaughtUp(replace(answer(), replies=(reply,))))
    else:
        test.bot.tell(Told(reply))
    test.bot.gate.set()
    await test.until_quiet()
    assert "press 1" in str(test.bot.reported("heard")[0]["heard"])
    test.leg.tell(Digit("1"))
    await test.until_quiet()
    assert test.bot.said[-1].text == "/affirm"


async def test_the_bot_expects_after_a_reconnect_what_it_expected() -> None:
    test = await opened()
    digits = Expectation(kind="digits", digits=5)
    test.bot.tell(CaughtUp(answer("Your order number?", expects=digits)))
    await test.until_quiet()
    assert test.ears[0].expected == digits
    for digit in "48213":
        test.leg.tell(Digit(digit))
        await test.pass_time(0.2)
    assert test.bot.said[-1].text == "48213"


async def test_zero_asks_for_a_person_who_is_then_waited_for_with_music() -> None:
    test = await opened(answers=[answer("I am passing you on.", state=QUEUED)])
    test.leg.tell(Digit("0"))
    await test.until_quiet()
    assert test.bot.asked == ["handoff"]
    assert test.call.state is CallState.WAITING
    sent = len(test.leg.sent)
    await test.pass_time(1.0)
    assert len(test.leg.sent) == sent + 50, "music, frame by frame"
    await test.pass_time(30.0)
    await test.until_quiet()
    assert "You are number 2 in the queue." in test.prompts()


async def test_who_waits_may_be_called_back() -> None:
    test = await opened(
        answers=[answer(state=QUEUED), answer("We call you back.", state=State(holder="bot"))]
    )
    test.leg.tell(Digit("0"))
    await test.until_quiet()
    assert "If you would rather be called back, press one." in test.prompts()
    test.leg.tell(Digit("1"))
    await test.until_quiet()
    assert test.bot.asked == ["handoff", "callback +4712345678"]
    assert test.call.state is CallState.BOT


async def test_who_says_something_while_waiting_may_still_be_called_back() -> None:
    test = await opened(answers=[answer(state=QUEUED), answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await test.until_quiet()
    await test.hears("how long does it take")
    test.leg.tell(Digit("1"))
    await test.until_quiet()
    assert test.bot.asked == ["handoff", "callback +4712345678"]


async def test_who_cannot_be_called_back_waits_on() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await test.until_quiet()
    test.bot.refuses = "callback.bad_phone"
    test.leg.tell(Digit("1"))
    await test.pass_time(0.1)
    await test.until_quiet()
    assert test.bot.asked == ["handoff", "callback +4712345678"]
    assert test.prompts()[-1] == "I cannot call you back at your number, so please hold the line."
    assert test.call.state is CallState.WAITING


async def test_who_has_no_number_is_not_asked_for_a_call_back() -> None:
    leg = FakeLeg(CallInfo(transport="webrtc", call_id="c1", peer="127.0.0.1"))
    test = TestCall(bot=FakeBot(state=QUEUED), leg=leg)
    await test.until_quiet()
    test.leg.tell(Digit("1"))
    await test.pass_time(5.0)
    assert test.bot.asked == []
    assert test.call.state is CallState.WAITING


async def joined(test: TestCall) -> FakeLeg:
    """An agent who is bridged with the caller."""
    await settle()
    test.bot.tell(StateChanged(HUMAN))
    info = CallInfo(transport="webrtc", call_id="a1", peer="127.0.0.1")
    leg = FakeLeg(info, rate=16000)
    test.tasks = [asyncio.create_task(test.call.join(leg, ticket()))]  # type: ignore[attr-defined]
    await test.until_quiet()
    return leg


async def test_caller_and_agent_hear_each_other_and_both_are_written_down() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    assert test.call.state is CallState.TALKING
    assert test.bot.reported("agent_joined") == [{"handoff_id": "h1", "agent_id": "ada"}]
    test.leg.sent.clear()
    for _ in range(50):
        test.leg.tell(Audio(FRAME))
        agent.tell(Audio(b"\x00\x02" * 320))
        await test.pass_time(0.02)
    assert 45 <= len(agent.sent) <= 50
    assert 45 <= len(test.leg.sent) <= 50
    test.ears[1].tell(utterance("this is Ada, how can I help"))
    assert test.bot.reported("agent_speech")[0]["text"] == "this is Ada, how can I help"
    for key in "4242#":
        test.leg.tell(Digit(key))
        await test.pass_time(0.5)
    assert not test.bot.reported("digits"), "a number is told whole, so that one of a card can be masked"
    await test.pass_time(BETWEEN_KEYS_S)
    assert [data["digits"] for data in test.bot.reported("digits")] == ["4242#"]
    await test.hears("my lamp is broken")
    assert test.bot.said[-1].text == "my lamp is broken"

    test.bot.tell(Controlled(Control(action="hold")))
    agent.sent.clear()
    for _ in range(20):
        test.leg.tell(Audio(FRAME))
        await test.pass_time(0.02)
    assert not agent.sent, "the agent does not hear a caller on hold"
    test.bot.tell(Controlled(Control(action="resume")))
    assert [data["held"] for data in test.bot.reported("held")] == [True, False]

    test.bot.tell(Controlled(Control(action="digits", digits="42#")))
    assert test.leg.digits == "42#"
    test.bot.tell(Controlled(Control(action="hang_up")))
    assert await ended(test) == "agent"
    assert agent.hung_up is not None


async def test_an_agent_whose_browser_died_is_missed_and_the_caller_told() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    agent.tell(Ended("lost"))
    await test.pass_time(3.0)
    assert not test.bot.reported("agent_lost"), "they may be back in a moment"
    await test.pass_time(3.0)
    assert test.bot.reported("agent_lost") == [{"handoff_id": "h1", "agent_id": "ada"}]
    assert any("interrupted" in prompt for prompt in test.prompts())
    test.bot.tell(StateChanged(replace(QUEUED, position=1)))
    assert test.call.state is CallState.WAITING


async def test_an_agent_who_comes_back_in_time_is_not_missed() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    agent.tell(Ended("lost"))
    await test.pass_time(2.0)
    await joined(test)
    await test.pass_time(10.0)
    assert not test.bot.reported("agent_lost")
    assert test.call.state is CallState.TALKING


async def coming(test: TestCall, shown: Ticket) -> tuple[FakeLeg, asyncio.Task[None]]:
    """An agent's leg that wants in with a ticket."""
    leg = FakeLeg(CallInfo(transport="webrtc", call_id=shown.id, peer="127.0.0.1"), rate=16000)
    task = asyncio.create_task(test.call.join(leg, shown))
    await settle()
    return leg, task


async def test_a_stale_ticket_evicts_nobody() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    present = await joined(test)
    for shown, refusal in (
        (ticket("eve", "h1", id="t2"), "ticket.stale"),
        (ticket("ada", "h0", id="t3"), "ticket.stale"),
        (ticket("ada", "h1", id="t1"), "ticket.used"),
    ):
        test.bot.let_in_as = [refusal]
        late, _ = await coming(test, shown)
        assert late.hung_up == "not_yours"
        request = test.bot.join_requests[-1]
        assert (request.ticket_id, request.agent_id, request.handoff_id) == (
            shown.id,
            shown.agent_id,
            shown.handoff_id,
        )
    assert present.hung_up is None
    assert test.call.state is CallState.TALKING
    assert len(test.bot.reported("agent_joined")) == 1
    assert len({request.report_id for request in test.bot.join_requests}) == 4


async def test_a_ticket_is_no_good_for_a_call_that_the_bot_has_again() -> None:
    test = await opened()
    test.bot.let_in_as = ["ticket.stale"]
    late, _ = await coming(test, ticket())
    assert late.hung_up == "not_yours"
    assert test.call.state is not CallState.TALKING


async def test_the_audio_of_who_passed_the_call_on_ends() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    first = await joined(test)
    # The queue in between was never told: both changes came as one.
    test.bot.tell(StateChanged(replace(HUMAN, agent_id="bob", agent_name="Bob")))
    assert first.hung_up is not None
    second, _ = await coming(test, ticket("bob", id="t2"))
    assert second.hung_up is None
    assert test.call.state is CallState.TALKING
    test.bot.tell(StateChanged(replace(HUMAN, handoff_id="h2", agent_id="bob")))
    assert second.hung_up is not None, "another handoff of the same agent has a ticket of its own"


async def test_a_call_that_changes_hands_while_it_is_asked_is_asked_about_again() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await settle()
    test.bot.tell(StateChanged(replace(HUMAN, agent_id="ada")))
    test.bot.gate = asyncio.Event()
    test.bot.let_in_as = [replace(HUMAN, agent_id="ada"), "ticket.stale"]
    leg, _ = await coming(test, ticket())
    test.bot.tell(StateChanged(QUEUED))
    test.bot.gate.set()
    await settle()
    assert leg.hung_up == "not_yours"
    assert test.call.state is CallState.WAITING
    first, second = test.bot.join_requests
    assert first == second, "so that the bot knows the one that it let in"


async def test_what_was_told_before_the_answer_does_not_keep_the_holder_out() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await settle()
    test.bot.gate = asyncio.Event()
    leg, _ = await coming(test, ticket())
    test.bot.tell(StateChanged(replace(QUEUED, position=1)))
    test.bot.gate.set()
    await settle()
    assert leg.hung_up is None
    assert test.call.state is CallState.TALKING


async def test_two_who_come_at_once_leave_the_one_who_holds_the_call_now() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await settle()
    test.bot.gate = asyncio.Event()
    test.bot.let_in_as = [
        replace(HUMAN, agent_id="ada"),
        replace(HUMAN, agent_id="bob"),
        replace(HUMAN, agent_id="bob"),
    ]
    ada, _ = await coming(test, ticket("ada"))
    bob, _ = await coming(test, ticket("bob", id="t2"))
    test.bot.gate.set()
    await settle()
    await settle()
    assert bob.hung_up is None
    assert ada.hung_up is not None
    assert test.call._agent is not None
    assert test.call._agent.agent_id == "bob"


@pytest.mark.parametrize(
    ("shown", "after_s", "comes_in"),
    [
        (ticket(id="t2"), 1.0, True),
        (ticket(id="t2"), 6.0, False),
        (ticket("bob", id="t2"), 1.0, False),
        (ticket(handoff_id="h0", id="t2"), 1.0, False),
    ],
)
async def test_while_the_bot_is_away_only_who_was_just_here_comes_back(
    shown: Ticket, after_s: float, comes_in: bool
) -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    test.bot.down = True
    agent.tell(Ended("lost"))
    await test.pass_time(after_s)
    back, _ = await coming(test, shown)
    assert (back.hung_up is None) is comes_in
    assert (test.call.state is CallState.TALKING) is comes_in
    assert len(test.bot.reported("agent_joined")) == (2 if comes_in else 1)


async def test_while_the_bot_is_away_nobody_comes_into_a_call_that_nobody_had() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await settle()
    test.bot.tell(StateChanged(replace(HUMAN, agent_id="ada")))
    test.bot.down = True
    leg, _ = await coming(test, ticket())
    assert leg.hung_up == "bot_unreachable"


async def test_an_agent_who_was_lost_is_reported_for_the_handoff_they_had() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    agent.tell(Ended("lost"))
    await test.pass_time(1.0)
    test.bot.tell(StateChanged(replace(HUMAN, handoff_id="h2", agent_id="bob")))
    await test.pass_time(10.0)
    assert not test.bot.reported("agent_lost"), "somebody else has the call, who is not to lose it"


async def test_who_has_the_call_no_more_cannot_do_anything_with_it() -> None:
    test = await opened(OUTSIDE, answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await settle()
    test.bot.tell(StateChanged(replace(HUMAN, agent_id="bob")))
    for late in (
        Control(action="hang_up", agent_id="ada", handoff_id="h1"),
        Control(action="digits", digits="1", agent_id="bob", handoff_id="h0"),
        Control(action="transfer", target="sip:bob@127.0.0.1", agent_id="ada", handoff_id="h1"),
    ):
        test.bot.tell(Controlled(late))
    assert (test.leg.digits, test.leg.transfers, test.leg.hung_up) == ("", [], None)
    test.bot.tell(Controlled(Control(action="hang_up", agent_id="bob", handoff_id="h1")))
    assert await ended(test) == "agent"


@pytest.mark.parametrize(
    "target",
    [
        "sip:bob@evil.example",
        "+47820123456",
        "sip:bob@127.0.0.1?Replaces=x",
        "sip:bob@127.0.0.1;x=y",
        "",
        "x" * 999,
    ],
)
async def test_the_gateway_passes_calls_on_only_where_its_own_operator_allows_it(target: str) -> None:
    test = await opened(OUTSIDE, answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await joined(test)
    test.bot.tell(Controlled(Control(action="transfer", target=target)))
    assert test.leg.transfers == []
    assert test.bot.reported("transfer") == [{"target": target[:200], "status": 403}]
    assert test.call.state is CallState.TALKING


async def test_a_transfer_outside_ends_the_call_once_it_is_taken() -> None:
    test = await opened(OUTSIDE, answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    test.bot.tell(Controlled(Control(action="transfer", target="sip:bob@127.0.0.1")))
    assert test.leg.transfers == [("sip:bob@127.0.0.1", "call-1")]
    test.leg.tell(TransferProgress(486))
    assert test.call.state is CallState.TALKING, "the agent has the caller back"
    test.bot.tell(Controlled(Control(action="transfer", target="sip:eve@127.0.0.1")))
    test.leg.tell(TransferProgress(200))
    assert await ended(test) == "transferred"
    assert [data["status"] for data in test.bot.reported("transfer")] == [100, 486, 100, 200]
    assert agent.hung_up is not None


async def test_a_transfer_of_which_nobody_tells_the_end_gives_the_caller_back() -> None:
    test = await opened(OUTSIDE, answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    test.bot.tell(Controlled(Control(action="transfer", target="sip:bob@127.0.0.1")))
    test.bot.tell(Controlled(Control(action="transfer", target="sip:eve@127.0.0.1")))
    assert [target for target, _ in test.leg.transfers] == ["sip:bob@127.0.0.1"], "one at a time"
    test.leg.tell(TransferProgress(180))
    await test.pass_time(59.0)
    for _ in range(10):
        test.leg.tell(Audio(FRAME))
        await test.pass_time(0.02)
    assert not agent.sent
    await test.pass_time(1.5)
    test.leg.tell(TransferProgress(486))
    await test.until_quiet()
    assert [data["status"] for data in test.bot.reported("transfer")] == [100, 491, 408]
    assert test.prompts()[-1].startswith("That number could not be reached")
    for _ in range(10):
        test.leg.tell(Audio(FRAME))
        await test.pass_time(0.02)
    assert agent.sent, "caller and agent hear each other again"


async def test_who_resumes_calls_a_transfer_off_unless_it_is_taken_after_all() -> None:
    test = await opened(OUTSIDE, answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await joined(test)
    test.bot.tell(Controlled(Control(action="transfer", target="sip:bob@127.0.0.1")))
    test.bot.tell(Controlled(Control(action="resume")))
    await test.pass_time(61.0)
    test.leg.tell(TransferProgress(200))
    assert await ended(test) == "transferred"
    assert [data["status"] for data in test.bot.reported("transfer")] == [100, 487, 200]


async def test_a_hold_outlasts_a_transfer_that_failed_and_ends_with_its_agent() -> None:
    test = await opened(OUTSIDE, answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await joined(test)
    test.bot.tell(Controlled(Control(action="hold")))
    test.bot.tell(Controlled(Control(action="transfer", target="sip:bob@127.0.0.1")))
    test.leg.tell(TransferProgress(486))
    assert [data["held"] for data in test.bot.reported("held")] == [True], "as the agent left it"
    test.bot.tell(StateChanged(QUEUED))
    assert [data["held"] for data in test.bot.reported("held")] == [True, False]


async def test_two_failures_to_understand_lead_to_a_person() -> None:
    test = await opened(answers=[answer("I am passing you on.", state=QUEUED)])
    for _ in range(2):
        test.ears[0].tell(NotUnderstood(start_ms=0, end_ms=800, why="repetition"))
        await test.until_quiet()
    assert "Sorry, I did not catch that Could you say it again?" in [
        prompt.replace(".", "") for prompt in test.prompts()
    ]
    assert test.bot.asked == ["handoff"]
    assert test.bot.reported("ended") == []


async def test_a_silent_caller_is_asked_twice_offered_a_person_and_let_go() -> None:
    test = await opened(CallPolicy(silence_s=5.0))
    for _ in range(4):
        await test.pass_time(5.1)
        await test.until_quiet()
    assert [prompt.split()[0] for prompt in test.prompts()[-4:]] == ["Are", "I", "If", "I"]
    assert await ended(test) == "silence"
    assert test.leg.hung_up == "silence"


async def test_a_caller_on_hold_is_not_asked() -> None:
    test = await opened(CallPolicy(silence_s=5.0))
    test.leg.tell(Held(True))
    before = len(test.prompts())
    await test.pass_time(20.0)
    assert len(test.prompts()) == before
    assert test.bot.reported("held") == [{"held": True, "by": "caller"}]


async def test_a_bot_that_takes_long_has_the_caller_asked_for_a_moment() -> None:
    test = await opened(answers=[answer("Here it is.")])
    test.bot.gate = asyncio.Event()
    await test.hears("something slow")
    await test.pass_time(3.0)
    await test.until_quiet()
    assert test.prompts()[-1] == "One moment, please."
    test.bot.gate.set()
    await settle()
    await test.until_quiet()
    assert test.bot.reported("heard")[0]["heard"] == "Here it is."


@pytest.mark.parametrize("target", [None, "+4799999999"])
async def test_a_bot_that_is_away_ends_in_words_or_elsewhere(target: str | None) -> None:
    test = await opened(CallPolicy(fallback_target=target))
    test.bot.down = True
    await test.hears("where is my order")
    for _ in range(500):
        if test.running.done():
            break
        await test.pass_time(0.02)
    if target is None:
        assert await ended(test) == "bot_unreachable"
        assert "Please call again a little later Goodbye." in test.prompts()[-1]
    else:
        assert test.leg.transfers == [(target, "call-1")]


async def test_who_is_passed_on_because_the_bot_is_away_is_left_in_peace_or_told() -> None:
    test = await opened(CallPolicy(fallback_target="+4799999999", silence_s=5.0))
    test.bot.down = True
    await test.hears("where is my order")
    await test.pass_time(5.0)
    before = test.prompts()
    await test.hears("hello")
    await test.pass_time(20.0)
    assert test.prompts() == before, "it rings elsewhere: nobody asks whether they are still there"
    assert len(test.leg.transfers) == 1
    test.leg.tell(TransferProgress(486))
    await test.pass_time(15.0)
    assert await ended(test) == "bot_unreachable"
    assert test.prompts()[-2].startswith("That number could not be reached")
    assert test.prompts()[-1].startswith("Please call again")


async def test_people_who_talk_with_each_other_do_not_notice_that_the_bot_is_away() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    await joined(test)
    await test.until_quiet()
    before = test.prompts()
    test.bot.gate = asyncio.Event()
    await test.hears("can you hear me")
    await test.pass_time(5.0)
    test.bot.down = True
    test.bot.gate.set()
    await test.pass_time(5.0)
    assert test.prompts() == before
    assert test.call.state is CallState.TALKING
    assert not test.running.done()


async def test_a_call_has_a_longest_time() -> None:
    test = await opened(CallPolicy(longest_s=8.0, silence_s=100))
    for _ in range(1000):
        if test.running.done():
            break
        await test.pass_time(0.02)
    assert await ended(test) == "too_long"


async def test_what_an_agent_types_is_spoken() -> None:
    test = await opened()
    test.bot.tell(Told(Reply(sequence=40, text="One second, I look it up.", author="agent")))
    await test.until_quiet()
    assert test.bot.reported("heard") == [
        {"sequence": 40, "heard": "One second, I look it up.", "interrupted": False}
    ]


async def test_the_language_is_chosen_by_key() -> None:
    test = TestCall(CallPolicy(languages=("en", "nb")))
    await test.pass_time(0.5)
    test.leg.tell(Digit("2"))
    await test.until_quiet()
    assert test.prompts()[-1] == "Hva kan jeg hjelpe deg med?"
    assert test.ears[0].language == "nb"


async def test_who_chose_a_language_and_then_a_person_gets_one_who_speaks_it() -> None:
    test = TestCall(CallPolicy(languages=("en", "nb")))
    await test.pass_time(1.0)
    test.leg.tell(Digit("2"))
    await test.pass_time(0.1)
    test.leg.tell(Digit("0"))
    await test.pass_time(0.1)
    assert test.bot.asked == ["handoff nb"]


async def test_the_language_is_the_one_that_the_caller_surely_speaks() -> None:
    test = await opened(CallPolicy(languages=("en", "nb")), answers=[answer(), answer(), answer()])
    assert (test.ears[0].language, test.ears[0].candidates) == (None, ("en", "nb"))
    await test.hears("ja")
    await test.hears("hvor er bestillingen min", surely_in="nb")
    test.ears[0].tell(NotUnderstood(start_ms=0, end_ms=800, why="repetition"))
    await test.until_quiet()
    assert test.prompts()[-1].startswith("Beklager")
    await test.hears("where is my order, please", surely_in="en")
    assert [said.language for said in test.bot.said] == [None, "nb", "en"]


async def test_a_language_chosen_by_key_is_final() -> None:
    test = TestCall(CallPolicy(languages=("en", "nb")))
    await test.pass_time(0.5)
    test.leg.tell(Digit("2"))
    await test.hears("where is my order, please", surely_in="en")
    assert (test.ears[0].language, test.ears[0].candidates) == ("nb", ())
    assert test.bot.said[-1].language == "nb"


async def test_where_there_is_one_language_nothing_is_followed_or_told() -> None:
    test = await opened()
    await test.hears("where is my order", surely_in="nb")
    assert test.ears[0].language == "en"
    assert test.bot.said[-1].language is None


async def test_who_talks_with_a_person_waits_for_no_answer() -> None:
    test = await opened(answers=[answer(state=QUEUED)])
    test.leg.tell(Digit("0"))
    agent = await joined(test)
    await test.pass_time(0.02)
    assert [ears.is_bridged for ears in test.ears] == [True, True]
    agent.tell(Ended("lost"))
    await test.pass_time(0.02)
    assert not test.ears[0].is_bridged


async def test_who_comes_when_the_caller_has_hung_up_is_sent_away() -> None:
    test = await opened()
    test.leg.tell(Ended("hangup"))
    await ended(test)
    late = FakeLeg(rate=16_000)
    await asyncio.wait_for(test.call.join(late, ticket()), 5)
    assert late.hung_up == "no_call"
    assert not test.bot.reported("agent_joined")
