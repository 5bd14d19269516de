"""A real telephone: baresip, driven over its control socket (netstrings of JSON).

async with Baresip.start(tmp_path, microphone=speech) as phone:
    await phone.dial("sip:ivr@127.0.0.1:5060")
    await phone.event("CALL_ESTABLISHED")
    await phone.press("1")
    await phone.hang_up()
heard = phone.recording("dec")
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import sys
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

START_WITHIN_S = 10.0
TOLD_WITHIN_S = 10.0
RATE = 8000
"""Hz of what is said and recorded."""
WAV_HEADER = 44
"""Bytes. What it says of the recording's length is true only once the call is over."""
_MODULES = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")

CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{sip_port}
sip_cafile {cafile}
net_interface 127.0.0.1
call_local_timeout 60
call_max_calls 4
audio_player aubridge,none
audio_source {source}
audio_alert aubridge,none
ausrc_srate 8000
auplay_srate 8000
audio_jitter_buffer_type fixed
audio_jitter_buffer_ms 20-80
rtp_timeout 60
snd_path {directory}
ctrl_tcp_listen 127.0.0.1:{control_port}
module_path {modules}
module g711.so
module g722.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module dtls_srtp.so
module_app account.so
module_app ctrl_tcp.so
module_app menu.so
"""


def module_path() -> str | None:
    """Where Debian (or a build of one's own) has baresip's modules; None where there is none."""
    return next((path for path in _MODULES if Path(path, "ctrl_tcp.so").exists()), None)


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port of the loopback that nobody has at the moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Baresip:
    """Made by `start`."""

    directory: Path
    sip_port: int
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    events: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _answers: list[dict[str, Any]] = field(default_factory=list)
    _seen: int = 0

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        directory: Path,
        *,
        user: str = "caller",
        password: str = "",
        answer: Literal["manual", "auto"] = "manual",
        codecs: Sequence[str] = ("PCMU/8000/1",),
        microphone: Path | None = None,
        transport: Literal["udp", "tcp", "tls"] = "udp",
        outbound: str = "",
        cafile: str = "",
        encryption: Literal["", "srtp-mand", "dtls_srtp"] = "",
    ) -> AsyncIterator[Baresip]:
        """Run one, with its configuration and its recordings in a directory of its own.

        ``microphone`` is a WAV file (8000 Hz, mono); without one a tone of 440 Hz is said for a minute.
        ``encryption`` is that of its media: SRTP with keys by SDES or by DTLS, and never anything else.
        """
        sip_port, control_port = free_port(), free_port(socket.SOCK_STREAM)
        modules = module_path()
        program = shutil.which("baresip")
        assert modules is not None
        assert program is not None
        _make(directory)
        config = CONFIG.format(
            sip_port=sip_port,
            control_port=control_port,
            modules=modules,
            directory=directory,
            cafile=cafile,
            source=f"aufile,{microphone or _tone(directory)}",
        )
        (directory / "config").write_text(config if cafile else config.replace("sip_cafile \n", ""))
        account = f"<sip:{user}@127.0.0.1;transport={transport}>;regint=0;answermode={answer}"
        account += f";audio_codecs={','.join(codecs)};ptime=20"
        if password:
            account += f";auth_user={user};auth_pass={password}"
        if encryption:
            account += f";mediaenc={encryption}"
        if outbound:
            account += f';outbound="{outbound}"'
        (directory / "accounts").write_text(account + "\n")
        (directory / "contacts").write_text("")
        with (directory / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                program,
                "-f",
                str(directory),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                cwd=directory,
            )
        try:
            reader, writer = await _connect(control_port, process)
            phone = cls(directory, sip_port, reader, writer)
            listening = asyncio.create_task(phone._listen())
            try:
                yield phone
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
                writer.close()
                with suppress(ConnectionError):
                    await writer.wait_closed()
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                process.kill()
                await process.wait()
            if "AddressSanitizer" in (directory / "log").read_text(errors="replace"):
                sys.stderr.write((directory / "log").read_text(errors="replace"))

    @property
    def uri(self) -> str:
        """Where it can be called."""
        return f"sip:phone@127.0.0.1:{self.sip_port}"

    async def dial(self, uri: str) -> None:
        """Call somebody."""
        await self.command("dial", uri)

    async def hang_up(self) -> None:
        """End the call, or give up calling."""
        await self.command("hangup")

    async def hold(self) -> None:
        """Put the other side on hold."""
        await self.command("hold")

    async def resume(self) -> None:
        """Take it back."""
        await self.command("resume")

    async def press(self, digits: str) -> None:
        """Press keys, each for 0.1 s and with as long a pause after it."""
        for digit in digits:
            await self.command("sndcode", digit)
            await asyncio.sleep(0.1)
            await self.command("sndcode", "\x04")
            await asyncio.sleep(0.1)

    async def say(self, microphone: Path) -> None:
        """Play a WAV file (8000 Hz, mono) into the call from now on."""
        await self.command("ausrc", f"aufile,{microphone}")

    async def packets_received(self) -> int:
        """Packets of RTP that came in this call so far."""
        found = re.search(r"rcvd=(\d+)", await self.command("audio_debug"))
        return int(found[1]) if found else 0

    async def command(self, name: str, params: str = "") -> str:
        """What baresip answers to a command of its menu."""
        text = json.dumps({"command": name, "params": params, "token": name})
        self._writer.write(f"{len(text.encode())}:{text},".encode())
        async with self._news, asyncio.timeout(TOLD_WITHIN_S):
            await self._news.wait_for(lambda: self._answers)
            return str(self._answers.pop(0).get("data", ""))

    async def event(self, kind: str, *, within_s: float = TOLD_WITHIN_S) -> dict[str, Any]:
        """The next event of a kind (``CALL_ESTABLISHED``, ``CALL_CLOSED``...), of those not yet asked for."""

        def find() -> int | None:
            found = (at for at in range(self._seen, len(self.events)) if self.events[at].get("type") == kind)
            return next(found, None)

        async with self._news:
            try:
                async with asyncio.timeout(within_s):
                    await self._news.wait_for(lambda: find() is not None)
            except TimeoutError:
                seen = [event.get("type") for event in self.events]
                raise AssertionError(f"no {kind} within {within_s} s; there were {seen}") from None
        at = find()
        assert at is not None
        self._seen = at + 1
        return self.events[at]

    def recording(self, side: Literal["enc", "dec"]) -> tuple[npt.NDArray[np.int16], int]:
        """What was said (``enc``) or heard (``dec``) in the latest call, and its rate in Hz.

        Complete once the call is closed. What is heard after a hold is not in it: baresip 1.0 takes its
        recorder out of the way there.
        """
        path = max(self.directory.glob(f"dump-*-{side}.wav"), key=lambda found: found.stat().st_mtime_ns)
        with wave.open(str(path)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2"), file.getframerate()

    def heard(self) -> npt.NDArray[np.int16]:
        """What was heard so far in the call that is on, at its rate; nothing in silence that is not sent."""
        path = max(self.directory.glob("dump-*-dec.wav"), default=None)
        data = path.read_bytes()[WAV_HEADER:] if path is not None else b""
        return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")

    def log(self) -> str:
        """What it printed."""
        return (self.directory / "log").read_text(errors="replace")

    async def _listen(self) -> None:
        while True:
            size = await self._reader.readuntil(b":")
            message = json.loads(await self._reader.readexactly(int(size[:-1])))
            await self._reader.readexactly(1)
            async with self._news:
                (self.events if message.get("event") else self._answers).append(message)
                self._news.notify_all()


def _make(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)


def _tone(directory: Path) -> Path:
    path = directory / "tone.wav"
    time = np.arange(60 * RATE) / RATE
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((8000 * np.sin(2 * np.pi * 440 * time)).astype("<i2").tobytes())
    return path


async def _connect(
    port: int, process: asyncio.subprocess.Process
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(START_WITHIN_S):
        while True:
            assert process.returncode is None, "baresip ended at once"
            with suppress(ConnectionError):
                return await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.05)
