"""The container files, as far as they can be checked without a container engine."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "docker/Dockerfile"
COMPOSE = ROOT / "docker/compose.yaml"


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sysconfig.get_path("scripts"), tool)), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("hadolint", [str(DOCKERFILE)]),
        ("check-jsonschema", ["--builtin-schema", "vendor.compose-spec", str(COMPOSE)]),
        ("compose-lint", [str(COMPOSE)]),
        ("shellcheck", [str(ROOT / "docker/entrypoint")]),
    ],
)
def test_linter_accepts(tool: str, arguments: list[str]) -> None:
    result = run(tool, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_service_is_healthchecked_and_runs_without_rights(services: dict[str, Any]) -> None:
    assert set(services) == {"application", "voice", "postgres", "redis"}
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert not service["user"].startswith("0"), name
    assert all("healthcheck" in services[name] for name in ("voice", "postgres", "redis"))
    assert "\nHEALTHCHECK " in DOCKERFILE.read_text()


def test_only_the_two_lines_are_published_and_only_on_loopback(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(published) == {"application", "voice"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_no_secret_is_written_in_the_files(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN", name):
                assert str(value).startswith("/run/secrets/"), name


def test_what_the_image_copies_is_in_the_repository_and_let_through() -> None:
    ignored = (ROOT / "docker/Dockerfile.dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
        for source in line.split()
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(source == path or source.startswith(f"{path}/") for path in let_through), source


def test_entrypoint_turns_secret_files_into_settings(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "FIRSTLINE_API_TOKEN").write_text("a token\n")
    (secrets / "postgres_password").write_text("p4ss\n")
    script = tmp_path / "entrypoint"
    script.write_text((ROOT / "docker/entrypoint").read_text().replace("/run/secrets", str(secrets)))
    result = subprocess.run(
        ["sh", str(script), "sh", "-c", 'echo "$FIRSTLINE_API_TOKEN|$FIRSTLINE_DATABASE_URL"'],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "FIRSTLINE_POSTGRES_HOST": "postgres:5432"},
    )
    assert result.stdout == "a token|postgresql+asyncpg://firstline:p4ss@postgres:5432/firstline\n"
