from __future__ import annotations

import asyncio
import base64
import os
import resource
import stat
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from structlog.testing import capture_logs

from voice_gateway.recording import Recording, Recordings, Retention
from voice_gateway.recording_file import RecordingError, RecordingKey, Writer, decrypt

KEY = RecordingKey(bytes(range(32)))
RATE = 8000
FRAME = RATE // 50 * 2
CONVERSATION = "call-5f0c9d"


class Time:
    def __init__(self) -> None:
        self.s = 100.0
        self.day = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)

    def now(self) -> float:
        return self.s

    def today(self) -> datetime:
        return self.day


class Desk:
    """Recordings in a folder of the test's own, on a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.time = Time()
        self.folder = folder / "recordings"
        self.lost = 0
        self.recordings = Recordings(
            self.folder, KEY, now=self.time.now, today=self.time.today, on_lost=self._lose
        )

    def speak(self, recording: Recording, pcm: bytes) -> None:
        """Hear audio frame by frame, as time goes on."""
        for at in range(0, len(pcm), FRAME):
            self.time.s += 0.02
            recording.write(pcm[at : at + FRAME])

    def _lose(self) -> None:
        self.lost += 1


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.recordings.close()


def voice(seconds: float) -> bytes:
    return os.urandom(int(seconds * 50) * FRAME)


def sound(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return bytes(file.readframes(file.getnframes()))


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """As a full disk does, the kernel refuses to write more (EFBIG instead of ENOSPC)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_side_of_a_call_is_read_back_as_it_was_heard(desk: Desk, tmp_path: Path) -> None:
    recording = desk.recordings.open(CONVERSATION, "caller", rate=RATE)
    said = voice(2.5)
    desk.speak(recording, said)
    recording.close()
    desk.recordings.close()

    result = decrypt(recording.path, KEY, tmp_path / "caller.wav")

    assert sound(tmp_path / "caller.wav") == said
    assert result.complete
    assert result.duration_ms == 2500


def test_silences_keep_the_sides_together(desk: Desk, tmp_path: Path) -> None:
    recording = desk.recordings.open(CONVERSATION, "bot", rate=RATE)
    first, second = voice(0.2), voice(0.5)
    desk.speak(recording, first)
    desk.time.s += 130.0
    desk.speak(recording, second)
    recording.close()
    desk.recordings.close()

    decrypt(recording.path, KEY, tmp_path / "bot.wav")

    assert sound(tmp_path / "bot.wav") == first + bytes(130 * RATE * 2) + second


def test_a_side_that_joins_later_begins_with_silence(desk: Desk, tmp_path: Path) -> None:
    began = desk.time.s
    desk.time.s += 12.0
    recording = desk.recordings.open(CONVERSATION, "to_caller", rate=RATE, since=began)
    said = voice(0.5)
    desk.speak(recording, said)
    recording.close()
    desk.recordings.close()

    decrypt(recording.path, KEY, tmp_path / "to_caller.wav")

    assert sound(tmp_path / "to_caller.wav") == bytes(12 * RATE * 2) + said


def test_frames_that_come_a_little_late_make_no_gap(desk: Desk, tmp_path: Path) -> None:
    recording = desk.recordings.open(CONVERSATION, "caller", rate=RATE)
    said = voice(0.2)
    for at in range(0, len(said), FRAME):
        desk.time.s += 0.02 if at % (2 * FRAME) else 0.025
        recording.write(said[at : at + FRAME])
    recording.close()
    desk.recordings.close()

    decrypt(recording.path, KEY, tmp_path / "caller.wav")

    assert sound(tmp_path / "caller.wav") == said


