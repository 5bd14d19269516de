"""Many wrong passwords at once, beside customers who go on chatting, against a server that really runs."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

SENTENCES = (
    "what are your opening hours on saturday",
    "how much is shipping to bergen",
    "can i return something after {n} days",
    "hello",
)


@dataclass
class Chat:
    """How turns went: seconds of each that was answered, and what was not."""

    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


async def talk(url: str, *, sender: str, turns: int, pause_s: float = 0.0) -> Chat:
    """A customer's turns over REST, one after the other."""
    chat = Chat()
    async with httpx.AsyncClient(base_url=url, timeout=120.0) as client:
        for number in range(turns):
            said = SENTENCES[number % len(SENTENCES)].format(n=number + 2)
            began = time.perf_counter()
            response = await client.post("/webhooks/rest/webhook", json={"sender": sender, "message": said})
            chat.latencies.append(time.perf_counter() - began)
            if response.status_code != 200 or not response.json():
                chat.failures.append(f"{response.status_code}: {response.text[:200]}")
            await asyncio.sleep(pause_s)
    return chat


async def wrong_passwords(url: str, *, parallel: int) -> Counter[int]:
    """So many sign-ins of one login at the same moment; how often which status came."""
    limits = httpx.Limits(max_connections=parallel)
    async with httpx.AsyncClient(base_url=url, timeout=120.0, limits=limits) as client:
        answers = await asyncio.gather(
            *(
                client.post("/api/v1/session", json={"login": "agent1", "password": f"no-{n}"})
                for n in range(parallel)
            )
        )
    return Counter(answer.status_code for answer in answers)


async def flood(url: str, until: asyncio.Event, *, clients: int, logins: int = 1) -> Counter[int]:
    """So many clients that try one wrong password after the other until the event is set."""
    counted: Counter[int] = Counter()

    async def guess(number: int) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=120.0) as client:
            while not until.is_set():
                number += clients
                login = "agent1" if logins == 1 else f"agent-{number % logins}"
                body = {"login": login, "password": f"no-{number}"}
                counted[(await client.post("/api/v1/session", json=body)).status_code] += 1

    await asyncio.gather(*(guess(number) for number in range(clients)))
    return counted
