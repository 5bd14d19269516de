"""What a sign-in costs: reserved before it is hashed, slowed down by login and address, never for minutes."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher, extract_parameters
from redis.asyncio import Redis

from bot.errors import FirstlineError, Unavailable
from bot.handoff import passwords
from bot.handoff.agents import NewAgent
from bot.handoff.attempts import Allowance, Attempts, InMemoryAttempts
from bot.handoff.passwords import TooManyHashes, hash_password, verify_password
from bot.handoff.sessions import SignInFailed, TooManyFailures, hash_of
from bot.store.redis_attempts import RedisAttempts
from tests.bot.handoff.world import World
from tests.support.requirements import redis_url

PASSWORD = "correct horse"
HERE, ELSEWHERE = "10.0.0.1", "192.0.2.7"


async def attempt(
    world: World, password: str, *, login: str = "kari", address: str = HERE, browser: str | None = None
) -> str:
    """How a sign-in ends: its code, or ``in``."""
    try:
        await world.sessions.sign_in(login, password, address=address, browser=browser)
    except FirstlineError as error:
        return error.code
    return "in"


async def test_fifty_at_once_never_hash_more_than_the_allowance(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    hashed = []
    verify = passwords._verify

    def counted(known: str, password: str) -> bool:
        hashed.append(password)
        return verify(known, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    ends = Counter(await asyncio.gather(*(attempt(world, f"wrong {n}") for n in range(50))))
    assert ends == {"auth.failed": 5, "auth.too_many_failures": 45}
    assert len(hashed) == 5


async def test_waits_grow_but_stay_within_seconds(world: World) -> None:
    waits = []
    for n in range(14):
        try:
            await world.sessions.sign_in("nobody", f"wrong {n}", address=HERE)
        except TooManyFailures as error:
            wait = error.retry_after_s or 0.0
            waits.append(wait)
            world.clock.now += wait
        except SignInFailed:
            pass
    assert waits[0] == world.settings.sign_in_delay_s
    assert waits == sorted(waits)
    assert waits[-1] <= world.settings.sign_in_longest_delay_s


async def test_a_colleague_behind_the_same_address_gets_in_during_an_attack(world: World) -> None:
    await world.agents.add(NewAgent("ola", "Ola", PASSWORD))
    await asyncio.gather(*(attempt(world, f"wrong {n}") for n in range(50)))
    assert await attempt(world, PASSWORD, login="ola") == "in"
    # Even when the attacker went through many logins: then the wait is short, and over by itself.
    for n in range(100):
        await attempt(world, "wrong", login=f"guess{n}")
    with pytest.raises(TooManyFailures) as limited:
        await world.sessions.sign_in("per", PASSWORD, address=HERE)
    assert limited.value.retry_after_s is not None
    assert limited.value.retry_after_s <= 2.0


async def test_an_owner_gets_in_from_a_known_browser_or_address_during_an_attack_from_everywhere(
    world: World,
) -> None:
    kari = await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    browser = await world.sessions.remember_browser(kari, address=HERE)
    for n in range(100):
        await attempt(world, "wrong", address=f"198.51.100.{n}")
    assert await attempt(world, PASSWORD, address=ELSEWHERE) == "auth.too_many_failures"
    assert await attempt(world, PASSWORD, address=ELSEWHERE, browser="made up") == "auth.too_many_failures"
    assert await attempt(world, PASSWORD, address=HERE) == "in"
    for n in range(100):
        await attempt(world, "wrong", address=f"198.51.100.{n}")
        await attempt(world, "wrong", address=HERE)
    assert await attempt(world, PASSWORD, address=HERE) == "auth.too_many_failures"
    assert await attempt(world, PASSWORD, address=HERE, browser=browser) == "in"
    # A known browser is no way to guess for ever.
    ends = Counter([await attempt(world, "wrong", address=HERE, browser=browser) for _ in range(20)])
    assert ends == {"auth.failed": 5, "auth.too_many_failures": 15}


async def test_a_known_browser_is_known_for_its_own_login_only(world: World) -> None:
    kari = await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    await world.agents.add(NewAgent("ola", "Ola", PASSWORD))
    browser = await world.sessions.remember_browser(kari, address=HERE)
    ends = Counter([await attempt(world, "wrong", login="ola", browser=browser) for _ in range(20)])
    assert ends == {"auth.failed": 5, "auth.too_many_failures": 15}
    assert await attempt(world, PASSWORD, browser=browser) == "in"


async def test_logins_that_do_not_exist_look_like_those_that_do(world: World) -> None:
    await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    known = [await attempt(world, "wrong", address=HERE) for _ in range(10)]
    unknown = [await attempt(world, "wrong", login="nobody", address=ELSEWHERE) for _ in range(10)]
    assert known == unknown


async def test_a_full_queue_is_refused_at_once_and_is_no_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    full = passwords._Place(threads=1, most_waiting=1, most_waiting_known=1)
    monkeypatch.setattr(passwords, "_PLACE", full)
    kari = await world.agents.by_login("kari")
    browser = await world.sessions.remember_browser(kari, address=HERE)
    assert full._free.acquire(blocking=False)
    for _ in range(20):
        with pytest.raises(Unavailable) as busy:
            await world.sessions.sign_in("kari", PASSWORD, address=HERE)
        assert busy.value.retry_after_s is not None
    # A few places are kept for those who are known.
    assert await attempt(world, PASSWORD, browser=browser) == "in"
    full._free.release()
    assert await attempt(world, PASSWORD) == "in"


async def test_hashes_wait_in_a_bounded_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_PLACE", passwords._Place(threads=1, most_waiting=4))
    made = await asyncio.gather(*(hash_password(PASSWORD) for _ in range(40)), return_exceptions=True)
    assert sum(isinstance(each, str) for each in made) >= 4
    assert any(isinstance(each, TooManyHashes) for each in made)
    # And it is free again when they are done.
    assert await verify_password(await hash_password(PASSWORD), PASSWORD)


async def test_a_hash_of_before_is_made_anew_at_sign_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    known = await world.agent_store.by_login("kari")
    assert known is not None
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 16, 1))
    assert await attempt(world, PASSWORD) == "in"
    renewed = await world.agent_store.by_login("kari")
    assert renewed is not None
    assert "m=16," in renewed[1] != known[1]
    assert await attempt(world, PASSWORD) == "in"


def test_hashes_use_one_lane() -> None:
    """More lanes are threads of their own: fifty sign-ins would be two hundred threads."""
    assert extract_parameters(passwords._NOBODY).parallelism == 1


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def attempts(request: pytest.FixtureRequest) -> AsyncIterator[Attempts]:
    if request.param == "memory":
        yield InMemoryAttempts()
        return
    redis = Redis.from_url(redis_url())
    yield RedisAttempts(redis, prefix=f"firstline:test:{secrets.token_hex(6)}:")
    await redis.aclose()


async def test_attempts_are_counted_alike_in_memory_and_in_redis(attempts: Attempts) -> None:
    one, two = Allowance("one", 2, 1.0, 4.0), Allowance("two", 4, 0.5, 1.0)

    async def reserve(*allowances: Allowance, now: float = 100.0) -> float:
        return await attempts.reserve(allowances, now=now, window_s=60.0)

    at_once = await asyncio.gather(*(reserve(one, two) for _ in range(6)))
    assert sorted(at_once) == [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    # Nothing was counted for those that had to wait: the other key has two left.
    assert [await reserve(two) for _ in range(3)] == [0.0, 0.0, 0.5]
    assert await reserve(one, now=101.0) == 0.0
    assert await reserve(one, now=101.0) == 2.0
    await attempts.take_back(["one"])
    await attempts.take_back(["one"])
    assert await reserve(one, now=101.0) == 0.0
    await attempts.forget(["one", "two"])
    assert [await reserve(one, now=101.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    assert await reserve(one, now=101.0 + 61.0) == 0.0
    await attempts.take_back(["one", "never seen"])


async def test_memory_is_bounded() -> None:
    attempts = InMemoryAttempts(most_keys=10)
    for n in range(100):
        await attempts.reserve([Allowance(f"key {n}", 1, 1.0, 1.0)], now=float(n), window_s=60.0)
    assert len(attempts._failures) == 10


async def test_success_of_a_colleague_at_a_shared_desk_forgets_no_failures(world: World) -> None:
    kari = await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    ola = await world.agents.add(NewAgent("ola", "Ola", PASSWORD))
    browser = await world.sessions.remember_browser(kari, address=HERE)
    assert await world.sessions.remember_browser(ola, address=HERE, browser=browser) == browser
    ends = Counter[str]()
    for n in range(10):
        ends[await attempt(world, f"wrong {n}", browser=browser)] += 1
        if n % 4 == 3:
            assert await attempt(world, PASSWORD, login="ola", browser=browser) == "in"
    assert ends == {"auth.failed": 5, "auth.too_many_failures": 5}


async def test_token_that_somebody_planted_is_not_the_browser_s(world: World) -> None:
    kari = await world.agents.add(NewAgent("kari", "Kari", PASSWORD))
    assert await world.sessions.remember_browser(kari, address=HERE, browser="planted") != "planted"
    assert not await world.sessions._store.knows_browser(None, hash_of("planted"), since=0.0)
