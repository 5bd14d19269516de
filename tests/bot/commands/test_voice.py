"""Settings of ``firstline voice`` that cannot work: what whoever starts it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.support.requirements import ROOT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIRSTLINE_VOICE_SIP__ADVERTISED", "our.example"),
        ("FIRSTLINE_VOICE_SIP__PEERS", '["10.0.0.5/8"]'),
        ("FIRSTLINE_VOICE_SIP__ALGORITHMS", '["SHA-512"]'),
        ("FIRSTLINE_VOICE_SIP__TRANSFER_HOST", "a b"),
    ],
)
def test_a_wrong_setting_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["voice"], env={name: value})
    assert told.exit_code == 1
    assert f"see {name}," in told.stderr


def test_the_gateway_reads_its_table_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "firstline.toml").write_text('host = "127.0.0.9"\n[voice.sip]\nring_s = -1\n')
    assert "see FIRSTLINE_VOICE_SIP__RING_S" in CliRunner().invoke(app, ["voice"]).stderr


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        ({"FIRSTLINE_VOICE_HOST": "0.0.0.0"}, "set FIRSTLINE_VOICE_SIP__ADVERTISED to the IP address"),
        ({"FIRSTLINE_API_TOKEN": ""}, "set FIRSTLINE_API_TOKEN"),
        ({"FIRSTLINE_VOICE_TWILIO__AUTH_TOKEN": "a token"}, "set FIRSTLINE_VOICE_TWILIO__PUBLIC_URL"),
        ({"FIRSTLINE_VOICE_RECORDING__ENABLED": "1"}, "set FIRSTLINE_VOICE_RECORDING__KEY"),
    ],
)
def test_settings_that_cannot_work_are_told_with_the_mend(settings: dict[str, str], mend: str) -> None:
    common = {"FIRSTLINE_API_TOKEN": "a token", "FIRSTLINE_VOICE_PORT": "0"}
    told = subprocess.run(
        [sys.executable, "-m", "bot.cli", "voice"],
        cwd=ROOT,
        env={**os.environ, **common, **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.returncode == 1
    assert mend in told.stderr
    assert "Traceback" not in told.stderr
