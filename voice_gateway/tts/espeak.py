"""espeak-ng (https://github.com/espeak-ng/espeak-ng): a robotic voice for languages that have no other.

GPL-3.0: the program is run, a process for each clause, and never linked.
"""

from __future__ import annotations

import asyncio
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import suppress

from voice_gateway.errors import VoiceError, WorkerDied
from voice_gateway.tts.settings import EspeakSettings
from voice_gateway.tts.synthesizer import Voice

PROGRAM = "espeak-ng"
RATE = 22_050
CHUNK_BYTES = 8192
TIMEOUT_S = 10.0
_VOICES = {"en": "en-us", "no": "nb", "nn": "nb"}


class EspeakSynthesizer:
    """A voice of espeak-ng; without a name it is that of the language."""

    def __init__(self, settings: EspeakSettings) -> None:
        self._settings = settings

    @property
    def rate(self) -> int:
        return RATE

    @property
    def at_once(self) -> int:
        return 2

    async def start(self) -> None:
        """Raises VoiceError where the program is absent."""
        if shutil.which(PROGRAM) is None:
            raise VoiceError(
                "espeak-ng is not installed.", hint="apt-get install espeak-ng", code="tts.no_espeak"
            )

    async def stop(self) -> None:
        """Nothing runs between clauses."""

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        name = voice.name or self._settings.voice or _voice_of(voice.language)
        try:
            process = await asyncio.create_subprocess_exec(
                *(PROGRAM, "-v", name, "-s", str(self._settings.words_per_minute), "-b", "1"),
                *("--stdin", "--stdout"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise WorkerDied(f"espeak-ng does not start: {error.strerror}") from error
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                process.stdin.write(text.encode())
                process.stdin.close()
                await _skip_header(process.stdout)
                while pcm := await process.stdout.read(CHUNK_BYTES):
                    yield pcm
                if await process.wait() != 0:
                    raise WorkerDied(f"espeak-ng has no voice {name}.", hint="see `espeak-ng --voices`")
        except TimeoutError as error:
            raise WorkerDied("espeak-ng takes too long.") from error
        except (OSError, asyncio.IncompleteReadError, struct.error) as error:
            raise WorkerDied(f"espeak-ng has no voice {name}.", hint="see `espeak-ng --voices`") from error
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _skip_header(stdout: asyncio.StreamReader) -> None:
    """Read a WAV file up to its samples; espeak-ng writes 22.05 kHz mono."""
    await stdout.readexactly(12)
    while True:
        kind, size = struct.unpack("<4sI", await stdout.readexactly(8))
        if kind == b"data":
            return
        await stdout.readexactly(size + size % 2)


def _voice_of(language: str) -> str:
    base, _, region = language.lower().replace("_", "-").partition("-")
    if language.lower() in ("pt-br", "en-gb", "fr-be", "fr-ch"):
        return f"{base}-{region}"
    return _VOICES.get(base, base) if base.isalnum() else "en-us"
