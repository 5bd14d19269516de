"""Settings of ``firstline voice`` that cannot work: what whoever starts it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

ENVIRONMENT = {"FIRSTLINE_API_TOKEN": "a token", "FIRSTLINE_VOICE_PORT": "0"}


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        ({"FIRSTLINE_VOICE_HOST": "0.0.0.0"}, "set FIRSTLINE_VOICE_SIP__ADVERTISED to the IP address"),
        ({"FIRSTLINE_VOICE_SIP__ADVERTISED": "our.example"}, "see FIRSTLINE_VOICE_SIP__ADVERTISED"),
        ({"FIRSTLINE_VOICE_SIP__PEERS": '["10.0.0.5/8"]'}, "see FIRSTLINE_VOICE_SIP__PEERS"),
        ({"FIRSTLINE_VOICE_SIP__ALGORITHMS": '["SHA-512"]'}, "see FIRSTLINE_VOICE_SIP__ALGORITHMS"),
        ({"FIRSTLINE_VOICE_SIP__TRANSFER_HOST": "a b"}, "see FIRSTLINE_VOICE_SIP__TRANSFER_HOST"),
        ({"FIRSTLINE_API_TOKEN": None}, "set FIRSTLINE_API_TOKEN"),
        ({"FIRSTLINE_VOICE_RECORDING__ENABLED": "1"}, "set FIRSTLINE_VOICE_RECORDING__KEY"),
    ],
)
def test_wrong_settings_are_told_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str | None], mend: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["voice"], env=ENVIRONMENT | settings)
    assert told.exit_code == 1
    assert mend in told.stderr
    assert "Traceback" not in told.output


def test_the_gateway_reads_its_table_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "firstline.toml").write_text('host = "127.0.0.9"\n[voice.sip]\nring_s = -1\n')
    assert "see FIRSTLINE_VOICE_SIP__RING_S" in CliRunner().invoke(app, ["voice"]).stderr
