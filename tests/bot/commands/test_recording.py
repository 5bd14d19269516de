"""``firstline recording``, as whoever runs it does."""

from __future__ import annotations

import base64
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from voice_gateway.recording_file import RecordingKey, Writer
from voice_gateway.recording_folder import file_name

SECRET = bytes(range(32))
CALL = "call-of-the-test"
SECOND = bytes(16_000)


def record(folder: Path, conversation: str, leg: str, *, days_ago: float = 0, seconds: int = 65) -> Path:
    began = datetime.now(UTC) - timedelta(days=days_ago)
    path = folder / file_name(conversation, leg, began=began, salt=bytes(4))
    writer = Writer(path, RecordingKey(SECRET), 8000, lambda size: bytes(size))
    for number in range(seconds):
        writer.chunk(SECOND, last=number == seconds - 1)
    writer.close()
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRSTLINE_VOICE_RECORDING__DIRECTORY", str(tmp_path / "recordings"))
    monkeypatch.setenv("FIRSTLINE_VOICE_RECORDING__KEY", base64.b64encode(SECRET).decode())
    return tmp_path / "recordings"


def firstline(*args: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["recording", *args], input=answer)


def test_list_tells_what_there_is_and_for_how_long(folder: Path) -> None:
    assert f"No recordings in {folder}" in firstline("list").stdout
    record(folder, CALL, "caller", days_ago=3.5)
    record(folder, CALL, "agent", days_ago=29.5, seconds=3)
    broken = record(folder, "call-other", "caller", seconds=2)
    broken.write_bytes(broken.read_bytes()[:-1])
    lines = [line.split() for line in firstline("list").stdout.splitlines()]
    assert [(line[1], *line[4:]) for line in lines[1:]] == [
        ("agent", "0:03", "less", "than", "a", "day"),
        ("caller", "1:05", "26", "days"),
        ("caller", "0:01+", "29", "days"),
    ]
    shown = lines[1][0]
    assert CALL not in shown
    for conversation in (CALL, shown):
        assert len(firstline("list", "--conversation", conversation).stdout.splitlines()) == 3


def test_decrypt_makes_wavs_and_overwrites_none(folder: Path, tmp_path: Path) -> None:
    path = record(folder, CALL, "caller", seconds=2)
    record(folder, CALL, "to_caller")
    made = firstline("decrypt", CALL, "--to", "heard")
    assert made.exit_code == 0, made.output
    sound = tmp_path / "heard" / f"{path.stem}.wav"
    with wave.open(str(sound)) as file:
        assert (file.getnframes(), file.getframerate()) == (16_000, 8000)
    assert len(list((tmp_path / "heard").iterdir())) == 2
    sound.write_text("mine")
    again = firstline("decrypt", str(path), "--to", "heard")
    assert again.exit_code == 1
    assert "--force" in again.stderr
    assert sound.read_text() == "mine"
    assert firstline("decrypt", str(path), "--to", "heard", "--force").exit_code == 0
    assert sound.stat().st_size > 32_000


@pytest.mark.parametrize(
    ("key", "mend"),
    [
        (None, "FIRSTLINE_VOICE_RECORDING__KEY"),
        (base64.b64encode(bytes(32)).decode(), "the key that was in force"),
        ("short", "openssl rand -base64 32"),
    ],
)
def test_decrypt_without_the_right_key_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None, mend: str
) -> None:
    path = record(folder, CALL, "caller", seconds=1)
    there = tmp_path / f"{path.stem}.wav"
    there.write_text("mine")
    if key is None:
        monkeypatch.delenv("FIRSTLINE_VOICE_RECORDING__KEY")
    else:
        monkeypatch.setenv("FIRSTLINE_VOICE_RECORDING__KEY", key)
    refused = firstline("decrypt", CALL, "--force")
    assert refused.exit_code == 1
    assert mend in refused.stderr
    assert "Traceback" not in refused.output
    assert [each for each in tmp_path.iterdir() if each.is_file()] == [there]
    assert there.read_text() == "mine"


def test_erase_deletes_a_conversation_once_it_is_sure(folder: Path) -> None:
    record(folder, CALL, "caller", seconds=1)
    record(folder, CALL, "agent", seconds=1)
    kept = record(folder, "call-other", "caller", seconds=1)
    asked = firstline("erase", CALL, answer="n\n")
    assert "Delete 2 recordings" in asked.stdout
    assert len(list(folder.iterdir())) == 3
    assert "Deleted 2" in firstline("erase", CALL, "--yes").stdout
    assert list(folder.iterdir()) == [kept]
    nothing = firstline("erase", CALL, "--yes")
    assert nothing.exit_code == 1
    assert "firstline recording list" in nothing.stderr
