"""Any server that speaks OpenAI's ``POST /v1/audio/speech``, with raw PCM as it is made.

Documented at https://platform.openai.com/docs/api-reference/audio/createSpeech; the PCM is 16-bit mono.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from voice_gateway.audio import SAMPLE_BYTES
from voice_gateway.errors import VoiceError
from voice_gateway.tts.settings import OpenAiSettings
from voice_gateway.tts.synthesizer import Voice

MAX_CLAUSE_S = 120
"""A clause that is longer is not one: the server's stream is cut off."""


class OpenAiSynthesizer:
    """Speech of a server; its key goes into the request's header and nowhere else."""

    def __init__(self, settings: OpenAiSettings) -> None:
        self._settings = settings
        self._client: httpx.AsyncClient | None = None

    @property
    def rate(self) -> int:
        return self._settings.rate

    @property
    def at_once(self) -> int:
        return 8

    async def start(self) -> None:
        """Only makes a client ready: a server that is down now may be up when the first call comes."""
        if self._client is None:
            key = self._settings.key
            self._client = httpx.AsyncClient(
                base_url=f"{self._settings.url.rstrip('/')}/",
                headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
                timeout=httpx.Timeout(self._settings.timeout_s, connect=min(3.0, self._settings.timeout_s)),
            )

    async def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        if self._client is None:
            raise VoiceError("The speech server's client is not started.", code="tts.not_started")
        asked = {
            "model": self._settings.model,
            "voice": voice.name or self._settings.voice,
            "input": text,
            "response_format": "pcm",
        }
        left = MAX_CLAUSE_S * self.rate * SAMPLE_BYTES
        odd = b""
        try:
            async with self._client.stream("POST", "audio/speech", json=asked) as response:
                if response.status_code != 200:
                    raise _refused(response.status_code)
                async for received in response.aiter_bytes():
                    pcm = (odd + received)[:left]
                    whole = len(pcm) - len(pcm) % SAMPLE_BYTES
                    odd = pcm[whole:]
                    left -= whole
                    if whole:
                        yield pcm[:whole]
                    if left < SAMPLE_BYTES:
                        return
        except httpx.HTTPError as error:
            raise VoiceError(
                f"The speech server at {self._settings.url} does not answer: {type(error).__name__}.",
                hint="check its address, and that it runs",
                code="tts.server",
            ) from error


def _refused(status: int) -> VoiceError:
    hint = {401: "check the key", 403: "check the key", 404: "check the address, the model and the voice"}
    return VoiceError(
        f"The speech server answered {status}.", hint=hint.get(status, "see its log"), code="tts.server"
    )
