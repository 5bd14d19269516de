"""The whole of Firstline as its user runs it: `firstline serve --demo` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.requirements import ROOT, require

READY_WITHIN_S = 240.0
"""Generous: several servers may start at the same time on two busy cores."""


STOPPED_WITHIN_S = 60.0
TEST_S = 120
"""What a test may take besides starting a server."""


class FrontLine:
    """A server that can be killed and started again over the same data."""

    def __init__(self, data_dir: Path, *, port: int | None = None, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "server.log"
        self.api_token = environment.get("FIRSTLINE_API_TOKEN", "test-token-of-programs")
        self._environment = {
            **os.environ,
            "FIRSTLINE_API_TOKEN": self.api_token,
            "FIRSTLINE_DATA_DIR": str(data_dir),
            "FIRSTLINE_PORT": str(self.port),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start it and do not wait."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve", "--demo"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def wait_until_ready(self) -> None:
        """Wait until it serves; the test fails when it does not."""
        assert self._process is not None
        give_up_at = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2.0).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        self.kill()
        pytest.fail(f"the server did not become ready:\n{self.log.read_text()[-4000:]}")

    @property
    def as_program(self) -> dict[str, str]:
        """The headers of a program that has the API token."""
        return {"Authorization": f"Bearer {self.api_token}"}

    def public_id(self, sender: str) -> str:
        """The public id of the conversation that a REST client calls by its sender."""
        tracker = httpx.get(f"{self.url}/conversations/{sender}/tracker", headers=self.as_program, timeout=90)
        return str(tracker.raise_for_status().json()["conversation_id"])

    def history(self, sender: str, what: str = "messages") -> httpx.Response:
        """The messages, or the ``transcript``, as the REST client that has this sender reads them."""
        address = f"{self.url}/api/v1/conversations/{self.public_id(sender)}/{what}"
        response = httpx.get(address, headers={"X-Conversation-Key": sender}, timeout=90)
        return response.raise_for_status()

    @property
    def is_launched(self) -> bool:
        """Whether its process runs, ready or not."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """kill -9: nothing is flushed, nobody is told."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """Stop it as an operator would; its exit status, None when it did not run or had to be killed."""
        return self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _end(self, how: signal.Signals) -> int | None:
        status = None
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            try:
                status = self._process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        return status


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test the time that a server may take to start, which counts as the test's that asks first."""
    for item in items:
        starts = {"front_line", "own_front_line"}.intersection(getattr(item, "fixturenames", ()))
        if starts and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(READY_WITHIN_S + TEST_S))


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def front_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontLine]:
    """One running server for all tests that leave it as they found it: each uses conversations of its own."""
    require("models")
    require("trained")
    server = FrontLine(tmp_path_factory.mktemp("front_line"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_front_line(tmp_path: Path) -> Iterator[FrontLine]:
    """A server of the test's own, not started: for tests that kill it."""
    require("models")
    require("trained")
    server = FrontLine(tmp_path)
    yield server
    server.stop()
