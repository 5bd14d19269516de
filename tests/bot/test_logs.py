"""What a log may not have in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

CRASH = """
import logging
import structlog
from bot import logs

logs.configure("info", {format_!r})

def turn(words):
    raise RuntimeError("broken")

for log in (structlog.get_logger(), logging.getLogger("library")):
    try:
        turn("what the customer " + "said")
    except RuntimeError:
        log.exception("turn_failed")
"""


@pytest.mark.parametrize("format_", ["console", "json"])
def test_traceback_has_no_values_of_variables(format_: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH.format(format_=format_)], capture_output=True, text=True, check=True
    )
    assert done.stderr.count("RuntimeError: broken") == 2
    assert "what the customer said" not in done.stderr
