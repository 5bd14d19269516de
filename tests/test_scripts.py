"""The scripts behind `make`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(script: str, *arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "scripts" / script), *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def fake_python(folder: Path, name: str, *, fits: bool) -> Path:
    """A Python that runs as the tests' own does, or refuses everything as one of another version."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n' if fits else "#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


def test_step_shows_one_line_for_the_command_and_keeps_its_output(tmp_path: Path) -> None:
    result = run("step", "Brewing tea", "echo", "hot", cwd=tmp_path)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "==> Brewing tea ..."
    assert lines[1].startswith("==> Brewing tea: done in ")
    assert (tmp_path / ".make/log/Brewing-tea.log").read_text() == "hot\n"


def test_step_that_fails_shows_the_output_and_keeps_the_exit_status(tmp_path: Path) -> None:
    result = run("step", "Brewing", "sh", "-c", "echo no water; exit 7", cwd=tmp_path)
    assert result.returncode == 7
    assert "FAILED" in result.stderr
    assert "no water" in result.stderr


def test_verbose_step_shows_the_output_at_once(tmp_path: Path) -> None:
    assert "hot" in run("step", "Brewing", "echo", "hot", cwd=tmp_path, VERBOSE="1").stdout


def test_python_that_is_named_is_taken(tmp_path: Path) -> None:
    result = run("find-python", cwd=tmp_path, FIRSTLINE_PYTHON=sys.executable)
    assert result.stdout.strip() == str(Path(sys.executable).resolve())


def test_python_that_is_named_and_does_not_fit_is_refused_by_name(tmp_path: Path) -> None:
    old = fake_python(tmp_path / "bin", "old", fits=False)
    result = run("find-python", cwd=tmp_path, FIRSTLINE_PYTHON=str(old))
    assert result.returncode == 1
    assert str(old) in result.stderr


def test_python3_that_does_not_fit_is_passed_over_for_one_that_does(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin", "python3", fits=False)
    fake_python(tmp_path / "bin", "python3.12", fits=True)
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    assert run("find-python", cwd=tmp_path, PATH=path).stdout.strip() == str(Path(sys.executable).resolve())


@pytest.mark.parametrize("target", ["run", "test", "train", "lint", "bench", "web", "rasa", "clean", "help"])
def test_make_lists_the_target(target: str) -> None:
    result = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True)
    assert f"\n  {target} " in result.stdout
