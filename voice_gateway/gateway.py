"""The composition root: which parts the gateway is made of, and how they are wired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import ctranslate2
import structlog
from prometheus_client import CollectorRegistry

from models import store
from voice_gateway.asr.whisper import WhisperRecognizer, whisper_worker
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.ears import Ears, EarSettings
from voice_gateway.errors import VoiceError
from voice_gateway.hearing import Hearing, HearingEvent
from voice_gateway.leg import CallTaker
from voice_gateway.limits import CallLimits
from voice_gateway.metrics import GatewayMetrics, WorkerKind
from voice_gateway.music import hold_music
from voice_gateway.observing import Observers
from voice_gateway.pacer import Pacer
from voice_gateway.policy import CallPolicy
from voice_gateway.preparing import Preparation
from voice_gateway.recording import Recordings, Retention
from voice_gateway.recording_file import RecordingKey
from voice_gateway.settings import Settings
from voice_gateway.smart_turn import SmartTurn
from voice_gateway.socket_bot import SocketBot
from voice_gateway.switchboard import Switchboard
from voice_gateway.transports.audiosocket import AudioSocketServer, AudioSocketSettings
from voice_gateway.transports.sip import SipSettings, SipTransport
from voice_gateway.transports.sip_leg import is_number
from voice_gateway.tts.casting import speaking
from voice_gateway.tts.coqui import CoquiSynthesizer
from voice_gateway.tts.piper import PiperSynthesizer
from voice_gateway.tts.speaking import Speaking
from voice_gateway.vad import SileroModel, StreamActivity, silero_session
from voice_gateway.workers import Worker

log = structlog.get_logger(__name__)

LEAVE_WITHIN_S = 3.0
"""How long calls that are hung up at the end have for their last reports."""


@dataclass(frozen=True)
class Gateway:
    """Everything that carries calls, wired and running."""

    settings: Settings
    bot: SocketBot
    switchboard: Switchboard
    registry: CollectorRegistry
    sip_port: int | None
    audiosocket_port: int | None


def refuse_unsafe(settings: Settings) -> None:
    """Raise VoiceError for settings that cannot work, or would open the gateway to everybody."""
    if not _token(settings):
        raise VoiceError(
            "The gateway needs the token of the bot's API.",
            code="settings.no_token",
            hint="set FIRSTLINE_API_TOKEN to the same long random string for the bot and the gateway, "
            "or run both with: firstline up",
        )
    if settings.twilio.auth_token is not None and settings.twilio.public_url is None:
        raise VoiceError(
            "Twilio's requests are signed for the address that Twilio calls, and none is set.",
            code="settings.no_public_url",
            hint="set FIRSTLINE_VOICE_TWILIO__PUBLIC_URL, as in https://voice.example.org",
        )
    kept = sum(lines.reserved for lines in settings.lines().values())
    if kept > settings.calls:
        raise VoiceError(
            f"{kept} lines are kept for single transports, and there are {settings.calls}.",
            code="settings.too_few_lines",
            hint="set a higher FIRSTLINE_VOICE_CALLS, or lower reserved_calls",
        )
    _refuse_numbers_of_no_exchange(settings)
    if settings.recording.enabled and settings.recording.key is None:
        raise VoiceError(
            "Recordings are encrypted, and there is no key.",
            code="settings.no_recording_key",
            hint="set FIRSTLINE_VOICE_RECORDING__KEY to the output of: openssl rand -base64 32",
        )


def _refuse_numbers_of_no_exchange(settings: Settings) -> None:
    """A bare number is one of an exchange's: without its name a caller could choose whose."""
    fallback = settings.fallback_target
    bare = settings.transfers.has_numbers or (fallback is not None and is_number(fallback))
    if bare and settings.sip.enabled and not settings.sip.transfer_host:
        raise VoiceError(
            "Calls may be passed on to telephone numbers, and it is not said by which exchange.",
            code="settings.no_transfer_host",
            hint="set FIRSTLINE_VOICE_SIP__TRANSFER_HOST to the host of your exchange or trunk, "
            "or write SIP URIs in place of numbers",
        )


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[Gateway]:
    """Start everything, and at the end hang up and stop it. Raises VoiceError."""
    refuse_unsafe(settings)
    sip = _sip_settings(settings) if settings.sip.enabled else None
    clock = SystemClock()
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)
    async with AsyncExitStack() as stack:
        recordings = await _recordings(settings, metrics, stack, clock)
        recognizer = WhisperRecognizer(
            whisper_worker(store.path(settings.asr_model), device=_device(settings), threads=settings.threads)
        )
        speech = speaking(settings.speech)
        stack.push_async_callback(recognizer.stop)
        stack.push_async_callback(speech.stop)
        # Both take seconds to load; neither needs the other.
        await asyncio.gather(recognizer.start(), speech.start())

        session = silero_session(store.path("silero-vad"))

        ear_settings = EarSettings(hot_words=settings.hot_words)
        hint = SmartTurn(store.path("smart-turn")) if settings.turn_hint else None
        if hint is not None:
            stack.callback(hint.close)

        def hear(rate: int, tell: Callable[[HearingEvent], None]) -> Hearing:
            return Ears(
                rate=rate,
                activity=StreamActivity(SileroModel(session, rate), rate),
                recognizer=recognizer,
                on_event=tell,
                turn_hint=hint,
                settings=ear_settings,
            )

        pacer = Pacer(clock)
        bot = SocketBot(
            settings.bot_url,
            _token(settings),
            patience_s=settings.bot_patience_s,
            on_connected=lambda: preparation.bot_came(),
        )
        switchboard = Switchboard(
            bot=bot,
            speech=speech,
            hear=hear,
            music=hold_music,
            clock=clock,
            pacer=pacer,
            limits=CallLimits(
                most_calls=settings.calls,
                most_a_minute=settings.calls_per_minute,
                now=clock.now,
                lines=settings.lines(),
            ),
            policy=_policy(settings),
            observers=Observers(metrics, recordings, clock=clock),
        )
        preparation = Preparation(
            speech,
            name=settings.name,
            languages=settings.languages,
            answers=bot.prompts if settings.prepare_answers else None,
            live_calls=lambda: switchboard.live,
            clock=clock,
        )
        await preparation.greeting()
        for job in (bot.run, pacer.run, preparation.run):
            _run(job(), stack)
        workers: dict[WorkerKind, list[Worker]] = {"asr": [recognizer.worker], "tts": _workers(speech)}
        _run(_watch(pacer, workers, metrics, clock), stack)
        sip_port = await _sip(sip, switchboard, stack) if sip is not None else None
        audiosocket_port = await _audiosocket(settings, switchboard, stack)
        stack.push_async_callback(_leave, switchboard)
        yield Gateway(settings, bot, switchboard, registry, sip_port, audiosocket_port)


