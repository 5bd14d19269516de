"""What twenty flooding clients leave for everybody else: a chat's turns, and a call's greeting and answers.

Five each sign in with wrong passwords, chat, open sockets and ring up, as fast as they are answered, from
processes beside the servers and on the same cores. The same is measured before, without them.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx
import socketio

from tests.bench.bench_chat import SCRIPT
from tests.bench.figures import figure, percentile
from tests.support.caller import Caller
from tests.support.phone_line import PhoneLine
from tests.support.recorded import Clip, speech
from tests.support.requirements import ROOT
from tests.support.sip_client import CallRefused, SipClient

EACH = 5
TURNS = 40
CALLS = 4
QUESTION = "What are your opening hours?"
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=sendrecv\r\n"
)
TIMEOUT_S = 60.0

Flood = Callable[[str, Counter[str]], Awaitable[None]]


def main() -> None:
    (clip,) = speech([QUESTION])
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        line = PhoneLine(Path(folder))
        try:
            line.start()
            _measure(line, clip, "quiet")
            context = multiprocessing.get_context("spawn")
            over, answers = context.Event(), context.Queue()
            floods = [
                context.Process(target=_run, args=(kind, line.bot.url, line.sip, over, answers), daemon=True)
                for kind in FLOODS
            ]
            for process in floods:
                process.start()
            # Until their processes are up and the queues have filled.
            time.sleep(5.0)
            _measure(line, clip, "flooded")
            over.set()
            for _ in floods:
                kind, counted = answers.get(timeout=TIMEOUT_S)
                figure(f"flood_{kind}", sum(counted.values()), "requests", answers=counted)
        finally:
            line.stop()


def _measure(line: PhoneLine, clip: Clip, when: str) -> None:
    """A chat and some calls of somebody who does not flood, at the same time."""
    turns, greetings, answers = asyncio.run(_somebody(line, clip))
    for name, values in (("chat_turn", turns), ("call_greeting", greetings), ("call_answer", answers)):
        for percent in (50, 100):
            what = "max" if percent == 100 else f"p{percent}"
            figure(f"crowd_{name}_{what}", percentile(values, percent), "s", when=when, samples=len(values))


async def _somebody(line: PhoneLine, clip: Clip) -> tuple[list[float], list[float], list[float]]:
    turns: list[float] = []
    greetings: list[float] = []
    answers: list[float] = []

    async def chat() -> None:
        async with httpx.AsyncClient(base_url=line.bot.url, timeout=TIMEOUT_S) as client:
            for number, message in zip(range(TURNS), itertools.cycle(SCRIPT), strict=False):
                body = {
                    "sender": f"crowd-{line.bot.port}-{number // len(SCRIPT)}",
                    "message": message.format(n=3),
                }
                began = time.perf_counter()
                (await client.post("/webhooks/rest/webhook", json=body)).raise_for_status()
                turns.append(time.perf_counter() - began)
                # A person reads and types in between.
                await asyncio.sleep(0.3)

    async def calls() -> None:
        for _ in range(CALLS):
            began = time.monotonic()
            async with Caller(line.sip) as call:
                heard = await call.wait_for_audio(after=call.answered_at, within_s=TIMEOUT_S)
                greetings.append(heard - began)
                await call.wait_for_silence(for_s=1.0, after=heard, within_s=TIMEOUT_S)
                spoken = await call.say(clip.pcm)
                asked = spoken.at(clip.ends_ms)
                answers.append(await call.wait_for_audio(after=asked, within_s=TIMEOUT_S) - asked)

    await asyncio.gather(chat(), calls())
    return turns, greetings, answers


# --- those who flood ------------------------------------------------------------------------------------


def _run(
    kind: str, url: str, sip: str, over: Event, answers: multiprocessing.Queue[tuple[str, Counter[str]]]
) -> None:
    """In a process of its own: some clients that flood until told to stop."""
    counted: Counter[str] = Counter()
    flood = FLOODS[kind]

    async def client() -> None:
        while not over.is_set():
            try:
                await flood(sip if kind == "invites" else url, counted)
            except (httpx.HTTPError, socketio.exceptions.SocketIOError, OSError) as error:
                counted[type(error).__name__] += 1

    async def clients() -> None:
        await asyncio.gather(*(client() for _ in range(EACH)))

    asyncio.run(clients())
    answers.put((kind, counted))


async def _sign_in(url: str, counted: Counter[str]) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S) as client:
        for _ in range(20):
            body = {"login": "agent1", "password": secrets.token_hex(8)}
            counted[str((await client.post("/api/v1/session", json=body)).status_code)] += 1


async def _chat(url: str, counted: Counter[str]) -> None:
    sender = secrets.token_hex(12)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S) as client:
        for message in SCRIPT:
            body = {"sender": sender, "message": message.format(n=5)}
            counted[str((await client.post("/webhooks/rest/webhook", json=body)).status_code)] += 1


async def _socket(url: str, counted: Counter[str]) -> None:
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(url, transports=["websocket"], wait_timeout=int(TIMEOUT_S))
    await client.emit("session_request", {"session_id": secrets.token_hex(12)})
    await client.call("history", {"after": 0}, timeout=TIMEOUT_S)
    await client.disconnect()
    counted["connected"] += 1


async def _invite(sip: str, counted: Counter[str]) -> None:
    client = SipClient(sip, user="flood")
    await client.open()
    try:
        counted[str((await client.invite(OFFER)).status)] += 1
        await client.bye()
    except CallRefused as refused:
        counted[str(refused.status)] += 1
    except TimeoutError:
        counted["timeout"] += 1
    finally:
        client.close()


FLOODS: dict[str, Flood] = {"sign_ins": _sign_in, "messages": _chat, "sockets": _socket, "invites": _invite}


if __name__ == "__main__":
    main()