def test_what_lies_on_the_disk_tells_nothing(desk: Desk) -> None:
    recording = desk.recordings.open(CONVERSATION, "caller", rate=RATE)
    said = b"a voice that nobody else may hear" * 1000
    recording.write(said)
    recording.close()
    desk.recordings.close()

    assert said[:32] not in recording.path.read_bytes()
    assert CONVERSATION not in recording.path.name
    assert stat.S_IMODE(recording.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(desk.folder.stat().st_mode) == 0o700


def test_the_same_audio_is_never_encrypted_alike(desk: Desk) -> None:
    pair = [desk.recordings.open(CONVERSATION, leg, rate=RATE) for leg in ("caller", "agent")]
    for recording in pair:
        recording.write(bytes(RATE * 2))
        recording.close()
    desk.recordings.close()

    one, other = (recording.path.read_bytes()[42:] for recording in pair)

    assert one != other


def test_a_key_is_set_as_base64(tmp_path: Path) -> None:
    setting = SecretStr(base64.b64encode(bytes(range(32))).decode() + "\n")

    assert RecordingKey.parse(setting).id == KEY.id


@pytest.mark.parametrize("setting", ["", "not base64!", base64.b64encode(b"too short").decode()])
def test_a_key_that_is_none_is_refused_with_the_mend(setting: str) -> None:
    with pytest.raises(RecordingError, match="openssl rand -base64 32") as caught:
        RecordingKey.parse(SecretStr(setting))

    assert caught.value.code == "recording.bad_key"
    assert not setting or setting not in str(caught.value)


def test_another_key_is_told_from_a_damaged_file(desk: Desk, tmp_path: Path) -> None:
    recording = _record(desk, 0.2)

    with pytest.raises(RecordingError, match="another key") as caught:
        decrypt(recording.path, RecordingKey(bytes(32)), tmp_path / "out.wav")

    assert caught.value.code == "recording.other_key"
    assert not (tmp_path / "out.wav").exists()


def test_a_wav_that_is_there_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    recording = _record(desk, 0.2)
    (tmp_path / "out.wav").write_text("mine")

    with pytest.raises(FileExistsError):
        decrypt(recording.path, KEY, tmp_path / "out.wav")

    assert (tmp_path / "out.wav").read_text() == "mine"


def test_a_file_that_breaks_off_is_readable_to_its_last_whole_chunk(desk: Desk, tmp_path: Path) -> None:
    recording = desk.recordings.open(CONVERSATION, "caller", rate=RATE)
    said = voice(3.5)
    desk.speak(recording, said)
    recording.close()
    desk.recordings.close()
    whole = recording.path.read_bytes()
    recording.path.write_bytes(whole[: 42 + 2 * (4 + RATE * 2 + 16) + 1000])

    result = decrypt(recording.path, KEY, tmp_path / "out.wav")

    assert not result.complete
    assert sound(tmp_path / "out.wav") == said[: 2 * RATE * 2]


def test_a_process_that_dies_leaves_what_it_wrote(desk: Desk, tmp_path: Path) -> None:
    recording = desk.recordings.open(CONVERSATION, "caller", rate=RATE)
    said = voice(2.5)
    desk.speak(recording, said)
    desk.recordings.close()

    result = decrypt(recording.path, KEY, tmp_path / "out.wav")

    assert not result.complete
    assert sound(tmp_path / "out.wav") == said[: 2 * RATE * 2]


@given(data=st.data())
def test_no_change_goes_unseen(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("changed")
    path = folder / "one.flrec"
    writer = Writer(path, KEY, RATE, os.urandom)
    chunks = [bytes([n]) * 40 for n in range(4)]
    for number, pcm in enumerate(chunks):
        writer.chunk(pcm, last=number == 3)
    writer.close()
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.integers(1, 255))
    path.write_bytes(whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :])

    # A length that is made larger looks as if the file broke off there: what is before it is still true.
    try:
        result = decrypt(path, KEY, folder / "out.wav")
    except RecordingError:
        assert not (folder / "out.wav").exists()
    else:
        assert not result.complete
        assert b"".join(chunks).startswith(sound(folder / "out.wav"))


def test_chunks_can_be_neither_left_out_nor_exchanged(tmp_path: Path) -> None:
    path = tmp_path / "one.flrec"
    writer = Writer(path, KEY, RATE, os.urandom)
    for number in range(3):
        writer.chunk(bytes([number]) * 40, last=number == 2)
    writer.close()
    whole, size = path.read_bytes(), 4 + 40 + 16
    header, chunks = whole[:42], [whole[42 + n * size :][:size] for n in range(3)]

    for shuffled in ([chunks[1], chunks[0], chunks[2]], [chunks[0], chunks[2]], [*chunks, chunks[0]]):
        path.write_bytes(header + b"".join(shuffled))
        with pytest.raises(RecordingError, match="was changed, or is damaged"):
            decrypt(path, KEY, tmp_path / "out.wav")


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(raw: bytes) -> None:
    folder = Path(os.environ.get("TMPDIR", "/tmp"))
    path, out = folder / f"any-{os.getpid()}.flrec", folder / f"any-{os.getpid()}.wav"
    path.write_bytes(raw)
    try:
        with pytest.raises(RecordingError):
            decrypt(path, KEY, out)
        assert not out.exists()
    finally:
        path.unlink()


