"""``firstline recording``: what was recorded of calls, for whoever must hear it, hand it out or delete it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from bot.errors import NotFound
from voice_gateway.errors import VoiceError
from voice_gateway.recording import Retention
from voice_gateway.recording_file import Extent, RecordingKey, decrypt, measure
from voice_gateway.recording_folder import Recorded, recorded_in
from voice_gateway.settings import RecordingSection

_ROW = "{:<32}  {:<9}  {:<19}  {:>8}  {}"


def show(section: RecordingSection, *, conversation: str | None) -> None:
    """Print the recordings, of one conversation or all."""
    found = recorded_in(section.directory, conversation=conversation)
    if not found:
        print(f"No recordings in {section.directory.absolute()}.")
        return
    retention = Retention(folder=section.directory, days=section.keep_days)
    now = datetime.now(UTC)
    print(_ROW.format("conversation", "leg", "began (UTC)", "length", "kept for"))
    for recorded in found:
        left = retention.left(recorded, now)
        row = (recorded.conversation, recorded.leg, f"{recorded.began:%Y-%m-%d %H:%M:%S}")
        print(_ROW.format(*row, _length_of(recorded.path), _days(left)))


def decrypt_to(folder: Path, what: str, section: RecordingSection, console: Console, *, force: bool) -> bool:
    """Decrypt a file, or those of a conversation, into a folder; whether all could be.

    Raises VoiceError without a key, NotFound where nothing is recorded.
    """
    if section.key is None:
        raise VoiceError(
            "There is no key to read recordings with.",
            code="settings.no_recording_key",
            hint="set FIRSTLINE_VOICE_RECORDING__KEY to the key that was in force when they were made",
        )
    key = RecordingKey.parse(section.key)
    paths = [Path(what)] if Path(what).is_file() else [each.path for each in _of(section, what)]
    folder.mkdir(parents=True, exist_ok=True)
    succeeded = True
    for path in paths:
        target = folder / f"{path.stem}.wav"
        try:
            extent = _decrypt(path, key, target, force=force)
        except VoiceError as error:
            console.print(error.message, style="red", markup=False, soft_wrap=True)
            console.print(f"  {error.hint}", markup=False, soft_wrap=True)
            succeeded = False
        else:
            print(f"{target}  {_length(extent)}")
    return succeeded


def erase(section: RecordingSection, conversation: str, *, sure: Callable[[str], bool]) -> None:
    """Delete a conversation's recordings, once ``sure`` says yes. Raises NotFound where there are none."""
    found = _of(section, conversation)
    began = min(each.began for each in found)
    if sure(f"Delete {len(found)} recordings of the call of {began:%Y-%m-%d %H:%M} UTC?"):
        erased = Retention(folder=section.directory, days=section.keep_days).erase(conversation)
        print(f"Deleted {erased} recordings.")


def _decrypt(path: Path, key: RecordingKey, target: Path, *, force: bool) -> Extent:
    """Raises VoiceError; what was there stays then."""
    if target.exists() and not force:
        raise VoiceError(
            f"{target} is there already.",
            code="recording.exists",
            hint="choose another folder with --to, or overwrite it with --force",
        )
    made = target.with_suffix(".part")
    made.unlink(missing_ok=True)
    extent = decrypt(path, key, made)
    made.replace(target)
    return extent


def _of(section: RecordingSection, conversation: str) -> list[Recorded]:
    found = recorded_in(section.directory, conversation=conversation)
    if not found:
        raise NotFound(
            f"Nothing is recorded of {conversation} in {section.directory.absolute()}.",
            code="recording.none",
            hint="see what there is with: firstline recording list",
        )
    return found


def _length_of(path: Path) -> str:
    try:
        return _length(measure(path))
    except VoiceError:
        return "damaged"


def _length(extent: Extent) -> str:
    """Minutes and seconds; with a + where it broke off, or is being recorded."""
    seconds = round(extent.duration_ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02d}{'' if extent.complete else '+'}"


def _days(left: timedelta) -> str:
    return f"{left.days} days" if left.days >= 1 else "less than a day"
