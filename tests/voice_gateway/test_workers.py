"""Worker processes: requests in flight, withdrawal, death in mid-request, and what comes of a broken pipe."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.errors import VoiceError, WorkerDied
from voice_gateway.worker_io import MAX_HEADER_BYTES, BrokenFrame, check_sizes, decode_header, encode
from voice_gateway.workers import Worker

ECHO = [sys.executable, "-m", "tests.voice_gateway.echo_worker"]


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker(ECHO, name="echo", request_timeout_s=20)
    await worker.start()
    yield worker
    await worker.stop()


async def collect(worker: Worker, header: dict[str, Any], payload: bytes = b"") -> list[Any]:
    return [reply async for reply in worker.stream(header, payload)]


async def test_a_request_is_answered_with_its_payload_and_prints_do_not_disturb(worker: Worker) -> None:
    header, payload = await worker.ask({"do": "echo", "said": "hello"}, b"\0\1" * 500_000)
    assert header["said"] == "hello"
    assert payload == b"\0\1" * 500_000


async def test_pieces_come_in_order_and_none_is_invented(worker: Worker) -> None:
    pieces = await collect(worker, {"do": "pieces", "count": 5}, b"x")
    assert [(header["n"], payload) for header, payload in pieces] == [(n, b"x") for n in range(5)]
    assert await collect(worker, {"do": "nothing"}) == []
    with pytest.raises(VoiceError, match="no answer"):
        await worker.ask({"do": "nothing"})


async def test_requests_in_flight_are_told_apart() -> None:
    worker = Worker([*ECHO, "threads"], name="echo")
    await worker.start()
    requests = (
        collect(worker, {"do": "pieces", "count": 3, "pause_s": 0.01}, str(n).encode()) for n in range(20)
    )
    for n, pieces in enumerate(await asyncio.gather(*requests)):
        assert [payload for _, payload in pieces] == [str(n).encode()] * 3
    assert worker.in_flight == 0
    await worker.stop()


async def test_a_refusal_fails_its_own_request_only(worker: Worker) -> None:
    with pytest.raises(VoiceError, match="not this") as refusal:
        await worker.ask({"do": "refuse"})
    assert refusal.value.code == "test.refused"
    with pytest.raises(VoiceError, match="ZeroDivisionError"):
        await worker.ask({"do": "break"})
    assert (await worker.ask({"do": "echo", "said": "on"}))[0]["said"] == "on"
    assert worker.deaths == 0


async def test_kill_in_mid_request_fails_all_in_flight_at_once_and_it_comes_back(worker: Worker) -> None:
    pid = (await worker.ask({"do": "pid"}))[0]["pid"]
    waiting = [asyncio.create_task(worker.ask({"do": "sleep", "s": 30})) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert worker.in_flight == 3
    os.kill(pid, signal.SIGKILL)
    results = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
    assert [type(result) for result in results] == [WorkerDied] * 3
    # Asked while it is being started again: it waits.
    assert (await worker.ask({"do": "pid"}))[0]["pid"] != pid
    assert worker.deaths == 1


async def test_leaving_early_withdraws_the_request(worker: Worker) -> None:
    replies = worker.stream({"do": "pieces", "count": 1000, "pause_s": 0.02})
    assert (await anext(replies))[0]["n"] == 0
    await replies.aclose()
    # It would be busy for 20 s otherwise.
    await asyncio.wait_for(worker.ask({"do": "echo"}), 5)


async def test_a_cancelled_request_that_has_not_begun_is_not_done(worker: Worker) -> None:
    busy = asyncio.create_task(worker.ask({"do": "sleep", "s": 0.3}))
    await asyncio.sleep(0.05)
    fatal = asyncio.create_task(worker.ask({"do": "exit"}))
    await asyncio.sleep(0.05)
    fatal.cancel()
    with suppress(asyncio.CancelledError):
        await fatal
    assert (await busy)[0]["slept"] is True
    await worker.ask({"do": "echo"})
    assert worker.deaths == 0


async def test_one_that_is_stuck_is_killed() -> None:
    worker = Worker(ECHO, name="echo", request_timeout_s=0.3)
    await worker.start()
    with pytest.raises(WorkerDied):
        await worker.ask({"do": "sleep", "s": 30})
    assert await worker.ask({"do": "echo"})
    await worker.stop()


async def test_more_than_it_takes_is_refused() -> None:
    worker = Worker(ECHO, name="echo", max_in_flight=1)
    await worker.start()
    busy = asyncio.create_task(worker.ask({"do": "sleep", "s": 0.2}))
    await asyncio.sleep(0.05)
    with pytest.raises(VoiceError) as refusal:
        await worker.ask({"do": "echo"})
    assert refusal.value.code == "worker.busy"
    await busy
    await worker.stop()


async def test_a_start_that_fails_says_why() -> None:
    with pytest.raises(WorkerDied, match="no model here"):
        await Worker([*ECHO, "fail"], name="echo").start()
    with pytest.raises(WorkerDied, match="No such file"):
        await Worker(["/nowhere/worker"], name="echo").start()
    with pytest.raises(WorkerDied, match="not ready within"):
        await Worker([*ECHO, "hang"], name="echo", start_timeout_s=0.5).start()


async def test_what_is_no_frame_ends_the_worker_and_it_is_started_again() -> None:
    garbage = (
        "import sys; sys.stdout.write('Loading the model... 100 %\\n'); sys.stdout.flush(); sys.stdin.read()"
    )
    with pytest.raises(WorkerDied):
        await Worker([sys.executable, "-c", garbage], name="garbage").start()


async def test_one_that_is_not_started_or_is_stopped_takes_nothing(worker: Worker) -> None:
    with pytest.raises(WorkerDied, match="not running"):
        await Worker(ECHO, name="echo").ask({"do": "echo"})
    waiting = asyncio.create_task(worker.ask({"do": "sleep", "s": 30}))
    await asyncio.sleep(0.05)
    pid = worker.pid
    assert pid is not None
    await worker.stop()
    with pytest.raises(WorkerDied):
        await waiting
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@given(st.binary(max_size=200))
def test_any_header_is_an_object_or_refused(head: bytes) -> None:
    with suppress(BrokenFrame):
        assert isinstance(decode_header(head), dict)


def test_sizes_are_bounded() -> None:
    check_sizes(2, 0)
    for header, payload in ((0, 0), (MAX_HEADER_BYTES + 1, 0), (2, 1 << 27)):
        with pytest.raises(BrokenFrame):
            check_sizes(header, payload)
    with pytest.raises(BrokenFrame):
        encode({"text": "x" * MAX_HEADER_BYTES})