def test_a_full_disk_loses_the_recording_and_not_the_call(desk: Desk, tmp_path: Path) -> None:
    recording = desk.recordings.open(CONVERSATION, "caller", rate=RATE)
    said = voice(5.0)
    with files_no_larger_than(40_000), capture_logs() as logs:
        desk.speak(recording, said)
        recording.close()
        desk.recordings.close()

    assert recording.lost
    assert desk.lost == 1
    assert [each["event"] for each in logs] == ["recording.lost"]
    assert not decrypt(recording.path, KEY, tmp_path / "out.wav").complete
    assert sound(tmp_path / "out.wav") == said[: 2 * RATE * 2]


def test_a_folder_that_cannot_be_made_loses_the_recording(desk: Desk) -> None:
    desk.folder.write_text("a file where the folder should be")
    with capture_logs() as logs:
        recording = _record(desk, 2.0)

    assert recording.lost
    assert [each["event"] for each in logs] == ["recording.lost"]


def test_a_disk_that_is_too_slow_loses_the_recording_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stuck, goes_on = threading.Event(), threading.Event()
    write = Writer.chunk

    def slowly(self: Writer, pcm: bytes, *, last: bool) -> None:
        stuck.set()
        assert goes_on.wait(30)
        write(self, pcm, last=last)

    monkeypatch.setattr(Writer, "chunk", slowly)
    desk.recordings._queue.maxsize = 2
    other = desk.recordings.open(CONVERSATION, "agent", rate=RATE)
    recording = desk.recordings.open(CONVERSATION, "caller", rate=RATE)
    with capture_logs() as logs:
        desk.speak(other, voice(1.0))
        assert stuck.wait(30)
        desk.speak(recording, voice(5.0))

    assert recording.lost
    assert [each["event"] for each in logs] == ["recording.lost"]
    assert desk.lost == 1
    goes_on.set()
    desk.recordings.close()
    assert not other.lost
    assert not decrypt(other.path, KEY, tmp_path / "agent.wav").complete


def test_a_leg_that_could_lead_out_of_the_folder_is_refused(desk: Desk) -> None:
    with pytest.raises(ValueError, match="lower-case word"):
        desk.recordings.open(CONVERSATION, "../caller", rate=RATE)


def test_old_recordings_are_deleted_and_nothing_else(desk: Desk) -> None:
    old = _record(desk, 0.2)
    desk.time.day += timedelta(days=20)
    new = _record(desk, 0.2)
    stranger = desk.folder / "notes.txt"
    stranger.write_text("not ours")
    retention = Retention(folder=desk.folder, days=30, today=desk.time.today)

    assert retention.sweep() == 0
    desk.time.day += timedelta(days=10, seconds=1)
    assert retention.sweep() == 1

    assert not old.path.exists()
    assert new.path.exists()
    assert stranger.exists()


def test_a_conversation_is_erased_whole(desk: Desk) -> None:
    erased = [_record(desk, 0.2, leg=leg) for leg in ("caller", "agent")]
    kept = _record(desk, 0.2, conversation="call-another")
    retention = Retention(folder=desk.folder, days=30)

    assert retention.erase(CONVERSATION) == 2
    assert retention.erase(CONVERSATION) == 0

    assert not any(recording.path.exists() for recording in erased)
    assert kept.path.exists()


def test_nothing_to_delete_is_no_error(tmp_path: Path) -> None:
    retention = Retention(folder=tmp_path / "never made", days=1)

    assert retention.sweep() == 0
    assert retention.erase(CONVERSATION) == 0


class Hours:
    """A clock on which the sweeper's hours pass at once; it stops the test's world after a few."""

    def __init__(self, time: Time, hours: int) -> None:
        self._time = time
        self._left = hours
        self.waits: list[float] = []

    def now(self) -> float:
        return self._time.s

    async def sleep_until(self, when: float) -> None:
        self.waits.append(when - self._time.s)
        self._time.day += timedelta(seconds=when - self._time.s)
        self._time.s = when
        self._left -= 1
        if self._left == 0:
            raise asyncio.CancelledError


async def test_the_retention_time_is_looked_at_every_hour(desk: Desk) -> None:
    recording = _record(desk, 0.2)
    clock = Hours(desk.time, 26)

    with pytest.raises(asyncio.CancelledError):
        await Retention(folder=desk.folder, days=1, today=desk.time.today).run(clock)

    assert clock.waits == pytest.approx([3600.0] * 26)
    assert not recording.path.exists()


def _record(
    desk: Desk, seconds: float, *, leg: str = "caller", conversation: str = CONVERSATION
) -> Recording:
    recording = desk.recordings.open(conversation, leg, rate=RATE)
    desk.speak(recording, voice(seconds))
    recording.close()
    desk.recordings.close()
    return recording