def _policy(settings: Settings) -> CallPolicy:
    return CallPolicy(
        name=settings.name,
        languages=tuple(settings.languages),
        recorded=settings.recorded_notice or settings.recording.enabled,
        silence_s=settings.silence_s,
        longest_s=settings.longest_call_s,
        fallback_target=settings.fallback_target,
        transfers=settings.transfers,
    )


def _device(settings: Settings) -> str:
    if settings.device != "auto":
        return settings.device
    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


def _token(settings: Settings) -> str:
    """Empty where there is none."""
    return settings.api_token.get_secret_value() if settings.api_token is not None else ""


async def _recordings(
    settings: Settings, metrics: GatewayMetrics, stack: AsyncExitStack, clock: Clock
) -> Recordings | None:
    """Where calls are recorded, if they are; old ones are deleted also when no new ones are made."""
    section = settings.recording
    _run(Retention(folder=section.directory, days=section.keep_days).run(clock), stack)
    if not section.enabled or section.key is None:
        return None
    recordings = Recordings(
        section.directory,
        RecordingKey.parse(section.key),
        clock.now,
        on_lost=metrics.recording_lost,
    )
    stack.callback(recordings.close)
    return recordings


def _sip_settings(settings: Settings) -> SipSettings:
    """Raises VoiceError where nobody could reach us."""
    section = settings.sip
    return SipSettings(
        host=settings.host,
        port=section.port,
        rtp_ports=section.rtp_ports,
        advertised=str(section.advertised or ""),
        peers=tuple(section.peers),
        proxies=tuple(section.proxies),
        media_networks=tuple(section.media_networks),
        realm=section.realm,
        users=section.users,
        algorithms=tuple(section.algorithms),
        codecs=tuple(section.codecs),
        ring_s=section.ring_s,
        silent_for_s=section.silent_for_s,
        transfer_host=section.transfer_host or "",
    )


async def _sip(settings: SipSettings, taker: CallTaker, stack: AsyncExitStack) -> int:
    transport = SipTransport(settings)
    try:
        await transport.start(taker)
    except OSError as error:
        raise VoiceError(
            f"Cannot listen for SIP on {settings.host} port {settings.port}: {error.strerror}.",
            code="voice.cannot_listen",
            hint="stop what uses it, or choose another: FIRSTLINE_VOICE_SIP__PORT=5070",
        ) from error
    stack.push_async_callback(transport.stop)
    return transport.address[1]


async def _audiosocket(settings: Settings, taker: CallTaker, stack: AsyncExitStack) -> int | None:
    section = settings.audiosocket
    if not section.enabled:
        return None
    server = AudioSocketServer(
        taker,
        AudioSocketSettings(host=settings.host, port=section.port, allow=section.peers),
    )
    try:
        port = await server.start()
    except OSError as error:
        raise VoiceError(
            f"Cannot listen for AudioSocket on {settings.host} port {section.port}: {error.strerror}.",
            code="voice.cannot_listen",
            hint="stop what uses it, or choose another: FIRSTLINE_VOICE_AUDIOSOCKET__PORT=9093",
        ) from error
    stack.push_async_callback(server.close)
    return port


async def _leave(switchboard: Switchboard) -> None:
    """Hang up everywhere, and let the calls tell the bot."""
    switchboard.end_all("shutdown")
    for _ in range(round(LEAVE_WITHIN_S / 0.05)):
        if not switchboard.live:
            return
        await asyncio.sleep(0.05)


def _workers(speech: Speaking) -> list[Worker]:
    """The processes that speak."""
    return [
        engine.worker for engine in speech.engines if isinstance(engine, PiperSynthesizer | CoquiSynthesizer)
    ]


async def _watch(
    pacer: Pacer, workers: Mapping[WorkerKind, Sequence[Worker]], metrics: GatewayMetrics, clock: Clock
) -> None:
    while True:
        metrics.pacer_skipped(pacer.skipped)
        for kind, several in workers.items():
            metrics.workers_restarted(kind, sum(worker.deaths for worker in several))
        await clock.sleep_until(clock.now() + 5.0)


def _run(job: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    """Run a job until the stack is closed."""
    task = asyncio.create_task(job)

    async def stop() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(stop)
