"""The phone line as its user runs it: `firstline voice` beside `firstline serve --demo`, each a process."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.front_line import READY_WITHIN_S, FrontLine, free_port
from tests.support.requirements import ROOT, require
from voice_gateway.transports.twilio import signature

OUTSIDE = '["+472285"]'
"""The numbers that agents may pass calls on to."""
PUBLIC_URL = "https://voice.example.com"
"""Where Twilio has been told that the gateway is."""


def free_udp_port() -> int:
    """A UDP port of the loopback address that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PhoneLine:
    """A bot and a gateway that know each other; either can be killed and started again."""

    def __init__(self, folder: Path, **environment: str) -> None:
        """``environment`` is for both; the gateway's own settings begin with FIRSTLINE_VOICE_."""
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.sip_port = free_udp_port()
        self.audiosocket_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        bot_folder = folder / "bot"
        bot_folder.mkdir()
        shared = {
            "FIRSTLINE_API_TOKEN": self.token,
            "FIRSTLINE_VOICE_URL": self.url,
            "FIRSTLINE_TRANSFERS__NUMBERS": OUTSIDE,
            **environment,
        }
        self.bot = FrontLine(bot_folder, port=None, **shared)
        self.log = folder / "voice.log"
        first_rtp = 20_000 + secrets.randbelow(400) * 100
        self._environment = {
            **os.environ,
            "FIRSTLINE_API_TOKEN": self.token,
            "FIRSTLINE_VOICE_PORT": str(self.port),
            "FIRSTLINE_VOICE_BOT_URL": self.bot.url,
            "FIRSTLINE_VOICE_ALLOWED_ORIGINS": f'["{self.bot.url}"]',
            # It would have the voice at work for minutes beside the tests.
            "FIRSTLINE_VOICE_PREPARE_ANSWERS": "false",
            # On a busy machine a bot takes long to start.
            "FIRSTLINE_VOICE_BOT_PATIENCE_S": "120",
            "FIRSTLINE_VOICE_SIP__PORT": str(self.sip_port),
            "FIRSTLINE_VOICE_SIP__RTP_PORTS": f"[{first_rtp}, {first_rtp + 399}]",
            "FIRSTLINE_VOICE_AUDIOSOCKET__PORT": str(self.audiosocket_port),
            "FIRSTLINE_TRANSFERS__NUMBERS": OUTSIDE,
            "FIRSTLINE_VOICE_SIP__TRANSFER_HOST": "127.0.0.1",
            "FIRSTLINE_VOICE_TWILIO__AUTH_TOKEN": self.token,
            "FIRSTLINE_VOICE_TWILIO__PUBLIC_URL": PUBLIC_URL,
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def sip(self) -> str:
        """Where to call."""
        return f"sip:ivr@127.0.0.1:{self.sip_port}"

    @property
    def sockets(self) -> str:
        """Where the gateway takes WebSockets."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def twilio_signature(self) -> str:
        """What Twilio proves itself by when it connects."""
        return signature(self.token, f"{PUBLIC_URL.replace('https', 'wss')}/twilio", {})

    @property
    def pid(self) -> int:
        """The gateway's process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start both and wait until calls can come in."""
        self.bot.launch()
        self.launch()
        self.bot.wait_until_ready()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the gateway and do not wait."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "voice"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def wait_until_ready(self) -> None:
        """Wait until calls can come in; the test fails when they cannot."""
        assert self._process is not None
        give_up_at = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < give_up_at and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2.0).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        self.stop()
        pytest.fail(f"the gateway did not become ready:\n{self.log.read_text()[-4000:]}")

    def metrics(self) -> str:
        """The gateway's figures."""
        return httpx.get(f"{self.url}/metrics", timeout=5.0).text

    def conversations(self) -> list[str]:
        """The conversations of the calls so far, in order: as the gateway's log names them."""
        found = re.findall(r"call\.began.*?conversation_id\W+(call-[\w-]+)", _plain(self.log.read_text()))
        return list(dict.fromkeys(found))

    def transcript(self, conversation_id: str) -> list[dict[str, Any]]:
        """The messages of a conversation, as a program reads them."""
        address = f"{self.bot.url}/api/v1/conversations/{conversation_id}/messages"
        answer = httpx.get(address, headers=self.bot.as_program, timeout=10.0)
        answer.raise_for_status()
        return list(answer.json()["messages"])

    def events(self, conversation_id: str) -> list[tuple[str, dict[str, Any]]]:
        """The (type, data) of a conversation's log, read from the database itself."""
        with closing(sqlite3.connect(self.bot.data_dir / "firstline.db")) as database:
            rows = database.execute(
                "SELECT type, data FROM events WHERE conversation_id = ? ORDER BY sequence", [conversation_id]
            ).fetchall()
        return [(type_, json.loads(data)) for type_, data in rows]

    def workers(self, name: str) -> list[int]:
        """The processes of a worker of the gateway's: ``whisper_worker``, ``piper_worker``."""
        out = subprocess.run(
            ["pgrep", "-P", str(self.pid), "-f", name], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in out.stdout.split()]

    def kill_gateway(self) -> None:
        """kill -9 of the gateway only."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop both as an operator would."""
        self._end(signal.SIGTERM)
        self.bot.stop()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.fixture(scope="session")
def phone_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneLine]:
    """One phone line for all tests that leave it as they found it: each has calls of its own."""
    for name in ("models", "trained", "voice"):
        require(name)
    line = PhoneLine(tmp_path_factory.mktemp("phone_line"))
    line.start()
    yield line
    line.stop()
