"""What a test needs and the machine lacks is skipped with the mend, and never in continuous integration."""

from __future__ import annotations

import os
import re

import pytest

from tests.support import requirements
from tests.support.requirements import Requirement, require


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> str:
    requirement = Requirement(lambda: "no kettle in this kitchen", "apt-get install kettle")
    monkeypatch.setitem(requirements.REQUIREMENTS, "kettle", requirement)
    requirements._problem.cache_clear()
    return "kettle"


def test_absent_thing_skips_with_its_reason_and_the_command_that_installs_it(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRSTLINE_REQUIRE_ALL", raising=False)
    message = re.escape("no kettle in this kitchen; get it with: apt-get install kettle")
    with pytest.raises(pytest.skip.Exception, match=message):
        require(absent)


def test_absent_thing_fails_where_nothing_may_be_skipped(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTLINE_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="no kettle"):
        require(absent)


def test_unreachable_servers_are_problems_and_not_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:1/postgres")
    monkeypatch.setenv("FIRSTLINE_TEST_REDIS_URL", "redis://127.0.0.1:1/0")
    for name in ("postgres", "redis"):
        problem = requirements.REQUIREMENTS[name].problem()
        assert problem is not None
        assert "127.0.0.1:1" in problem


async def test_postgres_is_probed_from_inside_an_event_loop_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:1/postgres")
    assert requirements.REQUIREMENTS["postgres"].problem() is not None


def test_browser_may_be_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_CHROMIUM", "/bin/sh")
    assert os.path.samefile(requirements.chromium_path() or "", "/bin/sh")
