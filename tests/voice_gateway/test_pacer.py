"""The heartbeat of calls, on a virtual clock."""

from __future__ import annotations

import asyncio

from tests.support.calls import VirtualClock, settle
from voice_gateway.pacer import MOST_CAUGHT_UP, Pacer


async def running(clock: VirtualClock) -> tuple[Pacer, list[float], asyncio.Task[None]]:
    pacer = Pacer(clock)
    ticks: list[float] = []
    pacer.add(lambda: ticks.append(clock.now()))
    task = asyncio.create_task(pacer.run())
    await settle()
    return pacer, ticks, task


async def pass_time(clock: VirtualClock, seconds: float) -> None:
    clock.advance(seconds)
    for _ in range(4):
        await settle()


async def test_ticks_fifty_times_a_second() -> None:
    clock = VirtualClock()
    _, ticks, task = await running(clock)
    for _ in range(100):
        await pass_time(clock, 0.02)
    assert len(ticks) == 100
    task.cancel()


async def test_makes_up_for_a_short_stall() -> None:
    clock = VirtualClock()
    pacer, ticks, task = await running(clock)
    await pass_time(clock, 0.101)
    assert len(ticks) == 5
    assert pacer.skipped == 0
    task.cancel()


async def test_skips_what_a_long_stall_left_behind() -> None:
    clock = VirtualClock()
    pacer, ticks, task = await running(clock)
    await pass_time(clock, 2.0)
    assert MOST_CAUGHT_UP <= len(ticks) <= MOST_CAUGHT_UP + 2
    assert pacer.skipped > 80
    task.cancel()


async def test_one_broken_call_does_not_silence_the_others() -> None:
    clock = VirtualClock()
    pacer, ticks, task = await running(clock)

    def broken() -> None:
        raise RuntimeError

    pacer.add(broken)
    pacer.add(lambda: ticks.append(-1.0))
    await pass_time(clock, 0.02)
    assert -1.0 in ticks
    pacer.remove(broken)
    pacer.remove(broken)
    task.cancel()
