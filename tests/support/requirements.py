"""What a test may need that is not a Python package: named, probed, and with the command that provides it.

A test says what it needs with a mark, a fixture with a call:

    @pytest.mark.requires("chromium")
    def test_customer_sees_the_answer(...): ...

    @pytest.fixture
    def engine() -> ...:
        require("postgres")

Where the thing is absent the test is skipped with the reason and the one command that installs it. With
``FIRSTLINE_REQUIRE_ALL=1``, which ``.ci/run`` sets, it fails instead: there nothing may be skipped.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import asyncpg
import pytest
import redis

from models import ModelError, manifest, store
from tests.support import axe
from tests.support.baresip import module_path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("FIRSTLINE_SHARED", ROOT.parent / "shared"))
CONNECT_TIMEOUT_S = 3.0


def postgres_url() -> str:
    """The server that the tests may make and drop databases of their own on (``postgresql://``)."""
    return os.environ.get("FIRSTLINE_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def redis_url() -> str:
    """The Redis that the tests may write keys of their own to."""
    return os.environ.get("FIRSTLINE_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")


def chromium_path() -> str | None:
    """The browser that the end-to-end tests drive, or None."""
    names = (os.environ.get("FIRSTLINE_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@dataclass(frozen=True)
class Requirement:
    """``problem`` returns None where the thing is there, and otherwise what is wrong."""

    problem: Callable[[], str | None]
    install: str


def nothing_is_skipped() -> bool:
    """Whether everything is to run, as in ``.ci/run``."""
    return os.environ.get("FIRSTLINE_REQUIRE_ALL") == "1"


def require(name: str) -> None:
    """Skip the running test where the thing called `name` is absent; fail it where nothing may be skipped."""
    requirement = REQUIREMENTS[name]
    problem = _problem(name)
    if problem is None:
        return
    reason = f"{problem}; get it with: {requirement.install}"
    if nothing_is_skipped():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@cache
def _problem(name: str) -> str | None:
    return REQUIREMENTS[name].problem()


def _chromium() -> str | None:
    return None if chromium_path() else "no Chromium on PATH"


def _postgres() -> str | None:
    async def connect() -> None:
        connection = await asyncpg.connect(postgres_url(), timeout=CONNECT_TIMEOUT_S)
        await connection.close()

    # In a thread of its own, because the test that asks may already be running in an event loop.
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:
            pool.submit(asyncio.run, connect()).result()
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            return f"no PostgreSQL at {postgres_url()} ({error})"
    return None


def _redis() -> str | None:
    client = redis.Redis.from_url(redis_url(), socket_connect_timeout=CONNECT_TIMEOUT_S)
    try:
        client.ping()
    except redis.RedisError as error:
        return f"no Redis at {redis_url()} ({error})"
    finally:
        client.close()
    return None


def _models(group: str) -> str | None:
    try:
        for model in manifest.load().group(group):
            store.path(model.name)
    except ModelError as error:
        return str(error)
    return None


def _pages() -> str | None:
    return None if (ROOT / "bot/web/dist").is_dir() else "the pages are not built"


def _axe() -> str | None:
    return None if axe.script().is_file() else "no axe-core with the pages' packages"


def _trained() -> str | None:
    found = any((ROOT / "models/trained").glob("*/fingerprint.json"))
    return None if found else "the default bot is not trained"


def _rasa() -> str | None:
    return None if (ROOT / ".venv-rasa/bin/rasa").exists() else "no Rasa Open Source in .venv-rasa"


def _program(name: str) -> Callable[[], str | None]:
    return lambda: None if shutil.which(name) else f"no {name} on PATH"


def _baresip() -> str | None:
    return _program("baresip")() or (None if module_path() else "baresip has no modules")


def _kamailio() -> str | None:
    # Debian puts it where only root looks.
    if shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        return "no kamailio on PATH"
    found = any(Path("/usr/lib").glob("*/kamailio/modules/websocket.so"))
    return None if found else "kamailio has no TLS and WebSocket modules"


def _coqui() -> str | None:
    found = any((ROOT / ".venv-coqui/lib").glob("python*/site-packages/TTS/api.py"))
    return None if found else "no Coqui TTS in .venv-coqui"


def _shared() -> str | None:
    return None if SHARED.is_dir() else f"no shared data at {SHARED}"


REQUIREMENTS: dict[str, Requirement] = {
    "chromium": Requirement(_chromium, "apt-get install chromium"),
    "postgres": Requirement(_postgres, "apt-get install postgresql"),
    "redis": Requirement(_redis, "apt-get install redis-server"),
    "models": Requirement(partial(_models, "chat"), "make models"),
    "voice": Requirement(partial(_models, "voice"), "make models"),
    "pages": Requirement(_pages, "make web"),
    "axe": Requirement(_axe, "npm --prefix bot/web ci"),
    "trained": Requirement(_trained, "make train"),
    "rasa": Requirement(_rasa, "make rasa"),
    "coqui": Requirement(_coqui, "make coqui"),
    "baresip": Requirement(_baresip, "apt-get install baresip-core"),
    "sipp": Requirement(_program("sipp"), "apt-get install sip-tester"),
    "kamailio": Requirement(
        _kamailio, "apt-get install kamailio kamailio-tls-modules kamailio-websocket-modules"
    ),
    "rtpengine": Requirement(_program("rtpengine"), "apt-get install rtpengine-daemon"),
    "espeak": Requirement(_program("espeak-ng"), "apt-get install espeak-ng"),
    "sox": Requirement(_program("sox"), "apt-get install sox"),
    "shared": Requirement(_shared, "set FIRSTLINE_SHARED to its folder"),
}
