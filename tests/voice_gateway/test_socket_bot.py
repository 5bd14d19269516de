"""The link to a real bot: turns, reports, what is pushed, and a bot that is killed and comes back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.front_line import FrontLine
from tests.support.requirements import require
from voice_gateway.bot_link import (
    CallStart,
    CaughtUp,
    Controlled,
    JoinRequest,
    News,
    Report,
    Said,
    StateChanged,
    Told,
)
from voice_gateway.errors import BotUnreachable
from voice_gateway.socket_bot import SocketBot

TOKEN = "a-token-of-the-test"


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> FrontLine:
    for name in ("models", "trained"):
        require(name)
    return FrontLine(tmp_path_factory.mktemp("bot"), port=None, FIRSTLINE_API_TOKEN=TOKEN)


@pytest.fixture(scope="module", autouse=True)
def running(bot: FrontLine) -> object:
    bot.start()
    yield
    bot.stop()


@pytest.fixture
async def link(bot: FrontLine) -> AsyncIterator[SocketBot]:
    link = SocketBot(bot.url, TOKEN, patience_s=30.0)
    running = asyncio.create_task(link.run())
    yield link
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def call() -> CallStart:
    return CallStart(
        conversation_id=f"call-{secrets.token_urlsafe(24)}",
        call_id=secrets.token_hex(8),
        transport="sip",
        caller="+4722334455",
        called="ivr",
        language="en",
    )


def said(text: str, number: int = 1) -> Said:
    return Said(message_id=f"m{number}", text=text, start_ms=1000, end_ms=2500, confidence=0.83)


async def transcript(bot: FrontLine, conversation_id: str) -> list[dict[str, object]]:
    async with httpx.AsyncClient(timeout=10, headers=bot.as_program) as client:
        response = await client.get(f"{bot.url}/api/v1/conversations/{conversation_id}/messages")
        response.raise_for_status()
        return list(response.json()["messages"])


async def test_a_call_is_answered_digit_by_digit_and_written_down(bot: FrontLine, link: SocketBot) -> None:
    start = call()
    news: list[News] = []
    await link.start(start, news.append)
    asked = await link.say(start.conversation_id, said("where is my order", 1))
    assert "order number" in asked.replies[0].text
    assert (asked.expects.kind, asked.expects.digits) == ("digits", 5)
    asked = await link.say(start.conversation_id, said("48213", 2))
    assert "postcode" in asked.replies[-1].text
    told = await link.say(start.conversation_id, said("0150", 3))
    assert "tomorrow" in " ".join(reply.text for reply in told.replies)
    again = await link.say(start.conversation_id, said("0150", 3))
    assert not again.replies, "a reply is said once"
    thanked = await link.say(start.conversation_id, replace(said("merci", 4), language="fr"))
    assert thanked.state.language == "fr", "the bot is told what language was heard"
    link.report(
        start.conversation_id,
        Report(
            kind="heard",
            data={"sequence": told.replies[-1].sequence, "heard": "Your order", "interrupted": True},
        ),
    )
    link.report(start.conversation_id, Report(kind="ended", data={"reason": "hangup", "facts": {"mos": 4.3}}))
    await link.end(start.conversation_id)
    texts = [message["text"] for message in await transcript(bot, start.conversation_id)]
    assert texts.count("0150") == 1


async def test_a_bot_that_is_killed_is_waited_for_and_what_was_asked_is_answered_once(
    bot: FrontLine, link: SocketBot
) -> None:
    start = call()
    news: list[News] = []
    await link.start(start, news.append)
    await link.say(start.conversation_id, said("what are your opening hours", 1))
    bot.kill()
    asking = asyncio.create_task(link.say(start.conversation_id, said("do you ship to norway", 2)))
    link.report(start.conversation_id, Report(kind="prompt", data={"text": "One moment, please."}))
    await asyncio.sleep(0.5)
    assert not link.is_connected
    await asyncio.to_thread(bot.start)
    answer = await asyncio.wait_for(asking, 40)
    caught_up = [item.answer for item in news if isinstance(item, CaughtUp)]
    assert caught_up, "the call is told what it has missed"
    # Whichever of the two the bot read first; what one of them brought, the other does not bring again.
    spoken = [reply.sequence for told in (answer, *caught_up) for reply in told.replies]
    assert spoken
    assert len(set(spoken)) == len(spoken)
    await link.end(start.conversation_id)
    texts = [message["text"] for message in await transcript(bot, start.conversation_id)]
    assert texts.count("do you ship to norway") == 1
    assert texts.count("One moment, please.") == 1


async def test_a_call_begins_whatever_its_side_names_it(link: SocketBot) -> None:
    start = replace(call(), call_id="c" * 256, caller="0" * 256, called="i" * 256)
    assert (await link.start(start, lambda _: None)).state.holder == "bot"
    await link.end(start.conversation_id)


async def test_what_happens_at_the_desk_is_pushed(link: SocketBot) -> None:
    start = call()
    news: list[News] = []
    await link.start(start, news.append)
    answer = await link.request_handoff(start.conversation_id, language="nb")
    spoken = " ".join(reply.text for reply in answer.replies)
    assert spoken, "nobody is at the desk: the caller is told, and may leave a message"
    assert answer.state.language == "nb"
    assert not any(isinstance(item, Told) and item.reply.text in spoken for item in news)
    assert all(isinstance(item, StateChanged | Told) for item in news)


async def test_fixed_answers_can_be_had_and_each_connection_is_told(bot: FrontLine) -> None:
    connected = asyncio.Event()
    link = SocketBot(bot.url, TOKEN, patience_s=30.0, on_connected=connected.set)
    running = asyncio.create_task(link.run())
    await asyncio.wait_for(connected.wait(), 30)
    assert "Happy to help." in await link.prompts("en")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_wrong_token_is_not_let_in(bot: FrontLine) -> None:
    link = SocketBot(bot.url, "wrong", patience_s=1.5)
    running = asyncio.create_task(link.run())
    with pytest.raises(BotUnreachable):
        await link.start(call(), lambda _: None)
    running.cancel()


async def test_no_bot_at_all_is_told_in_time(tmp_path: Path) -> None:
    link = SocketBot("http://127.0.0.1:9", TOKEN, patience_s=1.0)
    running = asyncio.create_task(link.run())
    start = call()
    with pytest.raises(BotUnreachable):
        await link.start(start, lambda _: None)
    running.cancel()


async def test_an_agent_is_let_in_by_the_bot_s_word(bot: FrontLine, link: SocketBot) -> None:
    start = call()
    news: list[News] = []
    await link.start(start, news.append)
    id_ = start.conversation_id

    async def refusal(request: JoinRequest, conversation_id: str = id_) -> str:
        with pytest.raises(BotUnreachable) as refused:
            await link.let_in(conversation_id, request)
        return refused.value.code

    early = JoinRequest(report_id=f"{id_}:j1", ticket_id="t1", handoff_id="h1", agent_id="a1")
    assert await refusal(early) == "ticket.stale"
    assert await refusal(replace(early, report_id="no id")) == "join.bad"
    assert await refusal(early, "call-of-nobody") == BotUnreachable.code
    async with httpx.AsyncClient(base_url=bot.url, timeout=30) as agent:
        login = {"login": "agent1", "password": "firstline-demo"}
        me = (await agent.post("/api/v1/session", json=login)).json()["agent"]["id"]
        asked = await link.request_handoff(id_, language=None)
        assert asked.state.handoff_id is not None
        handoff_id = asked.state.handoff_id
        assert (await agent.post(f"/api/v1/handoffs/{handoff_id}/accept")).status_code == 200
        mine = JoinRequest(report_id=f"{id_}:j2", ticket_id="t2", handoff_id=handoff_id, agent_id=me)
        standing = await link.let_in(id_, mine)
        assert (standing.holder, standing.handoff_id, standing.agent_id) == ("human", handoff_id, me)
        assert standing.is_held_by(agent_id=me, handoff_id=handoff_id)
        assert await refusal(replace(mine, report_id=f"{id_}:j3")) == "ticket.used"
        assert (await agent.post(f"/api/v1/handoffs/{handoff_id}/call/hold")).status_code == 204
        async with asyncio.timeout(20):
            while not any(isinstance(each, Controlled) for each in news):  # noqa: ASYNC110 - as elsewhere
                await asyncio.sleep(0.05)
        [wanted] = [each.control for each in news if isinstance(each, Controlled)]
        assert (wanted.action, wanted.agent_id, wanted.handoff_id) == ("hold", me, handoff_id)
        link.report(id_, Report(kind="ended", data={"reason": "hangup"}))
        await link.end(id_)
        await agent.post(f"/api/v1/handoffs/{handoff_id}/resolve", json={"disposition": "solved"})
        await agent.put("/api/v1/agents/me/presence", json={"presence": "offline"})
