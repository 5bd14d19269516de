"""The pages' own checks, run with the Node that comes with the Python environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.requirements import ROOT

WEB = ROOT / "bot/web"
NODE_BIN = Path(sys.prefix) / "node/bin"

pytestmark = [
    pytest.mark.requires("pages"),
    pytest.mark.skipif(not (WEB / "node_modules").is_dir(), reason="no node_modules; get it with: make web"),
]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{NODE_BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False)


def test_unit_tests_of_the_pages_pass() -> None:
    done = run("npm", "test")
    assert done.returncode == 0, done.stdout + done.stderr


def test_widget_keeps_to_its_budgets() -> None:
    done = run("node", "tools/sizes.ts")
    sizes = {line["part"]: line for line in map(json.loads, done.stdout.splitlines())}

    assert done.returncode == 0, done.stderr
    assert sizes["loader"]["gzip_bytes"] <= 10 * 1024
    assert sizes["panel"]["gzip_bytes"] <= 100 * 1024
