"""Whole turns of the default bot over REST, durable writes included, and readings by ``/model/parse``.

The load comes from a process of its own, which shares the machine's cores with the server; connections are
kept alive. Every client has conversations of its own and goes through a script of routine questions, so
that no answer comes from an earlier one's state; each sentence carries a number, so that nothing can be
answered from a cache.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import multiprocessing
import tempfile
import time
from pathlib import Path

from tests.bench.figures import figure, percentile, resident_mb
from tests.support.front_line import FrontLine
from tests.support.requirements import ROOT

SCRIPT = (
    "hello",
    "where is my order 48213",
    "0150",
    "what are your opening hours on saturday",
    "how much is shipping to bergen",
    "my parcel is late, it should have been here {n} days ago",
    "never mind",
    "do you have the aurora desk lamp in stock",
    "can i return something after {n} days",
    "thanks, that is all",
)
CLIENTS = (1, 8, 32)
TURNS_PER_LEVEL = 600
WARM_UP_TURNS = 100


def main() -> None:
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        server = FrontLine(Path(folder))
        began = time.perf_counter()
        server.start()
        figure(
            "time_to_ready", time.perf_counter() - began, "s", note="process start to /readyz, trained bot"
        )
        try:
            figure("memory_at_start", resident_mb(server.pid), "MB")
            _load(server.port, 4, WARM_UP_TURNS, "chat_turn")
            for what in ("chat_turn", "model_parse"):
                for clients in CLIENTS:
                    seconds, latencies = _load(server.port, clients, TURNS_PER_LEVEL, what)
                    for percent in (50, 95, 99):
                        value = percentile(latencies, percent) * 1000
                        figure(f"{what}_p{percent}", value, "ms", clients=clients, requests=len(latencies))
                    figure(f"{what}s_per_second", len(latencies) / seconds, "1/s", clients=clients)
            figure("memory_after_load", resident_mb(server.pid), "MB")
        finally:
            server.stop()
    _widget_sizes()


def _load(port: int, clients: int, requests: int, what: str) -> tuple[float, list[float]]:
    """Seconds that all requests took together, and each one's latency in seconds."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run_load, (port, clients, requests, what))


def _run_load(port: int, clients: int, requests: int, what: str) -> tuple[float, list[float]]:
    async def run() -> tuple[float, list[float]]:
        began = time.perf_counter()
        results = await asyncio.gather(
            *(
                _client(port, f"bench-{clients}-{n}-{began}", requests // clients, what)
                for n in range(clients)
            )
        )
        seconds = time.perf_counter() - began
        return seconds, [latency for result in results for latency in result]

    return asyncio.run(run())


async def _client(port: int, sender: str, requests: int, what: str) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    for number in range(requests):
        talk, line = divmod(number, len(SCRIPT))
        message = SCRIPT[line].format(n=number + 2)
        if what == "chat_turn":
            path, content = "/webhooks/rest/webhook", {"sender": f"{sender}-{talk}", "message": message}
        else:
            path, content = "/model/parse", {"text": message}
        body = json.dumps(content).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        status, answer = await _response(reader)
        latencies.append(time.perf_counter() - began)
        if status != 200 or not json.loads(answer):
            raise RuntimeError(f"{path} answered {message!r} with {status}: {answer[:300]!r}")
    writer.close()
    return latencies


async def _response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one HTTP/1.1 response that has a Content-Length, as ours have."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length"))
    return int(lines[0].split()[1]), await reader.readexactly(length)


def _widget_sizes() -> None:
    dist = ROOT / "bot/web/dist"
    for path in [dist / "widget.js", *sorted((dist / "assets").glob("*.js"))]:
        if path.is_file():
            figure("gzip_size", len(gzip.compress(path.read_bytes(), 9)) / 1000, "KB", file=path.name)


if __name__ == "__main__":
    main()
