"""Settings of every test: offline, one thread for each numeric library, and nothing skipped unseen."""

from __future__ import annotations

import os

# Before anything imports torch or transformers: two numeric threads on a busy machine cost far more than
# they give, and no test may reach for a model hub.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
from hypothesis import HealthCheck, settings

from tests.support.requirements import nothing_is_skipped, require

pytest_plugins = ["tests.support.databases", "tests.support.front_line", "tests.support.phone_line"]

# Deadlines measure the machine and not the code.
settings.register_profile("firstline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("firstline")

IMPLIED_BY_MARK = {"e2e": ("chromium", "pages", "models"), "postgres": ("postgres",), "redis": ("redis",)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run what takes long, too")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("slow") and not (item.config.getoption("--slow") or nothing_is_skipped()):
        pytest.skip('it takes long; run it with: make test ARGS="--slow"')
    for mark, names in IMPLIED_BY_MARK.items():
        if item.get_closest_marker(mark):
            for name in names:
                require(name)
    for marker in item.iter_markers("requires"):
        for name in marker.args:
            require(name)
