"""Recordings of calls: one file for each side, written off the event loop, deleted when their time is up."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from voice_gateway.audio import SAMPLE_BYTES
from voice_gateway.clock import Clock
from voice_gateway.recording_file import RecordingKey, Writer
from voice_gateway.recording_folder import Recorded, file_name, recorded_in

CHUNK_S = 1
"""What is lost of a recording at most when the machine fails."""
GAP_S = 0.1
"""Frames this much later than the audio before them mean a silence, which is recorded as such."""
SWEEP_EVERY_S = 3600.0
MOST_QUEUED = 1024
"""Chunks that may wait for the disk, of all calls together (about 16 MB at 8000 Hz)."""
CLOSE_WITHIN_S = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Silence and then audio, in bytes of PCM; ``last`` closes the file."""

    recording: Recording
    silence: int
    pcm: bytes
    last: bool = False


class Recording:
    """The recording of one side of a call. No method blocks or raises; a fault loses the recording only."""

    def __init__(
        self,
        path: Path,
        rate: int,
        *,
        since: float,
        now: Callable[[], float],
        put: Callable[[_Piece], bool],
    ) -> None:
        self.path = path
        self.rate = rate
        self.lost = False
        """Whether it broke off: the disk is full, or too slow."""
        self._now = now
        self._put = put
        self._since = since
        self._bytes = 0
        self._silence = 0
        self._pcm = bytearray()
        self._closed = False

    def write(self, pcm: bytes) -> None:
        """Record audio that is heard now. Where none came for a while, silence is recorded before it."""
        if self._closed or self.lost:
            return
        gap = round((self._now() - self._since) * self.rate) * SAMPLE_BYTES - self._bytes - len(pcm)
        if gap > GAP_S * self.rate * SAMPLE_BYTES:
            self._flush()
            self._silence = gap
            self._bytes += gap
        self._pcm += pcm
        self._bytes += len(pcm)
        if len(self._pcm) >= CHUNK_S * self.rate * SAMPLE_BYTES:
            self._flush()

    def close(self) -> None:
        """The side is gone; again is no error."""
        if not self._closed:
            self._closed = True
            self._flush(last=True)

    def _flush(self, *, last: bool = False) -> None:
        if self.lost or not (self._pcm or last):
            return
        piece = _Piece(self, self._silence, bytes(self._pcm), last)
        self._silence = 0
        self._pcm.clear()
        if not self._put(piece):
            self.lost = True


@dataclass
class Recordings:
    """Where recordings are made: a folder, and a thread that encrypts and writes, off the event loop.

    ``today`` is the time of day (UTC); ``now`` monotonic seconds; ``on_lost`` is told, in any thread, of each
    recording that breaks off.
    """

    folder: Path
    key: RecordingKey
    now: Callable[[], float]
    today: Callable[[], datetime] = lambda: datetime.now(UTC)
    randomness: Callable[[int], bytes] = os.urandom
    on_lost: Callable[[], None] = lambda: None
    _queue: queue.Queue[_Piece | None] = field(default_factory=lambda: queue.Queue(MOST_QUEUED))
    _writers: dict[Recording, Writer] = field(default_factory=dict)
    _thread: threading.Thread | None = None

    def open(self, conversation_id: str, leg: str, *, rate: int, since: float | None = None) -> Recording:
        """Begin to record one side (``caller``, ``to_caller``, ``agent``) of a conversation's call.

        ``since`` is when the recording begins (by default now): with the call's own beginning, its sides fit
        together. Raises ValueError for a leg that is no lower-case word.
        """
        name = file_name(conversation_id, leg, began=self.today(), salt=self.randomness(4))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
            self._thread.start()
        began = self.now() if since is None else since
        return Recording(self.folder / name, rate, since=began, now=self.now, put=self._offer)

    def close(self) -> None:
        """Write what waits, for a few seconds at most. Open recordings end as if broken off."""
        if self._thread is None:
            return
        try:
            self._queue.put(None, timeout=CLOSE_WITHIN_S)
        except queue.Full:
            log.warning("recordings.left_unwritten", chunks=self._queue.qsize())
            return
        self._thread.join(CLOSE_WITHIN_S)
        self._thread = None

    def _offer(self, piece: _Piece) -> bool:
        try:
            self._queue.put_nowait(piece)
        except queue.Full:
            log.error("recording.lost", file=piece.recording.path.name, problem="the disk is too slow")
            self.on_lost()
            return False
        return True

    def _run(self) -> None:
        while (piece := self._queue.get()) is not None:
            recording = piece.recording
            if not recording.lost:
                try:
                    self._write(piece)
                except OSError as error:
                    recording.lost = True
                    log.error("recording.lost", file=recording.path.name, problem=error.strerror)
                    self.on_lost()
            if piece.last:
                self._let_go(recording)
            # Those that were lost because the queue was full have no last piece.
            for lost in [each for each in self._writers if each.lost]:
                self._let_go(lost)
        for recording in list(self._writers):
            self._let_go(recording)

    def _write(self, piece: _Piece) -> None:
        recording = piece.recording
        writer = self._writers.get(recording)
        if writer is None:
            writer = Writer(recording.path, self.key, recording.rate, self.randomness)
            self._writers[recording] = writer
        most = CHUNK_S * recording.rate * SAMPLE_BYTES
        for at in range(0, piece.silence, most):
            writer.chunk(bytes(min(most, piece.silence - at)), last=False)
        writer.chunk(piece.pcm, last=piece.last)

    def _let_go(self, recording: Recording) -> None:
        writer = self._writers.pop(recording, None)
        if writer is not None:
            writer.close()


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Deletes recordings: those older than ``days``, and on demand all of a conversation.

    The age is told by the file's name, since copying a file changes its time.
    """

    folder: Path
    days: int
    today: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def run(self, clock: Clock) -> None:
        """Sweep now and every hour, until cancelled."""
        while True:
            due = clock.now() + SWEEP_EVERY_S
            try:
                deleted = await asyncio.to_thread(self.sweep)
            except OSError as error:
                log.error("recordings.not_swept", problem=error.strerror)
            else:
                if deleted:
                    log.info("recordings.deleted", files=deleted, older_than_days=self.days)
            await clock.sleep_until(due)

    def sweep(self) -> int:
        """Delete what is older than it may be; how many files that were."""
        now = self.today()
        return _delete(each for each in recorded_in(self.folder) if self.left(each, now) < timedelta())

    def left(self, recorded: Recorded, now: datetime) -> timedelta:
        """How long a recording may still be kept."""
        return recorded.began + timedelta(days=self.days) - now

    def erase(self, conversation: str) -> int:
        """Delete what was recorded of a conversation (its id, or the id's hash); how many files that were."""
        return _delete(recorded_in(self.folder, conversation=conversation))


def _delete(recordings: Iterable[Recorded]) -> int:
    deleted = 0
    for recorded in recordings:
        recorded.path.unlink(missing_ok=True)
        deleted += 1
    return deleted
