"""Chat turns over REST, quiet and beside a flood of wrong passwords, on the same server in the same run."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections import Counter
from pathlib import Path

from tests.bench.figures import figure, percentile
from tests.support.front_line import FrontLine
from tests.support.requirements import ROOT
from tests.support.sign_in_flood import Chat, flood, talk

CUSTOMERS = 4
TURNS = 40
FLOODING = 20
FLOOD_S = 20
LEAD_S = 2.0
"""The flood is under way when the customers begin."""


def main() -> None:
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        server = FrontLine(Path(folder))
        server.start()
        try:
            asyncio.run(_measure(server.url))
        finally:
            server.stop()


async def _measure(url: str) -> None:
    await _chat(url, "warm-up", turns=10)
    _tell("quiet", await _chat(url, "quiet", turns=TURNS))
    # From a process of its own, whose work must not count as the customers' wait.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for logins in (1, 50):
            flooding = pool.apply_async(_flood, (url, logins))
            await asyncio.sleep(LEAD_S)
            chats = await _chat(url, f"flood-{logins}", turns=TURNS)
            answers = await asyncio.to_thread(flooding.get)
            _tell("sign_in_flood", chats, answers, flooding=FLOODING, logins=logins, seconds=FLOOD_S)


def _flood(url: str, logins: int) -> Counter[int]:
    async def run() -> Counter[int]:
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(FLOOD_S, done.set)
        return await flood(url, done, clients=FLOODING, logins=logins)

    return asyncio.run(run())


async def _chat(url: str, name: str, *, turns: int) -> list[Chat]:
    return await asyncio.gather(*(talk(url, sender=f"{name}-{n}", turns=turns) for n in range(CUSTOMERS)))


def _tell(what: str, chats: list[Chat], answers: Counter[int] | None = None, **conditions: int) -> None:
    latencies = [latency for chat in chats for latency in chat.latencies]
    failed = sum(len(chat.failures) for chat in chats)
    for percent in (50, 95, 100):
        value = percentile(latencies, percent) * 1000
        figure(f"chat_turn_p{percent}", value, "ms", beside=what, customers=CUSTOMERS, **conditions)
    figure("chat_turns_failed", failed, "", beside=what, turns=len(latencies), **conditions)
    for status, count in sorted((answers or Counter()).items()):
        figure("sign_ins_answered", count, "", beside=what, status=status, **conditions)


if __name__ == "__main__":
    main()
